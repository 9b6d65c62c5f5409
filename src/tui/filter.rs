//! What is to be seen of an image. What comes in is words such as `size:>1MB owner:numpy
//! layer:3-5 kind:tests *.so`; what goes out is which stored contents pass.

use std::fmt;
use std::sync::Arc;

use imgsize::owner::{Category, OwnerId, Part};
use imgsize::rootfs::{Body, BodyId, LayerNo};
use imgsize::units::Bytes;

use super::model::Model;
use super::pattern::Pattern;

/// Which contents are seen; all of what is named has to fit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Files of at least so much.
    pub(crate) at_least: Option<Bytes>,
    /// Files of at most so much.
    pub(crate) at_most: Option<Bytes>,
    /// Stored by these layers: the first and the last.
    pub(crate) layers: Option<(LayerNo, LayerNo)>,
    /// Of owners that are called so.
    pub(crate) owner: Option<OwnerIs>,
    pub(crate) kind: Option<Kind>,
    /// At a path like this.
    pub(crate) path: Option<Pattern>,
    /// Only these, whatever they are: the evidence of advice.
    pub(crate) only: Option<Only>,
}

/// Whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OwnerIs {
    /// Exactly this one, and what it is called.
    One(OwnerId, String),
    /// Whoever has this in its name, in any case.
    Like(String),
}

/// What files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Part(Part),
    Category(Category),
}

/// Some contents, and what they are together.
#[derive(Debug, Clone)]
pub(crate) struct Only {
    pub(crate) what: String,
    pub(crate) bodies: Arc<Vec<BodyId>>,
}

/// Parts by the words that reports have for them.
pub(crate) const PARTS: [(&str, Part); 8] = [
    ("tests", Part::Tests),
    ("native", Part::Native),
    ("bytecode", Part::Bytecode),
    ("headers", Part::Headers),
    ("stubs", Part::Stubs),
    ("source-maps", Part::SourceMaps),
    ("docs", Part::Docs),
    ("other", Part::Other),
];

/// Why words are no filter.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum FilterError {
    #[error("`{0}` is no size: write `size:>1MB` or `size:<10kB`")]
    Size(String),
    #[error("`{0}` is no layer: write `layer:3` or `layer:3-5`; the lowest is 0")]
    Layer(String),
    #[error(
        "there is no kind `{0}`: tests, native, bytecode, headers, stubs, source-maps, docs, or a category such as app"
    )]
    Kind(String),
    #[error("`{0}` is no pattern")]
    Pattern(String),
}

/// What can be written, for the line that asks for it.
pub(crate) const SYNTAX: &str = "size:>1MB  owner:numpy  layer:3-5  kind:tests  *.so  (blank: all)";

impl Filter {
    /// Reads the words; what came of a view, such as the evidence of advice, is in none.
    pub(crate) fn parse(text: &str) -> Result<Filter, FilterError> {
        let mut filter = Filter::default();
        for word in text.split_whitespace() {
            match word.split_once(':') {
                Some(("size", size)) => filter.size(size)?,
                Some(("owner", name)) if !name.is_empty() => {
                    filter.owner = Some(OwnerIs::Like(name.to_owned()));
                }
                Some(("layer" | "layers", layers)) => filter.layers = Some(range(layers)?),
                Some(("kind", kind)) => filter.kind = Some(Kind::named(kind)?),
                Some(("path", path)) => filter.path = Some(pattern(path)?),
                _ => filter.path = Some(pattern(word)?),
            }
        }
        Ok(filter)
    }

    fn size(&mut self, text: &str) -> Result<(), FilterError> {
        let most = text.strip_prefix('<');
        let number = most.or(text.strip_prefix('>')).unwrap_or(text);
        let bytes = number.trim_start_matches('=').parse::<Bytes>();
        let bytes = bytes.map_err(|_| FilterError::Size(text.to_owned()))?;
        match most {
            Some(_) => self.at_most = Some(bytes),
            None => self.at_least = Some(bytes),
        }
        Ok(())
    }

    /// Is everything seen?
    pub(crate) fn is_empty(&self) -> bool {
        self.at_least.is_none()
            && self.at_most.is_none()
            && self.layers.is_none()
            && self.owner.is_none()
            && self.kind.is_none()
            && self.path.is_none()
            && self.only.is_none()
    }

    /// The same filter, made ready for one image.
    pub(crate) fn on<'m>(&'m self, model: &'m Model) -> Sieve<'m> {
        let owners = self.owner.as_ref().map(|wanted| {
            let is_wanted = |owner: OwnerId| match wanted {
                OwnerIs::One(one, _) => owner == *one,
                OwnerIs::Like(name) => {
                    let label = model.label(owner).to_lowercase();
                    label.contains(&name.to_lowercase())
                }
            };
            model.owners().map(is_wanted).collect()
        });
        let only = self.only.as_ref().map(|only| {
            let mut marked = vec![false; model.fs().body_count()];
            for body in only.bodies.iter() {
                if let Some(mark) = marked.get_mut(body.index()) {
                    *mark = true;
                }
            }
            marked
        });
        Sieve {
            filter: self,
            model,
            owners,
            only,
        }
    }
}

/// A filter with what it needs of an image.
pub(crate) struct Sieve<'m> {
    filter: &'m Filter,
    model: &'m Model,
    /// By owner: is it one of those?
    owners: Option<Vec<bool>>,
    /// By body.
    only: Option<Vec<bool>>,
}

impl Sieve<'_> {
    /// Does this content pass?
    pub(crate) fn takes(&self, id: BodyId, body: &Body) -> bool {
        let Sieve { filter, model, .. } = self;
        let is_in = |(first, last): (LayerNo, LayerNo)| (first..=last).contains(&body.layer);
        // The cheap questions first.
        filter.at_least.is_none_or(|least| body.size >= least)
            && filter.at_most.is_none_or(|most| body.size <= most)
            && filter.layers.is_none_or(is_in)
            && self.only.as_ref().is_none_or(|only| only[id.index()])
            && self
                .owners
                .as_ref()
                .is_none_or(|owners| owners[model.owner_of(id).0 as usize])
            && filter.kind.is_none_or(|kind| match kind {
                Kind::Part(part) => model.part(id) == part && body.lost.is_none(),
                Kind::Category(category) => {
                    let owner = model.analysis.attribution.owner(model.owner_of(id));
                    owner.category == category
                }
            })
            && filter
                .path
                .as_ref()
                .is_none_or(|path| path.is_like(model.fs().path(body.node).as_bytes()))
    }
}

impl Kind {
    fn named(name: &str) -> Result<Kind, FilterError> {
        let part = PARTS.iter().find(|(other, _)| *other == name);
        let category = || {
            Category::ALL
                .into_iter()
                .find(|category| category.id() == name)
        };
        part.map(|(_, part)| Kind::Part(*part))
            .or_else(|| category().map(Kind::Category))
            .ok_or_else(|| FilterError::Kind(name.to_owned()))
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Category(category) => category.id(),
            Kind::Part(part) => {
                let known = PARTS.iter().find(|(_, other)| *other == part);
                known.map_or("other", |(name, _)| name)
            }
        }
    }
}

fn range(text: &str) -> Result<(LayerNo, LayerNo), FilterError> {
    let wrong = || FilterError::Layer(text.to_owned());
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let number = |text: &str| text.parse::<LayerNo>().map_err(|_| wrong());
    let (first, last) = (number(first)?, number(last)?);
    Ok((first.min(last), first.max(last)))
}

fn pattern(text: &str) -> Result<Pattern, FilterError> {
    Pattern::parse(text).ok_or_else(|| FilterError::Pattern(text.to_owned()))
}

/// As it is typed; what cannot be typed is told in words.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words: Vec<String> = Vec::new();
        // Without blanks, as they part words.
        let size = |bytes: Bytes| bytes.to_string().replace(' ', "");
        words.extend(self.at_least.map(|least| format!("size:>{}", size(least))));
        words.extend(self.at_most.map(|most| format!("size:<{}", size(most))));
        words.extend(self.layers.map(|(first, last)| match first == last {
            true => format!("layer:{first}"),
            false => format!("layer:{first}-{last}"),
        }));
        words.extend(self.owner.as_ref().map(|owner| match owner {
            OwnerIs::One(_, name) | OwnerIs::Like(name) => format!("owner:{name}"),
        }));
        words.extend(self.kind.map(|kind| format!("kind:{}", kind.name())));
        words.extend(self.path.as_ref().map(|path| path.text().to_owned()));
        words.extend(self.only.as_ref().map(|only| format!("({})", only.what)));
        f.write_str(&words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_a_filter_and_a_filter_is_words() {
        for text in [
            "",
            "size:>1.0MB",
            "size:<10.0kB layer:2-5 owner:numpy kind:tests *.so",
            "layer:3 kind:app",
        ] {
            assert_eq!(Filter::parse(text).unwrap().to_string(), text);
        }
        let turned = Filter::parse("layers:5-2 size:1000000").unwrap();
        assert_eq!(turned.to_string(), "size:>1.0MB layer:2-5");
    }

    #[test]
    fn what_is_no_filter_is_told() {
        let error = |text| Filter::parse(text).unwrap_err().to_string();
        assert!(error("size:big").starts_with("`big` is no size"));
        assert!(error("layer:x").starts_with("`x` is no layer"));
        assert!(error("layer:99999").starts_with("`99999` is no layer"));
        assert!(error("kind:odd").starts_with("there is no kind `odd`"));
    }
}

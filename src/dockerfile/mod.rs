//! Advice written into a Dockerfile. What comes in is the text of a Dockerfile, the
//! history of the image that was built from it, and the edits of findings; what goes out
//! is the lines that made each layer, the edited text, a diff that `git apply` takes, and
//! what became of each edit.
//!
//! Nothing is guessed: a layer that could be of two instructions is of none, and an edit
//! that is not understood is not made, and both are told. Edits are made on instructions,
//! one by one; what is not the same instruction when it is read again is undone.
//!
//! ```text
//! text -> parse -> tie (history) -> lines (layer)
//!                               \-> apply (edits) -> text, diff, outcomes
//! ```

mod append;
mod copied;
mod cut;
mod edit;
mod fit;
mod ignore;
mod one;
mod read;
mod shell;
mod text;
mod tie;

use std::fmt;

use self::fit::{Entry, Wanted};
use self::read::File;
use self::tie::Pair;
use crate::advice::Edit;
use crate::path::brief;
use crate::rootfs::LayerNo;
use crate::source::ImageInfo;

pub use edit::{Edited, Outcome};
pub use ignore::ignore_lines;

/// Of a Dockerfile. BuildKit takes lines of 64 kB; nobody writes more than a few of them.
const LARGEST: usize = 256 << 10;

/// Of the instructions that could have made one layer.
const MOST_SHOWN: usize = 5;

/// Why a Dockerfile cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DockerfileError {
    /// More than is read.
    #[error("the Dockerfile is larger than {LARGEST} bytes")]
    TooLarge,
    /// A carriage return that ends no line.
    #[error("the Dockerfile has a carriage return in the middle of a line")]
    CarriageReturn,
    /// A here-document has no end; the line of its instruction.
    #[error("the here-document in line {0} of the Dockerfile has no end")]
    Open(usize),
    /// What the parser says.
    #[error("the Dockerfile cannot be read: {0}")]
    Syntax(String),
    /// The two readers do not agree.
    #[error("it is not clear where the instructions of the Dockerfile begin")]
    Unclear,
    /// There is no such stage.
    #[error("the Dockerfile has no stage `{0}`")]
    NoStage(String),
}

/// A Dockerfile.
#[derive(Debug)]
pub struct Dockerfile {
    /// The mark of UTF-8 before the text, if there is one.
    mark: &'static str,
    text: String,
    file: File,
}

impl Dockerfile {
    /// Reads it.
    pub fn parse(text: &str) -> Result<Dockerfile, DockerfileError> {
        if text.len() > LARGEST {
            return Err(DockerfileError::TooLarge);
        }
        let (mark, text) = match text.strip_prefix('\u{feff}') {
            Some(rest) => ("\u{feff}", rest),
            None => ("", text),
        };
        Ok(Dockerfile {
            mark,
            text: text.to_owned(),
            file: read::read(text)?,
        })
    }

    /// Finds the instruction of each layer. The base image's layers are the lowest
    /// `base`, 0 if nobody knows; the stage is the last one if none is named.
    pub fn tie(
        &self,
        image: &ImageInfo,
        base: LayerNo,
        target: Option<&str>,
    ) -> Result<Tied<'_>, DockerfileError> {
        let stage = self.stage(target)?;
        let chain = self.chain(stage);
        let history = History::of(image, base);
        let ties = self.ties(&chain, &history);
        Ok(Tied {
            dockerfile: self,
            chain,
            ties,
            base,
        })
    }

    /// Is there such a stage? Without a name it is the last one.
    pub fn has_stage(&self, target: Option<&str>) -> Result<(), DockerfileError> {
        self.stage(target).map(|_| ())
    }

    fn stage(&self, target: Option<&str>) -> Result<usize, DockerfileError> {
        let stages = &self.file.stages;
        let Some(target) = target else {
            return Ok(stages.len().saturating_sub(1));
        };
        let no = || target.parse().ok().filter(|no| *no < stages.len());
        self.named(target, stages.len())
            .or_else(no)
            .ok_or_else(|| DockerfileError::NoStage(brief(target)))
    }

    /// A stage of this name among the first ones. Names are the same in capitals.
    fn named(&self, name: &str, before: usize) -> Option<usize> {
        let stages = self.file.stages.iter().take(before);
        let mut names = stages.map(|stage| stage.name.as_deref().unwrap_or(""));
        names.position(|other| !other.is_empty() && other.eq_ignore_ascii_case(name))
    }

    /// What is done to make a stage, in order.
    fn chain(&self, stage: usize) -> Vec<Link> {
        let stages = &self.file.stages;
        let mut line = vec![stage];
        let mut last = stage;
        while let Some(parent) = stages.get(last).and_then(|it| self.named(&it.base, last)) {
            line.push(parent);
            last = parent;
        }
        let own = |stage: usize| {
            let range = stages.get(stage).map_or(0..0, |it| it.from + 1..it.end);
            range.map(move |inst| Link { inst, later: false })
        };
        let mut chain: Vec<Link> = Vec::new();
        let mut parent: Option<usize> = None;
        for &stage in line.iter().rev() {
            // What the stage below keeps for later is done first.
            let kept = parent.into_iter().flat_map(own);
            let kept = kept.filter(|link| self.file.insts[link.inst].later.is_some());
            chain.extend(kept.map(|link| Link {
                later: true,
                ..link
            }));
            chain.extend(own(stage));
            parent = Some(stage);
        }
        chain
    }

    fn ties(&self, chain: &[Link], history: &History) -> Vec<Result<Link, Untied>> {
        let is_long = history.entries.len() > tie::MOST || chain.len() > tie::MOST;
        if history.entries.is_empty() || is_long {
            return Vec::new();
        }
        let wanted = chain.iter().map(|link| {
            let inst = &self.file.insts[link.inst];
            let words = inst.later.as_ref().filter(|_| link.later);
            Wanted::of(words.unwrap_or(&inst.words), inst, &self.text)
        });
        let wanted: Vec<Wanted> = wanted.collect();
        let pairs = tie::pairs(&history.entries, &wanted);
        let ties = history.lines.iter().map(|&line| match &pairs[line] {
            Pair::One(inst) => Ok(chain[*inst]),
            Pair::None => Err(Untied::NotFound(history.shown[line].clone())),
            Pair::Some(insts) => {
                let insts = insts.iter().take(MOST_SHOWN);
                let lines: Vec<Lines> = insts.map(|&inst| self.lines(chain[inst])).collect();
                Err(Untied::Ambiguous(lines))
            }
        });
        ties.collect()
    }

    fn lines(&self, link: Link) -> Lines {
        let inst = &self.file.insts[link.inst];
        let words = inst.later.as_ref().filter(|_| link.later);
        let words = words.unwrap_or(&inst.words);
        Lines {
            first: inst.extent.first,
            last: inst.extent.last,
            instruction: words.kind.name(),
            from: words.flag("from").map(brief),
        }
    }
}

/// One instruction that makes an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Link {
    inst: usize,
    /// Is it what an `ONBUILD` kept for later?
    later: bool,
}

/// The history on top of the base image.
struct History {
    entries: Vec<Entry>,
    /// The same for people.
    shown: Vec<String>,
    /// Which of them made the layers on top of the base.
    lines: Vec<usize>,
}

impl History {
    fn of(image: &ImageInfo, base: LayerNo) -> History {
        let steps = image.steps.iter();
        let mut all: Vec<(&str, bool)> = steps
            .map(|step| (step.created_by.as_str(), step.has_layer))
            .collect();
        if all.is_empty() {
            let layers = image.layers.iter();
            let told = layers.map(|layer| (layer.created_by.as_deref().unwrap_or(""), true));
            all = told.collect();
        }
        let mut below = usize::from(base);
        let above = all.iter().position(|(_, has_layer)| {
            let is_above = below == 0;
            below -= usize::from(*has_layer && below > 0);
            is_above
        });
        let above = all.get(above.unwrap_or(all.len())..).unwrap_or(&[]);
        // Nothing that is longer than a file could have been in it.
        let is_short = |text: &str| text.len() <= LARGEST;
        let texts = above.iter().map(|(text, _)| *text);
        let texts = texts.map(|text| if is_short(text) { text } else { "" });
        let lines = above.iter().enumerate();
        History {
            entries: texts.map(Entry::read).collect(),
            shown: above.iter().map(|(text, _)| brief(text)).collect(),
            lines: lines.filter(|(_, step)| step.1).map(|(no, _)| no).collect(),
        }
    }
}

/// The lines of an instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    /// From 1.
    pub first: usize,
    /// The last one that belongs to it.
    pub last: usize,
    /// `RUN`, `COPY`.
    pub instruction: &'static str,
    /// The stage or image that the content comes from, where it is another; safe on a
    /// terminal.
    pub from: Option<String>,
}

impl fmt::Display for Lines {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.first == self.last {
            true => write!(out, "line {}", self.first)?,
            false => write!(out, "lines {}-{}", self.first, self.last)?,
        }
        write!(out, " ({}", self.instruction)?;
        if let Some(from) = &self.from {
            write!(out, " from {from}")?;
        }
        write!(out, ")")
    }
}

/// Why nobody knows the instruction of a layer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untied {
    /// It is the base image's.
    #[error("it came with the base image")]
    Base,
    /// The image's history does not tell, or is longer than any build's.
    #[error("the image's history does not tell")]
    NoHistory,
    /// No instruction reads like this line of the history.
    #[error("no instruction of the stage made it: {0}")]
    NotFound(String),
    /// It could be one of these; if there is one only, that could be another layer's.
    #[error("{}", ambiguous(.0))]
    Ambiguous(Vec<Lines>),
}

fn ambiguous(lines: &[Lines]) -> String {
    if let [line] = lines {
        return format!("{line} could have made it, or another layer");
    }
    let lines: Vec<String> = lines.iter().map(Lines::to_string).collect();
    let lines = lines.join(", ");
    format!("more than one instruction could have made it: {lines}")
}

/// A Dockerfile, and which of its instructions made which layer.
#[derive(Debug)]
pub struct Tied<'d> {
    dockerfile: &'d Dockerfile,
    chain: Vec<Link>,
    /// For the layers on top of the base; empty if nobody knows.
    ties: Vec<Result<Link, Untied>>,
    base: LayerNo,
}

impl Tied<'_> {
    /// The lines of the instruction that made a layer.
    pub fn lines(&self, layer: LayerNo) -> Result<Lines, Untied> {
        self.link(layer).map(|link| self.dockerfile.lines(link))
    }

    fn link(&self, layer: LayerNo) -> Result<Link, Untied> {
        let above = layer.checked_sub(self.base).ok_or(Untied::Base)?;
        let tie = self.ties.get(usize::from(above));
        tie.cloned().unwrap_or(Err(Untied::NoHistory))
    }

    /// Makes the edits of findings, one list for each finding. `name` is the file's name
    /// in the diff, relative to where the diff is applied.
    ///
    /// An [`Edit::Append`] stands for itself. Of a finding's other edits all are made or
    /// none: `--chown` alone, before the user is there, would break the build.
    pub fn apply(&self, findings: &[&[Edit]], name: &str) -> Edited {
        edit::apply(self, findings, name)
    }
}

#[cfg(test)]
mod tests;

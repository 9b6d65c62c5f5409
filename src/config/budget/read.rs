//! The `[budget]` table. What comes in is TOML; what goes out is a [`Budget`], or the
//! place of what cannot be meant.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::{Budget, Forbid, Forbidden, Kind, Limit, Measure, Name, Paths, Scope, Subject};
use crate::category::Category;
use crate::config::Fault;
use crate::units::Bytes;

/// What a budget has to look like.
pub(in crate::config) const HINT: &str = "a budget that is right: [budget], then `total = \
     \"500MB\"`; [[budget.limit]], then `of = \"package:pip:numpy\"`, `max = \"60MB\"`; \
     [[budget.forbid]], then `package = \"gcc*\"`; `imgsize init IMAGE` writes one";

/// Nobody writes more by hand.
const MOST_RULES: usize = 1000;

/// As it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::config) struct Table {
    total: Option<Spanned<Number>>,
    live: Option<Spanned<Number>>,
    download: Option<Spanned<Number>>,
    lost: Option<Spanned<Number>>,
    lost_share: Option<Spanned<Number>>,
    efficiency: Option<Spanned<Number>>,
    layers: Option<Spanned<Number>>,
    largest_layer: Option<Spanned<Number>>,
    files: Option<Spanned<Number>>,
    baseline: Option<Spanned<String>>,
    #[serde(default)]
    above_base: bool,
    level: Option<Level>,
    #[serde(default)]
    ignore: Vec<Spanned<String>>,
    #[serde(default)]
    limit: Vec<LimitTable>,
    #[serde(default)]
    forbid: Vec<Spanned<ForbidTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct LimitTable {
    of: Spanned<String>,
    measure: Option<Spanned<MeasureWord>>,
    max: Option<Spanned<Number>>,
    min: Option<Spanned<Number>>,
    warn: Option<Spanned<Number>>,
    max_growth: Option<Spanned<Number>>,
    max_growth_percent: Option<Spanned<f64>>,
    level: Option<Level>,
    platform: Option<Spanned<String>>,
    image: Option<Spanned<String>>,
    message: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ForbidTable {
    package: Option<Spanned<String>>,
    path: Option<Spanned<String>>,
    #[serde(default)]
    also_lost: bool,
    level: Option<Level>,
    platform: Option<Spanned<String>>,
    image: Option<Spanned<String>>,
    message: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "this is a size such as \"500MB\", or a number")]
enum Number {
    Whole(i64),
    Part(f64),
    Text(String),
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Level {
    Warn,
    Fail,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum MeasureWord {
    Stored,
    Download,
}

fn fault(at: Range<usize>, why: impl Into<String>) -> Fault {
    let (why, hint) = (why.into(), HINT);
    Fault { at, why, hint }
}

impl Table {
    /// What it means; `line` tells the line of a byte.
    pub(in crate::config) fn budget(
        self,
        from: &str,
        line: &dyn Fn(usize) -> usize,
    ) -> Result<Budget, Fault> {
        let mut budget = Budget::empty(from);
        let baseline = self.baseline;
        if let Some(empty) = baseline
            .as_ref()
            .filter(|name| name.get_ref().trim().is_empty())
        {
            return Err(fault(empty.span(), "this names no baseline"));
        }
        budget.baseline = baseline.map(Spanned::into_inner);
        budget.above_base = self.above_base;
        budget.fails = fails(self.level).unwrap_or(true);
        let ignored = self.ignore.iter().map(|path| path.get_ref().as_str());
        budget.ignore = Paths::all(ignored)
            .map_err(|(no, why)| fault(self.ignore.get(no).map_or(0..0, Spanned::span), why))?;
        for (of, number) in [
            (Subject::Total, self.total),
            (Subject::Live, self.live),
            (Subject::Download, self.download),
            (Subject::Lost, self.lost),
            (Subject::LostShare, self.lost_share),
            (Subject::Efficiency, self.efficiency),
            (Subject::Layers, self.layers),
            (Subject::LargestLayer, self.largest_layer),
            (Subject::Files, self.files),
        ] {
            let Some(number) = number else { continue };
            let mut limit = Limit::on(of);
            limit.scope.line = Some(line(number.span().start));
            limit.bound = Some(number_of(&limit.of, &number)?);
            budget.limits.push(limit);
        }
        for table in self.limit {
            let at = table.of.span();
            let limit = table.limit(line)?;
            let id = limit.id();
            if budget.limits.iter().any(|other| other.id() == id) {
                let why = format!("`{id}` has a limit already; say all of it in one");
                return Err(fault(at, why));
            }
            budget.limits.push(limit);
        }
        for table in self.forbid {
            let at = table.span();
            let forbid = table.into_inner().forbid(at.clone(), line)?;
            let id = forbid.id();
            if budget.forbids.iter().any(|other| other.id() == id) {
                return Err(fault(at, format!("`{id}` is there already")));
            }
            budget.forbids.push(forbid);
        }
        if budget.limits.len() + budget.forbids.len() > MOST_RULES {
            return Err(fault(0..0, format!("there are over {MOST_RULES} rules")));
        }
        Ok(budget)
    }
}

fn fails(level: Option<Level>) -> Option<bool> {
    level.map(|level| matches!(level, Level::Fail))
}

impl LimitTable {
    fn limit(self, line: &dyn Fn(usize) -> usize) -> Result<Limit, Fault> {
        let at = self.of.span();
        let of = subject(self.of.get_ref()).map_err(|why| fault(at.clone(), why))?;
        let mut limit = Limit::on(of);
        if let Some(measure) = self.measure {
            if !limit.of.has_measures() {
                let why = format!("`{}` has one measure only", limit.of);
                return Err(fault(measure.span(), why));
            }
            limit.measure = match measure.into_inner() {
                MeasureWord::Stored => Measure::Stored,
                MeasureWord::Download => Measure::Download,
            };
        }
        let (bound, wrong) = match limit.of.is_least() {
            true => (self.min, self.max.map(|max| (max, "it has a least: `min`"))),
            false => (self.max, self.min.map(|min| (min, "it has a most: `max`"))),
        };
        if let Some((number, why)) = wrong {
            return Err(fault(number.span(), format!("`{}`: {why}", limit.of)));
        }
        let number = |number: Option<Spanned<Number>>| {
            number
                .map(|number| number_of(&limit.of, &number))
                .transpose()
        };
        let grows = self.max_growth.as_ref().map(Spanned::span);
        let grows = grows.or_else(|| self.max_growth_percent.as_ref().map(Spanned::span));
        if let Some(at) = grows.filter(|_| limit.of.is_least()) {
            let why = "efficiency does not grow for the worse; limit the growth of `lost-share`";
            return Err(fault(at, why));
        }
        let warn_at = self.warn.as_ref().map(Spanned::span);
        let (bound, warn, growth) = (number(bound)?, number(self.warn)?, number(self.max_growth)?);
        (limit.bound, limit.warn, limit.growth) = (bound, warn, growth);
        if let Some(percent) = self.max_growth_percent {
            let value = *percent.get_ref();
            if !value.is_finite() || value < 0.0 {
                return Err(fault(percent.span(), "percent are 0 or more"));
            }
            limit.growth_percent = Some(value);
        }
        if let (Some(bound), Some(warn)) = (limit.bound, limit.warn) {
            let is_never = match limit.of.is_least() {
                true => warn < bound,
                false => warn > bound,
            };
            if is_never {
                let why = "`warn` is beyond the limit itself, so it never warns";
                return Err(fault(warn_at.unwrap_or(at), why));
            }
        }
        if limit.bound.is_none() && limit.warn.is_none() && !limit.has_growth() {
            return Err(fault(
                at,
                "this limits nothing: say `max`, `max-growth` or `warn`",
            ));
        }
        let line = line(at.start);
        limit.scope = scope(self.level, self.platform, self.image, self.message, line)?;
        if limit.scope.is_for_all() && !limit.of.is_for_several() {
            let why = "all images together have `total`, `download`, `layers` and `largest-layer`";
            return Err(fault(at, why));
        }
        Ok(limit)
    }
}

impl ForbidTable {
    fn forbid(self, at: Range<usize>, line: &dyn Fn(usize) -> usize) -> Result<Forbid, Fault> {
        let (at, what) = match (self.package, self.path) {
            (Some(package), None) => {
                let name = Name::new(package.get_ref());
                let name = name.map_err(|why| fault(package.span(), why))?;
                (package.span(), Forbidden::Package(name))
            }
            (None, Some(path)) => {
                let paths = Paths::new(path.get_ref());
                let paths = paths.map_err(|why| fault(path.span(), why))?;
                (path.span(), Forbidden::Path(paths))
            }
            _ => return Err(fault(at, "say either `package` or `path`")),
        };
        let line = line(at.start);
        let scope = scope(self.level, self.platform, self.image, self.message, line)?;
        if scope.is_for_all() {
            return Err(fault(at, "what is forbidden is forbidden in each image"));
        }
        Ok(Forbid {
            what,
            also_lost: self.also_lost,
            scope,
        })
    }
}

fn scope(
    level: Option<Level>,
    platform: Option<Spanned<String>>,
    image: Option<Spanned<String>>,
    message: Option<String>,
    line: usize,
) -> Result<Scope, Fault> {
    if let Some(platform) = &platform {
        let mut parts = platform.get_ref().split('/');
        let parts: Vec<&str> = parts.by_ref().collect();
        if !(2..=3).contains(&parts.len()) || parts.iter().any(|part| part.is_empty()) {
            return Err(fault(
                platform.span(),
                "a platform is OS/ARCH: `linux/arm64`",
            ));
        }
    }
    let name =
        |image: Spanned<String>| Name::new(image.get_ref()).map_err(|why| fault(image.span(), why));
    Ok(Scope {
        fails: fails(level),
        platform: platform.map(Spanned::into_inner),
        image: image.map(name).transpose()?,
        message,
        line: Some(line),
    })
}

/// What a limit is on, by its words.
pub(super) fn subject(text: &str) -> Result<Subject, String> {
    let unknown = || {
        format!(
            "`{text}` is nothing that can be limited: total, live, download, lost, lost-share, \
             efficiency, layers, largest-layer, files, category:X, owner:NAME, family:NAME, \
             package:ECOSYSTEM:NAME, path:GLOB, layer:GLOB"
        )
    };
    Ok(match text.split_once(':') {
        None => match text {
            "total" => Subject::Total,
            "live" => Subject::Live,
            "download" => Subject::Download,
            "lost" => Subject::Lost,
            "lost-share" => Subject::LostShare,
            "efficiency" => Subject::Efficiency,
            "layers" => Subject::Layers,
            "largest-layer" => Subject::LargestLayer,
            "files" => Subject::Files,
            _ => return Err(unknown()),
        },
        Some(("category", name)) => {
            let category = Category::ALL.into_iter().find(|one| one.id() == name);
            let all = || Category::ALL.map(Category::id).join(", ");
            Subject::Category(
                category.ok_or_else(|| format!("`{name}` is no category: {}", all()))?,
            )
        }
        Some(("owner", name)) => Subject::Owner(Name::new(name)?),
        Some(("family", name)) => Subject::Family(Name::new(name)?),
        Some(("package", name)) => {
            let (ecosystem, name) = name.split_once(':').ok_or_else(|| {
                format!("`{text}`: a package is `package:ECOSYSTEM:NAME`; the ecosystem may be `*`")
            })?;
            Subject::Package(Name::new(ecosystem)?, Name::new(name)?)
        }
        Some(("path", path)) => Subject::Path(Paths::new(path)?),
        Some(("layer", name)) => Subject::Layer(Name::new(name)?),
        _ => return Err(unknown()),
    })
}

fn number_of(of: &Subject, number: &Spanned<Number>) -> Result<f64, Fault> {
    let wrong = |why: &str| Err(fault(number.span(), format!("`{of}`: {why}")));
    match (of.kind(), number.get_ref()) {
        (_, Number::Whole(number)) if *number < 0 => wrong("it cannot be negative"),
        (_, Number::Part(number)) if !number.is_finite() || *number < 0.0 => {
            wrong("it cannot be negative or endless")
        }
        (Kind::Bytes | Kind::Count, Number::Whole(number)) => Ok(*number as f64),
        (Kind::Bytes, Number::Text(text)) => match text.parse::<Bytes>() {
            Ok(bytes) => Ok(bytes.0 as f64),
            Err(error) => wrong(&error.to_string()),
        },
        (Kind::Bytes, _) => wrong("write a size with a unit, such as \"1.5MB\""),
        (Kind::Count, _) => wrong("it is a whole number"),
        (Kind::Share, number) => {
            let value = match number {
                Number::Whole(number) => *number as f64,
                Number::Part(number) => *number,
                Number::Text(text) => {
                    let number = text.strip_suffix('%').map(str::trim).map(str::parse::<f64>);
                    match number {
                        Some(Ok(percent)) => percent / 100.0,
                        _ => return wrong("it is a part of one, such as 0.95 or \"95%\""),
                    }
                }
            };
            match (0.0..=1.0).contains(&value) {
                true => Ok(value),
                false => wrong("it is a part of one, from 0 to 1, such as 0.95 or \"95%\""),
            }
        }
    }
}

//! How large an image may be, by the user's word. What comes in is the `[budget]`
//! table and what was typed; what goes out is a [`Budget`]: every limit once, each
//! with a word that stays from run to run.

mod flags;
mod pattern;
mod read;

pub use flags::Flags;
pub use pattern::{Name, Paths};
pub(super) use read::{HINT, Table};

use std::fmt;
use std::str::FromStr;

use crate::category::Category;

/// What a budget of flags alone is called.
pub const FLAGS: &str = "flags";

/// The pattern of `image` that means all images of a deployment together.
pub const ALL_IMAGES: &str = "*all*";

/// How large an image may be.
#[derive(Debug, Clone)]
pub struct Budget {
    /// The file that it stands in, or [`FLAGS`].
    pub from: String,
    /// The limits: the shorthands first, then in the order of the file.
    pub limits: Vec<Limit>,
    /// What must not be there, in the order of the file.
    pub forbids: Vec<Forbid>,
    /// The files that no limit counts.
    pub ignore: Paths,
    /// What growth is measured against: a file or an image; `None` for nothing.
    pub baseline: Option<String>,
    /// Do only the layers on top of the base count?
    pub above_base: bool,
    /// Does a limit that does not say it itself fail (true) or only warn?
    pub fails: bool,
}

/// One limit. Bytes and things are whole numbers; shares are parts of one.
#[derive(Debug, Clone)]
pub struct Limit {
    /// What is limited.
    pub of: Subject,
    /// Which of its bytes.
    pub measure: Measure,
    /// The most that may be; of [`Subject::Efficiency`] the least.
    pub bound: Option<f64>,
    /// From where on there is a warning; of [`Subject::Efficiency`] down from where.
    pub warn: Option<f64>,
    /// By how much it may grow.
    pub growth: Option<f64>,
    /// By how many percent it may grow.
    pub growth_percent: Option<f64>,
    /// For whom it is.
    pub scope: Scope,
}

/// For whom a rule is, and what being over it means.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Fail (true) or warn; `None`: as the budget says.
    pub fails: Option<bool>,
    /// Only of this platform.
    pub platform: Option<String>,
    /// Only of images that are called so.
    pub image: Option<Name>,
    /// What the author says of it.
    pub message: Option<String>,
    /// The line of the file, from 1; `None` for flags.
    pub line: Option<usize>,
}

/// What must not be there.
#[derive(Debug, Clone)]
pub struct Forbid {
    /// What.
    pub what: Forbidden,
    /// Must no layer store it either?
    pub also_lost: bool,
    /// For whom it is.
    pub scope: Scope,
}

/// A package or files.
#[derive(Debug, Clone)]
pub enum Forbidden {
    /// By its name, or by `ECOSYSTEM:NAME`.
    Package(Name),
    /// By their paths.
    Path(Paths),
}

/// What a limit is on.
#[derive(Debug, Clone)]
pub enum Subject {
    /// What the layers store.
    Total,
    /// What the final filesystem holds.
    Live,
    /// What a download takes.
    Download,
    /// What is stored and not in the final filesystem.
    Lost,
    /// The part of the stored bytes that is lost.
    LostShare,
    /// The part of the stored bytes that is live.
    Efficiency,
    /// How many layers there are.
    Layers,
    /// The layer that stores most.
    LargestLayer,
    /// How many files the final filesystem has.
    Files,
    /// The bytes of a category.
    Category(Category),
    /// The bytes of places that are called so.
    Owner(Name),
    /// The bytes of families that are called so.
    Family(Name),
    /// The bytes of packages: the ecosystem and the name.
    Package(Name, Name),
    /// The bytes of files, by their paths.
    Path(Paths),
    /// The bytes of layers, by their instructions.
    Layer(Name),
}

/// Which bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Measure {
    /// Live and lost, as the layers store them.
    #[default]
    Stored,
    /// Their share of the download.
    Download,
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Bytes.
    Bytes,
    /// Things.
    Count,
    /// A part of one.
    Share,
}

impl Subject {
    /// What its numbers count.
    pub fn kind(&self) -> Kind {
        match self {
            Subject::Layers | Subject::Files => Kind::Count,
            Subject::LostShare | Subject::Efficiency => Kind::Share,
            _ => Kind::Bytes,
        }
    }

    /// Is the limit a least?
    pub fn is_least(&self) -> bool {
        matches!(self, Subject::Efficiency)
    }

    /// Are its bytes stored ones or download ones, as one likes?
    fn has_measures(&self) -> bool {
        match self {
            Subject::Lost | Subject::LargestLayer => true,
            Subject::Total | Subject::Live | Subject::Download => false,
            other => other.kind() == Kind::Bytes,
        }
    }

    /// Has it a meaning for several images together?
    fn is_for_several(&self) -> bool {
        matches!(
            self,
            Subject::Total | Subject::Download | Subject::Layers | Subject::LargestLayer
        )
    }

    /// The number needs the files, and not their owners alone.
    pub fn needs_files(&self) -> bool {
        matches!(self, Subject::Path(_))
    }
}

/// Else says why that is nothing that can be limited.
impl FromStr for Subject {
    type Err = String;

    fn from_str(text: &str) -> Result<Subject, String> {
        read::subject(text)
    }
}

/// As the file writes it.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Total => f.write_str("total"),
            Subject::Live => f.write_str("live"),
            Subject::Download => f.write_str("download"),
            Subject::Lost => f.write_str("lost"),
            Subject::LostShare => f.write_str("lost-share"),
            Subject::Efficiency => f.write_str("efficiency"),
            Subject::Layers => f.write_str("layers"),
            Subject::LargestLayer => f.write_str("largest-layer"),
            Subject::Files => f.write_str("files"),
            Subject::Category(category) => write!(f, "category:{}", category.id()),
            Subject::Owner(name) => write!(f, "owner:{name}"),
            Subject::Family(name) => write!(f, "family:{name}"),
            Subject::Package(ecosystem, name) => write!(f, "package:{ecosystem}:{name}"),
            Subject::Path(paths) => write!(f, "path:{paths}"),
            Subject::Layer(name) => write!(f, "layer:{name}"),
        }
    }
}

impl Scope {
    /// Is it for this image and platform? A variant counts only if it is asked for.
    pub fn is_for(&self, names: &[&str], platform: Option<&str>) -> bool {
        let is_there = |wanted: &String| {
            let there = platform.unwrap_or_default();
            let rest = there.strip_prefix(wanted.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let is_called = |name: &Name| !name.is_all_images() && names.iter().any(|n| name.fits(n));
        self.platform.as_ref().is_none_or(is_there) && self.image.as_ref().is_none_or(is_called)
    }

    /// Is it for all images of a deployment together?
    pub fn is_for_all(&self) -> bool {
        self.image.as_ref().is_some_and(Name::is_all_images)
    }

    /// What stands behind the id of a rule that is not for everyone.
    fn suffix(&self) -> String {
        let platform = self.platform.as_ref().map(|at| format!(" @{at}"));
        let image = self.image.as_ref().map(|name| format!(" ={name}"));
        platform.unwrap_or_default() + &image.unwrap_or_default()
    }
}

impl Limit {
    /// A limit that says nothing yet.
    pub fn on(of: Subject) -> Limit {
        Limit {
            of,
            measure: Measure::default(),
            bound: None,
            warn: None,
            growth: None,
            growth_percent: None,
            scope: Scope::default(),
        }
    }

    /// The word that stays from run to run, and is unique in a budget.
    pub fn id(&self) -> String {
        let measure = match self.measure {
            Measure::Stored => "",
            Measure::Download => " (download)",
        };
        format!("{}{measure}{}", self.of, self.scope.suffix())
    }

    /// Is growth limited?
    pub fn has_growth(&self) -> bool {
        self.growth.is_some() || self.growth_percent.is_some()
    }
}

impl Forbid {
    /// The word that stays from run to run, and is unique in a budget.
    pub fn id(&self) -> String {
        let what = match &self.what {
            Forbidden::Package(name) => format!("forbid-package:{name}"),
            Forbidden::Path(paths) => format!("forbid-path:{paths}"),
        };
        what + &self.scope.suffix()
    }
}

impl Budget {
    /// A budget that says nothing.
    pub fn empty(from: &str) -> Budget {
        Budget {
            from: from.to_owned(),
            limits: Vec::new(),
            forbids: Vec::new(),
            ignore: Paths::default(),
            baseline: None,
            above_base: false,
            fails: true,
        }
    }

    /// Does it limit nothing?
    pub fn is_empty(&self) -> bool {
        self.limits.is_empty() && self.forbids.is_empty()
    }

    /// Does it need to look at files one by one?
    pub fn needs_files(&self) -> bool {
        let paths = |forbid: &Forbid| matches!(forbid.what, Forbidden::Path(_));
        !self.ignore.is_empty()
            || self.limits.iter().any(|limit| limit.of.needs_files())
            || self.forbids.iter().any(paths)
    }
}

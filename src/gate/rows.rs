//! The rows of a verdict: each is one object of the JSON.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diff::Diff;
use crate::report::{AdviceRow, FindingRow, Totals, write_json};

/// What became of a check.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// The version of this document's shape.
    pub schema: u32,
    /// The worst of all images'.
    pub state: State,
    /// The budget that was held against them: a file and, where it is one, `.dive-ci`, or
    /// `flags`.
    pub budget: String,
    /// What was checked; several images of a deployment each, and last all of them
    /// together, with layers that they share once.
    pub images: Vec<Checked>,
}

/// One image, or several together, held against the budget.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    /// Its name; `all images` for a deployment as a whole.
    pub name: String,
    /// Where it came from.
    pub source: String,
    /// Its digest; null for several together.
    pub digest: Option<String>,
    /// OS/ARCH; null if the image does not say.
    pub platform: Option<String>,
    /// The worst of its limits'.
    pub state: State,
    /// Its accounts.
    pub totals: Totals,
    /// What it was compared with; null where nothing was given to compare with.
    pub baseline: Option<Baseline>,
    /// Every limit of the budget that speaks of it, in the order of the budget.
    pub limits: Vec<LimitRow>,
    /// What grew and why; null without a whole image or report to compare with.
    pub diff: Option<Diff>,
    /// The pieces of advice with most bytes, at most three.
    pub advice: Vec<FindingRow>,
    /// What all advice brings together.
    pub savings: AdviceRow,
}

/// What an image was compared with.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Baseline {
    /// What kind of thing it is.
    pub kind: BaselineKind,
    /// The file, or the reference as it was written.
    pub name: String,
    /// The digest of the image that it stands for: what the reference resolved to.
    pub digest: Option<String>,
    /// The image's accounts then; null where the baseline holds limits alone.
    pub totals: Option<Totals>,
}

/// What kind of thing was compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BaselineKind {
    /// An image, read now.
    Image,
    /// A saved report.
    Report,
    /// The file that `--update-baseline` writes.
    Entries,
}

/// How bad it is.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Within the budget.
    #[default]
    Pass,
    /// Over a limit that only warns.
    Warn,
    /// Over a limit that fails.
    Fail,
}

impl State {
    /// For people and for JSON.
    pub fn name(self) -> &'static str {
        match self {
            State::Pass => "pass",
            State::Warn => "warn",
            State::Fail => "fail",
        }
    }
}

/// What being over a limit means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// A word.
    Warn,
    /// Exit code 1.
    #[default]
    Fail,
}

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Things: layers, files, packages.
    Count,
    /// A part of one, 0 to 1.
    Share,
}

/// A limit, what was measured, and what came of it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LimitRow {
    /// A word that stays from run to run, and is unique in a budget: `total`,
    /// `download`, `category:app`, `package:pip:numpy`, `path:/app/**`,
    /// `forbid-package:gcc*` …
    pub id: String,
    /// What is limited, for a person: `total (stored)`, `download of pip:numpy`.
    pub title: String,
    /// What it counts.
    pub unit: Unit,
    /// What being over it means.
    pub level: Level,
    /// What came of it.
    pub state: State,
    /// What was measured.
    pub actual: f64,
    /// The most that may be (for `efficiency` the least); null if only growth is limited.
    pub limit: Option<f64>,
    /// Is `limit` a least?
    pub least: bool,
    /// What the baseline says; null without one.
    pub baseline: Option<f64>,
    /// By how much it may grow, in `unit`; both this and `growth_percent` must be
    /// exceeded where both are there.
    pub growth: Option<f64>,
    /// By how many percent it may grow.
    pub growth_percent: Option<f64>,
    /// Why it is over, for a person, in one sentence with both numbers; empty if it passes.
    pub reason: String,
    /// One word for `reason`: `over-limit`, `under-limit`, `over-growth`, `forbidden`; empty if it
    /// passes.
    pub code: String,
    /// What the author of the budget says of it.
    pub message: Option<String>,
    /// What makes it up: the largest packages or paths, the first ten; of what is forbidden,
    /// what was found.
    pub because: Vec<String>,
    /// The layer to look at first, base layer 0; null where none tells.
    pub layer: Option<usize>,
    /// The line of that limit in the budget's file, from 1; null for flags.
    pub line: Option<usize>,
}

/// Writes the JSON Schema of [`Verdict`].
pub fn verdict_schema(out: &mut dyn Write) -> io::Result<()> {
    write_json(&schemars::schema_for!(Verdict), out)
}

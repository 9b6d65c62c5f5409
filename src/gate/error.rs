//! Why a budget cannot be held against an image. Nothing of it is a pass.

use crate::path::brief;

/// Why a budget cannot be held against an image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GateError {
    /// There is no budget.
    #[error("there is no budget")]
    NoBudget,
    /// A limit on growth, and nothing to compare with; its id.
    #[error("the limit {} is on growth, and there is no baseline", brief(.0))]
    NoBaseline(String),
    /// The baseline has nothing on a limit: the file, the limit.
    #[error("the baseline {} has no entry for {}", brief(.0), brief(.1))]
    NoEntry(String, String),
    /// A baseline that is not there, or cannot be used, and why.
    #[error("cannot use the baseline {}: {}", brief(.0), brief(.1))]
    Baseline(String, String),
    /// The baseline to update is of another kind.
    #[error("the baseline {} is no file that `--update-baseline` writes", brief(.0))]
    NotEntries(String),
    /// A baseline is of one image, and there are several.
    #[error("the baseline {} is of one image, and there are several to check", brief(.0))]
    OneImage(String),
    /// A saved report does not tell what a limit needs: the limit, the report.
    #[error("the limit {} needs the files of an image, and {} is a saved report", brief(.0), brief(.1))]
    NeedsFiles(String, String),
    /// A file that is there already.
    #[error("{} is there already", brief(.0))]
    Exists(String),
}

impl GateError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            GateError::NoBudget => {
                "`imgsize init IMAGE` writes one from today's numbers; or say a limit, such as \
                 `--max-total 500MB`"
            }
            GateError::NoBaseline(_) => {
                "`--baseline` names an image, a saved report, or a file that `--update-baseline` \
                 writes"
            }
            GateError::NoEntry(..) => "`--update-baseline` adds what is missing",
            GateError::Baseline(..) => {
                "a baseline is a file that `--update-baseline` writes, a report saved with \
                 `imgsize report --json`, or an image"
            }
            GateError::NotEntries(_) => {
                "`--baseline` names a file of its own, which need not be there"
            }
            GateError::OneImage(_) => {
                "of several images or platforms a baseline is a file that `--update-baseline` writes"
            }
            GateError::NeedsFiles(..) => "check or compare with the image itself",
            GateError::Exists(_) => "`--force` replaces it; `--output` names another file",
        }
    }

    /// One word for scripts.
    pub fn reason(&self) -> &'static str {
        match self {
            GateError::NoBudget => "no-budget",
            GateError::NoBaseline(_)
            | GateError::NoEntry(..)
            | GateError::Baseline(..)
            | GateError::NotEntries(_)
            | GateError::OneImage(_) => "baseline",
            GateError::NeedsFiles(..) => "saved-report",
            GateError::Exists(_) => "exists",
        }
    }
}

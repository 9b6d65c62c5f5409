//! The gate: is an image within its budget? What comes in is a budget, what was measured
//! and what it is compared with; what goes out is a [`Verdict`]: every limit with its
//! numbers, and why. Others print it.

mod formats;
mod rows;

pub use formats::{GithubFiles, VERDICT_FORMATS, VerdictFormat, write_comment, write_github};
pub use rows::{Baseline, BaselineKind, Checked, Level, LimitRow, State, Unit, Verdict};

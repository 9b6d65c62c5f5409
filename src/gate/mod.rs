//! The gate: is an image within its budget? What comes in is a budget, what was measured
//! and what it is compared with; what goes out is a [`Verdict`]: every limit with its
//! numbers, and why. [`VERDICT_FORMATS`] write it.

mod baseline;
mod check;
mod error;
mod finding;
mod formats;
mod found;
mod limit;
mod rows;
mod sizes;
mod start;
mod words;

pub use baseline::{Entries, Then};
pub use check::{TOGETHER, Target, Together};
pub use error::GateError;
pub use formats::{GithubFiles, VERDICT_FORMATS, VerdictFormat, write_comment, write_github};
pub use rows::{
    Baseline, BaselineKind, Checked, Level, LimitRow, State, Unit, Verdict, verdict_schema,
};
pub use sizes::Sizes;
pub use start::starting_budget;

#[cfg(test)]
mod tests;

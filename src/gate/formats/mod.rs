//! The ways to write a verdict, one a file. What comes in is a [`Verdict`]; what goes out
//! is text that a person, a forge or a program reads.
//!
//! A verdict may rest on a saved report, which anybody may have written: every text of it
//! is made safe here, by the rules of the format that it goes into, whatever was done to
//! it before.

mod annotations;
mod csv;
mod github;
mod json;
mod junit;
mod markdown;
mod openmetrics;
mod sarif;
mod table;
mod words;

use std::io::{self, Write};

pub use github::{GithubFiles, write_github};
pub use markdown::write_comment;

use super::Verdict;
use crate::report::Style;

/// A way to write a verdict.
pub struct VerdictFormat {
    /// What `--out` and `--format` call it.
    pub id: &'static str,
    /// Writes it.
    pub write: fn(&Verdict, &Style, &mut dyn Write) -> io::Result<()>,
}

/// Every way to write a verdict.
pub const VERDICT_FORMATS: &[VerdictFormat] = &[
    table::FORMAT,
    json::FORMAT,
    markdown::FORMAT,
    annotations::FORMAT,
    github::FORMAT,
    sarif::FORMAT,
    junit::FORMAT,
    openmetrics::FORMAT,
    csv::FORMAT,
];

#[cfg(test)]
mod tests;

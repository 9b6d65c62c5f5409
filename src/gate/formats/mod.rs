//! The ways to write a verdict, one file each.

mod json;
mod table;

use std::io::{self, Write};

use super::Verdict;
use crate::report::Style;

/// A way to write a verdict.
pub struct VerdictFormat {
    /// What `--out` calls it.
    pub id: &'static str,
    /// Writes it.
    pub write: fn(&Verdict, &Style, &mut dyn Write) -> io::Result<()>,
}

/// Every format.
pub const VERDICT_FORMATS: &[VerdictFormat] = &[table::FORMAT, json::FORMAT];

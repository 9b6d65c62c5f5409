//! The verdict as JSON: the contract that other tools read.

use std::io::{self, Write};

use super::VerdictFormat;
use crate::gate::Verdict;
use crate::report::{Style, write_json};

pub(super) const FORMAT: VerdictFormat = VerdictFormat { id: "json", write };

fn write(verdict: &Verdict, _style: &Style, out: &mut dyn Write) -> io::Result<()> {
    write_json(verdict, out)
}

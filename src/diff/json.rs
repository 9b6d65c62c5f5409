//! A comparison as JSON, and the schema of that.

use std::io::{self, Write};

use super::Diff;
use crate::report::{Style, write_json};

pub(super) fn write(diff: &Diff, _style: &Style, out: &mut dyn Write) -> io::Result<()> {
    write_json(diff, out)
}

/// Writes the JSON Schema of [`Diff`].
pub fn schema(out: &mut dyn Write) -> io::Result<()> {
    write_json(&schemars::schema_for!(Diff), out)
}

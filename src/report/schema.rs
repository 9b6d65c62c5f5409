//! The JSON Schema of the report, made from its types.

use std::io::{self, Write};

use super::{Report, json};

/// Writes the JSON Schema of [`Report`].
pub fn schema(out: &mut dyn Write) -> io::Result<()> {
    json::value(&schemars::schema_for!(Report), out)
}

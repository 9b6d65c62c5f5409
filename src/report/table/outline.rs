//! What an image's documents tell, as a table.

use std::io::{self, Write};

use super::grid::{percent, table};
use super::{section, short_instruction, warning_lines};
use crate::path::{brief, shown_text};
use crate::report::{Outline, Style};
use crate::units::Bytes;

pub(super) fn write(outline: &Outline, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let (image, totals) = (&outline.image, &outline.totals);
    let show = |bytes: Bytes| bytes.show(style.units);
    let platform = image.platform.as_deref().unwrap_or("no platform stated");
    let (name, source) = (brief(&image.name), shown_text(&image.source));
    writeln!(out, "{name}  {}  {source}", brief(platform))?;
    writeln!(out, "{}", image.digest)?;
    writeln!(out, "by its manifest and config alone: no layer was read")?;
    if let Some(base) = &image.base_name {
        let digest = image.base_digest.as_deref().unwrap_or_default();
        writeln!(out, "built on {} {digest}", brief(base))?;
    }
    writeln!(out)?;
    write!(out, "download {}", show(totals.download))?;
    match totals.download_base {
        Bytes::ZERO => writeln!(out)?,
        base => writeln!(out, " ({} of it the base)", show(base))?,
    }
    if let Some(base) = &image.base {
        super::base::write(base, totals.download_base, style, &mut out)?;
    }
    section("Layers, base first", style, &mut out)?;
    let mut rows = Vec::new();
    for row in &outline.layers {
        rows.push(vec![
            row.index.to_string(),
            show(row.download),
            percent(row.download, totals.download),
            if row.base { "base" } else { "" }.to_owned(),
            short_instruction(row.created_by.as_deref().unwrap_or("(no history)")),
        ]);
    }
    let heads = ["#", "Download", "of it", "", "Instruction"];
    table(&heads, &rows, &[0, 1, 2], style, &mut out)?;
    if !outline.warnings.is_empty() {
        let line = |row: &crate::report::WarningRow| format!("{}: {}", row.code, row.message);
        warning_lines(outline.warnings.iter().map(line).collect(), style, &mut out)?;
    }
    out.flush()
}

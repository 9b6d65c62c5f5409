//! Was advice followed, for people.

use std::io::{self, Write};

use super::grid::table;
use super::section;
use crate::path::{brief, shown_text};
use crate::report::{Side, Style, Verification};
use crate::units::Bytes;

pub(super) fn write(
    verification: &Verification,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    for (word, side) in [
        ("before", &verification.before),
        ("after ", &verification.after),
    ] {
        let (name, digest) = (brief(&side.image), shown_text(&side.digest));
        writeln!(out, "{word}  {name}  {digest}")?;
    }
    totals(verification, style, &mut out)?;
    findings(verification, style, &mut out)?;
    new(verification, style, &mut out)?;
    out.flush()
}

fn totals(verification: &Verification, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let row = |name: &str, of: fn(&Side) -> Bytes| {
        let (before, after) = (of(&verification.before), of(&verification.after));
        let (sign, change) = match after > before {
            true => ("+", after - before),
            false => ("-", before - after),
        };
        vec![
            name.to_owned(),
            before.show(style.units),
            after.show(style.units),
            match change {
                Bytes::ZERO => "0 B".to_owned(),
                change => format!("{sign}{}", change.show(style.units)),
            },
        ]
    };
    let rows = [
        row("stored", |side| side.stored),
        row("live", |side| side.live),
        row("lost", |side| side.lost),
        row("download", |side| side.download),
    ];
    section("Bytes", style, out)?;
    table(
        &["", "before", "after", "change"],
        &rows,
        &[1, 2, 3],
        style,
        out,
    )
}

fn findings(verification: &Verification, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    section("Findings of the image before", style, out)?;
    if verification.findings.is_empty() {
        return writeln!(out, "none");
    }
    let rows: Vec<Vec<String>> = verification
        .findings
        .iter()
        .map(|row| {
            vec![
                row.followed.words().to_owned(),
                row.promised.show(style.units),
                row.achieved.show(style.units),
                brief(&row.rule).to_string(),
                brief(&row.title).to_string(),
            ]
        })
        .collect();
    let heads = ["", "promised", "achieved", "rule", "finding"];
    table(&heads, &rows, &[1, 2], style, out)
}

fn new(verification: &Verification, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if verification.new.is_empty() {
        return Ok(());
    }
    section("New findings", style, out)?;
    let rows: Vec<Vec<String>> = verification
        .new
        .iter()
        .map(|row| {
            vec![
                row.stored.show(style.units),
                brief(&row.rule).to_string(),
                brief(&row.title).to_string(),
            ]
        })
        .collect();
    table(&["promises", "rule", "finding"], &rows, &[0], style, out)
}

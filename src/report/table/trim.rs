//! What a trim came to, for people.

use std::io::{self, Write};

use super::grid::table;
use super::section;
use crate::path::{brief, shown_text};
use crate::report::Style;
use crate::trim::{Outcome, Sums};
use crate::units::Bytes;

pub(super) fn write(outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let name = outcome.tag.as_deref().unwrap_or("an image without a name");
    writeln!(
        out,
        "{}  {}",
        brief(&outcome.image),
        shown_text(&outcome.digest)
    )?;
    writeln!(
        out,
        "{} is in {}; read again, its tree is the old one without what was to go",
        brief(name),
        shown_text(&outcome.output)
    )?;
    sums(outcome, style, &mut out)?;
    rules(outcome, style, &mut out)?;
    layers(outcome, style, &mut out)?;
    for row in &outcome.left_out {
        writeln!(
            out,
            "left out: {}: {} ({})",
            brief(&row.rule),
            shown_text(&row.title),
            row.why
        )?;
    }
    out.flush()
}

fn sums(outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let row = |name: &str, of: fn(&Sums) -> Bytes| {
        let columns = [
            &outcome.before,
            &outcome.after,
            &outcome.promised,
            &outcome.achieved,
        ];
        let cells = columns.map(|sums| of(sums).show(style.units));
        [vec![name.to_owned()], cells.to_vec()].concat()
    };
    let rows = [
        row("stored", |sums| sums.stored),
        row("live", |sums| sums.live),
        row("lost", |sums| sums.lost),
        row("download", |sums| sums.download),
    ];
    section("Bytes", style, out)?;
    let heads = ["", "before", "after", "promised", "achieved"];
    table(&heads, &rows, &[1, 2, 3, 4], style, out)
}

fn rules(outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<Vec<String>> = outcome
        .rules
        .iter()
        .map(|row| {
            vec![
                brief(&row.rule).to_string(),
                row.findings.to_string(),
                row.promised.stored.show(style.units),
                row.promised.download.show(style.units),
            ]
        })
        .collect();
    section("Rules", style, out)?;
    let heads = ["rule", "findings", "stored", "download"];
    table(&heads, &rows, &[1, 2, 3], style, out)
}

fn layers(outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    // Enough to tell blobs apart, as engines print them.
    let short = |digest: &str| {
        digest
            .chars()
            .take("sha256:".len() + 12)
            .collect::<String>()
    };
    let rows: Vec<Vec<String>> = outcome
        .layers
        .iter()
        .map(|row| {
            vec![
                row.layer.to_string(),
                short(&row.digest_before),
                short(&row.digest_after),
                row.members.to_string(),
                row.stored.show(style.units),
                row.download_before.show(style.units),
                row.download_after.show(style.units),
            ]
        })
        .collect();
    section("Layers that changed", style, out)?;
    let heads = [
        "layer", "before", "after", "members", "stored", "download", "now",
    ];
    table(&heads, &rows, &[0, 3, 4, 5, 6], style, out)
}

//! Why a package is there, for people.

use std::io::{self, Write};

use super::grid::{shortened, table};
use super::{name_and_version, section, short_instruction};
use crate::owner::Parts;
use crate::path::{brief, shown_text};
use crate::report::{Style, Why, WhyPackage};
use crate::units::Bytes;

/// How many names a line holds before it says how many more there are.
const NAMES: usize = 8;

pub(super) fn write(why: &Why, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    writeln!(
        out,
        "{}  {}",
        brief(&why.image.name),
        shown_text(&why.image.source)
    )?;
    for package in &why.packages {
        one(package, style, &mut out)?;
    }
    out.flush()
}

fn one(why: &WhyPackage, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let row = &why.package;
    let show = |bytes: Bytes| bytes.show(style.units);
    let name = name_and_version(&row.name, &row.version);
    section(&format!("{name} ({})", row.ecosystem), style, out)?;
    writeln!(
        out,
        "live {}, download {}",
        show(row.live),
        show(row.download)
    )?;
    line(&parts(&row.parts, style), style, out)?;
    if let Some(inside) = &row.inside {
        writeln!(out, "inside {}", shown_text(inside))?;
    }
    if let Some(layer) = row.layer {
        let instruction = why.instruction.as_deref().unwrap_or("(no history)");
        let instruction = short_instruction(instruction);
        line(&format!("layer {layer}: {instruction}"), style, out)?;
    }
    let asked = match row.asked {
        Some(true) => "it was asked for by name",
        Some(false) => "it came along with others",
        None => "nobody wrote down whether it was asked for by name",
    };
    let needed = match why.required_by.len() {
        0 => "nothing requires it".to_owned(),
        1 => "1 package requires it".to_owned(),
        count => format!("{count} packages require it"),
    };
    writeln!(out, "{asked}; {needed}")?;
    chains(why, style, out)?;
    goes(why, style, out)
}

/// What of it is what, largest first; nothing for a package without files.
fn parts(parts: &Parts, style: &Style) -> String {
    let mut all = vec![
        ("native", parts.native),
        ("bytecode", parts.bytecode),
        ("tests", parts.tests),
        ("headers", parts.headers),
        ("type stubs", parts.stubs),
        ("source maps", parts.source_maps),
        ("documentation", parts.docs),
        ("other", parts.other),
    ];
    all.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    let debug = parts.debug.unwrap_or_default();
    let shown = all.into_iter().chain([("debug information in it", debug)]);
    let shown = shown.filter(|(_, bytes)| *bytes > Bytes::ZERO);
    let words: Vec<String> = shown
        .map(|(what, bytes)| format!("{what} {}", bytes.show(style.units)))
        .collect();
    words.join(", ")
}

fn chains(why: &WhyPackage, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let top = style.top.unwrap_or(why.chains.len());
    for chain in why.chains.iter().take(top) {
        let names: Vec<String> = chain
            .iter()
            .map(|name| shown_text(without_ecosystem(name)).into_owned())
            .collect();
        line(&format!("  {}", names.join(" -> ")), style, out)?;
    }
    match why.chains.len().saturating_sub(top) {
        0 => Ok(()),
        more => writeln!(out, "  [{more} others]"),
    }
}

fn without_ecosystem(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, name)| name)
}

fn goes(why: &WhyPackage, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    section("If it goes, this goes", style, out)?;
    let top = style.top.unwrap_or(why.goes.len()).max(1);
    let mut rows: Vec<Vec<String>> = why
        .goes
        .iter()
        .take(top)
        .map(|gone| {
            let name = shown_text(&gone.name).into_owned();
            vec![
                gone.live.show(style.units),
                gone.download.show(style.units),
                name,
            ]
        })
        .collect();
    let rest = why.goes.get(top..).unwrap_or_default();
    if !rest.is_empty() {
        let live: Bytes = rest.iter().map(|gone| gone.live).sum();
        let download: Bytes = rest.iter().map(|gone| gone.download).sum();
        let others = format!("[{} others]", rest.len());
        rows.push(vec![
            live.show(style.units),
            download.show(style.units),
            others,
        ]);
    }
    rows.push(vec![
        why.frees.live.show(style.units),
        why.frees.download.show(style.units),
        format!("freed by {} of the image's packages", why.frees.packages),
    ]);
    table(&["Live", "Download", "Package"], &rows, &[0, 1], style, out)?;
    if why.breaks.is_empty() {
        return Ok(());
    }
    let mut names: Vec<String> = why
        .breaks
        .iter()
        .take(NAMES)
        .map(|name| shown_text(without_ecosystem(name)).into_owned())
        .collect();
    if why.breaks.len() > NAMES {
        names.push(format!("{} others", why.breaks.len() - NAMES));
    }
    writeln!(out, "\nThese would not work without it:")?;
    line(&format!("  {}", names.join(", ")), style, out)?;
    let sum = &why.frees_with_dependents;
    writeln!(
        out,
        "Without them too, {} packages go: {} live, {} of the download.",
        sum.packages,
        sum.live.show(style.units),
        sum.download.show(style.units)
    )
}

/// A line that is left out if it is empty, and broken by the terminal at most thrice.
fn line(text: &str, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    match text.trim() {
        "" => Ok(()),
        _ => writeln!(out, "{}", shortened(text, style.width * 3)),
    }
}

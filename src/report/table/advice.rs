//! Advice in blocks: what it saves, why, where, and what to write instead.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

use super::grid::shortened;
use super::{section, short_instruction};
use crate::advice::{RULES, Risk};
use crate::path::shown_text;
use crate::report::{FindingRow, Report, Saving, Style};
use crate::units::Bytes;

/// So many blocks are read; the rest is a line.
const MOST: usize = 12;

pub(super) fn advice(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if let Some(row) = &report.compression {
        section("With zstd", style, out)?;
        writeln!(
            out,
            "{} of gzip would be about {} at level {}: an estimate",
            row.gzip.show(style.units),
            row.zstd.show(style.units),
            row.level
        )?;
        writeln!(
            out,
            "by {} of {} layers ({} as gzip, {} as zstd)",
            row.sample.show(style.units),
            row.layers,
            row.sample_gzip.show(style.units),
            row.sample_zstd.show(style.units)
        )?;
    }
    let rows = &report.findings;
    if rows.is_empty() {
        let title = format!("Advice: none, {} rules found nothing", RULES.len());
        return section(&title, style, out);
    }
    let advice = &report.advice;
    let title = format!(
        "Advice: {} if all of it is followed, {} of it safe",
        both(advice.all, style),
        advice.safe.stored.show(style.units),
    );
    section(&title, style, out)?;
    let most = style.top.map_or(usize::MAX, |top| top.min(MOST));
    let (notable, small): (Vec<&FindingRow>, Vec<&FindingRow>) = match style.top {
        Some(_) => rows.iter().partition(|row| row.notable),
        None => (rows.iter().collect(), Vec::new()),
    };
    // What changes the program is a trade-off, and is told last.
    let (first, last): (Vec<_>, Vec<_>) = notable
        .into_iter()
        .partition(|row| row.risk != Risk::Behaviour.name());
    let notable: Vec<&FindingRow> = first.into_iter().chain(last).collect();
    for (no, row) in notable.iter().take(most).enumerate() {
        if no > 0 {
            writeln!(out)?;
        }
        block(row, style, out)?;
    }
    // What costs no bytes is in no sum, and would be told of nowhere.
    let (free, small): (Vec<&FindingRow>, Vec<&FindingRow>) =
        small.into_iter().partition(|row| is_free(row));
    if !free.is_empty() {
        section("Without bytes: imgsize explain RULE", style, out)?;
    }
    for row in &free {
        paragraph(
            "",
            &format!("{}: {} [{}]", row.rule, row.title, row.risk),
            style,
            out,
        )?;
    }
    let rest: Vec<&&FindingRow> = notable.iter().skip(most).chain(&small).collect();
    if let Some(row) = report
        .dockerfile
        .as_ref()
        .filter(|row| !row.diff.is_empty())
    {
        writeln!(out, "\nEdit of {}", shown_text(&row.name))?;
        for line in row.diff.lines() {
            writeln!(out, "{}", shown_text(line))?;
        }
    }
    if !rest.is_empty() {
        let adds: Bytes = rest.iter().map(|row| row.adds.stored).sum();
        let more = adds.show(style.units);
        writeln!(out, "\n[{} others, {more} more: --all]", rest.len())?;
    }
    Ok(())
}

/// Is it about no bytes at all?
fn is_free(row: &FindingRow) -> bool {
    let is_none = |saving: &Saving| [saving.stored, saving.download] == [Bytes::ZERO; 2];
    is_none(&row.saves) && row.estimate.as_ref().is_none_or(is_none)
}

/// `1.2 GB (1.1 GB of the download)`
fn both(saving: Saving, style: &Style) -> String {
    let (stored, download) = (saving.stored, saving.download);
    format!(
        "{} ({} of the download)",
        stored.show(style.units),
        download.show(style.units)
    )
}

fn block(row: &FindingRow, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let saves = match (row.saves.stored, row.saves.download, &row.estimate) {
        _ if is_free(row) => "no bytes".to_owned(),
        (Bytes::ZERO, Bytes::ZERO, Some(estimate)) if estimate.stored == Bytes::ZERO => {
            format!(
                "about {} of the download",
                estimate.download.show(style.units)
            )
        }
        (Bytes::ZERO, Bytes::ZERO, Some(estimate)) => format!("about {}", both(*estimate, style)),
        _ => both(row.saves, style),
    };
    let sure = match row.confidence.as_str() {
        "high" => String::new(),
        sure => format!(", {sure} confidence"),
    };
    let head = format!("{saves}  [{}{sure}]", row.risk);
    match head.width() + 2 + row.rule.width() <= style.width {
        true => writeln!(out, "{head}  {}", row.rule)?,
        false => writeln!(out, "{head}\n  {}", row.rule)?,
    }
    let mut line = |label: &str, text: &str| paragraph(label, text, style, out);
    line("", &row.title)?;
    if let Some(layer) = row.layer {
        let place = match row.lines {
            Some([first, last]) if first == last => format!("layer {layer}, line {first}"),
            Some([first, last]) => format!("layer {layer}, lines {first}-{last}"),
            None => format!("layer {layer}"),
        };
        let instruction = row.instruction.as_deref().map(short_instruction);
        let text = match instruction {
            Some(instruction) => format!("{place}: {instruction}"),
            None => place,
        };
        line("", &shortened(&text, style.width.saturating_sub(INDENT)))?;
    }
    for note in &row.notes {
        line("check: ", note)?;
    }
    for (no, fix) in row.fix.lines().enumerate() {
        let label = if no == 0 { "fix: " } else { "     " };
        let fix = shown_text(fix);
        // To be copied: no line is broken, and what fills a screen is cut.
        let (fix, rest) = match style.top.filter(|_| fix.chars().count() > LONGEST_FIX) {
            Some(_) => (shortened(&fix, LONGEST_FIX), "  (whole: --all)"),
            None => (fix.into_owned(), ""),
        };
        writeln!(out, "{}{label}{fix}{rest}", " ".repeat(INDENT))?;
    }
    Ok(())
}

const INDENT: usize = 2;
/// Of a fix in one line.
const LONGEST_FIX: usize = 300;

/// A text broken into lines at its spaces.
fn paragraph(label: &str, text: &str, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let room = style.width.saturating_sub(INDENT + label.len()).max(20);
    let mut start = label.to_owned();
    let mut row = String::new();
    for word in text.split(' ') {
        if !row.is_empty() && row.width() + 1 + word.width() > room {
            writeln!(out, "{}{start}{row}", " ".repeat(INDENT))?;
            start = " ".repeat(label.len());
            row.clear();
        }
        if !row.is_empty() {
            row.push(' ');
        }
        row.push_str(word);
    }
    writeln!(out, "{}{start}{row}", " ".repeat(INDENT))
}

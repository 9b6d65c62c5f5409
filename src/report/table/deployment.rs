//! The images of a deployment as one table, and what they have in common.
//!
//! Images go by their numbers, so that a list of them fits into a column.

use std::io::{self, Write};

use super::grid::table;
use super::{section, short_instruction, warning_lines};
use crate::path::{brief, shown_text};
use crate::report::{CopiesRow, DeploymentReport, InImage, MemberRow, Sort, Style};
use crate::units::{Bytes, Units};

pub(super) fn write(
    report: &DeploymentReport,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    match report.images.len() {
        1 => writeln!(out, "1 image")?,
        count => writeln!(out, "{count} images")?,
    }
    verified(report, &mut out)?;
    writeln!(out)?;
    images(report, style, &mut out)?;
    let once = &report.totals.once;
    if once.unpacked > once.stored {
        let unpacked = once.unpacked.show(style.units);
        writeln!(out, "\nunpacked by an engine {unpacked}:")?;
        writeln!(out, "it shares only what lies on the same layers")?;
    }
    bases(report, style, &mut out)?;
    shared(report, style, &mut out)?;
    packages(report, style, &mut out)?;
    advice(report, style, &mut out)?;
    let images = report.images.iter().enumerate();
    let warnings = images.flat_map(|(no, image)| {
        let line = move |row: &crate::report::WarningRow| {
            format!("image {no}: {}: {}", row.code, row.message)
        };
        image.warnings.iter().map(line)
    });
    let warnings: Vec<String> = warnings.collect();
    if !warnings.is_empty() {
        warning_lines(warnings, style, &mut out)?;
    }
    out.flush()
}

fn verified(report: &DeploymentReport, out: &mut dyn Write) -> io::Result<()> {
    let images = report.images.iter().enumerate();
    let unverified = images.filter(|(_, image)| !image.verified);
    match numbers(&unverified.map(|(no, _)| no).collect::<Vec<_>>()).as_str() {
        "" => writeln!(out, "every digest verified"),
        numbers => {
            writeln!(out, "not every digest verified of {numbers}:")?;
            writeln!(out, "--verify reads every byte")
        }
    }
}

fn images(report: &DeploymentReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let show = |bytes: Bytes| bytes.show(style.units);
    let row = |(no, image): (usize, &MemberRow)| {
        let sums = &image.totals;
        let sums = [sums.live, sums.lost, sums.stored, sums.download];
        let cells = sums.into_iter().chain([image.shared.download]).map(show);
        [no.to_string(), name(image)]
            .into_iter()
            .chain(cells)
            .collect()
    };
    let mut rows: Vec<Vec<String>> = report.images.iter().enumerate().map(row).collect();
    let totals = &report.totals;
    let sum = |name: &str, sums: [Option<Bytes>; 4]| {
        let cells = sums.map(|sum| sum.map(show).unwrap_or_default());
        let words = [String::new(), name.to_owned()];
        words
            .into_iter()
            .chain(cells)
            .chain([String::new()])
            .collect()
    };
    let (all, once, saved) = (&totals.images, &totals.once, &totals.saved);
    let all = [all.live, all.lost, all.stored, all.download];
    rows.push(sum("Sum", all.map(Some)));
    let two = |stored, download| [None, None, Some(stored), Some(download)];
    rows.push(sum("Layers once", two(once.stored, once.download)));
    rows.push(sum("Saved", two(saved.stored, saved.download)));
    let shared = if style.width < 80 {
        "shared"
    } else {
        "of it shared"
    };
    let heads = ["#", "Image", "Live", "Lost", "Stored", "Download", shared];
    table(&heads, &rows, &[0, 2, 3, 4, 5, 6], style, out)
}

/// Who runs it, and what it is.
fn name(image: &MemberRow) -> String {
    let name = brief(&image.name);
    match image.services.is_empty() {
        true => name,
        false => format!("{}: {name}", brief(image.services.join(", "))),
    }
}

fn bases(report: &DeploymentReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if report.images.len() < 2 {
        return Ok(());
    }
    section("Lowest layers in common", style, out)?;
    let row = |row: &crate::report::SharedBaseRow| {
        vec![
            row.layers.to_string(),
            row.stored.show(style.units),
            row.download.show(style.units),
            numbers(&row.images),
        ]
    };
    let rows: Vec<Vec<String>> = report.bases.iter().map(row).collect();
    let heads = ["Layers", "Stored", "Download", "Images"];
    if !rows.is_empty() {
        limited(&heads, rows, &[0, 1, 2], style, out)?;
    }
    match numbers(&report.alone).as_str() {
        "" => Ok(()),
        alone => writeln!(out, "none with any other: {alone}"),
    }
}

fn shared(report: &DeploymentReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if report.shared.is_empty() {
        return Ok(());
    }
    let title = format!("Layers that several images have ({})", report.shared.len());
    section(&title, style, out)?;
    let row = |row: &crate::report::SharedRow| {
        vec![
            row.stored.show(style.units),
            row.download.show(style.units),
            numbers(&row.images),
            short_instruction(row.created_by.as_deref().unwrap_or("(no history)")),
        ]
    };
    let rows = report.shared.iter().map(row).collect();
    let heads = ["Stored", "Download", "Images", "Instruction"];
    limited(&heads, rows, &[0, 1], style, out)
}

/// What could be smaller, by rule; each image's own report tells how.
fn advice(report: &DeploymentReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if report.findings.is_empty() {
        return Ok(());
    }
    section("Advice: layers that images share count once", style, out)?;
    let row = |row: &crate::report::DeploymentFinding| {
        let (about, saves) = match &row.estimate {
            Some(estimate) if row.saves.stored == Bytes::ZERO => ("about ", *estimate),
            _ => ("", row.saves),
        };
        let mut images: Vec<usize> = row.images.iter().map(|one| one.image).collect();
        images.dedup();
        // An estimate of nothing is none.
        let show = |bytes: Bytes| match (about, bytes) {
            ("about ", Bytes::ZERO) => String::new(),
            _ => format!("{about}{}", bytes.show(style.units)),
        };
        vec![
            show(saves.stored),
            show(saves.download),
            numbers(&images),
            row.rule.clone(),
            row.images
                .first()
                .map_or(String::new(), |one| one.title.clone()),
        ]
    };
    let rows = report.findings.iter().map(row).collect();
    let heads = ["Saves", "Download", "Images", "Rule", "What"];
    limited(&heads, rows, &[0, 1], style, out)?;
    for row in report.findings.iter().filter(|row| !row.fix.is_empty()) {
        writeln!(out, "{}: {}", row.rule, row.fix)?;
    }
    Ok(())
}

fn packages(report: &DeploymentReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let has_copies = |row: &&CopiesRow| row.copies > Bytes::ZERO || style.top.is_none();
    let mut packages: Vec<&CopiesRow> = report.packages.iter().filter(has_copies).collect();
    if report.packages.is_empty() {
        return Ok(());
    }
    if style.sort == Sort::Name {
        packages.sort_by(|a, b| (&a.name, &a.ecosystem).cmp(&(&b.name, &b.ecosystem)));
    }
    let title = format!("Packages in several images ({})", report.packages.len());
    section(&title, style, out)?;
    writeln!(out, "copies: stored again, perhaps in another version")?;
    let show = |bytes: Bytes| bytes.show(style.units);
    let rest = packages.split_off(style.top.unwrap_or(packages.len()).min(packages.len()));
    let row = |row: &&CopiesRow| {
        let words = [row.ecosystem.clone(), shown_text(&row.name).into_owned()];
        let sums = [row.copies, row.live, row.shared].map(show);
        let words = words.into_iter().chain([versions(&row.images)]);
        sums.into_iter().chain(words).collect()
    };
    let mut rows: Vec<Vec<String>> = packages.iter().map(row).collect();
    let mut sum = |rest: &[&CopiesRow], words: String| {
        let sum = |of: fn(&CopiesRow) -> Bytes| show(rest.iter().map(|row| of(row)).sum());
        let sums = [
            sum(|row| row.copies),
            sum(|row| row.live),
            sum(|row| row.shared),
        ];
        let words = [String::new(), words, String::new()];
        rows.push(sums.into_iter().chain(words).collect());
    };
    if !rest.is_empty() {
        sum(&rest, format!("[{} others]", rest.len()));
    }
    let none = report.packages.iter().filter(|row| !has_copies(row));
    let none: Vec<&CopiesRow> = none.collect();
    if !none.is_empty() {
        let count = Bytes(none.len() as u64).show(Units::Exact);
        sum(&none, format!("[{count} without copies]"));
    }
    let heads = [
        "Copies",
        "Live",
        "shared",
        "From",
        "Package",
        "Version (images)",
    ];
    table(&heads, &rows, &[0, 1, 2], style, out)
}

/// `1.2 (0-3 5), 1.3 (4)`: as few words as will do.
fn versions(images: &[InImage]) -> String {
    let mut versions: Vec<(String, Vec<usize>)> = Vec::new();
    for row in images {
        let version = row.versions.join(" ");
        // Of hostile images there may be many; the column is narrow anyway.
        let known = versions
            .iter_mut()
            .take(8)
            .find(|(known, _)| *known == version);
        match known {
            Some((_, images)) => images.push(row.image),
            None => versions.push((version, vec![row.image])),
        }
    }
    let word = |(version, images): &(String, Vec<usize>)| {
        let text = format!("{version} ({})", numbers(images));
        brief(text.trim_start())
    };
    versions.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// `0-3 5`.
fn numbers(images: &[usize]) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for &image in images {
        match runs.last_mut() {
            Some((_, end)) if *end + 1 == image => *end = image,
            _ => runs.push((image, image)),
        }
    }
    let word = |&(start, end): &(usize, usize)| match end - start {
        0 => start.to_string(),
        1 => format!("{start} {end}"),
        _ => format!("{start}-{end}"),
    };
    runs.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// A table of as many rows as are wanted.
fn limited(
    heads: &[&str],
    mut rows: Vec<Vec<String>>,
    right: &[usize],
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let rest = rows.split_off(style.top.unwrap_or(rows.len()).min(rows.len()));
    table(heads, &rows, right, style, out)?;
    match rest.len() {
        0 => Ok(()),
        more => writeln!(out, "[{more} others]"),
    }
}

//! The report as tables for people.
//!
//! Every list ends with what it leaves out, so that a table never lies about a
//! sum; names from the image are made safe here and nowhere later.

mod advice;
mod base;
mod copies;
mod deployment;
mod grid;
mod outline;
mod platforms;
mod trim;
mod verify;
mod why;

use std::cmp::Reverse;
use std::io::{self, Write};

pub(crate) use self::grid::table as columns;
use self::grid::{percent, shortened, table};
use super::lost::groups;
use super::{Format, LayerRow, Report, Sort, Style, WarningRow};
use crate::owner::Category;
use crate::path::{brief, shown_text};
use crate::units::{Bytes, Units};

pub(super) const FORMAT: Format = Format {
    id: "table",
    write,
    write_platforms: Some(platforms::write),
    write_outline: Some(outline::write),
    write_why: Some(why::write),
    write_trim: Some(trim::write),
    write_verify: Some(verify::write),
    write_deployment: Some(deployment::write),
};

fn write(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    head(report, style, &mut out)?;
    categories(report, style, &mut out)?;
    layers(report, style, &mut out)?;
    packages(report, style, &mut out)?;
    copies::families(report, style, &mut out)?;
    places(report, style, &mut out)?;
    lost(report, style, &mut out)?;
    copies::duplicates(report, style, &mut out)?;
    copies::repeated(report, style, &mut out)?;
    advice::advice(report, style, &mut out)?;
    warnings(report, style, &mut out)?;
    out.flush()
}

fn head(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let (image, totals) = (&report.image, &report.totals);
    let show = |bytes: Bytes| bytes.show(style.units);
    let platform = image.platform.as_deref().unwrap_or("no platform stated");
    writeln!(
        out,
        "{}  {}  {}",
        brief(&image.name),
        brief(platform),
        shown_text(&image.source)
    )?;
    writeln!(out, "{}", image.digest)?;
    verified(&report.layers.iter().collect::<Vec<_>>(), style, out)?;
    writeln!(out)?;
    writeln!(
        out,
        "stored {} = live {} + lost {} ({})",
        show(totals.stored),
        show(totals.live),
        show(totals.lost),
        percent(totals.lost, totals.stored),
    )?;
    writeln!(
        out,
        "download {} ({} of it tar headers and padding)",
        show(totals.download),
        show(totals.download_overhead),
    )?;
    if let Some(base) = &image.base {
        let stored: Bytes = report
            .layers
            .iter()
            .filter(|row| row.base)
            .map(|row| row.stored)
            .sum();
        base::write(base, stored, style, out)?;
    }
    writeln!(
        out,
        "{} files in {} layers",
        Bytes(totals.files).show(Units::Exact),
        report.layers.len()
    )?;
    writeln!(out)?;
    writeln!(out, "{}", bar(report, style.width.min(100)))
}

/// What the rows of these layers rest on: all bytes, or which.
fn verified(layers: &[&LayerRow], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if layers.iter().all(|row| row.verified) {
        return writeln!(out, "every digest verified");
    }
    let by_table: Vec<_> = layers.iter().filter(|row| row.read == "toc").collect();
    let unverified = layers.iter().filter(|row| !row.verified);
    if unverified.count() > by_table.len() {
        writeln!(out, "digests not verified: --verify reads every byte")?;
    }
    if by_table.is_empty() {
        return Ok(());
    }
    let fetched: Bytes = by_table.iter().filter_map(|row| row.fetched).sum();
    let download: Bytes = by_table.iter().map(|row| row.download).sum();
    writeln!(
        out,
        "{} of {} layers read by their table of contents",
        by_table.len(),
        layers.len()
    )?;
    writeln!(
        out,
        "({} of {} fetched): --verify reads every byte",
        fetched.show(style.units),
        download.show(style.units)
    )
}

/// One letter a category: no colour is needed to read it.
fn mark(category: Category) -> char {
    match category {
        Category::BaseOs => 'B',
        Category::SystemPackages => 'S',
        Category::LanguageRuntime => 'R',
        Category::LanguagePackages => 'L',
        Category::App => 'A',
        Category::BuildOutput => 'O',
        Category::Leftovers => 'C',
        Category::Unattributed => '?',
    }
}

/// The stored bytes as one line: live by category, then `x` for lost.
fn bar(report: &Report, width: usize) -> String {
    let parts: Vec<(char, Bytes)> = report
        .categories
        .iter()
        .map(|row| (mark(row.id), row.live))
        .chain([('x', report.totals.lost)])
        .collect();
    let width = width.saturating_sub(2).max(10);
    let mut line = String::from("[");
    let mut sum = Bytes::ZERO;
    let mut filled = 0;
    for (mark, bytes) in parts {
        sum += bytes;
        // Rounded on the running sum, so that the parts always fill the line.
        let end = (sum.share_of(report.totals.stored) * width as f64).round() as usize;
        line.extend(std::iter::repeat_n(mark, end.saturating_sub(filled)));
        filled = end.max(filled);
    }
    line.extend(std::iter::repeat_n(' ', width.saturating_sub(filled)));
    line.push(']');
    line
}

fn categories(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let totals = &report.totals;
    let mut rows = Vec::new();
    for row in &report.categories {
        rows.push(vec![
            format!("{} {}", mark(row.id), row.id.title()),
            row.live.show(style.units),
            percent(row.live, totals.live),
            row.lost.show(style.units),
            row.download.show(style.units),
            Bytes(row.files).show(Units::Exact),
        ]);
    }
    let live_download = report
        .categories
        .iter()
        .map(|row| row.download)
        .sum::<Bytes>();
    rows.push(vec![
        "  Total".to_owned(),
        totals.live.show(style.units),
        percent(totals.live, totals.live),
        totals.lost.show(style.units),
        live_download.show(style.units),
        Bytes(totals.files).show(Units::Exact),
    ]);
    let heads = [
        "Category", "Live", "of live", "Lost (x)", "Download", "Files",
    ];
    table(&heads, &rows, &[1, 2, 3, 4, 5], style, out)
}

fn layers(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    section("Layers, base first", style, out)?;
    let mut rows = Vec::new();
    for row in &report.layers {
        let instruction = row.created_by.as_deref().unwrap_or("(no history)");
        let base = if row.base { "base" } else { "" };
        rows.push(vec![
            row.index.to_string(),
            row.stored.show(style.units),
            row.download.show(style.units),
            row.lost.show(style.units),
            row.removed.show(style.units),
            base.to_owned(),
            short_instruction(instruction),
        ]);
    }
    let heads = [
        "#",
        "Stored",
        "Download",
        "of it lost",
        "Removes",
        "",
        "Instruction",
    ];
    table(&heads, &rows, &[0, 1, 2, 3, 4], style, out)
}

/// Without what every classic or BuildKit line begins or ends with.
fn short_instruction(created_by: &str) -> String {
    let text = created_by.trim();
    let text = text
        .strip_prefix("/bin/sh -c #(nop) ")
        .unwrap_or(text)
        .trim();
    let text = text.strip_suffix("# buildkit").unwrap_or(text).trim();
    let shell = ["RUN /bin/sh -c ", "/bin/sh -c "]
        .iter()
        .find_map(|shell| text.strip_prefix(shell));
    let text = shell.map_or_else(
        || text.to_owned(),
        |command| format!("RUN {}", command.trim()),
    );
    shown_text(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}

fn packages(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut packages: Vec<_> = report
        .packages
        .iter()
        .filter(|row| row.live + row.lost > Bytes::ZERO || style.top.is_none())
        .collect();
    if packages.is_empty() {
        return Ok(());
    }
    match style.sort {
        Sort::Size => {}
        Sort::Download => packages.sort_by_key(|row| Reverse(row.download + row.download_lost)),
        Sort::Lost => packages.sort_by_key(|row| Reverse(row.lost)),
        Sort::Files => packages.sort_by_key(|row| Reverse(row.files)),
        Sort::Name => packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version))),
    }
    section(&format!("Packages ({})", report.packages.len()), style, out)?;
    let accounts = packages.into_iter().map(|row| Account {
        sums: [row.live, row.lost, row.download],
        files: row.files,
        words: [
            row.ecosystem.clone(),
            name_and_version(&row.name, &row.version),
        ],
    });
    accounts_table(accounts.collect(), ["From", "Package"], style, out)
}

fn places(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if report.places.is_empty() {
        return Ok(());
    }
    section("Everything else", style, out)?;
    let accounts = report.places.iter().map(|row| Account {
        sums: [row.live, row.lost, row.download],
        files: row.files,
        words: [
            row.category.title().to_owned(),
            name_and_version(&row.name, &row.version),
        ],
    });
    accounts_table(accounts.collect(), ["Category", "Place"], style, out)
}

fn name_and_version(name: &str, version: &str) -> String {
    shown_text(format!("{name} {version}").trim()).into_owned()
}

/// One owner, or the sum of many.
struct Account {
    /// Live, lost, download of the live.
    sums: [Bytes; 3],
    files: u64,
    words: [String; 2],
}

fn accounts_table(
    mut accounts: Vec<Account>,
    words: [&str; 2],
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let rest = accounts.split_off(style.top.unwrap_or(accounts.len()).min(accounts.len()));
    if !rest.is_empty() {
        accounts.push(Account {
            sums: [0, 1, 2].map(|sum| rest.iter().map(|account| account.sums[sum]).sum()),
            files: rest.iter().map(|account| account.files).sum(),
            words: [String::new(), format!("[{} others]", rest.len())],
        });
    }
    let rows: Vec<Vec<String>> = accounts
        .into_iter()
        .map(|account| {
            let sums = account.sums.iter().map(|sum| sum.show(style.units));
            let files = Bytes(account.files).show(Units::Exact);
            sums.chain([files]).chain(account.words).collect()
        })
        .collect();
    let heads = ["Live", "Lost", "Download", "Files", words[0], words[1]];
    table(&heads, &rows, &[0, 1, 2, 3], style, out)
}

fn lost(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if report.lost.is_empty() {
        return Ok(());
    }
    section("Lost: shipped, and not in the final filesystem", style, out)?;
    let groups = groups(&report.lost);
    let top = style.top.unwrap_or(groups.len());
    let mut rows: Vec<Vec<String>> = groups
        .iter()
        .take(top)
        .map(|group| {
            vec![
                group.bytes.show(style.units),
                Bytes(group.files as u64).show(Units::Exact),
                group.cause.name().to_owned(),
                format!("{} -> {}", group.layer, group.lost_in),
                shown_text(&group.owner).into_owned(),
                shown_text(&group.path).into_owned(),
            ]
        })
        .collect();
    let rest = groups.get(top..).unwrap_or_default();
    if !rest.is_empty() {
        rows.push(vec![
            rest.iter()
                .map(|group| group.bytes)
                .sum::<Bytes>()
                .show(style.units),
            Bytes(rest.iter().map(|group| group.files as u64).sum()).show(Units::Exact),
            String::new(),
            String::new(),
            String::new(),
            format!("[{} others]", rest.len()),
        ]);
    }
    let heads = ["Lost", "Files", "Cause", "Layers", "Owner", "Path"];
    table(&heads, &rows, &[0, 1], style, out)
}

fn warnings(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if report.warnings.is_empty() {
        return Ok(());
    }
    let line = |row: &WarningRow| format!("{}: {}", row.code, row.message);
    warning_lines(report.warnings.iter().map(line).collect(), style, out)
}

fn warning_lines(lines: Vec<String>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    section("Warnings", style, out)?;
    let top = style.top.unwrap_or(lines.len());
    for line in lines.iter().take(top) {
        writeln!(out, "{}", shortened(line, style.width * 3))?;
    }
    match lines.len().saturating_sub(top) {
        0 => Ok(()),
        more => writeln!(out, "[{more} others]"),
    }
}

fn section(title: &str, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{}", shortened(title, style.width))
}

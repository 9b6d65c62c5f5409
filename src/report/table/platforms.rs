//! Several platforms as one table: a column for each, continued below where the
//! terminal is too narrow for all.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

use super::grid::{padding, table};
use super::{mark, verified, warning_lines};
use crate::path::{brief, shown_text};
use crate::report::{CategoryRow, PlatformsReport, Report, Style, WarningRow};
use crate::units::{Bytes, Units};

pub(super) fn write(
    report: &PlatformsReport,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let image = &report.image;
    let count = match report.platforms.len() {
        1 => "1 platform".to_owned(),
        count => format!("{count} platforms"),
    };
    let (name, source) = (brief(&image.name), shown_text(&image.source));
    writeln!(out, "{name}  {count}  {source}")?;
    if let Some(digest) = &image.digest {
        writeln!(out, "{digest}")?;
    }
    if !image.absent.is_empty() {
        writeln!(out, "not here: {}", brief(image.absent.join(", ")))?;
    }
    let layers = report.platforms.iter().flat_map(|report| &report.layers);
    verified(&layers.collect::<Vec<_>>(), style, &mut out)?;
    let heads = heads(&report.platforms);
    let columns: Vec<Vec<String>> = report
        .platforms
        .iter()
        .map(|report| column(report, style))
        .collect();
    let labels = labels(&report.platforms);
    let mut rest = 0..heads.len();
    while !rest.is_empty() {
        writeln!(out)?;
        let count = fitting(&labels, &heads[rest.clone()], &columns[rest.clone()], style);
        let shown = rest.start..rest.start + count;
        part(
            &labels,
            &heads[shown.clone()],
            &columns[shown],
            style,
            &mut out,
        )?;
        rest.start += count;
    }
    let warnings: Vec<String> = heads
        .iter()
        .zip(&report.platforms)
        .flat_map(|(head, report)| report.warnings.iter().map(move |row| warning(head, row)))
        .collect();
    if !warnings.is_empty() {
        warning_lines(warnings, style, &mut out)?;
    }
    out.flush()
}

fn warning(head: &str, row: &WarningRow) -> String {
    format!("{head}: {}: {}", row.code, row.message)
}

/// The platforms; with the digest's beginning where two are alike, as two versions
/// of Windows are.
fn heads(reports: &[Report]) -> Vec<String> {
    let platform = |report: &Report| {
        let platform = report.image.platform.as_deref();
        brief(platform.unwrap_or("no platform stated"))
    };
    let platforms: Vec<String> = reports.iter().map(platform).collect();
    let is_twice = |head: &String| platforms.iter().filter(|other| **other == *head).count() > 1;
    let head = |(head, report): (&String, &Report)| {
        let hex = report.image.digest.rsplit(':').next().unwrap_or_default();
        match is_twice(head) {
            true => format!("{head} {}", hex.get(..8).unwrap_or(hex)),
            false => head.clone(),
        }
    };
    platforms.iter().zip(reports).map(head).collect()
}

/// What the rows are; an empty text is a blank line.
fn labels(reports: &[Report]) -> Vec<String> {
    let sums = [
        "Stored",
        "  live",
        "  lost (x)",
        "Download",
        "  of it tar overhead",
        "Layers",
        "Files",
        "",
        "Live by category",
    ];
    let categories = reports.iter().take(1).flat_map(|report| &report.categories);
    let category = |row: &CategoryRow| format!("{} {}", mark(row.id), row.id.title());
    let sums = sums.into_iter().map(str::to_owned);
    sums.chain(categories.map(category)).collect()
}

/// One platform's cells, a label's each.
fn column(report: &Report, style: &Style) -> Vec<String> {
    let totals = &report.totals;
    let show = |bytes: Bytes| bytes.show(style.units);
    let count = |count: u64| Bytes(count).show(Units::Exact);
    let sums = [
        show(totals.stored),
        show(totals.live),
        show(totals.lost),
        show(totals.download),
        show(totals.download_overhead),
        count(report.layers.len() as u64),
        count(totals.files),
        String::new(),
        String::new(),
    ];
    let categories = report.categories.iter().map(|row| show(row.live));
    sums.into_iter().chain(categories).collect()
}

/// How many of the columns fit beside the labels; one always does.
fn fitting(labels: &[String], heads: &[String], columns: &[Vec<String>], style: &Style) -> usize {
    let widest = |cells: &[String]| cells.iter().map(|cell| cell.width()).max();
    let mut taken = widest(labels).unwrap_or_default();
    let fits = |(head, cells): (&String, &Vec<String>)| {
        let width = widest(cells).unwrap_or_default().max(head.width());
        taken += padding(style) + width;
        taken <= style.width
    };
    heads
        .iter()
        .zip(columns)
        .map(fits)
        .take_while(|fits| *fits)
        .count()
        .max(1)
}

/// Some of the columns beside the labels.
fn part(
    labels: &[String],
    heads: &[String],
    columns: &[Vec<String>],
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let heads: Vec<&str> = [""]
        .into_iter()
        .chain(heads.iter().map(String::as_str))
        .collect();
    let row = |(no, label): (usize, &String)| {
        let cells = columns.iter().map(|column| column[no].clone());
        [label.clone()].into_iter().chain(cells).collect()
    };
    let rows: Vec<Vec<String>> = labels.iter().enumerate().map(row).collect();
    let right: Vec<usize> = (1..heads.len()).collect();
    table(&heads, &rows, &right, style, out)
}

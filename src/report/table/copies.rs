//! Families, and what is there more than once.

use std::io::{self, Write};

use super::grid::table;
use super::section;
use crate::path::shown_text;
use crate::report::{RepeatedRow, Report, Style};
use crate::units::{Bytes, Units};

pub(super) fn families(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let rows = report.families.iter();
    let rows: Vec<_> = rows
        .filter(|row| row.live + row.lost > Bytes::ZERO)
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    section("Families: packages as people speak of them", style, out)?;
    let (top, rest) = rows.split_at(style.top.unwrap_or(rows.len()).min(rows.len()));
    let line = |sums: [Bytes; 3], packages: usize, name: String| {
        let mut line: Vec<String> = sums.iter().map(|sum| sum.show(style.units)).collect();
        line.extend([Bytes(packages as u64).show(Units::Exact), name]);
        line
    };
    let mut lines: Vec<Vec<String>> = top
        .iter()
        .map(|row| {
            line(
                [row.live, row.lost, row.download],
                row.packages,
                row.name.clone(),
            )
        })
        .collect();
    if !rest.is_empty() {
        let sum = |of: fn(&crate::report::FamilyRow) -> Bytes| rest.iter().map(|row| of(row)).sum();
        let sums = [
            sum(|row| row.live),
            sum(|row| row.lost),
            sum(|row| row.download),
        ];
        let packages = rest.iter().map(|row| row.packages).sum();
        lines.push(line(sums, packages, format!("[{} others]", rest.len())));
    }
    let heads = ["Live", "Lost", "Download", "Packages", "Family"];
    table(&heads, &lines, &[0, 1, 2, 3], style, out)
}

pub(super) fn duplicates(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let rows = &report.duplicates;
    if rows.is_empty() {
        return Ok(());
    }
    let all = report.totals.duplicated.show(style.units);
    let title = format!("Copies: the same content at several paths ({all} more than once)");
    section(&title, style, out)?;
    let (top, rest) = rows.split_at(style.top.unwrap_or(rows.len()).min(rows.len()));
    let line =
        |bytes: Bytes, copies: String, path: String| vec![bytes.show(style.units), copies, path];
    let mut lines: Vec<Vec<String>> = top
        .iter()
        .map(|row| {
            let first = row.paths.first().map(String::as_str).unwrap_or_default();
            let copies = format!("{} x {}", row.copies, row.bytes.show(style.units));
            line(row.reclaimable, copies, shown_text(first).into_owned())
        })
        .collect();
    if !rest.is_empty() {
        let bytes = rest.iter().map(|row| row.reclaimable).sum();
        lines.push(line(
            bytes,
            String::new(),
            format!("[{} others]", rest.len()),
        ));
    }
    table(
        &["To be had", "Copies", "The first of them"],
        &lines,
        &[0],
        style,
        out,
    )
}

pub(super) fn repeated(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let rows = &report.repeated;
    if rows.is_empty() {
        return Ok(());
    }
    section(
        "Several times: versions, libraries, interpreters",
        style,
        out,
    )?;
    let mut rows: Vec<&RepeatedRow> = rows.iter().collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.reclaimable));
    let (top, rest) = rows.split_at(style.top.unwrap_or(rows.len()).min(rows.len()));
    let mut lines: Vec<Vec<String>> = top
        .iter()
        .map(|row| {
            let copies = row.copies.iter().map(|copy| {
                let live = copy.live.show(style.units);
                format!("{} {live}", shown_text(&copy.owner))
            });
            let copies: Vec<String> = copies.collect();
            vec![
                row.reclaimable.show(style.units),
                row.kind.clone(),
                shown_text(&row.name).into_owned(),
                copies.join(", "),
            ]
        })
        .collect();
    if !rest.is_empty() {
        let bytes: Bytes = rest.iter().map(|row| row.reclaimable).sum();
        let others = format!("[{} others]", rest.len());
        lines.push(vec![
            bytes.show(style.units),
            String::new(),
            others,
            String::new(),
        ]);
    }
    let heads = ["But the largest", "What", "Name", "Whose"];
    table(&heads, &lines, &[0], style, out)
}

//! A comparison for people. Every list ends with what it leaves out, and the causes with
//! their sum.

use std::io::{self, Write};

use super::{CauseKind, CauseRow, Diff, ItemRow, Kind, LayerChange, LayerFate};
use crate::path::{brief, shown_text};
use crate::report::{Style, columns, section};
use crate::units::{Bytes, Units};

pub(super) fn write(diff: &Diff, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    for (word, side) in [("old", &diff.old), ("new", &diff.new)] {
        let platform = side.platform.as_deref().unwrap_or("no platform stated");
        let (name, source) = (brief(&side.name), shown_text(&side.source));
        writeln!(out, "{word}  {name}  {}  {source}", brief(platform))?;
        let base = side
            .base
            .as_deref()
            .map(|base| format!(" on {}", brief(base)));
        let digest = shown_text(&side.digest);
        writeln!(out, "     {digest}{}", base.unwrap_or_default())?;
    }
    totals(diff, style, &mut out)?;
    causes(diff, style, &mut out)?;
    layers(diff, style, &mut out)?;
    update(diff, style, &mut out)?;
    out.flush()
}

/// With its sign; nothing is `0 B`.
fn signed(change: i64, units: Units) -> String {
    let bytes = Bytes(change.unsigned_abs()).show(units);
    match change {
        0 => bytes,
        1.. => format!("+{bytes}"),
        _ => format!("-{bytes}"),
    }
}

fn by(old: Bytes, new: Bytes, units: Units) -> String {
    match new >= old {
        true if new == old => Bytes::ZERO.show(units),
        true => format!("+{}", (new - old).show(units)),
        false => format!("-{}", (old - new).show(units)),
    }
}

fn totals(diff: &Diff, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let (old, new) = (&diff.old, &diff.new);
    let row = |name: &str, old: Bytes, new: Bytes| {
        let (before, after) = (old.show(style.units), new.show(style.units));
        vec![name.to_owned(), before, after, by(old, new, style.units)]
    };
    let rows = [
        row("stored", old.stored, new.stored),
        row("live", old.live, new.live),
        row("lost", old.lost, new.lost),
        row("download", old.download, new.download),
    ];
    section("Bytes", style, out)?;
    columns(&["", "old", "new", "change"], &rows, &[1, 2, 3], style, out)
}

fn title(cause: CauseKind) -> &'static str {
    match cause {
        CauseKind::Base => "Base image",
        CauseKind::SystemPackages => "System packages",
        CauseKind::Runtime => "Language runtime",
        CauseKind::LanguagePackages => "Language packages",
        CauseKind::App => "App",
        CauseKind::Leftovers => "Leftovers",
        CauseKind::Other => "Other",
        CauseKind::Lost => "Lost",
        CauseKind::Headers => "Headers and padding",
    }
}

fn causes(diff: &Diff, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    section("What grew, and why", style, out)?;
    let is_change = |row: &&CauseRow| row.bytes.old != row.bytes.new;
    let mut rows = Vec::new();
    for cause in diff.causes.iter().filter(is_change) {
        let bytes = &cause.bytes;
        rows.push(vec![
            title(cause.cause).to_owned(),
            signed(bytes.stored(), style.units),
            signed(bytes.download(), style.units),
            whole(cause, style),
        ]);
        let changed = cause.items.iter().filter(|item| item.kind != Kind::Same);
        let changed: Vec<&ItemRow> = changed.collect();
        let shown = style.top.unwrap_or(usize::MAX).min(changed.len());
        rows.extend(changed[..shown].iter().map(|item| item_row(item, style)));
        if let Some(left @ [_, ..]) = changed.get(shown..) {
            let sum = |of: fn(&ItemRow) -> i64| {
                let sum: i128 = left.iter().map(|item| i128::from(of(item))).sum();
                signed(i64::try_from(sum).unwrap_or(i64::MAX), style.units)
            };
            rows.push(vec![
                format!("  … {} more", left.len()),
                sum(|item| item.bytes.stored()),
                sum(|item| item.bytes.download()),
                String::new(),
            ]);
        }
    }
    if rows.is_empty() {
        rows.push(vec![
            "nothing changed".to_owned(),
            signed(0, style.units),
            signed(0, style.units),
        ]);
    }
    rows.push(vec![
        "sum = new - old".to_owned(),
        by(diff.old.stored, diff.new.stored, style.units),
        by(diff.old.download, diff.new.download, style.units),
    ]);
    columns(&["", "stored", "download", ""], &rows, &[1, 2], style, out)
}

/// The cause before and after; of what is of the download alone, that.
fn whole(cause: &CauseRow, style: &Style) -> String {
    let (old, new) = (cause.bytes.old, cause.bytes.new);
    let (old, new, what) = match cause.cause {
        CauseKind::Headers => (old.download, new.download, " (download)"),
        _ => (old.stored, new.stored, ""),
    };
    format!(
        "{} -> {}{what}",
        old.show(style.units),
        new.show(style.units)
    )
}

fn item_row(item: &ItemRow, style: &Style) -> Vec<String> {
    let word = match item.kind {
        Kind::Added => "added",
        Kind::Removed => "removed",
        Kind::Upgraded => "upgraded",
        Kind::Downgraded => "downgraded",
        Kind::Changed => "changed",
        Kind::Same => "same",
    };
    let versions = match (&item.from, &item.to) {
        (Some(from), Some(to)) if from == to => format!(" {}", brief(to)),
        (Some(from), Some(to)) => format!(" {} -> {}", brief(from), brief(to)),
        (Some(one), None) | (None, Some(one)) => format!(" {}", brief(one)),
        (None, None) => String::new(),
    };
    vec![
        format!("  {}", brief(&item.name)),
        signed(item.bytes.stored(), style.units),
        signed(item.bytes.download(), style.units),
        format!("{word}{versions}"),
    ]
}

fn layers(diff: &Diff, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let is_change = |row: &&LayerChange| row.fate != LayerFate::Kept;
    let changed: Vec<&LayerChange> = diff.layers.iter().filter(is_change).collect();
    if changed.is_empty() {
        return Ok(());
    }
    section("Layers that changed", style, out)?;
    let place = |no: Option<usize>| no.map_or("-".to_owned(), |no| no.to_string());
    let shown = style
        .top
        .map_or(changed.len(), |top| (2 * top).min(changed.len()));
    let rows: Vec<Vec<String>> = changed[..shown]
        .iter()
        .map(|row| {
            let word = match row.fate {
                LayerFate::Kept => "kept",
                LayerFate::Rebuilt => "rebuilt",
                LayerFate::Changed => "changed",
                LayerFate::Added => "added",
                LayerFate::Removed => "removed",
            };
            let words = row.created_by.as_deref().unwrap_or("(no history)");
            vec![
                place(row.old),
                place(row.new),
                word.to_owned(),
                signed(row.bytes.stored(), style.units),
                row.bytes.new.download.show(style.units),
                brief(words),
            ]
        })
        .collect();
    let heads = ["old", "new", "", "stored", "download", "instruction"];
    columns(&heads, &rows, &[0, 1, 3, 4], style, out)?;
    if shown < changed.len() {
        writeln!(out, "… {} more", changed.len() - shown)?;
    }
    for row in &changed[..shown] {
        if let (Some(no), Some(why)) = (row.new, &row.why) {
            writeln!(out, "layer {no}: {why}")?;
        }
    }
    Ok(())
}

fn update(diff: &Diff, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let update = &diff.update;
    let show = |bytes: Bytes| bytes.show(style.units);
    section("Update", style, out)?;
    writeln!(
        out,
        "who has the old image pulls {} in {} of {} layers",
        show(update.download),
        update.layers,
        diff.layers.iter().filter(|row| row.new.is_some()).count(),
    )?;
    if update.needless > Bytes::ZERO {
        writeln!(
            out,
            "of these {} for nothing: in layers whose files did not change",
            show(update.needless)
        )?;
    }
    if update.plain > 0 {
        writeln!(
            out,
            "{} of these layers are plain tars, as stored in this source: a registry would \
             send fewer bytes",
            update.plain
        )?;
    }
    Ok(())
}

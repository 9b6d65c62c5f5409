//! What grew, as Markdown. What comes in is a comparison; what goes out is the causes
//! with what changed in each, the layers, and what an update costs.

use std::fmt::Write as _;

use super::escape::{code, plain};
use super::page::{Cell, Page, Table};
use super::{NAME, whole};
use crate::diff::{CauseKind, CauseRow, Change, Diff, ItemRow, Kind, LayerChange, LayerFate};
use crate::gate::formats::words::bytes_change;
use crate::report::Style;
use crate::units::{Bytes, Units};

/// So many of a cause's items are shown; fewer where `--top` says so.
const ITEMS: usize = 10;

/// So many layers are shown.
const LAYERS: usize = 50;

/// The causes that changed, open, each with its items; then a line that sums them up.
pub(super) fn causes(diff: &Diff, style: &Style, page: &mut Page) {
    let changed: Vec<&CauseRow> = diff
        .causes
        .iter()
        .filter(|row| is_changed(&row.bytes))
        .collect();
    if changed.is_empty() {
        page.block("**What changed:** nothing, to the byte.");
        return;
    }
    page.block("**What changed, and why**");
    let mut rows = Vec::new();
    for cause in changed {
        rows.push(row(
            format!("**{}**", title(cause.cause)),
            &cause.bytes,
            style,
            true,
        ));
        items(cause, style, &mut rows);
    }
    let total = Change {
        old: saving(diff.old.stored, diff.old.download),
        new: saving(diff.new.stored, diff.new.download),
    };
    rows.push(row("**Total**".to_owned(), &total, style, true));
    let of = rows.len();
    let heads = ["What", ">Change", ">Before", ">Now", ">Download"];
    page.table(Table {
        heads: &heads,
        rows,
        of,
        things: "changes",
    });
}

/// What changed in a cause, and in one row what else did.
fn items(cause: &CauseRow, style: &Style, rows: &mut Vec<Vec<Cell>>) {
    let items: Vec<&ItemRow> = cause
        .items
        .iter()
        .filter(|item| item.kind != Kind::Same && is_changed(&item.bytes))
        .collect();
    let most = style.top.unwrap_or(ITEMS).min(ITEMS);
    // One more takes no more room than the row that counts it.
    let most = if items.len() == most + 1 {
        most + 1
    } else {
        most
    };
    for item in items.iter().take(most) {
        rows.push(row(words(item), &item.bytes, style, false));
    }
    let rest = items.get(most..).unwrap_or_default();
    if !rest.is_empty() {
        let sum = rest.iter().fold(Change::default(), |sum, item| Change {
            old: saving(
                sum.old.stored + item.bytes.old.stored,
                sum.old.download + item.bytes.old.download,
            ),
            new: saving(
                sum.new.stored + item.bytes.new.stored,
                sum.new.download + item.bytes.new.download,
            ),
        });
        rows.push(row(
            format!("… and {} more", rest.len()),
            &sum,
            style,
            false,
        ));
    }
}

fn saving(stored: Bytes, download: Bytes) -> crate::report::Saving {
    crate::report::Saving { stored, download }
}

fn is_changed(change: &Change) -> bool {
    change.old != change.new
}

fn row(what: String, change: &Change, style: &Style, bold: bool) -> Vec<Cell> {
    let (old, new) = (change.old, change.new);
    let size = |bytes: Bytes| match bytes {
        Bytes::ZERO => Cell::unless(true, "–"),
        bytes => Cell::new(whole(bytes.show(style.units))),
    };
    let by = |now: Bytes, then: Bytes| {
        let text = whole(short_change(now, then, style.units));
        let bold = bold && now != then;
        Cell::unless(now == then, if bold { format!("**{text}**") } else { text })
    };
    vec![
        Cell::new(what),
        by(new.stored, old.stored),
        size(old.stored),
        size(new.stored),
        by(new.download, old.download),
    ]
}

/// The change alone: before and after stand beside it, and a word before it.
fn short_change(now: Bytes, then: Bytes, units: Units) -> String {
    match now.cmp(&then) {
        std::cmp::Ordering::Equal => "0".to_owned(),
        std::cmp::Ordering::Greater => format!("+{}", (now - then).show(units)),
        std::cmp::Ordering::Less => format!("−{}", (then - now).show(units)),
    }
}

/// What an item is, and what became of it.
fn words(item: &ItemRow) -> String {
    let name = code(&item.name, NAME);
    let version = |version: &Option<String>| version.as_deref().map(|text| code(text, 60));
    let versions = match (version(&item.from), version(&item.to)) {
        (Some(from), Some(to)) if from != to => format!(" {from} → {to}"),
        (_, Some(version)) | (Some(version), None) => format!(" {version}"),
        (None, None) => String::new(),
    };
    let word = match item.kind {
        Kind::Added => "new",
        Kind::Removed => "removed",
        Kind::Upgraded => "upgraded",
        Kind::Downgraded => "downgraded",
        Kind::Changed => "changed",
        Kind::Same => "same",
    };
    format!("{name}{versions}, {word}")
}

fn title(cause: CauseKind) -> &'static str {
    match cause {
        CauseKind::Base => "Base image",
        CauseKind::SystemPackages => "System packages",
        CauseKind::Runtime => "Runtime",
        CauseKind::LanguagePackages => "Language packages",
        CauseKind::App => "App",
        CauseKind::Leftovers => "Leftovers",
        CauseKind::Other => "Other",
        CauseKind::Lost => "Lost (overwritten or deleted later)",
        CauseKind::Headers => "Tar headers and padding",
    }
}

/// What stayed as it was, folded.
pub(super) fn unchanged(diff: &Diff, style: &Style, page: &mut Page) {
    let causes = diff.causes.iter().filter(|row| !is_changed(&row.bytes));
    let causes = causes.filter(|row| row.bytes.new != crate::report::Saving::default());
    let rows: Vec<Vec<Cell>> = causes
        .map(|row| {
            let bytes = row.bytes.new;
            vec![
                Cell::new(title(row.cause)),
                Cell::unless(
                    bytes.stored == Bytes::ZERO,
                    whole(bytes.stored.show(style.units)),
                ),
                Cell::unless(
                    bytes.download == Bytes::ZERO,
                    bytes.download.show(style.units),
                ),
            ]
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    page.fold(&format!("Unchanged: {}", rows.len()), |page| {
        let of = rows.len();
        let heads = ["What", ">Stored", ">Download"];
        page.table(Table {
            heads: &heads,
            rows,
            of,
            things: "causes",
        });
    });
}

/// What who holds the old image pulls.
pub(super) fn update(diff: &Diff, style: &Style, page: &mut Page) {
    let update = diff.update;
    let mut text = match update.layers {
        0 => "**Update:** nothing to pull for who has the old image".to_owned(),
        1 => format!(
            "**Update:** who has the old image pulls 1 layer, {}",
            update.download.show(style.units)
        ),
        layers => format!(
            "**Update:** who has the old image pulls {layers} layers, {}",
            update.download.show(style.units)
        ),
    };
    if update.needless > Bytes::ZERO {
        let _ = write!(
            text,
            ", {} of it needlessly: files did not change",
            update.needless.show(style.units)
        );
    }
    text.push('.');
    page.block(&text);
}

/// The layers, folded: the ones that are not as they were.
pub(super) fn layers(diff: &Diff, style: &Style, page: &mut Page) {
    let rows: Vec<&LayerChange> = diff
        .layers
        .iter()
        .filter(|row| row.fate != LayerFate::Kept)
        .collect();
    if rows.is_empty() {
        return;
    }
    let fates = [
        (LayerFate::Changed, "changed"),
        (LayerFate::Rebuilt, "rebuilt"),
        (LayerFate::Added, "new"),
        (LayerFate::Removed, "removed"),
        (LayerFate::Kept, "kept"),
    ];
    let count = |of| diff.layers.iter().filter(|row| row.fate == of).count();
    let counts = fates.map(|(fate, word)| (count(fate), word));
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let summary = format!("Layers: {}", counts.join(", "));
    let place = |place: Option<usize>| place.map(|place| place.to_string()).unwrap_or_default();
    let cells = |row: &&LayerChange| {
        let mut what = match row.created_by.as_deref() {
            Some(instruction) => code(instruction, NAME),
            None => "(no history)".to_owned(),
        };
        if let Some(why) = &row.why {
            let _ = write!(what, "<br>{}", plain(why));
        }
        let (new, old) = (row.bytes.new, row.bytes.old);
        vec![
            Cell::new(place(row.new.or(row.old))),
            Cell::new(fate(row.fate)),
            Cell::new(what),
            Cell::unless(
                new == old,
                whole(bytes_change(new.stored, old.stored, style.units)),
            ),
            Cell::unless(
                new.download == Bytes::ZERO,
                whole(new.download.show(style.units)),
            ),
        ]
    };
    let of = rows.len();
    let rows: Vec<Vec<Cell>> = rows.iter().take(LAYERS).map(cells).collect();
    page.fold(&summary, |page| {
        let heads = [">#", "Fate", "Instruction", ">Change", ">To pull"];
        page.table(Table {
            heads: &heads,
            rows,
            of,
            things: "layers",
        });
    });
}

fn fate(fate: LayerFate) -> &'static str {
    match fate {
        LayerFate::Kept => "kept",
        LayerFate::Rebuilt => "rebuilt, same files",
        LayerFate::Changed => "changed",
        LayerFate::Added => "new",
        LayerFate::Removed => "removed",
    }
}

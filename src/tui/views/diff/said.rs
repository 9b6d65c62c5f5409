//! A comparison in words. What comes in is its rows; what goes out is short texts, and
//! the lines above the list.

use std::borrow::Cow;

use imgsize::diff::{CauseKind, Change, Diff, ItemRow, Kind, LayerChange, LayerFate};
use imgsize::path::shown_text;
use imgsize::report::Saving;
use imgsize::units::{Bytes, Units};
use ratatui::text::Line;

use crate::tui::text::{cut, width};
use crate::tui::theme::{Role, Theme};
use crate::tui::view::Cx;

/// The same comparison, with nothing in it that a terminal acts on: a saved report may
/// say anything.
pub(super) fn safe(mut diff: Diff) -> Diff {
    let made_safe = |text: &mut String| {
        if let Cow::Owned(safe) = shown_text(text) {
            *text = safe;
        }
    };
    let all = |texts: [&mut Option<String>; 2]| texts.into_iter().flatten().for_each(made_safe);
    for image in [&mut diff.old, &mut diff.new] {
        made_safe(&mut image.name);
        made_safe(&mut image.source);
        made_safe(&mut image.digest);
        all([&mut image.platform, &mut image.base]);
    }
    for item in diff.causes.iter_mut().flat_map(|cause| &mut cause.items) {
        made_safe(&mut item.name);
        all([&mut item.from, &mut item.to]);
    }
    for layer in &mut diff.layers {
        all([&mut layer.created_by, &mut layer.why]);
    }
    diff
}

/// With its sign.
pub(super) fn signed(change: i64, units: Units) -> String {
    let bytes = Bytes(change.unsigned_abs()).show(units);
    match change {
        0 => bytes,
        1.. => format!("+{bytes}"),
        _ => format!("-{bytes}"),
    }
}

/// From one size to another, and by how much.
pub(super) fn step(old: Bytes, new: Bytes, cx: &Cx<'_>) -> String {
    let by = match new >= old {
        true if new == old => "the same".to_owned(),
        true => format!("+{}", cx.size(new - old)),
        false => format!("-{}", cx.size(old - new)),
    };
    let arrow = cx.theme.glyph("→", "->");
    format!("{} {arrow} {} ({by})", cx.size(old), cx.size(new))
}

pub(super) fn title(cause: CauseKind) -> &'static str {
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

/// What became of an item, as one character: nothing is said by colour alone.
pub(super) fn sign(kind: Kind) -> (&'static str, Role) {
    match kind {
        Kind::Added => ("+", Role::Added),
        Kind::Removed => ("-", Role::Removed),
        Kind::Upgraded | Kind::Downgraded | Kind::Changed => ("~", Role::Changed),
        Kind::Same => ("=", Role::Dim),
    }
}

pub(super) fn fate_sign(fate: LayerFate) -> (&'static str, Role) {
    match fate {
        LayerFate::Added => ("+", Role::Added),
        LayerFate::Removed => ("-", Role::Removed),
        LayerFate::Rebuilt | LayerFate::Changed => ("~", Role::Changed),
        LayerFate::Kept => ("=", Role::Dim),
    }
}

pub(super) fn fate(fate: LayerFate) -> &'static str {
    match fate {
        LayerFate::Kept => "kept",
        LayerFate::Rebuilt => "rebuilt",
        LayerFate::Changed => "changed",
        LayerFate::Added => "added",
        LayerFate::Removed => "removed",
    }
}

/// An item with its versions.
pub(super) fn item(item: &ItemRow, theme: &Theme) -> String {
    let arrow = theme.glyph("→", "->");
    match (&item.from, &item.to) {
        (Some(from), Some(to)) if from == to => format!("{} {to}", item.name),
        (Some(from), Some(to)) => format!("{} {from} {arrow} {to}", item.name),
        (Some(one), None) | (None, Some(one)) => format!("{} {one}", item.name),
        (None, None) => item.name.clone(),
    }
}

/// A layer's places, what became of it, and its instruction.
pub(super) fn layer(layer: &LayerChange, theme: &Theme) -> String {
    let words = layer.created_by.as_deref().unwrap_or("(no history)");
    format!("{} {} {words}", places(layer, theme), fate(layer.fate))
}

/// `3`, or `3→4` where it moved.
pub(super) fn places(layer: &LayerChange, theme: &Theme) -> String {
    match (layer.old, layer.new) {
        (Some(old), Some(new)) if old != new => {
            format!("{old}{}{new}", theme.glyph("→", "->"))
        }
        (Some(one), _) | (_, Some(one)) => one.to_string(),
        (None, None) => String::new(),
    }
}

/// How many layers had which fate.
pub(super) fn fates(diff: &Diff) -> String {
    let all = [
        LayerFate::Kept,
        LayerFate::Rebuilt,
        LayerFate::Changed,
        LayerFate::Added,
        LayerFate::Removed,
    ];
    let count = |fate| diff.layers.iter().filter(|row| row.fate == fate).count();
    let counts = all.into_iter().map(|one| (count(one), fate(one)));
    let counts = counts.filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    counts.join(", ")
}

/// All of both images.
pub(super) fn whole(diff: &Diff) -> Change {
    let [old, new] = [&diff.old, &diff.new].map(|image| Saving {
        stored: image.stored,
        download: image.download,
    });
    Change { old, new }
}

/// What two images are compared, and the totals of both, as many in a line as fit.
pub(super) fn head(diff: &Diff, cx: &Cx<'_>, columns: usize) -> Vec<Line<'static>> {
    let (old, new) = (&diff.old, &diff.new);
    let mark = cx.theme.glyph("…", "~");
    let [old_name, new_name] =
        names(diff).map(|name| cut(&name, columns.saturating_sub(4) / 2, mark));
    let arrow = cx.theme.glyph("→", "->");
    let mut lines = vec![cx.line(format!("{old_name} {arrow} {new_name}"), Role::Title)];
    let parts = [
        ("stored", old.stored, new.stored),
        ("live", old.live, new.live),
        ("lost", old.lost, new.lost),
        ("download", old.download, new.download),
    ]
    .map(|(name, old, new)| format!("{name} {}", step(old, new, cx)));
    let mut line = String::new();
    for part in parts {
        if !line.is_empty() && width(&line) + 3 + width(&part) > columns {
            lines.push(cx.line(std::mem::take(&mut line), Role::Text));
        }
        if !line.is_empty() {
            line.push_str("   ");
        }
        line.push_str(&part);
    }
    lines.push(cx.line(line, Role::Text));
    lines
}

/// What tells the images apart: two builds of one name lie in two files.
fn names(diff: &Diff) -> [String; 2] {
    let images = [&diff.old, &diff.new];
    let [old, new] = images.map(|image| image.source.rsplit('/').next().unwrap_or_default());
    match (diff.old.name == diff.new.name, old == new) {
        (false, _) => images.map(|image| image.name.clone()),
        (true, false) => [old, new].map(|file| format!("{} ({file})", diff.new.name)),
        (true, true) => images.map(|image| image.source.clone()),
    }
}

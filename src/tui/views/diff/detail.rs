//! What there is to say of a row of a comparison. What comes in is the row; what goes out
//! is lines.

use imgsize::diff::{CauseKind, CauseRow, Change, Diff, ItemRow, Kind, LayerChange, LayerFate};
use imgsize::units::Bytes;
use ratatui::text::Line;

use super::{is_download, said};
use crate::tui::keys::Action;
use crate::tui::theme::Role;
use crate::tui::view::{Cx, Effect};

/// How many of its items a cause tells of beside the list.
const SHOWN: usize = 12;

type Lines = Vec<Line<'static>>;

/// Both measures, before and after.
fn measures(bytes: &Change, cx: &Cx<'_>) -> [Line<'static>; 2] {
    let step = |old, new| said::step(old, new, cx);
    [
        cx.pair("Stored", step(bytes.old.stored, bytes.new.stored)),
        cx.pair("Download", step(bytes.old.download, bytes.new.download)),
    ]
}

pub(super) fn nothing(cx: &Cx<'_>, columns: u16) -> Lines {
    let words = "No cause stores more or less bytes than before. What was made anew is below, layer by layer.";
    cx.text(words, columns, Role::Text)
}

pub(super) fn cause(row: &CauseRow, diff: &Diff, cx: &Cx<'_>, columns: u16) -> Lines {
    let mut lines = vec![cx.line(said::title(row.cause), Role::Title)];
    lines.extend(cx.text(about(row.cause), columns, Role::Dim));
    if row.cause == CauseKind::Base {
        let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "unknown".to_owned());
        lines.push(cx.pair("From", name(&diff.old.base)));
        lines.push(cx.pair("To", name(&diff.new.base)));
    }
    lines.extend(measures(&row.bytes, cx));
    let changed: Vec<&ItemRow> = row
        .items
        .iter()
        .filter(|item| item.kind != Kind::Same)
        .collect();
    if !changed.is_empty() {
        lines.push(Line::default());
        lines.push(cx.line("The largest changes", Role::Title));
    }
    for item in changed.iter().take(SHOWN) {
        let (sign, role) = said::sign(item.kind);
        let change = match is_download(row.cause) {
            true => item.bytes.download(),
            false => item.bytes.stored(),
        };
        let by = said::signed(change, cx.units);
        let words = said::item(item, cx.theme);
        lines.push(cx.line(format!("{sign} {by:>10} {words}"), role));
    }
    if changed.len() > SHOWN {
        let key = cx.keys.key(Action::Fold);
        let left = changed.len() - SHOWN;
        lines.push(cx.line(format!("{left} more: {key} unfolds them"), Role::Dim));
    }
    lines
}

/// What a cause is.
fn about(cause: CauseKind) -> &'static str {
    match cause {
        CauseKind::Base => "All that the layers of the base image store.",
        CauseKind::SystemPackages => {
            "Packages of the operating system, installed on top of the base."
        }
        CauseKind::Runtime => "Interpreters, and what comes with them.",
        CauseKind::LanguagePackages => "Packages of languages: pip, npm, gem and others.",
        CauseKind::App => "The app's own code and data, and what its build made.",
        CauseKind::Leftovers => "Caches, logs, and what else was left behind.",
        CauseKind::Other => "What no package and no app owns.",
        CauseKind::Lost => {
            "What a later layer overwrote or deleted: it is stored and pulled, and in no container."
        }
        CauseKind::Headers => {
            "Tar headers and padding: bytes of the download alone. More files are more headers."
        }
    }
}

pub(super) fn item(item: &ItemRow, leads: Option<&Effect>, cx: &Cx<'_>, columns: u16) -> Lines {
    let mut lines = cx.text(&item.name, columns, Role::Title);
    let grown = item.bytes.stored();
    let words = match item.kind {
        Kind::Added => "added: it is new",
        Kind::Removed => "removed: it is gone",
        Kind::Upgraded => "upgraded: it has a later version",
        Kind::Downgraded => "downgraded: it has an earlier version",
        Kind::Changed if grown > 0 => "grown: the same thing with more bytes",
        Kind::Changed if grown < 0 => "shrunk: the same thing with fewer bytes",
        Kind::Changed => "changed: other bytes, as many as before",
        Kind::Same => "unchanged",
    };
    let (sign, role) = said::sign(item.kind);
    lines.push(cx.line(format!("{sign} {words}"), role));
    lines.push(Line::default());
    let versions = [("Version", &item.to), ("Before", &item.from)];
    for (name, version) in versions {
        if let Some(version) = version {
            lines.push(cx.pair(name, version.clone()));
        }
    }
    lines.extend(measures(&item.bytes, cx));
    let place = match leads {
        Some(Effect::ShowPackage(_)) => "Packages",
        Some(Effect::ShowNode(_)) => "Files",
        _ => return lines,
    };
    let key = cx.keys.key(Action::Open);
    lines.push(Line::default());
    lines.push(cx.line(format!("{key} shows it in {place}"), Role::Dim));
    lines
}

pub(super) fn layers(diff: &Diff, cx: &Cx<'_>, columns: u16) -> Lines {
    let mut lines = vec![cx.line("The layers of both images", Role::Title)];
    let counts = said::fates(diff);
    lines.extend(cx.text(&counts, columns, Role::Text));
    lines.push(Line::default());
    for fate in [
        LayerFate::Kept,
        LayerFate::Rebuilt,
        LayerFate::Changed,
        LayerFate::Added,
        LayerFate::Removed,
    ] {
        let (sign, role) = said::fate_sign(fate);
        let text = format!("{sign} {}: {}", said::fate(fate), meaning(fate));
        lines.extend(cx.text(&text, columns, role));
    }
    lines
}

fn meaning(fate: LayerFate) -> &'static str {
    match fate {
        LayerFate::Kept => "the same blob, nothing is pulled",
        LayerFate::Rebuilt => "the same files made anew, pulled for nothing",
        LayerFate::Changed => "the same instruction made other files",
        LayerFate::Added => "it is new",
        LayerFate::Removed => "it is gone",
    }
}

pub(super) fn layer(row: &LayerChange, cx: &Cx<'_>, columns: u16) -> Lines {
    let place = said::places(row, cx.theme);
    let title = format!("Layer {place}: {}", said::fate(row.fate));
    let mut lines = vec![cx.line(title, Role::Title)];
    let (_, role) = said::fate_sign(row.fate);
    lines.extend(cx.text(meaning(row.fate), columns, role));
    if let Some(why) = &row.why {
        lines.extend(cx.text(why, columns, role));
    }
    if row.base {
        lines.push(cx.line("came with the base image", Role::Dim));
    }
    lines.push(Line::default());
    let words = row.created_by.as_deref();
    let words = words.unwrap_or("(the history does not tell what made it)");
    lines.extend(cx.text(words, columns, Role::Text));
    lines.push(Line::default());
    lines.extend(measures(&row.bytes, cx));
    lines
}

pub(super) fn update(diff: &Diff, cx: &Cx<'_>, columns: u16) -> Lines {
    let update = &diff.update;
    let of = diff.layers.iter().filter(|row| row.new.is_some()).count();
    let mut lines = vec![cx.line("What an update costs", Role::Title)];
    let mut say = |text: String| lines.extend(cx.text(&text, columns, Role::Text));
    say(format!(
        "Who has the old image pulls {} in {} of {of} layers.",
        cx.size(update.download),
        update.layers,
    ));
    if update.needless > Bytes::ZERO {
        say(format!(
            "Of these {} for nothing: in layers whose files did not change.",
            cx.size(update.needless)
        ));
    }
    if update.plain > 0 {
        say(format!(
            "{} of these layers are plain tars, as stored in this source: a registry would send fewer bytes.",
            update.plain
        ));
    }
    lines
}

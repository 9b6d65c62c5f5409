//! What there is to say of rows that are no map. What comes in is advice and warnings;
//! what goes out is lines of text.

use ratatui::text::Line;

use super::counted;
use crate::tui::keys::Action;
use crate::tui::theme::Role;
use crate::tui::view::Cx;

/// The role of a word for what could break.
pub(super) fn risk(word: &str) -> Role {
    match word {
        "safe" => Role::Safe,
        "check" => Role::Check,
        _ => Role::Behaviour,
    }
}

/// What the words for what could break mean.
fn meaning(word: &str) -> &'static str {
    match word {
        "safe" => "safe: nothing reads it at run time",
        "check" => "check: nothing should break, but look at the notes",
        _ => "behaviour: it changes what the program can do",
    }
}

/// A finding: what it is, what it brings, what could break, what to do.
pub(super) fn finding(no: usize, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
    let Some(row) = cx.model.report.findings.get(no) else {
        return Vec::new();
    };
    let mut lines = cx.text(&row.title, columns, Role::Title);
    let (word, saves) = match row.estimate {
        Some(estimate) => ("about ", estimate),
        None => ("", row.saves),
    };
    lines.push(cx.pair(
        "Saves",
        format!(
            "{word}{}, download {}",
            cx.size(saves.stored),
            cx.size(saves.download)
        ),
    ));
    lines.extend(cx.text(meaning(&row.risk), columns, risk(&row.risk)));
    if let Some(layer) = row.layer {
        lines.push(cx.pair("Layer", layer.to_string()));
    }
    if !row.fix.is_empty() {
        lines.push(Line::default());
        lines.push(cx.line("What to write instead", Role::Title));
        lines.extend(cx.text(&row.fix, columns, Role::Text));
    }
    if !row.notes.is_empty() {
        lines.push(Line::default());
        for note in &row.notes {
            lines.extend(cx.text(note, columns, Role::Dim));
        }
    }
    lines
}

/// All of the advice together.
pub(super) fn advice(cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
    let report = &cx.model.report;
    let advice = &report.advice;
    let mut lines = vec![
        cx.line(counted(report.findings.len(), "finding"), Role::Title),
        cx.pair(
            "All of it",
            format!(
                "{} could go, download {}",
                cx.size(advice.all.stored),
                cx.size(advice.all.download)
            ),
        ),
        cx.pair(
            "  safe",
            format!(
                "{}, download {}",
                cx.size(advice.safe.stored),
                cx.size(advice.safe.download)
            ),
        ),
        Line::default(),
    ];
    let words = format!(
        "No byte is counted twice. {} on one of them ticks it: the first line of the screen \
         tells what would be left. {} goes to all of it.",
        cx.keys.key(Action::Tick),
        cx.keys.key(Action::Open)
    );
    lines.extend(cx.text(&words, columns, Role::Dim));
    lines
}

/// What was strange in the image.
pub(super) fn warnings(cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
    /// Nobody reads more of them; the report has all.
    const MOST: usize = 200;
    let warnings = &cx.model.report.warnings;
    let mut lines = vec![cx.line(
        format!("{}: strange, but read", counted(warnings.len(), "warning")),
        Role::Title,
    )];
    for warning in warnings.iter().take(MOST) {
        lines.push(Line::default());
        lines.push(cx.line(warning.code.clone(), Role::Warning));
        lines.extend(cx.text(&warning.message, columns, Role::Text));
    }
    if warnings.len() > MOST {
        let more = warnings.len() - MOST;
        lines.push(cx.line(format!("and {more} more, in the report"), Role::Dim));
    }
    lines
}

//! All that there is to say of a finding. What comes in is its row; what goes out is
//! lines: what it brings, what could break, what to write, the evidence, and the rule.

use imgsize::advice::{Confidence, Finding, Risk, all_rules};
use imgsize::report::{FindingRow, Saving};
use ratatui::text::{Line, Span};

use super::role;
use crate::tui::text::{safe_text, wrap};
use crate::tui::theme::Role;
use crate::tui::view::Cx;

/// How far what is to be copied is indented.
const INDENT: &str = "    ";

pub(super) fn lines(
    row: &FindingRow,
    finding: &Finding,
    risk: Risk,
    cx: &Cx<'_>,
    columns: u16,
) -> Vec<Line<'static>> {
    let mut page = Page {
        cx,
        columns,
        lines: cx.text(&row.title, columns, Role::Title),
    };
    page.gap();
    page.savings(row);
    page.pair("Risk", risk.name(), meaning(risk), role(risk));
    let sure = finding.confidence;
    page.pair("Evidence", sure.name(), evidence(sure), Role::Text);
    page.place(row);
    if !row.notes.is_empty() {
        page.heading("Look at this before");
        for note in &row.notes {
            page.indented(note, "  - ", "    ", Role::Check);
        }
    }
    page.heading("What to write instead");
    for line in row.fix.lines() {
        page.indented(line, INDENT, INDENT, Role::Text);
    }
    page.paths(row, finding);
    page.rule(row);
    page.lines
}

/// Lines being written.
struct Page<'a, 'c> {
    cx: &'a Cx<'c>,
    columns: u16,
    lines: Vec<Line<'static>>,
}

impl Page<'_, '_> {
    fn gap(&mut self) {
        self.lines.push(Line::default());
    }

    fn heading(&mut self, text: &str) {
        self.gap();
        self.lines.push(self.cx.line(text, Role::Title));
    }

    /// A text broken where it is too long, with this before its first line and that before
    /// the others.
    fn indented(&mut self, text: &str, first: &str, others: &str, role: Role) {
        let room = usize::from(self.columns).saturating_sub(others.len());
        for (at, line) in wrap(text, room).into_iter().enumerate() {
            let before = if at == 0 { first } else { others };
            self.lines
                .push(self.cx.line(format!("{before}{line}"), role));
        }
    }

    /// A heading, a word of a role, and what the word means.
    fn pair(&mut self, name: &str, word: &str, meaning: &str, word_role: Role) {
        let mut lines = wrap(
            &format!("{word}: {meaning}"),
            usize::from(self.columns).saturating_sub(11),
        )
        .into_iter();
        let first = lines.next().unwrap_or_default();
        let rest = first.strip_prefix(word).unwrap_or_default().to_owned();
        self.lines.push(Line::from(vec![
            self.cx.span(format!("{name:<11}"), Role::Dim),
            self.cx.span(word, word_role),
            Span::raw(rest),
        ]));
        for line in lines {
            self.lines.push(Line::from(format!("{:11}{line}", "")));
        }
    }

    fn savings(&mut self, row: &FindingRow) {
        let cx = self.cx;
        let both = |saving: &Saving| {
            format!(
                "{} stored, {} download",
                cx.size(saving.stored),
                cx.size(saving.download)
            )
        };
        match &row.estimate {
            Some(guess) if row.saves == Saving::default() => {
                let words = format!("about {}; an estimate, in no sum", both(guess));
                self.lines.push(cx.pair("Saves", words));
            }
            _ => {
                self.lines.push(cx.pair("Saves", both(&row.saves)));
                if row.adds != row.saves {
                    let words = format!("{} on top of all larger advice", both(&row.adds));
                    self.lines.push(cx.pair("  adds", words));
                }
            }
        }
        if row.files > 0 {
            self.lines
                .push(cx.pair("Removes", count(row.files, "stored file")));
        }
    }

    /// Which instruction is to change.
    fn place(&mut self, row: &FindingRow) {
        let Some(layer) = row.layer else { return };
        let lines = match row.lines {
            Some([first, last]) if first == last => format!(", line {first} of the Dockerfile"),
            Some([first, last]) => format!(", lines {first} to {last} of the Dockerfile"),
            None => String::new(),
        };
        self.lines
            .push(self.cx.pair("Layer", format!("{layer}{lines}")));
        if let Some(instruction) = &row.instruction {
            self.indented(&safe_text(instruction), INDENT, INDENT, Role::Dim);
        }
    }

    fn paths(&mut self, row: &FindingRow, finding: &Finding) {
        if row.paths.is_empty() {
            return;
        }
        let of_folders = !finding.folders.is_empty();
        let (what, all) = match of_folders {
            true => ("The folders", finding.folders.len()),
            false => (
                "The files, largest first",
                finding.bodies.len() + finding.shrink.len(),
            ),
        };
        self.heading(what);
        for path in &row.paths {
            let slash = if of_folders { "/" } else { "" };
            let path = format!("{}{slash}", safe_text(path));
            self.indented(&path, "  ", "    ", Role::Text);
        }
        let more = all.saturating_sub(row.paths.len());
        if more > 0 {
            let mark = self.cx.theme.glyph("…", "...");
            let words = format!("  {mark} and {more} more");
            self.lines.push(self.cx.line(words, Role::Dim));
        }
    }

    fn rule(&mut self, row: &FindingRow) {
        let Some(rule) = all_rules().find(|rule| rule.id == row.rule) else {
            return;
        };
        self.heading(&format!("{}: {}", rule.id, rule.summary));
        let words = rule.explain.replace('\n', " ");
        let words = self.cx.text(&words, self.columns, Role::Dim);
        self.lines.extend(words);
    }
}

/// What a risk's word means.
fn meaning(risk: Risk) -> &'static str {
    match risk {
        Risk::Safe => "nothing reads it when the image runs",
        Risk::Check => "nothing should break; look at the notes before",
        Risk::Behaviour => "it changes what the program can do, or how it starts",
    }
}

/// How sure it is that the bytes are what the rule takes them for.
fn evidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "a package database, a hash or the layers themselves say so",
        Confidence::Medium => "paths and owners fit",
        Confidence::Low => "a guess",
    }
}

/// `1 file`, `2 files`.
pub(super) fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

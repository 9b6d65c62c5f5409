//! The window of the export. What comes in is the forms and keys; what goes out is the
//! list of forms, and below it the text of the one that is chosen.

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::Form;
use crate::tui::app::{Setup, scrolled};
use crate::tui::keys::Action;
use crate::tui::screen::framed;
use crate::tui::text::{cut, safe_text, wrap};
use crate::tui::theme::Role;

/// The list of forms, and the text of the one that is chosen.
#[derive(Debug, Default)]
pub(crate) struct Exporter {
    /// Empty while the worker makes them.
    forms: Vec<Arc<Form>>,
    at: usize,
    /// The first line of the text that is seen, how many there are, and room for how many.
    first: usize,
    lines: usize,
    room: usize,
}

impl Exporter {
    /// The forms are there.
    pub(crate) fn arrived(&mut self, forms: Vec<Arc<Form>>) {
        self.forms = forms;
        // Whoever looks for lines is shown some.
        let first = self.forms.iter().position(|form| !form.text.is_empty());
        self.choose(first.unwrap_or_default());
    }

    /// The form that is chosen; `None` while there is none.
    pub(crate) fn chosen(&self) -> Option<&Arc<Form>> {
        self.forms.get(self.at)
    }

    fn choose(&mut self, at: usize) {
        self.at = at.min(self.forms.len().saturating_sub(1));
        self.first = 0;
        self.lines = self.chosen().map_or(0, |form| form.text.lines().count());
    }

    pub(crate) fn act(&mut self, action: Action) {
        match action {
            Action::Down | Action::NextPane => self.choose(self.at + 1),
            Action::Up | Action::PreviousPane => self.choose(self.at.saturating_sub(1)),
            // Forms have numbers, and the keys of the first views are those.
            Action::Overview => self.choose(0),
            Action::Layers => self.choose(1),
            Action::Files => self.choose(2),
            Action::Packages => self.choose(3),
            _ => {
                let most = self.lines.saturating_sub(self.room);
                self.first = scrolled(self.first, action, most, self.room);
            }
        }
    }

    pub(crate) fn draw(&mut self, frame: &mut Frame<'_>, area: Rect, setup: &Setup) {
        let theme = &setup.theme;
        let inside = framed(frame, area, "Write down what is ticked", theme);
        if self.forms.is_empty() {
            let text = format!("looking at what is ticked {}", theme.glyph("…", "..."));
            frame.render_widget(Paragraph::new(text), inside);
            return;
        }
        let columns = usize::from(inside.width);
        let mark = theme.glyph("…", "~");
        // What was left out may not take the place of the text.
        let most = usize::from(inside.height / 3);
        let notes = self.notes(columns, most, mark, setup);
        let [list, told, rule, text] = Layout::vertical([
            Constraint::Length(self.forms.len() as u16),
            Constraint::Length(notes.len() as u16),
            Constraint::Length(1),
            Constraint::Fill(1),
        ])
        .areas(inside);
        let rows = self.forms.iter().enumerate().map(|(at, form)| {
            let sign = if at == self.at { ">" } else { " " };
            let row = format!("{sign} {} {:<24} {}", at + 1, form.file, form.title);
            let role = if at == self.at {
                Role::Cursor
            } else {
                Role::Text
            };
            Line::from(Span::styled(cut(&row, columns, mark), theme.style(role)))
        });
        frame.render_widget(Paragraph::new(rows.collect::<Vec<_>>()), list);
        frame.render_widget(Paragraph::new(notes), told);
        self.room = usize::from(text.height);
        self.first = self.first.min(self.lines.saturating_sub(self.room));
        let last = (self.first + self.room).min(self.lines);
        let title = match self.lines {
            0 => String::new(),
            lines => format!(" lines {} to {last} of {lines} ", self.first + 1),
        };
        let line = theme.glyph("─", "-").repeat(2);
        let title = Span::styled(format!("{line}{title}{line}"), theme.style(Role::Dim));
        frame.render_widget(Paragraph::new(title), rule);
        let lines: Vec<Line<'static>> = match self.chosen() {
            Some(form) if !form.text.is_empty() => {
                let lines = form.text.lines().skip(self.first).take(self.room);
                lines.map(|line| shown(line, columns, mark)).collect()
            }
            _ => vec![Line::from("(nothing of what is ticked has this form)")],
        };
        frame.render_widget(Paragraph::new(lines), text);
    }

    /// What is to be said of the chosen form.
    fn notes(&self, columns: usize, most: usize, mark: &str, setup: &Setup) -> Vec<Line<'static>> {
        let notes = self.chosen().map_or(&[][..], |form| form.notes.as_slice());
        let style = setup.theme.style(Role::Check);
        let mut lines: Vec<String> = Vec::new();
        let mut told = 0;
        for note in notes {
            let wrapped = wrap(note, columns);
            if lines.len() + wrapped.len() > most {
                break;
            }
            lines.extend(wrapped);
            told += 1;
        }
        if told < notes.len() {
            lines.push(format!("{mark} and {} more of these", notes.len() - told));
        }
        lines
            .into_iter()
            .map(|line| Line::from(Span::styled(line, style)))
            .collect()
    }
}

/// A line of the text, as it may be on a screen.
fn shown(line: &str, columns: usize, mark: &str) -> Line<'static> {
    let line = safe_text(&line.replace('\t', "    "));
    Line::from(cut(&line, columns, mark))
}

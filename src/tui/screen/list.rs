//! Any view's list: what is above it, the columns that there is room for, the rows that
//! are in view. A million rows cost as much as twenty.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::tui::app::{App, Pane};
use crate::tui::text::{cut, width};
use crate::tui::theme::{Role, Theme};
use crate::tui::view::{Column, Row};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &mut App) {
    let id = app.view;
    let above = app.cx().map(|cx| app.views.get(id).head(&cx, area.width));
    let above = above.unwrap_or_default();
    let most = area.height / 2;
    let [head, titles, body] = Layout::vertical([
        Constraint::Length((above.len() as u16).min(most)),
        Constraint::Length(1),
        Constraint::Fill(1),
    ])
    .areas(area);
    frame.render_widget(Paragraph::new(above), head);
    app.areas.list = body;
    let rows = app.views.get_mut(id).rows();
    let len = rows.len();
    let range = rows.cursor().fit(usize::from(body.height), len);
    let at = rows.cursor().at;
    let Some(cx) = app.cx() else { return };
    let view = app.views.get(id);
    let theme = cx.theme;
    let columns = fitting(view.columns(&cx), area.width);
    let titled = columns.iter().map(|(column, wide)| {
        let mark = if column.sorted {
            theme.glyph("▾", "v")
        } else {
            ""
        };
        let text = format!("{}{mark}", column.title);
        padded(&text, *wide, column.right, theme)
    });
    let line = joined(titled, theme.style(Role::Dim));
    frame.render_widget(Paragraph::new(line), titles);
    if len == 0 {
        let lines = cx.text(&view.empty(&cx), body.width, Role::Dim);
        frame.render_widget(Paragraph::new(lines), body);
        return;
    }
    let cursor = match app.pane {
        Pane::List => Role::Cursor,
        Pane::Detail => Role::CursorElsewhere,
    };
    for (line, row) in range.enumerate() {
        let area = Rect::new(body.x, body.y + line as u16, body.width, 1);
        let drawn = drawn(&view.row(row, &cx), &view.columns(&cx), &columns, theme);
        let drawn = match row == at {
            // One style for the whole row: colours inside a reversed one are hard to read.
            true => Line::from(Span::styled(
                pad_right(&drawn.to_string(), body.width),
                theme.style(cursor),
            )),
            false => drawn,
        };
        frame.render_widget(Paragraph::new(drawn), area);
    }
}

fn pad_right(text: &str, columns: u16) -> String {
    let missing = usize::from(columns).saturating_sub(width(text));
    format!("{text}{}", " ".repeat(missing))
}

/// The columns that there is room for, each with its width.
fn fitting(columns: Vec<Column>, room: u16) -> Vec<(Column, u16)> {
    let mut columns = columns;
    loop {
        let fixed: u16 = columns.iter().map(|column| column.width + 1).sum();
        let rest = columns.iter().find(|column| column.width == 0);
        let least = fixed + rest.map_or(0, |column| column.least);
        let worst = columns
            .iter()
            .enumerate()
            .max_by_key(|(_, column)| column.rank);
        match worst.map(|(at, column)| (at, column.rank)) {
            Some((at, rank)) if least > room && rank > 0 => {
                columns.remove(at);
            }
            _ => {
                let left = room.saturating_sub(fixed);
                let wide = |column: &Column| {
                    if column.width == 0 {
                        left
                    } else {
                        column.width
                    }
                };
                return columns
                    .into_iter()
                    .map(|column| (column, wide(&column)))
                    .collect();
            }
        }
    }
}

/// A row's cells in the columns that there is room for.
fn drawn(row: &Row, all: &[Column], columns: &[(Column, u16)], theme: &Theme) -> Line<'static> {
    let mut spans = Vec::new();
    for (column, wide) in columns {
        let at = all.iter().position(|other| same(other, column));
        let Some(cell) = at.and_then(|at| row.cells.get(at)) else {
            continue;
        };
        let text = if column.width == 0 {
            let tick = match row.tick {
                Some(true) => "[x] ",
                Some(false) => "[ ] ",
                None => "",
            };
            let fold = match row.open {
                Some(true) => theme.glyph("▾ ", "- "),
                Some(false) => theme.glyph("▸ ", "+ "),
                None if row.depth > 0 => "  ",
                None => "",
            };
            // What is deep may not push the name out of sight.
            let indent = usize::from(row.depth).min(usize::from(*wide) / 4) * 2;
            format!("{:indent$}{fold}{tick}{}", "", cell.content)
        } else {
            cell.content.to_string()
        };
        spans.push(Span::styled(
            padded(&text, *wide, column.right, theme),
            cell.style,
        ));
        spans.push(Span::raw(" "));
    }
    Line::from(spans)
}

fn same(one: &Column, other: &Column) -> bool {
    one == other
}

fn padded(text: &str, columns: u16, right: bool, theme: &Theme) -> String {
    let columns = usize::from(columns);
    let text = cut(text, columns, theme.glyph("…", "~"));
    let missing = " ".repeat(columns.saturating_sub(width(&text)));
    match right {
        true => format!("{missing}{text}"),
        false => format!("{text}{missing}"),
    }
}

fn joined(cells: impl Iterator<Item = String>, style: Style) -> Line<'static> {
    let cells: Vec<String> = cells.collect();
    Line::from(Span::styled(cells.join(" "), style))
}

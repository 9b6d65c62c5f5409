//! What is drawn. What comes in is the state; what goes out is a frame: a head with the
//! totals, the tabs, the view, and a line for what there is to say.

mod head;
mod help;
mod list;
mod loading;
mod prompt;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Margin, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Clear, Paragraph};

use super::app::{App, Pane, Popup};
use super::text::{broken, cut};
use super::theme::{Role, Theme};

/// What the smallest screen is.
const SMALLEST: (u16, u16) = (40, 10);
/// From this width on the panes lie side by side.
const BESIDE: u16 = 110;

/// Draws everything.
pub(crate) fn draw(frame: &mut Frame<'_>, app: &mut App) {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        return too_small(frame, area);
    }
    let [head, tabs, chips, body, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(u16::from(!app.filter.is_empty())),
        Constraint::Fill(1),
        Constraint::Length(1),
    ])
    .areas(area);
    head::totals(frame, head, app);
    head::tabs(frame, tabs, app);
    head::chips(frame, chips, app);
    app.areas.body = body;
    match app.model {
        Some(_) => view(frame, body, app),
        None => loading::draw(frame, body, app),
    }
    popup(frame, body, app);
    head::foot(frame, foot, app);
    if !app.setup.theme.unicode {
        to_ascii(frame);
    }
}

/// Names may be in any script, and advice has its dashes: what a terminal of ASCII has no
/// sign for becomes one that it has.
fn to_ascii(frame: &mut Frame<'_>) {
    for cell in &mut frame.buffer_mut().content {
        if !cell.symbol().is_ascii() {
            let sign = match cell.symbol() {
                "…" => "~",
                "→" => ">",
                _ => "?",
            };
            cell.set_symbol(sign);
        }
    }
}

fn too_small(frame: &mut Frame<'_>, area: Rect) {
    let (width, height) = SMALLEST;
    let text = format!(
        "imgsize needs {width}x{height}; this is {}x{}. q leaves.",
        area.width, area.height
    );
    let lines = super::text::wrap(&text, usize::from(area.width));
    let lines: Vec<Line<'_>> = lines.into_iter().map(Line::from).collect();
    frame.render_widget(Paragraph::new(lines), area);
}

/// The list, and beside or below it what there is to say of a row.
fn view(frame: &mut Frame<'_>, body: Rect, app: &mut App) {
    let beside = body.width >= BESIDE;
    let split = match beside {
        true => Layout::horizontal([
            Constraint::Percentage(app.divider),
            Constraint::Length(1),
            Constraint::Fill(1),
        ]),
        false => Layout::vertical([
            Constraint::Percentage(app.divider),
            Constraint::Length(1),
            Constraint::Fill(1),
        ]),
    };
    let [left, divider, right] = split.areas(body);
    app.areas.beside = beside;
    app.areas.detail = right;
    let theme = app.setup.theme;
    draw_divider(frame, divider, beside, &theme);
    list::draw(frame, left, app);
    detail(frame, right, app);
}

fn draw_divider(frame: &mut Frame<'_>, area: Rect, beside: bool, theme: &Theme) {
    let glyph = match beside {
        true => theme.glyph("│", "|"),
        false => theme.glyph("─", "-"),
    };
    let style = theme.style(Role::Dim);
    for position in area.positions() {
        if let Some(cell) = frame.buffer_mut().cell_mut(position) {
            cell.set_symbol(glyph).set_style(style);
        }
    }
}

fn detail(frame: &mut Frame<'_>, area: Rect, app: &mut App) {
    let Some(cx) = app.cx() else { return };
    // A column of air, where there is some.
    let inside = match area.width > 60 {
        true => area.inner(Margin::new(1, 0)),
        false => area,
    };
    let view = app.views.get(app.view);
    if view.draw_detail(frame, inside, &cx) {
        app.lines = (0, 0);
        return;
    }
    let columns = inside.width.saturating_sub(1);
    let lines = view.detail(&cx, columns).into_iter();
    let lines = lines.flat_map(|line| broken(line, usize::from(columns)));
    let lines: Vec<Line<'_>> = lines.collect();
    let theme = app.setup.theme;
    let room = usize::from(inside.height);
    app.lines = (lines.len(), room);
    app.scroll = app.scroll.min(lines.len().saturating_sub(room));
    let more = lines.len() > app.scroll + room;
    let seen: Vec<Line<'_>> = lines.into_iter().skip(app.scroll).take(room).collect();
    frame.render_widget(Paragraph::new(seen), inside);
    let focus = app.pane == Pane::Detail;
    if more || app.scroll > 0 || focus {
        let mark = match (more, app.scroll > 0) {
            (true, false) => theme.glyph("↓", "v"),
            (true, true) => theme.glyph("↕", "|"),
            (false, true) => theme.glyph("↑", "^"),
            (false, false) => theme.glyph("•", "*"),
        };
        let style = theme.style(if focus { Role::Key } else { Role::Dim });
        let at = (
            area.right().saturating_sub(1),
            area.bottom().saturating_sub(1),
        );
        if let Some(cell) = frame.buffer_mut().cell_mut(at) {
            cell.set_symbol(mark).set_style(style);
        }
    }
}

fn popup(frame: &mut Frame<'_>, body: Rect, app: &mut App) {
    let App { popup, setup, .. } = app;
    match popup {
        Popup::None => {}
        Popup::Help(first) => help::draw(frame, body, first, setup),
        Popup::Contents(contents) => {
            frame.render_widget(Clear, body);
            contents.draw(frame, body, setup);
        }
        Popup::Export(exporter) => {
            frame.render_widget(Clear, body);
            exporter.draw(frame, body, setup);
        }
        Popup::Prompt(prompt) => prompt::draw(frame, body, prompt, setup),
    }
}

/// A frame with a title around something; what is left inside.
pub(crate) fn framed(frame: &mut Frame<'_>, area: Rect, title: &str, theme: &Theme) -> Rect {
    frame.render_widget(Clear, area);
    let title = cut(
        title,
        usize::from(area.width.saturating_sub(4)),
        theme.glyph("…", "~"),
    );
    let mut block = Block::new()
        .borders(Borders::ALL)
        .border_style(theme.style(Role::Dim))
        .title(Span::styled(format!(" {title} "), theme.style(Role::Title)));
    if !theme.unicode {
        block = block.border_set(ASCII);
    }
    let inside = block.inner(area);
    frame.render_widget(block, area);
    inside
}

pub(crate) const ASCII: ratatui::symbols::border::Set<'static> = ratatui::symbols::border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

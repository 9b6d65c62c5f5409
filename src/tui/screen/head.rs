//! What stands around the view: the image and its totals, the tabs, the filter, and at
//! the bottom what was done or can be.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::tui::app::{App, Pane, Popup};
use crate::tui::keys::Action;
use crate::tui::text::{cut, safe_text, width};
use crate::tui::theme::Role;
use crate::tui::view::ViewId;

/// The image, its totals, and what would be left with what is ticked.
pub(super) fn totals(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let theme = &app.setup.theme;
    let span = |text: String, role| Span::styled(text, theme.style(role));
    let name = app
        .loading
        .name
        .clone()
        .unwrap_or_else(|| app.setup.name.clone());
    let mut parts = vec![span(name.clone(), Role::Title)];
    if let Some(model) = &app.model {
        let totals = &model.report.totals;
        let size = |bytes: imgsize::units::Bytes| bytes.show(app.setup.units);
        let ticks = &app.ticks;
        let figures = if ticks.is_empty() {
            format!(
                "stored {} = live {} + lost {}, download {}",
                size(totals.stored),
                size(totals.live),
                size(totals.lost),
                size(totals.download)
            )
        } else {
            format!(
                "stored {} {arrow} {} (-{}), download {} {arrow} {}",
                size(totals.stored),
                size(totals.stored - ticks.saves.stored),
                size(ticks.saves.stored),
                size(totals.download),
                size(totals.download - ticks.saves.download),
                arrow = theme.glyph("→", "->"),
            )
        };
        let ticked = if ticks.is_empty() { "" } else { "if ticked: " };
        let columns = usize::from(area.width);
        let wide = width(ticked) + width(&figures) + 2;
        // The figures matter more than the name.
        parts[0] = span(
            cut(
                &name,
                columns.saturating_sub(wide).max(8),
                theme.glyph("…", "~"),
            ),
            Role::Title,
        );
        parts.push(Span::raw("  "));
        parts.push(span(ticked.to_owned(), Role::Ticked));
        parts.push(span(
            figures,
            if ticks.is_empty() {
                Role::Text
            } else {
                Role::Ticked
            },
        ));
        let platform = model
            .report
            .image
            .platform
            .as_deref()
            .map(safe_text)
            .unwrap_or_default();
        let taken: usize = parts.iter().map(|part| width(&part.content)).sum();
        if taken + 2 + width(&platform) <= columns {
            parts.push(span(format!("  {platform}"), Role::Dim));
        }
    }
    frame.render_widget(Paragraph::new(Line::from(parts)), area);
}

/// The views and their keys.
pub(super) fn tabs(frame: &mut Frame<'_>, area: Rect, app: &mut App) {
    let theme = app.setup.theme;
    let ids: Vec<ViewId> = app.view_ids().collect();
    let named = |id: &ViewId, short: bool| {
        let key = app.setup.keys.key(id.action());
        let title = id.title();
        let title = if short {
            title.get(..4).unwrap_or(title)
        } else {
            title
        };
        format!("{key} {title}")
    };
    let long: usize = ids.iter().map(|id| width(&named(id, false)) + 2).sum();
    let short = long > usize::from(area.width);
    let mut x = area.x;
    let mut tabs = Vec::new();
    for id in ids {
        let text = named(&id, short);
        let wide = (width(&text) as u16).min(area.right().saturating_sub(x));
        let tab = Rect::new(x, area.y, wide, 1);
        // Brackets tell which one it is where no colour does.
        let style = match id == app.view {
            true => theme.style(Role::Cursor),
            false => theme.style(Role::Dim),
        };
        frame.render_widget(Paragraph::new(Span::styled(text, style)), tab);
        tabs.push((tab, id));
        x = x.saturating_add(wide + if short { 1 } else { 2 });
        if x >= area.right() {
            break;
        }
    }
    app.areas.tabs = tabs;
}

/// The filter.
pub(super) fn chips(frame: &mut Frame<'_>, area: Rect, app: &App) {
    if area.height == 0 {
        return;
    }
    let theme = &app.setup.theme;
    let key = app.setup.keys.key(Action::Back);
    let total = &app.tally.total;
    let shown = format!(
        "{} live, {} lost",
        total.live.show(app.setup.units),
        total.lost.show(app.setup.units)
    );
    let tail = format!("  {shown}  {key}: all");
    let room = usize::from(area.width).saturating_sub(width(&tail) + 9);
    let words = cut(
        &safe_text(&app.filter.to_string()),
        room,
        theme.glyph("…", "~"),
    );
    let line = Line::from(vec![
        Span::styled("filter: ", theme.style(Role::Key)),
        Span::styled(words, theme.style(Role::Match)),
        Span::styled(tail, theme.style(Role::Dim)),
    ]);
    frame.render_widget(Paragraph::new(line), area);
}

/// What was done, else what can be.
pub(super) fn foot(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let theme = &app.setup.theme;
    if let Some(said) = &app.said {
        let said = cut(said, usize::from(area.width), theme.glyph("…", "~"));
        frame.render_widget(
            Paragraph::new(Span::styled(said, theme.style(Role::Match))),
            area,
        );
        return;
    }
    let mut spans = Vec::new();
    let mut room = usize::from(area.width);
    if !app.busy.is_empty() && app.model.is_some() {
        let what: Vec<&str> = app.busy.iter().copied().collect();
        let text = format!("{} {}  ", what.join(", "), theme.glyph("…", "..."));
        room = room.saturating_sub(width(&text));
        spans.push(Span::styled(text, theme.style(Role::Check)));
    }
    for (action, word) in hints(app) {
        let key = app.setup.keys.key(*action);
        let wide = width(key) + width(word) + 3;
        if key.is_empty() {
            continue;
        }
        if wide > room {
            break;
        }
        room -= wide;
        spans.push(Span::styled(key.to_owned(), theme.style(Role::Key)));
        spans.push(Span::styled(format!(" {word}  "), theme.style(Role::Dim)));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

/// The keys that matter most here.
fn hints(app: &App) -> &'static [(Action, &'static str)] {
    use Action::*;
    match (&app.popup, app.view) {
        _ if app.model.is_none() => &[(Quit, "leave")],
        (Popup::Help(_), _) => &[(Back, "close"), (Down, "on"), (Up, "back")],
        (Popup::Contents(_), _) => &[
            (Back, "close"),
            (Tick, "text or bytes"),
            (Down, "on"),
            (Right, "aside"),
            (Extract, "extract"),
            (CopyPath, "copy path"),
        ],
        (Popup::Export(_), _) => &[
            (Open, "write to a file"),
            (CopyPath, "copy"),
            (Down, "next form"),
            (Back, "close"),
        ],
        (Popup::Prompt(_), _) => &[],
        _ if app.pane == Pane::Detail => &[
            (NextPane, "back to the list"),
            (Down, "on"),
            (Help, "help"),
            (Quit, "leave"),
        ],
        (_, ViewId::Overview) => &[
            (Help, "help"),
            (Open, "go there"),
            (Files, "files"),
            (Packages, "packages"),
            (Advice, "advice"),
            (Quit, "leave"),
        ],
        (_, ViewId::Layers) => &[
            (Help, "help"),
            (Open, "files as of it"),
            (Tick, "only this"),
            (Range, "range"),
            (Sort, "sort"),
            (Quit, "leave"),
        ],
        (_, ViewId::Files) => &[
            (Help, "help"),
            (Contents, "contents"),
            (Extract, "extract"),
            (Tick, "tick"),
            (AsOf, "as of"),
            (Search, "search"),
            (Filter, "filter"),
            (GoPackage, "owner"),
            (Sort, "sort"),
            (Quit, "leave"),
        ],
        (_, ViewId::Packages) => &[
            (Help, "help"),
            (Open, "its files"),
            (Fold, "fold"),
            (Search, "search"),
            (Filter, "filter"),
            (Sort, "sort"),
            (Quit, "leave"),
        ],
        (_, ViewId::Advice) => &[
            (Help, "help"),
            (Tick, "tick"),
            (TickSafe, "tick safe"),
            (Open, "its files"),
            (CopyPath, "copy fix"),
            (Export, "export"),
            (Sort, "sort"),
            (Quit, "leave"),
        ],
        (_, ViewId::Lost) => &[
            (Help, "help"),
            (Fold, "fold"),
            (Contents, "contents"),
            (GoLayer, "layer"),
            (Sort, "sort"),
            (Quit, "leave"),
        ],
        (_, ViewId::Diff) => &[
            (Help, "help"),
            (Fold, "fold"),
            (Open, "go there"),
            (Sort, "sort"),
            (Quit, "leave"),
        ],
    }
}

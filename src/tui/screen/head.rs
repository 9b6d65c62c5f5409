//! What stands around the view: the image and its totals, the tabs, the filter, and at
//! the bottom what was done or can be.

use imgsize::units::Bytes;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::tui::app::{App, Pane, Popup};
use crate::tui::keys::Action;
use crate::tui::model::Model;
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
    let columns = usize::from(area.width);
    let mark = theme.glyph("…", "~");
    let Some(model) = &app.model else {
        let line = span(cut(&name, columns, mark), Role::Title);
        return frame.render_widget(Paragraph::new(line), area);
    };
    let role = match app.ticks.is_empty() {
        true => Role::Text,
        false => Role::Ticked,
    };
    // The figures matter more than the name, and half a figure is none.
    let forms = figures(model, app);
    let fits = |form: &&String| width(form) + 10 <= columns;
    let form = forms.iter().find(fits).or(forms.last());
    let form = form.map_or("", String::as_str);
    let name = cut(&name, columns.saturating_sub(width(form) + 2).max(8), mark);
    let mut parts = vec![
        span(format!("{name}  "), Role::Title),
        span(form.to_owned(), role),
    ];
    let platform = model.report.image.platform.as_deref();
    let platform = platform.map(safe_text).unwrap_or_default();
    if width(&name) + width(form) + width(&platform) + 4 <= columns {
        parts.push(span(format!("  {platform}"), Role::Dim));
    }
    frame.render_widget(Paragraph::new(Line::from(parts)), area);
}

/// The totals in words, the longest form first.
fn figures(model: &Model, app: &App) -> Vec<String> {
    let totals = &model.report.totals;
    let size = |bytes: Bytes| bytes.show(app.setup.units);
    let (stored, download) = (size(totals.stored), size(totals.download));
    if app.ticks.is_empty() {
        let sum = format!(
            "stored {stored} = live {} + lost {}",
            size(totals.live),
            size(totals.lost)
        );
        let plain = match is_plain(model) {
            true => " not compressed",
            false => "",
        };
        return vec![
            format!("{sum}, download {download}{plain}"),
            format!("{sum}, download {download}"),
            sum,
            format!("stored {stored}"),
        ];
    }
    let saves = &app.ticks.saves;
    let arrow = app.setup.theme.glyph("→", "->");
    let left = size(totals.stored - saves.stored);
    let downloads = size(totals.download - saves.download);
    let by = size(saves.stored);
    vec![
        format!(
            "if ticked: stored {stored} {arrow} {left} (-{by}), download {download} {arrow} {downloads}"
        ),
        format!("if ticked: {stored} {arrow} {left} (-{by}), download {downloads}"),
        format!("if ticked: {stored} {arrow} {left} (-{by})"),
        format!("ticked: {arrow} {left}"),
    ]
}

/// Does no layer come compressed? A registry would send less than these bytes.
fn is_plain(model: &Model) -> bool {
    let mut layers = model.report.layers.iter();
    layers.all(|layer| layer.compression == "none")
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
    // What an origin is known of, Esc goes back to.
    let back = match &app.came_from {
        Some((view, _)) => format!("back to {}", view.title()),
        None => "all".to_owned(),
    };
    let here = match app.view {
        ViewId::Diff => "  (not in this view)",
        ViewId::Advice if app.filter.layers.is_none() => "  (not in this view)",
        _ => "",
    };
    let tail = format!("{here}  {shown}  {key}: {back}");
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
    let hints = hints(app);
    let wide = |(action, word): &(Action, &str)| {
        let key = app.setup.keys.key(*action);
        width(key) + width(word) + 3
    };
    // The way out is always told.
    let last = hints.last().filter(|(action, _)| *action == Action::Quit);
    let mut kept = last.map_or(0, wide);
    for hint in &hints {
        let (action, word) = hint;
        let key = app.setup.keys.key(*action);
        if last == Some(hint) {
            kept = 0;
        }
        if key.is_empty() || wide(hint) + kept > room {
            continue;
        }
        room -= wide(hint);
        spans.push(Span::styled(key.to_owned(), theme.style(Role::Key)));
        spans.push(Span::styled(format!(" {word}  "), theme.style(Role::Dim)));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

/// The keys that matter most here, and the way to what does not fit beside the list.
fn hints(app: &App) -> Vec<(Action, &'static str)> {
    let mut hints = view_hints(app).to_vec();
    let (lines, room) = app.lines;
    let listed = matches!(app.popup, Popup::None) && app.pane == Pane::List && app.model.is_some();
    if listed && app.view == ViewId::Overview {
        hints.insert(1, (Action::NextPane, "the map"));
    } else if listed && lines > room {
        hints.insert(1, (Action::NextPane, "details"));
    }
    hints
}

fn view_hints(app: &App) -> &'static [(Action, &'static str)] {
    use Action::*;
    match (&app.popup, app.view) {
        (Popup::None, _) if app.model.is_none() => &[(Help, "help"), (Quit, "leave")],
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
        _ if app.pane == Pane::Detail && app.view == ViewId::Overview => &[
            (NextPane, "back to the list"),
            (Right, "the next tile"),
            (Open, "go there"),
            (Help, "help"),
            (Quit, "leave"),
        ],
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

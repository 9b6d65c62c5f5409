//! An image that is being read: a row for each layer, filling in.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::tui::app::App;
use crate::tui::loading::{Coming, State};
use crate::tui::text::cut;
use crate::tui::theme::Role;

pub(super) fn draw(frame: &mut Frame<'_>, body: Rect, app: &App) {
    let theme = &app.setup.theme;
    let loading = &app.loading;
    let span = |text: String, role| Span::styled(text, theme.style(role));
    let mut lines = vec![
        Line::from(span(loading.words(), Role::Title)),
        Line::default(),
    ];
    let room = usize::from(body.height).saturating_sub(lines.len());
    // What moves is seen, however many layers there are.
    let moving = loading
        .layers
        .iter()
        .position(|layer| layer.state == State::Reads);
    let first = moving.unwrap_or(0).saturating_sub(room / 2);
    let first = first.min(loading.layers.len().saturating_sub(room));
    for (no, layer) in loading.layers.iter().enumerate().skip(first).take(room) {
        lines.push(row(no, layer, body.width, app));
    }
    frame.render_widget(Paragraph::new(lines), body);
}

fn row(no: usize, layer: &Coming, columns: u16, app: &App) -> Line<'static> {
    const BAR: usize = 10;
    let theme = &app.setup.theme;
    let full = (layer.passed.share_of(layer.size) * BAR as f64).round() as usize;
    let full = match layer.state {
        State::Done | State::Known => BAR,
        _ => full.min(BAR),
    };
    let bar = format!(
        "{}{}",
        theme.glyph("█", "#").repeat(full),
        theme.glyph("░", ".").repeat(BAR - full)
    );
    let holds = layer
        .holds
        .map(|(files, bytes)| format!("{} in {files} files", bytes.show(app.setup.units)));
    let text = format!(
        "{no:>4} {bar} {:>7} {:>9}  {:<28} {}",
        layer.state.name(),
        layer.size.show(app.setup.units),
        holds.unwrap_or_default(),
        layer.instruction
    );
    let role = match layer.state {
        State::Reads => Role::Text,
        State::Failed => Role::Warning,
        _ => Role::Dim,
    };
    Line::from(Span::styled(
        cut(&text, usize::from(columns), theme.glyph("…", "~")),
        theme.style(role),
    ))
}

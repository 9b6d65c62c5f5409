//! The help: the list of keys as it is bound.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::framed;
use crate::tui::app::Setup;
use crate::tui::keys::KEYS;
use crate::tui::text::wrap;
use crate::tui::theme::Role;

pub(super) fn draw(frame: &mut Frame<'_>, body: Rect, first: &mut usize, setup: &Setup) {
    let inside = framed(
        frame,
        body,
        "Help: every key, and its name for imgsize.toml",
        &setup.theme,
    );
    let lines = lines(setup, inside.width);
    let room = usize::from(inside.height);
    *first = (*first).min(lines.len().saturating_sub(room));
    let seen: Vec<Line<'_>> = lines.into_iter().skip(*first).take(room).collect();
    frame.render_widget(Paragraph::new(seen), inside);
}

fn lines(setup: &Setup, columns: u16) -> Vec<Line<'static>> {
    const KEY: usize = 18;
    const NAME: usize = 16;
    let style = |role| setup.theme.style(role);
    let mut lines = Vec::new();
    let mut group = "";
    for binding in KEYS {
        if binding.group != group {
            group = binding.group;
            if !lines.is_empty() {
                lines.push(Line::default());
            }
            lines.push(Line::from(Span::styled(group, style(Role::Title))));
        }
        let keys = setup.keys.keys(binding.action).join(", ");
        let keys = if keys.is_empty() {
            "(no key)".to_owned()
        } else {
            keys
        };
        let wide = columns >= 76;
        let name = if wide {
            format!("{:<NAME$} ", binding.id)
        } else {
            String::new()
        };
        let room = usize::from(columns).saturating_sub(KEY + 1 + name.len());
        for (no, text) in wrap(binding.help, room.max(12)).into_iter().enumerate() {
            let (keys, name) = match no {
                0 => (keys.clone(), name.clone()),
                _ => (String::new(), " ".repeat(name.len())),
            };
            lines.push(Line::from(vec![
                Span::styled(format!("{keys:<KEY$} "), style(Role::Key)),
                Span::styled(name, style(Role::Dim)),
                Span::styled(text, style(Role::Text)),
            ]));
        }
    }
    lines
}

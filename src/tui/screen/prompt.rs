//! The line that asks for something, at the bottom.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::framed;
use crate::tui::app::Setup;
use crate::tui::filter::SYNTAX;
use crate::tui::prompt::{Asks, Prompt};
use crate::tui::text::{cut, cut_front, width};
use crate::tui::theme::Role;

pub(super) fn draw(frame: &mut Frame<'_>, body: Rect, prompt: &Prompt, setup: &Setup) {
    let theme = &setup.theme;
    let height = 4.min(body.height);
    let area = Rect::new(body.x, body.bottom() - height, body.width, height);
    let inside = framed(frame, area, &prompt.title(), theme);
    let columns = usize::from(inside.width);
    // The cursor is always seen, however long the line is.
    let before = cut_front(&prompt.before(), columns.saturating_sub(2), "");
    let text = prompt.text();
    let rest = text.get(prompt.before().len()..).unwrap_or_default();
    let rest = cut(rest, columns.saturating_sub(width(&before)), "");
    let hint = match (&prompt.wrong, &prompt.asks) {
        (Some(wrong), _) => Span::styled(wrong.clone(), theme.style(Role::Warning)),
        (None, asks) => Span::styled(hint(asks), theme.style(Role::Dim)),
    };
    let hint = Span::styled(
        cut(&hint.content, columns, theme.glyph("…", "~")),
        hint.style,
    );
    let at = inside.x + width(&before) as u16;
    let lines = vec![Line::from(format!("{before}{rest}")), Line::from(hint)];
    frame.render_widget(Paragraph::new(lines), inside);
    if inside.height > 0 {
        frame.set_cursor_position(Position::new(
            at.min(inside.right().saturating_sub(1)),
            inside.y,
        ));
    }
}

fn hint(asks: &Asks) -> &'static str {
    match asks {
        Asks::Search => "letters, /from/the/root, or a pattern: *.so   enter keep  esc leave",
        Asks::Filter => SYNTAX,
        Asks::Extract(_) | Asks::ExtractBody(_) => {
            "a folder that is there; nothing is written over   enter write  esc leave"
        }
        Asks::Export(_) => "a file that is not there yet   enter: write   esc: leave",
    }
}

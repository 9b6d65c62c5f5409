//! The mouse. What comes in is clicks, the wheel and what is dragged; what goes out is
//! what is done about it.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::{App, Pane, Popup};
use crate::tui::keys::Action;
use crate::tui::list::Move;

/// How many rows a turn of the wheel is.
const WHEEL: isize = 3;

impl App {
    pub(super) fn mouse(&mut self, mouse: &MouseEvent) {
        let at = Position::new(mouse.column, mouse.row);
        let wheel = match mouse.kind {
            MouseEventKind::ScrollDown => Some(WHEEL),
            MouseEventKind::ScrollUp => Some(-WHEEL),
            _ => None,
        };
        if let Some(rows) = wheel {
            return self.wheel(rows, at);
        }
        match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => self.click(at),
            MouseEventKind::Drag(MouseButton::Left) if self.dragging => self.drag(at),
            MouseEventKind::Up(_) => self.dragging = false,
            _ => {}
        }
    }

    fn wheel(&mut self, rows: isize, at: Position) {
        let action = if rows > 0 { Action::Down } else { Action::Up };
        if matches!(self.popup, Popup::Export(_)) {
            // Its rows are forms; the wheel is for the text.
            let down = action == Action::Down;
            self.act(if down {
                Action::HalfDown
            } else {
                Action::HalfUp
            });
        } else if !matches!(self.popup, Popup::None) {
            for _ in 0..WHEEL {
                self.act(action);
            }
        } else if self.areas.detail.contains(at) {
            let most = self.lines.0.saturating_sub(self.lines.1);
            self.scroll = self.scroll.saturating_add_signed(rows).min(most);
        } else {
            let view = self.view;
            self.with_view(view, |view, _| {
                let rows_of = view.rows();
                let len = rows_of.len();
                rows_of.cursor().scroll(rows, len);
            });
        }
    }

    fn click(&mut self, at: Position) {
        self.said = None;
        if !matches!(self.popup, Popup::None) {
            return;
        }
        let tab = self.areas.tabs.iter().find(|(area, _)| area.contains(at));
        if let Some(&(_, view)) = tab {
            return self.go(view);
        }
        if self.areas.list.contains(at) {
            self.pane = Pane::List;
            let row = usize::from(at.y - self.areas.list.y);
            let view = self.view;
            let again = self.with_view(view, |view, _| {
                let rows = view.rows();
                let len = rows.len();
                let cursor = rows.cursor();
                let row = cursor.first + row;
                let again = row == cursor.at;
                if row < len {
                    cursor.go(Move::To(row), len);
                }
                again && row < len
            });
            self.scroll = if again == Some(true) { self.scroll } else { 0 };
            // The row that the cursor is on already: that is a wish to open it.
            if again == Some(true) {
                self.act(Action::Open);
            }
        } else if self.is_divider(at) {
            self.dragging = true;
        } else if self.areas.detail.contains(at) {
            self.pane = Pane::Detail;
        }
    }

    /// The column or row that parts the panes.
    fn is_divider(&self, at: Position) -> bool {
        let Rect { x, y, .. } = self.areas.detail;
        let body = self.areas.body;
        body.contains(at)
            && match self.areas.beside {
                true => at.x.abs_diff(x.saturating_sub(1)) == 0,
                false => at.y.abs_diff(y.saturating_sub(1)) == 0,
            }
    }

    fn drag(&mut self, at: Position) {
        let body = self.areas.body;
        let (from, length) = match self.areas.beside {
            true => (at.x.saturating_sub(body.x), body.width),
            false => (at.y.saturating_sub(body.y), body.height),
        };
        let percent = u32::from(from) * 100 / u32::from(length.max(1));
        self.divider = u16::try_from(percent).unwrap_or(90).clamp(10, 90);
    }
}

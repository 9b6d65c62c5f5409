//! A treemap without colours. What comes in is tiles; what goes out is boxes of lines
//! with their labels inside.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Block, Borders, Widget as _};

use super::{Placed, hatch, write};
use crate::tui::screen::ASCII;
use crate::tui::theme::{Role, Theme};

pub(super) fn draw(buffer: &mut Buffer, area: Rect, placed: &[Placed<'_>], theme: &Theme) {
    for placed in placed {
        let tile = placed.tile;
        // Neighbours share their edges: half of the same number is the same.
        let (top, bottom) = (tile.y / 2, (tile.y + tile.height) / 2);
        let cells = Rect::new(area.x + tile.x, area.y + top, tile.width, bottom - top);
        let style = theme.style(placed.role);
        if cells.width < 3 || cells.height < 2 {
            fill(buffer, cells, placed, theme);
            continue;
        }
        let mut block = Block::new()
            .borders(Borders::ALL)
            .border_style(theme.style(Role::Dim));
        if !theme.unicode {
            block = block.border_set(ASCII);
        }
        let inside = block.inner(cells);
        block.render(cells, buffer);
        if placed.marked {
            hatch(buffer, inside, style, theme);
        }
        if inside.height == 0 {
            // Two rows are a frame alone: the label is its title.
            let title = Rect::new(inside.x, cells.y, inside.width, 1);
            write(buffer, title, placed, style, theme);
        } else {
            write(buffer, inside, placed, style, theme);
        }
    }
}

/// What is too small for a frame: as much as there is of it, with its label if it is one
/// row.
fn fill(buffer: &mut Buffer, cells: Rect, placed: &Placed<'_>, theme: &Theme) {
    let style = theme.style(Role::Dim);
    let symbol = match placed.marked {
        true => theme.glyph("▒", "*"),
        false => theme.glyph("░", "."),
    };
    for position in cells.positions() {
        if let Some(cell) = buffer.cell_mut(position) {
            cell.set_symbol(symbol).set_style(style);
        }
    }
    if cells.width >= 6 {
        let label = Rect::new(cells.x + 1, cells.y, cells.width - 2, cells.height);
        write(buffer, label, placed, theme.style(placed.role), theme);
    }
}

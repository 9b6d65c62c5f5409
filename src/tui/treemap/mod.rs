//! A treemap: what is large is a large tile. What comes in is tiles with labels, in
//! groups; what goes out is cells, each of two pixels one above the other, or boxes of
//! lines where there are no colours or no half blocks.

mod boxes;
mod layout;

use imgsize::units::Bytes;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

pub(crate) use layout::{Tile, layout};

use super::text::{cut, width};
use super::theme::{Palette, Role, Theme};

/// More than these nobody can tell apart.
const MOST: usize = 60;

/// Something that has a size.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Safe.
    pub(crate) label: String,
    pub(crate) bytes: Bytes,
    /// The size as words.
    pub(crate) size: String,
    /// Whose colour it has.
    pub(crate) role: Role,
}

/// What lies together: its parts, largest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Group {
    pub(crate) parts: Vec<Part>,
    /// What is left out of the parts, and how many these are.
    pub(crate) rest: (Bytes, usize),
}

impl Group {
    fn bytes(&self) -> Bytes {
        self.parts.iter().map(|part| part.bytes).sum::<Bytes>() + self.rest.0
    }
}

/// A part, or all that is left out, where it lies.
struct Placed<'p> {
    tile: Tile,
    label: &'p str,
    size: &'p str,
    role: Role,
    /// Of two neighbours one is shaded otherwise.
    odd: bool,
    /// Is it the one that is meant?
    marked: bool,
}

/// Draws the groups, largest first, each as a tile of tiles. `marked` is a group and its
/// part; `size` makes words of bytes.
pub(crate) fn draw(
    buffer: &mut Buffer,
    area: Rect,
    groups: Vec<Group>,
    marked: Option<(usize, usize)>,
    theme: &Theme,
    size: &dyn Fn(Bytes) -> String,
) {
    let groups: Vec<Group> = shortened(groups)
        .into_iter()
        .map(|group| with_rest(group, theme, size))
        .collect();
    let high = area.height.saturating_mul(2);
    let sizes: Vec<u64> = groups.iter().map(|group| group.bytes().0).collect();
    let mut placed = Vec::new();
    let spaces = layout(&sizes, area.width, high);
    for (of, (group, space)) in groups.iter().zip(spaces).enumerate() {
        // What is left out is in the last tile.
        let last = group.parts.len().saturating_sub(1);
        let meant = marked.filter(|(group, _)| *group == of);
        let meant = meant.map(|(_, part)| part.min(last));
        let sizes: Vec<u64> = group.parts.iter().map(|part| part.bytes.0).collect();
        let tiles = layout(&sizes, space.width, space.height);
        for (no, (part, tile)) in group.parts.iter().zip(tiles).enumerate() {
            placed.push(Placed {
                tile: Tile {
                    x: space.x + tile.x,
                    y: space.y + tile.y,
                    ..tile
                },
                label: &part.label,
                size: &part.size,
                role: part.role,
                odd: no % 2 == 1,
                marked: meant == Some(no),
            });
        }
    }
    placed.retain(|placed| !placed.tile.is_empty());
    match theme.has_colour() && theme.unicode {
        true => paint(buffer, area, &placed, theme),
        false => boxes::draw(buffer, area, &placed, theme),
    }
}

/// No more parts than can be told apart: a group keeps as many as its share is, and one.
fn shortened(mut groups: Vec<Group>) -> Vec<Group> {
    let all: Bytes = groups.iter().map(Group::bytes).sum();
    for group in &mut groups {
        let share = group.bytes().share_of(all);
        let most = (share * MOST as f64) as usize + 1;
        // One that is left out takes as much room as the word for it.
        if group.parts.len() > most + 1 || group.rest.1 > 0 {
            let rest = group.parts.split_off(most.min(group.parts.len()));
            group.rest.0 += rest.iter().map(|part| part.bytes).sum();
            group.rest.1 += rest.len();
        }
    }
    groups
}

/// What is left out is a part, too.
fn with_rest(mut group: Group, theme: &Theme, size: &dyn Fn(Bytes) -> String) -> Group {
    let (bytes, count) = group.rest;
    if bytes > Bytes::ZERO {
        let role = group.parts.first().map_or(Role::Dim, |part| part.role);
        group.parts.push(Part {
            label: format!("{} {count} more", theme.glyph("…", "...")),
            bytes,
            size: size(bytes),
            role,
        });
        group.rest = (Bytes::ZERO, 0);
    }
    group
}

/// Tiles in colours, with half of a row as the smallest step.
fn paint(buffer: &mut Buffer, area: Rect, placed: &[Placed<'_>], theme: &Theme) {
    let (wide, high) = (usize::from(area.width), usize::from(area.height) * 2);
    let mut pixels: Vec<Option<Color>> = vec![None; wide * high];
    for placed in placed {
        let colour = shaded(theme.colour(placed.role), placed.odd, theme.palette);
        let (tile, inside) = (placed.tile, inside(placed.tile, area));
        debug_assert!(inside.width <= tile.width && inside.height <= tile.height);
        for y in inside.y..inside.y + inside.height {
            for x in inside.x..inside.x + inside.width {
                if let Some(pixel) = pixels.get_mut(usize::from(y) * wide + usize::from(x)) {
                    *pixel = Some(colour);
                }
            }
        }
    }
    let pixel = |x: u16, y: u16| {
        let at = usize::from(y) * wide + usize::from(x);
        pixels.get(at).copied().flatten()
    };
    for y in 0..area.height {
        for x in 0..area.width {
            let Some(cell) = buffer.cell_mut((area.x + x, area.y + y)) else {
                continue;
            };
            match (pixel(x, y * 2), pixel(x, y * 2 + 1)) {
                (None, None) => {}
                // Whole cells are blanks on a ground: a label may stand on them.
                (Some(above), Some(below)) if above == below => {
                    cell.set_symbol("█").set_fg(above).set_bg(above);
                }
                (Some(above), Some(below)) => {
                    cell.set_symbol("▀").set_fg(above).set_bg(below);
                }
                (Some(above), None) => {
                    cell.set_symbol("▀").set_fg(above);
                }
                (None, Some(below)) => {
                    cell.set_symbol("▄").set_fg(below);
                }
            }
        }
    }
    for placed in placed {
        let ground = shaded(theme.colour(placed.role), placed.odd, theme.palette);
        let style = Style::default().fg(ink(theme.palette)).bg(ground);
        let Tile {
            x,
            y,
            width,
            height,
        } = inside(placed.tile, area);
        let (first, last) = (y.div_ceil(2), (y + height) / 2);
        let room = Rect::new(
            area.x + x,
            area.y + first,
            width,
            last.saturating_sub(first),
        );
        if placed.marked {
            hatch(buffer, room, style, theme);
        }
        write(buffer, room, placed, style, theme);
    }
}

/// Marks a tile by more than colour.
fn hatch(buffer: &mut Buffer, room: Rect, style: Style, theme: &Theme) {
    for position in room.positions() {
        if let Some(cell) = buffer.cell_mut(position) {
            cell.set_symbol(theme.glyph("▒", "*")).set_style(style);
        }
    }
}

/// A tile without the gap to its neighbours on the right and below, where it is large
/// enough to have one.
fn inside(tile: Tile, area: Rect) -> Tile {
    let gap = |length: u16, end: u16, all: u16| u16::from(length > 2 && end < all);
    let high = area.height.saturating_mul(2);
    Tile {
        width: tile.width - gap(tile.width, tile.x + tile.width, area.width),
        height: tile.height - gap(tile.height, tile.y + tile.height, high),
        ..tile
    }
}

/// The label on one line and the size on the next, as far as there is room.
fn write(buffer: &mut Buffer, room: Rect, placed: &Placed<'_>, style: Style, theme: &Theme) {
    /// Of less nobody can guess the word.
    const LEAST: usize = 4;
    let wide = usize::from(room.width);
    if room.height == 0 || wide < LEAST.min(width(placed.label)) {
        return;
    }
    let label = cut(placed.label, wide, theme.glyph("…", "~"));
    buffer.set_string(room.x, room.y, label, style);
    // A size that is cut is a wrong one.
    if room.height > 1 && width(placed.size) <= wide {
        buffer.set_string(room.x, room.y + 1, placed.size, style);
    }
}

/// What can be read on the colours of categories.
pub(crate) fn ink(palette: Palette) -> Color {
    match palette {
        Palette::Light => Color::Indexed(231),
        _ => Color::Indexed(16),
    }
}

/// A neighbour's colour: one step lighter on dark screens, one darker on light ones.
fn shaded(colour: Color, odd: bool, palette: Palette) -> Color {
    let Color::Indexed(index) = colour else {
        return colour;
    };
    if !odd {
        return colour;
    }
    let step = |part: u8| match palette {
        Palette::Light => part.saturating_sub(1),
        _ => (part + 1).min(5),
    };
    match index {
        16..=231 => {
            let cube = index - 16;
            let (red, green, blue) = (cube / 36, cube / 6 % 6, cube % 6);
            Color::Indexed(16 + 36 * step(red) + 6 * step(green) + step(blue))
        }
        232..=255 => match palette {
            Palette::Light => Color::Indexed(index.saturating_sub(3).max(232)),
            _ => Color::Indexed(index.saturating_add(3)),
        },
        _ => colour,
    }
}

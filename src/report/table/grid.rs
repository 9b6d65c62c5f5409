//! Columns fitted to a width.

use std::io::{self, Write};

use comfy_table::{
    Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets,
};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::report::Style;
use crate::units::Bytes;

pub(super) fn percent(part: Bytes, whole: Bytes) -> String {
    format!("{:.1} %", 100.0 * part.share_of(whole))
}

/// A table fitted to the width: the `loose` column gives way, in one line.
pub(super) fn table(
    heads: &[&str],
    rows: &[Vec<String>],
    right: &[usize],
    loose: Option<usize>,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    const PADDING: usize = 2;
    let widest = |column: usize| {
        let cells = rows
            .iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.width());
        cells
            .chain([heads[column].width()])
            .max()
            .unwrap_or_default()
    };
    let mut room = usize::MAX;
    if let Some(loose) = loose {
        let others: usize = (0..heads.len())
            .filter(|&column| column != loose)
            .map(|column| widest(column) + PADDING)
            .sum();
        room = style.width.saturating_sub(others).max(12);
    }
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    let cell = |column: usize, text: &str| {
        let text = if loose == Some(column) {
            shortened(text, room)
        } else {
            text.to_owned()
        };
        let alignment = match right.contains(&column) {
            true => CellAlignment::Right,
            false => CellAlignment::Left,
        };
        Cell::new(text).set_alignment(alignment)
    };
    table.set_header(
        heads
            .iter()
            .enumerate()
            .map(|(column, head)| cell(column, head)),
    );
    for row in rows {
        table.add_row(
            row.iter()
                .enumerate()
                .map(|(column, text)| cell(column, text)),
        );
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        let last = index + 1 == heads.len();
        column.set_padding((0, if last { 0 } else { PADDING as u16 }));
        if loose == Some(index) {
            column.set_constraint(ColumnConstraint::UpperBoundary(Width::Fixed(
                u16::try_from(room).unwrap_or(u16::MAX),
            )));
        }
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// A text that takes no more than `room` columns.
pub(super) fn shortened(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut short = String::new();
    let mut width = 1;
    for c in text.chars() {
        width += c.width().unwrap_or(0);
        if width > room {
            break;
        }
        short.push(c);
    }
    short.push('…');
    short
}

//! Columns fitted to a width.

use std::io::{self, Write};

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::report::Style;
use crate::units::Bytes;

pub(super) fn percent(part: Bytes, whole: Bytes) -> String {
    format!("{:.1} %", 100.0 * part.share_of(whole))
}

/// A table fitted to the width: numbers stand whole, to the right; of the texts the
/// widest gives way, as often as need be.
pub(crate) fn table(
    heads: &[&str],
    rows: &[Vec<String>],
    right: &[usize],
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let padding = padding(style);
    let mut widths: Vec<usize> = (0..heads.len())
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            let cells = cells.map(|cell| cell.width());
            cells
                .chain([heads[column].width()])
                .max()
                .unwrap_or_default()
        })
        .collect();
    while widths.iter().map(|width| width + padding).sum::<usize>() > style.width + padding {
        let texts = (0..heads.len()).filter(|column| !right.contains(column));
        match texts.max_by_key(|&column| widths[column]) {
            Some(widest) if widths[widest] > NARROWEST => widths[widest] -= 1,
            _ => break,
        }
    }
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    let cell = |column: usize, text: &str| {
        let alignment = match right.contains(&column) {
            true => CellAlignment::Right,
            false => CellAlignment::Left,
        };
        Cell::new(shortened(text, widths[column])).set_alignment(alignment)
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
    for column in table.column_iter_mut() {
        column.set_padding((0, padding as u16));
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Blank columns between two columns.
pub(super) fn padding(style: &Style) -> usize {
    if style.width < 80 { 1 } else { 2 }
}

/// A text shortened further says nothing.
const NARROWEST: usize = 6;

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

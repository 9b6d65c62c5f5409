//! One line of a content. What comes in is its bytes, whatever they are; what goes out is
//! text that no terminal acts on, as much of it as is seen.

use std::borrow::Cow;
use std::fmt::Write as _;

use imgsize::path::acts_on_a_terminal;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthChar as _;

use crate::tui::text::{safe, safe_text};
use crate::tui::theme::{Role, Theme};

const TAB: usize = 8;

/// What of a line is seen behind so many columns, in so many. What a terminal would act
/// on stands there as an escape; a tab is blanks.
pub(super) fn text(line: &[u8], aside: usize, room: usize) -> String {
    let mut out = String::new();
    pieces(line, |at, piece, wide| {
        let end = aside + room;
        if at >= end {
            return false;
        }
        let is_whole = at >= aside && at + wide <= end;
        if is_whole {
            out.push_str(piece);
        } else if at + wide > aside {
            // Half of a wide one, or of an escape, at an edge.
            let seen = (at + wide).min(end) - at.max(aside);
            let part = match piece.is_ascii() {
                true => piece.get(aside.saturating_sub(at)..),
                false => None,
            };
            let part = part.and_then(|part| part.get(..seen));
            match part {
                Some(part) => out.push_str(part),
                None => out.extend(std::iter::repeat_n(' ', seen)),
            }
        }
        true
    });
    out
}

/// How many columns a line takes.
pub(super) fn columns(line: &[u8]) -> usize {
    let mut columns = 0;
    pieces(line, |at, _, wide| {
        columns = at + wide;
        true
    });
    columns
}

/// Goes through what a line shows, piece by piece: the column, what is shown there, and
/// its width; until `each` has enough.
fn pieces(line: &[u8], mut each: impl FnMut(usize, &str, usize) -> bool) {
    const BLANKS: &str = "        ";
    let mut at = 0;
    let mut buffer = [0; 4];
    for chunk in line.utf8_chunks() {
        for c in chunk.valid().chars() {
            let piece: Cow<'_, str> = match c {
                '\t' => Cow::Borrowed(BLANKS.get(at % TAB..).unwrap_or(BLANKS)),
                _ if acts_on_a_terminal(c) => Cow::Owned(safe_text(c.encode_utf8(&mut buffer))),
                _ => Cow::Borrowed(c.encode_utf8(&mut buffer)),
            };
            let wide = match piece.len() {
                1 => 1,
                _ if piece.is_ascii() => piece.len(),
                _ => c.width().unwrap_or(0),
            };
            if !each(at, &piece, wide) {
                return;
            }
            at += wide;
        }
        if !chunk.invalid().is_empty() {
            let piece = safe(chunk.invalid());
            if !each(at, &piece, piece.len()) {
                return;
            }
            at += piece.len();
        }
    }
}

/// How many bytes a row shows in so many columns: the offset, three columns for each, gaps
/// in the middle and behind, and one column for each again.
pub(super) fn per_row(columns: usize) -> usize {
    let fits = |count: &usize| OFFSET + 2 + count * 3 + 2 + count <= columns;
    [16, 8].into_iter().find(fits).unwrap_or(4)
}

/// Digits of the offset: what is read has no more.
const OFFSET: usize = 6;

/// A row of bytes: where it is, each in two digits, and as ASCII.
pub(super) fn bytes(start: usize, bytes: &[u8], per_row: usize, theme: &Theme) -> Line<'static> {
    let mut digits = String::new();
    let mut ascii = String::new();
    for at in 0..per_row {
        if at > 0 && at == per_row / 2 {
            digits.push(' ');
        }
        match bytes.get(at) {
            Some(byte) => {
                let _ = write!(digits, "{byte:02x} ");
                let is_shown = (0x20..0x7f).contains(byte);
                ascii.push(if is_shown { char::from(*byte) } else { '.' });
            }
            None => digits.push_str("   "),
        }
    }
    digits.push(' ');
    Line::from(vec![
        Span::styled(format!("{start:0OFFSET$x}  "), theme.style(Role::Dim)),
        Span::styled(digits, theme.style(Role::Text)),
        Span::styled(ascii, theme.style(Role::Dim)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_seen_through_a_window() {
        assert_eq!(text(b"abcdef", 0, 4), "abcd");
        assert_eq!(text(b"abcdef", 4, 4), "ef");
        assert_eq!(text(b"abcdef", 9, 4), "");
        assert_eq!(text(b"a\tb", 0, 20), "a       b");
        assert_eq!(text(b"a\tb", 6, 20), "  b");
        assert_eq!(text("文件x".as_bytes(), 1, 3), " 件");
        assert_eq!(text("文件x".as_bytes(), 0, 3), "文 ");
    }

    #[test]
    fn nothing_in_a_line_acts_on_a_terminal() {
        assert_eq!(text(b"\x1b[31mred\x07", 0, 40), "\\x1b[31mred\\x07");
        assert_eq!(text("a\u{202e}b".as_bytes(), 0, 40), "a\\u{202e}b");
        assert_eq!(text(b"\xff\xfe", 0, 40), "\\xff\\xfe");
        assert_eq!(text(b"\x1b[31m", 2, 4), "1b[3");
        assert_eq!(columns(b"\x1b\t|"), 9);
    }

    #[test]
    fn bytes_stand_in_columns() {
        let theme = Theme {
            palette: crate::tui::theme::Palette::Plain,
            unicode: true,
        };
        let row = |bytes_of: &[u8]| bytes(32, bytes_of, 8, &theme).to_string();
        assert_eq!(row(b"ab\0\x1b"), "000020  61 62 00 1b               ab..");
        assert_eq!((per_row(78), per_row(60), per_row(38)), (16, 8, 4));
    }
}

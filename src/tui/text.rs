//! Text on its way to the screen. What comes in is anything, names of an image too; what
//! goes out is safe on a terminal, and as wide as it may be.

use imgsize::path::{shown, shown_text};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Names and other bytes of an image, as text that no terminal acts on.
pub(crate) fn safe(bytes: &[u8]) -> String {
    shown(bytes).into_owned()
}

/// The same, of text.
pub(crate) fn safe_text(text: &str) -> String {
    shown_text(text).into_owned()
}

/// The columns that a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// As much of a text as fits, with a mark where some is left out at the end.
pub(crate) fn cut(text: &str, columns: usize, mark: &str) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(mark.width());
    let mut taken = 0;
    let mut out = String::new();
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if taken + wide > room {
            break;
        }
        taken += wide;
        out.push(c);
    }
    if mark.width() <= columns {
        out.push_str(mark);
    }
    out
}

/// As much of a text as fits, with a mark where some is left out at the beginning: of a
/// path the end tells more.
pub(crate) fn cut_front(text: &str, columns: usize, mark: &str) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(mark.width());
    let mut taken = 0;
    let mut start = text.len();
    for (at, c) in text.char_indices().rev() {
        let wide = c.width().unwrap_or(0);
        if taken + wide > room {
            break;
        }
        taken += wide;
        start = at;
    }
    let mark = if mark.width() <= columns { mark } else { "" };
    format!("{mark}{}", text.get(start..).unwrap_or_default())
}

/// Lines of at most so many columns, broken at blanks where there are some.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let indent: String = paragraph.chars().take_while(|c| *c == ' ').collect();
        let mut line = indent.clone();
        for word in paragraph.trim_start_matches(' ').split(' ') {
            let gap = usize::from(!line.trim_start_matches(' ').is_empty());
            if line.width() + gap + word.width() <= columns {
                if gap > 0 {
                    line.push(' ');
                }
                line.push_str(word);
                continue;
            }
            if !line.trim().is_empty() {
                lines.push(std::mem::take(&mut line));
                line.push_str(&indent);
            }
            // An indent that leaves no room is none.
            if indent.width() + 8 > columns {
                line.clear();
            }
            for c in word.chars() {
                if line.width() + c.width().unwrap_or(0) > columns {
                    lines.push(std::mem::take(&mut line));
                }
                line.push(c);
            }
        }
        lines.push(line);
    }
    lines
}

/// Wrapped lines of one style.
pub(crate) fn paragraphs(text: &str, columns: usize, style: Style) -> Vec<Line<'static>> {
    let lines = wrap(text, columns).into_iter();
    lines
        .map(|line| Line::from(Span::styled(line, style)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_between_characters() {
        assert_eq!(cut("abcdef", 4, "…"), "abc…");
        assert_eq!(cut("文件文件", 5, "…"), "文件…");
        assert_eq!(cut_front("/usr/lib/python3", 8, "…"), "…python3");
        assert_eq!(cut_front("文件文件", 6, "…"), "…文件");
        assert_eq!(
            (cut("abc", 0, "…"), cut("abc", 3, "…")),
            (String::new(), "abc".into())
        );
    }

    #[test]
    fn lines_break_at_blanks_and_keep_their_indent() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("a\n\nb", 4), ["a", "", "b"]);
        assert_eq!(
            wrap("    rm -rf /var/cache/x /var/log", 16),
            ["    rm -rf", "    /var/cache/x", "    /var/log"]
        );
    }
}

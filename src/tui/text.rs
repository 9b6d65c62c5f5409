//! Text on its way to the screen. What comes in is anything, names of an image too; what
//! goes out is safe on a terminal, and as wide as it may be.

use std::borrow::Cow;

use imgsize::path::{shown, shown_text};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Names and other bytes of an image, as text that no terminal acts on.
pub(crate) fn safe(bytes: &[u8]) -> String {
    calm(shown(bytes))
}

/// The same, of text.
pub(crate) fn safe_text(text: &str) -> String {
    calm(shown_text(text))
}

/// Marks take no column, and as many as one likes can stand on a letter: a few are
/// enough for any script.
fn calm(text: Cow<'_, str>) -> String {
    const MOST: usize = 4;
    if text.is_ascii() {
        return text.into_owned();
    }
    let mut marks = 0;
    let few = text.chars().filter(|c| {
        marks = if c.width() == Some(0) { marks + 1 } else { 0 };
        marks <= MOST
    });
    few.collect()
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

/// A line of several styles, broken where it is too long; what follows stands under what
/// the line says, behind its heading.
pub(crate) fn broken(line: Line<'static>, columns: usize) -> Vec<Line<'static>> {
    if line.width() <= columns {
        return vec![line];
    }
    let heading = line.spans.first().filter(|_| line.spans.len() > 1);
    let heading = heading.map_or(0, |span| span.content.width());
    let blanks = |line: &Line<'_>| {
        let text = line.to_string();
        text.len() - text.trim_start_matches(' ').len()
    };
    let indent = if heading > 0 { heading } else { blanks(&line) };
    let indent = if indent + 12 > columns { 0 } else { indent };
    let mut lines: Vec<Line<'static>> = Vec::new();
    let mut spans: Vec<Span<'static>> = Vec::new();
    let mut taken = 0;
    for span in line.spans {
        for piece in span.content.split_inclusive(' ') {
            for part in pieces(piece, columns.saturating_sub(indent).max(1)) {
                let wide = part.trim_end_matches(' ').width();
                if taken + wide > columns && taken > indent {
                    lines.push(Line::from(std::mem::take(&mut spans)));
                    spans.push(Span::raw(" ".repeat(indent)));
                    taken = indent;
                }
                taken += part.width();
                spans.push(Span::styled(part, span.style));
            }
        }
    }
    lines.push(Line::from(spans));
    lines
}

/// A word, in parts that are no wider than that.
fn pieces(word: &str, columns: usize) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut taken = 0;
    for c in word.chars() {
        let wide = c.width().unwrap_or(0);
        if taken + wide > columns && c != ' ' {
            parts.push(String::new());
            taken = 0;
        }
        taken += wide;
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
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
    fn a_letter_has_a_few_marks_at_most() {
        let many = format!("e{}x", "\u{301}".repeat(1000));
        assert_eq!(safe_text(&many), format!("e{}x", "\u{301}".repeat(4)));
        assert_eq!(safe("naïve 文件".as_bytes()), "naïve 文件");
    }

    #[test]
    fn a_line_of_several_styles_breaks_under_what_it_says() {
        let line = Line::from(vec![
            Span::raw("Size   "),
            Span::raw("83.0 MB in 114 files, 5.2%"),
        ]);
        let text = |line: &Line<'_>| line.to_string().trim_end().to_owned();
        let lines: Vec<String> = broken(line, 20).iter().map(text).collect();
        assert_eq!(
            lines,
            ["Size   83.0 MB in", "       114 files,", "       5.2%"]
        );
        let long = Line::from("abcdefghij");
        let lines: Vec<String> = broken(long, 4).iter().map(text).collect();
        assert_eq!(lines, ["abcd", "efgh", "ij"]);
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

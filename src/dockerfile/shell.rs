//! Commands of a shell, as far as needed to add one or to take one out. What comes in is
//! the command of a `RUN`; what goes out is where its parts begin and end.
//!
//! It is no shell: what it does not understand, it says so, and nothing is changed.

use std::ops::Range;

/// What stands between two commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Between {
    /// Nothing: the beginning or the end.
    Edge,
    /// `&&`
    And,
    /// `;` or a new line
    Then,
    /// `||`, `|`, `&`, `;;`
    Other,
}

/// One command.
#[derive(Debug)]
pub(super) struct Command {
    /// Without blanks around it.
    pub(super) range: Range<usize>,
    pub(super) before: Between,
    pub(super) after: Between,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub(super) commands: Vec<Command>,
    /// Does a quote, a bracket or an escape have no end?
    pub(super) is_open: bool,
    /// Does a bracket have no beginning, as in `case`?
    pub(super) is_odd: bool,
    /// Does it end in a comment?
    pub(super) comment: bool,
}

struct Reader<'t> {
    text: &'t str,
    script: Script,
    start: usize,
    before: Between,
    depth: usize,
}

/// Reads a script.
pub(super) fn script(text: &str) -> Script {
    let mut reader = Reader {
        text,
        script: Script::default(),
        start: 0,
        before: Between::Edge,
        depth: 0,
    };
    reader.read();
    reader.script
}

impl Reader<'_> {
    fn read(&mut self) {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        let mut quote = None;
        while let Some(&byte) = bytes.get(at) {
            let mut step = 1;
            match (quote, byte) {
                (Some(b'\''), b'\\') => {}
                (_, b'\\') => {
                    step = 2;
                    self.script.is_open |= at + 1 == bytes.len();
                }
                (Some(open), byte) if open == byte => quote = None,
                (Some(_), _) => {}
                (None, b'\'' | b'"' | b'`') => quote = Some(byte),
                (None, b'#') if self.is_word_start(at) => {
                    let end = self.text[at..].find('\n');
                    self.script.comment = end.is_none();
                    step = end.unwrap_or(bytes.len() - at);
                }
                (None, b'(') => self.depth += 1,
                (None, b')') => match self.depth.checked_sub(1) {
                    Some(less) => self.depth = less,
                    None => self.script.is_odd = true,
                },
                (None, b'&' | b'|' | b';' | b'\n') if self.depth == 0 => {
                    step = self.separator(at);
                }
                _ => {}
            }
            at += step;
        }
        self.script.is_open |= quote.is_some() || self.depth > 0;
        self.end(self.text.len(), self.text.len(), Between::Edge);
    }

    fn is_word_start(&self, at: usize) -> bool {
        let before = at
            .checked_sub(1)
            .and_then(|at| self.text.as_bytes().get(at));
        before.is_none_or(|b| b.is_ascii_whitespace() || b";&|()".contains(b))
    }

    /// Reads what may separate commands; how long it is.
    fn separator(&mut self, at: usize) -> usize {
        let rest = &self.text[at..];
        let is_redirect = self.text[..at].ends_with(['>', '<']);
        let (long, between) = match rest.as_bytes() {
            [b'&', b'&', ..] => (2, Between::And),
            [b'&', b'>', ..] => return 2,
            [b'&' | b'|', ..] if is_redirect => return 1,
            [b'|', b'|' | b'&', ..] | [b';', b';', ..] => (2, Between::Other),
            [b'&' | b'|', ..] => (1, Between::Other),
            _ => (1, Between::Then),
        };
        self.end(at, at + long, between);
        long
    }

    /// A command ends, and the next one may begin.
    fn end(&mut self, end: usize, next: usize, after: Between) {
        let text = &self.text[self.start..end];
        let start = self.start + text.len() - text.trim_start().len();
        let range = start..start + text.trim().len();
        // What separates nothing does not separate.
        if !range.is_empty() {
            self.script.commands.push(Command {
                range,
                before: self.before,
                after,
            });
            self.before = after;
        } else if after == Between::Edge
            && let Some(last) = self.script.commands.last_mut()
            && last.after == Between::Then
        {
            last.after = Between::Edge;
        }
        self.start = next;
    }
}

/// Where words stand in a text one behind the other, whatever blanks are between them,
/// and are no parts of longer ones.
pub(super) fn find(text: &str, words: &str) -> Vec<Range<usize>> {
    let mut words = words.split_whitespace();
    let Some(first) = words.next() else {
        return Vec::new();
    };
    let rest: Vec<&str> = words.collect();
    let is_inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "_-".contains(c));
    let found = text.match_indices(first).filter_map(|(start, _)| {
        let mut end = start + first.len();
        for word in &rest {
            let after = &text[end..];
            let blank = after.len() - after.trim_start().len();
            if blank == 0 || !after[blank..].starts_with(word) {
                return None;
            }
            end += blank + word.len();
        }
        let is_whole =
            !is_inside(text[..start].chars().next_back()) && !is_inside(text[end..].chars().next());
        is_whole.then_some(start..end)
    });
    found.collect()
}

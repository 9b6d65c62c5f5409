//! Where instructions stand. What comes in is the text of a Dockerfile; what goes out is
//! the lines of every instruction, its words with the continuations joined, each byte
//! with its place in the file, and the here-documents behind it.
//!
//! The parser says what instructions mean; this says which bytes they are. Both read the
//! whole file, and where they do not find the same instructions, nothing is done.
//! Facts: docs.docker.com/reference/dockerfile, its parts on format, parser directives
//! and here-documents; moby/buildkit, frontend/dockerfile/parser/parser.go.

use std::ops::Range;

/// Some text, and where each of its bytes stands in the file.
#[derive(Debug, Default)]
pub(super) struct Joined {
    pub(super) text: String,
    at: Vec<usize>,
}

impl Joined {
    /// A stretch of the file as it is.
    pub(super) fn of(text: &str, range: Range<usize>) -> Joined {
        let mut joined = Joined::default();
        if let Some(part) = text.get(range.clone()) {
            joined.push(part, range.start);
        }
        joined
    }

    fn push(&mut self, part: &str, start: usize) {
        self.text.push_str(part);
        self.at.extend(start..start + part.len());
    }

    /// Where a byte stands in the file; behind the last one for those that are not.
    pub(super) fn place(&self, byte: usize) -> usize {
        let last = || self.at.last().map_or(0, |at| at + 1);
        self.at.get(byte).copied().unwrap_or_else(last)
    }

    /// Behind the byte before this one.
    pub(super) fn place_behind(&self, end: usize) -> usize {
        match end.checked_sub(1).and_then(|last| self.at.get(last)) {
            Some(at) => at + 1,
            None => self.place(end),
        }
    }

    /// The first byte that stands at this place of the file or behind it.
    pub(super) fn find(&self, place: usize) -> usize {
        self.at.partition_point(|&at| at < place)
    }
}

/// A here-document.
#[derive(Debug)]
pub(super) struct HereDoc {
    /// The word that ends it.
    pub(super) name: String,
    /// Its content in the file.
    pub(super) body: Range<usize>,
    /// The line that ends it, with its newline.
    pub(super) end: Range<usize>,
    /// Its `<<`.
    sign: usize,
}

/// An instruction.
#[derive(Debug)]
pub(super) struct Extent {
    /// Its lines, with the last newline and the here-documents.
    pub(super) bytes: Range<usize>,
    /// The number of its first line, from 1.
    pub(super) first: usize,
    /// And of its last one.
    pub(super) last: usize,
    /// Its words, without here-documents.
    pub(super) words: Joined,
    pub(super) docs: Vec<HereDoc>,
    /// Does it end in a continuation, with nothing behind?
    pub(super) hangs: bool,
}

/// A file, cut.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) extents: Vec<Extent>,
    /// The character that continues a line.
    pub(super) escape: char,
}

struct Line<'t> {
    start: usize,
    end: usize,
    text: &'t str,
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut start = 0;
    let all = text.split_inclusive('\n').map(|line| {
        let from = start;
        start += line.len();
        let text = line.strip_suffix('\n').unwrap_or(line);
        Line {
            start: from,
            end: start,
            text: text.strip_suffix('\r').unwrap_or(text),
        }
    });
    all.collect()
}

/// The character that the directives at the top name.
fn escape(lines: &[Line<'_>]) -> char {
    for line in lines {
        let Some(rest) = line.text.trim_start().strip_prefix('#') else {
            break;
        };
        let Some((key, value)) = rest.split_once('=') else {
            break;
        };
        match key.trim().to_ascii_lowercase().as_str() {
            "escape" if value.trim() == "`" => return '`',
            "syntax" | "escape" | "check" => {}
            _ => break,
        }
    }
    '\\'
}

/// Cuts a file into instructions; the number of a line whose here-document has no end.
pub(super) fn cut(text: &str) -> Result<Cut, usize> {
    let lines = lines(text);
    let escape = escape(&lines);
    let mut extents = Vec::new();
    let mut next = 0;
    while let Some(line) = lines.get(next) {
        if is_nothing(line.text) {
            next += 1;
            continue;
        }
        let first = next;
        let (words, hangs);
        (words, hangs, next) = join(&lines, next, escape);
        let mut docs = Vec::new();
        for (sign, name, tabs) in here_docs(&words.text) {
            let end = lines[next..].iter().position(|line| {
                let text = match tabs {
                    true => line.text.trim_start_matches('\t'),
                    false => line.text,
                };
                text == name
            });
            let end = next + end.ok_or(first + 1)?;
            docs.push(HereDoc {
                name,
                body: lines[next].start..lines[end].start,
                end: lines[end].start..lines[end].end,
                sign: words.place(sign),
            });
            next = end + 1;
        }
        extents.push(Extent {
            bytes: line.start..lines[next - 1].end,
            first: first + 1,
            last: next,
            words,
            docs,
            hangs,
        });
    }
    Ok(Cut { extents, escape })
}

/// Empty, or a comment?
pub(super) fn is_nothing(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

/// The words of the instruction that begins at a line, whether it hangs, and the line
/// behind it.
fn join(lines: &[Line<'_>], first: usize, escape: char) -> (Joined, bool, usize) {
    let mut words = Joined::default();
    // One behind the last line that said something.
    let mut end = first;
    for (no, line) in lines.iter().enumerate().skip(first) {
        if no > first && is_nothing(line.text) {
            continue;
        }
        end = no + 1;
        let skipped = match no == first {
            true => line.text.len() - line.text.trim_start().len(),
            false => 0,
        };
        let (text, goes_on) = continued(line.text, escape);
        words.push(text.get(skipped..).unwrap_or(""), line.start + skipped);
        if !goes_on {
            return (words, false, end);
        }
    }
    (words, true, end)
}

/// A line without the sign that continues it, and whether there was one. Two of them
/// are none.
fn continued(line: &str, escape: char) -> (&str, bool) {
    match line.trim_end_matches([' ', '\t']).strip_suffix(escape) {
        Some(text) if !text.ends_with(escape) => (text, true),
        _ => (line, false),
    }
}

/// The here-documents that an instruction opens: the place of the `<<`, the name, and
/// whether tabs before the end do not count.
fn here_docs(words: &str) -> Vec<(usize, String, bool)> {
    let mut keywords = words.split_whitespace().map(str::to_ascii_uppercase);
    let keyword = match keywords.next().as_deref() {
        Some("ONBUILD") => keywords.next(),
        other => other.map(str::to_owned),
    };
    if !matches!(keyword.as_deref(), Some("RUN" | "COPY" | "ADD")) {
        return Vec::new();
    }
    let Some(list) = shell_words(words) else {
        return Vec::new();
    };
    let docs = list.into_iter().filter_map(|range| {
        let word = &words[range.clone()];
        let rest = word.trim_start_matches(|c: char| c.is_ascii_digit());
        let sign = range.start + word.len() - rest.len();
        let rest = rest.strip_prefix("<<")?;
        let (rest, tabs) = match rest.strip_prefix('-') {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let name: String = rest.chars().filter(|c| !"'\"\\".contains(*c)).collect();
        (!name.is_empty() && !rest.contains('<')).then_some((sign, name, tabs))
    });
    docs.collect()
}

/// Words between blanks, quotes heeded; `None` if a quote has no end.
fn shell_words(text: &str) -> Option<Vec<Range<usize>>> {
    let mut words = Vec::new();
    let (mut start, mut quote, mut skip) = (None, None, false);
    for (at, c) in text.char_indices() {
        if skip {
            skip = false;
            continue;
        }
        if quote.is_none() && c.is_whitespace() {
            words.extend(start.take().map(|start| start..at));
            continue;
        }
        start = start.or(Some(at));
        match (quote, c) {
            (Some('\''), '\\') => {}
            (_, '\\') => skip = true,
            (Some(open), c) if open == c => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            _ => {}
        }
    }
    words.extend(start.map(|start| start..text.len()));
    quote.is_none().then_some(words)
}

/// The file for the parser: here-documents are comments, and their `<<` a word. The
/// parser knows those of `RUN` at its beginning only, and one of them.
pub(super) fn masked(text: &str, cut: &Cut) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for doc in cut.extents.iter().flat_map(|extent| &extent.docs) {
        if let Some(sign) = bytes.get_mut(doc.sign..doc.sign + 2) {
            sign.fill(b'_');
        }
        if let Some(content) = bytes.get_mut(doc.body.start..doc.end.end) {
            let text = content.iter_mut().filter(|b| !b"\r\n".contains(b));
            text.for_each(|b| *b = b'#');
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

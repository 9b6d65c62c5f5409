//! Texts of strangers in Markdown. What comes in is a name or a sentence; what goes out
//! is Markdown that shows it, and does nothing: no markup, no HTML, no image, no mention
//! of a person, no link of an issue, no cell of a table.
//!
//! Entities stand for signs: no rule of Markdown or of its tables takes an entity for
//! structure. A zero-width space (as an entity, so that the source shows it) stands where
//! a forge looks for mentions and issues after Markdown is through.

use crate::gate::formats::words::{name, sentence};

/// A name as code; cut to about `most` characters.
pub(super) fn code(text: &str, most: usize) -> String {
    let text = cut(&name(text), most);
    // An empty pair of backticks would pair with the next.
    if text.trim().is_empty() {
        return "(no name)".to_owned();
    }
    // Both have their own rules inside code, and other rules inside tables.
    if text.contains(['`', '|']) {
        return format!("<code>{}</code>", signs(&text));
    }
    format!("`{text}`")
}

/// A sentence as plain text.
pub(super) fn plain(text: &str) -> String {
    signs(&sentence(text))
}

/// A sentence that the author of the budget wrote: addresses of the web are links, each
/// showing where it leads.
pub(super) fn message(text: &str) -> String {
    let text = sentence(text);
    let words = text.split(' ').map(|word| match is_address(word) {
        true => format!("<{word}>"),
        false => signs(word),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Only of what needs no escape inside a link.
fn is_address(word: &str) -> bool {
    let sign = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#=%+,;".contains(c);
    word.strip_prefix("https://")
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
        && word.chars().all(sign)
}

/// What a comment is found again by: nothing in it ends the HTML comment around it.
pub(super) fn key(text: &str) -> String {
    let key: String = name(text)
        .chars()
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' | '/' | ':' => c,
            _ => '-',
        })
        .take(200)
        .collect();
    // Two hyphens are not allowed inside, nor one at an end.
    let parts: Vec<&str> = key.split('-').filter(|part| !part.is_empty()).collect();
    match parts.is_empty() {
        true => "image".to_owned(),
        false => parts.join("-"),
    }
}

/// Text without anything that Markdown, HTML or a forge acts on.
fn signs(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(behind) = rest.strip_prefix("://") {
            out.push_str("&#58;//");
            rest = behind;
            continue;
        }
        if let Some(behind) = rest.strip_prefix("www.") {
            out.push_str("www&#46;");
            rest = behind;
            continue;
        }
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' | '#' => out.push_str(&format!("&#{};&#8203;", u32::from(c))),
            '|' | '`' | '*' | '_' | '[' | ']' | '~' | '\\' | '!' | '$' | '"' => {
                out.push_str(&format!("&#{};", u32::from(c)));
            }
            c => out.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
    out
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

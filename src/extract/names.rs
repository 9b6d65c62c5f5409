//! Names of an image as names on a disk: no two of a folder alike, and none that a
//! terminal, a shell or another file system takes for something else.

use std::collections::{HashMap, HashSet};

use crate::path::shown;

/// The longest name that file systems take, in bytes.
const LONGEST: usize = 255;

/// A name that is safe on a disk: what [`shown`] escapes is escaped with `_`, and so are
/// the colon and the backslash, which part paths elsewhere. Never empty, `.` or `..`,
/// never with a slash, never over 255 bytes.
pub(super) fn on_disk(name: &[u8]) -> String {
    let safe = shown(name).replace(['\\', '/'], "_").replace(':', "_x3a");
    match safe.as_str() {
        "" | "." | ".." => "_".to_owned(),
        _ => shortened(safe, ""),
    }
}

/// A name with a number behind it, as file managers write it.
pub(super) fn numbered(name: &str, number: u32) -> String {
    shortened(name.to_owned(), &format!(" ({number})"))
}

/// `name` as far as there is room, and `end`.
fn shortened(mut name: String, end: &str) -> String {
    let most = LONGEST - end.len();
    if name.len() > most {
        let cut = (0..=most).rev().find(|&at| name.is_char_boundary(at));
        name.truncate(cut.unwrap_or_default());
    }
    name + end
}

/// Gives the names of one folder, each once.
#[derive(Default)]
pub(super) struct Names {
    given: HashSet<String>,
    /// The next number of names that were given before: trying them all would take
    /// forever where a hundred thousand names are made alike.
    next: HashMap<String, u32>,
}

impl Names {
    /// `name`, or the first of its numbered forms that nobody has.
    pub(super) fn give(&mut self, name: String) -> String {
        if self.given.insert(name.clone()) {
            return name;
        }
        let next = self.next.entry(name.clone()).or_insert(1);
        loop {
            let other = numbered(&name, *next);
            *next += 1;
            if self.given.insert(other.clone()) {
                return other;
            }
        }
    }
}

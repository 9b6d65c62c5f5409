//! Lines of a `.dockerignore`. What comes in is edits, and the file that is there; what
//! goes out is the lines that it has not.
//!
//! Facts: docs.docker.com/build/concepts/context, its part on `.dockerignore` files.

use std::collections::BTreeSet;

use crate::advice::Edit;
use crate::path::shown_text;

/// The lines that edits ask for and that a `.dockerignore` does not have, each once, in
/// order. A line that the file takes back (`!line`) is not asked for again.
pub fn ignore_lines<'e>(edits: impl IntoIterator<Item = &'e Edit>, existing: &str) -> Vec<String> {
    let has: BTreeSet<&str> = existing
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
        .map(|line| plain(line.strip_prefix('!').unwrap_or(line)))
        .collect();
    let lines = edits.into_iter().flat_map(|edit| match edit {
        Edit::Ignore { lines } => lines.as_slice(),
        _ => &[],
    });
    let lines = lines.map(|line| line.trim()).filter(|line| is_line(line));
    let lines: BTreeSet<&str> = lines.filter(|line| !has.contains(plain(line))).collect();
    let mut seen = BTreeSet::new();
    let lines = lines.into_iter().filter(|line| seen.insert(plain(line)));
    lines.map(str::to_owned).collect()
}

/// The same pattern, however it is written: slashes around it say nothing.
fn plain(line: &str) -> &str {
    let line = line.trim();
    let line = line.strip_prefix("./").unwrap_or(line);
    line.trim_matches('/')
}

/// One pattern that looks like what it is, no comment and no exception.
fn is_line(line: &str) -> bool {
    !plain(line).is_empty() && !line.starts_with(['#', '!']) && shown_text(line) == line
}

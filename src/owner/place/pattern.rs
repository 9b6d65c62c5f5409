//! Path patterns. What comes in is the patterns of a table; what goes out is the
//! files and folders that they fit, found in one walk.
//!
//! `*` is any text within a component and its last wildcard, `#` a version of
//! digits and dots, `**` any number of folders, and `~` at the beginning any
//! home folder.

use std::collections::HashMap;

use crate::path::shown;
use crate::rootfs::{NodeId, NodeKind, Rootfs};

/// A path of a table, by components.
pub(in crate::owner) struct Pattern {
    pub(in crate::owner) row: usize,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy)]
enum Part {
    Folders,
    Exactly(&'static [u8]),
    Like(&'static [u8]),
}

/// Where a pattern fits.
pub(in crate::owner) struct Hit {
    pub(in crate::owner) pattern: usize,
    pub(in crate::owner) node: NodeId,
}

impl Hit {
    fn last<'p>(&self, patterns: &'p [Pattern]) -> Option<&'p Part> {
        patterns[self.pattern].parts.last()
    }

    /// The text of the last component's first wildcard, or all of that component.
    pub(super) fn star<'f>(&self, fs: &'f Rootfs, patterns: &[Pattern]) -> &'f [u8] {
        self.last(patterns)
            .and_then(|part| part.fits(fs.name(self.node)))
            .unwrap_or_default()
    }

    pub(super) fn version(&self, fs: &Rootfs, patterns: &[Pattern]) -> Option<String> {
        match self.last(patterns) {
            Some(Part::Like(pattern)) if pattern.contains(&b'#') => {
                Some(shown(self.star(fs, patterns)).into_owned())
            }
            _ => None,
        }
    }
}

/// A path of a table as patterns: several where it begins with `~`.
pub(in crate::owner) fn patterns(row: usize, path: &'static str) -> Vec<Pattern> {
    let (homes, path): (&[&str], _) = match path.strip_prefix("~/") {
        // Without a HOME the root is where the tools of root keep their files.
        Some(path) => (&["root", "home/*", ""], path),
        None => (&[""], path),
    };
    homes
        .iter()
        .map(|home| Pattern {
            row,
            parts: components(home)
                .chain(components(path))
                .map(Part::of)
                .collect(),
        })
        .collect()
}

pub(super) fn components(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

/// The live files and folders below `top` that a pattern fits, no link followed:
/// all patterns in one walk, which enters only folders where one can still fit.
pub(in crate::owner) fn find(fs: &Rootfs, top: NodeId, patterns: &[Pattern]) -> Vec<Hit> {
    let mut hits = Vec::new();
    let (anywhere, from_top) = Anywhere::split(patterns);
    let mut open: Vec<(NodeId, Vec<(usize, usize)>)> = vec![(top, from_top)];
    while let Some((folder, states)) = open.pop() {
        for node in fs.children(folder) {
            let is_folder = match fs.kind(node) {
                NodeKind::Dir => true,
                NodeKind::File => false,
                _ => continue,
            };
            let name = fs.name(node);
            let mut below = Vec::new();
            let mut fits = |pattern: usize, at: usize, below: &mut Vec<_>| {
                if at + 1 == patterns[pattern].parts.len() {
                    hits.push(Hit { pattern, node });
                } else if is_folder {
                    below.push((pattern, at + 1));
                }
            };
            anywhere
                .named(name)
                .for_each(|pattern| fits(pattern, 1, &mut below));
            for &(pattern, at) in &states {
                let parts = &patterns[pattern].parts;
                let is_deep = matches!(parts.get(at), Some(Part::Folders));
                if is_deep && is_folder {
                    below.push((pattern, at));
                }
                let at = at + usize::from(is_deep);
                if parts.get(at).and_then(|part| part.fits(name)).is_some() {
                    fits(pattern, at, &mut below);
                }
            }
            if is_folder && (!anywhere.is_empty() || !below.is_empty()) {
                open.push((node, below));
            }
        }
    }
    hits
}

/// The patterns that begin with `**`: every name of an image is held against them,
/// and hardly one fits.
#[derive(Default)]
struct Anywhere {
    /// By the exact name that follows.
    exactly: HashMap<&'static [u8], Vec<usize>>,
    /// With wildcards in what follows.
    like: Vec<(Part, usize)>,
    /// The lengths of the exact names, a bit each: most names are sorted out by it.
    lengths: u64,
}

impl Anywhere {
    /// These, and where the others begin.
    fn split(patterns: &[Pattern]) -> (Anywhere, Vec<(usize, usize)>) {
        let mut anywhere = Anywhere::default();
        let mut others = Vec::new();
        for (no, pattern) in patterns.iter().enumerate() {
            match *pattern.parts {
                [Part::Folders, Part::Exactly(name), ..] => {
                    anywhere.exactly.entry(name).or_default().push(no);
                    anywhere.lengths |= 1 << name.len().min(63);
                }
                [Part::Folders, part @ Part::Like(_), ..] => anywhere.like.push((part, no)),
                _ => others.push((no, 0)),
            }
        }
        (anywhere, others)
    }

    fn is_empty(&self) -> bool {
        self.exactly.is_empty() && self.like.is_empty()
    }

    /// The patterns whose first name fits.
    fn named<'n>(&'n self, name: &'n [u8]) -> impl Iterator<Item = usize> + 'n {
        let may_be = self.lengths >> name.len().min(63) & 1 == 1;
        let exactly = may_be.then(|| self.exactly.get(name)).flatten();
        let like = self
            .like
            .iter()
            .filter(|(part, _)| part.fits(name).is_some());
        exactly
            .into_iter()
            .flatten()
            .copied()
            .chain(like.map(|(_, no)| *no))
    }
}

impl Part {
    fn of(text: &'static str) -> Part {
        match text.as_bytes() {
            b"**" => Part::Folders,
            text if text.iter().any(|byte| b"*#".contains(byte)) => {
                let behind_star = text.split(|&byte| byte == b'*').nth(1);
                let is_last = text.iter().filter(|&&byte| byte == b'*').count() < 2
                    && behind_star.is_none_or(|rest| !rest.contains(&b'#'));
                debug_assert!(is_last, "a wildcard behind a `*`");
                Part::Like(text)
            }
            text => Part::Exactly(text),
        }
    }

    /// If it fits, the text of its first wildcard, or all of it.
    fn fits<'n>(&self, name: &'n [u8]) -> Option<&'n [u8]> {
        match self {
            Part::Folders => None,
            Part::Exactly(text) => (*text == name).then_some(name),
            Part::Like(pattern) => fits(pattern, name),
        }
    }
}

/// No version is longer; keeps the search short on hostile names.
pub(super) const LONGEST_VERSION: usize = 32;

fn fits<'n>(pattern: &[u8], name: &'n [u8]) -> Option<&'n [u8]> {
    let wild = pattern.iter().position(|byte| b"*#".contains(byte))?;
    let rest = name.strip_prefix(&pattern[..wild])?;
    let after = &pattern[wild + 1..];
    if pattern[wild] == b'*' {
        return rest.strip_suffix(after);
    }
    (1..=rest.len().min(LONGEST_VERSION))
        .rev()
        .map(|length| rest.split_at(length))
        .find(|(version, rest)| {
            is_version(version) && (after == *rest || fits(after, rest).is_some())
        })
        .map(|(version, _)| version)
}

fn is_version(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_digit)
        && text.last().is_some_and(u8::is_ascii_digit)
        && text
            .iter()
            .all(|&byte| byte == b'.' || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn star(pattern: &'static str, name: &str) -> Option<String> {
        let part = Part::of(pattern);
        part.fits(name.as_bytes())
            .map(|star| String::from_utf8_lossy(star).into_owned())
    }

    #[test]
    fn a_star_is_any_text_and_a_hash_is_a_version() {
        for (pattern, name, expected) in [
            ("bin", "bin", Some("bin")),
            ("bin", "bin2", None),
            ("*", "pip", Some("pip")),
            ("*-old", "status-old", Some("status")),
            ("*-old", "old", None),
            ("python#", "python3.11", Some("3.11")),
            ("python#", "python3.11-config", None),
            ("python#", "python", None),
            ("python#", "python3.", None),
            ("python#.1", "python3.11.1", Some("3.11")),
            ("libpython#.*", "libpython3.11.so.1.0", Some("3.11")),
            (
                "cpython-#-*",
                "cpython-3.12.7-linux-x86_64-gnu",
                Some("3.12.7"),
            ),
            ("cpython-#-*", "cpython-linux", None),
            ("v#", "v20.1.0", Some("20.1.0")),
        ] {
            assert_eq!(star(pattern, name).as_deref(), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn no_hostile_name_takes_long() {
        let digits = "1".repeat(64 * 1024);
        assert_eq!(star("cpython-#-*", &format!("cpython-{digits}")), None);
        assert_eq!(star("v#", &format!("v{digits}")), None);
    }
}

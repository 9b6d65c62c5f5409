//! What the detectors of distributions share. What comes in is database files
//! and names in them; what goes out is contents, categories and files that no
//! earlier package of the same database has.

use std::collections::HashSet;

use super::{Category, Found, Scene};
use crate::layer::Candidate;
use crate::path::ImagePath;
use crate::rootfs::NodeId;
use crate::units::{Bytes, Units};

/// How much of a text database is kept; the largest real ones have some megabytes.
pub(super) const MOST: Bytes = Bytes(64 << 20);

/// What [`read`] needs of a file, if it is not too large.
pub(super) fn whole(candidate: &Candidate<'_>, most: Bytes) -> u64 {
    if candidate.size > most { 0 } else { most.0 }
}

/// The contents of a database, links followed; `None` with a warning for one
/// that is there and was not kept whole.
pub(super) fn read<'s>(
    scene: &Scene<'s>,
    path: impl AsRef<[u8]>,
    most: Bytes,
    found: &mut Found,
) -> Option<&'s [u8]> {
    let fs = scene.fs;
    let node = fs.resolve(&path)?;
    let size = fs.body(fs.body_of(node)?).size;
    if size == Bytes::ZERO {
        return Some(&[]);
    }
    let kept = fs
        .read(node)
        .filter(|bytes| bytes.len() as u64 == size.0 && size <= most);
    if kept.is_none() {
        let why = if size > most {
            format!(
                "it has {}; imgsize reads up to {}",
                size.show(Units::Iec),
                most.show(Units::Iec)
            )
        } else {
            "it was not read: its path is an unusual one, or too much was to be kept".into()
        };
        found.malformed(&ImagePath::new(path), why);
    }
    kept
}

/// Where the bytes of a distribution's package count.
///
/// In the names of `runtimes`, `#` stands for a number and `*` at the end for
/// whatever follows.
pub(super) fn category(name: &str, runtimes: &[&str]) -> Category {
    if runtimes.iter().any(|pattern| is_like(name, pattern)) {
        Category::LanguageRuntime
    } else {
        Category::SystemPackages
    }
}

fn is_like(name: &str, pattern: &str) -> bool {
    let mut rest = name;
    for sign in pattern.chars() {
        let behind = match sign {
            '*' => return true,
            '#' => Some(rest.trim_start_matches(|c: char| c.is_ascii_digit()))
                .filter(|behind| behind.len() < rest.len()),
            sign => rest.strip_prefix(sign),
        };
        match behind {
            Some(behind) => rest = behind,
            None => return false,
        }
    }
    rest.is_empty()
}

/// Gives each file to the first package that lists it, so that no database can
/// make more claims than there are files.
#[derive(Default)]
pub(super) struct Claimed(HashSet<NodeId>);

impl Claimed {
    /// The file, unless it has an owner.
    pub(super) fn take(&mut self, file: Option<NodeId>) -> Option<NodeId> {
        file.filter(|&file| self.0.insert(file))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::codec::Stream;
    use crate::layer::index_stream;
    use crate::rootfs::Rootfs;
    use crate::source::Config;
    use crate::testkit::Case;

    #[test]
    fn what_was_not_kept_whole_is_not_read() {
        let case = Case::parse(
            "f 9 small\nf 11 large\nf 10 cut\nf 0 empty\nl link small\nd folder",
            "".as_ref(),
        );
        let keep = |candidate: &Candidate<'_>| match candidate.path {
            b"cut" => 5,
            _ => whole(candidate, Bytes(10)),
        };
        let stream = Stream::open(&case.layers[0][..], None, None).unwrap();
        let layer = index_stream(stream, &keep, &|_| {}).unwrap();
        let fs = Rootfs::stack(vec![Arc::new(layer)], &mut |_, _| {});
        let config = Config::default();
        let scene = Scene::new(&fs, &config, 1);
        for (path, length, warnings) in [
            ("small", Some(9), 0),
            ("link", Some(9), 0),
            ("empty", Some(0), 0),
            ("large", None, 1),
            ("cut", None, 1),
            ("folder", None, 0),
            ("absent", None, 0),
        ] {
            let mut found = Found::default();
            let bytes = read(&scene, path, Bytes(10), &mut found);
            assert_eq!(bytes.map(<[u8]>::len), length, "{path}");
            assert_eq!(found.malformed.len(), warnings, "{path}");
        }
    }

    #[test]
    fn a_number_stands_for_digits_and_a_star_for_the_rest() {
        for (name, pattern, like) in [
            ("python3", "python3", true),
            ("python3-yaml", "python3", false),
            ("python3.11-minimal", "python3.#*", true),
            ("python3.", "python3.#*", false),
            ("openjdk-17-jre-headless", "openjdk-#-jre*", true),
            ("openjdk-17-source", "openjdk-#-jre*", false),
            ("php83", "php#", true),
            ("php", "php#", false),
            ("php83-é", "php#-*", true),
        ] {
            assert_eq!(is_like(name, pattern), like, "{name} {pattern}");
        }
    }
}

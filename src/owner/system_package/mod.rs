//! What the detectors of distributions share. What comes in is database files
//! and what they say; what goes out is packages, within bounds that no real
//! distribution meets.

mod needs;

use std::collections::HashSet;

pub(super) use needs::Terms;

use super::{Category, Found, Package, Scene};
use crate::layer::Candidate;
use crate::path::ImagePath;
use crate::rootfs::NodeId;
use crate::units::{Bytes, Units};

/// How much of a text database is kept; the largest real ones have some megabytes.
pub(super) const MOST: Bytes = Bytes(64 << 20);

/// How many packages are read; a whole Debian has some 70,000.
pub(super) const MOST_PACKAGES: usize = 100_000;

/// What [`Collector::read`] needs of a file, if it is not too large.
pub(super) fn whole(candidate: &Candidate<'_>, most: Bytes) -> u64 {
    if candidate.size > most { 0 } else { most.0 }
}

/// Collects the packages of one detector.
pub(super) struct Collector<'r, 's> {
    pub(super) scene: &'r Scene<'s>,
    pub(super) found: Found,
    /// How large a database may be.
    most: Bytes,
    /// Names of language runtimes: `#` stands for a number, `*` at the end for
    /// whatever follows.
    runtimes: &'static [&'static str],
    /// A file belongs to the first package that lists it; so no database can
    /// make more claims than there are files.
    claimed: HashSet<NodeId>,
}

impl<'r, 's> Collector<'r, 's> {
    pub(super) fn new(
        scene: &'r Scene<'s>,
        most: Bytes,
        runtimes: &'static [&'static str],
    ) -> Collector<'r, 's> {
        Collector {
            scene,
            found: Found::default(),
            most,
            runtimes,
            claimed: HashSet::new(),
        }
    }

    /// The contents of a database, links followed; `None` with a warning for one
    /// that is there and was not kept whole.
    pub(super) fn read(&mut self, path: impl AsRef<[u8]>) -> Option<&'s [u8]> {
        let fs = self.scene.fs;
        let node = fs.resolve(&path)?;
        let size = fs.body(fs.body_of(node)?).size;
        if size == Bytes::ZERO {
            return Some(&[]);
        }
        let whole = |bytes: &&[u8]| bytes.len() as u64 == size.0 && size <= self.most;
        let kept = fs.read(node).filter(whole);
        if kept.is_none() {
            let why = if size > self.most {
                let (size, most) = (size.show(Units::Iec), self.most.show(Units::Iec));
                format!("it has {size}, imgsize reads up to {most}")
            } else {
                "it was not kept: it lies elsewhere behind a link, or its layer has too much".into()
            };
            self.malformed(&path, &why);
        }
        kept
    }

    /// The files of the next package.
    pub(super) fn claim(&mut self, files: impl IntoIterator<Item = Option<NodeId>>) -> Vec<NodeId> {
        let files = files.into_iter().flatten();
        files.filter(|&file| self.claimed.insert(file)).collect()
    }

    /// Adds a package that the database at `path` tells of.
    pub(super) fn add(
        &mut self,
        path: impl AsRef<[u8]>,
        name: String,
        version: String,
        files: Vec<NodeId>,
    ) {
        let mut category = Category::SystemPackages;
        if self.runtimes.iter().any(|pattern| is_like(&name, pattern)) {
            category = Category::LanguageRuntime;
        }
        match self.found.packages.len() {
            ..MOST_PACKAGES => self.found.packages.push(Package {
                name,
                version,
                category,
                files,
                ..Package::default()
            }),
            _ => self.malformed(path, "it has more packages than imgsize reads (100,000)"),
        }
    }

    /// Enters what the packages need of each other; `terms` are theirs, in the same order.
    pub(super) fn connect<'t>(&mut self, path: impl AsRef<[u8]>, terms: &[impl Terms<'t>]) {
        if !needs::connect(&mut self.found.packages, terms) {
            self.malformed(
                path,
                "its packages need more than imgsize reads (1,000,000)",
            );
        }
    }

    /// Warns of a database; once of what is wrong many times.
    pub(super) fn malformed(&mut self, path: impl AsRef<[u8]>, why: &str) {
        let path = ImagePath::new(path);
        let last = self.found.malformed.last();
        if last.is_none_or(|last| last.path != path || last.why != why) {
            self.found.malformed(&path, why);
        }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::codec::Stream;
    use crate::layer::{Want, index_stream};
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
            b"cut" => Want::Head(5),
            _ => Want::head(whole(candidate, Bytes(10))),
        };
        let stream = Stream::open(&case.layers[0][..], None, None).unwrap();
        let layer = index_stream(stream, &keep, &|_| {}).unwrap();
        let fs = Rootfs::stack(vec![Arc::new(layer)], &mut |_, _| {}).unwrap();
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
            let mut collector = Collector::new(&scene, Bytes(10), &[]);
            let bytes = collector.read(path);
            assert_eq!(bytes.map(<[u8]>::len), length, "{path}");
            assert_eq!(collector.found.malformed.len(), warnings, "{path}");
        }
    }

    #[test]
    fn too_many_packages_are_told_of_once() {
        let fs = Rootfs::stack(Vec::new(), &mut |_, _| {}).unwrap();
        let config = Config::default();
        let scene = Scene::new(&fs, &config, 0);
        let mut collector = Collector::new(&scene, MOST, &[]);
        for no in 0..MOST_PACKAGES + 3 {
            collector.add("database", no.to_string(), String::new(), Vec::new());
        }
        assert_eq!(collector.found.packages.len(), MOST_PACKAGES);
        assert_eq!(collector.found.malformed.len(), 1);
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

//! Packages of Debian and its kin. What comes in is dpkg's database, or the
//! `status.d` of images without dpkg; what goes out is the installed packages
//! with the regular files that they list.
//!
//! The facts come from dpkg-query(1) (installed or not), dpkg-divert(1) and what
//! dpkg 1.21 writes, and from apt-mark(8) (who was asked for). `status.d` is known from the distroless images: `NAME` is a
//! paragraph without a status, `NAME.md5sums` lists its files.

mod paragraph;

use std::collections::{HashMap, HashSet};

use super::system_package::{Collector, MOST, whole};
use super::{Asked, Detector, Finds, Found, Scene};
use crate::layer::Candidate;
use crate::path::ImagePath;
use crate::rootfs::NodeId;
use paragraph::{Paragraph, paragraphs};

pub(super) const DETECTOR: Detector = Detector {
    id: "dpkg",
    finds: Finds::Packages,
    wants,
    detect,
};

/// Perl is none: Debian itself is made with it.
const RUNTIMES: &[&str] = &[
    "python3",
    "python3-minimal",
    "libpython3-stdlib",
    "python3.#*",
    "libpython3.#*",
    "nodejs",
    "libnode#",
    "ruby#.#",
    "libruby#.#",
    "openjdk-#-jre*",
    "openjdk-#-jdk*",
    "php#.#-*",
    "golang-#.#-*",
];

const DATABASE: &[u8] = b"var/lib/dpkg/";
const STATUS: &str = "var/lib/dpkg/status";
const DIVERSIONS: &str = "var/lib/dpkg/diversions";
const INFO: &str = "var/lib/dpkg/info/";
/// Of apt: which packages came along only because others need them.
const STATES: &str = "var/lib/apt/extended_states";
const STATUS_D: &[u8] = b"var/lib/dpkg/status.d/";
const SUMS: &[u8] = b".md5sums";

/// Members of a control archive that may lie in `status.d` and are no paragraphs.
const NO_PARAGRAPHS: [&[u8]; 7] = [
    SUMS,
    b".conffiles",
    b".preinst",
    b".postinst",
    b".prerm",
    b".postrm",
    b".triggers",
];

fn wants(candidate: &Candidate<'_>) -> u64 {
    let is_states = candidate.path == STATES.as_bytes();
    let name = match candidate.path.strip_prefix(DATABASE) {
        Some(name) => name,
        None if is_states => b"",
        None => return 0,
    };
    let is_database = is_states
        || matches!(name, b"status" | b"diversions")
        || name.starts_with(b"info/") && name.ends_with(b".list")
        || is_paragraph(candidate.path)
        || name.starts_with(b"status.d/") && name.ends_with(SUMS);
    if is_database {
        whole(candidate, MOST)
    } else {
        0
    }
}

fn is_paragraph(path: &[u8]) -> bool {
    path.starts_with(STATUS_D) && !NO_PARAGRAPHS.iter().any(|end| path.ends_with(end))
}

fn detect(scene: &Scene<'_>) -> Found {
    let mut reader = Reader {
        collector: Collector::new(scene, MOST, RUNTIMES),
        lists: HashSet::new(),
        told: Vec::new(),
    };
    reader.status();
    reader.status_d();
    reader.collector.connect(STATUS, &reader.told);
    reader.asked();
    reader.collector.found
}

struct Reader<'r, 's> {
    collector: Collector<'r, 's>,
    /// What was told of the packages found so far, in their order.
    told: Vec<Paragraph<'s>>,
    /// The lists read so far: no two packages have one in common.
    lists: HashSet<NodeId>,
}

impl<'s> Reader<'_, 's> {
    /// The whole lines; what dpkg wrote to the end ends with one.
    fn read_lines(&mut self, path: &str) -> Option<&'s [u8]> {
        let text = self.collector.read(path)?;
        let end = text.iter().rposition(|&byte| byte == b'\n');
        let (whole, cut) = text.split_at_checked(end.map_or(0, |at| at + 1))?;
        if !cut.is_empty() {
            self.collector.malformed(path, "its last line is cut off");
        }
        Some(whole)
    }

    /// What dpkg itself says of the packages.
    fn status(&mut self) {
        let Some(text) = self.read_lines(STATUS) else {
            if self.collector.found.malformed.is_empty() && self.has_lists() {
                let why = "it is not there, but lists of packages' files are";
                self.collector.malformed(STATUS, why);
            }
            return;
        };
        let diversions = self.diversions();
        self.packages(
            &ImagePath::new(STATUS),
            text,
            |one: &Paragraph<'_>| one.is_installed(),
            |reader, name, paragraph| {
                let list = reader.list_of(name, paragraph.architecture)?;
                let places = lines(list).map(|path| diversions.place(path, name));
                Some(reader.claim(places))
            },
        );
    }

    fn has_lists(&self) -> bool {
        let mut kept = self.collector.scene.kept();
        kept.any(|(path, _, _)| path.as_bytes().starts_with(INFO.as_bytes()))
    }

    fn diversions(&mut self) -> Diversions<'s> {
        let mut diversions = HashMap::new();
        let text = self.read_lines(DIVERSIONS).unwrap_or_default();
        let mut lines = lines(text);
        while let Some(path) = lines.next() {
            let (Some(place), Some(by)) = (lines.next(), lines.next()) else {
                let why = "its last diversion is cut off";
                self.collector.malformed(DIVERSIONS, why);
                break;
            };
            diversions.insert(path, (place, by));
        }
        Diversions(diversions)
    }

    /// The paths of a package; packages that may be installed for two
    /// architectures at once have theirs in the lists' names.
    fn list_of(&mut self, name: &str, architecture: &[u8]) -> Option<&'s [u8]> {
        let architecture = String::from_utf8_lossy(architecture);
        let paths = [
            format!("{INFO}{name}:{architecture}.list"),
            format!("{INFO}{name}.list"),
        ];
        let fs = self.collector.scene.fs;
        let (path, node) = paths
            .iter()
            .find_map(|path| Some((path, fs.resolve(path)?)))?;
        self.lists.insert(node).then_some(())?;
        self.read_lines(path)
    }

    /// What lies there instead of a database in images without dpkg.
    fn status_d(&mut self) {
        let scene = self.collector.scene;
        for (path, _, _) in scene.kept() {
            if !is_paragraph(path.as_bytes()) {
                continue;
            }
            let Some(text) = self.collector.read(path.as_bytes()) else {
                continue;
            };
            let mut sums = self.collector.read([path.as_bytes(), SUMS].concat());
            let is_installed = |one: &Paragraph<'_>| one.status.is_none() || one.is_installed();
            self.packages(path, text, is_installed, |reader, _, _| {
                Some(reader.claim(lines(sums.take()?).filter_map(path_of_sum)))
            });
        }
    }

    /// Adds the packages of a text; `files` knows what a package lists.
    fn packages(
        &mut self,
        path: &ImagePath,
        text: &'s [u8],
        is_installed: impl Fn(&Paragraph<'_>) -> bool,
        mut files: impl FnMut(&mut Self, &str, &Paragraph<'_>) -> Option<Vec<NodeId>>,
    ) {
        let (mut nameless, mut listless) = (0, 0);
        for paragraph in paragraphs(text) {
            let Some(name) = paragraph.package_name() else {
                nameless += 1;
                continue;
            };
            if !is_installed(&paragraph) {
                continue;
            }
            let files = files(self, name, &paragraph);
            listless += usize::from(files.is_none());
            let version = String::from_utf8_lossy(paragraph.version).into_owned();
            let files = files.unwrap_or_default();
            self.collector
                .add(path.as_bytes(), name.to_owned(), version, files);
            self.told.push(paragraph);
        }
        for (count, what) in [
            (nameless, "paragraphs that name no package"),
            (listless, "installed packages without a list of files"),
        ] {
            if count > 0 {
                self.collector
                    .malformed(path.as_bytes(), &format!("{what}: {count}"));
            }
        }
    }

    /// Who was asked for, by what apt wrote down. What the system cannot do without
    /// was there before anybody could ask.
    fn asked(&mut self) {
        let Some(states) = self.read_lines(STATES) else {
            return;
        };
        let automatic: HashSet<(&[u8], &[u8])> = paragraphs(states)
            .filter(|state| state.auto_installed == b"1")
            .filter_map(|state| Some((state.name?, state.architecture)))
            .collect();
        // Of what runs on every machine, apt writes down the machine that it is on.
        let on_any: HashSet<&[u8]> = automatic.iter().map(|&(name, _)| name).collect();
        for (package, told) in self.collector.found.packages.iter_mut().zip(&self.told) {
            let name = told.name.unwrap_or_default();
            let came_along = automatic.contains(&(name, told.architecture))
                || told.architecture == b"all" && on_any.contains(name);
            package.asked = match came_along {
                true => Asked::ForOthers,
                false if told.is_vital() => Asked::Unknown,
                false => Asked::ByName,
            };
        }
    }

    fn claim<'p>(&mut self, paths: impl Iterator<Item = &'p [u8]>) -> Vec<NodeId> {
        let scene = self.collector.scene;
        self.collector.claim(paths.map(|path| scene.file(path)))
    }
}

/// By path: where the file lies instead, and the package whose file keeps the
/// path; that is `:` where an administrator wants no package's there.
struct Diversions<'d>(HashMap<&'d [u8], (&'d [u8], &'d [u8])>);

impl<'d> Diversions<'d> {
    /// Where a package's file lies.
    fn place(&self, path: &'d [u8], package: &str) -> &'d [u8] {
        match self.0.get(path) {
            Some((place, by)) if *by != package.as_bytes() => place,
            _ => path,
        }
    }
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
}

/// `d41d8cd98f00b204e9800998ecf8427e  usr/bin/x`
fn path_of_sum(line: &[u8]) -> Option<&[u8]> {
    line.get(34..)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::owner::tests::{differential::fixtures, told};
    use crate::testkit::Case;

    #[test]
    fn an_image_without_dpkg_that_nobody_here_wrote() {
        let Some((folder, _)) = fixtures() else {
            return;
        };
        let below = "var/lib/dpkg/status.d/libsqlite3-0";
        let mut case = String::from("f 7 usr/share/doc/libsqlite3-0/other\n");
        for end in ["", ".md5sums", ".preinst"] {
            case += &format!("t {below}{end} {below}{end}\n");
        }
        for file in [
            "lib/aarch64-linux-gnu/libsqlite3.so.0.8.6",
            "share/doc/libsqlite3-0/copyright",
        ] {
            case += &format!("f 100 usr/{file}\n");
        }
        let said = told(
            &DETECTOR,
            &Case::parse(&case, &folder.join("pkgdb/dpkg-distroless")),
        );
        let line = "libsqlite3-0 3.34.1-3 base-os live 200 files 2\n";
        assert!(said.starts_with(line), "{said}");
        assert!(!said.contains("malformed"), "{said}");
    }
}

//! Packages of Alpine, Wolfi and their kin. What comes in is apk's database of
//! installed packages; what goes out is these packages with the regular files
//! that they list.
//!
//! The format is that of the section "Syntax" of the Alpine wiki's page "Apk
//! spec", as apk 2 and 3 write it: a line is a letter, a colon and a value, and a
//! blank line ends a package. `P` is its name, `V` its version, `F` a folder
//! (empty for the root), `R` a file or link in the folder before it; `D` is what it
//! needs and `p` what it offers, as `so:libz.so.1>=1.3`. apk-world(5): `etc/apk/world`
//! is what was asked for.

use std::collections::HashSet;

use super::system_package::{Collector, MOST, Terms, whole};
use super::{Asked, Detector, Finds, Found, Scene};
use crate::layer::Candidate;
use crate::rootfs::{NodeId, NodeKind};

pub(super) const DETECTOR: Detector = Detector {
    id: "apk",
    finds: Finds::Packages,
    wants,
    detect,
};

const RUNTIMES: &[&str] = &[
    "python3",
    "python3-pyc",
    "python3-pycache-pyc#",
    "nodejs",
    "nodejs-current",
    "ruby",
    "ruby-libs",
    "php#",
    "php#-*",
    "openjdk#",
    "openjdk#-*",
];

/// The folder with a merged /usr first.
const DATABASES: [&str; 2] = ["usr/lib/apk/db/installed", "lib/apk/db/installed"];

const WORLD: &str = "etc/apk/world";

fn wants(candidate: &Candidate<'_>) -> u64 {
    let mut paths = DATABASES.iter().chain([&WORLD]);
    if paths.any(|path| path.as_bytes() == candidate.path) {
        whole(candidate, MOST)
    } else {
        0
    }
}

fn detect(scene: &Scene<'_>) -> Found {
    let mut collector = Collector::new(scene, MOST, RUNTIMES);
    let mut databases = DATABASES
        .map(|path| (scene.fs.resolve(path), path))
        .to_vec();
    let mut told = Vec::new();
    // Where /lib is a link, both are the same file.
    databases.dedup_by_key(|(node, _)| *node);
    for (_, path) in databases {
        let Some(text) = collector.read(path) else {
            continue;
        };
        // A blank line stands behind every package, also behind the last one.
        if !text.is_empty() && !text.ends_with(b"\n\n") {
            collector.malformed(path, "its last package is cut off");
        }
        let mut lines = text.split(|&byte| byte == b'\n');
        while let Some(mut record) = Record::read(&mut lines, &mut collector) {
            if record.name.is_empty() {
                collector.malformed(path, "a package has no name");
            } else {
                let [name, version] = [record.name, record.version]
                    .map(|text| String::from_utf8_lossy(text).into_owned());
                let files = std::mem::take(&mut record.files);
                collector.add(path, name, version, files);
                told.push(record);
            }
        }
    }
    collector.connect(DATABASES[0], &told);
    asked(&mut collector, &told);
    collector.found
}

/// Who was asked for: the world names it, or else something that it offers.
fn asked(collector: &mut Collector<'_, '_>, told: &[Record<'_>]) {
    if collector.scene.fs.resolve(WORLD).is_none() {
        return;
    }
    let Some(world) = collector.read(WORLD) else {
        return;
    };
    let mut wanted: HashSet<&[u8]> = names(world).collect();
    let packages = &mut collector.found.packages;
    for (package, told) in packages.iter_mut().zip(told) {
        package.asked = match wanted.remove(told.name) {
            true => Asked::ByName,
            false => Asked::ForOthers,
        };
    }
    for (package, told) in packages.iter_mut().zip(told) {
        if told.offers().any(|name| wanted.remove(name)) {
            package.asked = Asked::ByName;
        }
    }
}

/// What the database says of a package, as far as it matters here.
#[derive(Default)]
struct Record<'r> {
    name: &'r [u8],
    version: &'r [u8],
    needs: &'r [u8],
    offers: &'r [u8],
    files: Vec<NodeId>,
}

impl<'r> Terms<'r> for Record<'r> {
    fn name(&self) -> &'r [u8] {
        self.name
    }

    fn offers(&self) -> impl Iterator<Item = &'r [u8]> {
        names(self.offers)
    }

    fn needs(&self) -> impl Iterator<Item = impl Iterator<Item = &'r [u8]>> {
        names(self.needs).map(|name| [name].into_iter())
    }
}

/// The names in a list of dependencies, without versions and repositories, and without
/// what must not be there.
fn names(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let words = list.split(u8::is_ascii_whitespace);
    let wanted = words.filter(|word| !word.is_empty() && !word.starts_with(b"!"));
    wanted.filter_map(|word| word.split(|byte| b"<>=~@".contains(byte)).next())
}

impl<'r> Record<'r> {
    fn read(
        lines: &mut impl Iterator<Item = &'r [u8]>,
        collector: &mut Collector<'_, '_>,
    ) -> Option<Record<'r>> {
        let mut lines = lines
            .skip_while(|line| line.is_empty())
            .take_while(|line| !line.is_empty())
            .peekable();
        lines.peek()?;
        let scene = collector.scene;
        let mut record = Record::default();
        let mut folder = None;
        for line in lines {
            match line.split_at_checked(2) {
                Some((b"P:", name)) => record.name = name,
                Some((b"V:", version)) => record.version = version,
                Some((b"D:", needs)) => record.needs = needs,
                Some((b"p:", offers)) => record.offers = offers,
                // Looked up once for all of its files: its name may be long.
                Some((b"F:", path)) => folder = scene.fs.resolve(path),
                Some((b"R:", name)) => {
                    let node = folder.and_then(|folder| file(scene, folder, name));
                    record.files.extend(collector.claim([node]));
                }
                _ => {}
            }
        }
        Some(record)
    }
}

fn file(scene: &Scene<'_>, folder: NodeId, name: &[u8]) -> Option<NodeId> {
    let node = scene.fs.child(folder, name)?;
    (scene.fs.kind(node) == NodeKind::File).then_some(node)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::owner::tests::{differential::fixtures, told};
    use crate::testkit::Case;

    /// Every listed path is made a file, so that every one of them can be owned.
    #[test]
    fn databases_that_nobody_here_wrote() {
        let Some((folder, expected)) = fixtures() else {
            return;
        };
        for name in ["apk-installed", "apk-corrupt"] {
            let path = format!("pkgdb/{name}/installed");
            let database = std::fs::read_to_string(folder.join(&path)).unwrap();
            let mut case = format!("t lib/apk/db/installed {path}\n");
            let mut below = "";
            for line in database.lines() {
                match line.split_at_checked(2) {
                    Some(("F:", folder)) => below = folder,
                    Some(("R:", file)) => case += &format!("f 1 {below}/{file}\n"),
                    _ => {}
                }
            }
            let said = told(&DETECTOR, &Case::parse(&case, &folder));
            let packages = said
                .lines()
                .filter(|line| line.contains(" live ") && !line.starts_with("unattributed"));
            let files: u64 = packages
                .clone()
                .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
                .sum();
            assert_eq!(
                packages.count(),
                expected["pkgdb"][&path]["packages"],
                "{path}"
            );
            assert_eq!(files, expected["pkgdb"][&path]["listed_files"], "{path}");
            assert_eq!(said.contains("malformed"), name == "apk-corrupt", "{said}");
        }
    }
}

//! Packages of Fedora, SUSE and their kin. What comes in is rpm's database, in
//! any of its three formats; what goes out is the installed packages with the
//! regular files that they list.
//!
//! The formats are told in the readers' files. That `%ghost` marks a file that
//! is no part of its package is told in rpm's manual, "Spec file format"; what a
//! package may need of others in "Dependencies" and "Boolean Dependencies". Who was
//! asked for only dnf's history knows, which is not read.

mod bdb;
mod database;
mod header;
mod ndb;
mod sqlite;
mod wal;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};

use super::system_package::{Collector, Terms, whole};
use super::{Detector, Finds, Found, Scene};
use crate::layer::Candidate;
use crate::path::ImagePath;
use crate::rootfs::NodeId;
use crate::units::Bytes;

pub(super) const DETECTOR: Detector = Detector {
    id: "rpm",
    finds: Finds::Packages,
    wants,
    detect,
};

const RUNTIMES: &[&str] = &[
    "python3",
    "python3-libs",
    "python3.#",
    "python3.#-libs",
    "python3#",
    "python3#-base",
    "python3#-libs",
    "libpython3*",
    "nodejs",
    "nodejs#",
    "nodejs-libs",
    "ruby",
    "ruby-libs",
    "ruby#.#",
    "libruby#*",
    "php-cli",
    "php-common",
    "php#",
    "php#-cli",
    "java-#-*",
    "java-#.#.#-*",
    "golang-bin",
    "golang-src",
];

/// The old folder; that of SUSE, and of Fedora since 36; that of rpm-ostree.
const FOLDERS: [&str; 3] = ["var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm"];
/// From new to old: what rpm leaves behind when it converts one is out of date.
const DATABASES: [&str; 3] = ["rpmdb.sqlite", "Packages.db", "Packages"];
/// The write-ahead log of `SQLite`.
const LOG: &str = "rpmdb.sqlite-wal";

/// More than of the other databases: signatures and change logs are in it.
const MOST: Bytes = Bytes(256 << 20);

fn wants(candidate: &Candidate<'_>) -> u64 {
    let name = FOLDERS.iter().find_map(|folder| {
        let rest = candidate.path.strip_prefix(folder.as_bytes())?;
        rest.strip_prefix(b"/")
    });
    let mut names = DATABASES.iter().chain([&LOG]);
    if names.any(|database| name == Some(database.as_bytes())) {
        whole(candidate, MOST)
    } else {
        0
    }
}

fn detect(scene: &Scene<'_>) -> Found {
    let mut collector = Collector::new(scene, MOST, RUNTIMES);
    let mut told = Vec::new();
    for path in databases(scene) {
        let Some(bytes) = collector.read(path.as_bytes()) else {
            continue;
        };
        let log = collector.read([path.as_bytes(), b"-wal"].concat());
        let contents = database::read(bytes, log);
        if let Some(damage) = contents.damage {
            collector.malformed(path.as_bytes(), &damage.0);
        }
        let mut needed = needed_files(scene, &contents.installed);
        for mut package in contents.installed {
            let version = version(&package);
            let offered = offered_files(scene, &package, &mut needed);
            package.provides.extend(offered);
            let files = std::mem::take(&mut package.files);
            let files = files.iter().filter(|file| !file.ghost);
            let files = collector.claim(files.map(|file| scene.file(&file.path)));
            collector.add(path.as_bytes(), package.name.clone(), version, files);
            told.push(package);
        }
    }
    collector.connect(FOLDERS[0], &told.iter().collect::<Vec<_>>());
    collector.found
}

/// By name and folder: how the packages that need this file write it.
type Needed = HashMap<Vec<u8>, HashMap<NodeId, Vec<String>>>;

/// The files that packages need by their paths. Their folders may be links: who
/// needs `/bin/sh` is content with `/usr/bin/sh`.
fn needed_files(scene: &Scene<'_>, installed: &[database::Installed]) -> Needed {
    let paths: BTreeSet<&String> = installed
        .iter()
        .flat_map(|package| &package.requires)
        .filter(|name| name.starts_with('/'))
        .collect();
    let mut needed = Needed::new();
    for path in paths {
        if let Some((folder, name)) = split(path.as_bytes())
            && let Some(folder) = scene.fs.resolve(folder)
        {
            let folders = needed.entry(name.to_vec()).or_default();
            folders.entry(folder).or_default().push(path.clone());
        }
    }
    needed
}

/// Those that this package lists; the first package that does has them.
fn offered_files(
    scene: &Scene<'_>,
    package: &database::Installed,
    needed: &mut Needed,
) -> Vec<String> {
    let mut offered = Vec::new();
    for file in &package.files {
        if let Some((folder, name)) = split(&file.path)
            && let Some(folders) = needed.get_mut(name)
            && let Some(folder) = scene.fs.resolve(folder)
        {
            offered.extend(folders.remove(&folder).unwrap_or_default());
        }
    }
    offered
}

/// A path's folder and name.
fn split(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let slash = path.iter().rposition(|&byte| byte == b'/')?;
    Some((&path[..slash], &path[slash + 1..]))
}

impl<'t> Terms<'t> for &'t database::Installed {
    fn name(&self) -> &'t [u8] {
        self.name.as_bytes()
    }

    fn machine(&self) -> &'t [u8] {
        self.arch.as_bytes()
    }

    fn offers(&self) -> impl Iterator<Item = &'t [u8]> {
        self.provides.iter().map(String::as_bytes)
    }

    /// Without what rpm itself must know, and without conditions: `(a if b)`.
    fn needs(&self) -> impl Iterator<Item = impl Iterator<Item = &'t [u8]>> {
        let is_plain = |name: &&String| !name.starts_with("rpmlib(") && !name.starts_with('(');
        let plain = self.requires.iter().filter(is_plain);
        plain.map(|name| [name.as_bytes()].into_iter())
    }
}

/// The newest database of each folder, once: a folder may be a link to another.
fn databases(scene: &Scene<'_>) -> Vec<ImagePath> {
    let mut nodes = Vec::new();
    for folder in FOLDERS {
        let paths = DATABASES.map(|name| format!("{folder}/{name}"));
        let newest = paths.iter().find_map(|path| scene.fs.resolve(path));
        nodes.extend(newest.filter(|node| !nodes.contains(node)));
    }
    nodes.into_iter().map(|node| scene.fs.path(node)).collect()
}

/// As `rpm -qa` shows it, with the epoch where there is one.
fn version(installed: &database::Installed) -> String {
    let (version, release) = (&installed.version, &installed.release);
    match installed.epoch {
        Some(epoch) if epoch > 0 => format!("{epoch}:{version}-{release}"),
        _ => format!("{version}-{release}"),
    }
}

//! Packages of Fedora, SUSE and their kin. What comes in is rpm's database, in
//! any of its three formats; what goes out is the installed packages with the
//! regular files that they list.
//!
//! The formats are told in the readers' files. That `%ghost` marks a file that
//! is no part of its package is told in rpm's manual, "Spec file format".

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

use super::system_package::{Collector, whole};
use super::{Detector, Finds, Found, Scene};
use crate::layer::Candidate;
use crate::path::ImagePath;
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
    for path in databases(scene) {
        let Some(bytes) = collector.read(path.as_bytes()) else {
            continue;
        };
        let log = collector.read([path.as_bytes(), b"-wal"].concat());
        let contents = database::read(bytes, log);
        if let Some(damage) = contents.damage {
            collector.malformed(path.as_bytes(), &damage.0);
        }
        for package in contents.installed {
            let version = version(&package);
            let files = package.files.iter().filter(|file| !file.ghost);
            let files = collector.claim(files.map(|file| scene.file(&file.path)));
            collector.add(path.as_bytes(), package.name, version, files);
        }
    }
    collector.found
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

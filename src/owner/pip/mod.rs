//! Python packages. What comes in is every `*.dist-info` and `*.egg-info` of the
//! image, wherever it lies; what goes out is a package for each, with the files
//! that it lists, the folders below which nobody else lists any, and bytecode.
//!
//! Facts: PyPA, "Recording installed projects" (`dist-info`), "Core metadata" and
//! "Entry points"; setuptools, "Internal Structure of Python Eggs" (`egg-info`);
//! PEP 3147 (`__pycache__`).

mod claims;
mod install;
mod marker;
mod needs;
mod record;
mod vendored;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use super::{Detector, Finds, Found, Scene};
use crate::layer::Candidate;
use crate::rootfs::NodeId;

pub(super) const DETECTOR: Detector = Detector {
    id: "pip",
    finds: Finds::Packages,
    wants,
    detect,
};

/// Name, version and requirements stand at the top, between them licenses of some
/// 60 KiB; the description below can be long.
const HEAD: u64 = 256 << 10;
const TEXT: u64 = 1 << 20;
const LIST: u64 = 64 << 20;

const DIST_INFO: &[u8] = b".dist-info";
const EGG_INFO: &[u8] = b".egg-info";
/// In a folder that is an egg.
const IN_EGG: &[u8] = b".egg/EGG-INFO";
/// What pip brings along.
const VENDORED: &[u8] = b"pip/_vendor/vendor.txt";
/// Of a virtual environment.
const SETTINGS: &[u8] = b"pyvenv.cfg";

/// Where uv and conda unpack packages before they link or copy them to where
/// Python looks for them: caches, not installations.
const CACHES: [&[u8]; 2] = [b"/archive-v0/", b"/pkgs/"];

fn wants(file: &Candidate<'_>) -> u64 {
    let (folder, name) = match file.path.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => (&file.path[..slash], &file.path[slash + 1..]),
        None => (&[][..], file.path),
    };
    let is_dist = folder.ends_with(DIST_INFO);
    let is_egg = folder.ends_with(EGG_INFO) || folder.ends_with(IN_EGG);
    match name {
        b"METADATA" if is_dist => HEAD,
        b"RECORD" if is_dist => LIST,
        b"INSTALLER" if is_dist => TEXT,
        b"PKG-INFO" if is_egg => HEAD,
        b"installed-files.txt" if is_egg => LIST,
        b"requires.txt" if is_egg => TEXT,
        b"top_level.txt" | b"entry_points.txt" if is_dist || is_egg => TEXT,
        b"vendor.txt" if file.path.ends_with(VENDORED) => TEXT,
        SETTINGS => TEXT,
        _ if name.ends_with(EGG_INFO) => HEAD,
        _ => 0,
    }
}

fn detect(scene: &Scene<'_>) -> Found {
    let mut found = Found::default();
    let mut installs = Vec::new();
    for info in infos(scene) {
        match install::read(scene, info) {
            Ok(install) => installs.extend(install),
            Err(malformed) => found.malformed.push(malformed),
        }
    }
    // Of two packages that list a file the outer one wins: what setuptools
    // vendors stays a part of setuptools.
    installs.sort_by_cached_key(|install| scene.fs.path(install.site).parts().count());
    let hosts = vendored::hosts(scene.fs, &installs);
    found.packages = claims::packages(scene.fs, &installs);
    needs::enter(scene, &installs, &hosts, &mut found.packages);
    vendored::enter(scene, &installs, &hosts, &mut found.packages);
    found
}

/// What tells of an installation, in the order of paths: a folder, or of
/// distutils a single file.
fn infos(scene: &Scene<'_>) -> Vec<NodeId> {
    let fs = scene.fs;
    let mut seen = HashSet::new();
    scene
        .kept()
        .filter_map(|(path, file, _)| {
            let folder = fs.parent(file);
            let inside = |suffix| fs.name(folder).ends_with(suffix);
            let info = match fs.name(file) {
                // Either of the two: uv links the other one to its cache.
                b"METADATA" | b"RECORD" if inside(DIST_INFO) => folder,
                b"PKG-INFO" if inside(EGG_INFO) => folder,
                b"PKG-INFO" if fs.path(folder).as_bytes().ends_with(IN_EGG) => folder,
                name if name.ends_with(EGG_INFO) => file,
                _ => return None,
            };
            (!is_cached(path.as_bytes()) && seen.insert(info)).then_some(info)
        })
        .collect()
}

fn is_cached(path: &[u8]) -> bool {
    CACHES
        .iter()
        .any(|cache| path.windows(cache.len()).any(|part| part == *cache))
}

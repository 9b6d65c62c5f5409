//! Python packages. What comes in is every `*.dist-info` and `*.egg-info` of the
//! image, wherever it lies; what goes out is a package for each, with the files
//! that it lists, the folders below which nobody else lists any, and bytecode.
//!
//! Facts: PyPA, "Recording installed projects" (`dist-info`), "Core metadata" and
//! "Entry points"; setuptools, "Internal Structure of Python Eggs" (`egg-info`);
//! PEP 3147 (`__pycache__`).

mod claims;
mod install;
mod record;

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

/// Name and version stand at the top; the description below can be long.
const HEAD: u64 = 64 << 10;
const NAME: u64 = 64;
const TEXT: u64 = 1 << 20;
const LIST: u64 = 64 << 20;

const DIST_INFO: &[u8] = b".dist-info";
const EGG_INFO: &[u8] = b".egg-info";

/// Where uv and conda unpack packages before they link or copy them to where
/// Python looks for them: caches, not installations.
const CACHES: [&[u8]; 2] = [b"/archive-v0/", b"/pkgs/"];

fn wants(file: &Candidate<'_>) -> u64 {
    let (folder, name) = match file.path.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => (&file.path[..slash], &file.path[slash + 1..]),
        None => (&[][..], file.path),
    };
    match name {
        b"METADATA" if folder.ends_with(DIST_INFO) => HEAD,
        b"RECORD" if folder.ends_with(DIST_INFO) => LIST,
        b"INSTALLER" if folder.ends_with(DIST_INFO) => NAME,
        b"PKG-INFO" if folder.ends_with(EGG_INFO) => HEAD,
        b"installed-files.txt" if folder.ends_with(EGG_INFO) => LIST,
        b"top_level.txt" | b"entry_points.txt"
            if folder.ends_with(DIST_INFO) || folder.ends_with(EGG_INFO) =>
        {
            TEXT
        }
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
    found.packages = claims::packages(scene.fs, installs);
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

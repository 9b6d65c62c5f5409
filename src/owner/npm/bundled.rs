//! Packages that are part of others: Next.js brings along what it needs in
//! `dist/compiled`. What comes in is the manifests in the folders of packages; what
//! goes out is a package without files for each that has a name.

use std::collections::{HashMap, HashSet};

use super::needs::Needy;
use super::{CACHES, MANIFEST, MODULES, is_below_modules, manifest};
use crate::owner::{Category, Package, Scene};
use crate::rootfs::NodeId;

/// The manifests in these are made up.
const TESTS: [&[u8]; 6] = [
    b"__fixtures__",
    b"__tests__",
    b"fixtures",
    b"spec",
    b"test",
    b"tests",
];

/// Is a manifest in a package of no account?
pub(super) fn is_no_part(path: &[u8]) -> bool {
    let folders = path.rsplit(|&byte| byte == b'/').skip(1);
    // The last of these is the package itself, which may be called so.
    let below: Vec<&[u8]> = folders.take_while(|&folder| folder != MODULES).collect();
    let below = below.split_last().map_or(&[][..], |(_, below)| below);
    let is_none = |name: &&[u8]| TESTS.contains(name) || CACHES.contains(name);
    is_below_modules(path) && below.iter().any(is_none)
}

/// What is in the packages, each with its folder. A package that is also installed on
/// its own is not told of twice.
pub(super) fn find(scene: &Scene<'_>, packages: &[Package], needy: &[Needy]) -> Vec<Package> {
    let fs = scene.fs;
    let hosts: HashMap<NodeId, usize> = (0..needy.len()).map(|no| (needy[no].folder, no)).collect();
    let known: HashSet<(&str, &str)> = packages
        .iter()
        .map(|package| (&*package.name, &*package.version))
        .collect();
    let found = scene.kept().filter_map(|(path, file, text)| {
        let folder = fs.parent(file);
        let is_other = fs.name(file) == MANIFEST && !hosts.contains_key(&folder);
        if !is_other || is_no_part(path.as_bytes()) {
            return None;
        }
        let mut above = std::iter::successors(Some(folder), |&at| {
            (at != NodeId::ROOT).then(|| fs.parent(at))
        });
        let host = above.find_map(|folder| hosts.get(&folder).copied())?;
        let told = manifest::read(text).ok()?;
        let (name, version) = (told.name?, told.version.unwrap_or_default());
        (!known.contains(&(&*name, &*version))).then(|| Package {
            name,
            version,
            category: Category::LanguagePackages,
            inside: Some(host),
            ..Package::default()
        })
    });
    found.collect()
}

//! Packages of npm, yarn, pnpm and bun. What comes in is every folder directly
//! inside a `node_modules`, at any depth; what goes out is a package for each that
//! holds a `package.json`, with that folder as its own, and one for whatever else
//! is in a `node_modules`: lists, and programs that start those of packages. Other
//! manifests with a name are packages without files: apps, and what packages bundle.
//!
//! Facts: docs.npmjs.com, "package.json" and "folders"; nodejs.org, "CommonJS
//! modules", Loading from `node_modules` folders; pnpm.io, "Symlinked
//! `node_modules` structure".

mod apps;
mod bundled;
mod manifest;
mod needs;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use needs::Needy;

use super::{Category, Detector, Finds, Found, Package, Scene};
use crate::layer::Candidate;
use crate::path::ImagePath;
use crate::rootfs::{NodeId, NodeKind, Rootfs};
use crate::units::Bytes;

pub(super) const DETECTOR: Detector = Detector {
    id: "npm",
    finds: Finds::Packages,
    wants,
    detect,
};

const MODULES: &[u8] = b"node_modules";
const MANIFEST: &[u8] = b"package.json";
const MOST: u64 = 1 << 20;
/// Of a manifest that is in no package's place.
const MOST_OF_OTHERS: u64 = 256 << 10;

/// Where yarn, build tools and npx keep copies of packages: caches, whatever is
/// in them.
const CACHES: [&[u8]; 2] = [b".cache", b"_npx"];
/// Yarn puts it into the packages of its cache, wherever that is.
const CACHED: &[u8] = b".yarn-metadata.json";

fn wants(file: &Candidate<'_>) -> u64 {
    let mut parts = file.path.rsplit(|&byte| byte == b'/');
    if parts.next() != Some(MANIFEST) {
        return 0;
    }
    let folder = parts.next().unwrap_or_default();
    let in_modules = match parts.next() {
        Some([b'@', ..]) => parts.next() == Some(MODULES),
        above => above == Some(MODULES),
    };
    if in_modules || is_cached_by_bun(folder) {
        MOST
    } else if file.size.0 > MOST_OF_OTHERS || bundled::is_no_part(file.path) {
        0
    } else {
        MOST_OF_OTHERS
    }
}

/// Bun makes files in `node_modules` links to those of its cache.
fn is_cached_by_bun(folder: &[u8]) -> bool {
    folder.windows(3).any(|three| three == b"@@@")
}

fn is_below_modules(path: &[u8]) -> bool {
    path.split(|&byte| byte == b'/').any(|part| part == MODULES)
}

fn detect(scene: &Scene<'_>) -> Found {
    let fs = scene.fs;
    let mut found = Found::default();
    let mut needy = Vec::new();
    let Folders { packages, roots } = Folders::find(fs);
    for (path, folder, manifest) in packages {
        let by_folder = folder_name(fs, folder);
        let told = match fs.read(manifest) {
            // Its content has another first name: pnpm links it to its store.
            None if !is_empty(fs, manifest) => {
                let version = version_in_store(fs, folder);
                Ok((Some(by_folder.clone()), version, None))
            }
            text => manifest::read(text.unwrap_or_default())
                .map(|told| (told.name, told.version, Some(told.needs))),
        };
        match told {
            // Tests of a package often hold such folders; they are that package's.
            Ok((None, ..)) if is_nested(&path) => {}
            Ok((name, version, names)) => {
                found.packages.push(Package {
                    name: name.unwrap_or(by_folder),
                    version: version.unwrap_or_default(),
                    category: Category::LanguagePackages,
                    trees: [folder].into_iter().chain(made_by(fs, folder)).collect(),
                    ..Package::default()
                });
                needy.push(Needy { folder, names });
            }
            Err(why) => found.malformed(&fs.path(manifest), why),
        }
    }
    let bundled = bundled::find(scene, &found.packages, &needy);
    let first_app = needy.len();
    for (app, needs) in apps::find(scene) {
        found.packages.push(app);
        needy.push(needs);
    }
    if !needs::enter(fs, &mut found.packages, &needy, first_app) {
        let why = "its packages need more than imgsize looks for (2,000,000 folders)";
        found.malformed(&ImagePath::new(MODULES), why);
    }
    let owned: HashSet<NodeId> = found
        .packages
        .iter()
        .flat_map(|package| package.trees.iter().copied())
        .collect();
    let rest = roots
        .into_iter()
        .filter(|&root| has_more(fs, root, &owned) && !is_cached(fs, root));
    let rest: Vec<NodeId> = rest.collect();
    found.packages.extend((!rest.is_empty()).then(|| Package {
        name: "node_modules".to_owned(),
        category: Category::LanguagePackages,
        trees: rest,
        ..Package::default()
    }));
    found.packages.extend(bundled);
    found
}

/// What a package makes beside itself: Prisma the client for a schema, with engines.
fn made_by(fs: &Rootfs, folder: NodeId) -> Option<NodeId> {
    let is_prisma = folder_name(fs, folder) == "@prisma/client";
    let made = is_prisma.then(|| fs.child(modules_of(fs, folder), b".prisma"))?;
    made.filter(|&made| fs.kind(made) == NodeKind::Dir)
}

/// Does yarn keep packages in it?
fn is_cached(fs: &Rootfs, modules: NodeId) -> bool {
    let is_scope = |child: NodeId| fs.name(child).starts_with(b"@");
    let scopes = fs.children(modules).filter(|&child| is_scope(child));
    let mut folders = [modules].into_iter().chain(scopes);
    folders.any(|folder| {
        fs.children(folder)
            .any(|one| fs.child(one, CACHED).is_some())
    })
}

/// Is there a file in it that is in no package and in no cache?
fn has_more(fs: &Rootfs, root: NodeId, owned: &HashSet<NodeId>) -> bool {
    let mut open = vec![root];
    while let Some(folder) = open.pop() {
        for child in fs.children(folder) {
            match fs.kind(child) {
                NodeKind::File => return true,
                NodeKind::Dir if owned.contains(&child) => {}
                NodeKind::Dir if CACHES.contains(&fs.name(child)) => {}
                NodeKind::Dir => open.push(child),
                _ => {}
            }
        }
    }
    false
}

/// What is found on a walk over all folders.
#[derive(Default)]
struct Folders {
    /// The folders of packages and their manifests, in the order of paths. Kept files
    /// would not tell: of a link to the store of pnpm, only the store's name is kept.
    packages: Vec<(ImagePath, NodeId, NodeId)>,
    /// Every `node_modules` that is in no other.
    roots: Vec<NodeId>,
}

impl Folders {
    fn find(fs: &Rootfs) -> Folders {
        let mut found = Folders::default();
        let mut open = vec![(NodeId::ROOT, false)];
        while let Some((folder, is_below)) = open.pop() {
            let name = fs.name(folder);
            if CACHES.contains(&name) {
                continue;
            }
            if name == MODULES && !is_below {
                found.roots.push(folder);
            }
            if let Some(manifest) = manifest_of(fs, folder) {
                found.packages.push((fs.path(folder), folder, manifest));
            }
            let is_below = is_below || name == MODULES;
            let folders = fs
                .children(folder)
                .filter(|&child| fs.kind(child) == NodeKind::Dir);
            open.extend(folders.map(|folder| (folder, is_below)));
        }
        found.packages.sort_unstable();
        found.roots.sort_unstable();
        found
    }
}

/// The manifest of a folder that is a package.
fn manifest_of(fs: &Rootfs, folder: NodeId) -> Option<NodeId> {
    let name = fs.name(folder);
    let is_package = !name.starts_with(b".")
        && !name.starts_with(b"@")
        && fs.name(modules_of(fs, folder)) == MODULES
        && fs.child(folder, CACHED).is_none();
    let manifest = is_package.then(|| fs.child(folder, MANIFEST))??;
    (fs.kind(manifest) == NodeKind::File).then_some(manifest)
}

/// The `node_modules` of a package, if it lies in one.
fn modules_of(fs: &Rootfs, folder: NodeId) -> NodeId {
    let above = fs.parent(folder);
    if fs.name(above).starts_with(b"@") {
        fs.parent(above)
    } else {
        above
    }
}

/// `@scope/name`, or `name`.
fn folder_name(fs: &Rootfs, folder: NodeId) -> String {
    let above = fs.parent(folder);
    let name = String::from_utf8_lossy(fs.name(folder));
    match String::from_utf8_lossy(fs.name(above)) {
        scope if scope.starts_with('@') => format!("{scope}/{name}"),
        _ => name.into_owned(),
    }
}

fn is_empty(fs: &Rootfs, file: NodeId) -> bool {
    fs.body_of(file)
        .is_some_and(|body| fs.body(body).size == Bytes::ZERO)
}

fn is_nested(path: &ImagePath) -> bool {
    path.parts().filter(|part| *part == MODULES).count() > 1
}

/// The version in the name of the folder that pnpm gives each package:
/// `.pnpm/@scope+name@1.2.3_peer@4.5.6/node_modules/@scope/name`.
fn version_in_store(fs: &Rootfs, folder: NodeId) -> Option<String> {
    let store = fs.name(fs.parent(modules_of(fs, folder)));
    let name = folder_name(fs, folder).replace('/', "+");
    let version = store.strip_prefix(name.as_bytes())?.strip_prefix(b"@")?;
    let end = version.iter().position(|byte| b"_(".contains(byte));
    let version = version.get(..end.unwrap_or(version.len()))?;
    Some(String::from_utf8_lossy(version).into_owned())
}

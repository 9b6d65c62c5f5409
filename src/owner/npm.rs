//! Packages of npm, yarn, pnpm and bun. What comes in is every folder directly
//! inside a `node_modules`, at any depth; what goes out is a package for each that
//! holds a `package.json`, with that folder as its own.
//!
//! Facts: docs.npmjs.com, "package.json" and "folders"; nodejs.org, "CommonJS
//! modules", Loading from `node_modules` folders; pnpm.io, "Symlinked
//! `node_modules` structure".

use serde_json::{Map, Value};

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
    // Bun makes files in `node_modules` links to those of its cache.
    let in_cache_of_bun = || folder.windows(3).any(|three| three == b"@@@");
    if in_modules || in_cache_of_bun() {
        MOST
    } else {
        0
    }
}

fn detect(scene: &Scene<'_>) -> Found {
    let fs = scene.fs;
    let mut found = Found::default();
    for (path, folder, manifest) in packages(fs) {
        let by_folder = folder_name(fs, folder);
        let told = match fs.read(manifest) {
            // Its content has another first name: pnpm links it to its store.
            None if !is_empty(fs, manifest) => {
                Ok((Some(by_folder.clone()), version_in_store(fs, folder)))
            }
            text => name_and_version(text.unwrap_or_default()),
        };
        match told {
            // Tests of a package often hold such folders; they are that package's.
            Ok((None, _)) if is_nested(&path) => {}
            Ok((name, version)) => found.packages.push(Package {
                name: name.unwrap_or(by_folder),
                version: version.unwrap_or_default(),
                category: Category::LanguagePackages,
                trees: vec![folder],
                ..Package::default()
            }),
            Err(why) => found.malformed(&fs.path(manifest), why),
        }
    }
    found
}

/// The folders of packages and their manifests, in the order of paths. Kept files
/// would not tell: of a link to the store of pnpm, only the store's name is kept.
fn packages(fs: &Rootfs) -> Vec<(ImagePath, NodeId, NodeId)> {
    let mut packages = Vec::new();
    let mut open = vec![NodeId::ROOT];
    while let Some(folder) = open.pop() {
        let name = fs.name(folder);
        if CACHES.contains(&name) {
            continue;
        }
        if !name.starts_with(b".")
            && !name.starts_with(b"@")
            && fs.name(modules_of(fs, folder)) == MODULES
            && fs.child(folder, CACHED).is_none()
        {
            let manifest = fs.child(folder, MANIFEST);
            let manifest = manifest.filter(|&file| fs.kind(file) == NodeKind::File);
            packages.extend(manifest.map(|manifest| (fs.path(folder), folder, manifest)));
        }
        open.extend(
            fs.children(folder)
                .filter(|&child| fs.kind(child) == NodeKind::Dir),
        );
    }
    packages.sort_unstable();
    packages
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

/// What the manifest says; `None` for what is absent or no text.
fn name_and_version(text: &[u8]) -> Result<(Option<String>, Option<String>), String> {
    // Old manifests hold other encodings and byte order marks, and npm reads them.
    let text = String::from_utf8_lossy(text);
    let manifest: Map<String, Value> = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| {
            let (line, column) = (error.line(), error.column());
            format!("it cannot be read as a JSON object: line {line}, column {column}")
        })?;
    let text = |key| match manifest.get(key) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        _ => None,
    };
    Ok((text("name"), text("version")))
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

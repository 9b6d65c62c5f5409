//! Packages of PHP. What comes in is each `vendor/composer/installed.json`; what goes
//! out is a package for each entry, with the folder where it is installed, its
//! commands and what it needs.
//!
//! What the author asked for stands in the `composer.json` beside `vendor`.
//!
//! Facts: getcomposer.org, "The composer.json schema" (`require`, `replace`,
//! `provide`, `bin`) and "Vendor binaries"; the Composer sources,
//! `FilesystemRepository` (`installed.json` of version 1, a list, and of version 2,
//! an object with `packages` and their `install-path`).

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Deserialize;
use serde_json::Value;

use super::{Asked, Category, Detector, Finds, Found, Package, Scene};
use crate::layer::Candidate;
use crate::path::LONGEST_PATH;
use crate::rootfs::{NodeId, NodeKind};

pub(super) const DETECTOR: Detector = Detector {
    id: "composer",
    finds: Finds::Packages,
    wants,
    detect,
};

const LIST: u64 = 32 << 20;
const MANIFEST: u64 = 256 << 10;

fn wants(file: &Candidate<'_>) -> u64 {
    let mut parts = file.path.rsplit(|&byte| byte == b'/');
    match parts.next() {
        Some(b"installed.json") if parts.next() == Some(b"composer") => LIST,
        // Every package has one; that of the author is in no `vendor`.
        Some(b"composer.json") if !parts.any(|part| part == b"vendor") => MANIFEST,
        _ => 0,
    }
}

fn detect(scene: &Scene<'_>) -> Found {
    let mut found = Found::default();
    for (path, file, text) in scene.kept() {
        let composer = scene.fs.parent(file);
        let is_list =
            scene.fs.name(file) == b"installed.json" && scene.fs.name(composer) == b"composer";
        if !is_list {
            continue;
        }
        match entries(text) {
            Ok(entries) => install(scene, composer, &entries, &mut found),
            Err(error) if error.line() > 0 => {
                let (line, column) = (error.line(), error.column());
                let why = format!("it cannot be read as JSON: line {line}, column {column}");
                found.malformed(path, why);
            }
            Err(_) => found.malformed(path, "it is no list of packages"),
        }
    }
    found
}

/// What the list says of a package; of other fields nothing is read.
#[derive(Deserialize)]
struct Entry {
    name: String,
    #[serde(default)]
    version: String,
    /// From the folder of the list; packages without files have none.
    #[serde(default, rename = "install-path")]
    install_path: Option<String>,
    // An empty one is written as a list, for so PHP writes an empty map.
    #[serde(default)]
    require: Value,
    #[serde(default)]
    replace: Value,
    #[serde(default)]
    provide: Value,
    /// A list, or of old packages a single name.
    #[serde(default)]
    bin: Value,
}

/// The entries of a list, whichever version it has.
fn entries(text: &[u8]) -> Result<Vec<Entry>, serde_json::Error> {
    let list = match serde_json::from_slice(text)? {
        Value::Object(mut object) => object.remove("packages").unwrap_or_default(),
        list => list,
    };
    Vec::deserialize(list)
}

/// Adds the packages of one `vendor`.
fn install(scene: &Scene<'_>, composer: NodeId, entries: &[Entry], found: &mut Found) {
    let fs = scene.fs;
    let vendor = fs.parent(composer);
    let first = found.packages.len();
    let names = names(entries, first);
    let asked = asked(scene, fs.parent(vendor));
    let above: HashSet<NodeId> = std::iter::successors(Some(composer), |&node| {
        (node != NodeId::ROOT).then(|| fs.parent(node))
    })
    .collect();
    for entry in entries {
        let at = match &entry.install_path {
            Some(path) => [fs.path(composer).as_bytes(), path.as_bytes()].join(&b'/'),
            None => [fs.path(vendor).as_bytes(), entry.name.as_bytes()].join(&b'/'),
        };
        let folder = (at.len() <= LONGEST_PATH).then(|| fs.resolve(at)).flatten();
        // Everything above the list would be no package's own.
        let trees = folder.filter(|folder| !above.contains(folder));
        let needed = keys(&entry.require).filter_map(|name| names.get(&name).copied());
        let own_name = entry.name.to_lowercase();
        found.packages.push(Package {
            name: entry.name.clone(),
            version: entry.version.clone(),
            category: Category::LanguagePackages,
            files: commands(scene, vendor, &entry.bin),
            trees: trees.into_iter().collect(),
            requires: needed.collect(),
            asked: match &asked {
                None => Asked::Unknown,
                Some(names) if names.contains(&own_name) => Asked::ByName,
                Some(_) => Asked::ForOthers,
            },
            ..Package::default()
        });
    }
}

/// Which package answers to a name: its own one, before those that it stands in for.
fn names(entries: &[Entry], first: usize) -> BTreeMap<String, usize> {
    let mut names = BTreeMap::new();
    for (no, entry) in entries.iter().enumerate() {
        names.entry(entry.name.to_lowercase()).or_insert(first + no);
    }
    for (no, entry) in entries.iter().enumerate() {
        for other in keys(&entry.replace).chain(keys(&entry.provide)) {
            names.entry(other).or_insert(first + no);
        }
    }
    names
}

fn keys(map: &Value) -> impl Iterator<Item = String> {
    let map = map.as_object().into_iter().flatten();
    map.map(|(name, _)| name.to_lowercase())
}

/// What the author's manifest asks for, if it is there.
fn asked(scene: &Scene<'_>, project: NodeId) -> Option<HashSet<String>> {
    let manifest = scene.fs.child(project, b"composer.json")?;
    let manifest: HashMap<String, Value> = serde_json::from_slice(scene.fs.read(manifest)?).ok()?;
    let of = |key| manifest.get(key).into_iter().flat_map(keys);
    Some(of("require").chain(of("require-dev")).collect())
}

/// The proxies that Composer makes of a package's commands; a link has no bytes.
fn commands(scene: &Scene<'_>, vendor: NodeId, bin: &Value) -> Vec<NodeId> {
    let fs = scene.fs;
    let Some(folder) = fs.child(vendor, b"bin") else {
        return Vec::new();
    };
    let paths = bin
        .as_array()
        .map_or(std::slice::from_ref(bin), Vec::as_slice);
    let names = paths
        .iter()
        .filter_map(|path| path.as_str()?.rsplit('/').next());
    names
        .filter_map(|name| fs.child(folder, name.as_bytes()))
        .filter(|&file| fs.kind(file) == NodeKind::File)
        .collect()
}

//! Rocks of Lua. What comes in is the `rock_manifest` of each rock that LuaRocks
//! installed, with the rockspec beside it; what goes out is a package for each, with
//! its folder and the files that the manifest names elsewhere.
//!
//! In `<prefix>/lib/luarocks/rocks-5.4/<name>/<version>` lie the manifest,
//! documentation and the commands themselves, in `<prefix>/share/lua/5.4` and
//! `<prefix>/lib/lua/5.4` its modules, in `<prefix>/bin` a script for each command.
//!
//! Facts: the wiki of LuaRocks, "File locations" and "Rockspec format"; the Lua 5.4
//! reference manual, 3.1 Lexical Conventions.

mod lua;

use std::collections::HashMap;

use super::{Category, Detector, Finds, Found, Package, Scene};
use crate::layer::Candidate;
use crate::rootfs::{NodeId, NodeKind, Rootfs};
use lua::{Value, assignments};

pub(super) const DETECTOR: Detector = Detector {
    id: "luarocks",
    finds: Finds::Packages,
    wants,
    detect,
};

const MANIFEST: &[u8] = b"rock_manifest";
const MOST: u64 = 4 << 20;

fn wants(file: &Candidate<'_>) -> u64 {
    let mut parts = file.path.rsplit(|&byte| byte == b'/');
    let is_ours = parts
        .next()
        .is_some_and(|name| name == MANIFEST || name.ends_with(b".rockspec"));
    if is_ours && parts.nth(3) == Some(b"luarocks") {
        MOST
    } else {
        0
    }
}

fn detect(scene: &Scene<'_>) -> Found {
    let fs = scene.fs;
    let mut found = Found::default();
    let mut needs = Vec::new();
    let mut known: HashMap<(NodeId, String), Vec<usize>> = HashMap::new();
    for (path, file, text) in scene.kept() {
        let folder = fs.parent(file);
        let rock = fs.parent(folder);
        let rocks = fs.parent(rock);
        if fs.name(file) != MANIFEST || fs.name(fs.parent(rocks)) != b"luarocks" {
            continue;
        }
        let (manifest, is_whole) = assignments(text);
        let Some((_, manifest)) = manifest.first().filter(|_| is_whole) else {
            found.malformed(path, "it is no table of files");
            continue;
        };
        let name = String::from_utf8_lossy(fs.name(rock)).into_owned();
        let no = found.packages.len();
        known.entry((rocks, name.clone())).or_default().push(no);
        needs.push((rocks, needed(fs, folder)));
        found.packages.push(Package {
            name,
            version: String::from_utf8_lossy(fs.name(folder)).into_owned(),
            category: Category::LanguagePackages,
            files: files(fs, rocks, manifest),
            trees: vec![folder],
            ..Package::default()
        });
    }
    for (package, (rocks, names)) in found.packages.iter_mut().zip(needs) {
        // Of several versions all: which of them it takes, only Lua works out.
        let versions = names
            .into_iter()
            .filter_map(|name| known.get(&(rocks, name)));
        package.requires = versions
            .flat_map(|all| all.iter().take(MOST_VERSIONS))
            .copied()
            .collect();
    }
    found
}

/// Of one rock.
const MOST_VERSIONS: usize = 16;

/// What the manifest names outside of the rock's folder.
fn files(fs: &Rootfs, rocks: NodeId, manifest: &Value) -> Vec<NodeId> {
    let version = fs.name(rocks).strip_prefix(b"rocks-").unwrap_or(b"5.1");
    let prefix = fs.parent(fs.parent(fs.parent(rocks)));
    let at = |parts: &[&[u8]]| {
        let mut parts = parts.iter();
        parts.try_fold(prefix, |at, part| fs.child(at, part))
    };
    let places = [
        (manifest.get("lua"), at(&[b"share", b"lua", version])),
        (manifest.get("lib"), at(&[b"lib", b"lua", version])),
        (manifest.get("bin"), at(&[b"bin"])),
    ];
    let mut open: Vec<(&Value, NodeId)> = places
        .into_iter()
        .filter_map(|(table, folder)| Some((table?, folder?)))
        .collect();
    let mut files = Vec::new();
    while let Some((value, node)) = open.pop() {
        match value {
            Value::Table(items) => open.extend(items.iter().filter_map(|(name, item)| {
                Some((item, fs.child(node, name.as_ref()?.as_bytes())?))
            })),
            // The sum of a file.
            _ if fs.kind(node) == NodeKind::File => files.push(node),
            _ => {}
        }
    }
    files
}

/// The names in the rockspec's `dependencies`. It is a program in Lua and nothing here
/// runs it, so whatever it computes is not known.
fn needed(fs: &Rootfs, folder: NodeId) -> Vec<String> {
    let rockspec = fs
        .children(folder)
        .find(|&file| fs.name(file).ends_with(b".rockspec"));
    let text = rockspec.and_then(|file| fs.read(file)).unwrap_or_default();
    let (said, _) = assignments(text);
    let dependencies = said.iter().find(|(name, _)| name == "dependencies");
    let Some((_, Value::Table(items))) = dependencies else {
        return Vec::new();
    };
    let names = items.iter().filter_map(|(_, item)| match item {
        // `lpeg >= 1.0`; names are in lower case, however they are written here.
        Value::Text(text) => text.split([' ', '<', '>', '=', '~']).next(),
        _ => None,
    });
    names.map(str::to_lowercase).collect()
}

//! Installations of .NET. What comes in is the tree; what goes out is the frameworks,
//! the SDKs and the packs of each, with their folders.
//!
//! Facts: learn.microsoft.com, ".NET distribution packaging", Disk layout.

use crate::owner::linked::Shelf;
use crate::owner::{Category, Scene};
use crate::rootfs::{NodeId, NodeKind, Rootfs};

/// Every installation has this framework.
const FRAMEWORK: &[u8] = b"Microsoft.NETCore.App";

/// What an installation has, beside what is in no folder.
const FOLDERS: [&[u8]; 6] = [
    b"host",
    b"packs",
    b"sdk",
    b"sdk-manifests",
    b"shared",
    b"templates",
];

/// Puts what is installed on the shelf; the folders in which that is.
pub(super) fn shelve(scene: &Scene<'_>, shelf: &mut Shelf) -> Vec<NodeId> {
    let fs = scene.fs;
    let roots: Vec<NodeId> = fs
        .subtree(NodeId::ROOT)
        .filter(|&node| fs.name(node) == FRAMEWORK && fs.name(fs.parent(node)) == b"shared")
        .filter(|&node| versions(fs, Some(node)).next().is_some())
        .map(|node| fs.parent(fs.parent(node)))
        .collect();
    for &root in &roots {
        let child = |name: &[u8]| fs.child(root, name);
        for many in [child(b"shared"), child(b"packs")] {
            for folder in many.into_iter().flat_map(|many| fs.children(many)) {
                let name = String::from_utf8_lossy(fs.name(folder));
                put(fs, shelf, &name, Some(folder));
            }
        }
        put(fs, shelf, ".NET SDK", child(b"sdk"));
        let host = child(b"host").and_then(|host| fs.child(host, b"fxr"));
        put(fs, shelf, ".NET host", host);
    }
    let folders = |&root| FOLDERS.map(|name| fs.child(root, name));
    roots.iter().flat_map(folders).flatten().collect()
}

/// Each version that is in a folder.
fn put(fs: &Rootfs, shelf: &mut Shelf, name: &str, folder: Option<NodeId>) {
    for (version, node) in versions(fs, folder) {
        let no = shelf.package(name, &version, Category::LanguageRuntime);
        shelf.found.packages[no].trees.push(node);
    }
}

fn versions(fs: &Rootfs, folder: Option<NodeId>) -> impl Iterator<Item = (String, NodeId)> {
    let folders = folder.into_iter().flat_map(|folder| fs.children(folder));
    folders
        .filter(|&node| fs.kind(node) == NodeKind::Dir)
        .filter(|&node| fs.name(node).first().is_some_and(u8::is_ascii_digit))
        .map(|node| (String::from_utf8_lossy(fs.name(node)).into_owned(), node))
}

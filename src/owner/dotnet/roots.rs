//! Installations of .NET. What comes in is the tree; what goes out is the frameworks,
//! the SDKs and the packs of each, with their folders.
//!
//! Facts: learn.microsoft.com, ".NET distribution packaging", Disk layout.

use std::collections::{HashMap, HashSet};

use super::config::Frameworks;
use crate::owner::linked::{Shelf, file_name};
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

/// What is installed.
#[derive(Default)]
pub(super) struct Installed {
    /// What programs run on.
    pub(super) frameworks: Frameworks,
    /// The folder of each framework, and its place on the shelf.
    pub(super) homes: HashMap<NodeId, usize>,
    /// The folders that nobody else has anything in.
    pub(super) folders: HashSet<NodeId>,
}

/// Puts what is installed on the shelf.
pub(super) fn shelve(scene: &Scene<'_>, shelf: &mut Shelf) -> Installed {
    let fs = scene.fs;
    let roots: Vec<NodeId> = fs
        .subtree(NodeId::ROOT)
        .filter(|&node| fs.name(node) == FRAMEWORK && fs.name(fs.parent(node)) == b"shared")
        .filter(|&node| versions(fs, Some(node)).next().is_some())
        .map(|node| fs.parent(fs.parent(node)))
        .collect();
    let mut installed = Installed::default();
    for root in roots {
        let child = |name: &[u8]| fs.child(root, name);
        let all = |name: &[u8]| child(name).into_iter().flat_map(|all| fs.children(all));
        for folder in all(b"shared") {
            let name = file_name(fs, folder);
            for (version, home, place) in put(fs, shelf, &name, Some(folder)) {
                installed.homes.insert(home, place);
                installed.frameworks.add(&name, &version, place);
            }
        }
        for folder in all(b"packs") {
            put(fs, shelf, &file_name(fs, folder), Some(folder));
        }
        put(fs, shelf, ".NET SDK", child(b"sdk"));
        let host = child(b"host").and_then(|host| fs.child(host, b"fxr"));
        put(fs, shelf, ".NET host", host);
        let folders = FOLDERS.iter().filter_map(|name| child(name));
        installed.folders.extend(folders);
    }
    installed
}

/// Each version that is in a folder, with its own folder and its place on the shelf.
fn put(
    fs: &Rootfs,
    shelf: &mut Shelf,
    name: &str,
    folder: Option<NodeId>,
) -> Vec<(String, NodeId, usize)> {
    let put = versions(fs, folder).map(|(version, node)| {
        let no = shelf.package(name, &version, Category::LanguageRuntime);
        shelf.found.packages[no].trees.push(node);
        (version, node, no)
    });
    put.collect()
}

fn versions(fs: &Rootfs, folder: Option<NodeId>) -> impl Iterator<Item = (String, NodeId)> {
    let folders = folder.into_iter().flat_map(|folder| fs.children(folder));
    folders
        .filter(|&node| fs.kind(node) == NodeKind::Dir)
        .filter(|&node| fs.name(node).first().is_some_and(u8::is_ascii_digit))
        .map(|node| (file_name(fs, node), node))
}

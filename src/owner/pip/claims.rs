//! From files to folders. What comes in is what each installation knows to be its
//! own; what goes out is the packages, each also with the folders below which no
//! other has anything, and with the bytecode of its modules.

use std::collections::HashMap;

use super::install::Install;
use crate::owner::{Category, Package};
use crate::rootfs::{NodeId, NodeKind, Rootfs};

/// In every site, of whichever package: nobody's as a whole.
const COMMON: [&[u8]; 2] = [b"__pycache__", b"bin"];

pub(super) fn packages(fs: &Rootfs, installs: &[Install<'_>]) -> Vec<Package> {
    let mut trees: Vec<Vec<NodeId>> = installs
        .iter()
        .map(|install| {
            let files = install.named.iter().copied();
            let mut trees: Vec<_> = files.filter(|&node| is_file(fs, node)).collect();
            trees.push(install.info);
            trees
        })
        .collect();
    for (no, node) in own_folders(fs, installs)
        .into_iter()
        .chain(bytecode(fs, installs))
    {
        trees[no].push(node);
    }
    installs
        .iter()
        .zip(trees)
        .map(|(install, mut trees)| {
            trees.sort_unstable();
            Package {
                name: install.name.clone(),
                version: install.version.clone(),
                category: Category::LanguagePackages,
                files: install.listed.iter().copied().collect(),
                trees,
                ..Package::default()
            }
        })
        .collect()
}

fn is_file(fs: &Rootfs, node: NodeId) -> bool {
    fs.kind(node) == NodeKind::File
}

/// The highest folders below a site that hold files of one installation only:
/// `numpy`, and of the namespace `google` that several share `google/auth`.
fn own_folders(fs: &Rootfs, installs: &[Install<'_>]) -> Vec<(usize, NodeId)> {
    // By folder: the only installation that has something there, or several.
    let mut only: HashMap<NodeId, Option<usize>> = HashMap::new();
    for (no, install) in installs.iter().enumerate() {
        let mut last = None;
        for &node in install.listed.iter().chain(&install.named) {
            // Most files lie beside the one before them.
            let folder = if is_file(fs, node) {
                fs.parent(node)
            } else {
                node
            };
            if last.replace(folder) == Some(folder) {
                continue;
            }
            for folder in folders(fs, folder, install.site) {
                let holder = only.entry(folder).or_insert(Some(no));
                if *holder != Some(no) {
                    *holder = None;
                }
            }
        }
    }
    only.iter()
        .filter_map(|(&folder, &holder)| {
            let no = holder?;
            let is_highest = only.get(&fs.parent(folder)) != Some(&holder);
            (is_highest && !COMMON.contains(&fs.name(folder))).then_some((no, folder))
        })
        .collect()
}

/// A folder and those above it up to a site, without the site; none if it is not
/// below the site.
fn folders(fs: &Rootfs, folder: NodeId, site: NodeId) -> Vec<NodeId> {
    let mut folders = Vec::new();
    let mut at = folder;
    while at != site {
        if at == NodeId::ROOT {
            return Vec::new();
        }
        folders.push(at);
        at = fs.parent(at);
    }
    folders
}

/// Bytecode in `__pycache__` belongs to whom the module beside it belongs: it is
/// in no list if it was made after the installation, or by another installer than pip.
fn bytecode(fs: &Rootfs, installs: &[Install<'_>]) -> Vec<(usize, NodeId)> {
    // By node: which installation has it; a table, as most nodes are in it.
    let mut owner: Vec<Option<u32>> = vec![None; fs.node_count()];
    let mut folders = Vec::new();
    for (no, install) in installs.iter().enumerate() {
        for &node in install.listed.iter().chain(&install.named) {
            owner[node.index()].get_or_insert(no as u32);
            let folder = fs.parent(node);
            if folders.last() != Some(&folder) && fs.name(node).ends_with(b".py") {
                folders.push(folder);
            }
        }
    }
    folders.sort_unstable();
    folders.dedup();
    let mut found = Vec::new();
    for folder in folders {
        let Some(cache) = fs.child(folder, b"__pycache__") else {
            continue;
        };
        let unlisted = fs
            .children(cache)
            .filter(|file| owner[file.index()].is_none());
        for file in unlisted {
            let name = fs.name(file);
            if !name.ends_with(b".pyc") {
                continue;
            }
            let module = name.split(|&byte| byte == b'.').next().unwrap_or_default();
            let source = fs.child(folder, &[module, b".py"].concat());
            if let Some(no) = source.and_then(|source| owner[source.index()]) {
                found.push((no as usize, file));
            }
        }
    }
    found
}

//! Programs of Rust. What comes in is what `cargo auditable` wrote into each; what goes
//! out is its root crate, with the file as its own, and the crates that were linked in.
//!
//! Facts: the cargo-auditable repository, `cargo-auditable.schema.json`; The Cargo
//! Book, "cargo install" (its folder).

use std::cell::LazyCell;
use std::collections::HashMap;

use super::app::Authors;
use super::linked::{Shelf, file_name, programs};
use super::{Category, Detector, Finds, Found, Scene};
use crate::essence::Crate;
use crate::rootfs::NodeId;

pub(super) const DETECTOR: Detector = Detector {
    id: "cargo",
    finds: Finds::Packages,
    wants: |_| 0,
    detect,
};

/// `cargo install` puts programs into the `bin` of these.
const INSTALLED: &[&[u8]] = &[b".cargo", b"cargo"];

fn detect(scene: &Scene<'_>) -> Found {
    let mut shelf = Shelf::default();
    let mut mains = Vec::new();
    let authors = LazyCell::new(|| Authors::of(scene));
    for (node, elf) in programs(scene, "\"crates\":") {
        let Some(crates) = elf.crates else {
            continue;
        };
        let root = crates.iter().position(|one| one.root && !is_build(one));
        let file = file_name(scene.fs, node);
        let (name, version) = match root {
            Some(root) => (&crates[root].name, crates[root].version.as_str()),
            None => (&file, ""),
        };
        let name = if name.is_empty() { &file } else { name };
        let category = category(scene, node, root.map(|root| &crates[root]), &authors);
        let main = shelf.program(scene, node, (name, version, category));
        mains.push((main, root, crates));
    }
    for (main, root, crates) in mains {
        shelve(&mut shelf, main, root, &crates);
    }
    shelf.close()
}

/// The crates inside, each with those that it needs.
fn shelve(shelf: &mut Shelf, main: usize, root: Option<usize>, crates: &[Crate]) {
    let mut places = HashMap::new();
    for (no, one) in crates.iter().enumerate() {
        if Some(no) == root {
            places.insert(no, main);
        } else if !is_build(one) && !one.name.is_empty() {
            places.insert(no, shelf.inside(&one.name, &one.version, main));
        }
    }
    for (no, one) in crates.iter().enumerate() {
        let needed = one.dependencies.iter().filter_map(|no| places.get(no));
        if let Some(&place) = places.get(&no) {
            shelf.requires(place, needed.copied());
        }
    }
    if root.is_none() {
        shelf.requires(main, places.into_values());
    }
}

fn is_build(one: &Crate) -> bool {
    one.kind == "build"
}

/// What was built out of a folder is the author's, if it lies where his programs do. So
/// is by its list also what cargo installed: only the place tells of that.
fn category(scene: &Scene<'_>, node: NodeId, root: Option<&Crate>, authors: &Authors) -> Category {
    let fs = scene.fs;
    let folder = fs.parent(node);
    let is_installed = fs.name(folder) == b"bin" && INSTALLED.contains(&fs.name(fs.parent(folder)));
    let is_local = root.is_none_or(|root| root.source == "local") && !is_installed;
    match is_local && authors.wrote(fs, node) {
        true => Category::App,
        false => Category::LanguagePackages,
    }
}

//! Programs with packages linked into them. What comes in is what was boiled down of
//! each; what goes out is a package for each program, with its file as its own, and
//! one for each that is inside.

use std::collections::HashMap;

use super::{Asked, Category, Found, Package, Scene};
use crate::essence::{Elf, Essence};
use crate::rootfs::{NodeId, Rootfs};

/// Below these a program is a part of the package that brought it.
const OTHERS: &[&[u8]] = &[b"dist-packages", b"node_modules", b"site-packages"];

/// The live programs and libraries with this word in their essence, in the order of
/// their paths: of thousands few are of the language that is asked for.
pub(super) fn programs(
    scene: &Scene<'_>,
    word: &'static str,
) -> impl Iterator<Item = (NodeId, Elf)> {
    scene.kept().filter_map(move |(_, node, kept)| {
        memchr::memmem::find(kept, word.as_bytes())?;
        let Essence::Elf(elf) = Essence::read(kept)? else {
            return None;
        };
        Some((node, elf))
    })
}

/// Did a layer on top of the base image write it?
pub(super) fn is_on_top(scene: &Scene<'_>, node: NodeId) -> bool {
    // Where the base is the whole image, nothing tells it from the author's work.
    let is_all = usize::from(scene.base) >= scene.fs.layers().len();
    is_all || scene.fs.layer_of(node) >= scene.base
}

/// Is it in a folder that another package brought?
pub(super) fn is_in_another(fs: &Rootfs, node: NodeId) -> bool {
    fs.path(node).parts().any(|part| OTHERS.contains(&part))
}

/// The name of a file, for what has no other.
pub(super) fn file_name(fs: &Rootfs, node: NodeId) -> String {
    String::from_utf8_lossy(fs.name(node)).into_owned()
}

/// Packages, each once: of one name, version and category there is one.
#[derive(Default)]
pub(super) struct Shelf {
    pub(super) found: Found,
    known: HashMap<(String, String, Category), usize>,
}

impl Shelf {
    /// The place of a package that may be there already.
    pub(super) fn package(&mut self, name: &str, version: &str, category: Category) -> usize {
        let key = (name.to_owned(), version.to_owned(), category);
        let packages = &mut self.found.packages;
        *self
            .known
            .entry(key)
            .or_insert_with_key(|(name, version, _)| {
                packages.push(Package {
                    name: name.clone(),
                    version: version.clone(),
                    category,
                    ..Package::default()
                });
                packages.len() - 1
            })
    }

    /// The place of what a file holds; the file is its own unless another package
    /// brought it.
    pub(super) fn program(
        &mut self,
        scene: &Scene<'_>,
        file: NodeId,
        (name, version, category): (&str, &str, Category),
    ) -> usize {
        let no = self.package(name, version, category);
        if !is_in_another(scene.fs, file) {
            self.found.packages[no].trees.push(file);
        }
        no
    }

    /// The place of what is inside another. What has files of its own somewhere is
    /// inside nothing, so all programs come first.
    pub(super) fn inside(&mut self, name: &str, version: &str, program: usize) -> usize {
        let count = self.found.packages.len();
        let no = self.package(name, version, Category::LanguagePackages);
        if no == count {
            let package = &mut self.found.packages[no];
            package.inside = Some(program);
            package.asked = Asked::ForOthers;
        }
        no
    }

    /// The first one does not work without the others.
    pub(super) fn requires(&mut self, no: usize, others: impl IntoIterator<Item = usize>) {
        self.found.packages[no].requires.extend(others);
    }

    /// What is on it.
    pub(super) fn close(mut self) -> Found {
        for (no, package) in self.found.packages.iter_mut().enumerate() {
            package.requires.retain(|&other| other != no);
            package.requires.sort_unstable();
            package.requires.dedup();
        }
        self.found
    }
}

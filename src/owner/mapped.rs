//! The user's own owners. What comes in is the tree and what `imgsize.toml` says;
//! what goes out is every file that it names, for the first entry that does: listed
//! one by one, so that no other claim is nearer.

use super::{Detector, Finds, Found, Package, Scene};
use crate::rootfs::{NodeId, NodeKind};

pub(super) const DETECTOR: Detector = Detector {
    id: "mapped",
    finds: Finds::Places,
    wants: |_| 0,
    detect,
};

/// PATH_MAX of Linux.
const LONGEST: usize = 4096;

fn detect(scene: &Scene<'_>) -> Found {
    let fs = scene.fs;
    let Some(mapping) = scene.mapping.filter(|mapping| !mapping.is_empty()) else {
        return Found::default();
    };
    let mut files = vec![Vec::new(); mapping.owners().len()];
    // With each folder the length of its path, of which there is one for all, and
    // the entry that it belongs to.
    let mut open = vec![(NodeId::ROOT, 0, mapping.of(b"", true))];
    let mut path = Vec::new();
    while let Some((folder, length, above)) = open.pop() {
        if folder != NodeId::ROOT {
            path.truncate(length);
            path.extend_from_slice(fs.name(folder));
            path.push(b'/');
        }
        let length = path.len();
        for node in fs.children(folder) {
            let is_folder = match fs.kind(node) {
                NodeKind::Dir => true,
                NodeKind::File => false,
                _ => continue,
            };
            path.truncate(length);
            path.extend_from_slice(fs.name(node));
            // No kernel takes a longer path, and a hostile image may have many.
            let own = (path.len() <= LONGEST).then(|| mapping.of(&path, is_folder));
            let owner = own.flatten().into_iter().chain(above).min();
            match owner {
                _ if is_folder => open.push((node, length, owner)),
                Some(owner) => files[owner].push(node),
                None => {}
            }
        }
    }
    let owners = mapping.owners().iter().zip(files);
    let packages = owners.map(|(owner, files)| Package {
        name: owner.name.clone(),
        category: owner.category,
        files,
        ..Package::default()
    });
    Found {
        packages: packages.collect(),
        malformed: Vec::new(),
    }
}

//! The same content at several paths.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::rootfs::{Identity, NodeId, Rootfs};
use crate::units::Bytes;

/// A content that is stored more than once, all of them live; hard links are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// What one of them weighs.
    pub size: Bytes,
    /// Where they are, by path.
    pub files: Vec<NodeId>,
}

impl Duplicate {
    /// All but one of them.
    pub fn reclaimable(&self) -> Bytes {
        Bytes(self.size.0 * (self.files.len() as u64 - 1))
    }
}

/// What is stored more than once, most bytes first; of files over 4 KiB.
///
/// Where one layer was read by its table of contents and another was not, the same
/// content in both is not found: their hashes are of different kinds.
pub fn contents(fs: &Rootfs) -> Vec<Duplicate> {
    let mut alike: HashMap<(Bytes, Identity), Vec<NodeId>> = HashMap::new();
    for (id, file) in fs.live() {
        let body = fs.body(id);
        if let Some(identity) = fs.identity(id).filter(|_| fs.may_be_copy(body)) {
            alike.entry((body.size, identity)).or_default().push(file);
        }
    }
    let mut found: Vec<Duplicate> = alike
        .into_iter()
        .filter(|(_, files)| files.len() > 1)
        .map(|((size, _), mut files)| {
            files.sort_by_cached_key(|&file| fs.path(file));
            Duplicate { size, files }
        })
        .collect();
    found.sort_by_cached_key(|found| (Reverse(found.reclaimable()), fs.path(found.files[0])));
    found
}

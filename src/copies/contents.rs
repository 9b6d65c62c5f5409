//! The same content at several paths.

use std::cmp::Reverse;

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
    let mut all: Vec<(Bytes, Identity, NodeId)> = fs
        .live()
        .into_iter()
        .filter(|(id, _)| fs.may_be_copy(fs.body(*id)))
        .filter_map(|(id, file)| Some((fs.body(id).size, fs.identity(id)?, file)))
        .collect();
    all.sort_unstable();
    let mut found: Vec<Duplicate> = all
        .chunk_by(|a, b| (a.0, a.1) == (b.0, b.1))
        .filter(|alike| alike.len() > 1)
        .map(|alike| {
            let mut files: Vec<NodeId> = alike.iter().map(|&(.., file)| file).collect();
            files.sort_by_cached_key(|&file| fs.path(file));
            Duplicate {
                size: alike[0].0,
                files,
            }
        })
        .collect();
    found.sort_by_cached_key(|found| (Reverse(found.reclaimable()), fs.path(found.files[0])));
    found
}

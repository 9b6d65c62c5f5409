//! What a layer brings, whenever it was built: to tell that a build made the same
//! files anew.

use xxhash_rust::xxh3::xxh3_128;

use super::{Entry, EntryKind, Layer};
use crate::units::Bytes;

impl Layer {
    /// A digest of all entries as path, kind, mode, owner, group, size, link and content,
    /// in whatever order they stand: without times, and without compiled Python, which
    /// has times inside. `None` where a content was not hashed, or nothing is there.
    ///
    /// XXH3 at 128 bits, summed: not made against an attacker. It decides between two
    /// words for a layer that changed, never what anything weighs.
    pub fn content(&self) -> Option<u128> {
        let is_known = |entry: &&Entry| {
            entry.kind == EntryKind::File && entry.size > Bytes::ZERO && !self.is_bytecode(entry)
        };
        let files = &mut self.entries.iter().filter(is_known);
        match self.entries.is_empty() || files.any(|entry| entry.hash.is_none()) {
            true => None,
            false => Some(self.digest_of(true)),
        }
    }

    /// The same without the contents: what has another one is another layer, what has the
    /// same may be. `None` of a layer with nothing in it.
    pub fn outline(&self) -> Option<u128> {
        (!self.entries.is_empty()).then(|| self.digest_of(false))
    }

    fn digest_of(&self, contents: bool) -> u128 {
        let mut line = Vec::new();
        let entries = self.entries.iter().filter(|entry| !self.is_bytecode(entry));
        // The sum does not depend on the order, and needs no sorting of a million names.
        entries.fold(0, |sum, entry| {
            line.clear();
            let (path, link) = (self.path(entry), self.link(entry));
            line.extend_from_slice(&(path.len() as u64).to_le_bytes());
            line.extend_from_slice(path);
            line.extend_from_slice(&(link.len() as u64).to_le_bytes());
            line.extend_from_slice(link);
            line.push(entry.kind as u8);
            line.extend_from_slice(&entry.mode.to_le_bytes());
            line.extend_from_slice(&entry.uid.to_le_bytes());
            line.extend_from_slice(&entry.gid.to_le_bytes());
            line.extend_from_slice(&entry.size.0.to_le_bytes());
            let hash = entry.hash.filter(|_| contents && entry.size > Bytes::ZERO);
            line.extend_from_slice(&hash.map_or(0, |hash| hash.0).to_le_bytes());
            sum.wrapping_add(xxh3_128(&line))
        })
    }

    fn is_bytecode(&self, entry: &Entry) -> bool {
        entry.kind == EntryKind::File && self.path(entry).ends_with(b".pyc")
    }
}

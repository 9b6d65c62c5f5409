//! How a layer was read: what its index rests on, and what is left to learn.

use serde::{Deserialize, Serialize};

use super::{ContentHash, EntryNo, Layer};
use crate::digest::Digest;
use crate::units::Bytes;

/// How a layer was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reading {
    /// Every byte passed by and was hashed.
    Whole,
    /// Bodies were jumped over, as they can be where nothing is compressed.
    Headers,
    /// The table of contents inside the blob stands for the rest of it.
    Toc(Box<Toc>),
    /// Not at all: the blob is not there.
    Absent,
}

/// What a table of contents tells beside the entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Toc {
    /// The table's own digest, as the manifest vouches for it.
    pub digest: Digest,
    /// How many of the blob's bytes were fetched so far.
    pub fetched: Bytes,
    /// Does the table say where each content ends? Else a file's share of the
    /// blob goes up to the next file's and takes in the headers between them.
    pub exact: bool,
    /// Every file with a content, in the order of entries.
    pub contents: Vec<Content>,
}

/// A content as a table of contents knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Whose content.
    pub entry: EntryNo,
    /// Where in the blob it begins: members or frames of its own, which end
    /// within the entry's share of the blob.
    pub start: u64,
    /// Of the plain content.
    pub sha256: [u8; 32],
}

/// What was learned of a layer after it was indexed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Learned {
    /// Hashes that the index does not have.
    pub hashes: Vec<(EntryNo, ContentHash)>,
    /// What was fetched of a blob on a server for it.
    pub fetched: Bytes,
}

impl Toc {
    /// The content of an entry; `None` for all but files with at least one byte.
    pub fn content(&self, entry: EntryNo) -> Option<&Content> {
        let found = self
            .contents
            .binary_search_by_key(&entry, |content| content.entry);
        self.contents.get(found.ok()?)
    }
}

impl Layer {
    /// The table of contents that the index rests on, if it does.
    pub fn toc(&self) -> Option<&Toc> {
        match &self.read {
            Reading::Toc(toc) => Some(toc),
            _ => None,
        }
    }

    /// The stored bytes that the index rests on; `None` where bodies were jumped
    /// over, as nobody counts what a file system reads.
    pub fn fetched(&self) -> Option<Bytes> {
        match &self.read {
            Reading::Whole => Some(self.blob),
            Reading::Headers => None,
            Reading::Toc(toc) => Some(toc.fetched),
            Reading::Absent => Some(Bytes::ZERO),
        }
    }

    /// Takes in what was learned after the layer was indexed.
    pub fn learn(&mut self, learned: &Learned) {
        for &(entry, hash) in &learned.hashes {
            if let Some(entry) = self.entries.get_mut(entry as usize) {
                entry.hash = Some(hash);
            }
        }
        if let Reading::Toc(toc) = &mut self.read {
            toc.fetched += learned.fetched;
        }
    }
}

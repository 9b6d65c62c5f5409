//! From a list of members to a [`Layer`]: for who knows what is in a tar without
//! having it. Names, whiteouts and what is kept are judged as in a tar.

use super::index::Indexer;
use super::{
    Content, ContentHash, Entry, EntryKind, EntryNo, Keep, Layer, LayerError, Reading, Toc, Want,
};
use crate::codec::Compression;
use crate::tarfile::Member;
use crate::units::Bytes;

/// The unit of a tar.
const BLOCK: u64 = 512;

/// A layer in the making.
pub struct Listing<'k> {
    indexer: Indexer<'k>,
    contents: Vec<Content>,
    /// Plain bytes so far: at least so many.
    plain: u64,
}

/// What the blob as a whole is, once all members are listed.
#[derive(Debug)]
pub struct Costs {
    /// How it is compressed.
    pub compression: Compression,
    /// Its size.
    pub blob: Bytes,
    /// The digest of the table that lists the members.
    pub table: crate::digest::Digest,
    /// See [`Toc::exact`].
    pub exact: bool,
}

impl<'k> Listing<'k> {
    /// A layer without members.
    pub fn new(keep: &'k Keep<'k>) -> Listing<'k> {
        Listing {
            indexer: Indexer::new(keep, &|_| {}, false),
            contents: Vec::new(),
            plain: 0,
        }
    }

    /// The next member; returns how many leading bytes of its content are wanted.
    ///
    /// Files must say by [`Listing::content`] where theirs is.
    pub fn add(&mut self, member: &Member) -> Result<(EntryNo, u64), LayerError> {
        let entry = self.indexer.entry(member)?;
        let wanted = self.head(&entry);
        self.indexer.kept_bytes += wanted;
        let no = self.indexer.entries.len() as EntryNo;
        self.indexer.push(entry)?;
        let padded = member.stored.checked_next_multiple_of(BLOCK);
        self.plain = self
            .plain
            .saturating_add(padded.unwrap_or(u64::MAX))
            .saturating_add(BLOCK);
        Ok((no, wanted))
    }

    /// How many leading bytes are wanted; for an essence all of a content would have
    /// to be fetched.
    fn head(&mut self, entry: &Entry) -> u64 {
        match entry.kind {
            EntryKind::File => match self.indexer.wanted(entry, false) {
                Want::Head(bytes) => bytes,
                Want::Nothing | Want::Essence(_) => 0,
            },
            _ => 0,
        }
    }

    /// Where the content of the last member is, and what it takes there.
    pub fn content(&mut self, start: u64, share: Bytes, sha256: [u8; 32]) {
        if let Some(entry) = self.indexer.entries.last_mut() {
            entry.transfer = share;
            let entry = (self.indexer.entries.len() - 1) as EntryNo;
            self.contents.push(Content {
                entry,
                start,
                sha256,
            });
        }
    }

    /// What the last content that was told of takes, where only the next one tells.
    pub fn set_share(&mut self, share: Bytes) {
        if let Some(content) = self.contents.last() {
            self.indexer.entries[content.entry as usize].transfer = share;
        }
    }

    /// The members of a part of the tar that was read whole, behind all others.
    /// What is kept of them is cut to what is wanted.
    pub fn append(&mut self, mut part: Layer) -> Result<(), LayerError> {
        self.plain = self.plain.saturating_add(part.plain().0);
        let entries = std::mem::take(&mut part.entries);
        for (old, mut entry) in entries.into_iter().enumerate() {
            let (path, link) = (part.path(&entry).to_vec(), part.link(&entry).to_vec());
            entry.path = self.indexer.name(&path)?;
            entry.link = self.indexer.name(&link)?;
            let wanted = self.head(&entry);
            let no = self.indexer.entries.len() as EntryNo;
            let kept = part.kept.remove(&(old as EntryNo));
            if let Some(mut kept) = kept.filter(|_| wanted > 0) {
                kept.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
                self.indexer.kept_bytes += kept.len() as u64;
                self.indexer.kept.insert(no, kept);
            }
            self.indexer.push(entry)?;
        }
        Ok(())
    }

    /// The layer, with nothing fetched yet and nothing kept of what was listed.
    pub fn finish(self, costs: Costs) -> Layer {
        let reading = Reading::Toc(Box::new(Toc {
            digest: costs.table,
            fetched: Bytes::ZERO,
            exact: costs.exact,
            contents: self.contents,
        }));
        self.indexer
            .finish(reading, costs.compression, costs.blob.0, self.plain)
    }
}

impl Layer {
    /// Takes in what was wanted of a listed content, and the hash of all of it.
    pub fn keep(&mut self, no: EntryNo, leading: Vec<u8>, hash: ContentHash) {
        if let Some(Entry { hash: place, .. }) = self.entries.get_mut(no as usize) {
            *place = Some(hash);
            self.kept.insert(no, leading);
        }
    }
}

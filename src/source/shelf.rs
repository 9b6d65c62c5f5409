//! Where the documents of an image lie, and how they are checked.

use super::manifest::Descriptor;
use super::{SourceError, Store};
use crate::digest::Digest;

/// A keeper of documents and blobs by digest: a layout, a registry.
pub(super) trait Shelf {
    /// The bytes of a document of at most `limit` bytes, not yet checked.
    fn fetch(
        &self,
        document: &Descriptor,
        digest: Digest,
        limit: u64,
    ) -> Result<Vec<u8>, SourceError>;

    /// The size of a layer's blob, as the shelf knows it; [`SourceError::Missing`] if
    /// it is not there.
    fn blob_size(&self, layer: &Descriptor, digest: Digest) -> Result<u64, SourceError>;

    /// May an image of this name lie here? Where it costs nothing to look, any may.
    fn may_hold(&self, _name: &str) -> bool {
        true
    }

    /// Does each question take its time?
    fn is_far(&self) -> bool {
        false
    }
}

/// The bytes of a document, once they are what the descriptor promises.
pub(super) fn document(
    shelf: &dyn Shelf,
    descriptor: &Descriptor,
    limit: u64,
) -> Result<Vec<u8>, SourceError> {
    let digest: Digest = descriptor.digest.parse()?;
    let json = shelf.fetch(descriptor, digest, limit)?;
    if json.len() as u64 != descriptor.size {
        let (promised, found) = (descriptor.size, json.len() as u64);
        return Err(SourceError::Size {
            what: digest.to_string(),
            promised,
            found,
        });
    }
    if !digest.matches(&json) {
        let found = Digest::sha256(&json);
        return Err(SourceError::Mismatch {
            what: digest.to_string(),
            found,
        });
    }
    Ok(json)
}

/// Where a layout keeps what has this digest.
pub(super) fn blob_path(digest: Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm(), digest.hex())
}

impl Shelf for Store {
    fn fetch(&self, _: &Descriptor, digest: Digest, limit: u64) -> Result<Vec<u8>, SourceError> {
        self.small(&blob_path(digest), limit)
    }

    fn blob_size(&self, _: &Descriptor, digest: Digest) -> Result<u64, SourceError> {
        self.length(&blob_path(digest))
    }
}

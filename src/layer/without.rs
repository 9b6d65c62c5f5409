//! A layer as it would be with something left out. What comes in is a layer and the
//! entries that go; what goes out is the layer as an index of the shorter tar would
//! tell it, for whoever wants to know what then comes of the tree.

use std::collections::BTreeMap;

use super::{Entry, EntryKind, EntryNo, Layer, Span};
use crate::path::ImagePath;
use crate::units::Bytes;

impl Layer {
    /// The layer without these entries; where one leaves a path behind, a whiteout of
    /// that path takes its place. Nothing is kept of contents, and costs are not told
    /// anew. `None` if the names are too many.
    pub fn without(&self, gone: &BTreeMap<EntryNo, Option<ImagePath>>) -> Option<Layer> {
        let mut names = self.names.clone();
        let mut entries = Vec::with_capacity(self.entries.len());
        for (no, entry) in self.entries.iter().enumerate() {
            match gone.get(&(no as EntryNo)) {
                None => entries.push(entry.clone()),
                Some(None) => {}
                Some(Some(path)) => {
                    let path = path.as_bytes();
                    let span = Span {
                        start: u32::try_from(names.len()).ok()?,
                        length: u32::try_from(path.len()).ok()?,
                    };
                    names.extend_from_slice(path);
                    entries.push(whiteout(span));
                }
            }
        }
        Some(Layer {
            entries,
            names,
            kept: BTreeMap::new(),
            read: self.read.clone(),
            compression: self.compression,
            blob: self.blob,
            overhead: self.overhead,
            digest: None,
            diff_id: None,
            oddities: Vec::new(),
        })
    }
}

fn whiteout(path: Span) -> Entry {
    Entry {
        path,
        link: Span::default(),
        kind: EntryKind::Whiteout,
        mode: 0,
        uid: 0,
        gid: 0,
        mtime: 0,
        size: Bytes::ZERO,
        transfer: Bytes::ZERO,
        framing: 0,
        body: (0, 0),
        hash: None,
    }
}

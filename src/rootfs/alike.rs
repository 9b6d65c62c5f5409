//! Which contents are alike: what replaced what without a change, and what is there
//! more than once.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Body, BodyId, Cause, LayerNo, NodeId, Rootfs};
use crate::layer::{ContentHash, EntryNo, Learned, Reading};
use crate::units::Bytes;

/// What tells a content from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// What was read.
    Hash(ContentHash),
    /// What a table of contents names.
    Named([u8; 32]),
}

/// A file that may be a copy of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaybeCopy {
    /// The layer that stores it.
    pub layer: LayerNo,
    /// Its entry there.
    pub entry: EntryNo,
    /// Others have this size too.
    pub size: Bytes,
    /// Has one of the others a hash already?
    pub beside_hashed: bool,
}

/// Files up to this size are not looked for copies of.
const SMALLEST_COPY: Bytes = Bytes(4 << 10);

impl Rootfs {
    /// Bodies that a body of the same size replaced, where nobody can tell yet
    /// whether their contents are the same: the entries that have no hash to tell
    /// a change of metadata from one of content.
    pub fn unhashed(&self) -> Vec<(LayerNo, EntryNo)> {
        let mut entries: Vec<_> = self
            .replacements()
            .map(|(old, new)| (self.body(old), self.body(new)))
            .filter(|(old, new)| self.same_content(old, new).is_none())
            .flat_map(|(old, new)| [old, new])
            .filter(|body| self.entry(body).hash.is_none())
            .map(|body| (body.layer, body.entry))
            .collect();
        entries.sort_unstable();
        entries.dedup();
        entries
    }

    /// Live files that may be copies of others, by their size, where bodies were jumped
    /// over so that no hash tells; in the order of layers and entries.
    pub fn maybe_copies(&self) -> Vec<MaybeCopy> {
        // By size: how many there are, and is there one with a hash?
        let mut sizes: HashMap<Bytes, (u32, bool)> = HashMap::new();
        let candidates = || self.bodies.iter().filter(|body| self.may_be_copy(body));
        let has_hash = |body: &Body| self.entry(body).hash.is_some();
        for body in candidates() {
            let (count, hashed) = sizes.entry(body.size).or_default();
            *count += 1;
            *hashed |= has_hash(body);
        }
        let is_jumped = |body: &&Body| {
            let layer = &self.layers[usize::from(body.layer)];
            layer.read == Reading::Headers && !has_hash(body)
        };
        let mut copies: Vec<MaybeCopy> = candidates()
            .filter(is_jumped)
            .filter_map(|body| {
                let (count, beside_hashed) = sizes[&body.size];
                (count > 1).then_some(MaybeCopy {
                    layer: body.layer,
                    entry: body.entry,
                    size: body.size,
                    beside_hashed,
                })
            })
            .collect();
        copies.sort_unstable_by_key(|copy| (copy.layer, copy.entry));
        copies
    }

    /// Is it live, and large enough to be of interest if there is another one?
    pub fn may_be_copy(&self, body: &Body) -> bool {
        body.lost.is_none() && body.size > SMALLEST_COPY
    }

    /// What tells a content from others, as far as that is known. Those of two kinds
    /// tell nothing of each other.
    pub fn identity(&self, id: BodyId) -> Option<Identity> {
        let body = self.body(id);
        match self.entry(body).hash {
            Some(hash) => Some(Identity::Hash(hash)),
            None => {
                let toc = self.layers[usize::from(body.layer)].toc()?;
                Some(Identity::Named(toc.content(body.entry)?.sha256))
            }
        }
    }

    /// Every live body with one of its live names, in the order of the tree.
    pub fn live(&self) -> Vec<(BodyId, NodeId)> {
        let mut seen = vec![false; self.body_count()];
        self.subtree(NodeId::ROOT)
            .filter_map(|node| Some((self.body_of(node)?, node)))
            .filter(|(body, _)| !std::mem::replace(&mut seen[body.index()], true))
            .collect()
    }

    /// Takes in what was learned of a layer's entries that [`Rootfs::unhashed`] named.
    pub fn learn(&mut self, layer: LayerNo, learned: &Learned) {
        // Nobody else has the layer by now, so nothing is copied.
        Arc::make_mut(&mut self.layers[usize::from(layer)]).learn(learned);
    }

    /// Have two bodies the same content? `None` where nothing tells: what was read
    /// has one kind of hash, and what a table of contents names has another.
    fn same_content(&self, a: &Body, b: &Body) -> Option<bool> {
        let hash = |body| self.entry(body).hash;
        let named = |body: &Body| {
            let toc = self.layers[usize::from(body.layer)].toc()?;
            Some(toc.content(body.entry)?.sha256)
        };
        let by_hash = hash(a).zip(hash(b)).map(|(a, b)| a == b);
        by_hash.or_else(|| named(a).zip(named(b)).map(|(a, b)| a == b))
    }

    /// Sets apart the losses in which the same content was written again.
    pub fn settle(&mut self) {
        let same: Vec<BodyId> = self
            .replacements()
            .filter(|&(old, new)| self.same_content(self.body(old), self.body(new)) == Some(true))
            .map(|(old, _)| old)
            .collect();
        for id in same {
            if let Some(loss) = &mut self.bodies[id.index()].lost {
                loss.cause = Cause::MetadataOnly;
            }
        }
    }

    /// Lost bodies and their successors, where both have the same size.
    fn replacements(&self) -> impl Iterator<Item = (BodyId, BodyId)> {
        self.bodies().filter_map(|(id, body)| {
            let successor = body.lost?.successor?;
            let same = body.size > Bytes::ZERO && self.body(successor).size == body.size;
            same.then_some((id, successor))
        })
    }
}

//! Bytes that a layer stores and a later one takes away. What comes in is the finished
//! model; what goes out is lost contents by the pair of layers: who stored them, and who
//! took them away.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use crate::rootfs::{BodyId, Cause, LayerNo, NodeId};
use crate::units::Bytes;

use super::View;

/// Lost contents, by the layer that stored them and the one in which they went.
type Losses = BTreeMap<(LayerNo, LayerNo), Vec<BodyId>>;

/// Of more pairs only those with most bytes are told of: nobody builds so.
const MOST_PAIRS: usize = 500;

impl View<'_> {
    /// What was added and is lost for this cause.
    pub fn losses(&self, cause: Cause) -> Losses {
        let mut losses = Losses::new();
        for (id, body) in self.fs.bodies() {
            if let Some(loss) = body.lost
                && loss.cause == cause
                && body.layer >= self.base
                // What lies at a mark of deletion has no name of its own.
                && body.node != NodeId::ROOT
                && loss.layer != body.layer
            {
                let pair = (body.layer, loss.layer);
                losses.entry(pair).or_default().push(id);
            }
        }
        self.heaviest(losses)
    }

    /// Of very many pairs those with most bytes.
    pub fn heaviest(&self, losses: Losses) -> Losses {
        if losses.len() <= MOST_PAIRS {
            return losses;
        }
        let mut pairs: Vec<_> = losses.into_iter().collect();
        pairs.sort_by_cached_key(|(pair, bodies)| (Reverse(self.size_of(bodies)), *pair));
        pairs.truncate(MOST_PAIRS);
        pairs.into_iter().collect()
    }

    /// Of contents that were deleted, those that the deleting layer stores again at
    /// another path, and where. Where no hash tells, as contents were jumped over, a
    /// layer that calls `mv` and stores something of that size did so.
    pub fn moved(&self) -> HashMap<BodyId, NodeId> {
        let losses = self.losses(Cause::Deleted);
        let layers: HashSet<LayerNo> = losses.keys().map(|&(_, again)| again).collect();
        let moving: HashSet<LayerNo> = layers
            .iter()
            .copied()
            .filter(|&layer| self.step(layer).is_some_and(|step| step.calls("mv")))
            .collect();
        // By the layer and what it stores: where it lies.
        let mut stored = BTreeMap::new();
        for (id, body) in self.fs.bodies() {
            if !layers.contains(&body.layer) || body.size == Bytes::ZERO {
                continue;
            }
            let known = self.fs.identity(id).map(Some);
            let by_size = moving.contains(&body.layer).then_some(None);
            for identity in known.into_iter().chain(by_size) {
                let key = (body.layer, body.size, identity);
                stored.entry(key).or_insert(body.node);
            }
        }
        let mut moved = HashMap::new();
        for (&(_, again), bodies) in &losses {
            for &id in bodies {
                let size = self.fs.body(id).size;
                let at = stored.get(&(again, size, self.fs.identity(id)));
                if let Some(&at) = at {
                    moved.insert(id, at);
                }
            }
        }
        moved
    }

    /// What contents weigh, each of them once.
    pub fn size_of(&self, bodies: &[BodyId]) -> Bytes {
        bodies.iter().map(|&id| self.fs.body(id).size).sum()
    }

    /// The path of the largest of some contents.
    fn largest(&self, bodies: &[BodyId]) -> Option<NodeId> {
        let heaviest = bodies.iter().max_by_key(|&&id| self.fs.body(id).size)?;
        Some(self.fs.body(*heaviest).node)
    }

    /// The lowest folder that all of these are in; each folder is looked at once.
    fn common_folder(&self, bodies: &[BodyId]) -> NodeId {
        let folder_of = |id: BodyId| self.fs.parent(self.fs.body(id).node);
        let Some(&first) = bodies.first() else {
            return NodeId::ROOT;
        };
        // From the first one's folder up, and how far up the common one is.
        let mut chain = Vec::new();
        let mut at = folder_of(first);
        while at != NodeId::ROOT {
            chain.push(at);
            at = self.fs.parent(at);
        }
        let places: HashMap<NodeId, usize> = chain
            .iter()
            .enumerate()
            .map(|(place, &node)| (node, place))
            .collect();
        let (mut common, mut seen) = (0, HashSet::new());
        for &id in bodies {
            let mut at = folder_of(id);
            while at != NodeId::ROOT && !places.contains_key(&at) && seen.insert(at) {
                at = self.fs.parent(at);
            }
            match places.get(&at) {
                Some(&place) => common = common.max(place),
                None if at == NodeId::ROOT => return NodeId::ROOT,
                None => {}
            }
        }
        chain.get(common).copied().unwrap_or(NodeId::ROOT)
    }

    /// Where contents are, in a word or two for a person: the one path, or the folder
    /// that they share.
    pub fn place_of(&self, bodies: &[BodyId]) -> String {
        match bodies {
            [one] => self.shown(self.fs.body(*one).node),
            _ => match self.common_folder(bodies) {
                NodeId::ROOT => self
                    .largest(bodies)
                    .map_or_else(|| "/".to_owned(), |node| format!("{} …", self.shown(node))),
                folder => self.shown(folder),
            },
        }
    }
}

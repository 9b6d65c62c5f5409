//! Whose most of a folder is, and which layer stores most of it. What comes in is the
//! sums of a tree; what goes out is who has more than half of each folder, if anybody.
//!
//! First a vote on the way up, in which the weights of different owners undo each other:
//! whoever has more than half is what is left of it. But something is always left, so
//! then the bytes of those are counted, in one walk.

use imgsize::rootfs::NodeId;

use super::listing::{Listing, Sign, Spot};
use crate::tui::model::Model;

/// By how much the owner and the layer of a node lead.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Votes {
    owner: u64,
    layer: u64,
}

impl Votes {
    /// Those of one content: even an empty file has a say.
    pub(super) fn of(spot: &Spot) -> Votes {
        let weight = weight(spot);
        Votes {
            owner: weight,
            layer: weight,
        }
    }
}

/// Lets one more vote; `by` is how much the one in front leads.
fn vote<T: PartialEq>(front: &mut T, by: &mut u64, other: T, more: u64) {
    if *front == other {
        *by = by.saturating_add(more);
    } else if more > *by {
        (*front, *by) = (other, more - *by);
    } else {
        *by -= more;
    }
}

fn weight(spot: &Spot) -> u64 {
    spot.size.0.saturating_add(u64::from(spot.files))
}

impl Spot {
    /// Counts what is in a folder.
    pub(super) fn add(&mut self, below: &Spot, votes: &mut Votes, more: Votes) {
        if below.files == 0 {
            return;
        }
        let is_first = self.files == 0;
        self.size += below.size;
        self.download += below.download;
        self.files = self.files.saturating_add(below.files);
        self.marks |= below.marks & (Spot::MANY_OWNERS | Spot::MANY_LAYERS);
        if !is_first && self.owner != below.owner {
            self.marks |= Spot::MANY_OWNERS;
        }
        if !is_first && self.layer != below.layer {
            self.marks |= Spot::MANY_LAYERS;
        }
        vote(&mut self.owner, &mut votes.owner, below.owner, more.owner);
        vote(&mut self.layer, &mut votes.layer, below.layer, more.layer);
    }
}

/// What was passed so far, by owner and by layer.
struct Passed {
    owners: Vec<u64>,
    layers: Vec<u64>,
}

impl Passed {
    fn add(&mut self, spot: &Spot) {
        let sums = [
            self.owners.get_mut(spot.owner.0 as usize),
            self.layers.get_mut(usize::from(spot.layer)),
        ];
        for sum in sums.into_iter().flatten() {
            *sum = sum.saturating_add(weight(spot));
        }
    }

    /// What there is of those in front of a folder.
    fn of(&self, spot: &Spot) -> (u64, u64) {
        let owner = self.owners.get(spot.owner.0 as usize);
        let layer = self.layers.get(usize::from(spot.layer));
        (
            owner.copied().unwrap_or_default(),
            layer.copied().unwrap_or_default(),
        )
    }
}

enum Step {
    In(NodeId),
    /// Out of a folder, with what was passed before it.
    Out(NodeId, (u64, u64)),
}

impl Listing {
    /// Marks the folders of which somebody has more than half.
    pub(super) fn count_most(&mut self, model: &Model) {
        let passed = || Passed {
            owners: vec![0; model.owners().count()],
            layers: vec![0; model.layer_count()],
        };
        // What went is in folders that went: it is counted apart.
        let (mut there, mut gone) = (passed(), passed());
        let mut open = vec![Step::In(NodeId::ROOT)];
        while let Some(step) = open.pop() {
            let (Step::In(node) | Step::Out(node, _)) = step;
            let Some(spot) = self.spots.get(node.index()) else {
                continue;
            };
            let passed = match spot.sign {
                Sign::Removed => &mut gone,
                _ => &mut there,
            };
            match step {
                Step::In(_) => {
                    let children = self.children(node);
                    if !children.is_empty() {
                        open.push(Step::Out(node, passed.of(spot)));
                        open.extend(children.iter().map(|&child| Step::In(child)));
                    }
                    if spot.has_body() {
                        passed.add(spot);
                    }
                }
                Step::Out(_, before) => {
                    let (owner, layer) = passed.of(spot);
                    let half = weight(spot) / 2;
                    let mut marks = 0;
                    if owner - before.0 > half {
                        marks |= Spot::MOST_OWNER;
                    }
                    if layer - before.1 > half {
                        marks |= Spot::MOST_LAYER;
                    }
                    if let Some(spot) = self.spots.get_mut(node.index()) {
                        spot.marks |= marks;
                    }
                }
            }
        }
    }
}

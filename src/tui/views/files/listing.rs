//! The tree of files that a filter lets through. What comes in is a model and a wish;
//! what goes out is what every folder comes to, and what is in it, in order. Made by the
//! worker (see [`super::build`]) and never changed: the view looks at a slice of it.
//!
//! A node costs 40 bytes: 32 for its [`Spot`], 4 for its place among its siblings and 4
//! for where its own children begin. A million files are 40 MB, which a folder's children
//! being one slice is worth: unfolding copies it, and nothing is sorted or summed then.

use std::cmp::Ordering;

use imgsize::owner::OwnerId;
use imgsize::rootfs::{BodyId, LayerNo, NodeId, Rootfs};
use imgsize::units::Bytes;

use crate::tui::filter::Filter;

/// What the tree is to be of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wish {
    pub(crate) filter: Filter,
    /// As of this layer; `None` for the whole image.
    pub(crate) as_of: Option<LayerNo>,
    pub(crate) sort: Sort,
    /// Wishes are counted: what an earlier one brings late is not wanted any more.
    pub(crate) no: u64,
}

/// What a folder's children are sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Sort {
    #[default]
    Size,
    Download,
    Files,
    Name,
}

/// What the layer of the tree did to something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Nothing; everything in the tree of the whole image.
    #[default]
    None,
    Added,
    Changed,
    /// The same content was stored again: only owner, mode or time is another.
    Metadata,
    Removed,
}

impl Sign {
    /// Those that are counted, in the order in which they are told.
    pub(super) const ALL: [Sign; 4] = [Sign::Added, Sign::Changed, Sign::Metadata, Sign::Removed];
}

/// Nothing is at a node but what is in it.
const NOTHING: u32 = u32::MAX;
const NOBODY: OwnerId = OwnerId(u32::MAX);
const NO_LAYER: LayerNo = LayerNo::MAX;

/// What there is to say of a node.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    /// Of what is live in it; of what is removed, of what went.
    pub(super) size: Bytes,
    pub(super) download: Bytes,
    /// How many files, each inode once.
    pub(super) files: u32,
    /// Whose most of it is: see [`super::most`].
    pub(super) owner: OwnerId,
    /// The content, by its place.
    body: u32,
    /// The layer that stores most of it.
    pub(super) layer: LayerNo,
    pub(super) sign: Sign,
    pub(super) marks: u8,
}

impl Spot {
    /// It is in the tree.
    pub(super) const SEEN: u8 = 1;
    /// Its content has another name, which has its bytes.
    pub(super) const OTHER_NAME: u8 = 2;
    /// It is of several owners.
    pub(super) const MANY_OWNERS: u8 = 4;
    /// Several layers store it.
    pub(super) const MANY_LAYERS: u8 = 8;
    /// One of several owners has more than half of it.
    pub(super) const MOST_OWNER: u8 = 16;
    /// One of several layers stores more than half of it.
    pub(super) const MOST_LAYER: u8 = 32;

    pub(super) const EMPTY: Spot = Spot {
        size: Bytes::ZERO,
        download: Bytes::ZERO,
        files: 0,
        owner: NOBODY,
        body: NOTHING,
        layer: NO_LAYER,
        sign: Sign::None,
        marks: 0,
    };

    pub(super) fn is(&self, mark: u8) -> bool {
        self.marks & mark != 0
    }

    /// Is a content here?
    pub(super) fn has_body(&self) -> bool {
        self.body != NOTHING
    }

    /// The content that is here, or went from here.
    pub(super) fn body(&self, fs: &Rootfs) -> Option<BodyId> {
        fs.body_at(self.body as usize)
    }

    /// Whose it is, or most of it; `None` if nobody has so much.
    pub(super) fn owner(&self) -> Option<OwnerId> {
        let known = self.is(Spot::MOST_OWNER) || !self.is(Spot::MANY_OWNERS);
        (known && self.owner != NOBODY).then_some(self.owner)
    }

    /// The layer that stores it, or most of it; `None` if no layer stores so much.
    pub(super) fn layer(&self) -> Option<LayerNo> {
        let known = self.is(Spot::MOST_LAYER) || !self.is(Spot::MANY_LAYERS);
        (known && self.layer != NO_LAYER).then_some(self.layer)
    }

    /// A content is here.
    pub(super) fn put(&mut self, body: BodyId, owner: OwnerId, layer: LayerNo) {
        self.body = body.index() as u32;
        (self.owner, self.layer) = (owner, layer);
        self.marks |= Spot::SEEN;
    }
}

/// What a layer did, of one sign.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) files: u32,
    pub(super) size: Bytes,
}

/// The tree.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(super) wish: Wish,
    /// By node.
    pub(super) spots: Vec<Spot>,
    /// By node: where its children begin; one more, for the end of the last one's.
    starts: Vec<u32>,
    children: Vec<NodeId>,
    /// By sign, as in [`Sign::ALL`].
    pub(super) changes: [Change; 4],
}

impl Listing {
    /// Sorts what is in every folder: the last step of making one.
    pub(super) fn sorted(
        fs: &Rootfs,
        wish: Wish,
        spots: Vec<Spot>,
        counts: Vec<u32>,
        changes: [Change; 4],
    ) -> Listing {
        let (starts, mut children) = slices(fs, &spots, counts);
        let order = |a: &NodeId, b: &NodeId| {
            let names = || fs.name(*a).cmp(fs.name(*b));
            let (Some(one), Some(other)) = (spots.get(a.index()), spots.get(b.index())) else {
                return Ordering::Equal;
            };
            match wish.sort {
                Sort::Size => other.size.cmp(&one.size),
                Sort::Download => other.download.cmp(&one.download),
                Sort::Files => other.files.cmp(&one.files),
                Sort::Name => Ordering::Equal,
            }
            .then_with(names)
        };
        let ends = starts.iter().skip(1);
        for (&start, &end) in starts.iter().zip(ends) {
            if let Some(slice) = children.get_mut(start as usize..end as usize) {
                slice.sort_unstable_by(order);
            }
        }
        Listing {
            wish,
            spots,
            starts,
            children,
            changes,
        }
    }

    /// What is in a folder, in order.
    pub(super) fn children(&self, node: NodeId) -> &[NodeId] {
        let at = node.index();
        let range = self.starts.get(at).zip(self.starts.get(at + 1));
        let slice =
            range.and_then(|(&start, &end)| self.children.get(start as usize..end as usize));
        slice.unwrap_or_default()
    }

    /// What there is to say of a node; `None` if it is not in the tree.
    pub(super) fn spot(&self, node: NodeId) -> Option<&Spot> {
        let spot = self.spots.get(node.index())?;
        spot.is(Spot::SEEN).then_some(spot)
    }

    /// How many nodes the image has, seen or not.
    pub(super) fn len(&self) -> usize {
        self.spots.len()
    }
}

/// The children of all nodes in one array, parents in their order, from how many each has.
fn slices(fs: &Rootfs, spots: &[Spot], counts: Vec<u32>) -> (Vec<u32>, Vec<NodeId>) {
    let mut starts = counts;
    let mut end = 0_u32;
    for start in &mut starts {
        end += *start;
        *start = end;
    }
    starts.push(end);
    let mut children = vec![NodeId::ROOT; end as usize];
    // From its end each slice grows to its start.
    for index in (1..spots.len()).rev() {
        if !spots[index].is(Spot::SEEN) {
            continue;
        }
        let Some(node) = fs.node_at(index) else {
            continue;
        };
        let start = &mut starts[fs.parent(node).index()];
        *start -= 1;
        children[*start as usize] = node;
    }
    (starts, children)
}

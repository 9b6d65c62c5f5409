//! Making the tree. What comes in is a model, a filter and perhaps a layer; what goes out
//! is a [`Listing`]. A few passes over flat arrays: a parent's number is always below its
//! children's, so that the way up is one loop from the last node to the first.
//!
//! As of a layer those contents are live that it or one below it stores and that no layer
//! up to it lost: the books have both. What has no content (links, devices, empty folders)
//! is in no book: the tree of the image keeps only how each path ended. Such a node is
//! shown if it was written last by that layer or one below; what a later layer wrote over,
//! or took away, is not shown. The same goes for the names of a file with several.

use imgsize::rootfs::{Body, BodyId, Cause, LayerNo, NodeId, NodeKind, Rootfs};

use super::listing::{Change, Listing, Sign, Spot, Wish};
use super::most::Votes;
use crate::tui::filter::Sieve;
use crate::tui::model::Model;

impl Listing {
    pub(crate) fn new(model: &Model, wish: Wish) -> Listing {
        let top = (model.layer_count() as LayerNo).saturating_sub(1);
        let mut making = Making {
            model,
            fs: model.fs(),
            sieve: (!wish.filter.is_empty()).then(|| wish.filter.on(model)),
            layer: wish.as_of.unwrap_or(top),
            signs: wish.as_of.is_some(),
            spots: vec![Spot::EMPTY; model.fs().node_count()],
        };
        making.contents();
        making.other_names();
        if making.sieve.is_none() {
            making.bare();
        }
        let mut changes = [Change::default(); 4];
        if making.signs {
            making.changed();
            changes = making.changes();
        }
        let counts = making.sums();
        let spots = making.spots;
        let mut listing = Listing::sorted(model.fs(), wish, spots, counts, changes);
        listing.count_most(model);
        listing
    }
}

struct Making<'m> {
    model: &'m Model,
    fs: &'m Rootfs,
    /// `None` if all pass.
    sieve: Option<Sieve<'m>>,
    /// As of this layer.
    layer: LayerNo,
    /// Is it told what that layer did?
    signs: bool,
    /// By node.
    spots: Vec<Spot>,
}

impl Making<'_> {
    fn passes(&self, id: BodyId, body: &Body) -> bool {
        let sieve = self.sieve.as_ref();
        sieve.is_none_or(|sieve| sieve.takes(id, body))
    }

    fn is_live(&self, body: &Body) -> bool {
        let stays = body.lost.is_none_or(|loss| loss.layer > self.layer);
        body.layer <= self.layer && stays
    }

    /// Puts every content with one name where that is.
    fn contents(&mut self) {
        let fs = self.fs;
        let mut named = vec![false; fs.body_count()];
        for link in fs.hard_links() {
            if let Some(named) = named.get_mut(link.body.index()) {
                *named = true;
            }
        }
        for ((id, body), named) in fs.bodies().zip(named) {
            if !named && self.is_live(body) && self.passes(id, body) {
                self.put(body.node, id, body);
            }
        }
    }

    /// Puts every content with several names at the first that is there: its bytes count
    /// once. The others lead to it and weigh nothing.
    fn other_names(&mut self) {
        let fs = self.fs;
        let links = fs.hard_links().iter();
        let links = links.filter(|link| link.layer <= self.layer);
        let mut names: Vec<(BodyId, NodeId)> = links.map(|link| (link.body, link.node)).collect();
        // Stable: the names of a content stay in the order in which they were given.
        names.sort_by_key(|&(id, _)| id);
        let mut named: Vec<BodyId> = fs.hard_links().iter().map(|link| link.body).collect();
        named.sort_unstable();
        named.dedup();
        for id in named {
            let body = fs.body(id);
            if !self.is_live(body) || !self.passes(id, body) {
                continue;
            }
            let first = names.partition_point(|&(other, _)| other < id);
            let later = names.iter().skip(first);
            let later = later.take_while(|(other, _)| *other == id);
            let all: Vec<NodeId> = std::iter::once(body.node)
                .chain(later.map(|&(_, node)| node))
                .filter(|&node| self.leads(node, id))
                .collect();
            // The books say that it is there: then it is at its first name at least.
            self.put(all.first().copied().unwrap_or(body.node), id, body);
            for &node in all.iter().skip(1) {
                let spot = &mut self.spots[node.index()];
                if !spot.has_body() {
                    spot.put(id, self.model.owner_of(id), body.layer);
                    spot.marks |= Spot::OTHER_NAME;
                }
            }
        }
    }

    /// May this name lead to this content as of the layer, and is it free?
    fn leads(&self, node: NodeId, id: BodyId) -> bool {
        let later = self.fs.layer_of(node) > self.layer;
        let leads = later || self.fs.body_of(node) == Some(id);
        leads && !self.spots[node.index()].has_body()
    }

    fn put(&mut self, node: NodeId, id: BodyId, body: &Body) {
        let owner = self.model.owner_of(id);
        let added = self.signs && body.layer == self.layer;
        let spot = &mut self.spots[node.index()];
        spot.put(id, owner, body.layer);
        spot.size += body.size;
        spot.download += body.transfer;
        spot.files += 1;
        spot.sign = if added { Sign::Added } else { Sign::None };
    }

    /// What has no content: where nothing is filtered it belongs to the picture.
    fn bare(&mut self) {
        for index in 0..self.spots.len() {
            let Some(node) = self.fs.node_at(index) else {
                break;
            };
            let kind = self.fs.kind(node);
            let layer = self.fs.layer_of(node);
            let spot = &mut self.spots[index];
            if spot.has_body() || layer > self.layer {
                continue;
            }
            match kind {
                // That a layer names a folder again says nothing: tars do that.
                NodeKind::Dir => spot.marks |= Spot::SEEN,
                NodeKind::Symlink | NodeKind::Special => {
                    spot.marks |= Spot::SEEN;
                    if self.signs && layer == self.layer {
                        spot.sign = Sign::Added;
                    }
                }
                NodeKind::File | NodeKind::Absent => {}
            }
        }
    }

    /// What the layer did to what was there before.
    fn changed(&mut self) {
        let fs = self.fs;
        for (id, body) in fs.bodies() {
            let Some(loss) = body.lost.filter(|loss| loss.layer == self.layer) else {
                continue;
            };
            // What a layer writes and takes away itself never was there.
            if body.layer == self.layer {
                continue;
            }
            let taken = loss.successor.map(|successor| fs.body(successor).node);
            let gone = taken.is_none() && self.passes(id, body);
            let spot = &mut self.spots[taken.unwrap_or(body.node).index()];
            let is_new = spot.layer() == Some(self.layer) || !spot.has_body();
            if gone && spot.sign == Sign::Removed {
                // It had several names, and this was not the last of them.
                spot.size += body.size;
                spot.download += body.transfer;
                spot.files += 1;
            } else if spot.is(Spot::SEEN) && is_new {
                spot.sign = match loss.cause {
                    Cause::MetadataOnly => Sign::Metadata,
                    _ => Sign::Changed,
                };
            } else if gone && !spot.is(Spot::SEEN) {
                spot.put(id, self.model.owner_of(id), body.layer);
                (spot.size, spot.download, spot.files) = (body.size, body.transfer, 1);
                spot.sign = Sign::Removed;
            }
        }
    }

    /// How much is of which sign; links weigh nothing and are not counted.
    fn changes(&self) -> [Change; 4] {
        Sign::ALL.map(|sign| {
            let spots = self.spots.iter();
            let spots = spots.filter(|spot| spot.sign == sign && spot.files > 0);
            spots.fold(Change::default(), |sum, spot| Change {
                files: sum.files + spot.files,
                size: sum.size + spot.size,
            })
        })
    }

    /// Adds up what is in every folder, and says how many children each has.
    fn sums(&mut self) -> Vec<u32> {
        let spots = &mut self.spots;
        let mut counts = vec![0_u32; spots.len()];
        // By node: has anything in it a say in its sign yet?
        let mut told = vec![false; spots.len()];
        let mut votes: Vec<Votes> = spots.iter().map(Votes::of).collect();
        for index in (1..spots.len()).rev() {
            if !spots[index].is(Spot::SEEN) {
                continue;
            }
            let Some(node) = self.fs.node_at(index) else {
                continue;
            };
            let at = self.fs.parent(node).index();
            let (before, behind) = spots.split_at_mut(index);
            let (Some(folder), Some(spot)) = (before.get_mut(at), behind.first()) else {
                continue;
            };
            counts[at] += 1;
            folder.marks |= Spot::SEEN;
            // A folder with nothing in it has no say in what was done to the one around
            // it: tars name folders again and again.
            let is_bare = spot.files == 0 && self.fs.kind(node) == NodeKind::Dir;
            if is_bare && spot.sign == Sign::None {
                continue;
            }
            // The root is never gone.
            let first = !std::mem::replace(&mut told[at], true);
            let first = first && folder.sign == Sign::None && !folder.has_body() && at > 0;
            let more = votes[index];
            take_in(folder, &mut votes[at], first, spot, more);
        }
        // The image as a whole stays what it is.
        if let Some(root) = spots.first_mut() {
            root.marks |= Spot::SEEN;
        }
        counts
    }
}

/// A folder takes in what one of its children comes to. It has the sign of all that is in
/// it; where signs differ, it is changed.
fn take_in(folder: &mut Spot, votes: &mut Votes, first: bool, spot: &Spot, more: Votes) {
    let was = folder.sign;
    if was == Sign::Removed && spot.sign != Sign::Removed {
        // Something in it is there: what went is not counted any more.
        *folder = Spot::EMPTY;
        folder.marks = Spot::SEEN;
        *votes = Votes::default();
    }
    folder.sign = match (was, spot.sign) {
        (_, sign) if first => sign,
        (was, sign) if was == sign => sign,
        _ => Sign::Changed,
    };
    // What went counts in what went with it, and nowhere else.
    if spot.sign != Sign::Removed || folder.sign == Sign::Removed {
        folder.add(spot, votes, more);
    }
}

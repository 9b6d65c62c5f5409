//! The rows that are seen of a tree of perhaps a million files. What comes in is a
//! [`Listing`] and what the user folds; what goes out is which node is in which row.
//! Unfolding copies a slice into the rows, folding takes one out; unfolding everything is
//! one walk over flat arrays.

use std::collections::BinaryHeap;
use std::sync::Arc;

use imgsize::rootfs::{NodeId, Rootfs};
use imgsize::units::Bytes;

use super::listing::Listing;
use crate::tui::list::{Cursor, Fold, Move, Rows};

/// A row: what is in it, and how deep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) node: NodeId,
    pub(super) depth: u16,
}

const ROOT: Seen = Seen {
    node: NodeId::ROOT,
    depth: 0,
};

/// The rows.
#[derive(Default)]
pub(super) struct Tree {
    listing: Option<Arc<Listing>>,
    /// By node: is it unfolded? Kept from one listing to the next.
    open: Vec<bool>,
    rows: Vec<Seen>,
    cursor: Cursor,
}

impl Tree {
    pub(super) fn listing(&self) -> Option<&Arc<Listing>> {
        self.listing.as_ref()
    }

    pub(super) fn row(&self, at: usize) -> Option<Seen> {
        self.rows.get(at).copied()
    }

    pub(super) fn selected(&self) -> Option<NodeId> {
        self.row(self.cursor.at).map(|row| row.node)
    }

    pub(super) fn children(&self, node: NodeId) -> &[NodeId] {
        let listing = self.listing.as_ref();
        listing.map_or(&[], |listing| listing.children(node))
    }

    pub(super) fn is_open(&self, node: NodeId) -> bool {
        self.open.get(node.index()) == Some(&true)
    }

    /// Another listing. The cursor stays on its node, else on what that was in, and in
    /// the same line of the screen.
    pub(super) fn set(&mut self, listing: Arc<Listing>, fs: &Rootfs) {
        let meant = self.selected().unwrap_or(NodeId::ROOT);
        let line = self.cursor.at.saturating_sub(self.cursor.first);
        self.open.resize(listing.len(), false);
        self.set_open(
            NodeId::ROOT,
            self.rows.is_empty() || self.is_open(NodeId::ROOT),
        );
        self.listing = Some(listing);
        self.look();
        let mut seen = NodeId::ROOT;
        for node in way_to(fs, meant) {
            let there = self.listing.as_ref().and_then(|listing| listing.spot(node));
            if there.is_none() || !self.is_open(fs.parent(node)) {
                break;
            }
            seen = node;
        }
        self.go_to(seen);
        self.cursor.first = self.cursor.at.saturating_sub(line);
    }

    /// Goes to a node and unfolds what it is in; is it there?
    pub(super) fn reveal(&mut self, node: NodeId, fs: &Rootfs) -> bool {
        let listing = self.listing.as_ref();
        if listing.is_none_or(|listing| listing.spot(node).is_none()) {
            return false;
        }
        let mut row = 0;
        let mut folder = NodeId::ROOT;
        for next in way_to(fs, node) {
            row = self.find(folder, row);
            if !self.is_open(folder) {
                self.unfold(row);
            }
            folder = next;
        }
        let row = self.find(node, row);
        self.cursor.go(Move::To(row), self.rows.len());
        true
    }

    /// Folds everything, then unfolds the largest folders until there is about a screen
    /// of rows: who comes from somewhere else sees files at once.
    pub(super) fn unfold_largest(&mut self, most: usize) {
        self.open.fill(false);
        let Some(listing) = self.listing.clone() else {
            return;
        };
        let mut rows = 1;
        let mut largest: BinaryHeap<(Bytes, NodeId)> = BinaryHeap::new();
        largest.push((Bytes::ZERO, NodeId::ROOT));
        while let Some((_, node)) = largest.pop() {
            let children = listing.children(node);
            // The root is open in any case.
            if rows + children.len() > most && node != NodeId::ROOT {
                continue;
            }
            rows += children.len();
            self.set_open(node, true);
            let folders = children.iter().take(most);
            let folders = folders.filter(|&&child| !listing.children(child).is_empty());
            largest.extend(folders.filter_map(|&child| Some((listing.spot(child)?.size, child))));
        }
        self.look();
        self.cursor.go(Move::Top, self.rows.len());
    }

    fn set_open(&mut self, node: NodeId, open: bool) {
        if let Some(is) = self.open.get_mut(node.index()) {
            *is = open;
        }
    }

    /// Finds out what is seen.
    fn look(&mut self) {
        self.rows.clear();
        self.rows.push(ROOT);
        if self.is_open(NodeId::ROOT) {
            let mut rows = std::mem::take(&mut self.rows);
            self.below(ROOT, &mut rows);
            self.rows = rows;
        }
        self.cursor.go(Move::By(0), self.rows.len());
    }

    /// What is seen below an open row.
    fn below(&self, row: Seen, rows: &mut Vec<Seen>) {
        let Some(listing) = &self.listing else { return };
        let inside = |row: Seen| {
            let children = listing.children(row.node).iter().rev();
            let depth = row.depth.saturating_add(1);
            children.map(move |&node| Seen { node, depth })
        };
        let mut open: Vec<Seen> = inside(row).collect();
        while let Some(row) = open.pop() {
            rows.push(row);
            if self.is_open(row.node) {
                open.extend(inside(row));
            }
        }
    }

    fn unfold(&mut self, at: usize) {
        let Some(row) = self.row(at) else { return };
        self.set_open(row.node, true);
        let mut below = Vec::new();
        self.below(row, &mut below);
        self.rows.splice(at + 1..at + 1, below);
    }

    fn fold_up(&mut self, at: usize) {
        let Some(row) = self.row(at) else { return };
        self.set_open(row.node, false);
        let rest = self.rows.iter().skip(at + 1);
        let below = rest.take_while(|other| other.depth > row.depth).count();
        self.rows.drain(at + 1..at + 1 + below);
    }

    /// The row of a node that is seen, from a row on.
    fn find(&self, node: NodeId, from: usize) -> usize {
        let mut rows = self.rows.iter().skip(from);
        from + rows.position(|row| row.node == node).unwrap_or_default()
    }

    fn go_to(&mut self, node: NodeId) {
        let row = self.find(node, 0);
        self.cursor.go(Move::To(row), self.rows.len());
    }

    /// The row of the folder that a row is in, or of one that is no deeper than this.
    fn above(&self, at: usize, depth: u16) -> Option<usize> {
        let rows = self.rows.get(..=at)?;
        rows.iter().rposition(|row| row.depth <= depth)
    }
}

impl Rows for Tree {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn cursor(&mut self) -> &mut Cursor {
        &mut self.cursor
    }

    fn fold(&mut self, fold: Fold) -> bool {
        let at = self.cursor.at;
        let Some(row) = self.row(at) else {
            return false;
        };
        let leaf = self.children(row.node).is_empty();
        let open = self.is_open(row.node) && !leaf;
        match fold {
            Fold::Toggle | Fold::In if leaf => return false,
            Fold::Toggle if open => self.fold_up(at),
            Fold::In if open => self.cursor.go(Move::By(1), self.rows.len()),
            Fold::Toggle | Fold::In => self.unfold(at),
            Fold::Out if open => self.fold_up(at),
            Fold::Out => {
                let above = row.depth.checked_sub(1);
                let Some(above) = above.and_then(|depth| self.above(at, depth)) else {
                    return false;
                };
                self.cursor.go(Move::To(above), self.rows.len());
            }
            Fold::OpenAll => {
                self.open.fill(true);
                self.look();
                self.go_to(row.node);
            }
            Fold::CloseAll => {
                // The root stays open: one row alone says nothing.
                let above = self.above(at, 1).and_then(|at| self.row(at));
                self.open.fill(false);
                self.set_open(NodeId::ROOT, true);
                self.look();
                self.go_to(above.unwrap_or(ROOT).node);
            }
        }
        true
    }
}

/// The nodes on the way to a node and itself, without the root.
fn way_to(fs: &Rootfs, node: NodeId) -> Vec<NodeId> {
    let mut way = Vec::new();
    let mut at = node;
    while at != NodeId::ROOT {
        way.push(at);
        at = fs.parent(at);
    }
    way.reverse();
    way
}

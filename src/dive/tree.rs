//! Trees of names, as dive makes them of a layer and of layers on one another.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::DiveError;
use crate::layer::{Entry, EntryKind, Layer};
use crate::units::Bytes;

/// Names that delete begin so.
const DELETES: &[u8] = b".wh.";
/// Names that are none.
const NO_NAME: &[u8] = b".wh..wh..";
/// Of all nodes that a tree ever had; the filesystem has a bound too, but there one path
/// may have many names.
const MOST_NODES: usize = 16_000_000;

const ROOT: usize = 0;

/// A tree of names in the order of their bytes.
#[derive(Clone)]
pub(super) struct Tree<'l> {
    /// A node stands behind its parent.
    nodes: Vec<Node<'l>>,
    repeated: Bytes,
}

#[derive(Clone)]
struct Node<'l> {
    parent: usize,
    name: Cow<'l, [u8]>,
    children: BTreeMap<Cow<'l, [u8]>, usize>,
    size: u64,
    is_dir: bool,
    /// Is it in the tree still?
    is_there: bool,
}

/// Is it the image's root, which has no name?
pub(super) fn is_root(layer: &Layer, entry: &Entry) -> bool {
    layer.path(entry).is_empty() && entry.kind != EntryKind::Opaque
}

impl<'l> Tree<'l> {
    /// The tree of a layer's tar.
    pub(super) fn of(layer: &'l Layer) -> Result<Tree<'l>, DiveError> {
        let root = Node {
            parent: ROOT,
            name: Cow::Borrowed(b""),
            children: BTreeMap::new(),
            size: 0,
            is_dir: false,
            is_there: true,
        };
        let mut tree = Tree {
            nodes: vec![root],
            repeated: Bytes::ZERO,
        };
        for entry in &layer.entries {
            tree.entry(layer, entry)?;
        }
        Ok(tree)
    }

    fn entry(&mut self, layer: &'l Layer, entry: &Entry) -> Result<(), DiveError> {
        if is_root(layer, entry) {
            return Ok(());
        }
        let mut names: Vec<Cow<'l, [u8]>> = layer
            .path(entry)
            .split(|&byte| byte == b'/')
            .filter(|name| !name.is_empty())
            .map(Cow::Borrowed)
            .collect();
        match entry.kind {
            // Its name is none, but the folders on the way to it are made.
            EntryKind::Opaque => names.push(Cow::Borrowed(NO_NAME)),
            EntryKind::Whiteout => {
                let name = names.pop().unwrap_or_default();
                names.push(Cow::Owned([DELETES, &name].concat()));
            }
            _ => {}
        }
        let mut node = ROOT;
        let mut is_new = false;
        for name in names {
            if name.starts_with(NO_NAME) {
                return Ok(());
            }
            (node, is_new) = self.child(node, name)?;
        }
        let node = &mut self.nodes[node];
        if !is_new {
            self.repeated += Bytes(node.size);
        }
        node.size = entry.size.0;
        node.is_dir = entry.kind == EntryKind::Dir;
        Ok(())
    }

    /// The child of this name, and whether it is new.
    fn child(&mut self, parent: usize, name: Cow<'l, [u8]>) -> Result<(usize, bool), DiveError> {
        if let Some(&child) = self.nodes[parent].children.get(&name) {
            return Ok((child, false));
        }
        let no = self.nodes.len();
        if no >= MOST_NODES {
            return Err(DiveError::TooMany);
        }
        self.nodes[parent].children.insert(name.clone(), no);
        self.nodes.push(Node {
            parent,
            name,
            children: BTreeMap::new(),
            size: 0,
            is_dir: false,
            is_there: true,
        });
        Ok((no, true))
    }

    /// Bytes of entries whose name came again in the same tar.
    pub(super) fn repeated(&self) -> Bytes {
        self.repeated
    }

    /// All nodes but the root: children before their parent, by the order of names.
    fn inside_out(&self) -> Vec<usize> {
        let mut open = vec![ROOT];
        let mut order = Vec::with_capacity(self.nodes.len());
        while let Some(node) = open.pop() {
            order.push(node);
            open.extend(self.nodes[node].children.values());
        }
        order.reverse();
        order.pop();
        order
    }

    /// The nodes without children, by the order of names.
    pub(super) fn leaves(&self) -> Vec<usize> {
        let mut order = self.inside_out();
        order.retain(|&node| self.nodes[node].children.is_empty());
        order
    }

    /// Does it delete?
    pub(super) fn is_whiteout(&self, node: usize) -> bool {
        self.nodes[node].name.starts_with(DELETES)
    }

    /// Is it a folder that an entry names?
    pub(super) fn is_dir(&self, node: usize) -> bool {
        self.nodes[node].is_dir
    }

    /// What its header states.
    pub(super) fn size(&self, node: usize) -> u64 {
        self.nodes[node].size
    }

    /// Its names from the root on; of the last one what it deletes, if it does.
    pub(super) fn path(&self, node: usize) -> Vec<&[u8]> {
        let last = &*self.nodes[node].name;
        let mut names = vec![last.strip_prefix(DELETES).unwrap_or(last)];
        let mut at = self.nodes[node].parent;
        while at != ROOT {
            names.push(&self.nodes[at].name);
            at = self.nodes[at].parent;
        }
        names.reverse();
        names
    }

    /// The node of a path.
    pub(super) fn find(&self, path: &[&[u8]]) -> Option<usize> {
        let mut node = ROOT;
        for name in path {
            node = *self.nodes[node].children.get(*name)?;
        }
        Some(node)
    }

    /// Of every node what it and all in it weigh.
    pub(super) fn sums(&self) -> Vec<u64> {
        let mut sums = vec![0_u64; self.nodes.len()];
        for (no, node) in self.nodes.iter().enumerate().skip(1).rev() {
            if node.is_there {
                sums[no] = sums[no].saturating_add(node.size);
                sums[node.parent] = sums[node.parent].saturating_add(sums[no]);
            }
        }
        sums
    }

    /// Puts a layer on top, as dive does: the innermost names first.
    pub(super) fn graft(&mut self, upper: &Tree<'l>) -> Result<(), DiveError> {
        // Where the upper tree's nodes are in this one, as far as is known.
        let mut places: Vec<Option<usize>> = vec![None; upper.nodes.len()];
        places[ROOT] = Some(ROOT);
        for no in upper.inside_out() {
            if upper.is_whiteout(no) {
                if let Some(node) = self.find(&upper.path(no)) {
                    self.remove(node);
                }
                continue;
            }
            let place = self.place(upper, no, &mut places)?;
            let (node, from) = (&mut self.nodes[place], &upper.nodes[no]);
            node.size = from.size;
            node.is_dir = from.is_dir;
        }
        Ok(())
    }

    /// The node for a node of the upper tree; made, and its parents, where it is not there.
    fn place(
        &mut self,
        upper: &Tree<'l>,
        no: usize,
        places: &mut [Option<usize>],
    ) -> Result<usize, DiveError> {
        let mut way = Vec::new();
        let mut at = no;
        let mut place = loop {
            match places[at].filter(|&place| self.nodes[place].is_there) {
                Some(place) => break place,
                None => way.push(at),
            }
            at = upper.nodes[at].parent;
        };
        for at in way.into_iter().rev() {
            (place, _) = self.child(place, upper.nodes[at].name.clone())?;
            places[at] = Some(place);
        }
        Ok(place)
    }

    fn remove(&mut self, node: usize) {
        let parent = self.nodes[node].parent;
        let name = std::mem::take(&mut self.nodes[node].name);
        self.nodes[parent].children.remove(&name);
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            let node = &mut self.nodes[node];
            node.is_there = false;
            open.extend(std::mem::take(&mut node.children).into_values());
        }
    }
}

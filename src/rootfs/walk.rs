//! Questions to the tree. Paths are looked up without following links, or with.

use super::{Body, BodyId, IMPLICIT, LayerNo, Node, NodeId, NodeKind, Rootfs};
use crate::layer::Entry;
use crate::path::ImagePath;

/// The links that a path has followed.
#[derive(Default)]
pub(super) struct Hops {
    links: u32,
    text: usize,
}

impl Hops {
    /// Follows one more, unless that would be too many, as in the kernel
    /// (path_resolution(7)), or too far: their text is the work.
    pub(super) fn follow(&mut self, target: &[u8]) -> bool {
        const MOST: u32 = 40;
        const MOST_TEXT: usize = 8192;
        self.links += 1;
        self.text = self.text.saturating_add(target.len());
        self.links <= MOST && self.text <= MOST_TEXT
    }
}

impl Rootfs {
    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// The node of a place in a side table; parents come before what is in them.
    pub fn node_at(&self, index: usize) -> Option<NodeId> {
        (index < self.nodes.len()).then_some(NodeId(index as u32))
    }

    /// The body of a place in a side table.
    pub fn body_at(&self, index: usize) -> Option<BodyId> {
        (index < self.bodies.len()).then_some(BodyId(index as u32))
    }

    /// What is at a node now.
    pub fn kind(&self, id: NodeId) -> NodeKind {
        self.node(id).kind
    }

    /// The directory of a node; the root's is the root.
    pub fn parent(&self, id: NodeId) -> NodeId {
        self.node(id).parent
    }

    /// The last component of a node's path; empty for the root.
    pub fn name(&self, id: NodeId) -> &[u8] {
        let (start, length) = self.node(id).name;
        self.names
            .get(start as usize..start as usize + length as usize)
            .unwrap_or_default()
    }

    /// The layer that wrote what is at a node now.
    pub fn layer_of(&self, id: NodeId) -> LayerNo {
        self.node(id).layer
    }

    /// The entry that wrote what is at a node now; `None` for a directory that
    /// no layer names.
    pub fn entry_of(&self, id: NodeId) -> Option<&Entry> {
        let node = self.node(id);
        (node.entry != IMPLICIT)
            .then(|| &self.layers[usize::from(node.layer)].entries[node.entry as usize])
    }

    /// The body behind a live file's name.
    pub fn body_of(&self, id: NodeId) -> Option<BodyId> {
        let node = self.node(id);
        (node.kind == NodeKind::File && node.body != BodyId::NONE).then_some(node.body)
    }

    /// Where a live symbolic link leads, as it is written.
    pub fn link_target(&self, id: NodeId) -> Option<&[u8]> {
        match self.kind(id) {
            NodeKind::Symlink => self.links.get(&id).map(Vec::as_slice),
            _ => None,
        }
    }

    /// A node's whole path.
    pub fn path(&self, id: NodeId) -> ImagePath {
        let mut parts = Vec::new();
        let mut at = id;
        while at != NodeId::ROOT {
            parts.push(self.name(at));
            at = self.parent(at);
        }
        parts.reverse();
        ImagePath::new(parts.join(&b'/'))
    }

    /// What is in a directory now, in no order.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        let mut next = match self.kind(id) {
            NodeKind::Dir => self.node(id).first_child,
            _ => NodeId::NONE,
        };
        std::iter::from_fn(move || {
            (next != NodeId::NONE).then(|| {
                let id = next;
                next = self.node(id).next_sibling;
                id
            })
        })
        .filter(|&child| self.kind(child) != NodeKind::Absent)
    }

    /// Everything below a node and the node itself, parents before children.
    pub fn subtree(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        let mut open = vec![id];
        std::iter::from_fn(move || {
            let id = open.pop()?;
            open.extend(self.children(id));
            Some(id)
        })
    }

    /// The live files below a node, each with its body.
    pub fn files(&self, id: NodeId) -> impl Iterator<Item = (NodeId, &Body)> {
        self.subtree(id)
            .filter_map(|id| Some((id, self.body(self.body_of(id)?))))
    }

    /// A name in a directory, whatever is there now.
    pub(super) fn slot(&self, parent: NodeId, name: &[u8]) -> Option<NodeId> {
        self.table
            .find(hash(parent, name), |&id| {
                self.node(id).parent == parent && self.name(id) == name
            })
            .copied()
    }

    /// Does any name that ever was hold this text? Fast: most texts are nowhere, and the
    /// tree need not be walked for them.
    pub fn mentions(&self, text: &[u8]) -> bool {
        memchr::memmem::find(&self.names, text).is_some()
    }

    /// A live name in a directory.
    pub fn child(&self, parent: NodeId, name: &[u8]) -> Option<NodeId> {
        self.slot(parent, name)
            .filter(|&id| self.kind(id) != NodeKind::Absent)
    }

    /// The node at a path, no link followed.
    pub fn find(&self, path: impl AsRef<[u8]>) -> Option<NodeId> {
        let path = ImagePath::new(path);
        path.parts()
            .try_fold(NodeId::ROOT, |at, part| self.child(at, part))
    }

    /// The node at a path, with links followed but the last: what a package
    /// database means by `/bin/ls` where `/bin` is a link to `usr/bin`.
    pub fn locate(&self, path: impl AsRef<[u8]>) -> Option<NodeId> {
        self.follow(path.as_ref(), false)
    }

    /// The node at a path, with every link followed.
    pub fn resolve(&self, path: impl AsRef<[u8]>) -> Option<NodeId> {
        self.follow(path.as_ref(), true)
    }

    fn follow(&self, path: &[u8], last_too: bool) -> Option<NodeId> {
        let path = ImagePath::new(path);
        let mut open: Vec<&[u8]> = path.parts().rev().collect();
        let mut at = NodeId::ROOT;
        let mut hops = Hops::default();
        while let Some(part) = open.pop() {
            match part {
                b"" | b"." => continue,
                b".." => {
                    at = self.parent(at);
                    continue;
                }
                _ => {}
            }
            let next = self.child(at, part)?;
            match self.link_target(next) {
                Some(target) if last_too || !open.is_empty() => {
                    if !hops.follow(target) {
                        return None;
                    }
                    if target.first() == Some(&b'/') {
                        at = NodeId::ROOT;
                    }
                    open.extend(target.split(|&byte| byte == b'/').rev());
                }
                _ => at = next,
            }
        }
        Some(at)
    }

    /// The live files with kept contents.
    pub fn kept_files(&self) -> Vec<NodeId> {
        let mut nodes = Vec::new();
        for (layer, entries) in self.layers.iter().enumerate() {
            for &entry in entries.kept.keys() {
                let key = (layer as LayerNo, entry);
                let place = self
                    .bodies
                    .binary_search_by_key(&key, |body| (body.layer, body.entry));
                let body = place
                    .ok()
                    .map(|place| (BodyId(place as u32), &self.bodies[place]));
                // A file whose first name is gone may live on by another; no
                // database does.
                if let Some((id, body)) = body
                    && self.body_of(body.node) == Some(id)
                {
                    nodes.push(body.node);
                }
            }
        }
        nodes
    }

    /// The kept beginning of a live file's content.
    pub fn read(&self, id: NodeId) -> Option<&[u8]> {
        let body = self.body(self.body_of(id)?);
        self.layers[usize::from(body.layer)]
            .kept
            .get(&body.entry)
            .map(Vec::as_slice)
    }
}

pub(super) fn hash(parent: NodeId, name: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64_with_seed(name, u64::from(parent.0))
}

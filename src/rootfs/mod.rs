//! The merged filesystem and the two accounts. What comes in is the layers,
//! base first; what goes out is a tree of every path that ever was, and a
//! [`Body`] for every content that a layer stores: live, or lost and why.
//!
//! The law is kept here by construction: a body is made once per stored file,
//! and is live exactly as long as a name leads to it.

mod alike;
mod stack;
mod walk;

pub use alike::{Identity, MaybeCopy};

use std::collections::HashMap;
use std::sync::Arc;

use hashbrown::HashTable;

use crate::layer::{Entry, EntryNo, Layer};
use crate::path::ImagePath;
use crate::units::Bytes;

/// The place of a layer in its image, base layer 0.
pub type LayerNo = u16;

/// A path that is, or once was, in the tree. Never given to another path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

/// A stored content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BodyId(u32);

impl NodeId {
    /// The root of the image.
    pub const ROOT: NodeId = NodeId(0);
    const NONE: NodeId = NodeId(u32::MAX);

    /// The node's place in a side table.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl BodyId {
    const NONE: BodyId = BodyId(u32::MAX);

    /// The body's place in a side table.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A path's present state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    /// Was once there, is deleted.
    Absent,
    /// A directory.
    Dir,
    /// A regular file.
    File,
    /// A symbolic link.
    Symlink,
    /// A device or a pipe.
    Special,
}

#[derive(Debug)]
struct Node {
    parent: NodeId,
    name: (u32, u32),
    first_child: NodeId,
    next_sibling: NodeId,
    kind: NodeKind,
    /// The layer that wrote the present state, and its entry there.
    layer: LayerNo,
    entry: EntryNo,
    /// Of a file; of an absent node the body it had last.
    body: BodyId,
    /// Is it among the children of its parent? What is absent may be, or not.
    listed: bool,
}

/// The directory was made because something stands in it; no entry names it.
const IMPLICIT: EntryNo = EntryNo::MAX;

/// The stored bytes of one file.
#[derive(Debug)]
pub struct Body {
    /// The content's size.
    pub size: Bytes,
    /// Its share of the blob.
    pub transfer: Bytes,
    /// The layer that stores it.
    pub layer: LayerNo,
    /// The entry that stores it.
    pub entry: EntryNo,
    /// The first path that it had.
    pub node: NodeId,
    /// How many live names lead to it.
    pub links: u32,
    /// `None` while it is live.
    pub lost: Option<Loss>,
}

/// How a body was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// The layer in which the last name went.
    pub layer: LayerNo,
    /// Why.
    pub cause: Cause,
    /// The body that took its path, where one did.
    pub successor: Option<BodyId>,
}

/// Why stored bytes are not in the final filesystem.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Something else was written at the path.
    Overwritten,
    /// The path was removed.
    Deleted,
    /// The same content was written again: chown, chmod or touch.
    MetadataOnly,
}

impl Cause {
    /// The word that reports use.
    pub fn name(self) -> &'static str {
        match self {
            Cause::Overwritten => "overwritten",
            Cause::Deleted => "deleted",
            Cause::MetadataOnly => "metadata-only",
        }
    }
}

/// What was strange in the stacking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Strange {
    /// A hard link whose target is no file; it has no content.
    DeadLink {
        /// The link.
        path: ImagePath,
        /// What it names.
        target: ImagePath,
    },
    /// A symbolic link that leads in a circle, or too far, stands where a directory
    /// is needed.
    LinkLoop(ImagePath),
    /// A file, or a link, where only the root directory can be.
    NotTheRoot,
}

/// Deeper than any engine can unpack: the kernel takes paths of 4096 bytes.
const MOST_DEEP: usize = 8192;
/// Many times more than any real image has. A name costs little in a tar, and
/// through a link it may mean a thousand folders.
const MOST_NODES: usize = 8_000_000;

/// A later name of a body, live or not.
#[derive(Debug, Clone, Copy)]
pub struct HardLink {
    /// The layer that gives the name.
    pub layer: LayerNo,
    /// Its entry there.
    pub entry: EntryNo,
    /// The name.
    pub node: NodeId,
    /// What it leads to.
    pub body: BodyId,
}

/// Why layers could not be stacked.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// A path is too long to be true.
    #[error("layer {0} has a path over {MOST_DEEP} folders deep")]
    TooDeep(LayerNo),
    /// There are too many paths to be held.
    #[error("with layer {0} the image has over {MOST_NODES} paths")]
    TooMany(LayerNo),
    /// Sizes that no number can hold: lies of sparse files.
    #[error("with layer {0} the files of the image are over 16 EiB")]
    TooLarge(LayerNo),
}

/// The merged filesystem: every path that ever was, and every body.
#[derive(Debug)]
pub struct Rootfs {
    layers: Vec<Arc<Layer>>,
    nodes: Vec<Node>,
    names: Vec<u8>,
    table: HashTable<NodeId>,
    /// The bodies, in the order in which the layers store them.
    bodies: Vec<Body>,
    links: HashMap<NodeId, Vec<u8>>,
    strange: Vec<(LayerNo, Strange)>,
    hard_links: Vec<HardLink>,
    /// How often something was put in place.
    written: u64,
}

/// Hears that a layer is about to lose bytes of the layers below it, while the
/// tree still has them.
pub type BeforeLoss<'h> = dyn FnMut(&Rootfs, LayerNo) + 'h;

impl Rootfs {
    /// Stacks layers, base first, by the overlay rules of the OCI image
    /// specification (layer.md, "Applying Changesets").
    pub fn stack(
        layers: Vec<Arc<Layer>>,
        before_loss: &mut BeforeLoss<'_>,
    ) -> Result<Rootfs, StackError> {
        stack::stack(layers, before_loss)
    }

    /// A new node, absent; `None` if there are too many, or too many letters in them.
    fn add(&mut self, parent: NodeId, name: &[u8], layer: LayerNo) -> Option<NodeId> {
        let start = u32::try_from(self.names.len()).ok()?;
        if self.nodes.len() >= MOST_NODES {
            return None;
        }
        let id = NodeId(self.nodes.len() as u32);
        self.names.extend_from_slice(name);
        self.nodes.push(Node {
            parent,
            name: (start, name.len() as u32),
            first_child: NodeId::NONE,
            next_sibling: NodeId::NONE,
            kind: NodeKind::Absent,
            layer,
            entry: IMPLICIT,
            body: BodyId::NONE,
            listed: false,
        });
        let Rootfs {
            table,
            nodes,
            names,
            ..
        } = self;
        table.insert_unique(walk::hash(parent, name), id, |&id| {
            let Node {
                parent,
                name: (start, length),
                ..
            } = nodes[id.index()];
            let end = start as usize + length as usize;
            walk::hash(parent, &names[start as usize..end])
        });
        Some(id)
    }

    /// The layers, base first.
    pub fn layers(&self) -> &[Arc<Layer>] {
        &self.layers
    }

    /// Every body, in the order of layers and of their entries.
    pub fn bodies(&self) -> impl Iterator<Item = (BodyId, &Body)> {
        self.bodies
            .iter()
            .enumerate()
            .map(|(index, body)| (BodyId(index as u32), body))
    }

    /// How many bodies there are.
    pub fn body_count(&self) -> usize {
        self.bodies.len()
    }

    /// How many nodes there are, absent ones too.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// A body.
    pub fn body(&self, id: BodyId) -> &Body {
        &self.bodies[id.index()]
    }

    /// The entry that stores a body.
    pub fn entry(&self, body: &Body) -> &Entry {
        &self.layers[usize::from(body.layer)].entries[body.entry as usize]
    }

    /// How often something was put in place so far: as long as it is the same,
    /// things only went.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Every later name that a body ever had, in the order of layers and entries.
    pub fn hard_links(&self) -> &[HardLink] {
        &self.hard_links
    }

    /// What was strange, in the order of layers.
    pub fn strange(&self) -> &[(LayerNo, Strange)] {
        &self.strange
    }
}

#[cfg(test)]
mod tests;

//! The overlay rules: what each entry does to the tree and to the accounts.
//!
//! As the engines unpack (containerd's archive.Apply): parents are resolved
//! through links inside the root, the last component never is. Whiteouts speak
//! of the layers below only, wherever they stand in the tar, so each layer's
//! whiteouts go first.

use std::collections::HashMap;
use std::sync::Arc;

use hashbrown::HashTable;

use super::walk::Hops;
use super::{
    BeforeLoss, Body, BodyId, Cause, HardLink, IMPLICIT, LayerNo, Loss, MOST_DEEP, Node, NodeId,
    NodeKind, Rootfs, StackError, Strange,
};
use crate::layer::{Entry, EntryKind, EntryNo, Layer};
use crate::path::ImagePath;
use crate::units::Bytes;

pub(super) fn stack(
    layers: Vec<Arc<Layer>>,
    before_loss: &mut BeforeLoss<'_>,
) -> Result<Rootfs, StackError> {
    let entries = layers.iter().map(|layer| layer.entries.len()).sum();
    let mut fs = Rootfs {
        layers,
        nodes: Vec::with_capacity(entries + 1),
        names: Vec::new(),
        table: HashTable::with_capacity(entries),
        bodies: Vec::with_capacity(entries),
        links: HashMap::new(),
        strange: Vec::new(),
        hard_links: Vec::new(),
        written: 0,
    };
    fs.nodes.push(Node {
        parent: NodeId::ROOT,
        name: (0, 0),
        first_child: NodeId::NONE,
        next_sibling: NodeId::NONE,
        kind: NodeKind::Dir,
        layer: 0,
        entry: IMPLICIT,
        body: BodyId::NONE,
        listed: true,
    });
    let mut stacker = Stacker {
        fs,
        layer: 0,
        stored: 0,
        told: false,
        before_loss,
        folder: (Vec::new(), NodeId::ROOT),
    };
    for no in 0..stacker.fs.layers.len() {
        stacker.apply(no as LayerNo)?;
    }
    Ok(stacker.fs)
}

struct Stacker<'h> {
    fs: Rootfs,
    /// The layer that is being applied.
    layer: LayerNo,
    /// The contents so far.
    stored: u64,
    /// Has `before_loss` heard of this layer?
    told: bool,
    before_loss: &'h mut BeforeLoss<'h>,
    /// The folder of the last entry and its node: the next entry's, most times.
    folder: (Vec<u8>, NodeId),
}

impl Stacker<'_> {
    fn apply(&mut self, no: LayerNo) -> Result<(), StackError> {
        let layer = Arc::clone(&self.fs.layers[usize::from(no)]);
        self.layer = no;
        self.told = false;
        let marks = |entry: &&Entry| matches!(entry.kind, EntryKind::Whiteout | EntryKind::Opaque);
        for entry in layer.entries.iter().filter(marks) {
            self.mark(layer.path(entry), entry.kind);
        }
        for (no, entry) in layer.entries.iter().enumerate() {
            self.entry(&layer, entry, no as EntryNo)?;
        }
        Ok(())
    }

    fn mark(&mut self, path: &[u8], kind: EntryKind) {
        // A whiteout is of a name, an opaque mark stands inside a folder.
        let found = match kind {
            EntryKind::Whiteout => self.fs.locate(path),
            _ => self.fs.resolve(path),
        };
        match found {
            None => {}
            Some(id) if kind == EntryKind::Whiteout && id != NodeId::ROOT => {
                self.remove(id, Cause::Deleted);
            }
            Some(id) => self.empty(id, Cause::Deleted),
        }
    }

    fn entry(&mut self, layer: &Layer, entry: &Entry, no: EntryNo) -> Result<(), StackError> {
        let path = layer.path(entry);
        match entry.kind {
            // Their names are no files; but if they hold bytes, those were shipped.
            EntryKind::Whiteout | EntryKind::Opaque | EntryKind::Leftover => {
                if entry.size > Bytes::ZERO {
                    let body = self.body(entry, no, NodeId::ROOT)?;
                    self.lose(body, Cause::Deleted, None);
                }
                return Ok(());
            }
            _ => {}
        }
        if path.is_empty() {
            return self.root(entry, no);
        }
        let (folder, name) = match path.iter().rposition(|&byte| byte == b'/') {
            Some(slash) => (&path[..slash], &path[slash + 1..]),
            None => (&b""[..], path),
        };
        let folder = self.folder(folder)?;
        let id = self.make(folder, name)?;
        match entry.kind {
            EntryKind::File => {
                let body = self.body(entry, no, id)?;
                self.put_body(id, body, no);
            }
            EntryKind::Hardlink => self.hard_link(id, path, layer.link(entry), no),
            EntryKind::Symlink => {
                self.put(id, NodeKind::Symlink, no);
                self.fs.links.insert(id, layer.link(entry).to_vec());
            }
            EntryKind::Dir => self.put(id, NodeKind::Dir, no),
            _ => self.put(id, NodeKind::Special, no),
        }
        Ok(())
    }

    /// An entry for the root itself; only a directory makes sense.
    fn root(&mut self, entry: &Entry, no: EntryNo) -> Result<(), StackError> {
        if entry.kind == EntryKind::Dir {
            let layer = self.layer;
            let root = &mut self.fs.nodes[0];
            (root.layer, root.entry) = (layer, no);
            return Ok(());
        }
        self.note(Strange::NotTheRoot);
        if entry.kind == EntryKind::File {
            let body = self.body(entry, no, NodeId::ROOT)?;
            self.lose(body, Cause::Overwritten, None);
        }
        Ok(())
    }

    fn hard_link(&mut self, id: NodeId, path: &[u8], target: &[u8], no: EntryNo) {
        let found = self.fs.locate(target).filter(|&found| found != id);
        match found.map(|found| (found, self.fs.kind(found))) {
            Some((found, NodeKind::File)) => {
                let body = self.fs.node(found).body;
                self.fs.hard_links.push(HardLink {
                    layer: self.layer,
                    entry: no,
                    node: id,
                    body,
                });
                self.put_body(id, body, no);
            }
            Some((found, NodeKind::Symlink)) => {
                let target = self.fs.links.get(&found).cloned().unwrap_or_default();
                self.put(id, NodeKind::Symlink, no);
                self.fs.links.insert(id, target);
            }
            Some((_, NodeKind::Special)) => self.put(id, NodeKind::Special, no),
            _ => self.note(Strange::DeadLink {
                path: ImagePath::new(path),
                target: ImagePath::new(target),
            }),
        }
    }

    /// The node of a directory, made if need be, links followed.
    fn folder(&mut self, path: &[u8]) -> Result<NodeId, StackError> {
        if self.folder.0 == path {
            return Ok(self.folder.1);
        }
        let mut open: Vec<Vec<u8>> = path
            .split(|&byte| byte == b'/')
            .rev()
            .map(<[u8]>::to_vec)
            .collect();
        let mut at = NodeId::ROOT;
        let mut depth = 0_usize;
        let mut hops = Hops::default();
        while let Some(part) = open.pop() {
            match part.as_slice() {
                b"" | b"." => continue,
                b".." => {
                    at = self.fs.parent(at);
                    depth = depth.saturating_sub(1);
                    continue;
                }
                _ => {}
            }
            let next = self.make(at, &part)?;
            if let Some(target) = self.fs.link_target(next) {
                if hops.follow(target) {
                    if target.first() == Some(&b'/') {
                        (at, depth) = (NodeId::ROOT, 0);
                    }
                    open.extend(target.split(|&byte| byte == b'/').rev().map(<[u8]>::to_vec));
                    continue;
                }
                let path = self.fs.path(next);
                self.note(Strange::LinkLoop(path));
            }
            if self.fs.kind(next) != NodeKind::Dir {
                self.put(next, NodeKind::Dir, IMPLICIT);
            }
            at = next;
            depth += 1;
            if depth > MOST_DEEP {
                return Err(StackError::TooDeep(self.layer));
            }
        }
        self.folder = (path.to_vec(), at);
        Ok(at)
    }

    /// The node of a name, absent if it is new.
    fn make(&mut self, parent: NodeId, name: &[u8]) -> Result<NodeId, StackError> {
        let there = self.fs.slot(parent, name);
        there
            .or_else(|| self.fs.add(parent, name, self.layer))
            .ok_or(StackError::TooMany(self.layer))
    }

    /// A new body; nothing leads to it yet.
    fn body(&mut self, entry: &Entry, no: EntryNo, node: NodeId) -> Result<BodyId, StackError> {
        let stored = self.stored.checked_add(entry.size.0);
        self.stored = stored.ok_or(StackError::TooLarge(self.layer))?;
        let id = BodyId(self.fs.bodies.len() as u32);
        self.fs.bodies.push(Body {
            size: entry.size,
            transfer: entry.transfer,
            layer: self.layer,
            entry: no,
            node,
            links: 0,
            lost: None,
        });
        Ok(id)
    }

    /// Puts a file's name in place.
    fn put_body(&mut self, id: NodeId, body: BodyId, no: EntryNo) {
        // First the new link, then the old: a name may be linked to what it was.
        self.fs.bodies[body.index()].links += 1;
        let old = self.fs.node(id).body;
        match self.fs.kind(id) {
            NodeKind::File => self.unlink(old, Cause::Overwritten, Some(body)),
            NodeKind::Dir => self.empty(id, Cause::Overwritten),
            // Removed by this very layer and written anew: that is overwriting.
            NodeKind::Absent if old != BodyId::NONE && old != body => {
                if let Some(loss) = &mut self.fs.bodies[old.index()].lost
                    && loss.layer == self.layer
                {
                    loss.cause = Cause::Overwritten;
                    loss.successor = Some(body);
                }
            }
            _ => {}
        }
        self.set(id, NodeKind::File, no);
        self.fs.nodes[id.index()].body = body;
    }

    /// Puts something without a body in place.
    fn put(&mut self, id: NodeId, kind: NodeKind, no: EntryNo) {
        match self.fs.kind(id) {
            NodeKind::File => {
                let old = self.fs.node(id).body;
                self.unlink(old, Cause::Overwritten, None);
            }
            NodeKind::Dir if kind != NodeKind::Dir => self.empty(id, Cause::Overwritten),
            _ => {}
        }
        self.set(id, kind, no);
    }

    fn set(&mut self, id: NodeId, kind: NodeKind, no: EntryNo) {
        let layer = self.layer;
        self.fs.written += u64::from(kind != NodeKind::Absent);
        let node = &mut self.fs.nodes[id.index()];
        // What leads through this name may lead elsewhere now.
        if kind != node.kind && (kind != NodeKind::File || node.kind != NodeKind::Absent) {
            self.folder = (Vec::new(), NodeId::ROOT);
        }
        (node.kind, node.layer, node.entry) = (kind, layer, no);
        if kind != NodeKind::Absent && !node.listed {
            node.listed = true;
            let parent = node.parent.index();
            let first = std::mem::replace(&mut self.fs.nodes[parent].first_child, id);
            self.fs.nodes[id.index()].next_sibling = first;
        }
    }

    /// Takes a node and all below it out of the tree.
    fn remove(&mut self, id: NodeId, cause: Cause) {
        self.empty(id, cause);
        self.take_out(id, cause);
    }

    /// Takes all below a node out of the tree.
    fn empty(&mut self, id: NodeId, cause: Cause) {
        let below: Vec<NodeId> = self.fs.subtree(id).skip(1).collect();
        // The listener hears of it while the folders around it are there too.
        for &id in &below {
            if let Some(body) = self.fs.body_of(id) {
                self.tell(body);
            }
        }
        self.unlist(id);
        for id in below {
            self.unlist(id);
            self.take_out(id, cause);
        }
    }

    /// Forgets the children of a node that is emptied: if it is emptied again and
    /// again, nobody passes over what has long been gone.
    fn unlist(&mut self, id: NodeId) {
        let mut next = std::mem::replace(&mut self.fs.nodes[id.index()].first_child, NodeId::NONE);
        while next != NodeId::NONE {
            let node = &mut self.fs.nodes[next.index()];
            node.listed = false;
            next = node.next_sibling;
        }
    }

    fn take_out(&mut self, id: NodeId, cause: Cause) {
        if self.fs.kind(id) == NodeKind::File {
            let body = self.fs.node(id).body;
            self.unlink(body, cause, None);
        }
        self.set(id, NodeKind::Absent, IMPLICIT);
    }

    fn unlink(&mut self, body: BodyId, cause: Cause, successor: Option<BodyId>) {
        if body == BodyId::NONE {
            return;
        }
        if self.fs.body(body).links == 1 {
            self.tell(body);
        }
        let links = &mut self.fs.bodies[body.index()].links;
        *links = links.saturating_sub(1);
        if *links == 0 {
            self.lose(body, cause, successor);
        }
    }

    fn lose(&mut self, body: BodyId, cause: Cause, successor: Option<BodyId>) {
        let layer = self.layer;
        self.fs.bodies[body.index()].lost = Some(Loss {
            layer,
            cause,
            successor,
        });
    }

    /// Tells the listener, once a layer, before bytes of a lower one are lost.
    fn tell(&mut self, body: BodyId) {
        let body = self.fs.body(body);
        if !self.told && body.layer < self.layer && body.size > Bytes::ZERO {
            self.told = true;
            (self.before_loss)(&self.fs, self.layer);
        }
    }

    fn note(&mut self, strange: Strange) {
        if self.fs.strange.len() < 1000 {
            self.fs.strange.push((self.layer, strange));
        }
    }
}

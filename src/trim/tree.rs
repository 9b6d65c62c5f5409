//! Two trees side by side. What comes in is the old tree, the new one and what was to
//! go; what goes out is every path at which the new tree is not what it should be.

use std::collections::HashMap;

use super::TrimError;
use crate::path::ImagePath;
use crate::rootfs::{BodyId, LayerNo, NodeId, NodeKind, Rootfs};

/// What goes of the old tree.
#[derive(Debug, Default)]
pub(super) struct Going {
    /// By the old tree's nodes: must it go (`true`), or may it?
    nodes: HashMap<NodeId, bool>,
}

impl Going {
    /// It is in no tree afterwards.
    pub(super) fn must(&mut self, id: NodeId) {
        self.nodes.insert(id, true);
    }

    /// It may stay, as it is: a folder that something else holds in place.
    pub(super) fn may(&mut self, id: NodeId) {
        self.nodes.entry(id).or_insert(false);
    }

    /// It stays.
    pub(super) fn stays(&mut self, id: NodeId) -> bool {
        self.nodes.remove(&id).is_some()
    }

    /// Does it go, or may it?
    pub(super) fn has(&self, id: NodeId) -> bool {
        self.nodes.contains_key(&id)
    }

    fn must_go(&self, id: NodeId) -> bool {
        self.nodes.get(&id) == Some(&true)
    }
}

/// A path where the trees are not as they should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) path: ImagePath,
    pub(super) what: &'static str,
    /// The layer that wrote what is there now, where something is there.
    pub(super) layer: Option<LayerNo>,
}

impl Difference {
    pub(super) fn error(&self) -> TrimError {
        TrimError::Differs {
            path: self.path.clone(),
            what: self.what,
        }
    }
}

/// More than can be mended, and enough to see what is wrong.
const MOST: usize = 100_000;

/// Where the new tree is not the old one without what goes; nothing below such a path.
pub(super) fn compare(old: &Rootfs, new: &Rootfs, going: &Going) -> Vec<Difference> {
    let mut pair = Pair {
        old,
        new,
        going,
        bodies: HashMap::new(),
        differences: Vec::new(),
    };
    let mut open = vec![(NodeId::ROOT, NodeId::ROOT)];
    while let Some((was, is)) = open.pop() {
        if pair.differences.len() >= MOST {
            break;
        }
        pair.children(was, is, &mut open);
    }
    pair.differences
        .sort_unstable_by(|one, other| one.path.cmp(&other.path));
    pair.differences
}

struct Pair<'t> {
    old: &'t Rootfs,
    new: &'t Rootfs,
    going: &'t Going,
    /// Names of one file have to stay names of one file.
    bodies: HashMap<BodyId, BodyId>,
    differences: Vec<Difference>,
}

impl Pair<'_> {
    fn children(&mut self, was: NodeId, is: NodeId, open: &mut Vec<(NodeId, NodeId)>) {
        let (old, new) = (self.old, self.new);
        for there in new.children(is) {
            match old.child(was, new.name(there)) {
                Some(before) if !self.going.must_go(before) => match self.unlike(before, there) {
                    None => open.push((before, there)),
                    Some(what) => self.tell(new, there, what, Some(new.layer_of(there))),
                },
                _ => self.tell(new, there, "it is there again", Some(new.layer_of(there))),
            }
        }
        for before in old.children(was) {
            if new.child(is, old.name(before)).is_none() && !self.may_be_missing(before) {
                self.tell(old, before, "it is not there any more", None);
            }
        }
    }

    /// A folder that no layer names is there only as long as something is in it.
    fn may_be_missing(&self, id: NodeId) -> bool {
        let is_unnamed = |id| self.old.kind(id) == NodeKind::Dir && self.old.entry_of(id).is_none();
        let mut below = self.old.subtree(id);
        self.going.has(id) || below.all(|id| self.going.has(id) || is_unnamed(id))
    }

    /// What is not the same of two nodes.
    fn unlike(&mut self, was: NodeId, is: NodeId) -> Option<&'static str> {
        let (old, new) = (self.old, self.new);
        if old.kind(was) != new.kind(is) {
            return Some("it is something else");
        }
        if old.link_target(was) != new.link_target(is) {
            return Some("it leads elsewhere");
        }
        match (old.entry_of(was), new.entry_of(is)) {
            (None, None) => {}
            (Some(before), Some(after)) => {
                let state = |entry: &crate::layer::Entry| {
                    (entry.mode, entry.uid, entry.gid, entry.mtime, entry.kind)
                };
                if state(before) != state(after) {
                    return Some("its mode, owner or time is another");
                }
            }
            _ => return Some("its mode, owner or time is another"),
        }
        let (before, after) = (old.body_of(was)?, new.body_of(is)?);
        if *self.bodies.entry(before).or_insert(after) != after {
            return Some("it is linked to another file");
        }
        let (before, after) = (old.body(before), new.body(after));
        let hashes = (old.entry(before).hash, new.entry(after).hash);
        let other = matches!(hashes, (Some(one), Some(other)) if one != other);
        match other || before.size != after.size {
            true => Some("its content is another"),
            false => None,
        }
    }

    fn tell(&mut self, fs: &Rootfs, id: NodeId, what: &'static str, layer: Option<LayerNo>) {
        self.differences.push(Difference {
            path: fs.path(id),
            what,
            layer,
        });
    }
}

//! Which members go from which layer, and where a whiteout takes their place. What
//! comes in is the books and the findings; what goes out is a [`Plan`] that was tried
//! on the layers' lists: stacked again, they make the old tree without what goes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::TrimError;
use super::tree::{Difference, Going, compare};
use crate::advice::Finding;
use crate::analysis::Analysis;
use crate::layer::{EntryKind, EntryNo};
use crate::path::ImagePath;
use crate::rootfs::{BodyId, LayerNo, NodeId, NodeKind, Rootfs};
use crate::units::Bytes;

/// The members that go of one layer; with the path that a whiteout in its place hides,
/// where there has to be one.
pub(super) type Cut = BTreeMap<EntryNo, Option<ImagePath>>;

/// What is done to an image.
#[derive(Debug)]
pub(super) struct Plan {
    /// By layer, the members that go; no layer that keeps all.
    pub(super) cuts: BTreeMap<LayerNo, Cut>,
    /// What goes of the tree.
    pub(super) going: Going,
}

/// A path is looked for among what goes no higher than this above what came back.
const MOST_HIGH: usize = 64;

impl Plan {
    /// Plans what the findings say, with the folders that are empty then; without them
    /// if that is not possible.
    pub(super) fn new(before: &Analysis, findings: &[Finding]) -> Result<Plan, TrimError> {
        let folders = findings.iter().any(|finding| !finding.folders.is_empty());
        let planned = Planner::new(before, findings, true).mend();
        match planned {
            Err(TrimError::Differs { .. }) if folders => {
                Planner::new(before, findings, false).mend()
            }
            planned => planned,
        }
    }
}

struct Planner<'a> {
    fs: &'a Rootfs,
    base: LayerNo,
    cuts: BTreeMap<LayerNo, Cut>,
    going: Going,
    /// Where each member that goes stood.
    stood: HashMap<ImagePath, Vec<(LayerNo, EntryNo)>>,
}

impl<'a> Planner<'a> {
    fn new(before: &'a Analysis, findings: &[Finding], folders: bool) -> Planner<'a> {
        let mut planner = Planner {
            fs: &before.fs,
            base: before.base.layers,
            cuts: BTreeMap::new(),
            going: Going::default(),
            stood: HashMap::new(),
        };
        let bodies = findings.iter().flat_map(|finding| &finding.bodies);
        let mut bodies: HashSet<BodyId> = bodies.copied().collect();
        if folders {
            let folders = findings.iter().flat_map(|finding| &finding.folders);
            for &folder in folders {
                planner.folder(folder, &mut bodies);
            }
        }
        planner.bodies(&bodies);
        if folders {
            planner.bare();
        }
        planner
    }

    /// What goes below a folder with it: a folder of which all goes, links, and files
    /// without content; nothing that the base brought.
    fn folder(&mut self, top: NodeId, bodies: &mut HashSet<BodyId>) {
        let fs = self.fs;
        let nodes: Vec<NodeId> = fs.subtree(top).collect();
        // Children come behind their parents, so that backwards a folder comes last.
        let mut kept: HashSet<NodeId> = HashSet::new();
        for &id in nodes.iter().rev() {
            let is_on_top = fs.layer_of(id) >= self.base;
            let goes = match fs.kind(id) {
                NodeKind::File => fs
                    .body_of(id)
                    .is_some_and(|body| bodies.contains(&body) || self.is_bare(body)),
                NodeKind::Dir => is_on_top && !kept.contains(&id),
                _ => is_on_top,
            };
            if !goes {
                kept.insert(id);
                kept.insert(fs.parent(id));
            }
        }
        // What is beside something that stays, stays: it may belong to that.
        let mut whole: HashSet<NodeId> = HashSet::new();
        for &id in &nodes {
            let inside = whole.contains(&fs.parent(id));
            match fs.kind(id) {
                NodeKind::Dir if inside || !kept.contains(&id) => {
                    whole.insert(id);
                    self.going.may(id);
                }
                NodeKind::File if inside => bodies.extend(fs.body_of(id)),
                _ if inside => self.going.must(id),
                _ => {}
            }
        }
    }

    /// Has it no content, and no other name?
    fn is_bare(&self, id: BodyId) -> bool {
        let body = self.fs.body(id);
        body.size == Bytes::ZERO && body.links == 1 && body.layer >= self.base
    }

    /// The members of contents that go, and all their names.
    fn bodies(&mut self, bodies: &HashSet<BodyId>) {
        let fs = self.fs;
        for &id in bodies {
            let body = fs.body(id);
            self.take(body.layer, body.entry, body.node);
            self.name_goes(body.node, id);
        }
        for link in fs.hard_links() {
            if bodies.contains(&link.body) {
                self.take(link.layer, link.entry, link.node);
                self.name_goes(link.node, link.body);
            }
        }
    }

    fn name_goes(&mut self, node: NodeId, body: BodyId) {
        if self.fs.body_of(node) == Some(body) {
            self.going.must(node);
        }
    }

    /// The members of folders and links that go. A folder that the base has too stays:
    /// without the later member it would be the base's again.
    fn bare(&mut self) {
        let fs = self.fs;
        let mut found = Vec::new();
        for (no, layer) in fs.layers().iter().enumerate() {
            let no = no as LayerNo;
            for (entry_no, entry) in layer.entries.iter().enumerate() {
                let bare = matches!(
                    entry.kind,
                    EntryKind::Dir | EntryKind::Symlink | EntryKind::Special
                );
                let path = layer.path(entry);
                let node = match bare && !path.is_empty() {
                    true => fs.locate(path),
                    false => None,
                };
                let Some(node) = node.filter(|&node| self.going.has(node)) else {
                    continue;
                };
                match no < self.base && fs.kind(node) == NodeKind::Dir {
                    true => self.keep_up(node),
                    false => found.push((no, entry_no as EntryNo, node)),
                }
            }
        }
        for (layer, entry, node) in found {
            let is_bare = fs.kind(node) != NodeKind::File;
            if layer >= self.base && is_bare && self.going.has(node) {
                self.take(layer, entry, node);
            }
        }
    }

    /// A folder stays, and so do those around it.
    fn keep_up(&mut self, node: NodeId) {
        let mut at = node;
        while self.going.stays(at) {
            at = self.fs.parent(at);
        }
    }

    fn take(&mut self, layer: LayerNo, entry: EntryNo, node: NodeId) {
        self.cuts.entry(layer).or_default().insert(entry, None);
        let stood = self.stood.entry(self.fs.path(node)).or_default();
        stood.push((layer, entry));
    }

    /// Tries the cuts, and puts a whiteout wherever something comes back, until nothing
    /// does.
    fn mend(mut self) -> Result<Plan, TrimError> {
        for _ in 0..=self.fs.layers().len() + 1 {
            let differences = self.tried()?;
            if differences.is_empty() {
                return Ok(Plan {
                    cuts: self.cuts,
                    going: self.going,
                });
            }
            let hidden = self.hidden();
            for difference in &differences {
                if !self.hide(difference) {
                    return Err(difference.error());
                }
            }
            if self.hidden() == hidden {
                return Err(differences[0].error());
            }
        }
        Err(TrimError::Odd(
            "files of lower layers come back again and again",
        ))
    }

    /// How many whiteouts there are.
    fn hidden(&self) -> usize {
        let places = self.cuts.values().flat_map(BTreeMap::values);
        places.filter(|place| place.is_some()).count()
    }

    /// What is wrong with the tree that the cut layers make.
    fn tried(&self) -> Result<Vec<Difference>, TrimError> {
        let mut layers = Vec::new();
        for (no, layer) in self.fs.layers().iter().enumerate() {
            layers.push(match self.cuts.get(&(no as LayerNo)) {
                None => Arc::clone(layer),
                Some(cut) => {
                    let shorter = layer.without(cut);
                    Arc::new(shorter.ok_or(TrimError::Odd("the names of a layer are too many"))?)
                }
            });
        }
        let new = Rootfs::stack(layers, &mut |_, _| {})?;
        Ok(compare(self.fs, &new, &self.going))
    }

    /// Hides what came back, in the lowest layer that hid it so far; can it?
    fn hide(&mut self, difference: &Difference) -> bool {
        let Some(from) = difference.layer else {
            return false;
        };
        let mut path = difference.path.as_bytes();
        for _ in 0..MOST_HIGH {
            let stood = self.stood.get(&ImagePath::new(path));
            let above = stood.into_iter().flatten().filter(|(no, _)| *no > from);
            if let Some(&(layer, entry)) = above.min() {
                let cut = self.cuts.entry(layer).or_default();
                cut.insert(entry, Some(ImagePath::new(path)));
                return true;
            }
            match path.iter().rposition(|&byte| byte == b'/') {
                Some(slash) => path = &path[..slash],
                None => return false,
            }
        }
        false
    }
}

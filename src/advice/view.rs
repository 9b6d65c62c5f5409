//! An image as rules look at it. What comes in is the finished model; what goes out is
//! answers to the questions that rules ask, each found once: what was added on top of
//! the base, by ending, by folder, by owner; what is run; what scripts load.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};

use crate::analysis::Analysis;
use crate::needs::{Need, Needs};
use crate::owner::{Asked, Category, Finds, Owner, OwnerId};
use crate::rootfs::{BodyId, LayerNo, NodeId, NodeKind, Rootfs};
use crate::units::Bytes;

use super::duplicates::Copies;
use super::node::NodePackage;
use super::remedy::Copied;

/// A script of the app, or a module of a package: the lines that tell something.
pub struct Script {
    /// The file.
    pub node: NodeId,
    /// Where it is, without a leading slash.
    pub path: String,
    /// See [`crate::essence::Script`].
    pub lines: Vec<String>,
    /// Is it the app's own, and no package's?
    pub is_app: bool,
}

/// An image as rules look at it: "added" is what layers on top of the base store.
pub struct View<'a> {
    /// All of it.
    pub image: &'a Analysis,
    /// The merged filesystem.
    pub fs: &'a Rootfs,
    /// How many layers came with the base.
    pub base: LayerNo,
    /// Added contents by path, sorted.
    added: Vec<(NodeId, BodyId)>,
    /// Added live files, in the order of the tree.
    files: Vec<NodeId>,
    by_ending: HashMap<&'a [u8], Vec<NodeId>>,
    by_name: HashMap<&'a [u8], Vec<NodeId>>,
    folders: HashMap<&'a [u8], Vec<NodeId>>,
    /// Added live files by owner.
    owned: Vec<Vec<NodeId>>,
    /// Added contents by owner that a later layer deleted or replaced.
    lost: HashMap<OwnerId, Vec<BodyId>>,
    pub(super) scripts: OnceCell<Vec<Script>>,
    needs: OnceCell<Needs>,
    pub(super) command: OnceCell<String>,
    pub(super) node: OnceCell<Vec<NodePackage>>,
    pub(super) copies: OnceCell<Vec<Copies>>,
    /// By layer, what was copied from the build context, and the folder it ran in.
    pub(super) context: OnceCell<Vec<Option<(Copied, String)>>>,
    /// Names that were asked for: does the app name them?
    pub(super) named: RefCell<HashMap<String, bool>>,
    /// How many bytes were looked through for them.
    pub(super) named_read: Cell<usize>,
}

impl<'a> View<'a> {
    /// Looks at an image.
    pub fn new(image: &'a Analysis) -> View<'a> {
        let (fs, base) = (&image.fs, image.base.layers);
        let on_top = |layer: LayerNo| layer >= base;
        let mut added: Vec<_> = fs
            .bodies()
            .filter(|(_, body)| on_top(body.layer))
            .map(|(id, body)| (body.node, id))
            .collect();
        added.sort_unstable();
        let mut lost: HashMap<OwnerId, Vec<BodyId>> = HashMap::new();
        for (id, body) in fs.bodies() {
            if body.lost.is_some() && on_top(body.layer) {
                lost.entry(image.attribution.of(id)).or_default().push(id);
            }
        }
        let mut view = View {
            image,
            fs,
            base,
            added,
            files: Vec::new(),
            by_ending: HashMap::new(),
            by_name: HashMap::new(),
            folders: HashMap::new(),
            owned: vec![Vec::new(); image.attribution.owners.len()],
            lost,
            scripts: OnceCell::new(),
            needs: OnceCell::new(),
            command: OnceCell::new(),
            node: OnceCell::new(),
            copies: OnceCell::new(),
            context: OnceCell::new(),
            named: RefCell::default(),
            named_read: Cell::new(0),
        };
        for node in fs.subtree(NodeId::ROOT) {
            let name = fs.name(node);
            match fs.kind(node) {
                NodeKind::Dir => view.folders.entry(name).or_default().push(node),
                NodeKind::File => view.see(node, name),
                _ => {}
            }
        }
        view
    }

    fn see(&mut self, node: NodeId, name: &'a [u8]) {
        let Some(body) = self.fs.body_of(node) else {
            return;
        };
        if self.fs.body(body).layer < self.base {
            return;
        }
        self.files.push(node);
        if let Some(dot) = name.iter().rposition(|&byte| byte == b'.') {
            let ending = self.by_ending.entry(&name[dot + 1..]).or_default();
            ending.push(node);
        }
        self.by_name.entry(name).or_default().push(node);
        let owner = self.image.attribution.of(body);
        self.owned[owner.0 as usize].push(node);
    }

    /// The added live files.
    pub fn files(&self) -> &[NodeId] {
        &self.files
    }

    /// The added live files whose names end so, behind the last dot.
    pub fn with_ending(&self, ending: &str) -> &[NodeId] {
        let files = self.by_ending.get(ending.as_bytes());
        files.map_or(&[], Vec::as_slice)
    }

    /// The added live files that are called so.
    pub fn called(&self, name: &str) -> &[NodeId] {
        let files = self.by_name.get(name.as_bytes());
        files.map_or(&[], Vec::as_slice)
    }

    /// The names of added live files, in no order.
    pub(super) fn names(&self) -> impl Iterator<Item = (&'a [u8], &[NodeId])> {
        let names = self.by_name.iter();
        names.map(|(&name, nodes)| (name, nodes.as_slice()))
    }

    /// The live folders that are called so, whoever made them.
    pub fn folders(&self, name: &str) -> &[NodeId] {
        let folders = self.folders.get(name.as_bytes());
        folders.map_or(&[], Vec::as_slice)
    }

    /// The added live files at or below a node.
    pub fn below(&self, node: NodeId) -> Vec<NodeId> {
        let files = self.fs.files(node);
        files
            .filter(|(_, body)| body.layer >= self.base)
            .map(|(node, _)| node)
            .collect()
    }

    /// The added live files of an owner.
    pub fn owned(&self, owner: OwnerId) -> &[NodeId] {
        &self.owned[owner.0 as usize]
    }

    /// The contents that were added at these paths, each once: also those that a
    /// later layer replaced, as who does not write a file writes none of its copies.
    pub fn bodies(&self, nodes: impl IntoIterator<Item = NodeId>) -> Vec<BodyId> {
        let mut bodies = Vec::new();
        for node in nodes {
            let start = self.added.partition_point(|&(at, _)| at < node);
            let here = self.added[start..].iter();
            bodies.extend(here.take_while(|(at, _)| *at == node).map(|&(_, id)| id));
            // A hard link's content is known by another name.
            let own = self.fs.body_of(node);
            bodies.extend(own.filter(|&id| self.fs.body(id).layer >= self.base));
        }
        bodies.sort_unstable();
        bodies.dedup();
        bodies
    }

    /// All that was added for these owners, each content once: who does not install a
    /// package does not store what a later layer deletes of it either.
    pub fn stored_by(&self, owners: &[OwnerId]) -> Vec<BodyId> {
        let files = owners.iter().flat_map(|&owner| self.owned(owner));
        let mut bodies = self.bodies(files.copied());
        let lost = owners.iter().filter_map(|owner| self.lost.get(owner));
        bodies.extend(lost.flatten());
        bodies.sort_unstable();
        bodies.dedup();
        bodies
    }

    /// What live files weigh, each inode once.
    pub fn weigh(&self, nodes: &[NodeId]) -> Bytes {
        let bodies: BTreeSet<BodyId> = nodes.iter().filter_map(|&n| self.fs.body_of(n)).collect();
        bodies.iter().map(|&id| self.fs.body(id).size).sum()
    }

    /// The layer that stores most of these live files.
    pub fn layer_of(&self, nodes: &[NodeId]) -> Option<LayerNo> {
        let mut sums: HashMap<LayerNo, (Bytes, usize)> = HashMap::new();
        for &node in nodes {
            let sum = sums.entry(self.fs.layer_of(node)).or_default();
            sum.0 += self.weigh(&[node]);
            sum.1 += 1;
        }
        let most = sums
            .into_iter()
            .max_by_key(|&(no, sum)| (sum, std::cmp::Reverse(no)));
        most.map(|(no, _)| no)
    }

    /// Where a node is, for a person: with a leading slash, safe on a terminal.
    pub fn shown(&self, node: NodeId) -> String {
        self.fs.path(node).to_string()
    }

    /// Where a node is, without a leading slash; for comparing, not for printing.
    pub fn path(&self, node: NodeId) -> String {
        String::from_utf8_lossy(self.fs.path(node).as_bytes()).into_owned()
    }

    /// Is a node in a folder of this name, at whatever depth?
    pub fn is_in(&self, node: NodeId, folder: &str) -> bool {
        let mut at = node;
        while at != NodeId::ROOT {
            at = self.fs.parent(at);
            if self.fs.name(at) == folder.as_bytes() {
                return true;
            }
        }
        false
    }

    /// The owner of a live file.
    pub fn owner(&self, node: NodeId) -> (OwnerId, &'a Owner) {
        let body = self.fs.body_of(node);
        let id = body.map_or(OwnerId::UNATTRIBUTED, |id| self.image.attribution.of(id));
        (id, self.image.attribution.owner(id))
    }

    /// Everybody.
    pub fn owners(&self) -> impl Iterator<Item = (OwnerId, &'a Owner)> {
        let owners = self.image.attribution.owners.iter().enumerate();
        owners.map(|(no, owner)| (OwnerId(no as u32), owner))
    }

    /// The installed packages of an ecosystem, whoever installed them.
    pub fn packages(&self, ecosystem: &str) -> impl Iterator<Item = (OwnerId, &'a Owner)> {
        self.owners().filter(move |(_, owner)| {
            owner.installed && owner.finds == Finds::Packages && owner.ecosystem == ecosystem
        })
    }

    /// An installed package by its name, in whatever case and with `-` for `_`.
    pub fn package(&self, ecosystem: &str, name: &str) -> Option<(OwnerId, &'a Owner)> {
        let normal = |name: &str| name.to_ascii_lowercase().replace(['_', '.'], "-");
        let wanted = normal(name);
        let mut all = self.packages(ecosystem);
        all.find(|(_, owner)| normal(&owner.name) == wanted)
    }

    /// Did a layer on top of the base install it?
    pub fn is_added(&self, owner: OwnerId) -> bool {
        let layer = self.image.attribution.owner(owner).layer;
        layer.is_some_and(|layer| layer >= self.base)
    }

    /// The added live files of places that are called so: `pip cache`, `git history`.
    pub fn place(&self, name: &str) -> Vec<NodeId> {
        let places = self
            .owners()
            .filter(|(_, owner)| owner.finds == Finds::Places && owner.name == name);
        places.flat_map(|(id, _)| self.owned(id)).copied().collect()
    }

    /// What goes with these owners: they themselves and all that only they lead to.
    pub fn retained(&self, owners: &[OwnerId]) -> Vec<OwnerId> {
        let needs = self.needs();
        let wanted: Vec<usize> = owners.iter().map(|id| id.0 as usize).collect();
        let goes = needs.retained_by(&wanted).into_iter();
        goes.map(|no| OwnerId(no as u32)).collect()
    }

    /// Who does not work without an owner, directly or not; apps not counted.
    pub fn dependents(&self, owner: OwnerId) -> Vec<OwnerId> {
        let above = self.needs().all_dependents(owner.0 as usize).into_iter();
        above.map(|no| OwnerId(no as u32)).collect()
    }

    fn needs(&self) -> &Needs {
        self.needs.get_or_init(|| {
            let owners = self.image.attribution.owners.iter();
            let need = |owner: &Owner| Need {
                requires: owner.requires.iter().map(|id| id.0 as usize).collect(),
                asked: owner.asked == Asked::ByName,
                is_app: owner.finds == Finds::Packages && owner.category == Category::App,
            };
            Needs::new(&owners.map(need).collect::<Vec<_>>())
        })
    }
}

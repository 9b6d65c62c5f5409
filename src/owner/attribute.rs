//! Settles rival claims, in this one place: a file that is listed by name beats
//! a subtree; a deeper subtree beats a shallower one; the earlier detector wins
//! a tie; what is left is unattributed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::thread;

use super::{
    AppKind, Asked, Category, DETECTORS, Detector, Finds, Found, Kept, Malformed, Package, Scene,
    mapped,
};
use crate::rootfs::{Body, BodyId, LayerNo, NodeId, Rootfs};
use crate::units::Bytes;

/// The place of an owner in [`Attribution::owners`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OwnerId(pub u32);

impl OwnerId {
    /// Nobody: the account that makes the sum right.
    pub const UNATTRIBUTED: OwnerId = OwnerId(0);
}

/// Who claims what, at one moment of the stacking.
pub struct Claims {
    packages: Vec<(&'static Detector, Arc<Package>)>,
    /// What the package detectors had to read.
    kept: Arc<[Kept]>,
    /// See [`Rootfs::written`].
    pub written: u64,
    /// By body: a place in `packages`, or [`NOBODY`].
    of: Vec<u32>,
    /// By node: the nearest claim of a subtree.
    below: Vec<u32>,
    /// Instead of both, once it is known who will be asked for.
    lost: Option<HashMap<BodyId, usize>>,
    /// What the detectors could not read.
    pub malformed: Vec<(&'static str, Malformed)>,
}

const NOBODY: u32 = u32::MAX;

/// Asks every detector, and settles what they say.
///
/// With claims of an earlier moment, whoever found packages then is asked again
/// only if what they read has changed.
pub fn claim(scene: &Scene<'_>, earlier: Option<&Claims>) -> Claims {
    claim_by(DETECTORS, scene, earlier)
}

/// Asks these detectors alone.
pub(super) fn claim_by(
    detectors: &'static [Detector],
    scene: &Scene<'_>,
    earlier: Option<&Claims>,
) -> Claims {
    let fs = scene.fs;
    let mut claims = Claims {
        packages: Vec::new(),
        kept: Arc::clone(&scene.kept),
        written: fs.written(),
        of: vec![NOBODY; fs.body_count()],
        below: vec![NOBODY; fs.node_count()],
        lost: None,
        malformed: Vec::new(),
    };
    let earlier = earlier.filter(|earlier| earlier.kept == scene.kept);
    let is_known = |detector: &Detector| detector.rests_on_kept() && earlier.is_some();
    for (detector, found) in detectors.iter().zip(detect(detectors, scene, is_known)) {
        if let (true, Some(earlier)) = (is_known(detector), earlier) {
            let known = earlier
                .packages
                .iter()
                .filter(|(other, _)| other.id == detector.id);
            claims.packages.extend(known.cloned());
            let malformed = earlier
                .malformed
                .iter()
                .filter(|(other, _)| *other == detector.id);
            claims.malformed.extend(malformed.cloned());
            continue;
        }
        let packages = found.packages.into_iter();
        claims
            .packages
            .extend(packages.map(|package| (detector, Arc::new(package))));
        let malformed = found.malformed.into_iter();
        claims
            .malformed
            .extend(malformed.map(|bad| (detector.id, bad)));
    }
    let mut listed = vec![NOBODY; fs.node_count()];
    let mut rooted = vec![NOBODY; fs.node_count()];
    for (no, (_, package)) in claims.packages.iter().enumerate() {
        for (nodes, table) in [(&package.files, &mut listed), (&package.trees, &mut rooted)] {
            for node in nodes {
                let claim = &mut table[node.index()];
                *claim = (*claim).min(no as u32);
            }
        }
    }
    // Of the names of a body, a listed one decides; then the earlier claim.
    let mut by_list = vec![false; fs.body_count()];
    for node in fs.subtree(NodeId::ROOT) {
        let mut below = rooted[node.index()];
        if below == NOBODY && node != NodeId::ROOT {
            below = claims.below[fs.parent(node).index()];
        }
        claims.below[node.index()] = below;
        let Some(body) = fs.body_of(node) else {
            continue;
        };
        let is_listed = listed[node.index()] != NOBODY;
        let claim = if is_listed {
            listed[node.index()]
        } else {
            below
        };
        let held = &mut claims.of[body.index()];
        let rank = (!is_listed, claim);
        if rank < (!by_list[body.index()], *held) {
            (*held, by_list[body.index()]) = (claim, is_listed);
        }
    }
    claims
}

/// What each detector finds, but those that are to be left out. They know nothing
/// of each other, so they run side by side: one takes as long as all the others.
fn detect(
    detectors: &[Detector],
    scene: &Scene<'_>,
    leave_out: impl Fn(&Detector) -> bool,
) -> Vec<Found> {
    thread::scope(|scope| {
        let running: Vec<_> = detectors
            .iter()
            .map(|detector| {
                let scene = scene.again();
                let ask = move || (detector.detect)(&scene());
                (!leave_out(detector)).then(|| scope.spawn(ask))
            })
            .collect();
        let found = running.into_iter().map(|thread| match thread {
            Some(thread) => thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            None => Found::default(),
        });
        found.collect()
    })
}

impl Claims {
    /// Forgets all bodies but those that a layer has lost: nobody asks for others
    /// at this moment, and an image may have as many moments as layers.
    pub fn keep_lost_in(&mut self, fs: &Rootfs, layer: LayerNo) {
        let is_lost = |body: &Body| body.lost.is_some_and(|loss| loss.layer == layer);
        let lost = fs.bodies().filter(|(_, body)| is_lost(body));
        let claimed = lost.filter_map(|(id, _)| Some((id, self.claimant(fs, id)?)));
        self.lost = Some(claimed.collect());
        (self.of, self.below) = (Vec::new(), Vec::new());
    }

    /// Who claims a body; for one that is already gone, who claims its place.
    fn claimant(&self, fs: &Rootfs, body: BodyId) -> Option<usize> {
        if let Some(lost) = &self.lost {
            return lost.get(&body).copied();
        }
        let direct = self
            .of
            .get(body.index())
            .copied()
            .filter(|&claim| claim != NOBODY);
        let mut node = fs.body(body).node;
        while direct.is_none() && node != NodeId::ROOT {
            match self.below.get(node.index()) {
                Some(&claim) if claim != NOBODY => return Some(claim as usize),
                _ => node = fs.parent(node),
            }
        }
        direct.map(|claim| claim as usize)
    }
}

/// One owner and its accounts.
#[derive(Debug, Default, Clone)]
pub struct Owner {
    /// The detector's id; empty for [`OwnerId::UNATTRIBUTED`].
    pub ecosystem: &'static str,
    /// Is it a package, or a place?
    pub finds: Finds,
    /// As its ecosystem spells it.
    pub name: String,
    /// As its ecosystem spells it; empty where there is none.
    pub version: String,
    /// Where its bytes count.
    pub category: Category,
    /// Bytes in the final filesystem.
    pub live: Bytes,
    /// Bytes that were its own when they were written, and are lost.
    pub lost: Bytes,
    /// The download of its live bytes.
    pub download: Bytes,
    /// The download of its lost bytes.
    pub download_lost: Bytes,
    /// Its live files, each inode once.
    pub files: u64,
    /// The layer that stores most of it; `None` if it owns nothing.
    pub layer: Option<LayerNo>,
    /// Is it in the final filesystem, or only in lost bytes?
    pub installed: bool,
    /// What it does not work without, in order; only of what is installed.
    pub requires: Vec<OwnerId>,
    /// Was it asked for by name?
    pub asked: Asked,
    /// In whose files it is, where it owns none.
    pub inside: Option<OwnerId>,
    /// What of an app it is, if it is of one.
    pub kind: Option<AppKind>,
}

/// Exactly one owner for every body.
pub struct Attribution {
    /// Owner 0 is nobody.
    pub owners: Vec<Owner>,
    of: Vec<OwnerId>,
}

impl Attribution {
    /// Closes the accounts: live bodies by the `last` claims, lost ones by the
    /// claims of the moment `before` the layer that lost them.
    pub fn settle(
        fs: &Rootfs,
        base: LayerNo,
        before: &BTreeMap<LayerNo, Claims>,
        last: &Claims,
    ) -> Attribution {
        let mut book = Book::new(fs, base);
        let mut ids = HashMap::new();
        book.install(last);
        for (id, body) in fs.bodies() {
            let moment = body
                .lost
                .map(|loss| loss.layer)
                .filter(|layer| before.contains_key(layer));
            let claims = moment.and_then(|layer| before.get(&layer)).unwrap_or(last);
            let owner = match claims.claimant(fs, id) {
                Some(no) => *ids
                    .entry((moment, no))
                    .or_insert_with(|| book.owner(claims, no)),
                None => OwnerId::UNATTRIBUTED,
            };
            book.enter(id, owner);
        }
        book.close()
    }

    /// The owner of a body.
    pub fn of(&self, body: BodyId) -> OwnerId {
        self.of[body.index()]
    }

    /// An owner.
    pub fn owner(&self, id: OwnerId) -> &Owner {
        &self.owners[id.0 as usize]
    }
}

/// The accounts while they are open.
struct Book<'f> {
    fs: &'f Rootfs,
    base: LayerNo,
    attribution: Attribution,
    known: HashMap<(&'static str, String, String, Category), OwnerId>,
    /// Bytes by owner and layer.
    stored: Vec<HashMap<LayerNo, Bytes>>,
}

impl<'f> Book<'f> {
    fn new(fs: &'f Rootfs, base: LayerNo) -> Book<'f> {
        let nobody = Owner {
            name: "unattributed".to_owned(),
            installed: true,
            ..Owner::default()
        };
        let attribution = Attribution {
            owners: vec![nobody],
            of: Vec::with_capacity(fs.body_count()),
        };
        Book {
            fs,
            base,
            attribution,
            known: HashMap::new(),
            stored: vec![HashMap::new()],
        }
    }

    /// Enters what is installed, with what one needs of another.
    fn install(&mut self, last: &Claims) {
        // By detector: where its packages begin.
        let mut starts = HashMap::new();
        for (no, (detector, _)) in last.packages.iter().enumerate() {
            starts.entry(detector.id).or_insert(no);
        }
        for (no, (detector, package)) in last.packages.iter().enumerate() {
            // A package is installed, whatever its files; a place is its files.
            if detector.finds == Finds::Places {
                continue;
            }
            debug_assert!(!package.name.is_empty());
            let id = self.owner(last, no);
            let mut other = |place: usize| self.owner(last, starts[detector.id] + place);
            let requires: Vec<OwnerId> = package.requires.iter().map(|&no| other(no)).collect();
            let inside = package
                .inside
                .map(&mut other)
                .filter(|&inside| inside != id);
            let owner = &mut self.attribution.owners[id.0 as usize];
            owner.installed = true;
            owner.requires.extend(requires);
            owner.inside = owner.inside.or(inside);
            // Of several installations of one version, one that was asked for.
            if owner.asked != Asked::ByName {
                owner.asked = package.asked;
            }
        }
        for (no, owner) in self.attribution.owners.iter_mut().enumerate() {
            owner.requires.retain(|needed| needed.0 as usize != no);
            owner.requires.sort_unstable();
            owner.requires.dedup();
        }
    }

    /// The owner that a claim means: the same one at every moment.
    fn owner(&mut self, claims: &Claims, no: usize) -> OwnerId {
        let (detector, package) = &claims.packages[no];
        let key = (
            detector.id,
            package.name.clone(),
            package.version.clone(),
            package.category,
        );
        if let Some(&id) = self.known.get(&key) {
            return id;
        }
        let id = OwnerId(self.attribution.owners.len() as u32);
        self.attribution.owners.push(Owner {
            ecosystem: detector.id,
            finds: detector.finds,
            name: package.name.clone(),
            version: package.version.clone(),
            category: package.category,
            kind: package.kind,
            ..Owner::default()
        });
        self.stored.push(HashMap::new());
        self.known.insert(key, id);
        id
    }

    fn enter(&mut self, id: BodyId, owner: OwnerId) {
        let body = self.fs.body(id);
        *self.stored[owner.0 as usize].entry(body.layer).or_default() += body.size;
        let account = &mut self.attribution.owners[owner.0 as usize];
        match body.lost {
            None => {
                account.live += body.size;
                account.download += body.transfer;
                account.files += 1;
                account.installed = true;
            }
            Some(_) => {
                account.lost += body.size;
                account.download_lost += body.transfer;
            }
        }
        self.attribution.of.push(owner);
    }

    fn close(mut self) -> Attribution {
        for (owner, stored) in self.attribution.owners.iter_mut().zip(&self.stored) {
            // Of equals the lower layer, so that the answer is one.
            owner.layer = stored
                .iter()
                .max_by_key(|&(&layer, &bytes)| (bytes, std::cmp::Reverse(layer)))
                .map(|(&layer, _)| layer);
            let in_base = owner.layer.is_some_and(|layer| layer < self.base);
            // What the user says is meant.
            let is_meant = owner.ecosystem == mapped::DETECTOR.id;
            if owner.category == Category::SystemPackages && in_base && !is_meant {
                owner.category = Category::BaseOs;
            }
        }
        self.attribution
    }
}

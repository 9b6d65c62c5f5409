//! Settles rival claims, in this one place: a file that is listed by name beats
//! a subtree; a deeper subtree beats a shallower one; the earlier detector wins
//! a tie; what is left is unattributed.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::{DETECTORS, Detector, Found, Kept, Malformed, Package, Scene};
use crate::rootfs::{Body, BodyId, LayerNo, NodeId, Rootfs};

/// Who claims what, at one moment of the stacking.
pub struct Claims {
    pub(super) packages: Vec<(&'static Detector, Arc<Package>)>,
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

/// What each detector finds, but those that are to be left out. They know nothing of
/// each other, so they run side by side, as many at once as there are cores.
fn detect(
    detectors: &[Detector],
    scene: &Scene<'_>,
    leave_out: impl Fn(&Detector) -> bool,
) -> Vec<Found> {
    let asked: Vec<usize> = (0..detectors.len())
        .filter(|&no| !leave_out(&detectors[no]))
        .collect();
    let next = AtomicUsize::new(0);
    let work = |scene: &Scene<'_>| {
        let mut found = Vec::new();
        while let Some(&no) = asked.get(next.fetch_add(1, Ordering::Relaxed)) {
            found.push((no, (detectors[no].detect)(scene)));
        }
        found
    };
    let cores = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let mut all: Vec<Found> = detectors.iter().map(|_| Found::default()).collect();
    let found = thread::scope(|scope| {
        let others = cores.get().min(asked.len()).saturating_sub(1);
        let others: Vec<_> = (0..others)
            .map(|_| {
                let (scene, work) = (scene.again(), &work);
                scope.spawn(move || work(&scene()))
            })
            .collect();
        let mut found = work(scene);
        for thread in others {
            let more = thread.join();
            found.extend(more.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        found
    });
    for (no, found) in found {
        all[no] = found;
    }
    all
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
    pub(super) fn claimant(&self, fs: &Rootfs, body: BodyId) -> Option<usize> {
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

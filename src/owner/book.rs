//! The accounts by owner. What comes in is who claims what at every moment that
//! counts; what goes out is exactly one owner for every body, live or lost, and what
//! each owner holds.

use std::collections::{BTreeMap, HashMap};

use super::attribute::Claims;
use super::parts::{Part, Parts, Sorted};
use super::{AppKind, Asked, Category, Finds, mapped};
use crate::rootfs::{BodyId, LayerNo, Rootfs};
use crate::units::Bytes;

/// The place of an owner in [`Attribution::owners`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OwnerId(pub u32);

impl OwnerId {
    /// Nobody: the account that makes the sum right.
    pub const UNATTRIBUTED: OwnerId = OwnerId(0);
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
    /// What they are for.
    pub parts: Parts,
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
    parts: Vec<Part>,
}

impl Attribution {
    /// Closes the accounts: live bodies by the `last` claims, lost ones by the
    /// claims of the moment `before` the layer that lost them; `sorted` is what files
    /// are for, by body.
    pub fn settle(
        fs: &Rootfs,
        base: LayerNo,
        before: &BTreeMap<LayerNo, Claims>,
        last: &Claims,
        sorted: Vec<Sorted>,
    ) -> Attribution {
        let mut book = Book::new(fs, base, sorted);
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

    /// Owners without a file to their names, for tests.
    #[cfg(test)]
    pub(crate) fn of_owners(owners: Vec<Owner>) -> Attribution {
        Attribution {
            owners,
            of: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// The owner of a body.
    pub fn of(&self, body: BodyId) -> OwnerId {
        self.of[body.index()]
    }

    /// What a body is for; of what is lost nothing is known.
    pub fn part(&self, body: BodyId) -> Part {
        self.parts.get(body.index()).copied().unwrap_or_default()
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
    /// By body.
    sorted: Vec<Sorted>,
}

impl<'f> Book<'f> {
    fn new(fs: &'f Rootfs, base: LayerNo, sorted: Vec<Sorted>) -> Book<'f> {
        let nobody = Owner {
            name: "unattributed".to_owned(),
            installed: true,
            parts: Parts::NONE,
            ..Owner::default()
        };
        let attribution = Attribution {
            owners: vec![nobody],
            of: Vec::with_capacity(fs.body_count()),
            parts: sorted.iter().map(|sorted| sorted.part).collect(),
        };
        Book {
            fs,
            base,
            attribution,
            known: HashMap::new(),
            stored: vec![HashMap::new()],
            sorted,
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
            parts: Parts::NONE,
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
                account.parts.add(self.sorted[id.index()], body.size);
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
            // What has files of its own somewhere is in nobody else's.
            if owner.files > 0 {
                owner.inside = None;
            }
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

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::codec::Stream;
    use crate::layer::{Want, index_stream};
    use crate::owner::attribute::claim_by;
    use crate::owner::{Detector, Found, Package, Scene};
    use crate::source::Config;
    use crate::testkit::Case;

    /// A program with `b` and `c` in it, and `b` again with a file of its own.
    static DETECTORS: [Detector; 1] = [Detector {
        id: "test",
        finds: Finds::Packages,
        wants: |_| 0,
        detect: |scene| {
            let package = |name: &str, file: Option<&str>, inside| Package {
                name: name.to_owned(),
                files: file
                    .and_then(|path| scene.fs.find(path))
                    .into_iter()
                    .collect(),
                inside,
                ..Package::default()
            };
            Found {
                packages: vec![
                    package("a", Some("bin/a"), None),
                    package("b", None, Some(0)),
                    package("c", None, Some(0)),
                    package("b", Some("lib/b"), None),
                ],
                malformed: Vec::new(),
            }
        },
    }];

    #[test]
    fn what_has_files_is_inside_nothing() {
        let case = Case::parse("f 5 bin/a\nf 7 lib/b", Path::new("."));
        let layers = case.layers.iter().map(|tar| {
            let stream = Stream::open(&tar[..], None, None).unwrap();
            Arc::new(index_stream(stream, &|_| Want::Nothing, &|_| {}).unwrap())
        });
        let fs = Rootfs::stack(layers.collect(), &mut |_, _| {}).unwrap();
        let config = Config::default();
        let last = claim_by(&DETECTORS, &Scene::new(&fs, &config, 0), None);
        let attribution =
            Attribution::settle(&fs, 0, &BTreeMap::new(), &last, super::super::sort(&fs));
        let inside = attribution.owners.iter().map(|owner| {
            let inside = owner.inside.map(|id| &*attribution.owner(id).name);
            (&*owner.name, owner.live.0, inside)
        });
        assert_eq!(
            inside.collect::<Vec<_>>(),
            [
                ("unattributed", 0, None),
                ("a", 5, None),
                ("b", 7, None),
                ("c", 0, Some("a")),
            ]
        );
    }
}

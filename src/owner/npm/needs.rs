//! Who needs whom, and who was asked for. What comes in is the folders of packages
//! and of apps with the names that they need; what goes out is what Node finds by
//! these names, looking into one `node_modules` after the other on the way up.
//!
//! Facts: nodejs.org, "CommonJS modules", Loading from `node_modules` folders; links
//! are followed first. pnpm.io, "Symlinked `node_modules` structure": beside a package
//! in the store are links to what it needs.

use std::collections::{HashMap, HashSet};

use super::{MODULES, modules_of};
use crate::owner::{Asked, Category, Package};
use crate::rootfs::{NodeId, NodeKind, Rootfs};

/// How many folders are looked into for names; real images have some ten thousand
/// packages with some ten names each.
const MOST_LOOKS: usize = 2_000_000;

/// Who needs something by name.
pub(super) struct Needy {
    /// Its folder.
    pub(super) folder: NodeId,
    /// The names; none where it could not be read.
    pub(super) names: Option<Vec<String>>,
}

/// Enters the needs of packages, each with its folder, and whether an app asked for
/// them; those from `first_app` on may be apps. False if there is too much to look for.
pub(super) fn enter(
    fs: &Rootfs,
    packages: &mut [Package],
    needy: &[Needy],
    first_app: usize,
) -> bool {
    let mut finder = Finder {
        fs,
        packages: (0..needy.len()).map(|no| (needy[no].folder, no)).collect(),
        looks: MOST_LOOKS,
    };
    for (package, one) in packages.iter_mut().zip(needy) {
        package.requires = match &one.names {
            Some(names) => finder.find(one.folder, names),
            None => finder.beside(modules_of(fs, one.folder)),
        };
        let no = finder.packages.get(&one.folder).copied();
        package.requires.sort_unstable();
        package.requires.dedup();
        package.requires.retain(|&needed| Some(needed) != no);
    }
    let (packages, apps) = packages.split_at_mut(first_app);
    let (needy, folders) = needy.split_at(first_app);
    let mut by_name = HashSet::new();
    for (app, one) in apps.iter_mut().zip(folders) {
        // Others are libraries, or hold all that they need in files of their own.
        if !app.requires.is_empty() || fs.child(one.folder, MODULES).is_some() {
            (app.category, app.asked) = (Category::App, Asked::ByName);
        }
        by_name.extend(app.requires.iter().copied());
    }
    let apps: HashSet<NodeId> = folders.iter().map(|app| app.folder).collect();
    for (no, (package, one)) in packages.iter_mut().zip(needy).enumerate() {
        package.asked = match scope(fs, one.folder, &apps) {
            _ if by_name.contains(&no) => Asked::ByName,
            Scope::Unknown => Asked::Unknown,
            Scope::Global if fs.name(fs.parent(modules_of(fs, one.folder))) == b"lib" => {
                Asked::ByName
            }
            Scope::App | Scope::Global => Asked::ForOthers,
        };
    }
    finder.looks > 0
}

/// Whose packages those of a `node_modules` are.
enum Scope {
    /// An app's, whose manifest says what it needs.
    App,
    /// Installed for all: `npm install --global` puts them into `PREFIX/lib`.
    Global,
    /// Nobody knows.
    Unknown,
}

/// Of the outermost `node_modules` that a package lies in.
fn scope(fs: &Rootfs, folder: NodeId, apps: &HashSet<NodeId>) -> Scope {
    let holders = above(fs, folder).filter(|&folder| fs.name(folder) == MODULES);
    match holders.last().map(|modules| fs.parent(modules)) {
        Some(holder) if apps.contains(&holder) => Scope::App,
        Some(holder) if fs.name(holder) == b"lib" => Scope::Global,
        _ => Scope::Unknown,
    }
}

/// A folder and all above it.
fn above(fs: &Rootfs, folder: NodeId) -> impl Iterator<Item = NodeId> {
    std::iter::successors(Some(folder), |&at| {
        (at != NodeId::ROOT).then(|| fs.parent(at))
    })
}

struct Finder<'f> {
    fs: &'f Rootfs,
    /// By folder: the place of a package.
    packages: HashMap<NodeId, usize>,
    looks: usize,
}

impl Finder<'_> {
    /// The packages that names mean in a folder.
    fn find(&mut self, folder: NodeId, names: &[String]) -> Vec<usize> {
        if names.is_empty() {
            return Vec::new();
        }
        let outside = above(self.fs, folder).filter(|&at| self.fs.name(at) != MODULES);
        let modules: Vec<NodeId> = outside
            .filter_map(|at| self.fs.child(at, MODULES))
            .collect();
        let places = names.iter().filter_map(|name| self.place(&modules, name));
        places.collect()
    }

    /// The first folder of that name decides, also if it is no package.
    fn place(&mut self, modules: &[NodeId], name: &str) -> Option<usize> {
        let fs = self.fs;
        for &modules in modules {
            self.looks = self.looks.checked_sub(1)?;
            let found = name
                .split('/')
                .try_fold(modules, |at, part| fs.child(at, part.as_bytes()));
            if let Some(found) = found {
                return self.packages.get(&followed(fs, found)?).copied();
            }
        }
        None
    }

    /// The packages that the links in a `node_modules` lead to.
    fn beside(&mut self, modules: NodeId) -> Vec<usize> {
        let fs = self.fs;
        let of_scope = |child: NodeId| fs.name(child).starts_with(b"@");
        let scopes = fs.children(modules).filter(|&child| of_scope(child));
        let links = [modules].into_iter().chain(scopes);
        let links = links.flat_map(|folder| fs.children(folder));
        let links = links.filter(|&child| fs.kind(child) == NodeKind::Symlink);
        let places = links.filter_map(|link| {
            self.looks = self.looks.checked_sub(1)?;
            self.packages.get(&followed(fs, link)?).copied()
        });
        places.collect()
    }
}

fn followed(fs: &Rootfs, node: NodeId) -> Option<NodeId> {
    match fs.kind(node) {
        NodeKind::Symlink => fs.resolve(fs.path(node).as_bytes()),
        _ => Some(node),
    }
}

//! Who each byte belongs to. What comes in is the merged filesystem; what goes
//! out is exactly one owner for every body, live or lost.
//!
//! Adding an ecosystem is one file here, its `mod` line and its line in
//! [`DETECTORS`].

mod apk;
mod app;
mod attribute;
mod bitnami;
mod book;
mod brew;
mod browser;
mod bundle;
mod cargo;
mod composer;
mod conda;
mod cpan;
mod cran;
mod cuda;
mod dotnet;
mod dpkg;
mod gem;
mod go;
mod hex;
mod java;
mod linked;
mod luarocks;
mod mapped;
mod model;
mod nix;
mod npm;
mod parts;
mod pip;
mod place;
mod rpm;
mod runtime;
mod system;
mod system_package;
mod yarn_pnp;
mod zipapp;

pub use attribute::{Claims, claim};
pub use book::{Attribution, Owner, OwnerId};
pub use parts::{Part, Parts, Sorted, is_licence, sort};

pub use crate::category::{AppKind, Category};

use std::cell::RefCell;
use std::sync::{Arc, OnceLock};

use crate::config::Mapping;
use crate::essence::{self, Essence};
use crate::layer::{Candidate, Want};
use crate::path::ImagePath;
use crate::rootfs::{Body, BodyId, LayerNo, NodeId, NodeKind, Rootfs};
use crate::source::Config;
use crate::units::Bytes;

/// Every detector; nearer the top wins a tie.
pub const DETECTORS: &[Detector] = &[
    mapped::DETECTOR,
    dpkg::DETECTOR,
    apk::DETECTOR,
    rpm::DETECTOR,
    conda::DETECTOR,
    pip::DETECTOR,
    npm::DETECTOR,
    yarn_pnp::DETECTOR,
    gem::DETECTOR,
    composer::DETECTOR,
    cran::DETECTOR,
    cpan::DETECTOR,
    hex::DETECTOR,
    luarocks::DETECTOR,
    zipapp::DETECTOR,
    java::DETECTOR,
    dotnet::DETECTOR,
    go::DETECTOR,
    cargo::DETECTOR,
    nix::DETECTOR,
    brew::DETECTOR,
    bitnami::DETECTOR,
    browser::DETECTOR,
    model::DETECTOR,
    cuda::DETECTOR,
    runtime::DETECTOR,
    bundle::DETECTOR,
    app::DETECTOR,
    system::DETECTOR,
];

/// What to keep of a file's content for all of them.
pub fn keep(file: &Candidate<'_>) -> Want {
    keep_for(DETECTORS, file)
}

/// The most that any detector wants of a file, else its essence.
fn keep_for(detectors: &[Detector], file: &Candidate<'_>) -> Want {
    let wanted = detectors.iter().map(|detector| (detector.wants)(file));
    match wanted.max().unwrap_or_default() {
        0 => Want::Essence(essence::distiller(file)),
        bytes => Want::Head(bytes),
    }
}

/// Knows one ecosystem: which files tell of it, and which files are its own.
pub struct Detector {
    /// `dpkg`; also what JSON calls the ecosystem, and the file's name.
    pub id: &'static str,
    /// Does it find packages, or only places that files are known by?
    pub finds: Finds,
    /// How many leading bytes of this file [`Detector::detect`] will want to read; 0 for none.
    pub wants: fn(&Candidate<'_>) -> u64,
    /// Pure: reads the tree, returns what is installed. Knows nothing of other detectors.
    pub detect: fn(&Scene<'_>) -> Found,
}

/// Detectors that find packages by the names of folders: what was kept of files does
/// not tell whether they would find the same again.
const BY_NAMES: &[&str] = &["bitnami", "brew", "browser", "model", "nix"];

impl Detector {
    /// Does all that it finds follow from the files whose contents were kept?
    fn rests_on_kept(&self) -> bool {
        self.finds == Finds::Packages && !BY_NAMES.contains(&self.id)
    }
}

/// What a detector's findings are.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Finds {
    /// Packages with a name and a version, that somebody installed.
    Packages,
    /// Places: configuration, caches, a runtime, the app.
    #[default]
    Places,
}

/// A file whose contents were kept, and the body that holds them: two files that
/// differ in it are two, though they have one path.
type Kept = (ImagePath, NodeId, BodyId);

/// What a detector may look at.
pub struct Scene<'s> {
    /// The merged filesystem.
    pub fs: &'s Rootfs,
    /// The image's configuration.
    pub config: &'s Config,
    /// How many layers came with the base image.
    pub base: LayerNo,
    /// Whose files are by the user's word.
    pub mapping: Option<&'s Mapping>,
    /// The live files with kept contents, by path.
    kept: Arc<[Kept]>,
    /// See [`Scene::archives`].
    archives: Arc<OnceLock<Vec<(ImagePath, NodeId)>>>,
    /// The last folder that was looked up: databases list files folder by folder.
    folder: RefCell<Option<(Vec<u8>, Option<NodeId>)>>,
}

/// What a detector found.
#[derive(Debug, Default)]
pub struct Found {
    /// In the order in which rival claims are settled: earlier wins.
    pub packages: Vec<Package>,
    /// What it could not read; that owns nothing.
    pub malformed: Vec<Malformed>,
}

/// A database that could not be read, in whole or in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// The file.
    pub path: ImagePath,
    /// What is wrong with it, for a person.
    pub why: String,
}

/// One thing that owns files.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Package {
    /// As its ecosystem spells it.
    pub name: String,
    /// As its ecosystem spells it; empty where there is none.
    pub version: String,
    /// Where its bytes count.
    pub category: Category,
    /// Files that are its own by name.
    pub files: Vec<NodeId>,
    /// Whatever lies at or below these, unless another claim is nearer.
    pub trees: Vec<NodeId>,
    /// The packages that it does not work without: their places in
    /// [`Found::packages`] of the same detector, in any order. What is needed and not
    /// there is left out.
    pub requires: Vec<usize>,
    /// Was it asked for by name, or did it only come along with others?
    pub asked: Asked,
    /// The package in whose files it is: a module linked into a program, a jar in a
    /// jar. A place in [`Found::packages`]; who has one owns no files.
    pub inside: Option<usize>,
    /// What of an app it is, if it is of one.
    pub kind: Option<AppKind>,
}

/// Did somebody ask for a package by its name?
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Nobody wrote that down.
    #[default]
    Unknown,
    /// Somebody did.
    ByName,
    /// It is there because others need it.
    ForOthers,
}

impl<'s> Scene<'s> {
    /// A scene of the tree as it is now.
    pub fn new(fs: &'s Rootfs, config: &'s Config, base: LayerNo) -> Scene<'s> {
        let mut kept: Vec<_> = fs
            .kept_files()
            .into_iter()
            // No detector goes by what scripts load, and there are many.
            .filter(|&node| !fs.read(node).is_some_and(essence::is_script))
            .filter_map(|node| Some((fs.path(node), node, fs.body_of(node)?)))
            .collect();
        kept.sort_unstable();
        Scene {
            fs,
            config,
            base,
            mapping: None,
            kept: kept.into(),
            archives: Arc::default(),
            folder: RefCell::default(),
        }
    }

    /// The same scene, with the user's word.
    pub fn mapped(mut self, mapping: &'s Mapping) -> Scene<'s> {
        self.mapping = Some(mapping);
        self
    }

    /// The same scene, for another thread.
    fn again(&self) -> impl FnOnce() -> Scene<'s> + use<'s> {
        let (fs, config, base, mapping) = (self.fs, self.config, self.base, self.mapping);
        let (kept, archives) = (Arc::clone(&self.kept), Arc::clone(&self.archives));
        move || Scene {
            fs,
            config,
            base,
            mapping,
            kept,
            archives,
            folder: RefCell::default(),
        }
    }

    /// The live files whose contents were kept, in the order of their paths.
    pub fn kept(&self) -> impl Iterator<Item = (&ImagePath, NodeId, &[u8])> {
        self.kept
            .iter()
            .filter_map(|(path, node, _)| Some((path, *node, self.fs.read(*node)?)))
    }

    /// The live files that hold something and are called as archives of the zip kind,
    /// in the order of their paths: looked for once, however many ask.
    pub fn archives(&self) -> &[(ImagePath, NodeId)] {
        self.archives.get_or_init(|| {
            let is_archive = |(node, body): &(NodeId, &Body)| {
                let name = self.fs.name(*node);
                body.size > Bytes::ZERO && (essence::is_archive(name) || name.ends_with(b".zip"))
            };
            let files = self.fs.files(NodeId::ROOT).filter(is_archive);
            let mut files: Vec<_> = files.map(|(node, _)| (self.fs.path(node), node)).collect();
            files.sort_unstable();
            files
        })
    }

    /// The kept contents of the file at a path, links followed.
    pub fn read(&self, path: impl AsRef<[u8]>) -> Option<&[u8]> {
        self.fs.read(self.fs.resolve(path)?)
    }

    /// The file that a database names, with links in its folder followed.
    /// `None` for what is not there, and for what is no regular file.
    pub fn file(&self, path: impl AsRef<[u8]>) -> Option<NodeId> {
        let path = path.as_ref();
        let slash = path.iter().rposition(|&byte| byte == b'/');
        let (folder, name) = slash.map_or((&b""[..], path), |at| (&path[..at], &path[at + 1..]));
        let mut last = self.folder.borrow_mut();
        let node = match &*last {
            Some((known, node)) if known == folder => *node,
            _ => {
                let node = self.fs.resolve(folder);
                *last = Some((folder.to_vec(), node));
                node
            }
        };
        // `.` and `..` are names of folders: no file is called so.
        let node = self.fs.child(node?, name)?;
        (self.fs.kind(node) == NodeKind::File).then_some(node)
    }

    /// What a large file holds; `None` where it was not boiled down, as in a layer
    /// that was read by its table of contents.
    pub fn essence(&self, file: NodeId) -> Option<Essence> {
        Essence::read(self.fs.read(file)?)
    }

    /// The live files below a directory.
    pub fn files_below(&self, folder: NodeId) -> impl Iterator<Item = NodeId> {
        self.fs.files(folder).map(|(node, _)| node)
    }
}

impl Found {
    /// Adds what could not be read.
    pub fn malformed(&mut self, path: &ImagePath, why: impl Into<String>) {
        self.malformed.push(Malformed {
            path: path.clone(),
            why: why.into(),
        });
    }
}

#[cfg(test)]
mod tests;

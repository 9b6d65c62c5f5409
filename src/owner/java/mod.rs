//! Jars, and what is packed in the same way. What comes in is every jar, war and ear
//! of the image, wherever it lies; what goes out is a package for each, and one for
//! each artifact that it holds: jars in it, and what was shaded into it.
//!
//! Facts: docs.oracle.com, "JAR File Specification"; maven.apache.org, "Apache Maven
//! Archiver" and "Apache Maven Shade Plugin"; docs.spring.io, "The Executable Jar
//! Format"; Jakarta Servlet, "Directory Structure" (`WEB-INF/lib`); jenkins.io,
//! "Plugin development" (`hpi`); openjdk.org, JEP 220 (what a runtime image holds).

mod name;

use std::collections::HashMap;

use super::{Asked, Category, Detector, Finds, Found, Package, Scene};
use crate::essence::{Essence, Zip};
use crate::path::ImagePath;
use crate::rootfs::{LayerNo, NodeId, NodeKind, Rootfs};
use name::{Coordinates, coordinates};

pub(super) const DETECTOR: Detector = Detector {
    id: "java",
    finds: Finds::Packages,
    wants: |_| 0,
    detect,
};

const SUFFIXES: &[&str] = &[".jar", ".war", ".ear", ".par", ".hpi", ".jpi"];
/// What is deployed by itself, whatever its manifest says.
const APPLICATIONS: &[&str] = &[".war", ".ear"];

/// Where build tools keep jars: caches, whatever is in them.
const CACHES: &[&[u8]] = &[b"/.cache/", b"/.gradle/", b"/.ivy2/", b"/.m2/repository/"];

/// Folders of libraries: a jar there may have a main class and is no app.
const LIBRARIES: &[&[u8]] = &[
    b"dependencies",
    b"dependency",
    b"ext",
    b"jars",
    b"java",
    b"lib",
    b"libs",
    b"modules",
    b"plugins",
];
/// No such folder, though it is called so: authors put their programs there.
const NO_LIBRARY: &[u8] = b"usr/local/lib";
/// Here distributions put theirs.
const SYSTEM: &[&[u8]] = &[b"usr/share/java/", b"usr/lib/java/", b"opt/java/"];

/// Artifacts in files; an image that holds more of them was made to hurt.
const MOST_INSIDE: usize = 100_000;

fn detect(scene: &Scene<'_>) -> Found {
    let mut jars = Jars {
        scene,
        base: super::app::base(scene),
        found: Found::default(),
        homes: HashMap::new(),
        inside: 0,
    };
    for (path, file) in scene.archives() {
        if is_jar(scene.fs.name(*file)) {
            jars.add(path, *file);
        }
    }
    jars.found
}

/// A name without this ending.
pub(super) fn stem<'n>(name: &'n [u8], suffixes: &[&str]) -> Option<&'n [u8]> {
    suffixes.iter().find_map(|suffix| {
        let (stem, end) = name.split_at_checked(name.len().checked_sub(suffix.len())?)?;
        let fits = !stem.is_empty() && end.eq_ignore_ascii_case(suffix.as_bytes());
        fits.then_some(stem)
    })
}

/// Is one of these folders in the path?
pub(super) fn is_below(path: &ImagePath, folders: &[&[u8]]) -> bool {
    let path = [b"/", path.as_bytes()].concat();
    folders
        .iter()
        .any(|folder| path.windows(folder.len()).any(|part| part == *folder))
}

fn is_jar(name: &[u8]) -> bool {
    stem(name, SUFFIXES).is_some()
}

struct Jars<'s> {
    scene: &'s Scene<'s>,
    base: LayerNo,
    found: Found,
    /// By folder: is it a part of a Java runtime?
    homes: HashMap<NodeId, bool>,
    inside: usize,
}

impl Jars<'_> {
    fn add(&mut self, path: &ImagePath, file: NodeId) {
        let fs = self.scene.fs;
        if is_below(path, CACHES) || self.is_of_runtime(fs.parent(file)) {
            return;
        }
        let zip = match self.scene.essence(file) {
            Some(Essence::Zip(zip)) => zip,
            // Nobody could look into it: its name must do.
            _ => Zip::default(),
        };
        if zip.is_broken {
            self.found
                .malformed(path, "it has no list of contents that can be read");
            return;
        }
        let (own, others) = coordinates(&zip, fs.name(file), SUFFIXES);
        let outer = self.found.packages.len();
        self.found.packages.push(Package {
            category: self.category(path, file, &zip),
            trees: vec![file],
            ..package(own)
        });
        self.shaded(others, outer, outer);
        self.nested(&zip, outer, outer);
    }

    fn category(&self, path: &ImagePath, file: NodeId, zip: &Zip) -> Category {
        let says = |attribute| zip.manifest.contains_key(attribute);
        let folder = self.scene.fs.parent(file);
        let is_library = || {
            LIBRARIES.contains(&self.scene.fs.name(folder))
                && self.scene.fs.path(folder).as_bytes() != NO_LIBRARY
        };
        let is_system = || SYSTEM.iter().any(|top| path.as_bytes().starts_with(top));
        let is_app = says("Start-Class")
            || says("Spring-Boot-Version")
            || stem(path.as_bytes(), APPLICATIONS).is_some()
            || says("Main-Class") && !is_library();
        match is_app && !is_system() && self.scene.fs.layer_of(file) >= self.base {
            true => Category::App,
            false => Category::LanguagePackages,
        }
    }

    /// What was unpacked into the classes of `whole`.
    fn shaded(&mut self, others: Vec<Coordinates>, whole: usize, outer: usize) {
        for other in others {
            self.enter(other, whole, outer);
        }
    }

    /// The jars in `whole`, and in these.
    fn nested(&mut self, zip: &Zip, whole: usize, outer: usize) {
        for inner in zip
            .nested
            .iter()
            .filter(|inner| is_jar(inner.path.as_bytes()))
        {
            let none = Zip::default();
            let zip = inner.zip.as_ref().unwrap_or(&none);
            let name = inner.path.rsplit('/').next().unwrap_or_default();
            let (own, others) = coordinates(zip, name.as_bytes(), SUFFIXES);
            let Some(no) = self.enter(own, whole, outer) else {
                return;
            };
            self.shaded(others, no, outer);
            self.nested(zip, no, outer);
        }
    }

    /// Enters what `whole` needs and what is in the file of `outer`.
    fn enter(&mut self, own: Coordinates, whole: usize, outer: usize) -> Option<usize> {
        if self.inside == MOST_INSIDE || own.artifact.is_empty() {
            return None;
        }
        self.inside += 1;
        let packages = &mut self.found.packages;
        let no = packages.len();
        packages[whole].requires.push(no);
        packages.push(Package {
            category: Category::LanguagePackages,
            asked: Asked::ForOthers,
            inside: Some(outer),
            ..package(own)
        });
        Some(no)
    }

    /// The jars of a Java runtime are the runtime.
    fn is_of_runtime(&mut self, folder: NodeId) -> bool {
        let mut passed = Vec::new();
        let mut at = folder;
        let answer = loop {
            if let Some(&known) = self.homes.get(&at) {
                break known;
            }
            passed.push(at);
            if at == NodeId::ROOT || is_home(self.scene.fs, at) {
                break at != NodeId::ROOT;
            }
            at = self.scene.fs.parent(at);
        };
        self.homes
            .extend(passed.into_iter().map(|node| (node, answer)));
        answer
    }
}

fn package(own: Coordinates) -> Package {
    Package {
        name: own.name(),
        version: own.version,
        ..Package::default()
    }
}

/// A program `java`, and its classes beside it.
fn is_home(fs: &Rootfs, folder: NodeId) -> bool {
    let has = |path: &[&[u8]]| {
        let file = path.iter().try_fold(folder, |at, part| fs.child(at, part));
        file.is_some_and(|file| fs.kind(file) == NodeKind::File)
    };
    has(&[b"bin", b"java"])
        && (has(&[b"lib", b"modules"])
            || has(&[b"release"])
            || has(&[b"lib", b"rt.jar"])
            || has(&[b"jre", b"lib", b"rt.jar"]))
}

#[cfg(test)]
mod tests;

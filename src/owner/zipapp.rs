//! Python programs in one file. What comes in is every pex, shiv, zipapp, egg and
//! wheel of the image; what goes out is a package for each program, with the
//! distributions in it, one for each egg, and the wheels that an author left behind.
//!
//! Facts: docs.python.org, `zipapp` and `ensurepip` (which keeps wheels); docs.pex-tool.org,
//! "PEX files"; shiv.readthedocs.io, "Motivation & Comparisons"; setuptools, "The
//! Internal Structure of Python Eggs".

use std::collections::BTreeMap;

use super::java::{is_below, stem};
use super::{Asked, Category, Detector, Finds, Found, Package, Scene};
use crate::essence::{Essence, Named, Zip};
use crate::path::ImagePath;
use crate::rootfs::NodeId;

pub(super) const DETECTOR: Detector = Detector {
    id: "zipapp",
    finds: Finds::Packages,
    wants: |_| 0,
    detect,
};

const PROGRAMS: &[&str] = &[".pex", ".pyz", ".shiv"];
const EGGS: &[&str] = &[".egg"];
const WHEELS: &[&str] = &[".whl"];

/// Caches, and the wheels that Python and virtualenv bring for new environments.
const CACHES: &[&[u8]] = &[b"/.cache/", b"/.pex/", b"/_bundled/", b"/wheels/embed/"];

/// Distributions in files; an image that holds more of them was made to hurt.
const MOST_INSIDE: usize = 100_000;

fn detect(scene: &Scene<'_>) -> Found {
    let fs = scene.fs;
    let base = super::app::base(scene);
    let mut found = Found::default();
    let mut wheels: BTreeMap<ImagePath, Vec<NodeId>> = BTreeMap::new();
    let mut inside = 0;
    for (path, file) in scene.archives() {
        let (file, name) = (*file, fs.name(*file));
        if !is_zipped(name) {
            continue;
        }
        let is_on_top = fs.layer_of(file) >= base;
        if is_below(path, CACHES) {
            continue;
        }
        if stem(name, WHEELS).is_some() {
            if is_on_top {
                wheels
                    .entry(fs.path(fs.parent(file)))
                    .or_default()
                    .push(file);
            }
            continue;
        }
        let zip = match scene.essence(file) {
            Some(Essence::Zip(zip)) => zip,
            _ => Zip::default(),
        };
        if zip.is_broken {
            found.malformed(path, "it has no list of contents that can be read");
            continue;
        }
        if stem(name, EGGS).is_some() {
            found.packages.push(egg(file, name, &zip));
            continue;
        }
        let outer = found.packages.len();
        found.packages.push(Package {
            name: text(stem(name, PROGRAMS).unwrap_or(name)),
            category: match is_on_top {
                true => Category::App,
                false => Category::LanguagePackages,
            },
            trees: vec![file],
            ..Package::default()
        });
        for dist in dists(&zip) {
            if inside == MOST_INSIDE {
                break;
            }
            inside += 1;
            let no = found.packages.len();
            found.packages[outer].requires.push(no);
            found.packages.push(Package {
                asked: Asked::ForOthers,
                inside: Some(outer),
                ..package(dist)
            });
        }
    }
    let left = wheels.into_iter().map(|(folder, files)| Package {
        name: format!("wheel files left behind ({folder})"),
        category: Category::Leftovers,
        trees: files,
        ..Package::default()
    });
    found.packages.extend(left);
    found
}

fn is_zipped(name: &[u8]) -> bool {
    [PROGRAMS, EGGS, WHEELS]
        .iter()
        .any(|suffixes| stem(name, suffixes).is_some())
}

/// Those in the program, and those of the wheels in it.
fn dists(zip: &Zip) -> impl Iterator<Item = &Named> {
    let inner = zip.nested.iter().filter_map(|inner| inner.zip.as_ref());
    zip.dists.iter().chain(inner.flat_map(|zip| &zip.dists))
}

/// A package that lies as one file where Python looks for packages. If nobody could
/// look into it, it is called like its file: `name-1.0-py3.8.egg`.
fn egg(file: NodeId, name: &[u8], zip: &Zip) -> Package {
    let told = match &*zip.dists {
        [dist] => package(dist),
        _ => {
            let stem = text(stem(name, EGGS).unwrap_or(name));
            let mut parts = stem.split('-').map(str::to_owned);
            Package {
                name: parts
                    .next()
                    .filter(|name| !name.is_empty())
                    .unwrap_or(stem.clone()),
                version: parts.next().unwrap_or_default(),
                ..Package::default()
            }
        }
    };
    Package {
        category: Category::LanguagePackages,
        trees: vec![file],
        ..told
    }
}

fn package(dist: &Named) -> Package {
    Package {
        name: dist.name.clone(),
        version: dist.version.clone(),
        category: Category::LanguagePackages,
        ..Package::default()
    }
}

fn text(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

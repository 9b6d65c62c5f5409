//! Components of Bitnami's images. What comes in is the SPDX document in each
//! component's folder below /opt/bitnami, and the older list of all of them; what
//! goes out is a package for each folder, and one for what they share.
//!
//! Facts: the prebuilt containers of github.com/bitnami/containers unpack
//! /opt/bitnami/NAME with `.spdx-NAME.spdx` (SPDX 2.3 as JSON, the component first in
//! `packages`), and until 2023 wrote `.bitnami_components.json`: by name an object
//! with `version`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Category, Detector, Finds, Found, Package, Scene};
use crate::layer::Candidate;
use crate::path::shown_text;
use crate::rootfs::{NodeId, NodeKind, Rootfs};

pub(super) const DETECTOR: Detector = Detector {
    id: "bitnami",
    finds: Finds::Packages,
    wants,
    detect,
};

const ROOT: &[u8] = b"opt/bitnami/";
const LIST: &[u8] = b".bitnami_components.json";
/// The document of a component with many parts has some 100 KB.
const LONGEST: u64 = 4 << 20;

/// What the components share: no component is in these.
const SHARED: [&[u8]; 3] = [b"common", b"licenses", b"scripts"];

#[derive(Deserialize)]
struct Document {
    packages: Vec<Component>,
}

#[derive(Deserialize)]
struct Component {
    name: String,
    #[serde(rename = "versionInfo", default)]
    version: String,
}

/// An entry of the list.
#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    version: String,
}

fn wants(file: &Candidate<'_>) -> u64 {
    let Some(path) = file.path.strip_prefix(ROOT) else {
        return 0;
    };
    if path == LIST || document_of(path).is_some() {
        LONGEST
    } else {
        0
    }
}

/// The folder whose document this is: `NAME/.spdx-NAME.spdx`.
fn document_of(path: &[u8]) -> Option<&[u8]> {
    let slash = path.iter().position(|&byte| byte == b'/')?;
    let (folder, name) = (&path[..slash], &path[slash + 1..]);
    let name = name.strip_prefix(b".spdx-")?.strip_suffix(b".spdx")?;
    (name == folder || !name.contains(&b'/')).then_some(folder)
}

fn detect(scene: &Scene<'_>) -> Found {
    let mut found = Found::default();
    let fs = scene.fs;
    let Some(root) = fs.find(ROOT) else {
        return found;
    };
    // By folder; its own document knows better than the list.
    let mut known: BTreeMap<Vec<u8>, (String, String)> = BTreeMap::new();
    for (path, _, text) in scene.kept() {
        let Some(path_here) = path.as_bytes().strip_prefix(ROOT) else {
            continue;
        };
        if path_here == LIST {
            match list(text) {
                Ok(entries) => entries.into_iter().for_each(|(name, entry)| {
                    let told = (name.clone(), entry.version);
                    known.entry(name.into_bytes()).or_insert(told);
                }),
                Err(why) => found.malformed(path, why),
            }
        } else if let Some(folder) = document_of(path_here) {
            match component(text) {
                Ok(told) => drop(known.insert(folder.to_vec(), told)),
                Err(why) => found.malformed(path, why),
            }
        }
    }
    for (folder, (name, version)) in known {
        let trees = trees(fs, root, &folder);
        if !name.is_empty() && !trees.is_empty() {
            found.packages.push(package(&name, &version, trees));
        }
    }
    if !found.packages.is_empty() {
        found
            .packages
            .push(package("bitnami scripts", "", vec![root]));
    }
    found
}

fn package(name: &str, version: &str, trees: Vec<NodeId>) -> Package {
    Package {
        name: shown_text(name).into_owned(),
        version: shown_text(version).into_owned(),
        category: Category::SystemPackages,
        trees,
        ..Package::default()
    }
}

/// A component's folder; of a small tool without one, the program.
fn trees(fs: &Rootfs, root: NodeId, folder: &[u8]) -> Vec<NodeId> {
    let own = fs.child(root, folder).filter(|_| !SHARED.contains(&folder));
    let own = own.filter(|&node| fs.kind(node) == NodeKind::Dir);
    let tool = || fs.child(fs.child(fs.child(root, b"common")?, b"bin")?, folder);
    own.or_else(tool).into_iter().collect()
}

fn component(text: &[u8]) -> Result<(String, String), String> {
    let wrong = || "it is no SPDX document in JSON with `packages`".to_owned();
    let document: Document = serde_json::from_slice(text).map_err(|_| wrong())?;
    let first = document.packages.into_iter().next().ok_or_else(wrong)?;
    Ok((first.name, first.version))
}

fn list(text: &[u8]) -> Result<BTreeMap<String, Entry>, String> {
    let wrong = "it is no JSON object of components with a `version`";
    serde_json::from_slice(text).map_err(|_| wrong.to_owned())
}

//! Formulae and casks of Homebrew. What comes in is the receipt in each keg; what goes
//! out is a package for each keg, and one for Homebrew itself.
//!
//! Facts: docs.brew.sh, "Formula Cookbook", Terminology (a keg is
//! `Cellar/NAME/VERSION`), and Library/Homebrew/tab.rb: `INSTALL_RECEIPT.json` with
//! `installed_on_request`, `installed_as_dependency` and `runtime_dependencies`, each
//! with `full_name` and `pkg_version`.

use std::collections::HashMap;

use serde::Deserialize;

use super::place::{find, patterns};
use super::{Asked, Category, Detector, Finds, Found, Package, Scene};
use crate::layer::Candidate;
use crate::path::shown;
use crate::rootfs::{NodeId, NodeKind, Rootfs};

pub(super) const DETECTOR: Detector = Detector {
    id: "brew",
    finds: Finds::Packages,
    wants,
    detect,
};

const CELLAR: &[u8] = b"Cellar";
const RECEIPT: &[u8] = b"INSTALL_RECEIPT.json";
/// Of a formula with 200 dependencies.
const LONGEST: u64 = 1 << 20;
/// The folders that Homebrew calls its own.
const PREFIXES: [&[u8]; 2] = [b".linuxbrew", b"homebrew"];

#[derive(Default, Deserialize)]
#[serde(default)]
struct Receipt {
    installed_on_request: Option<bool>,
    installed_as_dependency: Option<bool>,
    runtime_dependencies: Option<Vec<Dependency>>,
}

#[derive(Deserialize)]
struct Dependency {
    full_name: String,
    pkg_version: Option<String>,
}

/// A folder with a version of something.
struct Keg {
    node: NodeId,
    name: Vec<u8>,
    version: Vec<u8>,
}

fn wants(file: &Candidate<'_>) -> u64 {
    let mut parts = file.path.rsplit(|&byte| byte == b'/');
    let is_receipt = parts.next() == Some(RECEIPT) && parts.nth(2) == Some(CELLAR);
    if is_receipt { LONGEST } else { 0 }
}

fn detect(scene: &Scene<'_>) -> Found {
    let fs = scene.fs;
    let mut found = Found::default();
    let kegs = kegs(fs);
    // By name and version, and by name alone: the last, which is the newest mostly.
    let mut known: HashMap<(&[u8], Option<&[u8]>), usize> = HashMap::new();
    for (no, keg) in kegs.iter().enumerate() {
        known.insert((&keg.name, Some(&keg.version)), no);
        known.insert((&keg.name, None), no);
    }
    for keg in &kegs {
        let receipt = receipt(fs, keg, &mut found);
        let needed = receipt.runtime_dependencies.unwrap_or_default();
        let requires = needed.iter().filter_map(|needed| {
            // With the tap that it is from, where that is not Homebrew's own.
            let name = needed.full_name.rsplit('/').next()?.as_bytes();
            let version = needed.pkg_version.as_ref().map(String::as_bytes);
            known
                .get(&(name, version))
                .or_else(|| known.get(&(name, None)))
        });
        found.packages.push(Package {
            name: shown(&keg.name).into_owned(),
            version: shown(&keg.version).into_owned(),
            category: Category::SystemPackages,
            trees: vec![keg.node],
            requires: requires.copied().collect(),
            asked: match (
                receipt.installed_on_request,
                receipt.installed_as_dependency,
            ) {
                (Some(true), _) => Asked::ByName,
                (_, Some(true)) => Asked::ForOthers,
                _ => Asked::Unknown,
            },
            ..Package::default()
        });
    }
    let mut prefixes: Vec<NodeId> = kegs.iter().filter_map(|keg| prefix(fs, keg)).collect();
    prefixes.sort_unstable();
    prefixes.dedup();
    if !prefixes.is_empty() {
        found.packages.push(Package {
            name: "Homebrew".to_owned(),
            category: Category::SystemPackages,
            trees: prefixes,
            ..Package::default()
        });
    }
    found
}

/// Every keg and every version of a cask, in the order of paths.
fn kegs(fs: &Rootfs) -> Vec<Keg> {
    let all: Vec<_> = ["**/Cellar/*/*", "**/Caskroom/*/*"]
        .iter()
        .flat_map(|path| patterns(0, path))
        .collect();
    let mut nodes: Vec<NodeId> = find(fs, NodeId::ROOT, &all)
        .into_iter()
        .map(|hit| hit.node)
        .filter(|&node| fs.kind(node) == NodeKind::Dir)
        // `.metadata` of a cask is of all its versions.
        .filter(|&node| !fs.name(node).starts_with(b"."))
        .collect();
    nodes.sort_by_cached_key(|&node| fs.path(node));
    let keg = |node| Keg {
        node,
        name: fs.name(fs.parent(node)).to_vec(),
        version: fs.name(node).to_vec(),
    };
    nodes.into_iter().map(keg).collect()
}

fn receipt(fs: &Rootfs, keg: &Keg, found: &mut Found) -> Receipt {
    let file = fs.child(keg.node, RECEIPT);
    let Some((file, text)) = file.and_then(|file| Some((file, fs.read(file)?))) else {
        return Receipt::default();
    };
    serde_json::from_slice(text).unwrap_or_else(|_| {
        let why = "it is no receipt of Homebrew: a JSON object";
        found.malformed(&fs.path(file), why);
        Receipt::default()
    })
}

/// The folder of Homebrew that a keg is in, if it is Homebrew's alone.
fn prefix(fs: &Rootfs, keg: &Keg) -> Option<NodeId> {
    let prefix = (0..3).fold(keg.node, |at, _| fs.parent(at));
    PREFIXES.contains(&fs.name(prefix)).then_some(prefix)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::codec::Stream;
    use crate::layer::{Want, index_stream};
    use crate::source::Config;
    use crate::testkit::Case;

    #[test]
    fn receipts_tell_what_was_asked_for_and_what_it_needs() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/owner/brew");
        let keep = |file: &Candidate<'_>| Want::head(wants(file));
        let layers = Case::load(&root.join("linux.case"))
            .layers
            .iter()
            .map(|tar| {
                let stream = Stream::open(&tar[..], None, None).unwrap();
                Arc::new(index_stream(stream, &keep, &|_| {}).unwrap())
            })
            .collect();
        let fs = Rootfs::stack(layers, &mut |_, _| {}).unwrap();
        let config = Config::default();
        let packages = detect(&Scene::new(&fs, &config, 1)).packages;
        let told: Vec<_> = packages
            .iter()
            .map(|package| (&*package.name, package.asked, &*package.requires))
            .collect();
        assert_eq!(
            told,
            [
                ("font-hack", Asked::Unknown, &[][..]),
                ("jq", Asked::ByName, &[2]),
                ("oniguruma", Asked::ForOthers, &[]),
                ("Homebrew", Asked::Unknown, &[]),
            ]
        );
    }
}

//! Software that brings all it needs in one folder: snaps, flatpaks, and what vendors
//! unpack below /opt. What comes in is the tree; what goes out is a claim on each such
//! folder, with the version that its name or a file in it tells.
//!
//! A folder of /opt is a vendor's if the base image brought it, or if it tells a
//! version and the image's configuration does not start there. All else is left to
//! the app.
//!
//! Facts: snapcraft.io, "The snap format" (`meta/snap.yaml`); docs.flatpak.org, "Under
//! the hood" (`/var/lib/flatpak/app/ID`); the Filesystem Hierarchy Standard 3.0 on
//! /opt; JetBrains, `product-info.json`.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::place::{Claimed, Place, claim, place};
use super::{Category, Detector, Finds, Found, Scene};
use crate::layer::Candidate;
use crate::path::shown;
use crate::rootfs::{NodeId, NodeKind, Rootfs};

pub(super) const DETECTOR: Detector = Detector {
    id: "bundle",
    // What a package manager lists in /opt is nothing besides.
    finds: Finds::Places,
    wants,
    detect,
};

const PLACES: &[Place] = &[
    place("{} (snap)", Category::SystemPackages, &["snap/*"])
        .version_behind("*/meta/snap.yaml", &["\nversion: "]),
    place(
        "{} (flatpak)",
        Category::SystemPackages,
        &[
            "var/lib/flatpak/app/*",
            "var/lib/flatpak/runtime/*",
            "~/.local/share/flatpak/app/*",
            "~/.local/share/flatpak/runtime/*",
        ],
    ),
];

const SNAP: &[u8] = b"snap.yaml";
const PRODUCT: &[u8] = b"product-info.json";
/// Files that hold a version and nothing before it.
const PLAIN: [&[u8]; 3] = [b"VERSION", b"version", b"version.txt"];

/// `product-info.json` has 40 KB, the others less.
const LONGEST: u64 = 128 * 1024;
const LONGEST_VERSION: usize = 32;

#[derive(Deserialize)]
struct Product {
    version: String,
}

fn wants(file: &Candidate<'_>) -> u64 {
    // Asked of every file of an image.
    if !file.path.starts_with(b"opt/") && !file.path.starts_with(b"snap/") {
        return 0;
    }
    let mut parts = file.path.split(|&byte| byte == b'/');
    let top = parts.next();
    let below = parts.clone().count();
    let name = parts.next_back().unwrap_or_default();
    match top {
        // /opt/NAME/VERSION, /opt/VENDOR/NAME/VERSION.
        Some(b"opt") if (2..=3).contains(&below) && (PLAIN.contains(&name) || name == PRODUCT) => {
            LONGEST
        }
        Some(b"snap") if name == SNAP => LONGEST,
        _ => 0,
    }
}

fn detect(scene: &Scene<'_>) -> Found {
    let fs = scene.fs;
    let mut claims = Claimed::of(claim(scene, PLACES));
    let started = started(scene);
    let mut open: Vec<(NodeId, u32)> = fs.find("opt").map(|opt| (opt, 0)).into_iter().collect();
    while let Some((folder, depth)) = open.pop() {
        let children = fs.children(folder);
        let mut below: Vec<NodeId> = children.filter(|&n| fs.kind(n) == NodeKind::Dir).collect();
        below.sort_unstable_by_key(|&node| fs.name(node));
        for node in below {
            if started.contains(&node) && !brought_by_base(scene, node) {
                continue;
            }
            let told = by_name(fs.name(node)).or_else(|| {
                let version = by_file(fs, node)?;
                Some((fs.name(node), version))
            });
            let is_base = || depth == 0 && brought_by_base(scene, node);
            match told {
                Some((name, version)) => add(&mut claims, name, version, node),
                None if is_base() => add(&mut claims, fs.name(node), String::new(), node),
                None if depth == 0 => open.push((node, 1)),
                None => {}
            }
        }
    }
    claims.found
}

fn add(claims: &mut Claimed, name: &[u8], version: String, node: NodeId) {
    let name = format!("{} (/opt)", shown(name));
    claims.add(name, version, Category::SystemPackages, vec![node]);
}

/// The folders that the image's configuration starts in: the author's own.
fn started(scene: &Scene<'_>) -> BTreeSet<NodeId> {
    let config = scene.config;
    let words = config.entrypoint.iter().chain(&config.cmd);
    let words = words.filter(|word| word.starts_with('/'));
    let mut nodes = BTreeSet::new();
    for path in words.chain([&config.working_dir]) {
        let mut node = scene.fs.resolve(path);
        while let Some(at) = node.filter(|&at| at != NodeId::ROOT) {
            nodes.insert(at);
            node = Some(scene.fs.parent(at));
        }
    }
    nodes
}

/// Did the base image bring some of it? Not if that is the whole image.
fn brought_by_base(scene: &Scene<'_>, folder: NodeId) -> bool {
    let fs = scene.fs;
    let is_told = usize::from(scene.base) < fs.layers().len();
    let mut files = fs.files(folder);
    is_told && files.any(|(file, _)| fs.layer_of(file) < scene.base)
}

/// `kafka_2.13-3.6.0` and `spark-3.5.0-bin-hadoop3`: a version has a dot.
fn by_name(name: &[u8]) -> Option<(&[u8], String)> {
    let dash = name.iter().enumerate().skip(1).find(|&(at, &byte)| {
        let rest = &name[at + 1..];
        let rest = rest.strip_prefix(b"v").unwrap_or(rest);
        byte == b'-' && rest.first().is_some_and(u8::is_ascii_digit)
    });
    let at = dash?.0;
    let rest = &name[at + 1..];
    let version = rest.split(|&byte| byte == b'-').next()?;
    let version = version_of(version)?;
    version.contains('.').then_some((&name[..at], version))
}

/// What a file in a folder tells.
fn by_file(fs: &Rootfs, folder: NodeId) -> Option<String> {
    let read = |name: &[u8]| fs.read(fs.child(folder, name)?);
    let plain = PLAIN.iter().find_map(|name| version_of(read(name)?));
    plain.or_else(|| {
        let product: Product = serde_json::from_slice(read(PRODUCT)?).ok()?;
        version_of(product.version.as_bytes())
    })
}

/// The version that a text is, or begins with a line of.
fn version_of(text: &[u8]) -> Option<String> {
    let line = text.split(|&byte| byte == b'\n').next()?.trim_ascii();
    let number = line.strip_prefix(b"v").unwrap_or(line);
    let is_one = number.first().is_some_and(u8::is_ascii_digit)
        && number.len() <= LONGEST_VERSION
        && number
            .iter()
            .all(|&b| b.is_ascii_alphanumeric() || b".+-_".contains(&b));
    is_one.then(|| String::from_utf8_lossy(number).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_folders_hold_versions() {
        for (name, expected) in [
            ("kafka_2.13-3.6.0", Some(("kafka_2.13", "3.6.0"))),
            ("spark-3.5.0-bin-hadoop3", Some(("spark", "3.5.0"))),
            ("apache-tomcat-10.1.18", Some(("apache-tomcat", "10.1.18"))),
            ("tool-v1.2", Some(("tool", "1.2"))),
            ("app-2", None),
            ("app-", None),
            ("-1.2", None),
            ("x-1.\u{202e}", None),
            ("", None),
        ] {
            let found = by_name(name.as_bytes());
            let found = found.map(|(name, version)| (String::from_utf8_lossy(name), version));
            let found = found.as_ref().map(|(name, version)| (&**name, &**version));
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn what_is_no_version_is_none() {
        for text in [
            "",
            "\n9.4",
            "latest",
            "v",
            "1.2 beta",
            &"1".repeat(33),
            "1.\u{1b}[31m",
        ] {
            assert_eq!(version_of(text.as_bytes()), None, "{text}");
        }
        assert_eq!(
            version_of(b"v9.4.1\r\nbuilt today").as_deref(),
            Some("9.4.1")
        );
    }
}

//! One installation. What comes in is its `*.dist-info` or `*.egg-info`; what
//! goes out is its name, its version and the files that are its own.

use std::collections::BTreeSet;

use super::record::{lines, paths};
use super::{DIST_INFO, Scene};
use crate::owner::Malformed;
use crate::path::LONGEST_PATH;
use crate::rootfs::{NodeId, NodeKind, Rootfs};
use crate::units::Bytes;

/// One package where it is installed.
pub(super) struct Install<'s> {
    pub(super) name: String,
    pub(super) version: String,
    /// The folder where Python looks for its modules.
    pub(super) site: NodeId,
    /// What the installer wrote about it: a folder, or of distutils a file.
    pub(super) info: NodeId,
    /// The files that its list names.
    pub(super) listed: BTreeSet<NodeId>,
    /// Commands, and of a package without a list its modules: known by name alone.
    pub(super) named: Vec<NodeId>,
    /// What it says of itself, and of an egg what it requires.
    pub(super) headers: &'s [u8],
    pub(super) requires: &'s [u8],
    /// Did pip install it, and was it asked for by name?
    pub(super) is_by_pip: bool,
    pub(super) is_requested: bool,
}

/// Reads an installation; `None` if nothing is installed.
pub(super) fn read<'s>(scene: &Scene<'s>, info: NodeId) -> Result<Option<Install<'s>>, Malformed> {
    let fs = scene.fs;
    let egg = Some(fs.parent(info)).filter(|_| fs.name(info) == b"EGG-INFO");
    let site = fs.parent(egg.unwrap_or(info));
    let is_dist = fs.name(info).ends_with(DIST_INFO);
    let installer = fs.child(info, b"INSTALLER").and_then(|node| fs.read(node));
    // Packages of conda bring the same folder along; its own records tell more.
    if installer.is_some_and(|name| name.trim_ascii() == b"conda") {
        return Ok(None);
    }
    let (metadata, list) = if is_dist {
        (fs.child(info, b"METADATA"), fs.child(info, b"RECORD"))
    } else if fs.kind(info) == NodeKind::Dir {
        let list = fs.child(info, b"installed-files.txt");
        // Setuptools leaves the same folder beside a source tree that it builds.
        if list.is_none() && egg.is_none() && !fs.name(site).ends_with(b"-packages") {
            return Ok(None);
        }
        (fs.child(info, b"PKG-INFO"), list)
    } else {
        (Some(info), None)
    };
    let Some(head) = metadata.and_then(|node| fs.read(node)) else {
        return Err(malformed(fs, info, "it has no metadata"));
    };
    let Some((name, version)) = name_and_version(head) else {
        return Err(malformed(
            fs,
            metadata.unwrap_or(info),
            "it names no package",
        ));
    };
    let text = |name: &[u8]| fs.child(info, name).and_then(|node| fs.read(node));
    let installer = installer.unwrap_or_default().trim_ascii();
    let mut named = scripts(scene, site, text(b"entry_points.txt").unwrap_or_default());
    named.extend(egg);
    let listed = match list {
        None if egg.is_some() => BTreeSet::new(),
        Some(list) => listed(scene, list, if is_dist { site } else { info })?,
        None => {
            let module = name.to_lowercase().replace('-', "_");
            let tops = text(b"top_level.txt").unwrap_or(module.as_bytes());
            named.extend(lines(tops).flat_map(|top| modules(fs, site, top)));
            BTreeSet::new()
        }
    };
    Ok(Some(Install {
        name,
        version,
        site,
        info,
        listed,
        named,
        headers: headers(head),
        requires: text(b"requires.txt").unwrap_or_default(),
        is_by_pip: installer == b"pip",
        is_requested: fs.child(info, b"REQUESTED").is_some(),
    }))
}

fn malformed(fs: &Rootfs, node: NodeId, why: impl Into<String>) -> Malformed {
    Malformed {
        path: fs.path(node),
        why: why.into(),
    }
}

/// They end at the first line with nothing in it; licenses may hold lines of spaces.
fn headers(metadata: &[u8]) -> &[u8] {
    let mut end = 0;
    for line in metadata.split_inclusive(|&byte| byte == b'\n') {
        if matches!(line, b"\n" | b"\r\n") {
            break;
        }
        end += line.len();
    }
    &metadata[..end]
}

/// The headers of that name; the description behind the first empty line may
/// look like headers too.
fn name_and_version(metadata: &[u8]) -> Option<(String, String)> {
    let value = |name: &[u8]| {
        metadata
            .split(|&byte| byte == b'\n')
            .map(<[u8]>::trim_ascii_end)
            .take_while(|line| !line.is_empty())
            .find_map(|line| {
                let colon = line.iter().position(|&byte| byte == b':')?;
                let (key, value) = line.split_at(colon);
                let value = value.get(1..)?.trim_ascii();
                key.eq_ignore_ascii_case(name)
                    .then(|| String::from_utf8_lossy(value).into_owned())
            })
    };
    let name = value(b"Name").filter(|name| !name.is_empty())?;
    Some((name, value(b"Version").unwrap_or_default()))
}

/// The files that a list names, from the folder that its paths start in.
fn listed(scene: &Scene<'_>, list: NodeId, start: NodeId) -> Result<BTreeSet<NodeId>, Malformed> {
    let fs = scene.fs;
    let text = fs.read(list).unwrap_or_default();
    let size = fs.body_of(list).map(|body| fs.body(body).size);
    if size.is_some_and(|size| size > Bytes(text.len() as u64)) {
        return Err(malformed(fs, list, "it is too large to be read"));
    }
    let start = fs.path(start);
    let mut files = BTreeSet::new();
    let mut add = |path: &[u8]| {
        let path = match path {
            // No file has a longer name, and a list of only one path could be long.
            _ if path.len() > LONGEST_PATH => return,
            [b'/', ..] => path.to_vec(),
            _ => [start.as_bytes(), path].join(&b'/'),
        };
        files.extend(scene.file(path));
    };
    if fs.name(list) == b"RECORD" {
        for path in paths(text) {
            add(&path.map_err(|why| malformed(fs, list, why))?);
        }
    } else {
        lines(text).for_each(add);
    }
    Ok(files)
}

/// A module or package of that name, and the folder into which auditwheel
/// puts its libraries.
fn modules(fs: &Rootfs, site: NodeId, name: &[u8]) -> impl Iterator<Item = NodeId> {
    let find = move |suffix: &[u8], kind| {
        fs.child(site, &[name, suffix].concat())
            .filter(|&node| fs.kind(node) == kind)
    };
    [
        find(b"", NodeKind::Dir),
        find(b".libs", NodeKind::Dir),
        find(b".py", NodeKind::File),
    ]
    .into_iter()
    .flatten()
}

/// The commands of `entry_points.txt`: beside the interpreter, or where
/// `pip install --target` puts them.
fn scripts(scene: &Scene<'_>, site: NodeId, entry_points: &[u8]) -> Vec<NodeId> {
    let site = scene.fs.path(site);
    let mut in_scripts = false;
    let mut found = Vec::new();
    for line in lines(entry_points) {
        if line.starts_with(b"[") {
            in_scripts = matches!(line, b"[console_scripts]" | b"[gui_scripts]");
            continue;
        }
        let name = line.split(|&byte| byte == b'=').next().unwrap_or_default();
        let name = name.trim_ascii();
        if in_scripts && !name.contains(&b'/') && name.len() <= LONGEST_PATH {
            for folder in [&b"../../../bin"[..], b"bin"] {
                found.extend(scene.file([site.as_bytes(), folder, name].join(&b'/')));
            }
        }
    }
    found
}

//! Packages of R. What comes in is the `DESCRIPTION` of each installed package; what
//! goes out is a package for each, with its folder and what it needs.
//!
//! Facts: "Writing R Extensions", The DESCRIPTION file and Package dependencies;
//! "R Administration", Managing libraries; tools, `R_HOME/library/<package>/Meta`.

use std::collections::HashMap;

use super::{Category, Detector, Finds, Found, Package, Scene};
use crate::layer::Candidate;
use crate::rootfs::{NodeId, Rootfs};

pub(super) const DETECTOR: Detector = Detector {
    id: "cran",
    finds: Finds::Packages,
    wants,
    detect,
};

const MOST: u64 = 256 << 10;

fn wants(file: &Candidate<'_>) -> u64 {
    if file.path.ends_with(b"/DESCRIPTION") {
        MOST
    } else {
        0
    }
}

fn detect(scene: &Scene<'_>) -> Found {
    let fs = scene.fs;
    let mut found = Found::default();
    let mut needs = Vec::new();
    let mut in_library: HashMap<(NodeId, String), usize> = HashMap::new();
    let mut anywhere: HashMap<String, usize> = HashMap::new();
    for (path, file, text) in scene.kept() {
        let folder = fs.parent(file);
        if fs.name(file) != b"DESCRIPTION" || !is_installed(fs, folder) {
            continue;
        }
        let Some(name) = field(text, "Package").filter(|name| !name.is_empty()) else {
            found.malformed(path, "it names no package");
            continue;
        };
        let no = found.packages.len();
        let library = fs.parent(folder);
        in_library.entry((library, name.clone())).or_insert(no);
        anywhere.entry(name.clone()).or_insert(no);
        needs.push((library, needed(text)));
        found.packages.push(Package {
            name,
            version: field(text, "Version").unwrap_or_default(),
            category: match field(text, "Priority").as_deref() {
                Some("base") => Category::LanguageRuntime,
                _ => Category::LanguagePackages,
            },
            trees: vec![folder],
            ..Package::default()
        });
    }
    for (package, (library, needs)) in found.packages.iter_mut().zip(needs) {
        let find = |name: String| {
            let there = anywhere.get(&name).copied();
            in_library.get(&(library, name)).copied().or(there)
        };
        package.requires = needs.into_iter().filter_map(find).collect();
    }
    found
}

/// The source of a package has a `DESCRIPTION` too, but not what R makes of it.
fn is_installed(fs: &Rootfs, folder: NodeId) -> bool {
    let meta = fs.child(folder, b"Meta");
    meta.is_some_and(|meta| fs.child(meta, b"package.rds").is_some())
}

/// What must be there when the package is loaded; `R` itself is no package.
fn needed(text: &[u8]) -> Vec<String> {
    let fields = ["Depends", "Imports"].into_iter();
    let lists = fields.filter_map(|name| field(text, name));
    let mut needed = Vec::new();
    for list in lists {
        let names = list.split(',').filter_map(|item| {
            // `rlang (>= 1.0)`.
            item.split(['(', ' ', '\n', '\t'])
                .find(|word| !word.is_empty())
        });
        needed.extend(names.filter(|&name| name != "R").map(str::to_owned));
    }
    needed
}

/// The value of a field: lines that begin with a space go on with it.
fn field(text: &[u8], name: &str) -> Option<String> {
    let mut lines = text.split(|&byte| byte == b'\n');
    let first = lines.find_map(|line| line.strip_prefix(name.as_bytes())?.strip_prefix(b":"))?;
    let more = lines.take_while(|line| matches!(line, [b' ' | b'\t', ..]));
    let mut value = String::from_utf8_lossy(first).into_owned();
    for line in more {
        value.push('\n');
        value.push_str(&String::from_utf8_lossy(line));
    }
    Some(value.trim().to_owned())
}

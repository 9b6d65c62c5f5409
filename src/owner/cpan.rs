//! Distributions of Perl. What comes in is the `.packlist` of each, and what `cpanm`
//! keeps of it in `.meta`; what goes out is a package for each, with the files that
//! its list names.
//!
//! A list lies in `auto/Foo/Bar` for the module `Foo::Bar`; the distribution can have
//! another name, which only `.meta` tells. Perl's own list lies in no `auto`, and Perl
//! is a runtime. Without `.meta` the version is in `perllocal.pod`.
//!
//! Facts: perldoc ExtUtils::Packlist (the list), ExtUtils::Install and
//! ExtUtils::Command::MM (`perllocal.pod`), CPAN::Meta::Spec (`MYMETA.json`); the
//! sources of App::cpanminus, `save_meta` (`install.json`).

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{Category, Detector, Finds, Found, Package, Scene};
use crate::layer::Candidate;
use crate::path::LONGEST_PATH;
use crate::rootfs::{NodeId, Rootfs};

pub(super) const DETECTOR: Detector = Detector {
    id: "cpan",
    finds: Finds::Packages,
    wants,
    detect,
};

const LIST: u64 = 8 << 20;
const META: u64 = 4 << 20;

fn wants(file: &Candidate<'_>) -> u64 {
    let mut parts = file.path.rsplit(|&byte| byte == b'/');
    match parts.next() {
        Some(b".packlist") => LIST,
        Some(b"perllocal.pod") => META,
        Some(b"install.json" | b"MYMETA.json") if parts.nth(1) == Some(b".meta") => META,
        _ => 0,
    }
}

fn detect(scene: &Scene<'_>) -> Found {
    let fs = scene.fs;
    let mut found = Found::default();
    let mut metas: HashMap<String, Vec<Meta>> = HashMap::new();
    let mut lists = Vec::new();
    let mut versions = HashMap::new();
    for (path, file, text) in scene.kept() {
        match fs.name(file) {
            b".packlist" => lists.extend(module(fs, file).map(|module| (file, module))),
            b"perllocal.pod" => local_versions(text, &mut versions),
            b"install.json" if is_meta(fs, file) => match Meta::read(fs, file, text) {
                Some(meta) => metas.entry(meta.module.clone()).or_default().push(meta),
                None => found.malformed(path, "it tells of no distribution"),
            },
            _ => {}
        }
    }
    let mut needs = Vec::new();
    let mut provided: HashMap<String, usize> = HashMap::new();
    for (list, module) in lists {
        let meta = metas
            .get_mut(&module)
            .and_then(|metas| nearest(fs, metas, list));
        let no = found.packages.len();
        provided.entry(module.clone()).or_insert(no);
        let mut package = Package {
            category: Category::LanguagePackages,
            files: files(scene, list),
            ..Package::default()
        };
        match meta {
            Some(meta) => {
                (package.name, package.version) = (meta.name, meta.version);
                package.trees.push(meta.folder);
                for module in meta.provides {
                    provided.entry(module).or_insert(no);
                }
                needs.push(meta.needs);
            }
            None => {
                package.name = module.replace("::", "-");
                package.version = versions.get(&module).cloned().unwrap_or_default();
                needs.push(Vec::new());
            }
        }
        found.packages.push(package);
    }
    for (package, needs) in found.packages.iter_mut().zip(needs) {
        package.requires = needs
            .iter()
            .filter_map(|module| provided.get(module).copied())
            .collect();
    }
    found
}

/// `Foo::Bar`, of `auto/Foo/Bar/.packlist`.
fn module(fs: &Rootfs, list: NodeId) -> Option<String> {
    let mut parts = Vec::new();
    let mut at = fs.parent(list);
    while fs.name(at) != b"auto" {
        if at == NodeId::ROOT || parts.len() > DEEPEST {
            return None;
        }
        parts.push(String::from_utf8_lossy(fs.name(at)));
        at = fs.parent(at);
    }
    parts.reverse();
    (!parts.is_empty()).then(|| parts.join("::"))
}

/// No module has so long a name.
const DEEPEST: usize = 32;

/// What a list names and is there, and the list. Behind a path there may be
/// attributes: `/usr/bin/x type=file`.
fn files(scene: &Scene<'_>, list: NodeId) -> Vec<NodeId> {
    let text = scene.fs.read(list).unwrap_or_default();
    let mut files = vec![list];
    for line in text.split(|&byte| byte == b'\n') {
        let attributes = line
            .windows(6)
            .position(|part| part == b" type=" || part == b" from=");
        let path = line[..attributes.unwrap_or(line.len())].trim_ascii();
        if path.starts_with(b"/") && path.len() <= LONGEST_PATH {
            files.extend(scene.file(path));
        }
    }
    files
}

fn is_meta(fs: &Rootfs, file: NodeId) -> bool {
    fs.name(fs.parent(fs.parent(file))) == b".meta"
}

/// What cpanm keeps of a distribution.
struct Meta {
    folder: NodeId,
    name: String,
    version: String,
    module: String,
    provides: Vec<String>,
    needs: Vec<String>,
}

impl Meta {
    fn read(fs: &Rootfs, file: NodeId, text: &[u8]) -> Option<Meta> {
        let install: Map<String, Value> = serde_json::from_slice(text).ok()?;
        let folder = fs.parent(file);
        let mymeta = fs.child(folder, b"MYMETA.json");
        let mymeta = mymeta.and_then(|file| fs.read(file)).unwrap_or_default();
        // It may be absent, or Perl's own looser JSON: then nothing is needed.
        let mymeta: Value = serde_json::from_slice(mymeta).unwrap_or_default();
        // The version alone can be a number, which has lost its last zeros.
        let (name, version) = install.get("dist")?.as_str()?.rsplit_once('-')?;
        let module = install.get("name")?.as_str()?;
        let keys = |value: Option<&Value>| -> Vec<String> {
            let map = value.and_then(Value::as_object);
            map.map(|map| map.keys().cloned().collect())
                .unwrap_or_default()
        };
        (!name.is_empty()).then(|| Meta {
            folder,
            name: name.to_owned(),
            version: version.to_owned(),
            module: module.to_owned(),
            provides: keys(install.get("provides")),
            needs: keys(mymeta.pointer("/prereqs/runtime/requires")),
        })
    }
}

/// Takes the metadata that shares the most folders with a list: `.meta` and `auto`
/// can lie in different folders, and of several installations each has its own.
fn nearest(fs: &Rootfs, metas: &mut Vec<Meta>, list: NodeId) -> Option<Meta> {
    let list = fs.path(list);
    let shared = |meta: &Meta| {
        let path = fs.path(meta.folder);
        let pairs = path.parts().zip(list.parts());
        pairs.take_while(|(one, other)| one == other).count()
    };
    // The last of equals: an older version keeps its metadata.
    let (no, _) = metas
        .iter()
        .enumerate()
        .max_by_key(|(_, meta)| shared(meta))?;
    Some(metas.swap_remove(no))
}

/// The versions of modules in `perllocal.pod`, to which every `make install` adds.
fn local_versions(text: &[u8], versions: &mut HashMap<String, String>) {
    let text = String::from_utf8_lossy(text);
    let mut module = None;
    for line in text.lines() {
        if line.starts_with("=head2 ") {
            let link = line.split_once("C<Module> L<").map(|(_, link)| link);
            module = link.and_then(|link| link.split(['|', '>']).next());
        } else if let (Some(module), Some(version)) = (module, line.strip_prefix("C<VERSION: ")) {
            let version = version.trim_end_matches('>');
            versions.insert(module.to_owned(), version.to_owned());
        }
    }
}

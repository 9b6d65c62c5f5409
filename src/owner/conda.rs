//! Packages of conda, mamba and pixi. What comes in is each `conda-meta/*.json`; what
//! goes out is a package for each, with the files that it lists below its prefix.
//!
//! Installers link files of their cache `pkgs` into the prefix. A listed file is the
//! package's, whatever other names it has: only what no prefix uses is the cache's.
//!
//! Facts: docs.conda.io, "Package metadata" and "conda-meta"; the conda sources,
//! `PrefixRecord` (the record) and `History` (which specs somebody asked for).

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use serde_json::Value;

use super::{Asked, Category, Detector, Finds, Found, Package, Scene};
use crate::layer::Candidate;
use crate::path::LONGEST_PATH;
use crate::rootfs::NodeId;

pub(super) const DETECTOR: Detector = Detector {
    id: "conda",
    finds: Finds::Packages,
    wants,
    detect,
};

const FOLDER: &[u8] = b"conda-meta";
/// A record lists every file twice, the second time with its sums.
const RECORD: u64 = 64 << 20;
const HISTORY: u64 = 4 << 20;

/// Interpreters and virtual machines, as channels call them.
const RUNTIMES: &[&str] = &[
    "dart",
    "deno",
    "dotnet",
    "dotnet-runtime",
    "elixir",
    "erlang",
    "go",
    "graalpy",
    "julia",
    "lua",
    "luajit",
    "mono",
    "nodejs",
    "openjdk",
    "perl",
    "php",
    "pypy",
    "python",
    "r-base",
    "ruby",
    "rust",
];

fn wants(file: &Candidate<'_>) -> u64 {
    let mut parts = file.path.rsplit(|&byte| byte == b'/');
    match (parts.next(), parts.next()) {
        (Some(b"history"), Some(FOLDER)) => HISTORY,
        (Some(name), Some(FOLDER)) if name.ends_with(b".json") => RECORD,
        _ => 0,
    }
}

/// What a record says; of other fields nothing is read.
#[derive(Deserialize)]
struct Record<'t> {
    name: String,
    #[serde(default)]
    version: String,
    #[serde(borrow)]
    files: Vec<Cow<'t, str>>,
    #[serde(default)]
    depends: Vec<String>,
    /// What somebody asked for; `None`, as Python writes it, if nobody did.
    #[serde(default)]
    requested_spec: Value,
    /// The same, of newer installers.
    #[serde(default)]
    requested_specs: Value,
}

fn detect(scene: &Scene<'_>) -> Found {
    let fs = scene.fs;
    let mut found = Found::default();
    let mut needs = Vec::new();
    let mut known: HashMap<(NodeId, String), usize> = HashMap::new();
    let mut asked: HashSet<(NodeId, String)> = HashSet::new();
    for (path, file, text) in scene.kept() {
        let meta = fs.parent(file);
        let prefix = fs.parent(meta);
        if fs.name(meta) != FOLDER {
            continue;
        }
        if fs.name(file) == b"history" {
            asked.extend(asked_for(text).map(|name| (prefix, name)));
        }
        // `state` and other files of settings are no records.
        if !fs.name(file).ends_with(b".json") {
            continue;
        }
        let record: Record<'_> = match serde_json::from_slice(text) {
            Ok(record) => record,
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                let why = format!("it is no record: line {line}, column {column}");
                found.malformed(path, why);
                continue;
            }
        };
        if record.name.is_empty() {
            found.malformed(path, "it names no package");
            continue;
        }
        let key = (prefix, record.name.clone());
        if is_spec(&record.requested_spec) || is_spec(&record.requested_specs) {
            asked.insert(key.clone());
        }
        known.entry(key).or_insert(found.packages.len());
        needs.push((prefix, record.depends));
        found.packages.push(Package {
            category: category(&record.name),
            files: files(scene, prefix, file, &record.files),
            name: record.name,
            version: record.version,
            ..Package::default()
        });
    }
    let told: HashSet<NodeId> = asked.iter().map(|(prefix, _)| *prefix).collect();
    for (package, (prefix, depends)) in found.packages.iter_mut().zip(needs) {
        let needed = depends
            .iter()
            .filter_map(|spec| known.get(&(prefix, name_of(spec))));
        package.requires = needed.copied().collect();
        package.asked = match told.contains(&prefix) {
            false => Asked::Unknown,
            true if asked.contains(&(prefix, package.name.clone())) => Asked::ByName,
            true => Asked::ForOthers,
        };
    }
    found
}

fn category(name: &str) -> Category {
    // `pypy3.9` is another package than `pypy3.8`.
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    match RUNTIMES.contains(&name) {
        true => Category::LanguageRuntime,
        false => Category::LanguagePackages,
    }
}

/// What the record names below its prefix and is there, and the record.
fn files(scene: &Scene<'_>, prefix: NodeId, record: NodeId, names: &[Cow<'_, str>]) -> Vec<NodeId> {
    let prefix = scene.fs.path(prefix);
    let paths = names
        .iter()
        .filter(|name| name.len() <= LONGEST_PATH && !name.split('/').any(|part| part == ".."))
        .map(|name| [prefix.as_bytes(), name.as_bytes()].join(&b'/'));
    paths
        .filter_map(|path| scene.file(path))
        .chain([record])
        .collect()
}

fn is_spec(value: &Value) -> bool {
    match value {
        Value::String(spec) => !spec.is_empty() && spec != "None",
        Value::Array(specs) => specs.iter().any(is_spec),
        _ => false,
    }
}

/// The name of a spec: `numpy >=1.2`, `conda-forge/linux-64::numpy=1.2`.
fn name_of(spec: &str) -> String {
    let spec = spec.rsplit_once("::").map_or(spec, |(_, spec)| spec);
    let end = spec.find([' ', '=', '<', '>', '!', '~', '[']);
    spec[..end.unwrap_or(spec.len())].to_lowercase()
}

/// The names in the lines of a history that tell what somebody asked for:
/// `# update specs: ['python=3.11', 'pip']`. What was removed is not there, whatever
/// was asked for earlier.
fn asked_for(history: &[u8]) -> impl Iterator<Item = String> {
    let lines = history.split(|&byte| byte == b'\n');
    let specs = lines.filter_map(|line| {
        let (what, specs) = std::str::from_utf8(line.strip_prefix(b"# ")?)
            .ok()?
            .split_once("specs:")?;
        matches!(what.trim(), "" | "create" | "install" | "update").then_some(specs)
    });
    specs.flat_map(|specs| {
        // A list of Python's, or of older installers words with commas.
        let words = specs.split([',', '"', '\'', '[', ']']).map(str::trim);
        words
            .filter(|word| word.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
            .map(name_of)
    })
}

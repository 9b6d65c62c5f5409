//! Archives of the zip kind: jars, wheels, Python programs in one file, the packages
//! of Yarn. What comes in is the archive; what goes out is what it says of itself and
//! of the archives in it.
//!
//! Facts: APPNOTE.TXT 6.3.9 of PKWARE; docs.oracle.com, "JAR File Specification";
//! maven.apache.org, "Apache Maven Archiver" (`pom.properties`); docs.spring.io,
//! "The Executable Jar Format"; PyPA, "Binary distribution format"; docs.python.org,
//! `zipapp`, by which a line `#!` may stand before the archive.

mod read;
mod text;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Essence;
use crate::layer::{Distiller, Sample};
use read::{Limits, Part};

pub(super) static DISTILLER: Distiller = Distiller {
    magic: &[&MAGIC, b"#!"],
    whole: 128 << 20,
    boil,
};

const MAGIC: [u8; 4] = *b"PK\x03\x04";

/// What the names of such archives end with.
const SUFFIXES: &[&str] = &[
    ".jar", ".war", ".ear", ".par", ".hpi", ".jpi", ".whl", ".egg", ".pex", ".pyz", ".shiv",
];

/// An archive.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Zip {
    /// What the manifest of a jar says of it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub manifest: BTreeMap<String, String>,
    /// The artifacts of Maven that are in it, itself among them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub poms: Vec<Named>,
    /// The distributions of Python in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dists: Vec<Named>,
    /// The packages of npm in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<Named>,
    /// The archives in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nested: Vec<Nested>,
    /// There is more in it than is said here.
    #[serde(skip_serializing_if = "is_false")]
    pub is_cut: bool,
    /// It begins like an archive and is none.
    #[serde(skip_serializing_if = "is_false")]
    pub is_broken: bool,
}

/// A package that an archive holds.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Named {
    /// The group of an artifact of Maven.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// As its ecosystem spells it.
    pub name: String,
    /// As its ecosystem spells it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// What its files take in the archive, where it has a folder of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packed: Option<u64>,
}

/// An archive in an archive.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Nested {
    /// Where it is.
    pub path: String,
    /// What it takes there.
    pub packed: u64,
    /// What it holds, if it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zip: Option<Zip>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// Is a file of this path such an archive? A `.zip` is only in the cache of Yarn.
pub(super) fn is_archive(path: &[u8]) -> bool {
    // Asked of every file of an image: few names end so.
    let end = &path[path.len().saturating_sub(5)..];
    if !end.contains(&b'.') {
        return false;
    }
    let in_cache = || path.windows(12).any(|part| part == b".yarn/cache/");
    SUFFIXES.iter().any(|suffix| ends_with(path, suffix)) || ends_with(path, ".zip") && in_cache()
}

fn ends_with(path: &[u8], suffix: &str) -> bool {
    let start = path.len().checked_sub(suffix.len());
    start.is_some_and(|start| path[start..].eq_ignore_ascii_case(suffix.as_bytes()))
}

fn boil(sample: &mut Sample<'_>) -> Option<Vec<u8>> {
    let size = sample.size();
    let is_plain = sample.at(0, MAGIC.len())? == MAGIC;
    let limits = Limits::default();
    let zip = match read::archive(Part::new(sample, 0, size, &limits), &limits, 0) {
        Some(zip) => zip,
        // A script, or the list of contents lies where nothing is visible.
        None if !is_plain || size > DISTILLER.whole => return None,
        None => Zip {
            is_broken: true,
            ..Zip::default()
        },
    };
    Essence::Zip(zip).write()
}

#[cfg(test)]
mod tests;

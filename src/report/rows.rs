//! The rows of a report: each is one object of the JSON.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::advice::Edit;
pub use crate::advice::Saving;
use crate::owner::{AppKind, Category, Parts};
use crate::rootfs::Cause;
use crate::units::Bytes;

/// Which image a report is about.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ImageRow {
    /// Its tag where it has one, else the name of its file.
    pub name: String,
    /// The door that it came through, and the place behind it.
    pub source: String,
    /// The manifest's digest; the config's (the image ID) where there is no manifest.
    pub digest: String,
    /// OS/ARCH or OS/ARCH/VARIANT; null if the image does not say.
    pub platform: Option<String>,
    /// Was every layer read in full and found to be what its digest promises?
    pub verified: bool,
    /// How the base layers are known; `none` where nothing tells. The same as
    /// `base.evidence`.
    pub base_evidence: String,
    /// What the image stands on; null where nothing tells.
    pub base: Option<BaseRow>,
}

/// The base image.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct BaseRow {
    /// What it is called; null if nothing tells.
    pub name: Option<String>,
    /// How the name is known; null where there is none. It may be known otherwise
    /// than the boundary is.
    pub name_evidence: Option<String>,
    /// Of its manifest or index, where it is stated; the image ID of a given base that
    /// has no manifest.
    pub digest: Option<String>,
    /// How many layers came with it: the lowest.
    pub layers: usize,
    /// How the layers are known: `given` by the user; `annotation`, `label`,
    /// `buildpacks`, `provenance`; `history`; `os-in-first-layer`.
    pub evidence: String,
    /// How sure the boundary is: `exact`, `high`, `medium` or `low`.
    pub confidence: String,
    /// The operating system that it brings, in its own words; null if nothing tells.
    pub os: Option<String>,
}

/// The accounts of the whole image.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// File contents that the layers store: hard links and directories 0, sparse
    /// files by their logical size.
    pub stored: Bytes,
    /// Of these, in the final filesystem, each inode once.
    pub live: Bytes,
    /// Of these, overwritten or deleted by a later layer.
    pub lost: Bytes,
    /// Tar headers, padding and end markers, uncompressed: the sum of the layers'.
    pub overhead: Bytes,
    /// The blobs, as a registry sends them.
    pub download: Bytes,
    /// What the tar overhead takes of that.
    pub download_overhead: Bytes,
    /// Regular files in the final filesystem, each inode once.
    pub files: u64,
    /// Members of all layers' tars; extension headers are none.
    pub entries: u64,
    /// Names of regular files in the final filesystem: hard links count each.
    pub file_names: u64,
    /// All paths in the final filesystem but the root.
    pub paths: u64,
    /// Live bytes that are copies of others: the sum of `duplicates.reclaimable`.
    #[serde(default)]
    pub duplicated: Bytes,
}

/// The account of one category.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CategoryRow {
    /// Which.
    pub id: Category,
    /// Bytes in the final filesystem.
    pub live: Bytes,
    /// Bytes that were of this category when they were written, and are lost.
    pub lost: Bytes,
    /// The download of the live bytes.
    pub download: Bytes,
    /// The download of the lost bytes.
    pub download_lost: Bytes,
    /// Live files, each inode once.
    pub files: u64,
}

/// One package.
#[derive(Debug, Default, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PackageRow {
    /// `dpkg`, `apk`, `rpm`, `pip`, `npm` …
    pub ecosystem: String,
    /// As its ecosystem spells it.
    pub name: String,
    /// As its ecosystem spells it.
    pub version: String,
    /// Where its bytes count.
    pub category: Category,
    /// The family that people speak of; null where there is none.
    pub family: Option<String>,
    /// Is it installed in the final filesystem?
    pub installed: bool,
    /// Bytes in the final filesystem.
    pub live: Bytes,
    /// Bytes that were its own when they were written, and are lost.
    pub lost: Bytes,
    /// The download of the live bytes.
    pub download: Bytes,
    /// The download of the lost bytes.
    pub download_lost: Bytes,
    /// Live files, each inode once.
    pub files: u64,
    /// The layer that stores most of it; null if it owns nothing.
    pub layer: Option<usize>,
    /// The live bytes by layer, lowest first; what a layer has none of is left out.
    #[serde(default)]
    pub by_layer: Vec<LayerShare>,
    /// The live bytes by what the files are for.
    #[serde(default)]
    pub parts: Parts,
    /// The package in whose files it is, as in `lost.owner`; it owns no bytes itself.
    /// Null for most.
    #[serde(default)]
    pub inside: Option<String>,
    /// Was it asked for by name (true), or did it come along with others (false)?
    /// Null where nobody wrote that down.
    #[serde(default)]
    pub asked: Option<bool>,
    /// The installed packages that it does not work without, as in `lost.owner`.
    #[serde(default)]
    pub requires: Vec<String>,
    /// The live bytes that would go with it: its own, and those of what only it needs.
    #[serde(default)]
    pub retained: Bytes,
}

/// The account of a family.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct FamilyRow {
    /// What people call it.
    pub name: String,
    /// How many of its packages are installed, or were.
    pub packages: usize,
    /// Bytes in the final filesystem.
    pub live: Bytes,
    /// Bytes that were its own when they were written, and are lost.
    pub lost: Bytes,
    /// The download of the live bytes.
    pub download: Bytes,
    /// The download of the lost bytes.
    pub download_lost: Bytes,
}

/// A content over 4 KiB that the final filesystem has more than once.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DuplicateRow {
    /// What one of them weighs.
    pub bytes: Bytes,
    /// How many there are; hard links are one.
    pub copies: usize,
    /// All but one of them.
    pub reclaimable: Bytes,
    /// Where they are; the first ten by name.
    pub paths: Vec<String>,
    /// Whose they are, as in `lost.owner`; each once, of the files in `paths`.
    pub owners: Vec<String>,
}

/// Something that is there several times, each time a little different.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RepeatedRow {
    /// `package`: in several versions, or from several package managers; `library`:
    /// inside several packages; `interpreter`: of one language.
    pub kind: String,
    /// What people call it.
    pub name: String,
    /// The largest first.
    pub copies: Vec<RepeatedCopy>,
    /// All but the largest: the most that one of them would save.
    pub reclaimable: Bytes,
}

/// One of several.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RepeatedCopy {
    /// Whose, as in `lost.owner`.
    pub owner: String,
    /// The file, of a library or an interpreter.
    pub path: Option<String>,
    /// Its live bytes.
    pub live: Bytes,
}

/// What of the live bytes of a package or a place a layer stores.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LayerShare {
    /// Base layer 0.
    pub layer: usize,
    /// Bytes in the final filesystem.
    pub live: Bytes,
    /// The download of these.
    #[serde(default)]
    pub download: Bytes,
}

/// Something that owns bytes and is no package.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PlaceRow {
    /// What it is.
    pub name: String,
    /// Its version, where it has one.
    pub version: String,
    /// Where its bytes count.
    pub category: Category,
    /// Bytes in the final filesystem.
    pub live: Bytes,
    /// Bytes that were its own when they were written, and are lost.
    pub lost: Bytes,
    /// The download of the live bytes.
    pub download: Bytes,
    /// The download of the lost bytes.
    pub download_lost: Bytes,
    /// Live files, each inode once.
    pub files: u64,
    /// The layer that stores most of it.
    pub layer: Option<usize>,
    /// The live bytes by layer, lowest first; what a layer has none of is left out.
    #[serde(default)]
    pub by_layer: Vec<LayerShare>,
    /// What of an app it is; null if it is of none.
    pub kind: Option<AppKind>,
}

/// One lost file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LostRow {
    /// Where it was.
    pub path: String,
    /// Its content's size.
    pub bytes: Bytes,
    /// Its share of the blob.
    pub download: Bytes,
    /// Why it is lost.
    pub cause: Cause,
    /// The layer that stores it.
    pub layer: usize,
    /// The layer that overwrote or deleted it.
    pub lost_in: usize,
    /// Whose it was when it was written.
    pub owner: String,
}

/// One piece of advice.
#[derive(Debug, Default, Clone, Serialize, Deserialize, JsonSchema)]
pub struct FindingRow {
    /// The rule's id.
    pub rule: String,
    /// One line.
    pub title: String,
    /// What could break: `safe`, `check` or `behaviour`.
    pub risk: String,
    /// What following it saves, and nothing else.
    pub saves: Saving,
    /// The layer whose instruction is to change; null where none is.
    pub layer: Option<usize>,
    /// The instruction to change; null if the history does not tell.
    pub instruction: Option<String>,
    /// The evidence: folders that go, else the largest files; the first twenty.
    pub paths: Vec<String>,
    /// What to write instead.
    pub fix: String,
    /// How sure the evidence is: `high`, `medium` or `low`.
    #[serde(default)]
    pub confidence: String,
    /// What it saves when all findings before it are followed already.
    #[serde(default)]
    pub adds: Saving,
    /// What it saves by the layer that stores the bytes, lowest first.
    #[serde(default)]
    pub by_layer: Vec<FindingLayer>,
    /// How many stored files go.
    #[serde(default)]
    pub files: usize,
    /// What it would bring where no file tells; in no sum. Null for most.
    #[serde(default)]
    pub estimate: Option<Saving>,
    /// What to look at before.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Is it worth a word: at least 1 MB or 0.5 % of what is stored, or a secret or a
    /// trap?
    #[serde(default)]
    pub notable: bool,
    /// The fix as changes to the instructions that made layers.
    #[serde(default)]
    pub edits: Vec<Edit>,
    /// The lines of the instruction in the Dockerfile, where one was given and the layer
    /// can be tied to it: the first and the last, counted from 1.
    #[serde(default)]
    pub lines: Option<[usize; 2]>,
}

/// What a finding saves in one layer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct FindingLayer {
    /// Base layer 0.
    pub layer: usize,
    /// Stored bytes.
    pub stored: Bytes,
    /// Download bytes.
    pub download: Bytes,
}

/// What advice brings in all; no byte is counted twice.
#[derive(Debug, Default, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AdviceRow {
    /// If all findings are followed.
    pub all: Saving,
    /// If only those are followed whose risk is `safe`.
    pub safe: Saving,
}

/// Something strange.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct WarningRow {
    /// A word that stays.
    pub code: String,
    /// For a person; safe on a terminal.
    pub message: String,
}

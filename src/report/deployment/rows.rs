//! The report on a deployment: its JSON is these.

use schemars::JsonSchema;
use serde::Serialize;

use crate::owner::Category;
use crate::report::{AdviceRow, Saving, WarningRow};
use crate::units::Bytes;

/// Everything that imgsize says of images that run together. All sizes are bytes;
/// images are named by their places in `images`, from 0.
///
/// Always: the images' `totals` sum to `totals.images`; `totals.images` =
/// `totals.once` + `totals.saved`, for stored and for download bytes.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DeploymentReport {
    /// The version of this document's shape.
    pub schema: u32,
    /// The images, in the order in which they were named.
    pub images: Vec<MemberRow>,
    /// The sums.
    pub totals: DeploymentTotals,
    /// The layers that several images have, largest first.
    pub shared: Vec<SharedRow>,
    /// The lowest layers that several images have in common: a row wherever the
    /// images that go on together become fewer.
    pub bases: Vec<SharedBaseRow>,
    /// The images whose lowest layer no other has.
    pub alone: Vec<usize>,
    /// Packages that own bytes in several images; most bytes of copies first.
    pub packages: Vec<CopiesRow>,
    /// What could be smaller, by rule: most stored bytes first.
    pub findings: Vec<DeploymentFinding>,
}

/// What a rule found in several images.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DeploymentFinding {
    /// The rule's id; `base-not-shared` is about several images only.
    pub rule: String,
    /// What following it in all of them saves: a layer that several have counts once.
    pub saves: Saving,
    /// What it would bring where no file tells; null for most.
    pub estimate: Option<Saving>,
    /// What to do, where that is about several images; else each image's own report
    /// tells it, and this is empty.
    pub fix: String,
    /// In which images, and what it says there.
    pub images: Vec<MemberFinding>,
}

/// What a rule found in one of several images.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MemberFinding {
    /// Which image.
    pub image: usize,
    /// One line.
    pub title: String,
    /// What could break: `safe`, `check` or `behaviour`.
    pub risk: String,
    /// What it saves there.
    pub saves: Saving,
}

/// One image of a deployment.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MemberRow {
    /// Its tag where it has one, else the name of its file.
    pub name: String,
    /// The services that run it, as a Compose file names them.
    pub services: Vec<String>,
    /// The door that it came through, and the place behind it.
    pub source: String,
    /// The manifest's digest; the config's (the image ID) where there is no manifest.
    pub digest: String,
    /// OS/ARCH or OS/ARCH/VARIANT; null if the image does not say.
    pub platform: Option<String>,
    /// Was every layer read in full and found to be what its digest promises?
    pub verified: bool,
    /// By itself, as its own report says.
    pub totals: Sums,
    /// Of that, what is in layers that another of the images has too.
    pub shared: SharedSums,
    /// The live bytes by category, all of them, from the ground up.
    pub categories: Vec<LiveRow>,
    /// How many layers it has.
    pub layers: usize,
    /// How many of them came with the base image.
    pub base_layers: usize,
    /// How that is known.
    pub base_evidence: String,
    /// What advice brings in it by itself.
    pub advice: AdviceRow,
    /// What was strange, and did not keep the image from being read.
    pub warnings: Vec<WarningRow>,
}

/// The accounts of an image, or of several.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Sums {
    /// File contents that the layers store.
    pub stored: Bytes,
    /// Of these, in the final filesystem.
    pub live: Bytes,
    /// Of these, overwritten or deleted by a later layer.
    pub lost: Bytes,
    /// The blobs, as a registry sends them.
    pub download: Bytes,
}

/// The live bytes of one category.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LiveRow {
    /// Which.
    pub id: Category,
    /// Bytes in the final filesystem.
    pub live: Bytes,
}

/// A part of the stored and of the download bytes.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct SharedSums {
    /// File contents.
    pub stored: Bytes,
    /// The blobs.
    pub download: Bytes,
}

/// The sums of a deployment.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DeploymentTotals {
    /// Of all images, each by itself.
    pub images: Sums,
    /// With every layer counted once, also one that a single image has twice.
    pub once: OnceTotals,
    /// The difference of the two.
    pub saved: SharedSums,
    /// The sum of the packages' `copies`.
    pub copies: Bytes,
}

/// What is there when every layer is there once.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OnceTotals {
    /// File contents, each diff ID once.
    pub stored: Bytes,
    /// The blobs, each digest once: what a registry holds, and what a host without any
    /// of the images loads.
    pub download: Bytes,
    /// File contents as engines unpack them: a layer is shared only by images that
    /// have all layers below it in common too.
    pub unpacked: Bytes,
}

/// One layer that several images have.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SharedRow {
    /// Of the plain tar; null if no image's config tells.
    pub diff_id: Option<String>,
    /// Of its blobs: several where images have it compressed in several ways.
    pub digests: Vec<String>,
    /// File contents.
    pub stored: Bytes,
    /// The blobs, each once.
    pub download: Bytes,
    /// Which images have it.
    pub images: Vec<usize>,
    /// The instruction that made it; null if no history tells.
    pub created_by: Option<String>,
}

/// Lowest layers that several images have in common.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SharedBaseRow {
    /// How many, from the lowest.
    pub layers: usize,
    /// Of the topmost of them; null if no config tells.
    pub diff_id: Option<String>,
    /// Their file contents.
    pub stored: Bytes,
    /// Their blobs, as the first of the images has them.
    pub download: Bytes,
    /// Which images.
    pub images: Vec<usize>,
}

/// A package that several images have, by its ecosystem and its name.
///
/// Always: `live` = `shared` + `copies` + the most that one image has of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CopiesRow {
    /// `dpkg`, `apk`, `rpm`, `pip`, `npm` …
    pub ecosystem: String,
    /// As its ecosystem spells it.
    pub name: String,
    /// Bytes in the final filesystems of all images.
    pub live: Bytes,
    /// Of these, in a layer that another image counts already: stored no second time.
    pub shared: Bytes,
    /// Of these, stored besides the most that one image has of it, though perhaps in
    /// another version.
    pub copies: Bytes,
    /// The images that have it.
    pub images: Vec<InImage>,
}

/// A package in one of the images that have it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct InImage {
    /// Which image.
    pub image: usize,
    /// Its versions there, as its ecosystem spells them.
    pub versions: Vec<String>,
    /// Bytes in the final filesystem.
    pub live: Bytes,
}

//! The waist for everything that prints. What comes in is the finished model;
//! what goes out is a [`Report`]: ids turned into words once, in an order that
//! does not depend on how the image was stored.
//!
//! The JSON is this struct. Fields are added, never renamed or taken away,
//! without another number in `schema`.

mod advice;
mod base;
mod build;
mod compression;
mod copies;
mod deployment;
mod dive;
mod dockerfile;
mod family;
mod folders;
mod json;
mod known;
mod layers;
mod lost;
mod outline;
mod platforms;
mod rows;
mod schema;
mod table;
mod verify;
mod why;

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use build::owner_name;
pub use compression::CompressionRow;
pub use deployment::{
    CopiesRow, DeploymentFinding, DeploymentReport, DeploymentTotals, InImage, LiveRow, Member,
    MemberFinding, MemberRow, OnceTotals, SharedBaseRow, SharedRow, SharedSums, Sums,
};
pub use dive::{DiveFileRow, DiveRow};
pub use dockerfile::{DockerfileRow, EditRow};
pub use folders::FolderRow;
pub use json::value as write_json;
pub use layers::LayerRow;
pub use outline::{Outline, OutlineImage, OutlineLayer, OutlineTotals};
pub use platforms::{PlatformsImage, PlatformsReport};
pub use rows::{
    AdviceRow, BaseRow, CategoryRow, DuplicateRow, FamilyRow, FindingLayer, FindingRow, ImageRow,
    LayerShare, LostRow, PackageRow, PlaceRow, RepeatedCopy, RepeatedRow, Saving, Totals,
    WarningRow,
};
pub use schema::{
    deployment_schema, outline_schema, platforms_schema, schema, trim_schema, verify_schema,
    why_schema,
};
pub use table::{columns, section};
pub use verify::{Followed, FollowedRow, NewRow, Side, Verification};
pub use why::{Gone, NoSuchPackage, Sum, Why, WhyPackage};

use crate::trim;
use crate::units::Units;

/// The version of the JSON that this program writes.
pub const SCHEMA: u32 = 1;

/// A way to write a report.
pub struct Format {
    /// What `--format` calls it.
    pub id: &'static str,
    /// Writes it.
    pub write: fn(&Report, &Style, &mut dyn Write) -> io::Result<()>,
    /// Writes one image for several platforms; `None` where that has no form.
    pub write_platforms: Option<WritePlatforms>,
    /// Writes what documents alone tell; `None` where that has no form.
    pub write_outline: Option<WriteOutline>,
    /// Writes why a package is there; `None` where that has no form.
    pub write_why: Option<WriteWhy>,
    /// Writes what a trim came to; `None` where that has no form.
    pub write_trim: Option<WriteTrim>,
    /// Writes what became of findings; `None` where that has no form.
    pub write_verify: Option<WriteVerify>,
    /// Writes the images of a deployment; `None` where that has no form.
    pub write_deployment: Option<WriteDeployment>,
}

/// Writes why a package is there.
pub type WriteWhy = fn(&Why, &Style, &mut dyn Write) -> io::Result<()>;

/// Writes what a trim came to.
pub type WriteTrim = fn(&trim::Outcome, &Style, &mut dyn Write) -> io::Result<()>;

/// Writes what became of findings.
pub type WriteVerify = fn(&Verification, &Style, &mut dyn Write) -> io::Result<()>;

/// Writes the images of a deployment.
pub type WriteDeployment = fn(&DeploymentReport, &Style, &mut dyn Write) -> io::Result<()>;

/// Writes what an image's documents tell.
pub type WriteOutline = fn(&Outline, &Style, &mut dyn Write) -> io::Result<()>;

/// Writes the reports of one image's platforms.
pub type WritePlatforms = fn(&PlatformsReport, &Style, &mut dyn Write) -> io::Result<()>;

/// Every format.
pub const FORMATS: &[Format] = &[table::FORMAT, json::FORMAT];

/// How a report is to look; data formats take no notice of it.
#[derive(Debug, Clone)]
pub struct Style {
    /// How sizes are written.
    pub units: Units,
    /// How many columns there are.
    pub width: usize,
    /// How many rows of a long list; `None` for all.
    pub top: Option<usize>,
    /// What packages are sorted by.
    pub sort: Sort,
}

/// What the rows of a table are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Live and lost bytes together, most first.
    Size,
    /// Download bytes, most first.
    Download,
    /// Lost bytes, most first.
    Lost,
    /// Number of files, most first.
    Files,
    /// Name, from A.
    Name,
}

/// Everything that imgsize says of one image. All sizes are bytes.
///
/// Always: `totals.stored` = `totals.live` + `totals.lost`; the categories' `live`
/// and `lost` sum to the totals'; the layers' `stored` sum to `totals.stored`; the
/// categories' `download` and `download_lost` and `totals.download_overhead` sum to
/// `totals.download`. Every path starts with a slash; a byte of it that is not
/// valid UTF-8 is written as `//` and its two hexadecimal digits, which no path in
/// normal form can hold.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The version of this document's shape.
    pub schema: u32,
    /// Which image this is.
    pub image: ImageRow,
    /// The accounts of the whole image.
    pub totals: Totals,
    /// The accounts by category, all of them, from the ground up.
    pub categories: Vec<CategoryRow>,
    /// The layers, base layer first.
    pub layers: Vec<LayerRow>,
    /// What package managers installed, largest first; also what is only in lost bytes.
    pub packages: Vec<PackageRow>,
    /// Everything else that owns bytes: places that no package manager lists.
    pub places: Vec<PlaceRow>,
    /// Where the live bytes of places are: their large files, and the rest by folder;
    /// most bytes first. They sum to the places' `live` and `download`, of each category.
    #[serde(default)]
    pub folders: Vec<FolderRow>,
    /// The accounts of the families that people speak of, largest first; what is in
    /// none of them is in `packages` alone.
    #[serde(default)]
    pub families: Vec<FamilyRow>,
    /// Contents that are there more than once, most bytes first.
    #[serde(default)]
    pub duplicates: Vec<DuplicateRow>,
    /// Packages, libraries and interpreters that are there several times, each time a
    /// little different.
    #[serde(default)]
    pub repeated: Vec<RepeatedRow>,
    /// Every stored file that is not in the final filesystem, largest first.
    pub lost: Vec<LostRow>,
    /// What could be smaller, and how: most stored bytes first.
    pub findings: Vec<FindingRow>,
    /// What the findings bring together.
    #[serde(default)]
    pub advice: AdviceRow,
    /// The Dockerfile with the advice put into it; null where none was given.
    #[serde(default)]
    pub dockerfile: Option<DockerfileRow>,
    /// What zstd would make of the download; null where that was not measured.
    #[serde(default)]
    pub compression: Option<CompressionRow>,
    /// What dive says of it; null where nobody asked.
    #[serde(default)]
    pub dive: Option<DiveRow>,
    /// What was strange, and did not keep the image from being read.
    pub warnings: Vec<WarningRow>,
}

#[cfg(test)]
mod tests;

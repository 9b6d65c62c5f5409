//! One image for several platforms, side by side.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Report, SCHEMA};
use crate::digest::Digest;

/// Everything that imgsize says of one image that is built for several platforms.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlatformsReport {
    /// The version of this document's shape.
    pub schema: u32,
    /// Which image this is.
    pub image: PlatformsImage,
    /// The report of each platform, in the order of the index.
    pub platforms: Vec<Report>,
}

/// Which image a report of several platforms is about.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlatformsImage {
    /// Its tag where it has one, else the name of its file.
    pub name: String,
    /// The door that it came through, and the place behind it.
    pub source: String,
    /// The digest of the index that lists the platforms; null if there is none, or
    /// if it is the index.json of a layout.
    pub digest: Option<String>,
    /// Platforms that the index lists and whose blobs are not there.
    pub absent: Vec<String>,
}

impl PlatformsReport {
    /// Puts the reports of an image's platforms together, at least one.
    pub fn new(index: Option<Digest>, absent: Vec<String>, platforms: Vec<Report>) -> Self {
        let first = platforms.first().map(|report| report.image.clone());
        let (name, source) = first.map(|image| (image.name, image.source)).unzip();
        PlatformsReport {
            schema: SCHEMA,
            image: PlatformsImage {
                name: name.unwrap_or_default(),
                source: source.unwrap_or_default(),
                digest: index.map(|digest| digest.to_string()),
                absent,
            },
            platforms,
        }
    }
}

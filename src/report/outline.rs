//! What an image's documents tell, before any layer is read: a manifest and a config
//! are kilobytes.

use schemars::JsonSchema;
use serde::Serialize;

use super::build::warning;
use super::{BaseRow, SCHEMA, WarningRow};
use crate::analysis::Warning;
use crate::base::{self, Known};
use crate::source::ImageInfo;
use crate::units::Bytes;

/// What can be said of an image without reading a layer of it. All sizes are bytes.
/// Fields have the names and meanings that they have in a full report.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Outline {
    /// The version of this document's shape.
    pub schema: u32,
    /// Always true: tells this document from a full report.
    pub quick: bool,
    /// Which image this is.
    pub image: OutlineImage,
    /// The sums of the layers.
    pub totals: OutlineTotals,
    /// The layers, base layer first.
    pub layers: Vec<OutlineLayer>,
    /// What was strange about the documents.
    pub warnings: Vec<WarningRow>,
}

/// Which image an outline is about.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OutlineImage {
    /// Its tag where it has one, else the name of its file.
    pub name: String,
    /// The door that it came through, and the place behind it.
    pub source: String,
    /// The manifest's digest; the config's (the image ID) where there is no manifest.
    pub digest: String,
    /// OS/ARCH or OS/ARCH/VARIANT; null if the image does not say.
    pub platform: Option<String>,
    /// The base image that its maker names; null if none is named.
    pub base_name: Option<String>,
    /// The digest of that base's manifest or index; null if none is stated.
    pub base_digest: Option<String>,
    /// How the base layers are known; `none` where nothing tells.
    pub base_evidence: String,
    /// What the image stands on; null where nothing tells.
    pub base: Option<BaseRow>,
}

/// The sums of an outline.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OutlineTotals {
    /// The blobs, as a registry sends them.
    pub download: Bytes,
    /// Of these, what came with the base image.
    pub download_base: Bytes,
}

/// One layer of an outline.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OutlineLayer {
    /// Base layer 0.
    pub index: usize,
    /// Of the blob; null where no manifest promises it.
    pub digest: Option<String>,
    /// Of the plain tar, as the config promises it.
    pub diff_id: Option<String>,
    /// As the manifest states it; null where there is none to state it.
    pub media_type: Option<String>,
    /// The blob's size.
    pub download: Bytes,
    /// Did it come with the base image?
    pub base: bool,
    /// The instruction that made it; null if the history does not tell.
    pub created_by: Option<String>,
}

impl Outline {
    /// Writes down what an image says of itself, on a base that may be known.
    pub fn new(info: &ImageInfo, known: Option<&Known>) -> Outline {
        let base = base::outline(info, known);
        let count = usize::from(base.layers);
        let sizes = || info.layers.iter().map(|layer| layer.size);
        let text = |digest: crate::digest::Digest| digest.to_string();
        let layers = info.layers.iter().enumerate();
        let remarks = info.remarks.iter().cloned().map(Warning::Image);
        Outline {
            schema: SCHEMA,
            quick: true,
            image: OutlineImage {
                name: info.name.clone(),
                source: info.source.clone(),
                digest: info.digest.to_string(),
                platform: info.platform.as_ref().map(ToString::to_string),
                base_name: info.base.as_ref().map(|base| base.name.clone()),
                base_digest: info.base.as_ref().and_then(|base| base.digest.map(text)),
                base_evidence: base.evidence.name().to_owned(),
                base: BaseRow::new(&base),
            },
            totals: OutlineTotals {
                download: sizes().sum(),
                download_base: sizes().take(count).sum(),
            },
            layers: layers
                .map(|(index, layer)| OutlineLayer {
                    index,
                    digest: layer.digest.map(text),
                    diff_id: layer.diff_id.map(text),
                    media_type: layer.media_type.clone(),
                    download: layer.size,
                    base: index < count,
                    created_by: layer.created_by.clone(),
                })
                .collect(),
            warnings: remarks.map(|remark| warning(&remark)).collect(),
        }
    }
}

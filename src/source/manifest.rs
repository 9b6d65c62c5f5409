//! The documents of an image: index, manifest, config. What comes in is JSON by
//! strangers, in the spelling of OCI, Docker, Jib and others; what goes out is an
//! [`ImageInfo`] with each layer beside the history that made it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Platform, SourceError};
use crate::digest::Digest;
use crate::units::Bytes;

/// Manifests and configs are kilobytes; registries and engines refuse more.
pub(super) const LARGEST_DOCUMENT: u64 = 4 << 20;
/// The index.json of a layout may list every image of a mirror.
pub(super) const LARGEST_INDEX: u64 = 20 << 20;

/// What an image says of itself.
#[derive(Debug, Clone)]
pub struct ImageInfo {
    /// Its tag where it has one, else the name of its file.
    pub name: String,
    /// The door that it came through, and the place behind it.
    pub source: String,
    /// The manifest's digest; the config's (the image ID) where there is no manifest.
    pub digest: Digest,
    /// Which machine it is for; `None` if it does not say.
    pub platform: Option<Platform>,
    /// How it is to be run.
    pub config: Config,
    /// The stored layers, base first.
    pub layers: Vec<LayerInfo>,
    /// What was strange about its documents.
    pub remarks: Vec<Remark>,
}

/// One stored layer.
#[derive(Debug, Clone)]
pub struct LayerInfo {
    /// The blob's digest, if a manifest promises it.
    pub digest: Option<Digest>,
    /// The plain tar's digest, as the config promises it.
    pub diff_id: Option<Digest>,
    /// As the manifest states it; `None` where there is none to state it.
    pub media_type: Option<String>,
    /// The blob's size.
    pub size: Bytes,
    /// The instruction that made it; `None` if the history does not tell.
    pub created_by: Option<String>,
}

/// What was strange about an image's documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// The history has not one entry for each layer.
    History {
        /// Its entries for layers.
        entries: usize,
        /// The layers.
        layers: usize,
    },
    /// A layer that is to be fetched from elsewhere, and is not here.
    Foreign(usize),
    /// A Windows image: its packages are not known to imgsize.
    Windows,
}

impl std::fmt::Display for Remark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Remark::History { entries, layers } => write!(
                f,
                "the history tells of {entries} layers, the image has {layers}: no instructions shown"
            ),
            Remark::Foreign(layer) => write!(
                f,
                "layer {layer} is foreign (nondistributable) and not stored here: its files are not counted"
            ),
            Remark::Windows => {
                write!(
                    f,
                    "a Windows image: its bytes are counted, its packages are not known"
                )
            }
        }
    }
}

/// How an image is to be run: the `config` of its config, where stated.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Config {
    /// Where a process starts.
    #[serde(deserialize_with = "null_is_default")]
    pub working_dir: String,
    /// The program.
    #[serde(deserialize_with = "null_is_default")]
    pub entrypoint: Vec<String>,
    /// The program or its arguments.
    #[serde(deserialize_with = "null_is_default")]
    pub cmd: Vec<String>,
    /// `NAME=value`; may hold secrets, and so is never reported.
    #[serde(deserialize_with = "null_is_default")]
    pub env: Vec<String>,
    /// Who runs it.
    #[serde(deserialize_with = "null_is_default")]
    pub user: String,
    /// Labels.
    #[serde(deserialize_with = "null_is_default")]
    pub labels: BTreeMap<String, String>,
}

/// Any of the documents that a descriptor may lead to.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Manifest {
    pub(super) schema_version: Option<u64>,
    pub(super) media_type: Option<String>,
    pub(super) config: Option<Descriptor>,
    pub(super) layers: Option<Vec<Descriptor>>,
    pub(super) manifests: Option<Vec<Descriptor>>,
    #[serde(rename = "fsLayers")]
    pub(super) fs_layers: Option<serde_json::Value>,
}

/// What one document says of another.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    #[serde(default)]
    pub(super) media_type: String,
    pub(super) digest: String,
    pub(super) size: u64,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) annotations: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) platform: Option<PlatformDoc>,
    #[serde(default)]
    pub(super) artifact_type: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct PlatformDoc {
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    os: String,
    #[serde(default)]
    variant: Option<String>,
}

impl PlatformDoc {
    pub(super) fn platform(&self) -> Platform {
        Platform::new(&self.os, &self.architecture, self.variant.as_deref())
    }
}

/// The config document of an image.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ConfigDoc {
    #[serde(deserialize_with = "null_is_default")]
    architecture: String,
    #[serde(deserialize_with = "null_is_default")]
    os: String,
    variant: Option<String>,
    #[serde(deserialize_with = "null_is_default")]
    config: Config,
    #[serde(deserialize_with = "null_is_default")]
    rootfs: RootfsDoc,
    #[serde(deserialize_with = "null_is_default")]
    history: Vec<Option<HistoryDoc>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RootfsDoc {
    #[serde(deserialize_with = "null_is_default")]
    diff_ids: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct HistoryDoc {
    created_by: Option<String>,
    comment: Option<String>,
    #[serde(deserialize_with = "null_is_default")]
    empty_layer: bool,
}

/// Go writes an empty list or map as `null`.
pub(super) fn null_is_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads a document. Of a key that is there twice the last counts, as in Go.
pub(super) fn parse<T: DeserializeOwned>(what: &str, json: &[u8]) -> Result<T, SourceError> {
    let broken = |error: serde_json::Error| SourceError::Document {
        what: what.to_owned(),
        why: error.to_string(),
    };
    let value: serde_json::Value = serde_json::from_slice(json).map_err(broken)?;
    if !(value.is_object() || value.is_array()) {
        let why = "it holds neither an object nor a list".to_owned();
        return Err(SourceError::Document {
            what: what.to_owned(),
            why,
        });
    }
    serde_json::from_value(value).map_err(broken)
}

impl ConfigDoc {
    /// Which machine the image is for.
    pub(super) fn platform(&self) -> Option<Platform> {
        (!self.os.is_empty() && !self.architecture.is_empty())
            .then(|| Platform::new(&self.os, &self.architecture, self.variant.as_deref()))
    }

    /// Puts the layers beside their diff IDs and their history.
    pub(super) fn into_info(
        self,
        name: String,
        digest: Digest,
        mut layers: Vec<LayerInfo>,
    ) -> Result<ImageInfo, SourceError> {
        let platform = self.platform();
        let mut remarks = Vec::new();
        let diff_ids = &self.rootfs.diff_ids;
        if diff_ids.len() != layers.len() {
            return Err(SourceError::Document {
                what: "the image's config".to_owned(),
                why: format!(
                    "it has {} diff IDs for {} layers",
                    diff_ids.len(),
                    layers.len()
                ),
            });
        }
        for (layer, diff_id) in layers.iter_mut().zip(diff_ids) {
            layer.diff_id = Some(diff_id.parse()?);
        }
        let history: Vec<HistoryDoc> = self.history.into_iter().flatten().collect();
        let told = history.iter().filter(|entry| !entry.empty_layer).count();
        if told == layers.len() {
            let told = history.into_iter().filter(|entry| !entry.empty_layer);
            for (layer, entry) in layers.iter_mut().zip(told) {
                let words = [entry.created_by, entry.comment].into_iter().flatten();
                layer.created_by = words
                    .map(|text| text.trim().to_owned())
                    .find(|text| !text.is_empty());
            }
        } else if told > 0 {
            remarks.push(Remark::History {
                entries: told,
                layers: layers.len(),
            });
        }
        if self.os == "windows" {
            remarks.push(Remark::Windows);
        }
        Ok(ImageInfo {
            name,
            source: String::new(),
            digest,
            platform,
            config: self.config,
            layers,
            remarks,
        })
    }
}

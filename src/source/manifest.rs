//! The documents of an image: index, manifest, config. What comes in is JSON by
//! strangers, in the spelling of OCI, Docker, Jib and others; what goes out is an
//! [`ImageInfo`] with each layer beside the history that made it.

use std::collections::BTreeMap;

use super::base::{BaseName, Stated};
use super::document::document;
use super::{Platform, Provenance, SourceError, moment};
use crate::digest::Digest;
use crate::units::Bytes;

/// What an image says of itself.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
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
    #[serde(with = "KeptConfig")]
    pub config: Config,
    /// The stored layers, base first.
    pub layers: Vec<LayerInfo>,
    /// What was done to make it, base first; empty if the history does not fit the
    /// layers.
    pub steps: Vec<Step>,
    /// What its maker says that it stands on.
    pub base: Option<BaseName>,
    /// What is attested of its build.
    pub provenance: Option<Provenance>,
    /// What was strange about its documents.
    pub remarks: Vec<Remark>,
}

/// One instruction of the history.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Step {
    /// As the history tells it; may be empty.
    pub created_by: String,
    /// Did it leave a layer?
    pub has_layer: bool,
    /// When, in nanoseconds since 1970; `None` if the history does not tell.
    pub created: Option<i64>,
    /// A remark of the builder's; may be empty.
    pub comment: String,
}

/// One stored layer.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
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
    /// The table of contents that the manifest promises inside the blob.
    pub toc: Option<TocPromise>,
}

/// A table of contents inside a blob, as the annotations of its descriptor vouch
/// for it: without a digest from outside the blob a table could say anything.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum TocPromise {
    /// eStargz (stargz-snapshotter, docs/estargz.md).
    Stargz {
        /// Of the uncompressed table.
        digest: Digest,
    },
    /// zstd:chunked (containers/storage, pkg/chunked).
    ZstdChunked {
        /// Of the compressed table.
        digest: Digest,
        /// Where it lies, as `offset:length:plain length:type`; `None` where only
        /// the blob's footer tells.
        position: Option<String>,
    },
}

/// What was strange about an image's documents.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
    /// Credentials that could not be used, and why; without any secret.
    Credentials(String),
    /// An attestation that could not be read, and why.
    Attestation(String),
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
            Remark::Credentials(why) => f.write_str(why),
            Remark::Attestation(why) => write!(f, "its attestation was not used: {why}"),
            Remark::Windows => {
                write!(
                    f,
                    "a Windows image: its bytes are counted, its packages are not known"
                )
            }
        }
    }
}

document! {
    /// How an image is to be run: the `config` of its config, where stated.
    #[derive(Clone)]
    pub struct Config {
        /// Where a process starts.
        pub working_dir: String = "WorkingDir",
        /// The program.
        pub entrypoint: Vec<String> = "Entrypoint",
        /// The program or its arguments.
        pub cmd: Vec<String> = "Cmd",
        /// `NAME=value`; may hold secrets, and so is never reported.
        pub env: Vec<String> = "Env",
        /// Who runs it.
        pub user: String = "User",
        /// Labels.
        pub labels: BTreeMap<String, String> = "Labels",
        /// How an engine asks whether it is well.
        pub healthcheck: Healthcheck = "Healthcheck",
    }
}

document! {
    /// How an engine asks whether a container is well (Docker's extension of the
    /// OCI image configuration).
    #[derive(Clone, PartialEq, Eq)]
    pub struct Healthcheck {
        /// `NONE`, or `CMD` or `CMD-SHELL` and what is run; empty if nothing is.
        pub test: Vec<String> = "Test",
    }
}

/// A [`Config`] as the cache keeps it, where no stranger's spelling needs reading.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(remote = "Config")]
struct KeptConfig {
    working_dir: String,
    entrypoint: Vec<String>,
    cmd: Vec<String>,
    env: Vec<String>,
    user: String,
    labels: BTreeMap<String, String>,
    #[serde(with = "KeptHealthcheck")]
    healthcheck: Healthcheck,
}

/// A [`Healthcheck`] as the cache keeps it.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(remote = "Healthcheck")]
struct KeptHealthcheck {
    test: Vec<String>,
}

document! {
    /// Any of the documents that a descriptor may lead to.
    pub(super) struct Manifest {
        pub(super) schema_version: Option<u64> = "schemaVersion",
        pub(super) media_type: Option<String> = "mediaType",
        pub(super) config: Option<Descriptor> = "config",
        pub(super) layers: Option<Vec<Descriptor>> = "layers",
        pub(super) annotations: Annotations = "annotations",
        pub(super) manifests: Option<Vec<Descriptor>> = "manifests",
        pub(super) fs_layers: Option<serde::de::IgnoredAny> = "fsLayers",
    }
}

impl Manifest {
    /// Is it by the version of the schema that has no digests to go by?
    pub(super) fn is_schema_1(&self) -> bool {
        self.schema_version == Some(1) || self.fs_layers.is_some()
    }
}

document! {
    /// What one document says of another.
    #[derive(Clone)]
    pub(super) struct Descriptor {
        pub(super) media_type: String = "mediaType",
        pub(super) digest: String = "digest",
        pub(super) size: u64 = "size",
        pub(super) annotations: Annotations = "annotations",
        pub(super) platform: Option<PlatformDoc> = "platform",
        pub(super) artifact_type: Option<String> = "artifactType",
    }
}

document! {
    /// The annotations that say something of an image.
    #[derive(Clone)]
    pub(super) struct Annotations {
        pub(super) containerd_name: Option<String> = "io.containerd.image.name",
        pub(super) ref_name: Option<String> = "org.opencontainers.image.ref.name",
        /// BuildKit's mark of what is about another image.
        pub(super) reference_type: Option<String> = "vnd.docker.reference.type",
        pub(super) reference_digest: Option<String> = "vnd.docker.reference.digest",
        /// What an attestation states (attestation-storage.md of BuildKit).
        pub(super) predicate_type: Option<String> = "in-toto.io/predicate-type",
        base_name: Option<String> = "org.opencontainers.image.base.name",
        base_digest: Option<String> = "org.opencontainers.image.base.digest",
        stargz: Option<String> = "containerd.io/snapshot/stargz/toc.digest",
        chunked: Option<String> = "io.github.containers.zstd-chunked.manifest-checksum",
        chunked_at: Option<String> = "io.github.containers.zstd-chunked.manifest-position",
        /// As skopeo and podman wrote them until 2022.
        old_chunked: Option<String> = "io.containers.zstd-chunked.manifest-checksum",
        old_chunked_at: Option<String> = "io.containers.zstd-chunked.manifest-position",
    }
}

impl Annotations {
    /// The base that they name.
    pub(super) fn base(&self) -> Option<BaseName> {
        let (name, digest) = (self.base_name.as_deref(), self.base_digest.as_deref());
        BaseName::new(name, digest, Stated::Annotation)
    }

    /// The table of contents that they vouch for; a digest that is none vouches for nothing.
    pub(super) fn toc(&self) -> Option<TocPromise> {
        let digest = |text: &Option<String>| text.as_ref()?.parse().ok();
        let chunked = |checksum, position: &Option<String>| {
            Some(TocPromise::ZstdChunked {
                digest: digest(checksum)?,
                position: position.clone(),
            })
        };
        let stargz = digest(&self.stargz).map(|digest| TocPromise::Stargz { digest });
        stargz
            .or_else(|| chunked(&self.chunked, &self.chunked_at))
            .or_else(|| chunked(&self.old_chunked, &self.old_chunked_at))
    }
}

document! {
    #[derive(Clone)]
    pub(super) struct PlatformDoc {
        architecture: String = "architecture",
        os: String = "os",
        variant: Option<String> = "variant",
    }
}

impl PlatformDoc {
    pub(super) fn platform(&self) -> Platform {
        Platform::new(&self.os, &self.architecture, self.variant.as_deref())
    }
}

document! {
    /// The config document of an image.
    pub(super) struct ConfigDoc {
        architecture: String = "architecture",
        os: String = "os",
        variant: Option<String> = "variant",
        config: Config = "config",
        rootfs: RootfsDoc = "rootfs",
        history: Vec<Option<HistoryDoc>> = "history",
    }
}

document! {
    struct RootfsDoc {
        diff_ids: Vec<String> = "diff_ids",
    }
}

document! {
    struct HistoryDoc {
        created: Option<String> = "created",
        created_by: Option<String> = "created_by",
        comment: Option<String> = "comment",
        empty_layer: bool = "empty_layer",
    }
}

impl ConfigDoc {
    /// Which machine the image is for.
    pub(super) fn platform(&self) -> Option<Platform> {
        let platform = Platform::new(&self.os, &self.architecture, self.variant.as_deref());
        Some(platform).filter(Platform::is_whole)
    }

    /// Of the layers, base first.
    pub(super) fn diff_ids(&self) -> Result<Vec<Digest>, SourceError> {
        let diff_ids = self.rootfs.diff_ids.iter();
        Ok(diff_ids
            .map(|diff_id| diff_id.parse())
            .collect::<Result<_, _>>()?)
    }

    /// Puts the layers beside their diff IDs and their history.
    pub(super) fn into_info(
        self,
        title: String,
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
        let mut steps = Vec::new();
        if told == layers.len() {
            steps.extend(history.iter().map(|entry| Step {
                created_by: entry.created_by.clone().unwrap_or_default(),
                has_layer: !entry.empty_layer,
                created: entry.created.as_deref().and_then(moment::nanoseconds),
                comment: entry.comment.clone().unwrap_or_default(),
            }));
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
        let label = |name: &str| self.config.labels.get(name).map(String::as_str);
        let name = label("org.opencontainers.image.base.name");
        let base = BaseName::new(
            name,
            label("org.opencontainers.image.base.digest"),
            Stated::Label,
        );
        Ok(ImageInfo {
            name: title,
            source: String::new(),
            digest,
            platform,
            config: self.config,
            layers,
            steps,
            base,
            provenance: None,
            remarks,
        })
    }
}

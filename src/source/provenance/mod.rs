//! The provenance that BuildKit attests beside an image. What comes in is the
//! attestation's manifest; what goes out is the images that went into the build,
//! and the one that the last stage starts from.
//!
//! Facts: BuildKit docs/attestations/attestation-storage.md and slsa-definitions.md;
//! SLSA provenance v0.2 and v1; solver/pb/ops.proto for the steps.

mod steps;

use std::collections::BTreeMap;

use self::steps::{BuildConfig, BuildStep};
use super::SourceError;
use super::base::{BaseName, Stated};
use super::document::{LARGEST_DOCUMENT, document, parse};
use super::manifest::{Descriptor, ImageInfo, Manifest};
use super::shelf::{self, Shelf};
use crate::digest::Digest;

/// With `mode=max` the steps, the sources and every layer of a build are in it.
const LARGEST: u64 = 16 << 20;
/// More images than any build of ours uses.
const MOST_IMAGES: usize = 200;

/// What the provenance of a build tells of bases.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Provenance {
    /// The images that went into the build, those of other stages too; without the
    /// frontends that read the Dockerfile.
    pub images: Vec<BaseName>,
    /// Where the last stage starts; `None` where the steps are not told (`mode=min`).
    pub start: Option<Start>,
}

/// What the last stage of a build starts from.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Start {
    /// `None`: from scratch.
    pub image: Option<BaseName>,
    /// The blobs of its layers, base first, where they are told.
    pub layers: Option<Vec<Digest>>,
}

/// Reads the provenance out of an attestation; `None` where it attests other things.
pub(super) fn read(
    shelf: &dyn Shelf,
    attestation: &Descriptor,
    info: &ImageInfo,
) -> Result<Option<Provenance>, SourceError> {
    let json = shelf::document(shelf, attestation, LARGEST_DOCUMENT)?;
    let manifest: Manifest = parse(&attestation.digest, &json)?;
    let is_provenance = |layer: &&Descriptor| {
        let predicate = layer.annotations.predicate_type.as_deref();
        layer.media_type == "application/vnd.in-toto+json"
            && predicate.is_some_and(|kind| kind.starts_with("https://slsa.dev/provenance/"))
    };
    let layers = manifest.layers.unwrap_or_default();
    let Some(blob) = layers.iter().find(is_provenance) else {
        return Ok(None);
    };
    let json = shelf::document(shelf, blob, LARGEST)?;
    let statement: Statement = parse(&blob.digest, &json)?;
    let own: Vec<Option<Digest>> = info.layers.iter().map(|layer| layer.digest).collect();
    let mut provenance = statement.predicate.told(&own);
    let platform = info.platform.as_ref();
    let start = provenance.start.as_mut();
    match start.map(|start| start.image.as_mut()) {
        Some(Some(image)) => image.look_up(shelf, platform),
        // Of several nobody knows which.
        None if provenance.images.len() == 1 => provenance.images[0].look_up(shelf, platform),
        _ => {}
    }
    Ok(Some(provenance))
}

document! {
    struct Statement {
        predicate: Predicate = "predicate",
    }
}

document! {
    /// Of both versions: v1 has all that v0.2 has, a floor deeper.
    struct Predicate {
        materials: Vec<Material> = "materials",
        config: BuildConfig = "buildConfig",
        metadata: Metadata = "metadata",
        definition: BuildDefinition = "buildDefinition",
        details: RunDetails = "runDetails",
    }
}

document! {
    struct BuildDefinition {
        materials: Vec<Material> = "resolvedDependencies",
        parameters: InternalParameters = "internalParameters",
    }
}

document! {
    struct InternalParameters {
        config: BuildConfig = "buildConfig",
    }
}

document! {
    struct RunDetails {
        metadata: Metadata = "metadata",
    }
}

document! {
    struct Metadata {
        of_v1: BuildKit = "buildkit_metadata",
        of_v02: BuildKit = "https://mobyproject.org/buildkit@v1#metadata",
    }
}

document! {
    struct BuildKit {
        layers: BTreeMap<String, Vec<Vec<Blob>>> = "layers",
    }
}

document! {
    struct Blob {
        digest: String = "digest",
    }
}

document! {
    struct Material {
        uri: String = "uri",
        digest: MaterialDigest = "digest",
    }
}

document! {
    struct MaterialDigest {
        sha256: Option<String> = "sha256",
    }
}

impl Predicate {
    fn told(self, own: &[Option<Digest>]) -> Provenance {
        let is_v1 = !self.definition.materials.is_empty();
        let (materials, config, metadata) = match is_v1 {
            true => {
                let definition = self.definition;
                let config = definition.parameters.config;
                (definition.materials, config, self.details.metadata)
            }
            false => (self.materials, self.config, self.metadata),
        };
        let layers = match is_v1 {
            true => metadata.of_v1.layers,
            false => metadata.of_v02.layers,
        };
        let images = materials.iter().filter_map(Material::image);
        let start = config.start();
        Provenance {
            images: images.take(MOST_IMAGES).collect(),
            start: start.map(|start| Start {
                image: start.and_then(BuildStep::image),
                layers: start.and_then(|step| {
                    let chains = layers.get(&format!("{}:0", step.id))?;
                    chain(chains, own)
                }),
            }),
        }
    }
}

/// The blobs of a step's layers: those of this image, where they were stored in
/// several ways.
fn chain(chains: &[Vec<Blob>], own: &[Option<Digest>]) -> Option<Vec<Digest>> {
    let read = |chain: &Vec<Blob>| -> Option<Vec<Digest>> {
        chain.iter().map(|blob| blob.digest.parse().ok()).collect()
    };
    let is_own = |chain: &Vec<Digest>| {
        let pairs = chain.iter().zip(own);
        chain.len() <= own.len() && pairs.into_iter().all(|(a, b)| Some(*a) == *b)
    };
    let mut read = chains.iter().filter_map(read);
    let first = read.next()?;
    if is_own(&first) {
        return Some(first);
    }
    Some(read.find(is_own).unwrap_or(first))
}

impl Material {
    /// `pkg:docker/python@3.11-slim?platform=linux%2Famd64`.
    fn image(&self) -> Option<BaseName> {
        let (path, query) = match self.uri.strip_prefix("pkg:docker/")?.split_once('?') {
            Some((path, query)) => (path, query),
            None => (self.uri.strip_prefix("pkg:docker/")?, ""),
        };
        let name = match path.split_once('@') {
            Some((name, tag)) => format!("{}:{}", plain(name), plain(tag)),
            None => plain(path),
        };
        // What reads the Dockerfile is material too, and nobody's base.
        let is_frontend = name.starts_with("docker/dockerfile") || name.contains("/dockerfile");
        let stated = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("digest="));
        let digest = match &self.digest.sha256 {
            Some(hex) => Some(format!("sha256:{hex}")),
            None => stated.map(plain),
        };
        let image = BaseName::new(Some(&name), digest.as_deref(), Stated::Provenance);
        image.filter(|_| !is_frontend)
    }
}

/// Without `%2F` and its like.
fn plain(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = tail.first_chunk::<2>().filter(|_| *first == b'%');
        let byte = escaped.and_then(|hex| u8::from_str_radix(str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = byte.map_or(tail, |_| &tail[2..]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests;

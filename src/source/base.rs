//! What an image's documents say of the base that it stands on. What comes in is
//! annotations, labels and a shelf; what goes out is a name, with the base's own
//! layers where its documents lie on the same shelf. Nobody else is asked.

use super::document::{LARGEST_DOCUMENT, parse};
use super::index::Leaf;
use super::manifest::{ConfigDoc, Descriptor, ImageInfo, Manifest, Remark};
use super::shelf::{Shelf, document};
use super::{Platform, SourceError, provenance};
use crate::digest::Digest;

const LONGEST_NAME: usize = 1024;

/// A base image by name: `org.opencontainers.image.base.*` (OCI image specification,
/// annotations.md), or an image that went into a build.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BaseName {
    /// A reference.
    pub name: String,
    /// Of the base's manifest or index, if it is stated.
    pub digest: Option<Digest>,
    /// Who says so.
    pub stated: Stated,
    /// The diff IDs of its layers; `None` where its documents are not at hand.
    pub diff_ids: Option<Vec<Digest>>,
}

/// Who names a base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Stated {
    /// An annotation of the manifest, or of an index that lists it.
    Annotation,
    /// A label of the config. Labels are inherited: it may be the base's own base.
    Label,
    /// The provenance of the build.
    Provenance,
}

impl BaseName {
    /// By a reference and a digest, either of which may be nonsense.
    /// A name is kept for every platform of an index: no real one is long.
    pub(super) fn new(name: Option<&str>, digest: Option<&str>, stated: Stated) -> Option<Self> {
        Some(BaseName {
            name: name
                .filter(|name| (1..=LONGEST_NAME).contains(&name.len()))?
                .to_owned(),
            digest: digest.and_then(|digest| digest.parse().ok()),
            stated,
            diff_ids: None,
        })
    }

    /// Looks for its layers on this shelf.
    pub(super) fn look_up(&mut self, shelf: &dyn Shelf, platform: Option<&Platform>) {
        let Some(digest) = self.digest.filter(|_| shelf.may_hold(&self.name)) else {
            return;
        };
        // That it is not there is the usual case; and what is broken is no evidence.
        self.diff_ids = diff_ids(shelf, digest, platform).ok();
    }
}

/// Completes what an image's documents say of its base.
pub(super) fn learn(shelf: &dyn Shelf, leaf: &Leaf, info: &mut ImageInfo) {
    let platform = info.platform.clone();
    if let Some(base) = &mut info.base {
        base.look_up(shelf, platform.as_ref());
    }
    let is_known = |base: &BaseName| base.diff_ids.is_some() && base.stated != Stated::Label;
    let Some(attestation) = &leaf.attestation else {
        return;
    };
    if info.base.as_ref().is_some_and(is_known) {
        return;
    }
    match provenance::read(shelf, attestation, info) {
        Ok(provenance) => info.provenance = provenance,
        // An engine that pulls one platform leaves the attestations where they are.
        Err(SourceError::Missing(_)) => {}
        Err(error) => info.remarks.push(Remark::Attestation(error.to_string())),
    }
}

/// The diff IDs of the image that has this digest, or of one in this index.
fn diff_ids(
    shelf: &dyn Shelf,
    digest: Digest,
    platform: Option<&Platform>,
) -> Result<Vec<Digest>, SourceError> {
    let mut manifest = unsized_manifest(shelf, digest)?;
    if let Some(listed) = manifest.manifests.take() {
        let fits = |inner: &&Descriptor| match (platform, &inner.platform) {
            (Some(own), Some(there)) => {
                there.platform().accepts(own) || own.accepts(&there.platform())
            }
            _ => false,
        };
        let missing = || SourceError::Missing(digest.to_string());
        let inner = listed.iter().find(fits).ok_or_else(missing)?;
        manifest = parse(&inner.digest, &document(shelf, inner, LARGEST_DOCUMENT)?)?;
    }
    let missing = || SourceError::Missing(digest.to_string());
    let config = manifest.config.ok_or_else(missing)?;
    let json = document(shelf, &config, LARGEST_DOCUMENT)?;
    parse::<ConfigDoc>(&config.digest, &json)?.diff_ids()
}

/// A manifest or an index by its digest alone, which tells no size.
fn unsized_manifest(shelf: &dyn Shelf, digest: Digest) -> Result<Manifest, SourceError> {
    let descriptor = Descriptor {
        media_type: "application/vnd.oci.image.manifest.v1+json".to_owned(),
        digest: digest.to_string(),
        ..Descriptor::default()
    };
    let json = shelf.fetch(&descriptor, digest, LARGEST_DOCUMENT)?;
    if !digest.matches(&json) {
        return Err(SourceError::Mismatch {
            what: digest.to_string(),
            found: Digest::sha256(&json),
        });
    }
    parse(&digest.to_string(), &json)
}

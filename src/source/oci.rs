//! OCI image layouts (OCI image specification, image-layout.md): manifests, and
//! blobs by digest.

use std::collections::HashMap;
use std::sync::Arc;

use oci_distribution::Reference;

use super::document::{LARGEST_DOCUMENT, parse};
use super::index::{self, Leaf, is_index};
use super::manifest::{ConfigDoc, Descriptor, LayerInfo, Manifest, Remark};
use super::{Choice, Every, Platform, SourceError, Store, Stored};
use crate::digest::Digest;
use crate::path::brief;
use crate::units::Bytes;

/// Of the leaves that [`index`] found in the store, the one that is meant.
pub(super) fn open(
    store: Arc<Store>,
    leaves: Vec<Leaf>,
    choice: &Choice,
) -> Result<Stored, SourceError> {
    let leaf = index::choose(&store, leaves, choice)?;
    image(store, &leaf)
}

/// Is there a layout that lists an image?
pub(super) fn lists_any(store: &Store) -> bool {
    index::leaves(store).is_ok_and(|leaves| !leaves.is_empty())
}

/// Every platform of the one image.
pub(super) fn open_all(
    store: &Arc<Store>,
    leaves: Vec<Leaf>,
    asked: Option<&str>,
) -> Result<Every, SourceError> {
    let (index, leaves) = index::choose_all(store, leaves, asked)?;
    let mut every = Every {
        index,
        ..Every::default()
    };
    let mut missing = None;
    for leaf in leaves {
        match image(Arc::clone(store), &leaf) {
            Ok(image) => every.images.push(image),
            // A store keeps indexes whose other platforms were never pulled.
            Err(error @ SourceError::Missing(_)) => {
                let words = |platform: &Platform| platform.to_string();
                let words = leaf
                    .platform
                    .as_ref()
                    .map_or_else(|| leaf.digest.to_string(), words);
                if !every.absent.contains(&words) {
                    every.absent.push(words);
                }
                missing.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    match missing {
        Some(error) if every.images.is_empty() => Err(error),
        _ => Ok(every),
    }
}

/// The bytes of a document, once they are what the descriptor promises.
pub(super) fn document(
    store: &Store,
    descriptor: &Descriptor,
    limit: u64,
) -> Result<Vec<u8>, SourceError> {
    let digest: Digest = descriptor.digest.parse()?;
    let json = store.small(&blob_path(digest), limit)?;
    if json.len() as u64 != descriptor.size {
        let (promised, found) = (descriptor.size, json.len() as u64);
        return Err(SourceError::Size {
            what: digest.to_string(),
            promised,
            found,
        });
    }
    if !digest.matches(&json) {
        let found = Digest::sha256(&json);
        return Err(SourceError::Mismatch {
            what: digest.to_string(),
            found,
        });
    }
    Ok(json)
}

fn blob_path(digest: Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm(), digest.hex())
}

/// What else a name may be called in full: `alpine` is `docker.io/library/alpine:latest`.
pub(super) fn full_names(asked: &str) -> Vec<String> {
    let mut names = vec![asked.to_owned()];
    names.extend(asked.parse::<Reference>().map(|name| name.whole()));
    let last = asked.rsplit('/').next().unwrap_or(asked);
    if !last.contains(':') {
        // Nobody has to give a name its registry.
        names.push(format!("{asked}:latest"));
    }
    names
}

/// Do these name the same image? `alpine` is `docker.io/library/alpine:latest`.
pub(super) fn same_name(asked: &str, there: &str) -> bool {
    // No reference is longer, and a stranger's name may be megabytes.
    const LONGEST: usize = 1024;
    let whole = |name: &str| match name.len() {
        0..=LONGEST => name.parse::<Reference>().ok().map(|name| name.whole()),
        _ => None,
    };
    asked == there
        || whole(asked).is_some_and(|asked| Some(asked) == whole(there))
        || there.rsplit_once(':').is_some_and(|(_, tag)| tag == asked)
}

/// Is this the digest, or its beginning as `docker images` prints it?
pub(super) fn same_digest(asked: &str, there: Digest) -> bool {
    let hex = asked.strip_prefix("sha256:").unwrap_or(asked);
    hex.len() >= 8 && hex.bytes().all(|b| b.is_ascii_hexdigit()) && there.hex().starts_with(hex)
}

fn manifest_of(store: &Store, leaf: &Leaf) -> Result<Manifest, SourceError> {
    parse(
        &leaf.digest.to_string(),
        &document(store, &leaf.descriptor, LARGEST_DOCUMENT)?,
    )
}

/// The platform that an image's own config states; each config is read once.
pub(super) fn platform_of(
    store: &Store,
    leaf: &Leaf,
    known: &mut HashMap<String, Option<Platform>>,
) -> Option<Platform> {
    let manifest = manifest_of(store, leaf).ok()?;
    let config = manifest.config.filter(is_image_config)?;
    let stated = || {
        let json = document(store, &config, LARGEST_DOCUMENT).ok()?;
        parse::<ConfigDoc>(&config.digest, &json).ok()?.platform()
    };
    let platform = known.entry(config.digest.clone()).or_insert_with(stated);
    platform.clone()
}

fn is_image_config(config: &Descriptor) -> bool {
    // Descriptors of old builders leave the media type out.
    matches!(
        config.media_type.as_str(),
        "application/vnd.oci.image.config.v1+json"
            | "application/vnd.docker.container.image.v1+json"
            | ""
    )
}

fn image(store: Arc<Store>, leaf: &Leaf) -> Result<Stored, SourceError> {
    let digest = leaf.digest;
    let manifest = manifest_of(&store, leaf)?;
    let broken = |why: &str| SourceError::Document {
        what: digest.to_string(),
        why: why.to_owned(),
    };
    if manifest.schema_version == Some(1) || manifest.fs_layers.is_some() {
        return Err(SourceError::Unsupported {
            what: "it is a Docker image of schema version 1, given up in 2016".to_owned(),
            hint: "pull and push it with a current engine, or convert it with `skopeo copy`",
        });
    }
    if manifest.manifests.is_some() {
        return Err(broken("it is called a manifest and is an index"));
    }
    // Descriptors and documents often disagree on OCI or Docker; never on this.
    if manifest.media_type.as_deref().is_some_and(is_index) {
        return Err(broken("its media type says that it is an index"));
    }
    let config = manifest
        .config
        .ok_or_else(|| broken("it names no config"))?;
    if !is_image_config(&config) {
        return Err(SourceError::NoImage {
            what: format!(
                "an artifact of type {}",
                brief(
                    leaf.descriptor
                        .artifact_type
                        .as_deref()
                        .unwrap_or(&config.media_type)
                )
            ),
            hint: "only images have layers to look into; choose another with `--image`",
        });
    }
    let json = document(&store, &config, LARGEST_DOCUMENT)?;
    let config: ConfigDoc = parse(&config.digest, &json)?;
    let mut layers = Vec::new();
    let mut paths = Vec::new();
    let mut remarks = Vec::new();
    for descriptor in manifest.layers.unwrap_or_default() {
        let (info, path) = layer(&store, &descriptor)?;
        if path.is_none() {
            remarks.push(Remark::Foreign(layers.len()));
        }
        layers.push(info);
        paths.push(path);
    }
    let mut info = config.into_info(
        leaf.name.as_deref().unwrap_or_default().to_owned(),
        digest,
        layers,
    )?;
    info.remarks.extend(remarks);
    // Old builders leave the variant to the index.
    if let Some(stated) = &leaf.platform
        && info
            .platform
            .as_ref()
            .is_none_or(|own| own.variant.is_none() && own.accepts(stated))
    {
        info.platform = Some(stated.clone());
    }
    Ok(Stored {
        info,
        store,
        layers: paths,
    })
}

/// A layer and where it lies; nowhere, for a foreign one that is not here.
fn layer(
    store: &Store,
    descriptor: &Descriptor,
) -> Result<(LayerInfo, Option<String>), SourceError> {
    let digest: Digest = descriptor.digest.parse()?;
    let media_type = &descriptor.media_type;
    if media_type.ends_with("+encrypted") {
        return Err(SourceError::Unsupported {
            what: format!("the layer {digest} is encrypted"),
            hint: "decrypt the image first, for example with `skopeo copy --decryption-key`",
        });
    }
    if media_type.contains("in-toto") {
        return Err(SourceError::NoImage {
            what: "an attestation that belongs to an image".to_owned(),
            hint: "choose the image itself with `--image` or `--platform`",
        });
    }
    let path = blob_path(digest);
    let is_foreign = media_type.contains("foreign") || media_type.contains("nondistributable");
    let path = match store.window(&path) {
        Ok(window) if window.len() != descriptor.size => {
            let (promised, found) = (descriptor.size, window.len());
            return Err(SourceError::Size {
                what: digest.to_string(),
                promised,
                found,
            });
        }
        Ok(_) => Some(path),
        Err(SourceError::Missing(_)) if is_foreign => None,
        Err(SourceError::Missing(_)) => {
            return Err(SourceError::Missing(format!("the layer {digest}")));
        }
        Err(error) => return Err(error),
    };
    let info = LayerInfo {
        digest: Some(digest),
        diff_id: None,
        media_type: Some(media_type.clone()).filter(|text| !text.is_empty()),
        size: Bytes(descriptor.size),
        created_by: None,
        toc: descriptor.annotations.toc(),
    };
    Ok((info, path))
}

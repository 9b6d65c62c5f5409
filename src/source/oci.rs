//! OCI image layouts (OCI image specification, image-layout.md): manifests, and
//! blobs by digest.

use std::collections::HashMap;
use std::sync::Arc;

use super::document::{LARGEST_DOCUMENT, parse};
use super::index::{self, Leaf, is_index};
use super::manifest::{ConfigDoc, Descriptor, ImageInfo, LayerInfo, Manifest, Remark};
use super::shelf::{Shelf, blob_path, document};
use super::{Choice, Every, Name, Platform, SourceError, Store, Stored, base};
use crate::digest::Digest;
use crate::path::brief;
use crate::units::Bytes;

/// The most layers of an image on a server: nothing mounts as many.
const MOST_FAR: usize = 1000;

pub(super) fn open(store: Arc<Store>, choice: &Choice) -> Result<Stored, SourceError> {
    let leaf = index::choose(&*store, index::leaves(&store)?, choice)?;
    let one = image(&*store, &leaf)?;
    Ok(stored(&store, one))
}

/// An image of a store.
pub(super) fn stored(store: &Arc<Store>, (info, layers, config): Described) -> Stored {
    let layers = layers.into_iter().map(|digest| digest.map(blob_path));
    Stored {
        info,
        layers: layers.collect(),
        config,
        store: Arc::clone(store),
    }
}

/// What a layout tells of the base of an image that lies beside it by its config:
/// engines since Docker 25 write both, and only the layout has annotations.
pub(super) fn tell_base(store: &Store, info: &mut ImageInfo) {
    const MOST: usize = 100;
    let config = info.digest.to_string();
    for leaf in index::leaves(store).unwrap_or_default().iter().take(MOST) {
        let Ok(manifest) = manifest_of(store, leaf) else {
            continue;
        };
        if manifest
            .config
            .as_ref()
            .is_some_and(|own| own.digest == config)
        {
            let annotated = manifest.annotations.base().or_else(|| leaf.base.clone());
            info.base = annotated.or(info.base.take());
            return base::learn(store, leaf, info);
        }
    }
}

/// Is there a layout that lists an image?
pub(super) fn lists_any(store: &Store) -> bool {
    index::leaves(store).is_ok_and(|leaves| !leaves.is_empty())
}

/// Every platform of the one image.
pub(super) fn open_all(store: &Arc<Store>, asked: Option<&str>) -> Result<Every, SourceError> {
    let (index, leaves) = index::choose_all(&**store, index::leaves(store)?, asked)?;
    let (images, absent) = images(&**store, &leaves)?;
    Ok(Every {
        index,
        images: images.into_iter().map(|one| stored(store, one)).collect(),
        absent,
    })
}

/// What each of these manifests tells, at least one, and the platforms that are not
/// on the shelf: a store keeps indexes whose other platforms were never pulled.
pub(super) fn images(
    shelf: &dyn Shelf,
    leaves: &[Leaf],
) -> Result<(Vec<Described>, Vec<String>), SourceError> {
    let (mut images, mut absent) = (Vec::new(), Vec::new());
    let mut missing = None;
    for leaf in leaves {
        match image(shelf, leaf) {
            Ok(image) => images.push(image),
            Err(error @ SourceError::Missing(_)) => {
                let words = leaf.platform.as_ref().map(ToString::to_string);
                let words = words.unwrap_or_else(|| leaf.digest.to_string());
                if !absent.contains(&words) {
                    absent.push(words);
                }
                missing.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    match missing {
        Some(error) if images.is_empty() => Err(error),
        _ => Ok((images, absent)),
    }
}

/// Do these name the same image? `alpine` is `docker.io/library/alpine:latest`.
pub(super) fn same_name(asked: &str, there: &str) -> bool {
    // No reference is longer, and a stranger's name may be megabytes.
    const LONGEST: usize = 1024;
    let whole = |name: &str| match name.len() {
        0..=LONGEST => name.parse::<Name>().ok(),
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

fn manifest_of(shelf: &dyn Shelf, leaf: &Leaf) -> Result<Manifest, SourceError> {
    parse(
        &leaf.digest.to_string(),
        &document(shelf, &leaf.descriptor, LARGEST_DOCUMENT)?,
    )
}

/// The platform that an image's own config states, if it can be read; each config is
/// read once. An error only where a server fails: it may have the answer.
pub(super) fn platform_of(
    shelf: &dyn Shelf,
    leaf: &Leaf,
    known: &mut HashMap<String, Option<Platform>>,
) -> Result<Option<Platform>, SourceError> {
    let manifest = readable(manifest_of(shelf, leaf))?;
    let config = manifest.and_then(|manifest| manifest.config);
    let Some(config) = config.filter(is_image_config) else {
        return Ok(None);
    };
    if let Some(platform) = known.get(&config.digest) {
        return Ok(platform.clone());
    }
    let json = document(shelf, &config, LARGEST_DOCUMENT);
    let config_doc = json.and_then(|json| parse::<ConfigDoc>(&config.digest, &json));
    let platform = readable(config_doc)?.and_then(|config| config.platform());
    known.insert(config.digest, platform.clone());
    Ok(platform)
}

/// `None` for what is damaged or not there.
fn readable<T>(document: Result<T, SourceError>) -> Result<Option<T>, SourceError> {
    match document {
        Err(error @ SourceError::Registry(_)) => Err(error),
        document => Ok(document.ok()),
    }
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

/// What became of schema version 1: its signatures are no part of its digest, so that
/// nothing vouches for it.
pub(super) fn schema_1() -> SourceError {
    SourceError::Unsupported {
        what: "it is a Docker image of schema version 1, given up in 2016".to_owned(),
        hint: "pull and push it with a current engine, or convert it with `skopeo copy`",
    }
}

/// What a manifest tells, the blob of each layer, none for a foreign one that is not on
/// the shelf, and the config document.
pub(super) type Described = (ImageInfo, Vec<Option<Digest>>, Vec<u8>);

/// Reads a manifest and its config.
pub(super) fn image(shelf: &dyn Shelf, leaf: &Leaf) -> Result<Described, SourceError> {
    let digest = leaf.digest;
    let manifest = manifest_of(shelf, leaf)?;
    let broken = |why: &str| SourceError::Document {
        what: digest.to_string(),
        why: why.to_owned(),
    };
    if manifest.is_schema_1() {
        return Err(schema_1());
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
    let json = document(shelf, &config, LARGEST_DOCUMENT)?;
    let config: ConfigDoc = parse(&config.digest, &json)?;
    let mut layers = Vec::new();
    let mut blobs = Vec::new();
    let mut remarks = Vec::new();
    let descriptors = manifest.layers.unwrap_or_default();
    // Of each of these a server may be asked.
    if shelf.is_far() && descriptors.len() > MOST_FAR {
        return Err(broken("it has over 1,000 layers"));
    }
    for descriptor in descriptors {
        let (info, blob) = layer(shelf, &descriptor)?;
        if blob.is_none() {
            remarks.push(Remark::Foreign(layers.len()));
        }
        layers.push(info);
        blobs.push(blob);
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
    let annotated = manifest.annotations.base().or_else(|| leaf.base.clone());
    info.base = annotated.or(info.base);
    base::learn(shelf, leaf, &mut info);
    Ok((info, blobs, json))
}

/// Is this a layer that may not be handed on, and so need not be there?
pub(super) fn is_foreign(layer: &Descriptor) -> bool {
    layer.media_type.contains("foreign") || layer.media_type.contains("nondistributable")
}

/// A layer and its blob; none, for a foreign one that is not here.
fn layer(
    shelf: &dyn Shelf,
    descriptor: &Descriptor,
) -> Result<(LayerInfo, Option<Digest>), SourceError> {
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
    let blob = match shelf.blob_size(descriptor, digest) {
        Ok(found) if found != descriptor.size => {
            let promised = descriptor.size;
            return Err(SourceError::Size {
                what: digest.to_string(),
                promised,
                found,
            });
        }
        Ok(_) => Some(digest),
        Err(SourceError::Missing(_)) if is_foreign(descriptor) => None,
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
    Ok((info, blob))
}

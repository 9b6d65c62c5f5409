//! OCI image layouts (OCI image specification, image-layout.md): an index.json,
//! perhaps nested indexes, manifests, blobs by digest.

use oci_distribution::Reference;

use super::manifest::{
    ConfigDoc, Descriptor, LARGEST_DOCUMENT, LARGEST_INDEX, LayerInfo, Manifest, Remark, parse,
};
use super::{Choice, Platform, SourceError, Store, Stored};
use crate::digest::Digest;
use crate::units::Bytes;

const INDEX: &str = "index.json";
/// Indexes in indexes: two are usual, more is an attack.
const DEEPEST: usize = 8;
/// More images than any layout of ours to look at one by one.
const MOST_LEAVES: usize = 50_000;

/// A manifest that some index lists.
#[derive(Debug)]
struct Leaf {
    descriptor: Descriptor,
    digest: Digest,
    /// Its tag, or that of the index that it is in.
    name: Option<String>,
    /// The digests of the indexes above it, outermost first.
    above: Vec<Digest>,
    platform: Option<Platform>,
}

pub(super) fn open(store: Store, choice: &Choice) -> Result<Stored, SourceError> {
    let index: Manifest = parse(INDEX, &store.small(INDEX, LARGEST_INDEX)?)?;
    let mut leaves = Vec::new();
    for descriptor in index.manifests.unwrap_or_default() {
        let name = name_of(&descriptor);
        collect(&store, descriptor, name, Vec::new(), &mut leaves)?;
    }
    let leaf = choose(&store, leaves, choice)?;
    image(store, leaf)
}

/// Adds the manifests at and below a descriptor.
fn collect(
    store: &Store,
    descriptor: Descriptor,
    name: Option<String>,
    above: Vec<Digest>,
    leaves: &mut Vec<Leaf>,
) -> Result<(), SourceError> {
    let digest: Digest = descriptor.digest.parse()?;
    let broken = |why: &str| SourceError::Document {
        what: digest.to_string(),
        why: why.to_owned(),
    };
    if above.len() > DEEPEST || above.contains(&digest) {
        return Err(broken("indexes are nested over 8 deep, or in a circle"));
    }
    if leaves.len() >= MOST_LEAVES {
        return Err(broken("there are over 50,000 images"));
    }
    if !is_index(&descriptor.media_type) {
        if !is_attestation(&descriptor) {
            let platform = descriptor.platform.as_ref().map(|doc| doc.platform());
            leaves.push(Leaf {
                descriptor,
                digest,
                name,
                above,
                platform,
            });
        }
        return Ok(());
    }
    let document: Manifest = match document(store, &descriptor, LARGEST_DOCUMENT) {
        Ok(json) => parse(&digest.to_string(), &json)?,
        // A store keeps indexes whose other platforms were never pulled.
        Err(SourceError::Missing(_)) if !above.is_empty() => return Ok(()),
        Err(error) => return Err(error),
    };
    if document.layers.is_some() {
        return Err(broken("it is an index and a manifest at once"));
    }
    let mut above = above;
    above.push(digest);
    for inner in document.manifests.unwrap_or_default() {
        let name = name_of(&inner).or_else(|| name.clone());
        collect(store, inner, name, above.clone(), leaves)?;
    }
    Ok(())
}

/// The bytes of a document, once they are what the descriptor promises.
fn document(store: &Store, descriptor: &Descriptor, limit: u64) -> Result<Vec<u8>, SourceError> {
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

fn name_of(descriptor: &Descriptor) -> Option<String> {
    [
        "io.containerd.image.name",
        "org.opencontainers.image.ref.name",
    ]
    .iter()
    .find_map(|key| descriptor.annotations.get(*key))
    .cloned()
}

fn is_index(media_type: &str) -> bool {
    matches!(
        media_type,
        "application/vnd.oci.image.index.v1+json"
            | "application/vnd.docker.distribution.manifest.list.v2+json"
    )
}

fn is_attestation(descriptor: &Descriptor) -> bool {
    descriptor
        .annotations
        .contains_key("vnd.docker.reference.type")
        || descriptor
            .platform
            .as_ref()
            .is_some_and(|doc| doc.platform().is_unknown())
}

/// The one leaf that is meant.
fn choose(store: &Store, leaves: Vec<Leaf>, choice: &Choice) -> Result<Leaf, SourceError> {
    if leaves.is_empty() {
        let why = "it lists no image".to_owned();
        return Err(SourceError::Document {
            what: INDEX.to_owned(),
            why,
        });
    }
    let titles = titles(&leaves);
    let mut named = match &choice.image {
        None => leaves,
        Some(asked) => leaves
            .into_iter()
            .filter(|leaf| leaf.is_called(asked))
            .collect(),
    };
    // The same manifest under several tags is one image.
    named.sort_by_key(|leaf| leaf.digest);
    named.dedup_by_key(|leaf| leaf.digest);
    match named.len() {
        0 => {
            let asked = choice.image.clone().unwrap_or_default();
            return Err(SourceError::NoSuchImage {
                asked,
                there: titles,
            });
        }
        1 if choice.platform.is_none() => return Ok(named.remove(0)),
        _ => {}
    }
    for leaf in &mut named {
        if leaf.platform.is_none() {
            leaf.platform = platform_of(store, leaf);
        }
    }
    // What states no platform at all is no image: a signature, a chart.
    if named.iter().any(|leaf| leaf.platform.is_some()) {
        named.retain(|leaf| leaf.platform.is_some());
    }
    let asked = choice.platform.clone().unwrap_or_else(Platform::host);
    let mut fitting: Vec<Leaf> = Vec::new();
    let mut there: Vec<String> = Vec::new();
    let mut several = titles;
    several.dedup();
    let names: std::collections::BTreeSet<_> = named
        .iter()
        .map(|leaf| (leaf.name.clone(), leaf.above.first().copied()))
        .collect();
    let one_image = names.len() == 1;
    for leaf in named {
        match &leaf.platform {
            Some(platform) if asked.accepts(platform) => fitting.push(leaf),
            Some(platform) => there.push(platform.to_string()),
            None => {}
        }
    }
    match fitting.len() {
        1 if one_image || choice.image.is_some() || choice.platform.is_some() => {
            Ok(fitting.remove(0))
        }
        0 if one_image || choice.image.is_some() || choice.platform.is_some() => {
            there.sort_unstable();
            there.dedup();
            Err(SourceError::NoSuchPlatform {
                asked: asked.to_string(),
                there,
            })
        }
        _ => Err(SourceError::Several(several)),
    }
}

/// What there is to choose from, each image once.
fn titles(leaves: &[Leaf]) -> Vec<String> {
    let mut titles: Vec<String> = leaves
        .iter()
        .map(|leaf| {
            let digest = leaf.above.first().unwrap_or(&leaf.digest);
            match (&leaf.name, &leaf.platform) {
                (Some(name), _) => name.clone(),
                (None, Some(platform)) => format!("{digest} {platform}"),
                (None, None) => digest.to_string(),
            }
        })
        .collect();
    titles.sort_unstable();
    titles.dedup();
    titles
}

impl Leaf {
    fn is_called(&self, asked: &str) -> bool {
        self.name
            .as_deref()
            .is_some_and(|name| same_name(asked, name))
            || self
                .above
                .iter()
                .chain([&self.digest])
                .any(|&digest| same_digest(asked, digest))
    }
}

/// Do these name the same image? `alpine` is `docker.io/library/alpine:latest`.
pub(super) fn same_name(asked: &str, there: &str) -> bool {
    let whole = |name: &str| name.parse::<Reference>().map(|reference| reference.whole());
    asked == there
        || matches!((whole(asked), whole(there)), (Ok(asked), Ok(there)) if asked == there)
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

/// The platform that an image's own config states.
fn platform_of(store: &Store, leaf: &Leaf) -> Option<Platform> {
    let manifest = manifest_of(store, leaf).ok()?;
    let config = manifest.config?;
    if !is_image_config(&config) {
        return None;
    }
    let json = document(store, &config, LARGEST_DOCUMENT).ok()?;
    parse::<ConfigDoc>(&config.digest, &json).ok()?.platform()
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

fn image(store: Store, leaf: Leaf) -> Result<Stored, SourceError> {
    let digest = leaf.digest;
    let manifest = manifest_of(&store, &leaf)?;
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
                crate::path::shown_text(
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
    let mut info = config.into_info(leaf.name.unwrap_or_default(), digest, layers)?;
    info.remarks.extend(remarks);
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
    };
    Ok((info, path))
}

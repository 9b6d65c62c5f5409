//! `docker save` archives: a manifest.json that lists images, their config and
//! their layers by path. Written by every engine and by kaniko, jib, bazel,
//! BuildKit, each in its own way.

use std::sync::Arc;

use super::document::{LARGEST_DOCUMENT, document, parse};
use super::manifest::{ConfigDoc, ImageInfo, LayerInfo};
use super::{Choice, Every, Platform, SourceError, Store, Stored, oci};
use crate::digest::Digest;
use crate::units::Bytes;

const LIST: &str = "manifest.json";
/// More images than anybody saves at once: to choose, each config may be read.
const MOST_IMAGES: usize = 1000;

document! {
    /// One image of the list.
    struct Listed {
        config: String = "Config",
        tags: Option<Vec<String>> = "RepoTags",
        layers: Option<Vec<String>> = "Layers",
    }
}

pub(super) fn open(store: Arc<Store>, choice: &Choice) -> Result<Stored, SourceError> {
    let list = listed(&store)?;
    let chosen = choose(&store, &list, choice)?;
    let known = config(&store, chosen)?;
    if let (Some(asked), Some(there)) = (&choice.platform, known.config.platform())
        && !asked.accepts(&there)
    {
        // The layout beside the list may hold the platform that is asked for.
        if store.has("index.json") {
            return oci::open(store, choice);
        }
        return Err(SourceError::NoSuchPlatform {
            asked: asked.to_string(),
            there: vec![there.to_string()],
        });
    }
    image(store, chosen, known)
}

/// Every platform of the one image: several of one name are `docker save --platform`
/// more than once.
pub(super) fn open_all(store: &Arc<Store>, asked: Option<&str>) -> Result<Every, SourceError> {
    let list = listed(store)?;
    let fits = |image: &&Listed| asked.is_none_or(|asked| is_called(store, image, asked));
    let chosen: Vec<&Listed> = list.iter().filter(fits).collect();
    Every::check(chosen.len())?;
    let tags = |image: &Listed| image.tags.clone().unwrap_or_default();
    let several = || SourceError::Several(list.iter().map(title).collect());
    match chosen.as_slice() {
        [] => return Err(no_such_image(asked.unwrap_or_default(), &list)),
        [_] => {}
        [first, ..] if tags(first).is_empty() => return Err(several()),
        [first, rest @ ..] if rest.iter().any(|image| tags(image) != tags(first)) => {
            return Err(several());
        }
        _ => {}
    }
    let open = |chosen: &Listed| image(Arc::clone(store), chosen, config(store, chosen)?);
    Ok(Every {
        images: chosen.into_iter().map(open).collect::<Result<_, _>>()?,
        ..Every::default()
    })
}

fn listed(store: &Store) -> Result<Vec<Listed>, SourceError> {
    let list: Vec<Listed> = parse(LIST, &store.small(LIST, LARGEST_DOCUMENT)?)?;
    let broken = |why: &str| SourceError::Document {
        what: LIST.to_owned(),
        why: why.to_owned(),
    };
    if list.is_empty() {
        return Err(broken("it lists no image"));
    }
    if list.len() > MOST_IMAGES {
        return Err(broken("it lists over 1,000 images"));
    }
    if list.iter().any(|image| image.config.is_empty()) {
        return Err(broken("it lists an image without a config"));
    }
    Ok(list)
}

fn image(
    store: Arc<Store>,
    listed: &Listed,
    Known {
        digest,
        config,
        json,
    }: Known,
) -> Result<Stored, SourceError> {
    let paths = listed.layers.clone().unwrap_or_default();
    let layers: Vec<LayerInfo> = paths
        .iter()
        .map(|path| layer(&store, path))
        .collect::<Result<_, _>>()?;
    let name = listed
        .tags
        .iter()
        .flatten()
        .next()
        .cloned()
        .unwrap_or_default();
    let mut info: ImageInfo = config.into_info(name, digest, layers)?;
    if store.has("index.json") {
        oci::tell_base(&store, &mut info);
    }
    Ok(Stored {
        info,
        store,
        config: json,
        layers: paths.into_iter().map(Some).collect(),
    })
}

fn choose<'l>(
    store: &Store,
    list: &'l [Listed],
    choice: &Choice,
) -> Result<&'l Listed, SourceError> {
    let Some(asked) = &choice.image else {
        return match list {
            [only] => Ok(only),
            _ => for_platform(store, list, choice.platform.as_ref())
                .ok_or_else(|| SourceError::Several(list.iter().map(title).collect())),
        };
    };
    list.iter()
        .find(|image| is_called(store, image, asked))
        .ok_or_else(|| no_such_image(asked, list))
}

/// Is this one of its tags, or its image ID?
fn is_called(store: &Store, image: &Listed, asked: &str) -> bool {
    let mut tags = image.tags.iter().flatten();
    let digest = || config(store, image).ok().map(|known| known.digest);
    tags.any(|tag| oci::same_name(asked, tag))
        || digest().is_some_and(|digest| oci::same_digest(asked, digest))
}

fn no_such_image(asked: &str, list: &[Listed]) -> SourceError {
    SourceError::NoSuchImage {
        asked: asked.to_owned(),
        there: list.iter().map(title).collect(),
    }
}

/// The only image of one name for a platform: `docker save --platform` twice.
fn for_platform<'l>(
    store: &Store,
    list: &'l [Listed],
    asked: Option<&Platform>,
) -> Option<&'l Listed> {
    let tags = |image: &Listed| image.tags.clone().unwrap_or_default();
    let one_name = list.windows(2).all(|pair| tags(&pair[0]) == tags(&pair[1]));
    let host = Platform::host();
    let asked = asked.unwrap_or(&host);
    let mut fitting = list.iter().filter(|image| {
        let platform = config(store, image)
            .ok()
            .and_then(|known| known.config.platform());
        platform.is_some_and(|there| asked.accepts(&there))
    });
    match (
        one_name && !tags(&list[0]).is_empty(),
        fitting.next(),
        fitting.next(),
    ) {
        (true, found, None) => found,
        _ => None,
    }
}

fn title(image: &Listed) -> String {
    match image.tags.as_deref() {
        None | Some([]) => format!("(untagged) {}", image.config),
        Some(tags) => tags.join(", "),
    }
}

/// A config, its text, and its digest: the image ID.
struct Known {
    digest: Digest,
    config: ConfigDoc,
    json: Vec<u8>,
}

fn config(store: &Store, image: &Listed) -> Result<Known, SourceError> {
    let json = store.small(&image.config, LARGEST_DOCUMENT)?;
    let found = Digest::sha256(&json);
    if let Some(promised) = digest_in(&image.config)
        && !promised.matches(&json)
    {
        return Err(SourceError::Mismatch {
            what: image.config.clone(),
            found,
        });
    }
    Ok(Known {
        digest: digest_in(&image.config).unwrap_or(found),
        config: parse(&image.config, &json)?,
        json,
    })
}

fn layer(store: &Store, path: &str) -> Result<LayerInfo, SourceError> {
    Ok(LayerInfo {
        digest: path.strip_prefix("blobs/").and_then(digest_in),
        diff_id: None,
        media_type: None,
        size: Bytes(store.length(path)?),
        created_by: None,
        toc: None,
    })
}

/// The digest that a file name promises: `HEX.json`, `sha256:HEX`, `sha256/HEX`.
pub(super) fn digest_in(path: &str) -> Option<Digest> {
    let name = path.rsplit('/').next()?;
    let name = name.strip_suffix(".json").unwrap_or(name);
    let hex = name.strip_prefix("sha256:").unwrap_or(name);
    let algorithm = if path.contains("sha512/") {
        "sha512"
    } else {
        "sha256"
    };
    format!("{algorithm}:{hex}").parse().ok()
}

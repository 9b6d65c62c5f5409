//! Images of running engines, over their sockets. What comes in is an image's name
//! there; what goes out is a [`Passage`]: the engine is asked at once whether it has
//! the image, and for its bytes only once somebody wants them.
//!
//! The Docker Engine API, and podman's own (libpod): podman's imitation of Docker's
//! takes every short name for one of Docker Hub.

mod endpoint;
mod error;
mod http;

use std::io::Read;

pub use endpoint::{Endpoints, Patience};
pub use error::DaemonError;

use self::http::Engine;
use super::document::{LARGEST_DOCUMENT, document, parse};
use super::oci::same_name;
use super::{Choice, Keeper, Origin, Passage, Platform, Promise, SourceError};
use crate::digest::Digest;
use crate::units::Bytes;

document! {
    /// What an engine says of an image.
    struct ImageDoc {
        id: String = "Id",
        tags: Vec<String> = "RepoTags",
        os: String = "Os",
        architecture: String = "Architecture",
        variant: Option<String> = "Variant",
        size: Option<i64> = "Size",
        rootfs: RootfsDoc = "RootFS",
    }
}

document! {
    struct RootfsDoc {
        layers: Vec<String> = "Layers",
    }
}

document! {
    /// How an engine says that it cannot.
    struct ErrorDoc {
        message: Option<String> = "message",
        cause: Option<String> = "cause",
        error: Option<String> = "error",
    }
}

impl ErrorDoc {
    fn words(self) -> Option<String> {
        self.message.or(self.error).or(self.cause)
    }
}

/// Asks an engine for an image of this name, which may be a tag, an ID or its
/// beginning. [`DaemonError::is_absence`] tells whether it may be elsewhere.
pub fn open(
    keeper: Keeper,
    name: &str,
    choice: &Choice,
    endpoints: &Endpoints,
) -> Result<Passage, SourceError> {
    if choice.image.is_some() {
        return Err(SourceError::Unsupported {
            what: format!(
                "`--image` is for archives; of an engine the name behind `{}:` is the choice",
                keeper.name()
            ),
            hint: "leave `--image` out",
        });
    }
    let endpoint = endpoints
        .find(keeper)
        .map_err(|error| DaemonError::Setting {
            keeper,
            error: Box::new(error),
        })?;
    let engine = Engine::new(keeper, endpoint, endpoints.patience);
    let path = |name: &str, what: &str| {
        let root = match keeper {
            Keeper::Podman => "/v4.0.0/libpod",
            _ => "",
        };
        format!("{root}/images/{}/{what}", encoded(name))
    };
    let json = engine.small(&path(name, "json"), name, LARGEST_DOCUMENT)?;
    let image: ImageDoc = parse("what the engine says of the image", &json)?;
    let there = Platform::new(&image.os, &image.architecture, image.variant.as_deref());
    if let Some(asked) = &choice.platform
        && !image.os.is_empty()
        && !asked.accepts(&there)
    {
        return Err(SourceError::NoSuchPlatform {
            asked: asked.to_string(),
            there: vec![there.to_string()],
        });
    }
    // A name without a tag would be sent with all its tags.
    let tag = image.tags.iter().find(|tag| same_name(name, tag));
    let exact = tag.unwrap_or(&image.id).clone();
    let format = match keeper {
        Keeper::Podman => "get?format=docker-archive",
        _ => "get",
    };
    let (path, asked) = (path(&exact, format), name.to_owned());
    Ok(Passage::new(
        &Origin::of(keeper, name),
        choice,
        promise(keeper, &image),
        move || {
            let body = engine.stream(&path, &asked)?;
            Ok(Box::new(body) as Box<dyn Read + Send>)
        },
    ))
}

fn promise(keeper: Keeper, image: &ImageDoc) -> Option<Promise> {
    let diff_ids: Result<Vec<Digest>, _> =
        image.rootfs.layers.iter().map(|id| id.parse()).collect();
    let size = u64::try_from(image.size.unwrap_or_default()).unwrap_or_default();
    let (os, architecture) = (&image.os, &image.architecture);
    Some(Promise {
        id: format!("{} {} {os} {architecture}", keeper.name(), image.id),
        diff_ids: diff_ids.ok()?,
        size: Bytes(size),
    })
    .filter(|_| !image.id.is_empty())
}

/// A name as one part of a URL's path.
fn encoded(name: &str) -> String {
    let mut url = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                url.push(char::from(byte));
            }
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

//! Where the bytes come from. What comes in is what the user named; what goes
//! out is an [`Image`]: what it says of itself, and each layer's stored bytes; or a
//! [`Passage`], which becomes one once all of it has passed by.
//!
//! Two halves: a `store` knows where files lie (a tar, a folder) or what is left of
//! them, a reader (`oci`, `docker`) knows what the files mean. Neither knows the
//! other's business, and none of them knows what is in a layer.

mod base;
mod containerd;
pub mod credentials;
pub mod daemon;
mod docker;
mod document;
mod error;
mod index;
mod manifest;
mod members;
mod moment;
mod name;
mod net;
mod oci;
mod origin;
mod passage;
mod platform;
mod provenance;
mod registry;
mod shelf;
mod store;
mod tls;

use std::io::{self, Read};
use std::sync::Arc;

pub use base::{BaseName, Stated};
pub use containerd::ContainerdError;
pub use error::SourceError;
pub use manifest::{Config, Healthcheck, ImageInfo, LayerInfo, Remark, Step, TocPromise};
pub use name::{Name, NoName};
pub use net::Net;
pub use origin::{Format, Keeper, Origin, Place};
pub use passage::{Passage, Passing, Promise};
pub use platform::Platform;
pub use provenance::{Provenance, Start};
pub use registry::RegistryError;

use crate::codec::Window;
use crate::digest::Digest;
use crate::units::Bytes;
use store::{Found, Store};

/// An opened image.
pub trait Image: Send + Sync {
    /// What it says of itself.
    fn info(&self) -> &ImageInfo;
    /// A layer's bytes as stored, compressed or not. May be called from any thread.
    fn open_layer(&self, no: usize) -> Result<Blob, SourceError>;
    /// Its config document, byte for byte; `None` where it was not kept.
    fn config_bytes(&self) -> Option<&[u8]> {
        None
    }
    /// What a server was asked so far; `None` where there is no server.
    fn traffic(&self) -> Option<Traffic> {
        None
    }
}

/// What went over a wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traffic {
    /// Requests that were answered.
    pub requests: u64,
    /// The bytes of documents and blobs that came.
    pub bytes: Bytes,
}

/// A layer's stored bytes.
pub enum Blob {
    /// A part of a file: may be read at any place.
    Window(Window),
    /// Read once, in order.
    Stream(Box<dyn Read + Send>),
    /// Elsewhere: read in order, or in parts.
    Remote(Arc<dyn Remote>),
    /// Not to be had again: it was the member of this number of a [`Passage`].
    Passed(usize),
    /// Stated by the manifest, and not there: a foreign layer.
    Absent,
}

/// A blob on a server.
pub trait Remote: Send + Sync {
    /// All of it, from its first byte to its last. What goes wrong on the way is
    /// mended if it can be, and else is an error of the reader, with a
    /// [`SourceError`] in it.
    fn stream(&self) -> Box<dyn Read + Send>;
    /// `length` bytes (at least one) from `start`, all of which lie in the blob; may
    /// be called from any thread. `None` where the server gives no parts.
    fn part(&self, start: u64, length: u64) -> Result<Option<Box<dyn Read + Send>>, SourceError>;
}

/// Which image, where a source holds several.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// A tag, a name or a digest.
    pub image: Option<String>,
    /// `None`: the host's, or the only one.
    pub platform: Option<Platform>,
}

/// One image, for every platform that it is there for.
pub struct Platforms {
    /// The index that lists them; `None` where it has no digest of its own.
    pub index: Option<Digest>,
    /// The image for each platform, at least one, in the order of the index.
    pub images: Vec<Opened>,
    /// Platforms that the index lists and whose blobs are not there: an engine
    /// pulls its own platform only.
    pub absent: Vec<String>,
}

/// Every platform of an image, or an archive that will tell which there are.
pub enum OpenedAll {
    /// They are known.
    Platforms(Platforms),
    /// It passes by once.
    Passage(Box<Passage>),
}

/// What was opened.
pub enum Opened {
    /// Its layers can be read, in any order.
    Image(Box<dyn Image>),
    /// It passes by once.
    Passage(Box<Passage>),
}

impl Opened {
    /// The door that it came through, and the place behind it.
    pub fn source(&self) -> String {
        match self {
            Opened::Image(image) => image.info().source.clone(),
            Opened::Passage(passage) => passage.source(),
        }
    }

    /// Which machine it is for, if that is known by now.
    pub fn platform(&self) -> Option<&Platform> {
        match self {
            Opened::Image(image) => image.info().platform.as_ref(),
            Opened::Passage(_) => None,
        }
    }
}

/// Opens what the user named, by looking at it. Of a running engine only the image's
/// description is asked for; that it is not there is an error at once.
pub fn open(origin: &Origin, choice: &Choice, net: &Net) -> Result<Opened, SourceError> {
    let passage = |source: Box<dyn Read + Send>| {
        let start = move || Ok(source);
        let passage = Passage::new(origin, choice, None, start);
        Ok(Opened::Passage(Box::new(passage)))
    };
    match &origin.place {
        Place::Stdin => passage(Box::new(io::stdin())),
        Place::Path(path) => match store::find(path)? {
            Found::Store(store) => Ok(Opened::Image(read(store, origin, choice)?)),
            Found::Stream(file) => passage(Box::new(file)),
        },
        Place::At(keeper @ (Keeper::Docker | Keeper::Podman), name) => {
            let endpoints = daemon::Endpoints::from_env();
            let passage = daemon::open(*keeper, name, choice, &endpoints)?;
            Ok(Opened::Passage(Box::new(passage)))
        }
        Place::At(Keeper::Containerd, name) => containerd::open(name, choice).map(Opened::Image),
        Place::At(Keeper::Registry, name) => registry::open(name, choice, net).map(Opened::Image),
        Place::Anywhere(name) => {
            anywhere(name, |keeper| open(&Origin::of(keeper, name), choice, net))
        }
    }
}

/// Asks everybody who may have an image of this name, until one has it.
fn anywhere<T>(
    name: &str,
    open: impl Fn(Keeper) -> Result<T, SourceError>,
) -> Result<T, SourceError> {
    let mut tried = Vec::new();
    for keeper in Keeper::ALL {
        match open(keeper) {
            Err(error) if error.is_elsewhere() => tried.push((keeper, error)),
            result => return result,
        }
    }
    Err(SourceError::Nowhere {
        name: name.to_owned(),
        tried,
    })
}

/// Reads the documents of a store.
fn read(store: Store, origin: &Origin, choice: &Choice) -> Result<Box<dyn Image>, SourceError> {
    let store = Arc::new(store);
    let mut choice = choice.clone();
    if choice.image.is_none() {
        choice.image.clone_from(&origin.tag);
    }
    let is_docker = store.has("manifest.json");
    let is_oci = store.has("index.json");
    let (format, image) = match origin.format {
        Some(Format::DockerArchive) => ("docker-archive", docker::open(store, &choice)?),
        Some(Format::OciArchive | Format::OciLayout) => {
            (oci_name(&store), oci::open(store, &choice)?)
        }
        // Engines since Docker 25 write both into one archive. The OCI layout
        // has digests; but with an image store of several platforms only
        // manifest.json is sure to name blobs that are there.
        None if is_docker => ("docker-archive", docker::open(store, &choice)?),
        None if is_oci => (oci_name(&store), oci::open(store, &choice)?),
        None => return Err(store.no_image()),
    };
    let mut image = image;
    origin.name(&mut image.info, format);
    Ok(Box::new(image))
}

/// Opens every platform of the one image that the user named; `image` chooses it
/// where there are several, as [`Choice::image`] does. An attestation is no platform.
/// An engine has one platform of an image.
pub fn open_all(origin: &Origin, image: Option<&str>, net: &Net) -> Result<OpenedAll, SourceError> {
    let choice = Choice {
        image: image.map(str::to_owned),
        platform: None,
    };
    let passage = |source: Box<dyn Read + Send>| {
        let passage = Passage::new(origin, &choice, None, move || Ok(source));
        Ok(OpenedAll::Passage(Box::new(passage)))
    };
    let every = match &origin.place {
        Place::Stdin => return passage(Box::new(io::stdin())),
        Place::Path(path) => match store::find(path)? {
            Found::Store(store) => read_all(store, origin, &choice)?,
            Found::Stream(file) => return passage(Box::new(file)),
        },
        Place::At(Keeper::Registry, name) => registry::open_all(name, net)?,
        Place::At(Keeper::Containerd, name) => containerd::open_all(name, image)?,
        Place::Anywhere(name) => {
            let all = |keeper| open_all(&Origin::of(keeper, name), image, net);
            return anywhere(name, all);
        }
        _ => Platforms {
            index: None,
            images: vec![open(origin, &choice, net)?],
            absent: Vec::new(),
        },
    };
    Ok(OpenedAll::Platforms(every))
}

/// Reads the documents of a store, for every platform.
fn read_all(store: Store, origin: &Origin, choice: &Choice) -> Result<Platforms, SourceError> {
    let store = Arc::new(store);
    let image = choice.image.as_deref().or(origin.tag.as_deref());
    let (format, every) = match origin.format {
        Some(Format::DockerArchive) => ("docker-archive", docker::open_all(&store, image)?),
        Some(Format::OciArchive | Format::OciLayout) => {
            (oci_name(&store), oci::open_all(&store, image)?)
        }
        // Where an archive has both, manifest.json names one platform of an index;
        // but the index of some is there for form's sake, and empty.
        None if store.has("manifest.json") && !oci::lists_any(&store) => {
            ("docker-archive", docker::open_all(&store, image)?)
        }
        None if store.has("index.json") => (oci_name(&store), oci::open_all(&store, image)?),
        None => return Err(store.no_image()),
    };
    Ok(every.from(format, origin))
}

/// [`Platforms`] in the making.
#[derive(Default)]
struct Every {
    index: Option<Digest>,
    images: Vec<Stored>,
    absent: Vec<String>,
}

impl Every {
    /// Refuses more platforms than any image is built for, before they are opened.
    fn check(count: usize) -> Result<(), SourceError> {
        const MOST: usize = 100;
        match count {
            0..=MOST => Ok(()),
            _ => Err(SourceError::Unsupported {
                what: format!("the image is for {count} platforms; imgsize shows up to {MOST}"),
                hint: "choose one with `--platform OS/ARCH`",
            }),
        }
    }

    /// Says where they came from.
    fn from(self, format: &str, origin: &Origin) -> Platforms {
        let image = |mut image: Stored| {
            origin.name(&mut image.info, format);
            Opened::Image(Box::new(image))
        };
        Platforms {
            index: self.index,
            images: self.images.into_iter().map(image).collect(),
            absent: self.absent,
        }
    }
}

fn oci_name(store: &Store) -> &'static str {
    if store.is_folder() {
        "oci-dir"
    } else {
        "oci-archive"
    }
}

/// An image whose blobs lie in a [`Store`].
struct Stored {
    info: ImageInfo,
    store: Arc<Store>,
    /// The config document.
    config: Vec<u8>,
    /// Where each layer lies; `None` for one that is not there.
    layers: Vec<Option<String>>,
}

impl Image for Stored {
    fn info(&self) -> &ImageInfo {
        &self.info
    }

    fn open_layer(&self, no: usize) -> Result<Blob, SourceError> {
        match self.layers.get(no) {
            Some(Some(path)) => self.store.blob(path),
            _ => Ok(Blob::Absent),
        }
    }

    fn config_bytes(&self) -> Option<&[u8]> {
        Some(&self.config)
    }
}

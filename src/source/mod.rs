//! Where the bytes come from. What comes in is what the user named; what goes
//! out is an [`Image`]: what it says of itself, and each layer's stored bytes.
//!
//! Two halves: a `store` knows where files lie (a tar, a folder), a reader
//! (`oci`, `docker`) knows what the files mean. Neither knows the other's
//! business, and none of them knows what is in a layer.

mod containerd;
pub mod credentials;
mod docker;
mod document;
mod error;
mod index;
mod manifest;
mod oci;
mod origin;
mod platform;
mod store;

use std::io::Read;
use std::sync::Arc;

pub use error::SourceError;
pub use manifest::{Config, ImageInfo, LayerInfo, Remark, TocPromise};
pub use origin::{Format, Keeper, Origin, Place};
pub use platform::Platform;

use crate::codec::Window;
use crate::digest::Digest;
use store::Store;

/// An opened image.
pub trait Image: Send + Sync {
    /// What it says of itself.
    fn info(&self) -> &ImageInfo;
    /// A layer's bytes as stored, compressed or not. May be called from any thread.
    fn open_layer(&self, no: usize) -> Result<Blob, SourceError>;
}

/// A layer's stored bytes.
pub enum Blob {
    /// A part of a file: may be read at any place.
    Window(Window),
    /// Read once, in order.
    Stream(Box<dyn Read + Send>),
    /// Elsewhere: read in order, or in parts.
    Remote(Arc<dyn Remote>),
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
    pub images: Vec<Box<dyn Image>>,
    /// Platforms that the index lists and whose blobs are not there: an engine
    /// pulls its own platform only.
    pub absent: Vec<String>,
}

/// Opens what the user named, by looking at it.
pub fn open(origin: &Origin, choice: &Choice) -> Result<Box<dyn Image>, SourceError> {
    if let Place::At(Keeper::Containerd, name) = &origin.place {
        let image = containerd::open(name, choice)?;
        return Ok(Box::new(image.from("containerd", origin)));
    }
    let store = Arc::new(Store::open(&origin.place)?);
    let mut choice = choice.clone();
    if choice.image.is_none() {
        choice.image.clone_from(&origin.tag);
    }
    let is_docker = store.has("manifest.json");
    let is_oci = store.has("index.json");
    let (format, image) = match origin.format {
        Some(Format::DockerArchive) => ("docker-archive", docker::open(store, &choice)?),
        Some(Format::OciArchive | Format::OciLayout) => {
            (oci_name(&store), open_oci(store, &choice)?)
        }
        // Engines since Docker 25 write both into one archive. The OCI layout
        // has digests; but with an image store of several platforms only
        // manifest.json is sure to name blobs that are there.
        None if is_docker => ("docker-archive", docker::open(store, &choice)?),
        None if is_oci => (oci_name(&store), open_oci(store, &choice)?),
        None => return Err(store.no_image()),
    };
    Ok(Box::new(image.from(format, origin)))
}

/// Opens every platform of the one image that the user named; `image` chooses it
/// where there are several, as [`Choice::image`] does. An attestation is no platform.
pub fn open_all(origin: &Origin, image: Option<&str>) -> Result<Platforms, SourceError> {
    if let Place::At(Keeper::Containerd, name) = &origin.place {
        return Ok(containerd::open_all(name, image)?.from("containerd", origin));
    }
    let store = Arc::new(Store::open(&origin.place)?);
    let image = image.or(origin.tag.as_deref());
    let (format, every) = match origin.format {
        Some(Format::DockerArchive) => ("docker-archive", docker::open_all(&store, image)?),
        Some(Format::OciArchive | Format::OciLayout) => (
            oci_name(&store),
            oci::open_all(&store, index::leaves(&store)?, image)?,
        ),
        // Where an archive has both, manifest.json names one platform of an index;
        // but the index of some is there for form's sake, and empty.
        None if store.has("manifest.json") && !oci::lists_any(&store) => {
            ("docker-archive", docker::open_all(&store, image)?)
        }
        None if store.has("index.json") => (
            oci_name(&store),
            oci::open_all(&store, index::leaves(&store)?, image)?,
        ),
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
        let image = |image: Stored| Box::new(image.from(format, origin)) as Box<dyn Image>;
        Platforms {
            index: self.index,
            images: self.images.into_iter().map(image).collect(),
            absent: self.absent,
        }
    }
}

fn open_oci(store: Arc<Store>, choice: &Choice) -> Result<Stored, SourceError> {
    let leaves = index::leaves(&store)?;
    oci::open(store, leaves, choice)
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
    /// Where each layer lies; `None` for one that is not there.
    layers: Vec<Option<String>>,
}

impl Stored {
    /// Says where it came from.
    fn from(mut self, format: &str, origin: &Origin) -> Stored {
        self.info.source = format!("{format}:{}", origin.place);
        if self.info.name.is_empty() {
            self.info.name = origin.place.short_name();
        }
        self
    }
}

impl Image for Stored {
    fn info(&self) -> &ImageInfo {
        &self.info
    }

    fn open_layer(&self, no: usize) -> Result<Blob, SourceError> {
        match self.layers.get(no) {
            Some(Some(path)) => Ok(Blob::Window(self.store.window(path)?)),
            _ => Ok(Blob::Absent),
        }
    }
}

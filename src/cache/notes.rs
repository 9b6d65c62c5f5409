//! What is kept of images besides their layers: what those of engines said of
//! themselves, and what was made of an image once all of it was read.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Cache;
use crate::digest::Digest;
use crate::source::{ImageInfo, Promise};

/// The beginning of the name of what an image said of itself.
pub(super) const IMAGE: &str = "image";
/// The beginning of the name of what was made of an image.
pub(super) const NOTE: &str = "note";

/// What an image said of itself, and whose promise it was.
#[derive(Serialize, Deserialize)]
struct KeptImage {
    id: String,
    info: ImageInfo,
}

/// What was made of an image, under the name that it was kept by.
#[derive(Serialize, Deserialize)]
struct Note<T> {
    name: String,
    text: T,
}

impl Cache {
    /// What an image that an engine promises said of itself, when it was read.
    pub fn image(&self, promise: &Promise) -> Option<ImageInfo> {
        let kept: KeptImage = self.read(&image_name(promise)?, |kept: &KeptImage| {
            kept.id == promise.id && has_diff_ids(&kept.info, promise)
        })?;
        Some(kept.info)
    }

    /// Keeps what an image said of itself, if it is the one that was promised.
    pub fn put_image(&self, promise: &Promise, info: &ImageInfo) {
        let kept = KeptImage {
            id: promise.id.clone(),
            info: info.clone(),
        };
        if has_diff_ids(info, promise)
            && let Some(name) = image_name(promise)
        {
            self.keep(&name, &kept);
        }
    }

    /// What `maker` made of the image that says this of itself, whatever it is called
    /// and wherever it lies.
    pub fn note<T: DeserializeOwned>(&self, info: &ImageInfo, maker: &str) -> Option<T> {
        let name = note_name(info, maker)?;
        let note: Note<T> = self.read(&name, |note: &Note<T>| note.name == name)?;
        Some(note.text)
    }

    /// Keeps what `maker` made of an image: it must follow from the image alone.
    pub fn put_note(&self, info: &ImageInfo, maker: &str, text: &impl Serialize) {
        if let Some(name) = note_name(info, maker) {
            let note = Note {
                name: name.clone(),
                text,
            };
            self.keep(&name, &note);
        }
    }
}

fn note_name(info: &ImageInfo, maker: &str) -> Option<String> {
    let mut info = info.clone();
    info.name.clear();
    info.source.clear();
    let text = postcard::to_stdvec(&(maker, &info)).ok()?;
    let (hex, layers) = (Digest::sha256(&text).hex(), info.layers.len());
    Some(format!("{NOTE}-sha256-{hex}-{layers}"))
}

pub(super) fn image_name(promise: &Promise) -> Option<String> {
    let text = postcard::to_stdvec(&(&promise.id, &promise.diff_ids)).ok()?;
    let (hex, layers) = (Digest::sha256(&text).hex(), promise.diff_ids.len());
    Some(format!("{IMAGE}-sha256-{hex}-{layers}"))
}

fn has_diff_ids(info: &ImageInfo, promise: &Promise) -> bool {
    let diff_ids = info.layers.iter().map(|layer| layer.diff_id);
    diff_ids.eq(promise.diff_ids.iter().copied().map(Some))
}

//! Why an image was not trimmed, and what to do about it.

use std::io;

use crate::codec::CodecError;
use crate::path::{ImagePath, brief};
use crate::rootfs::{LayerNo, StackError};
use crate::scan::ScanError;
use crate::source::SourceError;
use crate::tarfile::TarError;
use crate::units::Bytes;

/// Why an image was not trimmed. Nothing is left behind.
#[derive(Debug, thiserror::Error)]
pub enum TrimError {
    /// The image cannot be read again, or what was written cannot.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// What was written cannot be analyzed.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// The shorter layers make no tree.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// A layer cannot be read.
    #[error("cannot read layer {0}")]
    Layer(LayerNo, #[source] TarError),
    /// A layer passed by, or is not there at all.
    #[error("layer {0} is not there to be read again")]
    Gone(LayerNo),
    /// A layer is not what it was a moment ago.
    #[error("layer {0} changed while it was read")]
    Changed(LayerNo),
    /// The config has no form that can be edited safely.
    #[error("the image's config cannot be edited: {0}")]
    Config(&'static str),
    /// The result cannot be written.
    #[error("cannot write {}", brief(.0))]
    Write(String, #[source] io::Error),
    /// Something is there already.
    #[error("{} is there already", brief(.0))]
    Exists(String),
    /// The tree would be, or is, another one.
    #[error("the trimmed image would differ at {path}: {what}")]
    Differs {
        /// Where.
        path: ImagePath,
        /// How.
        what: &'static str,
    },
    /// Fewer bytes went than were promised, or more.
    #[error("{promised} were promised, and {achieved} would go")]
    Promise {
        /// By the findings.
        promised: Bytes,
        /// By the archive.
        achieved: Bytes,
    },
    /// What should not be.
    #[error("{0}")]
    Odd(&'static str),
}

impl TrimError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            TrimError::Source(error) => error.hint(),
            TrimError::Scan(error) => error.hint(),
            TrimError::Layer(_, error) => error.hint(),
            TrimError::Gone(_) => Some("save the image to a file first, and trim that"),
            TrimError::Exists(_) => Some("name another, or replace it with `--force`"),
            TrimError::Write(_, error) if error.kind() == io::ErrorKind::StorageFull => {
                Some("free some space, or write elsewhere with `--output`")
            }
            TrimError::Write(_, error) if error.kind() == io::ErrorKind::NotFound => {
                Some("its folder is not there; make it first")
            }
            TrimError::Differs { .. } | TrimError::Promise { .. } => {
                Some("nothing was written; choose other rules, and please report this")
            }
            _ => None,
        }
    }
}

/// An error of reading, of the layer that it is about.
pub(super) fn of_layer(no: LayerNo) -> impl Fn(CodecError) -> TrimError {
    move |error| TrimError::Layer(no, error.into())
}

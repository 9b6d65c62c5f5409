//! Why contents could not be read again, and what to do about it.

use std::io;

use crate::codec::CodecError;
use crate::layer::LayerError;
use crate::rootfs::LayerNo;
use crate::source::SourceError;
use crate::tarfile::TarError;

/// Why contents could not be read again.
#[derive(Debug, thiserror::Error)]
pub enum AgainError {
    /// The image cannot be opened again, or its source failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A layer's bytes failed to come.
    #[error("cannot read layer {0} again")]
    Read(LayerNo, #[source] io::Error),
    /// The image is there, and this layer is not.
    #[error("layer {0} is not there to be read again")]
    Gone(LayerNo),
    /// Something else is where this layer was.
    #[error("the image has changed since it was read: layer {0} is another")]
    Changed(LayerNo),
}

impl AgainError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            AgainError::Source(error) => error.hint(),
            AgainError::Read(..) => None,
            AgainError::Gone(_) => Some("save the image to a file first, and look at that"),
            AgainError::Changed(_) => Some("run imgsize on it anew"),
        }
    }
}

/// A layer that could be read once, and cannot now, is another one; if it is not the
/// source that fails.
pub(super) fn of_layer(no: LayerNo, error: LayerError) -> AgainError {
    match error {
        LayerError::Codec(CodecError::Read(error))
        | LayerError::Tar(TarError::Codec(CodecError::Read(error))) => {
            match error.downcast::<SourceError>() {
                Ok(error) => AgainError::Source(error),
                Err(error) => AgainError::Read(no, error),
            }
        }
        _ => AgainError::Changed(no),
    }
}

//! Why nothing was extracted, and what to do about it.

use std::io;
use std::path::Path;

use crate::path::{ImagePath, brief};
use crate::scan::AgainError;
use crate::units::Bytes;

/// Why nothing was extracted. Nothing is left behind.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// The contents cannot be read again.
    #[error(transparent)]
    Again(#[from] AgainError),
    /// What was to be written into is no folder.
    #[error("{} is no folder", brief(.0))]
    NoFolder(String),
    /// Something cannot be written.
    #[error("cannot write {}", brief(.0))]
    Write(String, #[source] io::Error),
    /// There is no content: a link, a device, or nothing any more.
    #[error("{path} is {what}: there is nothing to extract")]
    Nothing {
        /// Where.
        path: ImagePath,
        /// `a link`, `a device or a pipe`, `deleted`.
        what: &'static str,
    },
    /// More than anybody wants on a disk.
    #[error("over 4 million files and folders are in it")]
    TooMany,
    /// A path that no kernel takes.
    #[error("{0} is too deep for a disk: its path is over 3072 bytes long")]
    TooDeep(ImagePath),
    /// A sparse file that is nearly all holes, or a content with very many names.
    #[error("{0} would take {1}, nearly none of which the image stores")]
    TooLarge(ImagePath, Bytes),
}

impl ExtractError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            ExtractError::Again(error) => error.hint(),
            ExtractError::NoFolder(_) => Some("name a folder that is there"),
            ExtractError::Write(_, error) => match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    Some("free some space, or extract to another disk")
                }
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    Some("extract to a folder that you may write to")
                }
                io::ErrorKind::InvalidFilename => {
                    Some("extract a part of it, or to a folder that is less deep")
                }
                _ => None,
            },
            ExtractError::Nothing { what: "a link", .. } => {
                Some("extract what it leads to, or the folder that it is in")
            }
            ExtractError::Nothing { .. } => None,
            ExtractError::TooMany | ExtractError::TooDeep(_) | ExtractError::TooLarge(..) => {
                Some("extract a part of it")
            }
        }
    }
}

/// An error of writing something at a path.
pub(super) fn of_write(path: &Path) -> impl Fn(io::Error) -> ExtractError + '_ {
    |error| ExtractError::Write(path.to_string_lossy().into_owned(), error)
}

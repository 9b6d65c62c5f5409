//! What can go wrong where containerd keeps its images.

use std::io;

use super::bolt::BoltError;
use crate::path::brief;
use crate::source::error::list;

/// Why containerd's image cannot be looked into.
#[derive(Debug, thiserror::Error)]
pub enum ContainerdError {
    /// No containerd has ever run here.
    #[error("there is no containerd in {}", brief(.0.join(" or ")))]
    Nowhere(Vec<String>),
    /// Its files are another user's.
    #[error("no permission for containerd's files")]
    Denied(#[source] io::Error),
    /// It does not have the image.
    #[error("containerd has no image `{}`; there is:{}", brief(.asked), list(.there))]
    NoSuchImage {
        /// What was asked for.
        asked: String,
        /// What there is.
        there: Vec<String>,
    },
    /// It knows the image, and does not have this of it.
    #[error("containerd has the image, but not all of it: {} is not there", brief(.0))]
    Incomplete(String),
    /// The names of its images cannot be read.
    #[error("containerd's database `{}` cannot be read", brief(.path))]
    Names {
        /// Where it is.
        path: String,
        /// Why.
        #[source]
        error: BoltError,
    },
}

impl ContainerdError {
    /// May the image well be elsewhere? So it is where there is no containerd, or one
    /// that does not have it, or cannot be looked into.
    pub fn is_absence(&self) -> bool {
        use ContainerdError::{Denied, NoSuchImage, Nowhere};
        matches!(self, Nowhere(_) | Denied(_) | NoSuchImage { .. })
    }

    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            ContainerdError::Nowhere(_) => {
                "set IMGSIZE_CONTAINERD_ROOT to the `root` of its config.toml"
            }
            ContainerdError::Denied(_) => "they are root's: try again with `sudo`",
            ContainerdError::NoSuchImage { .. } => {
                "name one of these, or pull it first, with `ctr images pull`"
            }
            ContainerdError::Incomplete(_) => {
                "it may be here for other platforms only: `--platform all` shows which; `ctr images pull --platform OS/ARCH` gets another"
            }
            ContainerdError::Names {
                error: BoltError::Busy,
                ..
            } => "try again",
            ContainerdError::Names { .. } => {
                "save the image with `ctr images export image.tar NAME`, and name the file"
            }
        }
    }
}

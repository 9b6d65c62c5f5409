//! What can go wrong before the first layer is read, and what to do about it.

use std::io;

use super::containerd::ContainerdError;
use super::daemon::DaemonError;
use super::{Keeper, RegistryError};
use crate::codec::CodecError;
use crate::digest::{Digest, NoDigest};
use crate::path::brief;
use crate::tarfile::TarError;

/// Why an image could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Nothing is at the path.
    #[error("there is no file or folder `{}`", brief(.0))]
    NotFound(String),
    /// It is there, and cannot be read.
    #[error("`{}` cannot be read", brief(.0))]
    Read(String, #[source] io::Error),
    /// The archive's own compression is broken.
    #[error("the archive cannot be unpacked")]
    Unpack(#[source] CodecError),
    /// The archive's own tar is broken.
    #[error("the archive is damaged")]
    Archive(#[source] TarError),
    /// It can be read, and is no image.
    #[error("this is no image: {what}")]
    NoImage {
        /// What it is.
        what: String,
        /// What to do instead.
        hint: &'static str,
    },
    /// A document or a blob that another one names is not there.
    #[error("the image is incomplete: {} is not there", brief(.0))]
    Missing(String),
    /// A document does not say what it should.
    #[error("{} is damaged: {}", brief(.what), brief(.why))]
    Document {
        /// Which document.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// A document is over its limit.
    #[error("{} is over the limit of {limit} bytes", brief(.what))]
    TooLarge {
        /// Which document.
        what: String,
        /// The limit.
        limit: u64,
    },
    /// A digest is none.
    #[error(transparent)]
    Digest(#[from] NoDigest),
    /// A document is not what its descriptor promised.
    #[error("{} is not what its name promises: its digest is {found}", brief(.what))]
    Mismatch {
        /// Which document, by its promised digest.
        what: String,
        /// The digest of its bytes.
        found: Digest,
    },
    /// A blob is not as long as its descriptor promised.
    #[error("{} has {found} bytes, not the {promised} that the manifest states", brief(.what))]
    Size {
        /// Which blob.
        what: String,
        /// By the descriptor.
        promised: u64,
        /// By the file.
        found: u64,
    },
    /// Several images, and none was chosen.
    #[error("it holds {} images; which one?{}", .0.len(), list(.0))]
    Several(Vec<String>),
    /// The chosen image is not there.
    #[error("it holds no image `{}`; there is:{}", brief(.asked), list(.there))]
    NoSuchImage {
        /// What was asked for.
        asked: String,
        /// What there is.
        there: Vec<String>,
    },
    /// The platform is not there.
    #[error("there is no image for the platform {}; there is:{}", brief(.asked), list(.there))]
    NoSuchPlatform {
        /// What was asked for, or the host's.
        asked: String,
        /// What there is.
        there: Vec<String>,
    },
    /// A running engine has no such image, or is not running.
    #[error(transparent)]
    Daemon(#[from] DaemonError),
    /// containerd has no such image, or cannot be looked into.
    #[error(transparent)]
    Containerd(#[from] ContainerdError),
    /// A registry does not give what is asked for.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// Nobody who was asked has it.
    #[error("there is no image `{}` to be found{}", brief(.name), answers(.tried))]
    Nowhere {
        /// What was asked for.
        name: String,
        /// Who was asked, and what each said.
        tried: Vec<(Keeper, SourceError)>,
    },
    /// It is well formed, and not for us.
    #[error("{what}")]
    Unsupported {
        /// What it is.
        what: String,
        /// What to do instead.
        hint: &'static str,
    },
}

fn answers(tried: &[(Keeper, SourceError)]) -> String {
    tried
        .iter()
        .map(|(keeper, error)| format!("\n  {}: {error}", keeper.name()))
        .collect()
}

impl SourceError {
    /// May another keeper have what this one does not have, or not tell?
    pub(super) fn is_elsewhere(&self) -> bool {
        match self {
            SourceError::Daemon(error) => error.is_absence(),
            SourceError::Containerd(error) => error.is_absence(),
            SourceError::NoSuchPlatform { .. } | SourceError::Registry(_) => true,
            _ => false,
        }
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            SourceError::NotFound(_) => {
                "name a saved image: a file made by `docker save NAME -o image.tar`, or an OCI layout"
            }
            SourceError::Read(..) => return None,
            SourceError::Daemon(error) => return error.hint(),
            SourceError::Containerd(error) => return Some(error.hint()),
            SourceError::Unpack(error) => return error.hint(),
            SourceError::Archive(error) => return error.hint(),
            SourceError::Registry(error) => return error.hint(),
            SourceError::NoImage { hint, .. } | SourceError::Unsupported { hint, .. } => hint,
            // The last is the registry's, which knows why.
            SourceError::Nowhere { tried, .. } => match tried.last() {
                Some((_, SourceError::Registry(RegistryError::NotFound { .. }))) => {
                    "is the name right? a saved image is named by its file"
                }
                Some((_, error)) => return error.hint(),
                None => return None,
            },
            SourceError::Missing(_) => "save the image again, with all its layers",
            SourceError::Document { .. }
            | SourceError::TooLarge { .. }
            | SourceError::Digest(_)
            | SourceError::Mismatch { .. }
            | SourceError::Size { .. } => {
                "the archive is damaged or was tampered with; save the image again"
            }
            SourceError::Several(_) | SourceError::NoSuchImage { .. } => {
                "choose one with `--image NAME` or `--image sha256:…`"
            }
            SourceError::NoSuchPlatform { .. } => "choose one with `--platform OS/ARCH`",
        })
    }
}

/// The first of a list, a line each.
pub(super) fn list(items: &[String]) -> String {
    const MOST: usize = 20;
    if items.is_empty() {
        return " none".to_owned();
    }
    let mut text: String = items
        .iter()
        .take(MOST)
        .map(|item| format!("\n  {}", brief(item)))
        .collect();
    if items.len() > MOST {
        text.push_str(&format!("\n  … and {} more", items.len() - MOST));
    }
    text
}

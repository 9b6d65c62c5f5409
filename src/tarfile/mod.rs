//! Tar, read as the engines read it. What comes in is a tape; what goes out
//! is one [`Member`] after the other, with their bodies on demand.
//!
//! The engines use Go's `archive/tar`, so its decisions are ours: a reader that
//! decides otherwise, be it for good reasons, sees files that the engine does not
//! (CVE-2025-62518). The `tar` crate's own reader takes the size of directories
//! and hard links at its word and so loses its place; its header type is used,
//! its iterator only as an oracle in the tests.

mod header;
mod pax;
mod sparse;
mod walk;
mod write;

use crate::codec::CodecError;

pub use walk::Walk;
pub use write::{END, file_header};

/// Could a tar begin so? Tells it from all that is not one by its first block.
pub fn begins(start: &[u8]) -> bool {
    let Some(block) = start.first_chunk() else {
        return false;
    };
    let mut raw = header::Raw::empty();
    *raw.bytes_mut() = *block;
    raw.is_zero() || raw.checksum_holds()
}

/// One file of a tar, extension headers already applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The name as it stands in the tar, in whatever spelling.
    pub path: Vec<u8>,
    /// Where a link leads; empty for all else.
    pub link: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// The size of the content: the logical one of a sparse file.
    pub size: u64,
    /// The bytes of the body that are present in the tar.
    pub stored: u64,
    /// Where the body begins, from the start of the plain tar.
    pub body: u64,
    /// The data regions of a sparse file as (offset, length); `None` if it has no holes.
    pub sparse: Option<Vec<(u64, u64)>>,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u64,
    /// Group.
    pub gid: u64,
    /// Time of last change, in whole seconds since 1970.
    pub mtime: i64,
}

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file; also every type that POSIX does not define.
    File,
    /// A directory.
    Dir,
    /// A symbolic link.
    Symlink,
    /// Another name of a file that stands earlier.
    Hardlink,
    /// A device or a pipe.
    Special,
}

/// Why a tar could not be read on.
#[derive(Debug, thiserror::Error)]
pub enum TarError {
    /// The bytes below failed.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// The first block is no header.
    #[error("it is no tar: the first block has no valid checksum")]
    NoTar,
    /// A later block is no header.
    #[error("the tar header at byte {0} has no valid checksum")]
    Checksum(u64),
    /// A field of a header holds no number, or a negative one.
    #[error("the {1} in the tar header at byte {0} is no valid number")]
    Number(u64, &'static str),
    /// The tar stops in a header or in a body.
    #[error("the tar ends too early, in the entry at byte {0}")]
    Cut(u64),
    /// An extension header breaks its format.
    #[error("the extension header at byte {0} is damaged: {1}")]
    Extension(u64, &'static str),
    /// An extension header is over the limit.
    #[error("the extension header at byte {0} is over 1 MiB")]
    TooLong(u64),
    /// A sparse map breaks its format or the limit.
    #[error("the sparse map of the entry at byte {0} is damaged: {1}")]
    Sparse(u64, &'static str),
    /// An end marker of one block with something behind it.
    #[error("the tar header at byte {0} is empty, and no second empty one follows")]
    HalfEnd(u64),
}

impl TarError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            TarError::Codec(error) => error.hint(),
            TarError::NoTar => Some("only tar layers hold files; is this an image at all?"),
            TarError::Cut(_) => Some("it looks cut short; save or download the image again"),
            _ => Some("no engine would unpack this layer; build the image again"),
        }
    }
}

#[cfg(test)]
mod tests;

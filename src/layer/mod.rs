//! One blob becomes one list of entries. What comes in is a layer's bytes, plain
//! or as a window on a file, or a list of what is in it; what goes out is a
//! [`Layer`]: in the order of the tar, with what every entry stores and costs.

mod content;
mod hash;
mod index;
mod listing;
mod reading;
mod sample;
pub mod whiteout;
mod without;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use hash::{glimpse_window, hash_window};
pub use index::{entry_path, index_stream, index_window};
pub use listing::{Costs, Listing};
pub use reading::{Content, Learned, Reading, Toc};
pub use sample::{Distiller, HEAD, Keep, LARGEST_ESSENCE, Sample, TAIL, Want};

use crate::codec::{CodecError, Compression};
use crate::digest::Digest;
use crate::path::ImagePath;
use crate::tarfile::TarError;
use crate::units::Bytes;

/// The place of an entry in its layer, first entry 0.
pub type EntryNo = u32;

/// Many times more than any real image has.
pub const MOST_ENTRIES: usize = 16_000_000;

/// A layer once it is indexed. No I/O is left in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// How it was read.
    pub read: Reading,
    /// In the order of the tar.
    pub entries: Vec<Entry>,
    /// Of the files that [`Keep`] asked for, their beginnings or their essences.
    pub kept: BTreeMap<EntryNo, Vec<u8>>,
    /// How the blob is compressed.
    pub compression: Compression,
    /// The blob's size: what a download of the layer takes.
    pub blob: Bytes,
    /// Plain tar bytes that are no file's content: headers, padding, end marker.
    /// Of a layer that was read by its table of contents the least that it can be:
    /// a table does not tell of extension headers.
    pub overhead: Bytes,
    /// The blob's digest; `None` where most of it was not read.
    pub digest: Option<Digest>,
    /// The plain tar's digest; `None` where most of it was not read.
    pub diff_id: Option<Digest>,
    /// What was strange and could be read all the same.
    pub oddities: Vec<Oddity>,
    names: Vec<u8>,
}

/// One member of a layer's tar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    path: Span,
    link: Span,
    /// What it is.
    pub kind: EntryKind,
    /// Permission bits.
    pub mode: u16,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Seconds since 1970.
    pub mtime: i64,
    /// The content's size; the logical one of a sparse file, 0 of all but files.
    pub size: Bytes,
    /// The content's share of the blob, in stored bytes.
    pub transfer: Bytes,
    /// The share of its headers and padding.
    pub framing: u32,
    /// Where the body begins in the plain tar, and how much of it is there; a table
    /// of contents does not tell where, and it is 0.
    pub body: (u64, u64),
    /// A hash of the content; `None` where it was not read, and of what has none.
    pub hash: Option<ContentHash>,
}

/// Text in the arena of names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Span {
    start: u32,
    length: u32,
}

/// What an entry does to the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// A symbolic link.
    Symlink,
    /// Another name of an earlier file; the link is that name.
    Hardlink,
    /// A device or a pipe.
    Special,
    /// Hides its path in the layers below.
    Whiteout,
    /// Hides what the layers below have inside its path.
    Opaque,
    /// A remnant of aufs; does nothing.
    Leftover,
}

/// A hash of a file's content: equal contents have equal ones.
///
/// XXH3 at 128 bits: fast, and not made against an attacker. It decides between
/// two words for lost bytes, never what anything weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ContentHash(pub u128);

/// What was strange about a layer and could be read all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Oddity {
    /// A name climbed above the root.
    Climbs(ImagePath),
    /// Bytes stand behind the compressed stream.
    Trailing(u64),
    /// A file has holes: it counts more than is stored of it.
    Sparse {
        /// The file.
        path: ImagePath,
        /// What it counts.
        size: Bytes,
        /// What is stored of it.
        stored: Bytes,
    },
    /// More was asked to be kept than a layer may keep.
    KeptTooMuch(ImagePath),
    /// The blob's table of contents cannot be used, and why: it was read whole.
    Toc(String),
}

/// What an entry is, as far as a decision to keep its content needs it.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'l> {
    /// In normal form, without a leading slash.
    pub path: &'l [u8],
    /// The content's size.
    pub size: Bytes,
    /// Permission bits.
    pub mode: u16,
}

/// Why a layer could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LayerError {
    /// The tar is broken, or the stream below it.
    #[error(transparent)]
    Tar(#[from] TarError),
    /// The stream is broken.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A whiteout of nothing, of `.` or of `..`.
    #[error("`{0}` is no valid whiteout: it hides no name")]
    Whiteout(ImagePath),
    /// A symbolic link that no kernel can hold.
    #[error("the link {0} leads over 4096 bytes far")]
    Link(ImagePath),
    /// The blob is not what the manifest promised.
    #[error("its digest is {found}, not {promised}")]
    Digest {
        /// By the manifest.
        promised: Digest,
        /// Of the bytes.
        found: Digest,
    },
    /// The blob is not as long as the manifest promised.
    #[error("it has {found} bytes, not {promised}")]
    Size {
        /// By the manifest.
        promised: u64,
        /// Of the bytes.
        found: u64,
    },
    /// Too many entries, or names, to hold.
    #[error("it has over 16 million entries, or over 4 GiB of names")]
    TooMuch,
    /// What lies where the table of contents says is something else.
    #[error("{0} is not what the layer's table of contents promises")]
    Content(ImagePath),
}

impl LayerError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            LayerError::Tar(error) => error.hint(),
            LayerError::Codec(error) => error.hint(),
            LayerError::Whiteout(_) | LayerError::Link(_) | LayerError::TooMuch => {
                Some("no engine would unpack this layer; build the image again")
            }
            LayerError::Digest { .. } | LayerError::Size { .. } => {
                Some("the blob is damaged or was exchanged; save or download the image again")
            }
            LayerError::Content(_) => {
                Some("with `--verify` the layer is read without its table of contents")
            }
        }
    }
}

impl Layer {
    /// An entry's path in normal form: what a whiteout hides, not its own name.
    pub fn path(&self, entry: &Entry) -> &[u8] {
        self.text(entry.path)
    }

    /// Where a symbolic link leads, as written; of a hard link, the normal form.
    pub fn link(&self, entry: &Entry) -> &[u8] {
        self.text(entry.link)
    }

    fn text(&self, span: Span) -> &[u8] {
        let start = span.start as usize;
        self.names
            .get(start..start + span.length as usize)
            .unwrap_or_default()
    }

    /// The content bytes that the layer stores.
    pub fn stored(&self) -> Bytes {
        self.entries.iter().map(|entry| entry.size).sum()
    }

    /// The size of the plain tar.
    pub fn plain(&self) -> Bytes {
        let bodies = self.entries.iter().map(|entry| Bytes(entry.body.1));
        self.overhead + bodies.sum()
    }

    /// The blob's bytes that are no file's content.
    pub fn download_overhead(&self) -> Bytes {
        self.blob - self.entries.iter().map(|entry| entry.transfer).sum()
    }

    /// Was every byte read and found to be what the manifest promised?
    pub fn is_verified(&self) -> bool {
        self.digest.is_some()
    }

    /// A layer of nothing, for one that is stated but not there.
    pub fn absent(blob: Bytes) -> Layer {
        Layer {
            read: Reading::Absent,
            entries: Vec::new(),
            kept: BTreeMap::new(),
            compression: Compression::None,
            blob,
            overhead: Bytes::ZERO,
            digest: None,
            diff_id: None,
            oddities: Vec::new(),
            names: Vec::new(),
        }
    }
}

impl std::fmt::Display for Oddity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Oddity::Climbs(path) => {
                write!(f, "a name climbs out of the image; it was kept at {path}")
            }
            Oddity::Trailing(count) => {
                write!(
                    f,
                    "{count} bytes stand behind the compressed stream and were left out"
                )
            }
            Oddity::Sparse { path, size, stored } => write!(
                f,
                "{path} is a sparse file: it counts {size}, of which {stored} are stored"
            ),
            Oddity::KeptTooMuch(path) => write!(
                f,
                "package databases over 1 GiB in one layer; {path} and later ones were not read"
            ),
            Oddity::Toc(why) => write!(
                f,
                "its table of contents cannot be used ({}); it was read whole",
                crate::path::brief(why)
            ),
        }
    }
}

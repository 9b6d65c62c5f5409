//! What a scan tells while it runs. What comes in is layers on their way; what goes out
//! is events, for whoever shows how far it is.

use crate::layer::{Entry, EntryKind, Layer};
use crate::rootfs::LayerNo;
use crate::units::Bytes;

/// What a listener hears of a scan; from any thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A layer is begun.
    Begun(LayerNo),
    /// So many of a layer's stored bytes have passed.
    Passed(LayerNo, Bytes),
    /// What a layer holds; just before it is done.
    Holds(LayerNo, Held),
    /// A layer is done, and how it came to be.
    Done(LayerNo, Ending),
    /// So many bytes of an archive have passed by, of which nobody knows yet whose
    /// they are.
    Streamed(Bytes),
}

/// What a layer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Its files, each inode once.
    pub files: u64,
    /// Their contents.
    pub stored: Bytes,
}

impl Held {
    pub(super) fn by(layer: &Layer) -> Held {
        let is_file = |entry: &&Entry| entry.kind == EntryKind::File;
        Held {
            files: layer.entries.iter().filter(is_file).count() as u64,
            stored: layer.stored(),
        }
    }
}

/// How a layer came to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It was read.
    Read,
    /// It was read before: it is out of the cache.
    Known,
    /// It cannot be read.
    Failed,
}

/// Listens to a scan.
pub type Listener<'l> = dyn Fn(Event) + Sync + 'l;

//! Contents behind a window, told apart after the layer was indexed.

use xxhash_rust::xxh3::Xxh3;

use super::{ContentHash, Entry, LayerError};
use crate::codec::{Tape, Window};

/// How much of a body is read at a time.
const PIECE: usize = 64 * 1024;
/// How much is looked at to tell files of one size apart.
const GLIMPSE: u64 = 64;

/// The hash that [`super::index_stream`] would have given to this entry of a window;
/// not for sparse files, which have theirs from the start.
pub fn hash_window(window: &mut Window, entry: &Entry) -> Result<ContentHash, LayerError> {
    let (start, mut left) = entry.body;
    window.seek(start);
    let mut hasher = Xxh3::new();
    let mut piece = vec![0; PIECE.min(left as usize)];
    while left > 0 {
        let want = left.min(PIECE as u64) as usize;
        let count = Tape::read(window, &mut piece[..want])?;
        if count == 0 {
            break;
        }
        hasher.update(&piece[..count]);
        left -= count as u64;
    }
    Ok(ContentHash(hasher.digest128()))
}

/// A hash of a few bytes from the middle of an entry's content: what differs in it is
/// not the same, and beginnings often are (licences, magic numbers).
pub fn glimpse_window(window: &mut Window, entry: &Entry) -> Result<ContentHash, LayerError> {
    let (start, size) = entry.body;
    let length = size.min(GLIMPSE);
    window.seek(start.saturating_add((size - length) / 2));
    let mut glimpse = vec![0; length as usize];
    let count = Tape::read(window, &mut glimpse)?;
    Ok(ContentHash(xxhash_rust::xxh3::xxh3_128(&glimpse[..count])))
}

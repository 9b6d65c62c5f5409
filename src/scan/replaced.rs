//! Contents that were passed over, and turn out to be of interest: was a file written
//! again as it was, or is it there more than once?

use super::{How, ScanError, failed};
use crate::cache::Key;
use crate::layer::{EntryNo, Learned, hash_window};
use crate::rootfs::{LayerNo, Rootfs};
use crate::source::{Blob, Image, ImageInfo};
use crate::toc;
use crate::units::Bytes;

/// Reads the contents whose hashes tell a change of metadata from one of content, or
/// a copy from another file, where seeking or a table of contents left them out;
/// [`Rootfs::learn`] takes them.
pub fn hash_replaced(image: &dyn Image, fs: &Rootfs) -> Result<Vec<(LayerNo, Learned)>, ScanError> {
    let mut all = Vec::new();
    let mut unhashed = fs.unhashed();
    unhashed.extend(fs.maybe_copies());
    unhashed.sort_unstable();
    unhashed.dedup();
    for entries in unhashed.chunk_by(|a, b| a.0 == b.0) {
        let layer_no = entries[0].0;
        let no = usize::from(layer_no);
        let failed = |error| failed(image, no, error);
        let entries: Vec<EntryNo> = entries.iter().map(|&(_, entry)| entry).collect();
        let layer = &fs.layers()[no];
        let blob = image.open_layer(no).map_err(|error| failed(error.into()))?;
        let learned = match blob {
            Blob::Window(mut window) => {
                let mut learned = Learned::default();
                for no in entries {
                    let hash = hash_window(&mut window, &layer.entries[no as usize]);
                    let hash = hash.map_err(|error| failed(error.into()))?;
                    learned.hashes.push((no, hash));
                }
                learned
            }
            Blob::Remote(remote) => toc::hash(&*remote, layer, &entries).map_err(failed)?,
            // What was read once in order was hashed then.
            Blob::Stream(_) | Blob::Passed(_) | Blob::Absent => continue,
        };
        all.push((layer_no, learned));
    }
    Ok(all)
}

/// Keeps for another time what was learned of layers on servers, so that it is not
/// fetched again.
pub fn remember(info: &ImageInfo, fs: &Rootfs, learned: &[(LayerNo, Learned)], how: &How) {
    for (no, learned) in learned {
        let no = usize::from(*no);
        if learned.fetched > Bytes::ZERO
            && let (Some(cache), Some(key)) = (&how.cache, Key::of(&info.layers[no]))
        {
            cache.put(&key, &fs.layers()[no]);
        }
    }
}

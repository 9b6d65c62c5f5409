//! Contents that were passed over, and turn out to be of interest: was a file written
//! again as it was, or is it there more than once?

use std::collections::HashMap;

use super::{How, ScanError, failed};
use crate::cache::Key;
use crate::layer::{ContentHash, EntryNo, Learned, glimpse_window, hash_window};
use crate::rootfs::{LayerNo, MaybeCopy, Rootfs};
use crate::source::{Blob, Image, ImageInfo};
use crate::toc;
use crate::units::Bytes;

/// Reads the contents whose hashes tell a change of metadata from one of content, or
/// a copy from another file, where seeking or a table of contents left them out;
/// [`Rootfs::learn`] takes them.
pub fn hash_replaced(image: &dyn Image, fs: &Rootfs) -> Result<Vec<(LayerNo, Learned)>, ScanError> {
    let mut all = Vec::new();
    let mut unhashed = fs.unhashed();
    unhashed.extend(copies(image, fs)?);
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

/// Of the files that may be copies of others those that still may after a glimpse at
/// each: reading all of them would take longer than all the rest.
fn copies(image: &dyn Image, fs: &Rootfs) -> Result<Vec<(LayerNo, EntryNo)>, ScanError> {
    let maybe = fs.maybe_copies();
    let mut glimpses = Vec::with_capacity(maybe.len());
    for copies in maybe.chunk_by(|a, b| a.layer == b.layer) {
        let no = usize::from(copies[0].layer);
        let failed = |error| failed(image, no, error);
        let layer = &fs.layers()[no];
        let blob = image.open_layer(no).map_err(|error| failed(error.into()))?;
        let Blob::Window(mut window) = blob else {
            continue;
        };
        for copy in copies {
            let entry = &layer.entries[copy.entry as usize];
            let glimpse = match copy.beside_hashed {
                true => None,
                false => Some(glimpse_window(&mut window, entry)),
            };
            let glimpse = glimpse.transpose().map_err(|error| failed(error.into()))?;
            glimpses.push((copy, glimpse));
        }
    }
    let mut alike: HashMap<(Bytes, ContentHash), u32> = HashMap::new();
    for (copy, glimpse) in &glimpses {
        if let Some(glimpse) = glimpse {
            *alike.entry((copy.size, *glimpse)).or_default() += 1;
        }
    }
    let is_alike = |copy: &MaybeCopy, glimpse: Option<ContentHash>| match glimpse {
        Some(glimpse) => alike[&(copy.size, glimpse)] > 1,
        None => true,
    };
    let copies = glimpses.into_iter();
    let copies = copies.filter(|(copy, glimpse)| is_alike(copy, *glimpse));
    Ok(copies.map(|(copy, _)| (copy.layer, copy.entry)).collect())
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

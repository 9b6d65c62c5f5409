//! Which images stand on the same lowest layers.

use std::cmp::Reverse;

use super::{Books, Member, SharedBaseRow};
use crate::units::Bytes;

/// Every row of lowest layers that several images have, as long as it goes for just
/// these images; and the images that share not even their lowest layer.
pub(super) fn rows(members: &[Member], books: &Books<'_>) -> (Vec<SharedBaseRow>, Vec<usize>) {
    let chains = &books.chains.rows;
    // How many images go on together from each layer.
    let mut further = vec![0; chains.len()];
    for places in &books.places {
        for pair in places.windows(2) {
            let most = &mut further[pair[0].chain];
            *most = chains[pair[1].chain].images.len().max(*most);
        }
    }
    let mut rows = Vec::new();
    for (image, (member, places)) in members.iter().zip(&books.places).enumerate() {
        let (mut stored, mut download) = (Bytes::ZERO, Bytes::ZERO);
        for (no, (layer, places)) in member.layers.iter().zip(places).enumerate() {
            stored += layer.stored;
            download += layer.download;
            let held = &chains[places.chain];
            let ends = further[places.chain] < held.images.len();
            // Told by the first of them.
            if held.is_shared() && ends && held.images[0] == image {
                rows.push(SharedBaseRow {
                    layers: no + 1,
                    diff_id: layer.diff_id.clone(),
                    stored,
                    download,
                    images: held.images.clone(),
                });
            }
        }
    }
    rows.sort_by_key(|row| (Reverse(row.images.len()), Reverse(row.stored), row.layers));
    let stands_alone = |image: &usize| {
        let lowest = books.places[*image].first();
        lowest.is_none_or(|places| !chains[places.chain].is_shared())
    };
    (rows, (0..members.len()).filter(stands_alone).collect())
}

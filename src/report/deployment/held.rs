//! Things that several images may hold, each counted once.

use std::collections::HashMap;
use std::hash::Hash;

use crate::units::Bytes;

/// What makes two layers one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Identity<'m> {
    /// A digest: of the content or of the blob, which are never alike.
    Digest(&'m str),
    /// None is known: the layer is its image's own.
    Own(usize, usize),
}

impl<'m> Identity<'m> {
    /// By the first digest that is known, else by the image and the place in it.
    pub(super) fn of(
        first: Option<&'m str>,
        second: Option<&'m str>,
        own: (usize, usize),
    ) -> Identity<'m> {
        let digest = first.or(second).map(Identity::Digest);
        digest.unwrap_or(Identity::Own(own.0, own.1))
    }
}

/// Something, and which images hold it.
pub(super) struct Held {
    /// The most that an image says it takes: what has one digest has one size, and
    /// who lies of it must not make a sum smaller.
    pub(super) bytes: Bytes,
    /// In order, each once.
    pub(super) images: Vec<usize>,
}

impl Held {
    pub(super) fn is_shared(&self) -> bool {
        self.images.len() > 1
    }
}

/// All things of a kind.
pub(super) struct Holdings<K> {
    pub(super) rows: Vec<Held>,
    places: HashMap<K, usize>,
}

impl<K> Default for Holdings<K> {
    fn default() -> Holdings<K> {
        Holdings {
            rows: Vec::new(),
            places: HashMap::new(),
        }
    }
}

impl<K: Eq + Hash> Holdings<K> {
    /// Puts down that an image has it; images come in order. Its place in `rows`.
    pub(super) fn add(&mut self, key: K, bytes: Bytes, image: usize) -> usize {
        let rows = &mut self.rows;
        let place = *self.places.entry(key).or_insert_with(|| {
            rows.push(Held {
                bytes: Bytes::ZERO,
                images: Vec::new(),
            });
            rows.len() - 1
        });
        let held = &mut rows[place];
        held.bytes = held.bytes.max(bytes);
        if held.images.last() != Some(&image) {
            held.images.push(image);
        }
        place
    }

    /// Each once.
    pub(super) fn sum(&self) -> Bytes {
        self.rows.iter().map(|held| held.bytes).sum()
    }
}

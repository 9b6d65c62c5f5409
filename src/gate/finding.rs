//! Long lists of what was found, cut short. What comes in is one thing after the other;
//! what goes out is the largest of them.

use crate::units::Bytes;

/// Of long lists.
pub(super) const MOST_FOUND: usize = 10;

/// Something that was found, for a person.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) title: String,
    pub(super) bytes: Bytes,
    pub(super) layer: Option<usize>,
}

/// How many, and the first ten.
#[derive(Debug, Clone, Default)]
pub(super) struct Finding {
    pub(super) count: u64,
    pub(super) found: Vec<Found>,
}

impl Finding {
    pub(super) fn add(&mut self, found: impl FnOnce() -> Found) {
        self.count += 1;
        keep_largest(&mut self.found, found());
    }
}

/// Adds it, and lets the smallest of too many go.
pub(super) fn keep_largest(found: &mut Vec<Found>, one: Found) {
    let at = found.partition_point(|other| other.bytes >= one.bytes);
    if at < MOST_FOUND {
        found.insert(at, one);
        found.truncate(MOST_FOUND);
    }
}

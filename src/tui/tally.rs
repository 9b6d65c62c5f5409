//! The accounts of what a filter lets through. What comes in is a model and a filter;
//! what goes out is sums by owner and by layer, and what is lost in groups. Made by the worker:
//! an image may have millions of files.

use std::collections::BTreeMap;

use imgsize::owner::OwnerId;
use imgsize::rootfs::{Cause, LayerNo};
use imgsize::units::Bytes;

use super::filter::Filter;
use super::losses::Losses;
use super::model::{Model, Sums};

/// What passes.
#[derive(Default)]
pub(crate) struct Tally {
    /// What was let through.
    pub(crate) filter: Filter,
    pub(crate) total: Sums,
    /// By owner.
    owners: Vec<Sums>,
    /// By the layer that stores it.
    layers: Vec<Sums>,
    /// By layer: what it overwrote and deleted.
    removed: Vec<Bytes>,
    /// What is lost, by why.
    pub(crate) causes: BTreeMap<Cause, Bytes>,
    /// What is lost and weighs something.
    pub(crate) lost: Losses,
}

impl Tally {
    pub(crate) fn new(model: &Model, filter: Filter) -> Tally {
        let mut total = Sums::default();
        let mut owners = vec![Sums::default(); model.owners().count()];
        let mut layers = vec![Sums::default(); model.layer_count()];
        let mut removed = vec![Bytes::ZERO; model.layer_count()];
        let mut lost = Vec::new();
        let mut causes: BTreeMap<Cause, Bytes> = BTreeMap::new();
        let all = filter.is_empty();
        let sieve = filter.on(model);
        for (id, body) in model.fs().bodies() {
            if !all && !sieve.takes(id, body) {
                continue;
            }
            let sums = match body.lost {
                None => Sums {
                    live: body.size,
                    download: body.transfer,
                    files: 1,
                    ..Sums::default()
                },
                Some(loss) => {
                    if let Some(removed) = removed.get_mut(usize::from(loss.layer)) {
                        *removed += body.size;
                    }
                    if body.size > Bytes::ZERO {
                        *causes.entry(loss.cause).or_default() += body.size;
                        lost.push(id);
                    }
                    Sums {
                        lost: body.size,
                        download_lost: body.transfer,
                        ..Sums::default()
                    }
                }
            };
            total.add(&sums);
            owners[model.owner_of(id).0 as usize].add(&sums);
            layers[usize::from(body.layer)].add(&sums);
        }
        drop(sieve);
        let lost = Losses::new(model, lost);
        Tally {
            filter,
            total,
            owners,
            layers,
            removed,
            lost,
            causes,
        }
    }

    /// What of an owner passes.
    pub(crate) fn owner(&self, owner: OwnerId) -> Sums {
        self.owners
            .get(owner.0 as usize)
            .copied()
            .unwrap_or_default()
    }

    /// What of a layer passes.
    pub(crate) fn layer(&self, layer: LayerNo) -> Sums {
        self.layers
            .get(usize::from(layer))
            .copied()
            .unwrap_or_default()
    }

    /// What a layer took away from those below it, and from itself.
    pub(crate) fn removed(&self, layer: LayerNo) -> Bytes {
        self.removed
            .get(usize::from(layer))
            .copied()
            .unwrap_or_default()
    }
}

//! What is stored and in no container, in groups. What comes in is contents that are lost;
//! what goes out is a group for each cause and pair of layers, with its sums and its
//! largest files. Made by the worker: there may be a million of them, and no list of a
//! million is built anew while somebody waits for a key.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use imgsize::rootfs::{BodyId, Cause, LayerNo};
use imgsize::units::Bytes;

use super::model::Model;

/// How many files of a group are listed, and how many of all groups together.
const MOST: usize = 2_000;
const MOST_IN_ALL: usize = 20_000;

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    /// By cause, those with most bytes first.
    pub(crate) groups: Vec<Group>,
    /// Of what is listed: the first finding that would do without it, by its place.
    advice: HashMap<BodyId, usize>,
}

/// What one layer stores and one takes away, for one reason.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) cause: Cause,
    /// The layer that stores it.
    pub(crate) layer: LayerNo,
    /// The one in which it was lost.
    pub(crate) lost_in: LayerNo,
    pub(crate) sum: Sum,
    /// The largest of them, largest first.
    pub(crate) files: Vec<BodyId>,
    /// What is not among those.
    pub(crate) rest: Sum,
}

/// How much it is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) size: Bytes,
    pub(crate) download: Bytes,
    pub(crate) files: usize,
}

impl Sum {
    pub(crate) fn add(&mut self, other: Sum) {
        self.size += other.size;
        self.download += other.download;
        self.files += other.files;
    }
}

impl Losses {
    pub(crate) fn new(model: &Model, lost: impl IntoIterator<Item = BodyId>) -> Losses {
        let fs = model.fs();
        let mut by_pair: BTreeMap<(Cause, LayerNo, LayerNo), Vec<BodyId>> = BTreeMap::new();
        for id in lost {
            let body = fs.body(id);
            if let Some(loss) = body.lost {
                let pair = (loss.cause, body.layer, loss.layer);
                by_pair.entry(pair).or_default().push(id);
            }
        }
        let most = (MOST_IN_ALL / by_pair.len().max(1)).clamp(1, MOST);
        let groups = by_pair.into_iter();
        let mut groups: Vec<Group> = groups
            .map(|((cause, layer, lost_in), mut files)| {
                files.sort_unstable_by_key(|&id| (Reverse(fs.body(id).size), id));
                let others = files.split_off(files.len().min(most));
                let rest = sum(model, &others);
                let mut sum = sum(model, &files);
                sum.add(rest);
                Group {
                    cause,
                    layer,
                    lost_in,
                    sum,
                    files,
                    rest,
                }
            })
            .collect();
        groups.sort_by_key(|group| (group.cause, Reverse(group.sum.size)));
        Losses {
            advice: advice(model, &groups),
            groups,
        }
    }

    /// The finding that would do without a content, by its place.
    pub(crate) fn advice(&self, id: BodyId) -> Option<usize> {
        self.advice.get(&id).copied()
    }
}

fn sum(model: &Model, files: &[BodyId]) -> Sum {
    let mut sum = Sum::default();
    for &id in files {
        let body = model.fs().body(id);
        sum.add(Sum {
            size: body.size,
            download: body.transfer,
            files: 1,
        });
    }
    sum
}

/// Which finding each listed file is of; of several the one that saves most.
fn advice(model: &Model, groups: &[Group]) -> HashMap<BodyId, usize> {
    let listed = groups.iter().flat_map(|group| group.files.iter());
    let mut found: HashMap<BodyId, Option<usize>> = listed.map(|&id| (id, None)).collect();
    for (no, counted) in model.advice.findings.iter().enumerate() {
        for id in &counted.finding.bodies {
            if let Some(first) = found.get_mut(id) {
                first.get_or_insert(no);
            }
        }
    }
    let found = found.into_iter();
    found.filter_map(|(id, no)| Some((id, no?))).collect()
}

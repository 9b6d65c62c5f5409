//! dive's numbers, as dive 0.13 counts them. What comes in is the layers' entries in the
//! order of their tars; what goes out is a [`Dive`]: its efficiency score, its wasted
//! bytes, its `userWastedPercent`, and what [`Rules`] of a `.dive-ci` say of them.
//!
//! The law of this program does not hold here, and is not meant to: who comes from dive
//! wants the number that dive gave. What dive makes of an image:
//!
//! - A layer is a tree of the names in its tar; `.wh..wh.*` are no names. A folder that
//!   no entry names is no folder, but a file of no bytes.
//! - Only leaves count. A leaf weighs what its header says; one that deletes a folder
//!   weighs what the layers below have in it; one that deletes a file weighs nothing.
//! - One that deletes what is not there ends the count of its layer: what comes behind it
//!   in the order of names is left out. In the first layer, "below" is that layer. Where
//!   no other layer has that path, the sum of the fewest is one byte less.
//! - Of every path: all its bytes, the fewest that it had in a layer, and in how many
//!   layers it is. The score is the sum of the fewest through the sum of all; wasted are
//!   all bytes of the paths that are in two layers or more.
//!
//! Not known here: the size that a header states of a hard link, which holds nothing (dive
//! adds it; builders write 0); names that climb out of the image; layers that dive itself
//! finds or does not find in an archive.

mod rules;
mod table;
mod tree;

use std::collections::HashMap;

pub use rules::{FILE, Rules};
pub use table::table;

use self::tree::Tree;
use crate::analysis::Analysis;
use crate::layer::{EntryKind, Layer};
use crate::path::{brief, json_path};
use crate::report::{DiveFileRow, DiveRow, Totals};
use crate::rootfs::LayerNo;
use crate::units::Bytes;

/// What dive says of an image.
#[derive(Debug, Clone, PartialEq)]
pub struct Dive {
    /// `efficiency`: 0 to 1, 1 of nothing.
    pub score: f64,
    /// `wastedBytes`.
    pub wasted: Bytes,
    /// `userWastedPercent`: `wasted` through `user`, a share and no percentage; NaN or
    /// infinite where `user` is 0.
    pub user_wasted: f64,
    /// `sizeBytes`: all entries of all layers.
    pub image: Bytes,
    /// All entries of all layers but the first, which is what dive takes for the base.
    pub user: Bytes,
    /// The paths that are in two layers or more: most bytes first, then by name.
    pub files: Vec<Inefficient>,
    /// What in the image makes these numbers differ from the report's.
    pub seen: Seen,
}

/// A path that several layers hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inefficient {
    /// As in a report's JSON: with a leading slash.
    pub path: String,
    /// In how many layers it is, or is deleted.
    pub count: u32,
    /// All its bytes.
    pub bytes: Bytes,
}

/// What dive counts otherwise than the report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Of the paths in several layers, the bytes of the last copy where that is no
    /// deletion: the one that is not wasted.
    pub kept: Bytes,
    /// Bytes of folders that a layer deletes, and that dive takes for no waste.
    pub folders: Bytes,
    /// The layers of which dive does not count all, base layer 0.
    pub ended: Vec<LayerNo>,
    /// How many opaque folders there are above the first layer.
    pub opaque: usize,
    /// Bytes of names that stand several times in one tar, but for the last.
    pub repeated: Bytes,
    /// How many layers there are.
    pub layers: usize,
    /// How many of them came with the base image.
    pub base: usize,
}

/// Why there are no numbers of dive, or no rules.
#[derive(Debug, thiserror::Error)]
pub enum DiveError {
    /// Many times more than any real image has.
    #[error("the layers have too many names to be counted as dive counts")]
    TooMany,
    /// The rules cannot be read.
    #[error("cannot read the rules in {}", brief(.0))]
    Unreadable(String, #[source] std::io::Error),
    /// They are not what they should be.
    #[error("`{}` is no .dive-ci: {}", brief(.0), brief(.1))]
    Malformed(String, String),
    /// A value of them cannot be meant.
    #[error("{}, line {line}: {}", brief(.file), brief(.why))]
    Meaningless {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
}

impl DiveError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            DiveError::TooMany => None,
            DiveError::Unreadable(..) => Some("name a file that is there"),
            DiveError::Malformed(..) | DiveError::Meaningless { .. } => Some(
                "rules that are right: `rules:`, and below it, indented, `lowestEfficiency: 0.95`, \
                 `highestWastedBytes: 20MB`, `highestUserWastedPercent: 0.20`, or `disabled`",
            ),
        }
    }
}

/// What is known of one path.
#[derive(Default)]
struct Tally {
    all: u64,
    /// `None` where a walk ended at it, and no layer has it otherwise: dive then takes off
    /// a byte.
    fewest: Option<u64>,
    count: u32,
    /// Bytes in the last layer that holds it; `None` where that deletes it.
    last: Option<u64>,
    /// Bytes of folders that were deleted there.
    folders: u64,
}

impl Tally {
    fn add(&mut self, bytes: u64) {
        self.fewest = Some(self.fewest.map_or(bytes, |fewest| fewest.min(bytes)));
        self.all = self.all.saturating_add(bytes);
        self.count = self.count.saturating_add(1);
    }
}

impl Dive {
    /// Counts an image as dive does.
    pub fn of(analysis: &Analysis) -> Result<Dive, DiveError> {
        let layers: Vec<&Layer> = analysis.fs.layers().iter().map(|layer| &**layer).collect();
        let mut dive = count(&layers)?;
        dive.seen.base = usize::from(analysis.base.layers);
        Ok(dive)
    }

    /// The numbers as a part of a report that has these totals.
    pub fn row(&self, ours: &Totals) -> DiveRow {
        let files = self.files.iter().map(|file| DiveFileRow {
            path: file.path.clone(),
            count: file.count,
            bytes: file.bytes,
        });
        DiveRow {
            efficiency_score: self.score,
            inefficient_bytes: self.wasted,
            user_wasted_percent: Some(self.user_wasted).filter(|share| share.is_finite()),
            size_bytes: self.image,
            user_size_bytes: self.user,
            files: files.collect(),
            why: self.why(ours),
        }
    }
}

/// Counts layers, base first.
fn count(layers: &[&Layer]) -> Result<Dive, DiveError> {
    let mut paths: HashMap<Vec<u8>, Tally> = HashMap::new();
    let mut seen = Seen {
        layers: layers.len(),
        ..Seen::default()
    };
    let (mut image, mut user) = (Bytes::ZERO, Bytes::ZERO);
    let mut below: Option<Tree<'_>> = None;
    for (no, layer) in layers.iter().enumerate() {
        let tree = Tree::of(layer)?;
        let size = sizes(layer);
        image += size;
        if no > 0 {
            user += size;
            let kinds = layer.entries.iter().map(|entry| entry.kind);
            seen.opaque += kinds.filter(|kind| *kind == EntryKind::Opaque).count();
        }
        seen.repeated += tree.repeated();
        // The first layer is looked up in itself, and stacked on itself afterwards.
        let mut stack = below.take().unwrap_or_else(|| tree.clone());
        if !walk(&tree, &stack, no > 0, &mut paths) {
            seen.ended.push(no as LayerNo);
        }
        stack.graft(&tree)?;
        below = Some(stack);
    }
    let (mut all, mut fewest, mut wasted) = (0_u64, 0_i128, 0_u64);
    let mut files = Vec::new();
    for (path, tally) in &paths {
        all = all.saturating_add(tally.all);
        fewest += tally.fewest.map_or(-1, i128::from);
        if tally.count < 2 {
            seen.folders += Bytes(tally.folders);
            continue;
        }
        wasted = wasted.saturating_add(tally.all);
        seen.kept += Bytes(tally.last.unwrap_or_default());
        files.push(Inefficient {
            path: json_path(path),
            count: tally.count,
            bytes: Bytes(tally.all),
        });
    }
    files.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.path.cmp(&b.path)));
    Ok(Dive {
        score: match all {
            0 => 1.0,
            _ => fewest as f64 / all as f64,
        },
        wasted: Bytes(wasted),
        user_wasted: wasted as f64 / user.0 as f64,
        image,
        user,
        files,
        seen,
    })
}

/// All that a layer's headers state.
fn sizes(layer: &Layer) -> Bytes {
    // dive leaves out an entry for the root itself.
    let entries = layer.entries.iter();
    let named = entries.filter(|entry| !tree::is_root(layer, entry));
    named.map(|entry| entry.size).sum()
}

/// Adds the leaves of a layer, in the order of names; `false` if one ended the walk. What a
/// layer deletes is lost only if it is `above` another.
fn walk(
    tree: &Tree<'_>,
    below: &Tree<'_>,
    above: bool,
    paths: &mut HashMap<Vec<u8>, Tally>,
) -> bool {
    let mut sums = None;
    for leaf in tree.leaves() {
        let path = tree.path(leaf);
        let deleted = match tree.is_whiteout(leaf) {
            false => None,
            true => match below.find(&path) {
                Some(node) if below.is_dir(node) => {
                    let sums = sums.get_or_insert_with(|| below.sums());
                    Some(sums.get(node).copied().unwrap_or_default())
                }
                Some(_) => Some(0),
                None => {
                    paths.entry(path.join(&b"/"[..])).or_default();
                    return false;
                }
            },
        };
        let tally = paths.entry(path.join(&b"/"[..])).or_default();
        tally.add(deleted.unwrap_or_else(|| tree.size(leaf)));
        let lost = deleted.filter(|_| above).unwrap_or_default();
        tally.folders = tally.folders.saturating_add(lost);
        tally.last = match deleted {
            None => Some(tree.size(leaf)),
            Some(_) => None,
        };
    }
    true
}

#[cfg(test)]
mod tests;

//! Where the bytes of places are. What comes in is an analysis; what goes out is a row
//! for each large file, and one for each folder with all its small ones.

use std::cmp::Reverse;
use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::Analysis;
use crate::owner::{Category, Finds};
use crate::path::json_path;
use crate::rootfs::{NodeId, Rootfs};
use crate::units::Bytes;

/// A file of this size is a row by itself.
const LARGE: Bytes = Bytes(1_000_000);
/// So many files at most, the largest of them; and so many folders, more or less: what
/// lies deeper counts with the folder above it.
const MOST: usize = 1000;

/// Live bytes of places at or in one path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FolderRow {
    /// A file of 1 MB or more, by its first name; or a folder, with a slash at its end,
    /// for all other files directly in it.
    pub path: String,
    /// Where the bytes count.
    pub category: Category,
    /// Are they in the base's layers?
    pub base: bool,
    /// Of a folder: are the folders below it counted with it? It is so where there would
    /// be over a thousand rows, and then of all folders so deep.
    pub deep: bool,
    /// Bytes in the final filesystem.
    pub live: Bytes,
    /// The download of these.
    pub download: Bytes,
    /// Live files, each inode once; those without a content are left out.
    pub files: u64,
}

#[derive(Default, Clone, Copy)]
struct Sum {
    live: Bytes,
    download: Bytes,
    files: u64,
}

impl Sum {
    fn add(&mut self, other: Sum) {
        self.live += other.live;
        self.download += other.download;
        self.files += other.files;
    }
}

type Key = (Category, bool, NodeId);

/// The sums of folders, by how deep these are.
type Levels = Vec<HashMap<Key, Sum>>;

pub(super) fn folders(analysis: &Analysis) -> Vec<FolderRow> {
    let fs = &analysis.fs;
    let mut large = Vec::new();
    let mut small: HashMap<Key, Sum> = HashMap::new();
    let mut enter = |(category, base, node): Key, sum: Sum| {
        let key = (category, base, fs.parent(node));
        small.entry(key).or_default().add(sum);
    };
    for (id, body) in fs.bodies() {
        let owner = analysis.attribution.owner(analysis.attribution.of(id));
        if body.lost.is_some() || body.size == Bytes::ZERO || owner.finds != Finds::Places {
            continue;
        }
        let key = (owner.category, body.layer < analysis.base.layers, body.node);
        let sum = Sum {
            live: body.size,
            download: body.transfer,
            files: 1,
        };
        match body.size >= LARGE {
            true => large.push((key, sum)),
            false => enter(key, sum),
        }
    }
    // Of equals the first stored.
    large.sort_by_key(|(_, sum)| Reverse(sum.live));
    for (key, sum) in large.drain(MOST.min(large.len())..) {
        enter(key, sum);
    }
    let mut rows: Vec<FolderRow> = large
        .into_iter()
        .map(|((category, base, node), sum)| row(analysis, category, base, node, sum, None))
        .collect();
    let (levels, cut) = rolled_up(fs, levels_of(fs, small));
    for (depth, folders) in levels.into_iter().enumerate() {
        let folders = folders.into_iter();
        rows.extend(folders.map(|((category, base, node), sum)| {
            row(
                analysis,
                category,
                base,
                node,
                sum,
                Some(Some(depth) == cut),
            )
        }));
    }
    rows.sort_by(|a, b| {
        let key = |row: &FolderRow| (Reverse(row.live), row.category, row.base);
        key(a).cmp(&key(b)).then_with(|| a.path.cmp(&b.path))
    });
    rows
}

fn row(
    analysis: &Analysis,
    category: Category,
    base: bool,
    node: NodeId,
    sum: Sum,
    folder: Option<bool>,
) -> FolderRow {
    let path = json_path(analysis.fs.path(node).as_bytes());
    FolderRow {
        path: match folder {
            Some(_) if !path.ends_with('/') => path + "/",
            _ => path,
        },
        category,
        base,
        deep: folder.unwrap_or_default(),
        live: sum.live,
        download: sum.download,
        files: sum.files,
    }
}

fn levels_of(fs: &Rootfs, folders: HashMap<Key, Sum>) -> Levels {
    let mut levels = Levels::new();
    let mut known: HashMap<NodeId, usize> = HashMap::from([(NodeId::ROOT, 0)]);
    for (key, sum) in folders {
        let mut way = Vec::new();
        let mut at = key.2;
        let mut depth = loop {
            match known.get(&at) {
                Some(&depth) => break depth,
                None => way.push(at),
            }
            at = fs.parent(at);
        };
        for node in way.into_iter().rev() {
            depth += 1;
            known.insert(node, depth);
        }
        levels.resize_with(levels.len().max(depth + 1), HashMap::new);
        levels[depth].insert(key, sum);
    }
    levels
}

/// The deepest folders go up into those above them until there are not too many; and how
/// deep these are, where any did.
fn rolled_up(fs: &Rootfs, mut levels: Levels) -> (Levels, Option<usize>) {
    let mut count: usize = levels.iter().map(HashMap::len).sum();
    let mut cut = None;
    while count > MOST && levels.len() > 1 {
        let deepest = levels.pop().unwrap_or_default();
        count -= deepest.len();
        let Some(above) = levels.last_mut() else {
            break;
        };
        let before = above.len();
        for ((category, base, node), sum) in deepest {
            let key = (category, base, fs.parent(node));
            above.entry(key).or_default().add(sum);
        }
        count += above.len() - before;
        cut = Some(levels.len() - 1);
    }
    (levels, cut)
}

//! What is there more than once, as rows.

use std::collections::BTreeSet;

use super::build::owner_name;
use super::{DuplicateRow, RepeatedCopy, RepeatedRow};
use crate::analysis::Analysis;
use crate::copies::{Repeated, contents, interpreters, libraries, versions};
use crate::path::json_path;
use crate::rootfs::NodeId;

/// How many paths a row names.
const PATHS: usize = 10;

pub(super) fn duplicates(analysis: &Analysis) -> Vec<DuplicateRow> {
    let found = contents(&analysis.fs).into_iter();
    let row = |found: crate::copies::Duplicate| {
        let shown = &found.files[..found.files.len().min(PATHS)];
        let owner = |file: &NodeId| Some(analysis.attribution.of(analysis.fs.body_of(*file)?));
        let owners: BTreeSet<_> = shown.iter().filter_map(owner).collect();
        DuplicateRow {
            bytes: found.size,
            copies: found.files.len(),
            reclaimable: found.reclaimable(),
            paths: shown.iter().map(|&file| path(analysis, file)).collect(),
            owners: owners
                .into_iter()
                .map(|owner| owner_name(analysis, owner))
                .collect(),
        }
    };
    found.map(row).collect()
}

/// Interpreters, libraries, packages; of each kind most bytes first.
pub(super) fn repeated(analysis: &Analysis) -> Vec<RepeatedRow> {
    let (fs, attribution) = (&analysis.fs, &analysis.attribution);
    let row = |found: Repeated| RepeatedRow {
        kind: found.what.name().to_owned(),
        name: found.name.clone(),
        reclaimable: found.reclaimable(),
        copies: found
            .copies
            .iter()
            .map(|copy| RepeatedCopy {
                owner: owner_name(analysis, copy.owner),
                path: copy.file.map(|file| path(analysis, file)),
                live: copy.live,
            })
            .collect(),
    };
    let found = interpreters(fs, attribution).into_iter();
    let found = found.chain(libraries(fs, attribution));
    found.chain(versions(attribution)).map(row).collect()
}

fn path(analysis: &Analysis, file: NodeId) -> String {
    json_path(analysis.fs.path(file).as_bytes())
}

//! Families as rows.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{FamilyRow, PackageRow};
use crate::units::Bytes;

/// The sums of the packages' rows by family, largest first.
pub(super) fn families(packages: &[PackageRow]) -> Vec<FamilyRow> {
    let mut rows: BTreeMap<&str, FamilyRow> = BTreeMap::new();
    for package in packages {
        let Some(name) = &package.family else {
            continue;
        };
        let row = rows.entry(name).or_insert_with(|| FamilyRow {
            name: name.clone(),
            packages: 0,
            live: Bytes::ZERO,
            lost: Bytes::ZERO,
            download: Bytes::ZERO,
            download_lost: Bytes::ZERO,
        });
        row.packages += 1;
        row.live += package.live;
        row.lost += package.lost;
        row.download += package.download;
        row.download_lost += package.download_lost;
    }
    let mut rows: Vec<FamilyRow> = rows.into_values().collect();
    rows.sort_by_key(|row| Reverse(row.live + row.lost));
    rows
}

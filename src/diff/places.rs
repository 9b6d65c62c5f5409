//! The bytes of places by file and folder. What comes in is both reports; what goes out is
//! things by path, of folders that are cut alike on both sides.

use super::causes::{Ground, of_category};
use super::items::Thing;
use crate::owner::Category;
use crate::path::json_parts;
use crate::report::{FolderRow, LayerShare, Report, Saving};
use crate::units::Bytes;

/// What of a row's live bytes lies above the base.
pub(super) fn above(
    by_layer: &[LayerShare],
    live: Bytes,
    download: Bytes,
    layer: Option<usize>,
    ground: &Ground<'_>,
) -> Saving {
    if by_layer.is_empty() {
        // A report from before layers were told: where most of it is.
        let counts = layer.is_none_or(|layer| ground.is_above(layer));
        return match counts {
            true => Saving {
                stored: live,
                download,
            },
            false => Saving::default(),
        };
    }
    let shares = by_layer.iter().filter(|share| ground.is_above(share.layer));
    shares.fold(Saving::default(), |sum, share| Saving {
        stored: sum.stored + share.live,
        download: sum.download + share.download,
    })
}

/// Packages, and interpreters: all that has a version.
pub(super) fn with_versions(report: &Report, ground: &Ground<'_>) -> Vec<Thing> {
    let packages = report.packages.iter().filter(|row| row.installed);
    let packages = packages.map(|row| Thing {
        cause: of_category(row.category, true),
        ecosystem: row.ecosystem.clone(),
        name: row.name.clone(),
        version: row.version.clone(),
        bytes: above(&row.by_layer, row.live, row.download, row.layer, ground),
    });
    let places = report.places.iter();
    let places = places.filter(|row| row.category == Category::LanguageRuntime);
    packages
        .chain(places.map(|row| place(row, ground)))
        .collect()
}

fn place(row: &crate::report::PlaceRow, ground: &Ground<'_>) -> Thing {
    Thing {
        cause: of_category(row.category, false),
        ecosystem: String::new(),
        name: row.name.clone(),
        version: row.version.clone(),
        bytes: above(&row.by_layer, row.live, row.download, row.layer, ground),
    }
}

/// The files and folders of both, those of the base left out where there is one.
pub(super) fn by_path(old: (&Report, &Ground<'_>), new: (&Report, &Ground<'_>)) -> [Vec<Thing>; 2] {
    let has = |report: &Report| !report.folders.is_empty();
    let is_told = |report: &Report| has(report) || report.places.iter().all(is_empty);
    if !is_told(old.0) || !is_told(new.0) {
        // Reports from before folders were told.
        return [old, new].map(|(report, ground)| {
            let rows = report.places.iter();
            let rows = rows.filter(|row| row.category != Category::LanguageRuntime);
            rows.map(|row| place(row, ground)).collect()
        });
    }
    let cut = [old.0, new.0].into_iter().filter_map(cut_of).min();
    [old, new].map(|(report, ground)| {
        let rows = report.folders.iter();
        let rows = rows.filter(|row| row.category != Category::LanguageRuntime);
        let rows = rows.filter(|row| !row.base || !ground.has_base);
        let thing = |row: &FolderRow| Thing {
            cause: of_category(row.category, false),
            ecosystem: String::new(),
            name: cut.map_or_else(|| row.path.clone(), |depth| shallow(&row.path, depth)),
            version: String::new(),
            bytes: Saving {
                stored: row.live,
                download: row.download,
            },
        };
        rows.map(thing).collect()
    })
}

fn is_empty(row: &crate::report::PlaceRow) -> bool {
    row.live == Bytes::ZERO || row.category == Category::LanguageRuntime
}

/// How deep the folders of a report go, where deeper ones were rolled up.
fn cut_of(report: &Report) -> Option<usize> {
    let deep = report.folders.iter().find(|row| row.deep)?;
    Some(depth(&deep.path))
}

fn depth(folder: &str) -> usize {
    let parts = json_parts(folder.trim_end_matches('/'));
    parts.iter().filter(|part| !part.is_empty()).count()
}

/// The folder, or the one above it that is so deep; files stay what they are.
fn shallow(path: &str, most: usize) -> String {
    if !path.ends_with('/') || depth(path) <= most {
        return path.to_owned();
    }
    let parts = json_parts(path.trim_end_matches('/'));
    let mut folder: String = parts[..most].iter().flat_map(|part| ["/", part]).collect();
    folder.push('/');
    folder
}

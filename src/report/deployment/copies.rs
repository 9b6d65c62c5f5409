//! Packages that several images have.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::{Books, CopiesRow, InImage, Member};
use crate::report::PackageRow;
use crate::units::Bytes;

/// Most bytes of copies first.
pub(super) fn rows(members: &[Member], books: &Books<'_>) -> Vec<CopiesRow> {
    // By ecosystem and name: by image, what it has under that name, in any versions.
    let mut packages: BTreeMap<_, BTreeMap<usize, Vec<&PackageRow>>> = BTreeMap::new();
    for (image, member) in members.iter().enumerate() {
        for row in &member.packages {
            let images = packages.entry((&row.ecosystem, &row.name)).or_default();
            images.entry(image).or_default().push(row);
        }
    }
    let mut rows: Vec<CopiesRow> = packages
        .into_values()
        .filter(|images| images.len() > 1)
        .filter_map(|images| row(&images, books))
        .collect();
    // What is equal stays in the order of names.
    rows.sort_by_key(|row| (Reverse(row.copies), Reverse(row.shared)));
    rows
}

/// One package: a layer's bytes of it are there once, however many images have the
/// layer.
fn row(images: &BTreeMap<usize, Vec<&PackageRow>>, books: &Books<'_>) -> Option<CopiesRow> {
    let first = *images.values().next()?.first()?;
    // By layer, the most that an image still has of it: in another image more of it
    // may be lost.
    let mut by_content: HashMap<usize, Bytes> = HashMap::new();
    let mut rows = Vec::new();
    for (&image, packages) in images {
        for (content, live) in contents(image, packages, books) {
            let most = by_content.entry(content).or_default();
            *most = live.max(*most);
        }
        let mut versions: Vec<String> = packages.iter().map(|row| row.version.clone()).collect();
        versions.sort();
        versions.dedup();
        rows.push(InImage {
            image,
            versions,
            live: packages.iter().map(|row| row.live).sum(),
        });
    }
    let live: Bytes = rows.iter().map(|row| row.live).sum();
    let once: Bytes = by_content.into_values().sum();
    let one = rows.iter().map(|row| row.live).max().unwrap_or_default();
    Some(CopiesRow {
        ecosystem: first.ecosystem.clone(),
        name: first.name.clone(),
        live,
        shared: live - once,
        copies: once - one,
        images: rows,
    })
}

/// What of these packages each content holds that the image has.
fn contents(image: usize, packages: &[&PackageRow], books: &Books<'_>) -> HashMap<usize, Bytes> {
    let mut sums = HashMap::new();
    for share in packages.iter().flat_map(|row| &row.by_layer) {
        if let Some(places) = books.places[image].get(share.layer) {
            *sums.entry(places.content).or_default() += share.live;
        }
    }
    sums
}

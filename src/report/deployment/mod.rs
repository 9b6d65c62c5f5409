//! Several images that run together: what each holds, what they share, and what they
//! hold several times.

mod advice;
mod bases;
mod copies;
mod held;
mod rows;

pub use rows::{
    CopiesRow, DeploymentFinding, DeploymentReport, DeploymentTotals, InImage, LiveRow,
    MemberFinding, MemberRow, OnceTotals, SharedBaseRow, SharedRow, SharedSums, Sums,
};

use std::cmp::Reverse;
use std::collections::HashSet;

use self::held::{Held, Holdings, Identity};
use super::{FindingRow, PackageRow, Report, SCHEMA};
use crate::units::Bytes;

/// What is kept of one image's report, so that not all of it need be.
pub struct Member {
    row: MemberRow,
    layers: Vec<Layer>,
    /// Those that own live bytes.
    packages: Vec<PackageRow>,
    /// Those that are worth a word.
    findings: Vec<FindingRow>,
    base_name: Option<String>,
}

struct Layer {
    diff_id: Option<String>,
    digest: Option<String>,
    stored: Bytes,
    download: Bytes,
    created_by: Option<String>,
}

impl Member {
    /// Keeps what is needed of a report; `services` are who runs the image.
    pub fn new(report: Report, services: Vec<String>) -> Member {
        let totals = Sums {
            stored: report.totals.stored,
            live: report.totals.live,
            lost: report.totals.lost,
            download: report.totals.download,
        };
        let categories = report.categories.iter();
        let row = MemberRow {
            name: report.image.name,
            services,
            source: report.image.source,
            digest: report.image.digest,
            platform: report.image.platform,
            verified: report.image.verified,
            totals,
            shared: SharedSums::default(),
            categories: categories
                .map(|row| LiveRow {
                    id: row.id,
                    live: row.live,
                })
                .collect(),
            layers: report.layers.len(),
            base_layers: report.layers.iter().filter(|layer| layer.base).count(),
            base_evidence: report.image.base_evidence,
            advice: report.advice,
            warnings: report.warnings,
        };
        let layers = report.layers.into_iter().map(|layer| Layer {
            diff_id: layer.diff_id,
            digest: layer.digest,
            stored: layer.stored,
            download: layer.download,
            created_by: layer.created_by,
        });
        let packages = report.packages.into_iter();
        let findings = report.findings.into_iter();
        Member {
            row,
            layers: layers.collect(),
            packages: packages.filter(|row| row.live > Bytes::ZERO).collect(),
            findings: findings.filter(|row| row.notable).collect(),
            base_name: report.image.base.and_then(|base| base.name),
        }
    }
}

/// What the images hold together. Every layer of every image has a place in each.
struct Books<'m> {
    /// Contents, by diff ID.
    contents: Holdings<Identity<'m>>,
    /// What is downloaded, by digest.
    blobs: Holdings<Identity<'m>>,
    /// Contents on top of contents: as engines unpack them.
    chains: Holdings<(Option<usize>, usize)>,
    /// Of each image's layers, lowest first.
    places: Vec<Vec<Places>>,
}

/// Where a layer stands in the books.
struct Places {
    content: usize,
    blob: usize,
    chain: usize,
}

impl Books<'_> {
    fn new(members: &[Member]) -> Books<'_> {
        let mut books = Books {
            contents: Holdings::default(),
            blobs: Holdings::default(),
            chains: Holdings::default(),
            places: Vec::new(),
        };
        for (image, member) in members.iter().enumerate() {
            let mut below = None;
            let mut places = Vec::new();
            for (no, layer) in member.layers.iter().enumerate() {
                let (diff_id, digest) = (layer.diff_id.as_deref(), layer.digest.as_deref());
                let content = Identity::of(diff_id, digest, (image, no));
                let content = books.contents.add(content, layer.stored, image);
                let blob = Identity::of(digest, diff_id, (image, no));
                let blob = books.blobs.add(blob, layer.download, image);
                let chain = books.chains.add((below, content), layer.stored, image);
                below = Some(chain);
                places.push(Places {
                    content,
                    blob,
                    chain,
                });
            }
            books.places.push(places);
        }
        books
    }

    /// What of an image's layers other images have too.
    fn shared(&self, image: usize, member: &Member) -> SharedSums {
        let mut shared = SharedSums::default();
        for (layer, places) in member.layers.iter().zip(&self.places[image]) {
            if self.contents.rows[places.content].is_shared() {
                shared.stored += layer.stored;
            }
            if self.blobs.rows[places.blob].is_shared() {
                shared.download += layer.download;
            }
        }
        shared
    }
}

impl DeploymentReport {
    /// Puts the images of a deployment together.
    pub fn new(members: Vec<Member>) -> DeploymentReport {
        let books = Books::new(&members);
        let packages = copies::rows(&members, &books);
        let sum = |of: fn(&Sums) -> Bytes| members.iter().map(|one| of(&one.row.totals)).sum();
        let images = Sums {
            stored: sum(|totals| totals.stored),
            live: sum(|totals| totals.live),
            lost: sum(|totals| totals.lost),
            download: sum(|totals| totals.download),
        };
        let once = OnceTotals {
            stored: books.contents.sum(),
            download: books.blobs.sum(),
            unpacked: books.chains.sum(),
        };
        let totals = DeploymentTotals {
            saved: SharedSums {
                stored: images.stored - once.stored,
                download: images.download - once.download,
            },
            copies: packages.iter().map(|row| row.copies).sum(),
            images,
            once,
        };
        let shared = shared_layers(&members, &books);
        let (bases, alone) = bases::rows(&members, &books);
        let findings = advice::rows(&members, &books);
        let sums = members.iter().enumerate();
        let sums: Vec<SharedSums> = sums.map(|(no, member)| books.shared(no, member)).collect();
        let rows = members.into_iter().zip(sums);
        let row = |(member, shared): (Member, SharedSums)| MemberRow {
            shared,
            ..member.row
        };
        DeploymentReport {
            schema: SCHEMA,
            images: rows.map(row).collect(),
            totals,
            shared,
            bases,
            alone,
            packages,
            findings,
        }
    }
}

/// The layers that several images have, largest first.
fn shared_layers(members: &[Member], books: &Books<'_>) -> Vec<SharedRow> {
    let row = |held: &Held| {
        held.is_shared().then(|| SharedRow {
            diff_id: None,
            digests: Vec::new(),
            stored: held.bytes,
            download: Bytes::ZERO,
            images: held.images.clone(),
            created_by: None,
        })
    };
    let mut rows: Vec<Option<SharedRow>> = books.contents.rows.iter().map(row).collect();
    let mut seen = HashSet::new();
    for (member, places) in members.iter().zip(&books.places) {
        for (layer, places) in member.layers.iter().zip(places) {
            let Some(row) = &mut rows[places.content] else {
                continue;
            };
            // Whoever tells it first.
            row.diff_id = row.diff_id.take().or_else(|| layer.diff_id.clone());
            let told = row.created_by.take();
            row.created_by = told.or_else(|| layer.created_by.clone());
            if seen.insert((places.content, places.blob)) {
                row.download += books.blobs.rows[places.blob].bytes;
                row.digests.extend(layer.digest.clone());
            }
        }
    }
    let mut rows: Vec<SharedRow> = rows.into_iter().flatten().collect();
    rows.sort_by(|a, b| {
        let key = |row: &SharedRow| (Reverse(row.stored), Reverse(row.download));
        key(a).cmp(&key(b)).then_with(|| a.diff_id.cmp(&b.diff_id))
    });
    rows
}

#[cfg(test)]
mod tests;

//! From the model to rows.

use std::cmp::Reverse;
use std::thread;

use super::advice::findings;
use super::copies::{duplicates, repeated};
use super::family::families;
use super::folders::folders;
use super::layers::layers;
use super::{
    BaseRow, CategoryRow, ImageRow, LayerShare, LostRow, PackageRow, PlaceRow, Report, SCHEMA,
    Totals, WarningRow,
};
use crate::advice::Advice;
use crate::analysis::{Analysis, Warning};
use crate::family::family;
use crate::layer::Oddity;
use crate::needs::{Need, Needs};
use crate::owner::{Asked, Category, Finds, Owner, OwnerId};
use crate::path::{brief, json_path};
use crate::rootfs::{NodeId, Strange};
use crate::source::Remark;
use crate::units::Bytes;

impl Report {
    /// Writes an analysis down.
    pub fn new(analysis: &Analysis) -> Report {
        Report::with_advice(analysis).0
    }

    /// The same, with the findings as the rules made them.
    pub fn with_advice(analysis: &Analysis) -> (Report, Advice) {
        // What is there more than once takes as long to find as all the rest to write.
        let ((duplicates, repeated, layers), owners, lost, (findings, sums, advice)) =
            thread::scope(|scope| {
                let again =
                    scope.spawn(|| (duplicates(analysis), repeated(analysis), layers(analysis)));
                let advice = scope.spawn(|| findings(analysis));
                let mut shares = by_layer(analysis);
                let packages = packages(analysis, &mut shares);
                let places = places(analysis, &mut shares);
                let owners = (packages, places, folders(analysis));
                (joined(again), owners, lost(analysis), joined(advice))
            });
        let (packages, places, folders) = owners;
        let duplicated = duplicates.iter().map(|row| row.reclaimable).sum();
        let report = Report {
            schema: SCHEMA,
            image: image(analysis),
            totals: Totals {
                duplicated,
                ..totals(analysis)
            },
            categories: categories(analysis),
            layers,
            families: families(&packages),
            packages,
            places,
            folders,
            duplicates,
            repeated,
            lost,
            findings,
            advice: sums,
            dockerfile: None,
            compression: None,
            dive: None,
            warnings: analysis.warnings.iter().map(warning).collect(),
        };
        (report, advice)
    }
}

fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    let result = thread.join();
    result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn image(analysis: &Analysis) -> ImageRow {
    let info = &analysis.info;
    ImageRow {
        name: info.name.clone(),
        source: info.source.clone(),
        digest: info.digest.to_string(),
        platform: info.platform.as_ref().map(ToString::to_string),
        verified: analysis.fs.layers().iter().all(|layer| layer.is_verified()),
        base_evidence: analysis.base.evidence.name().to_owned(),
        base: BaseRow::new(&analysis.base),
    }
}

fn totals(analysis: &Analysis) -> Totals {
    let fs = &analysis.fs;
    let mut totals = Totals::default();
    for layer in fs.layers() {
        totals.overhead += layer.overhead;
        totals.download += layer.blob;
        totals.download_overhead += layer.download_overhead();
        totals.entries += layer.entries.len() as u64;
    }
    for (_, body) in fs.bodies() {
        totals.stored += body.size;
        match body.lost {
            Some(_) => totals.lost += body.size,
            None => {
                totals.live += body.size;
                totals.files += 1;
            }
        }
    }
    for node in fs.subtree(NodeId::ROOT).skip(1) {
        totals.paths += 1;
        totals.file_names += u64::from(fs.body_of(node).is_some());
    }
    totals
}

fn categories(analysis: &Analysis) -> Vec<CategoryRow> {
    let mut rows = Category::ALL.map(|id| CategoryRow {
        id,
        live: Bytes::ZERO,
        lost: Bytes::ZERO,
        download: Bytes::ZERO,
        download_lost: Bytes::ZERO,
        files: 0,
    });
    for owner in &analysis.attribution.owners {
        if let Some(row) = rows.iter_mut().find(|row| row.id == owner.category) {
            row.live += owner.live;
            row.lost += owner.lost;
            row.download += owner.download;
            row.download_lost += owner.download_lost;
            row.files += owner.files;
        }
    }
    rows.into()
}

fn owners_of(analysis: &Analysis, finds: Finds) -> impl Iterator<Item = (OwnerId, &Owner)> {
    let owners = analysis.attribution.owners.iter().enumerate();
    owners
        .map(|(no, owner)| (OwnerId(no as u32), owner))
        .filter(move |(_, owner)| owner.finds == finds)
}

/// By bytes, then by name, so that equals have one order.
fn in_order<'a>(
    owners: impl Iterator<Item = (OwnerId, &'a Owner)>,
) -> impl Iterator<Item = (OwnerId, &'a Owner)> {
    let mut owners: Vec<(OwnerId, &Owner)> = owners.collect();
    owners.sort_by(|(_, a), (_, b)| {
        let key = |owner: &Owner| (Reverse(owner.live + owner.lost), owner.ecosystem);
        key(a)
            .cmp(&key(b))
            .then_with(|| (&a.name, &a.version, a.category).cmp(&(&b.name, &b.version, b.category)))
    });
    owners.into_iter()
}

fn packages(analysis: &Analysis, shares: &mut [Vec<LayerShare>]) -> Vec<PackageRow> {
    let packages = owners_of(analysis, Finds::Packages);
    let owners = &analysis.attribution.owners;
    let need = |owner: &Owner| Need {
        requires: owner.requires.iter().map(|id| id.0 as usize).collect(),
        asked: owner.asked == Asked::ByName,
        is_app: owner.finds == Finds::Packages && owner.category == Category::App,
    };
    let live: Vec<Bytes> = owners.iter().map(|owner| owner.live).collect();
    let needs = Needs::new(&owners.iter().map(need).collect::<Vec<_>>());
    let retained = needs.retained_bytes(&live);
    let name = |&id: &OwnerId| owner_name(analysis, id);
    let row = |(id, owner): (OwnerId, &Owner)| PackageRow {
        ecosystem: owner.ecosystem.to_owned(),
        name: owner.name.clone(),
        version: owner.version.clone(),
        category: owner.category,
        family: family(owner.ecosystem, &owner.name).map(str::to_owned),
        installed: owner.installed,
        live: owner.live,
        lost: owner.lost,
        download: owner.download,
        download_lost: owner.download_lost,
        files: owner.files,
        layer: owner.layer.map(usize::from),
        by_layer: std::mem::take(&mut shares[id.0 as usize]),
        parts: owner.parts,
        inside: owner.inside.as_ref().map(name),
        asked: match owner.asked {
            Asked::Unknown => None,
            Asked::ByName => Some(true),
            Asked::ForOthers => Some(false),
        },
        requires: owner.requires.iter().map(name).collect(),
        retained: retained[id.0 as usize],
    };
    in_order(packages).map(row).collect()
}

/// By owner: what of its live bytes each layer stores.
fn by_layer(analysis: &Analysis) -> Vec<Vec<LayerShare>> {
    let mut shares = vec![Vec::new(); analysis.attribution.owners.len()];
    let bodies = analysis.fs.bodies();
    // In the order of the layers, so that the last share is the one that grows.
    for (id, body) in bodies.filter(|(_, body)| body.lost.is_none() && body.size > Bytes::ZERO) {
        let owned: &mut Vec<LayerShare> = &mut shares[analysis.attribution.of(id).0 as usize];
        let layer = usize::from(body.layer);
        match owned.last_mut().filter(|share| share.layer == layer) {
            Some(share) => {
                share.live += body.size;
                share.download += body.transfer;
            }
            None => owned.push(LayerShare {
                layer,
                live: body.size,
                download: body.transfer,
            }),
        }
    }
    shares
}

fn places(analysis: &Analysis, shares: &mut [Vec<LayerShare>]) -> Vec<PlaceRow> {
    let owns = |(_, owner): &(OwnerId, &Owner)| owner.files > 0 || owner.lost > Bytes::ZERO;
    let places = owners_of(analysis, Finds::Places).filter(owns);
    let row = |(id, owner): (OwnerId, &Owner)| PlaceRow {
        name: owner.name.clone(),
        version: owner.version.clone(),
        category: owner.category,
        live: owner.live,
        lost: owner.lost,
        download: owner.download,
        download_lost: owner.download_lost,
        files: owner.files,
        layer: owner.layer.map(usize::from),
        by_layer: std::mem::take(&mut shares[id.0 as usize]),
        kind: owner.kind,
    };
    in_order(places).map(row).collect()
}

fn lost(analysis: &Analysis) -> Vec<LostRow> {
    let fs = &analysis.fs;
    let mut rows: Vec<LostRow> = fs
        .bodies()
        .filter(|(_, body)| body.size > Bytes::ZERO)
        .filter_map(|(id, body)| {
            let loss = body.lost?;
            Some(LostRow {
                path: json_path(fs.path(body.node).as_bytes()),
                bytes: body.size,
                download: body.transfer,
                cause: loss.cause,
                layer: usize::from(body.layer),
                lost_in: usize::from(loss.layer),
                owner: owner_name(analysis, analysis.attribution.of(id)),
            })
        })
        .collect();
    rows.sort_by(|a, b| {
        let key = |row: &LostRow| (Reverse(row.bytes), row.layer, row.lost_in);
        key(a).cmp(&key(b)).then_with(|| a.path.cmp(&b.path))
    });
    rows
}

/// `pip:numpy@1.26.4` for a package, its name for a place.
pub fn owner_name(analysis: &Analysis, id: OwnerId) -> String {
    let owner = analysis.attribution.owner(id);
    match (owner.finds, owner.version.as_str()) {
        (Finds::Packages, "") => format!("{}:{}", owner.ecosystem, owner.name),
        (Finds::Packages, version) => format!("{}:{}@{version}", owner.ecosystem, owner.name),
        (Finds::Places, "") => owner.name.clone(),
        (Finds::Places, version) => format!("{} {version}", owner.name),
    }
}

pub(super) fn warning(warning: &Warning) -> WarningRow {
    let (code, message) = match warning {
        Warning::Image(remark) => {
            let code = match remark {
                Remark::History { .. } => "history-mismatch",
                Remark::Foreign(_) => "foreign-layer",
                Remark::Credentials(_) => "credentials-unusable",
                Remark::Attestation(_) => "attestation-unusable",
                Remark::Windows => "windows-image",
            };
            (code, remark.to_string())
        }
        Warning::Layer(layer, oddity) => {
            let code = match oddity {
                Oddity::Climbs(_) => "name-climbs-out",
                Oddity::Trailing(_) => "trailing-bytes",
                Oddity::Sparse { .. } => "sparse-file",
                Oddity::KeptTooMuch(_) => "databases-too-large",
                Oddity::Toc(_) => "toc-unusable",
            };
            (code, format!("layer {layer}: {oddity}"))
        }
        Warning::Stack(layer, Strange::DeadLink { path, target }) => (
            "dead-hard-link",
            format!("layer {layer}: the hard link {path} leads to no file ({target})"),
        ),
        Warning::Stack(layer, Strange::LinkLoop(path)) => (
            "link-loop",
            format!(
                "layer {layer}: {path} is a link that leads in a circle, or too far, where a folder is needed"
            ),
        ),
        Warning::Stack(layer, Strange::NotTheRoot) => (
            "root-is-no-folder",
            format!("layer {layer}: an entry would replace the root folder"),
        ),
        Warning::Database(id, bad) => (
            "database-unreadable",
            format!("{id}: {} could not be read: {}", bad.path, brief(&bad.why)),
        ),
        Warning::DiffId(layer) => (
            "diff-id-mismatch",
            format!(
                "layer {layer}: its content is not what the config's diff ID promises (the blob's own digest is right)"
            ),
        ),
    };
    WarningRow {
        code: code.to_owned(),
        message,
    }
}

//! What there is to measure. What comes in is an analysis, or a report alone; what goes
//! out is sums by layer, owner and path, of what counts.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::finding::{Finding, Found, keep_largest};
use crate::analysis::Analysis;
use crate::category::Category;
use crate::config::{Budget, Forbidden, Paths, Subject};
use crate::family::family;
use crate::owner::{Finds, Owner};
use crate::path::{brief, json_path};
use crate::report::{LayerRow, Report};
use crate::rootfs::{BodyId, NodeId, NodeKind};
use crate::units::Bytes;

/// What there is to measure in one image.
#[derive(Debug, Clone)]
pub struct Sizes {
    /// The layers that count, lowest first.
    pub(super) layers: Vec<LayerSize>,
    /// The packages and places; `None` where a report alone does not tell what of them
    /// counts.
    pub(super) owners: Option<Vec<OwnerSize>>,
    /// The live files that count; `None` like `owners`.
    pub(super) files: Option<u64>,
    /// The largest lost files that count, the first ten.
    pub(super) lost: Vec<Found>,
    /// What patterns of paths find, by their text; `None` where a report alone does not
    /// tell.
    pub(super) paths: Option<BTreeMap<String, PathSize>>,
}

/// Bytes and files.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    pub(super) live: Bytes,
    pub(super) lost: Bytes,
    /// The download of both.
    pub(super) download: Bytes,
    /// The download of what is lost.
    pub(super) download_lost: Bytes,
    /// Live ones.
    pub(super) files: u64,
}

impl Sum {
    pub(super) fn stored(&self) -> Bytes {
        self.live + self.lost
    }

    fn add(&mut self, other: Sum) {
        self.live += other.live;
        self.lost += other.lost;
        self.download += other.download;
        self.download_lost += other.download_lost;
        self.files = self.files.saturating_add(other.files);
    }
}

/// A layer. Its download is the whole blob's, but for what is ignored.
#[derive(Debug, Clone)]
pub(super) struct LayerSize {
    pub(super) index: usize,
    pub(super) diff_id: Option<String>,
    pub(super) digest: Option<String>,
    pub(super) created_by: String,
    pub(super) sum: Sum,
}

/// A package or a place.
#[derive(Debug, Clone)]
pub(super) struct OwnerSize {
    /// `None` for a place.
    pub(super) ecosystem: Option<String>,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) category: Category,
    pub(super) family: Option<String>,
    /// Is it in the final image?
    pub(super) installed: bool,
    pub(super) layer: Option<usize>,
    /// Of what counts.
    pub(super) sum: Sum,
    /// All that is stored of it, whether it counts or not.
    pub(super) whole: Bytes,
}

impl OwnerSize {
    /// For a person.
    pub(super) fn title(&self) -> String {
        let name = match &self.ecosystem {
            Some(ecosystem) => format!("{ecosystem}:{}", self.name),
            None => self.name.clone(),
        };
        match (self.version.as_str(), &self.ecosystem) {
            ("", _) => brief(name),
            (version, Some(_)) => brief(format!("{name}@{version}")),
            (version, None) => brief(format!("{name} {version}")),
        }
    }
}

/// What a pattern of paths finds.
#[derive(Debug, Clone, Default)]
pub(super) struct PathSize {
    /// Of the files that count.
    pub(super) sum: Sum,
    /// The largest of these, the first ten.
    pub(super) found: Vec<Found>,
    /// The live paths, whether they count or not; folders are none.
    pub(super) live: Finding,
    /// The lost files, whether they count or not.
    pub(super) lost: Finding,
}

fn layer_size(row: &LayerRow) -> LayerSize {
    LayerSize {
        index: row.index,
        diff_id: row.diff_id.clone(),
        digest: row.digest.clone(),
        created_by: row.created_by.clone().unwrap_or_default(),
        sum: Sum {
            live: row.live,
            lost: row.lost,
            download: row.download,
            ..Sum::default()
        },
    }
}

impl Sizes {
    /// Of a report: exact where every file counts.
    pub fn of_report(report: &Report, budget: &Budget) -> Sizes {
        let counts = |layer: &LayerRow| !(budget.above_base && layer.base);
        let layers = report.layers.iter().filter(|layer| counts(layer));
        let layers: Vec<LayerSize> = layers.map(layer_size).collect();
        let every = layers.len() == report.layers.len();
        let counted = |no: usize| every || layers.iter().any(|layer| layer.index == no);
        let mut lost = Vec::new();
        for row in report.lost.iter().filter(|row| counted(row.layer)) {
            keep_largest(
                &mut lost,
                Found {
                    title: brief(&row.path),
                    bytes: row.bytes,
                    layer: Some(row.layer),
                },
            );
        }
        let packages = report.packages.iter().map(|row| OwnerSize {
            ecosystem: Some(row.ecosystem.clone()),
            name: row.name.clone(),
            version: row.version.clone(),
            category: row.category,
            family: row.family.clone(),
            installed: row.installed,
            layer: row.layer,
            whole: row.live + row.lost,
            sum: Sum {
                live: row.live,
                lost: row.lost,
                download: row.download + row.download_lost,
                download_lost: row.download_lost,
                files: row.files,
            },
        });
        let places = report.places.iter().map(|row| OwnerSize {
            ecosystem: None,
            name: row.name.clone(),
            version: row.version.clone(),
            category: row.category,
            family: None,
            installed: row.live > Bytes::ZERO,
            layer: row.layer,
            whole: row.live + row.lost,
            sum: Sum {
                live: row.live,
                lost: row.lost,
                download: row.download + row.download_lost,
                download_lost: row.download_lost,
                files: row.files,
            },
        });
        Sizes {
            owners: every.then(|| packages.chain(places).collect()),
            files: every.then_some(report.totals.files),
            layers,
            lost,
            paths: None,
        }
    }

    /// Of an analysis and its report: all that the budget asks for.
    pub fn of(analysis: &Analysis, report: &Report, budget: &Budget) -> Sizes {
        let patterns = patterns(budget);
        let mut sizes = Sizes::of_report(report, budget);
        let mut paths: BTreeMap<String, PathSize> = BTreeMap::new();
        if budget.above_base || budget.needs_files() {
            sizes.count(analysis, budget, &patterns, &mut paths);
        }
        find_live(analysis, &patterns, &mut paths);
        sizes.paths = Some(paths);
        sizes
    }

    /// Counts file by file.
    fn count(
        &mut self,
        analysis: &Analysis,
        budget: &Budget,
        patterns: &[&Paths],
        paths: &mut BTreeMap<String, PathSize>,
    ) {
        let names = names(analysis);
        let fs = &analysis.fs;
        let attribution = &analysis.attribution;
        let first = self.layers.first().map_or(usize::MAX, |layer| layer.index);
        let mut owners = vec![Sum::default(); attribution.owners.len()];
        let mut files = 0;
        self.lost.clear();
        for layer in &mut self.layers {
            (layer.sum.live, layer.sum.lost) = (Bytes::ZERO, Bytes::ZERO);
        }
        for (id, body) in fs.bodies() {
            let is_lost = body.lost.is_some();
            let path = fs.path(body.node);
            let is_ignored = budget.ignore.fits(path.as_bytes());
            let layer = usize::from(body.layer);
            let found = || Found {
                title: brief(json_path(path.as_bytes())),
                bytes: body.size,
                layer: Some(layer),
            };
            let counted = layer
                .checked_sub(first)
                .and_then(|at| self.layers.get_mut(at));
            let fitting = patterns.iter().filter(|pattern| {
                let others = names.get(&id).map_or(&[][..], Vec::as_slice);
                let fits = |node: NodeId| pattern.fits(fs.path(node).as_bytes());
                pattern.fits(path.as_bytes()) || others.iter().any(|&node| fits(node))
            });
            let fitting: Vec<String> = fitting.map(ToString::to_string).collect();
            for pattern in fitting.iter().filter(|_| is_lost) {
                paths.entry(pattern.clone()).or_default().lost.add(found);
            }
            let Some(counted) = counted else { continue };
            if is_ignored {
                counted.sum.download = counted.sum.download - body.transfer;
                continue;
            }
            let sum = match is_lost {
                true => Sum {
                    lost: body.size,
                    download: body.transfer,
                    download_lost: body.transfer,
                    ..Sum::default()
                },
                false => Sum {
                    live: body.size,
                    download: body.transfer,
                    files: 1,
                    ..Sum::default()
                },
            };
            files += sum.files;
            counted.sum.live += sum.live;
            counted.sum.lost += sum.lost;
            owners[attribution.of(id).0 as usize].add(sum);
            if is_lost && body.size > Bytes::ZERO {
                keep_largest(&mut self.lost, found());
            }
            for pattern in fitting {
                let size = paths.entry(pattern).or_default();
                size.sum.add(sum);
                keep_largest(&mut size.found, found());
            }
        }
        let sums = attribution.owners.iter().zip(owners);
        let row = |(owner, sum): (&Owner, Sum)| {
            let is_package = owner.finds == Finds::Packages;
            OwnerSize {
                ecosystem: is_package.then(|| owner.ecosystem.to_owned()),
                name: owner.name.clone(),
                version: owner.version.clone(),
                category: owner.category,
                family: family(owner.ecosystem, &owner.name)
                    .filter(|_| is_package)
                    .map(str::to_owned),
                installed: owner.installed,
                layer: owner.layer.map(usize::from),
                whole: owner.live + owner.lost,
                sum,
            }
        };
        let mut owners: Vec<OwnerSize> = sums.map(row).collect();
        owners.sort_by(|a, b| {
            let key = |owner: &OwnerSize| Reverse(owner.sum.stored());
            key(a).cmp(&key(b)).then_with(|| a.title().cmp(&b.title()))
        });
        self.owners = Some(owners);
        self.files = Some(files);
    }

    /// All layers that count together.
    pub(super) fn sum(&self) -> Sum {
        let mut sum = Sum::default();
        for layer in &self.layers {
            sum.add(layer.sum);
        }
        sum
    }
}

/// Every pattern of paths that a rule of the budget has.
fn patterns(budget: &Budget) -> Vec<&Paths> {
    let limits = budget.limits.iter().filter_map(|limit| match &limit.of {
        Subject::Path(paths) => Some(paths),
        _ => None,
    });
    let forbids = budget
        .forbids
        .iter()
        .filter_map(|forbid| match &forbid.what {
            Forbidden::Path(paths) => Some(paths),
            Forbidden::Package(_) => None,
        });
    let mut patterns: Vec<&Paths> = limits.chain(forbids).collect();
    patterns.sort_by_key(|paths| paths.to_string());
    patterns.dedup_by_key(|paths| paths.to_string());
    patterns
}

/// The other names of files that have several now.
fn names(analysis: &Analysis) -> HashMap<BodyId, Vec<NodeId>> {
    let mut names: HashMap<BodyId, Vec<NodeId>> = HashMap::new();
    for link in analysis.fs.hard_links() {
        if analysis.fs.body_of(link.node) == Some(link.body) {
            names.entry(link.body).or_default().push(link.node);
        }
    }
    names
}

/// What the patterns find in the final filesystem: files by every name, links and
/// devices too.
fn find_live(analysis: &Analysis, patterns: &[&Paths], paths: &mut BTreeMap<String, PathSize>) {
    for pattern in patterns {
        paths.entry(pattern.to_string()).or_default();
    }
    if patterns.is_empty() {
        return;
    }
    let fs = &analysis.fs;
    for node in fs.subtree(NodeId::ROOT).skip(1) {
        if fs.kind(node) == NodeKind::Dir {
            continue;
        }
        let path = fs.path(node);
        for pattern in patterns
            .iter()
            .filter(|pattern| pattern.fits(path.as_bytes()))
        {
            let body = fs.body_of(node).map(|id| fs.body(id).size);
            paths
                .entry(pattern.to_string())
                .or_default()
                .live
                .add(|| Found {
                    title: brief(json_path(path.as_bytes())),
                    bytes: body.unwrap_or_default(),
                    layer: Some(usize::from(fs.layer_of(node))),
                });
        }
    }
}

//! What owners have to do with each other. What comes in is an analysis with its report
//! and advice; what goes out is, of any owner: its row in the report, its family, who
//! needs it, and which advice is about it. Made once: a key press only looks up.

use std::collections::HashMap;

use imgsize::advice::{Advice, Finding};
use imgsize::analysis::Analysis;
use imgsize::needs::{Need, Needs};
use imgsize::owner::{Asked, Category, Finds, OwnerId};
use imgsize::report::{LayerShare, Report};
use imgsize::units::Bytes;

/// The place of a family in the report's list.
pub(crate) type FamilyNo = u16;

/// Side tables by owner.
pub(crate) struct Relations {
    owners: Vec<Related>,
    needs: Needs,
    /// Which findings take most of their bytes from whom: sorted.
    findings: Vec<(OwnerId, usize)>,
}

/// What the report says of one owner.
#[derive(Debug, Clone, Copy, Default)]
struct Related {
    row: Option<RowNo>,
    family: Option<FamilyNo>,
}

#[derive(Debug, Clone, Copy)]
enum RowNo {
    Package(usize),
    Place(usize),
}

impl Relations {
    pub(crate) fn new(analysis: &Analysis, report: &Report, advice: &Advice) -> Relations {
        let owners = &analysis.attribution.owners;
        let need = |owner: &imgsize::owner::Owner| Need {
            requires: owner.requires.iter().map(|id| id.0 as usize).collect(),
            asked: owner.asked == Asked::ByName,
            is_app: owner.finds == Finds::Packages && owner.category == Category::App,
        };
        let mut findings: Vec<(OwnerId, usize)> = advice
            .findings
            .iter()
            .enumerate()
            .filter_map(|(no, counted)| Some((most_of(analysis, &counted.finding)?, no)))
            .collect();
        findings.sort_unstable();
        Relations {
            owners: related(analysis, report),
            needs: Needs::new(&owners.iter().map(need).collect::<Vec<_>>()),
            findings,
        }
    }

    fn of(&self, owner: OwnerId) -> Related {
        self.owners
            .get(owner.0 as usize)
            .copied()
            .unwrap_or_default()
    }

    /// The family that people know it by.
    pub(crate) fn family(&self, owner: OwnerId) -> Option<FamilyNo> {
        self.of(owner).family
    }

    /// Its live bytes by the layers that store them.
    pub(crate) fn by_layer<'r>(&self, report: &'r Report, owner: OwnerId) -> &'r [LayerShare] {
        match self.of(owner).row {
            Some(RowNo::Package(no)) => report.packages.get(no).map(|row| &row.by_layer),
            Some(RowNo::Place(no)) => report.places.get(no).map(|row| &row.by_layer),
            None => None,
        }
        .map_or(&[], Vec::as_slice)
    }

    /// Findings most of whose bytes are its own, by their places in the report.
    pub(crate) fn findings(&self, owner: OwnerId) -> impl Iterator<Item = usize> {
        let start = self.findings.partition_point(|&(other, _)| other < owner);
        let rest = self.findings.iter().skip(start);
        rest.take_while(move |(other, _)| *other == owner)
            .map(|&(_, no)| no)
    }

    /// Who requires it directly.
    pub(crate) fn required_by(&self, owner: OwnerId) -> Vec<OwnerId> {
        ids(self.needs.dependents(owner.0 as usize))
    }

    /// The shortest ways to it from what was asked for, or what nobody requires.
    pub(crate) fn chains(&self, owner: OwnerId) -> Vec<Vec<OwnerId>> {
        let chains = self.needs.chains(owner.0 as usize).into_iter();
        chains.map(ids).collect()
    }

    /// What goes if it goes: itself, then what only it leads to.
    pub(crate) fn goes(&self, owner: OwnerId) -> Vec<OwnerId> {
        ids(self.needs.retained(owner.0 as usize))
    }
}

fn ids(numbers: Vec<usize>) -> Vec<OwnerId> {
    let numbers = numbers.into_iter();
    numbers.map(|no| OwnerId(no as u32)).collect()
}

/// The rows of the report, found again by what they say.
fn related(analysis: &Analysis, report: &Report) -> Vec<Related> {
    let families: HashMap<&str, FamilyNo> = report
        .families
        .iter()
        .zip(0..)
        .map(|(row, no)| (row.name.as_str(), no))
        .collect();
    let packages = report.packages.iter().enumerate().map(|(no, row)| {
        let key = (row.ecosystem.as_str(), row.name.as_str());
        let family = row.family.as_deref();
        let related = Related {
            row: Some(RowNo::Package(no)),
            family: family.and_then(|name| families.get(name).copied()),
        };
        ((key, row.version.as_str(), row.category), related)
    });
    let packages: HashMap<_, _> = packages.collect();
    let places = report.places.iter().enumerate().map(|(no, row)| {
        let related = Related {
            row: Some(RowNo::Place(no)),
            family: None,
        };
        (
            (row.name.as_str(), row.version.as_str(), row.category),
            related,
        )
    });
    let places: HashMap<_, _> = places.collect();
    let owners = analysis.attribution.owners.iter();
    owners
        .map(|owner| {
            let (name, version) = (owner.name.as_str(), owner.version.as_str());
            let found = match owner.finds {
                Finds::Packages => {
                    packages.get(&((owner.ecosystem, name), version, owner.category))
                }
                Finds::Places => places.get(&(name, version, owner.category)),
            };
            found.copied().unwrap_or_default()
        })
        .collect()
}

/// Whose more than half of the bytes are that a finding takes away.
fn most_of(analysis: &Analysis, finding: &Finding) -> Option<OwnerId> {
    let whole = finding.bodies.iter();
    let whole = whole.map(|&id| (id, analysis.fs.body(id).size));
    let mut sum = Bytes::ZERO;
    let mut owners: HashMap<OwnerId, Bytes> = HashMap::new();
    for (id, bytes) in whole.chain(finding.shrink.iter().copied()) {
        sum += bytes;
        *owners.entry(analysis.attribution.of(id)).or_default() += bytes;
    }
    let most = owners.into_iter().max_by_key(|&(id, bytes)| (bytes, id))?;
    (most.1.0 > sum.0 / 2).then_some(most.0)
}

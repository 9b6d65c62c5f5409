//! What makes a number up, and what is there although it must not be. What comes in is
//! the sizes; what goes out is lines for a person, the largest first.

use std::cmp::Reverse;

use super::error::GateError;
use super::finding::{Finding, Found, MOST_FOUND};
use super::limit::{amount, level, state};
use super::rows::{LimitRow, State, Unit};
use super::sizes::{LayerSize, OwnerSize, Sizes};
use crate::config::{Budget, Forbid, Forbidden, Limit, Subject};
use crate::path::brief;
use crate::units::{Bytes, Units};

/// Is this owner one that the limit is on?
pub(super) fn counted_owners(of: &Subject, owner: &OwnerSize) -> bool {
    match of {
        Subject::Category(category) => owner.category == *category,
        Subject::Owner(name) => owner.ecosystem.is_none() && name.fits(&owner.name),
        Subject::Family(name) => owner.family.as_ref().is_some_and(|one| name.fits(one)),
        Subject::Package(ecosystem, name) => {
            let is_from = |one: &String| ecosystem.fits(one);
            owner.ecosystem.as_ref().is_some_and(is_from) && name.fits(&owner.name)
        }
        _ => true,
    }
}

/// What makes a limit's number up, the first ten; and the layer to look at.
pub(super) fn because(limit: &Limit, sizes: &Sizes) -> (Vec<String>, Option<usize>) {
    let found = match &limit.of {
        Subject::Lost | Subject::LostShare | Subject::Efficiency => sizes.lost.clone(),
        Subject::Layers | Subject::LargestLayer | Subject::Layer(_) => layers(limit, sizes),
        Subject::Path(paths) => {
            let sizes = sizes.paths.as_ref();
            let size = sizes.and_then(|paths_of| paths_of.get(&paths.to_string()));
            size.map(|size| size.found.clone()).unwrap_or_default()
        }
        Subject::Files => return files(sizes),
        // Several images together.
        _ if sizes.owners.is_none() => layers(limit, sizes),
        of => {
            let owners = sizes.owners.iter().flatten();
            let counted = owners.filter(|owner| counted_owners(of, owner));
            largest(counted.map(|owner| Found {
                title: owner.title(),
                bytes: amount(limit, &owner.sum),
                layer: owner.layer,
            }))
        }
    };
    let line = |found: &Found| format!("{}: {}", found.title, found.bytes);
    let layer = found.first().and_then(|found| found.layer);
    (found.iter().map(line).collect(), layer)
}

fn largest(found: impl Iterator<Item = Found>) -> Vec<Found> {
    let mut found: Vec<Found> = found.filter(|found| found.bytes > Bytes::ZERO).collect();
    found.sort_by(|a, b| (Reverse(a.bytes), &a.title).cmp(&(Reverse(b.bytes), &b.title)));
    found.truncate(MOST_FOUND);
    found
}

fn layers(limit: &Limit, sizes: &Sizes) -> Vec<Found> {
    let counted = |layer: &&LayerSize| match &limit.of {
        Subject::Layer(name) => name.fits(&layer.created_by),
        _ => true,
    };
    largest(sizes.layers.iter().filter(counted).map(|layer| {
        let words = match layer.created_by.as_str() {
            "" => "no history",
            words => words,
        };
        Found {
            title: format!("layer {}, {}", layer.index, brief(words)),
            bytes: amount(limit, &layer.sum),
            layer: Some(layer.index),
        }
    }))
}

/// Whose files there are most of.
fn files(sizes: &Sizes) -> (Vec<String>, Option<usize>) {
    let owners = sizes.owners.iter().flatten();
    let mut owners: Vec<&OwnerSize> = owners.filter(|owner| owner.sum.files > 0).collect();
    owners.sort_by_key(|owner| Reverse(owner.sum.files));
    owners.truncate(MOST_FOUND);
    let line = |owner: &&OwnerSize| {
        let files = Bytes(owner.sum.files).show(Units::Exact);
        format!("{}: {files} files", owner.title())
    };
    let layer = owners.first().and_then(|owner| owner.layer);
    (owners.iter().map(line).collect(), layer)
}

/// Looks for what is forbidden: in the whole image, whatever else counts.
pub(super) fn forbid_row(
    forbid: &Forbid,
    sizes: &Sizes,
    image: &str,
    budget: &Budget,
) -> Result<LimitRow, GateError> {
    let needs = || GateError::NeedsFiles(forbid.id(), image.to_owned());
    let (pattern, what, live, lost) = match &forbid.what {
        Forbidden::Package(name) => {
            let owners = sizes.owners.as_ref().ok_or_else(needs)?;
            let fits = |owner: &&OwnerSize| {
                let full = |ecosystem: &String| format!("{ecosystem}:{}", owner.name);
                let full = owner.ecosystem.as_ref().map(full);
                full.is_some_and(|full| name.fits(&owner.name) || name.fits(&full))
            };
            let (live, lost): (Vec<_>, Vec<_>) = owners
                .iter()
                .filter(fits)
                .partition(|owner| owner.installed);
            (name.to_string(), "package", finding(&live), finding(&lost))
        }
        Forbidden::Path(paths) => {
            let sizes = sizes.paths.as_ref().ok_or_else(needs)?;
            let size = sizes.get(&paths.to_string()).cloned().unwrap_or_default();
            (paths.to_string(), "path", size.live, size.lost)
        }
    };
    let lost = match forbid.also_lost {
        true => lost,
        false => Finding::default(),
    };
    let count = live.count + lost.count;
    let level = level(&forbid.scope, budget);
    let (state, code) = match count {
        0 => (State::Pass, ""),
        _ => (state(level), "forbidden"),
    };
    let line = |words: &str, found: &Found| format!("{}: {}{words}", found.title, found.bytes);
    let because = live.found.iter().map(|found| line("", found));
    let because = because.chain(lost.found.iter().map(|found| line(", lost", found)));
    let first = live.found.first().or(lost.found.first());
    let reason = match (count, first) {
        (0, _) | (_, None) => String::new(),
        (1, Some(first)) => format!(
            "the {what} {} is there, and none may be: {}",
            pattern, first.title
        ),
        (count, Some(first)) => {
            format!(
                "{count} {what}s are there that fit {pattern}, and none may be: first {}",
                first.title
            )
        }
    };
    Ok(LimitRow {
        id: brief(forbid.id()),
        title: brief(format!("no {what} {pattern}")),
        unit: Unit::Count,
        level,
        state,
        actual: count as f64,
        limit: Some(0.0),
        least: false,
        baseline: None,
        growth: None,
        growth_percent: None,
        reason: brief(reason),
        code: code.to_owned(),
        message: forbid.scope.message.as_ref().map(brief),
        because: because.take(MOST_FOUND).collect(),
        layer: first.and_then(|found| found.layer),
        line: forbid.scope.line,
    })
}

/// Packages as what was found, the largest first.
fn finding(owners: &[&OwnerSize]) -> Finding {
    let mut found: Vec<Found> = owners
        .iter()
        .map(|owner| Found {
            title: owner.title(),
            bytes: owner.whole,
            layer: owner.layer,
        })
        .collect();
    found.sort_by(|a, b| (Reverse(a.bytes), &a.title).cmp(&(Reverse(b.bytes), &b.title)));
    found.truncate(MOST_FOUND);
    Finding {
        count: owners.len() as u64,
        found,
    }
}

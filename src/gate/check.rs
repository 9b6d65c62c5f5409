//! An image held against a budget. What comes in is its report, its sizes and what it
//! is compared with; what goes out is a [`Checked`], and of all of them a [`Verdict`].

use std::collections::HashSet;

use super::baseline::{Entries, Then};
use super::error::GateError;
use super::found::forbid_row;
use super::limit::{measure, row};
use super::rows::{Checked, LimitRow, State, Verdict};
use super::sizes::{LayerSize, Sizes};
use crate::config::{Budget, Limit};
use crate::diff::Diff;
use crate::path::brief;
use crate::report::{AdviceRow, FindingRow, Report, SCHEMA, Totals};
use crate::units::Bytes;

/// What several images are called together.
pub const TOGETHER: &str = "all images";

/// Advice that a verdict repeats.
const MOST_ADVICE: usize = 3;

/// An image that is checked.
#[derive(Debug)]
pub struct Target<'a> {
    /// What the user calls it.
    pub name: &'a str,
    /// Its report.
    pub report: &'a Report,
    /// What there is to measure in it.
    pub sizes: &'a Sizes,
    /// What its entries in a baseline begin with, where several are checked: what stays
    /// from build to build.
    pub scope: Option<&'a str>,
}

impl Target<'_> {
    fn key(&self, limit: &Limit) -> String {
        key(self.scope, limit)
    }

    /// The limits that are for this image.
    fn limits<'b>(&self, budget: &'b Budget) -> impl Iterator<Item = &'b Limit> {
        let names = self.names();
        let platform = self.report.image.platform.clone();
        budget
            .limits
            .iter()
            .filter(move |limit| is_for(&limit.scope, &names, platform.as_deref()))
    }

    /// What patterns may call it: its names, and their last parts.
    fn names(&self) -> Vec<String> {
        let names = [self.name, &self.report.image.name];
        let last = |name: &str| name.rsplit('/').next().map(str::to_owned);
        let parts: Vec<String> = names.iter().filter_map(|name| last(name)).collect();
        names.iter().map(ToString::to_string).chain(parts).collect()
    }

    /// Takes over into a baseline what its growth limits measure now; the keys that are
    /// new or were out of range.
    pub fn update(&self, budget: &Budget, entries: &mut Entries) -> Result<Vec<String>, GateError> {
        let changed = update(
            self.scope,
            self.limits(budget),
            self.sizes,
            self.name,
            entries,
        )?;
        if !changed.is_empty() {
            let image = (&*self.report.image.name, &*self.report.image.digest);
            entries.measured(self.scope.is_none().then_some(image));
        }
        Ok(changed)
    }

    /// Holds the budget against it.
    pub fn check(&self, budget: &Budget, then: Option<&Then>) -> Result<Checked, GateError> {
        let image = &self.report.image;
        // What no file list tells would be counted all the same.
        if self.sizes.paths.is_none() && !budget.ignore.is_empty() {
            return Err(GateError::NeedsFiles(
                "ignore".to_owned(),
                self.name.to_owned(),
            ));
        }
        let mut limits = Vec::new();
        for limit in self.limits(budget) {
            let key = self.key(limit);
            limits.push(row(limit, self.sizes, self.name, then, &key, budget)?);
        }
        let names = self.names();
        for forbid in &budget.forbids {
            if is_for(&forbid.scope, &names, image.platform.as_deref()) {
                limits.push(forbid_row(forbid, self.sizes, self.name, budget)?);
            }
        }
        let saves = |row: &&FindingRow| row.saves.stored > Bytes::ZERO;
        let findings = self.report.findings.iter().filter(saves);
        Ok(Checked {
            name: brief(&image.name),
            source: brief(&image.source),
            digest: Some(brief(&image.digest)),
            platform: image.platform.as_ref().map(brief),
            state: worst(&limits),
            totals: self.report.totals.clone(),
            baseline: then.map(Then::row),
            limits,
            diff: then
                .and_then(Then::report)
                .map(|old| Diff::new(old, self.report)),
            advice: findings.take(MOST_ADVICE).cloned().collect(),
            savings: self.report.advice.clone(),
        })
    }
}

impl Checked {
    /// Adds what came of other rules.
    pub fn add(&mut self, rows: Vec<LimitRow>) {
        self.limits.extend(rows);
        self.state = worst(&self.limits);
    }
}

fn is_for(scope: &crate::config::Scope, names: &[String], platform: Option<&str>) -> bool {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    scope.is_for(&names, platform)
}

fn key(scope: Option<&str>, limit: &Limit) -> String {
    match scope {
        Some(scope) => format!("{scope} {}", limit.id()),
        None => limit.id(),
    }
}

fn update<'b>(
    scope: Option<&str>,
    limits: impl Iterator<Item = &'b Limit>,
    sizes: &Sizes,
    image: &str,
    entries: &mut Entries,
) -> Result<Vec<String>, GateError> {
    let mut changed = Vec::new();
    for limit in limits.filter(|limit| limit.has_growth()) {
        let needs = || GateError::NeedsFiles(limit.id(), image.to_owned());
        let now = measure(sizes, limit).ok_or_else(needs)?;
        let key = key(scope, limit);
        if entries.take(limit, &key, now) {
            changed.push(key);
        }
    }
    Ok(changed)
}

fn worst(limits: &[LimitRow]) -> State {
    limits
        .iter()
        .map(|limit| limit.state)
        .max()
        .unwrap_or_default()
}

/// Several images as one: every layer once. Add each, then check.
#[derive(Debug, Default)]
pub struct Together {
    contents: HashSet<String>,
    blobs: HashSet<String>,
    layers: Vec<LayerSize>,
}

impl Together {
    /// Adds an image's layers: contents that are there already are not stored again, and
    /// blobs not downloaded again.
    pub fn add(&mut self, sizes: &Sizes) {
        for layer in &sizes.layers {
            let unknown = format!("no digest {}", self.layers.len());
            let content = layer.diff_id.as_ref().or(layer.digest.as_ref());
            let blob = layer.digest.as_ref().or(layer.diff_id.as_ref());
            let is_new = self.contents.insert(content.unwrap_or(&unknown).clone());
            let is_new_blob = self.blobs.insert(blob.unwrap_or(&unknown).clone());
            let mut layer = layer.clone();
            if !is_new {
                (layer.sum.live, layer.sum.lost) = (Bytes::ZERO, Bytes::ZERO);
            }
            if !is_new_blob {
                layer.sum.download = Bytes::ZERO;
            }
            if is_new || is_new_blob {
                self.layers.push(layer);
            }
        }
    }

    fn sizes(&self) -> Sizes {
        Sizes {
            layers: self.layers.clone(),
            owners: None,
            files: None,
            lost: Vec::new(),
            paths: None,
        }
    }

    /// Takes over into a baseline what the growth limits on all images measure now.
    pub fn update(&self, budget: &Budget, entries: &mut Entries) -> Result<Vec<String>, GateError> {
        let limits = budget
            .limits
            .iter()
            .filter(|limit| limit.scope.is_for_all());
        update(Some(TOGETHER), limits, &self.sizes(), TOGETHER, entries)
    }

    /// Holds the limits on all images together against them.
    pub fn check(&self, budget: &Budget, then: Option<&Then>) -> Result<Checked, GateError> {
        let sizes = self.sizes();
        let mut limits = Vec::new();
        for limit in budget
            .limits
            .iter()
            .filter(|limit| limit.scope.is_for_all())
        {
            let key = key(Some(TOGETHER), limit);
            limits.push(row(limit, &sizes, TOGETHER, then, &key, budget)?);
        }
        let sum = sizes.sum();
        Ok(Checked {
            name: TOGETHER.to_owned(),
            source: "every layer once".to_owned(),
            digest: None,
            platform: None,
            state: worst(&limits),
            totals: Totals {
                stored: sum.stored(),
                download: sum.download,
                ..Totals::default()
            },
            baseline: then.map(Then::row),
            limits,
            diff: None,
            advice: Vec::new(),
            savings: AdviceRow::default(),
        })
    }
}

impl Verdict {
    /// The verdict on what was checked.
    pub fn new(budget: &Budget, images: Vec<Checked>) -> Verdict {
        let mut words = brief(&budget.from);
        if budget.above_base {
            words += "; only layers on top of the base count";
        }
        if !budget.ignore.is_empty() {
            words += &format!("; not counted: {}", brief(budget.ignore.to_string()));
        }
        Verdict {
            schema: SCHEMA,
            state: images
                .iter()
                .map(|image| image.state)
                .max()
                .unwrap_or_default(),
            budget: words,
            images,
        }
    }

    /// One word for scripts: why it is what it is.
    pub fn reason(&self) -> &str {
        let limits = self.images.iter().flat_map(|image| &image.limits);
        let mut worst = limits.filter(|limit| limit.state == self.state && !limit.code.is_empty());
        worst.next().map_or("within-budget", |limit| &limit.code)
    }
}

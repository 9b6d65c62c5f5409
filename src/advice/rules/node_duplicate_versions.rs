//! Packages of Node that are installed several times.

use std::collections::BTreeMap;

use crate::advice::{Finding, NodePackage, Rule, View};
use crate::path::brief;
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "node-duplicate-versions",
    summary: "packages that are installed in several versions or copies",
    explain: "\
npm installs a package again where two others ask for versions that do not go together, or
where a copy could not be moved up. `npm dedupe`, or `overrides` in package.json, brings
some of them together; which ones only npm can tell, so the figure is an estimate: all
copies but the largest of each package, in no sum. Look at those with most bytes first.
Parts of other packages that lie inside one are not counted. It cannot see whether two
versions are both needed, as they often are.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let mut by_name: BTreeMap<&str, Vec<(Bytes, Bytes)>> = BTreeMap::new();
    for package in view.node_packages() {
        let weight = weigh(view, package);
        by_name.entry(&package.name).or_default().push(weight);
    }
    let mut waste: Vec<(Bytes, Bytes, &str)> = Vec::new();
    for (name, mut copies) in by_name {
        copies.sort_unstable();
        copies.pop();
        let stored: Bytes = copies.iter().map(|copy| copy.0).sum();
        let download: Bytes = copies.iter().map(|copy| copy.1).sum();
        if stored > Bytes::ZERO {
            waste.push((stored, download, name));
        }
    }
    waste.sort_unstable_by_key(|&(stored, _, name)| (std::cmp::Reverse(stored), name));
    if waste.is_empty() {
        return Vec::new();
    }
    let names: Vec<String> = waste
        .iter()
        .take(5)
        .map(|&(_, _, name)| brief(name))
        .collect();
    let stored = waste.iter().map(|one| one.0).sum();
    let download = waste.iter().map(|one| one.1).sum();
    let title = format!(
        "{} packages of Node are installed more than once",
        waste.len()
    );
    vec![
        Finding::new(title)
            .estimate(stored, download)
            .note(format!("most bytes: {}", names.join(", ")))
            .note("two versions may both be needed")
            .fix("npm dedupe"),
    ]
}

/// What its own files weigh, those of packages inside it aside; of copies that are one
/// content with another name nothing.
fn weigh(view: &View<'_>, package: &NodePackage) -> (Bytes, Bytes) {
    let mut sum = (Bytes::ZERO, Bytes::ZERO);
    let mut open = vec![package.folder];
    while let Some(folder) = open.pop() {
        for child in view.fs.children(folder) {
            if let Some(id) = view.fs.body_of(child) {
                let body = view.fs.body(id);
                if body.node == child && body.layer >= view.base {
                    sum = (sum.0 + body.size, sum.1 + body.transfer);
                }
            } else if view.fs.name(child) != b"node_modules" {
                open.push(child);
            }
        }
    }
    sum
}

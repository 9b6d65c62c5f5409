//! Libraries for every service of a vendor, where one package a service is to be had.

use std::collections::BTreeSet;

use crate::advice::{Finding, Risk, Rule, View};
use crate::path::brief;
use crate::rootfs::NodeId;
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "node-monolith-sdk",
    summary: "googleapis or aws-sdk, which bring every service of a vendor",
    explain: "\
`googleapis` holds the clients of all services of Google, 217 MB, and `aws-sdk` (version 2,
no longer maintained) those of Amazon, 99 MB. Both are to be had service by service:
`@googleapis/drive`, `@aws-sdk/client-s3`. Each takes a change of your code, small for
Google, larger for Amazon. The figure is what the package and all that only it leads to
weighs, less 5 MB for a few single clients; it is an estimate and in no sum. Silent where
another package needs the library. It cannot see how many services you use.",
    check,
};

/// What a few single clients weigh.
const REST: Bytes = Bytes(5_000_000);

const LIBRARIES: &[(&str, &str)] = &[
    ("googleapis", "@googleapis/SERVICE"),
    ("aws-sdk", "@aws-sdk/client-SERVICE"),
];

fn check(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, instead) in LIBRARIES {
        let starts: BTreeSet<_> = view.node_named(name).iter().map(|one| one.owner).collect();
        let folder = view.node_named(name).iter().map(|one| one.folder).next();
        let goes = view.only_through(&starts, |from, to| {
            let is_app = view.owned(from).is_empty();
            is_app && starts.contains(&to)
        });
        let files: Vec<NodeId> = goes
            .iter()
            .flat_map(|&id| view.owned(id))
            .copied()
            .collect();
        let size = view.weigh(&files);
        let Some(folder) = folder.filter(|_| size > REST) else {
            continue;
        };
        let bodies: BTreeSet<_> = files
            .iter()
            .filter_map(|&file| view.fs.body_of(file))
            .collect();
        let download: u64 = bodies.iter().map(|&id| view.fs.body(id).transfer.0).sum();
        let stored = Bytes(size.0 - REST.0);
        let part = u128::from(download) * u128::from(stored.0) / u128::from(size.0);
        let title = format!("{name} brings every service of its vendor");
        let mut finding = Finding::new(title)
            .risk(Risk::Behaviour)
            .estimate(stored, Bytes(u64::try_from(part).unwrap_or(u64::MAX)))
            .note(format!(
                "your code must load the new packages; now it is {}",
                brief(view.shown(folder))
            ))
            .fix(format!("npm uninstall {name} && npm install {instead}"));
        finding.at = view.layer_of(&files);
        findings.push(finding);
    }
    findings
}

//! Files of the base image that an upgrade replaced.

use crate::advice::{Finding, Risk, Rule, Step, View};
use crate::rootfs::{Body, LayerNo};
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "os-upgrade",
    summary: "an upgrade that stores files of the base image again",
    explain: "\
`apt-get upgrade`, `apk upgrade` and `dnf update` write packages of the base image again, in
a layer of their own: what they replace is downloaded all the same. A newer tag of the base
image has the same packages, once. Rebuild on it (`docker build --pull`) and leave the
upgrade out. The estimate is what replaces files of the base; a newer base is larger or
smaller by what changed. Where no newer base has the fix that you need, keep the upgrade.",
    check,
};

const UPGRADES: [&str; 9] = [
    "apt-get upgrade",
    "apt-get dist-upgrade",
    "apt upgrade",
    "apt-get -y upgrade",
    "apk upgrade",
    "dnf update",
    "dnf upgrade",
    "yum update",
    "microdnf update",
];

fn check(view: &View<'_>) -> Vec<Finding> {
    let upgrades = |step: &Step| UPGRADES.iter().any(|words| step.calls(words));
    let steps = view.steps().filter(|(_, step)| upgrades(step));
    steps
        .filter_map(|(layer, _)| finding(view, layer))
        .collect()
}

fn finding(view: &View<'_>, layer: LayerNo) -> Option<Finding> {
    let lost = view.fs.bodies().filter(|(_, body)| body.layer < view.base);
    let again =
        lost.filter_map(|(_, body)| body.lost.filter(|loss| loss.layer == layer)?.successor);
    let again: Vec<&Body> = again.map(|id| view.fs.body(id)).collect();
    let stored: Bytes = again.iter().map(|body| body.size).sum();
    let download: Bytes = again.iter().map(|body| body.transfer).sum();
    (stored > Bytes::ZERO).then(|| {
        Finding::new(format!(
            "layer {layer} upgrades packages of the base image: {} files again",
            again.len()
        ))
        .at(layer)
        .estimate(stored, download)
        .risk(Risk::Check)
        .note("a newer base image must have these updates")
        .fix("FROM … (the newest tag; docker build --pull), and no upgrade")
    })
}

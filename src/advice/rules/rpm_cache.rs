//! What dnf, yum and zypper keep after they installed packages.

use crate::advice::{Finding, Risk, Rule, View, shell};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "rpm-cache",
    summary: "metadata and packages that dnf, yum or zypper keeps",
    explain: "\
dnf, yum, microdnf and zypper keep what they know of their repositories: one update took an
image of Fedora from 203 to 686 MB (Red Hat bug 1703082). Nothing reads it in a container
that installs no packages. End the RUN that installs with `dnf clean all`, or put
/var/cache on a cache mount; hadolint calls this DL3040, DL3032 and DL3036. What dnf knows
of its own history stays. It cannot see whether the container installs packages, but for
its command.",
    check,
};

const PLACES: [&str; 5] = [
    "var/cache/dnf",
    "var/cache/yum",
    "var/cache/libdnf5",
    "var/cache/zypp",
    "var/cache/PackageKit",
];

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.runs_any(&["dnf", "yum", "microdnf", "zypper"]) {
        return Vec::new();
    }
    let files = view.at(PLACES);
    let there = PLACES.iter().filter(|path| !view.at([**path]).is_empty());
    let command = shell::remove(there.copied());
    let finding = view.left(
        "a package manager left what it knows of its repositories",
        files,
        &command,
    );
    let finding = finding.map(|finding| {
        finding
            .risk(Risk::Safe)
            .fix("RUN dnf install -y --nodocs --setopt=install_weak_deps=0 … && dnf clean all")
    });
    finding.into_iter().collect()
}

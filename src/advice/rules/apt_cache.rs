//! What apt keeps of packages after it installed them.

use crate::advice::{Finding, Risk, Rule, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "apt-cache",
    summary: "downloaded packages and binary indexes of apt",
    explain: "\
apt keeps the packages that it downloaded in /var/cache/apt/archives, and its indexes in
/var/cache/apt/*.bin: 83 MB after an install on a Debian that debootstrap made. Nothing
reads them in a container that installs no packages. The official images delete them
after each install by /etc/apt/apt.conf.d/docker-clean, so `apt-get clean` is of no use
there. Remove them in the RUN that installs, or let them be on a cache mount. It cannot
see whether the container installs packages, but for its command.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.runs_any(&["apt", "apt-get", "aptitude"]) {
        return Vec::new();
    }
    let mut files = view.at(["var/cache/apt"]);
    files.retain(|&file| {
        let name = view.fs.name(file);
        name.ends_with(b".deb") || name.ends_with(b".bin")
    });
    let command = "rm -rf /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin";
    let finding = view.left(
        "apt left packages that it downloaded, or its indexes",
        files,
        command,
    );
    let finding = finding.map(|finding| {
        finding
            .risk(Risk::Safe)
            .fix("RUN apt-get update && apt-get install … && apt-get clean && rm -rf /var/cache/apt/*.bin")
    });
    finding.into_iter().collect()
}

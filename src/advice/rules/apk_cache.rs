//! What apk keeps of indexes and packages.

use crate::advice::{Finding, Risk, Rule, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "apk-cache",
    summary: "indexes and packages that apk keeps",
    explain: "\
apk keeps the indexes of its repositories, and packages where /etc/apk/cache is set up,
below /var/cache/apk. Nothing reads them in a container that installs no packages. Write
`apk add --no-cache`, which needs no `apk update`; hadolint calls this DL3019. It cannot
see whether the container installs packages, but for its command.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.runs("apk") {
        return Vec::new();
    }
    let files = view.at(["var/cache/apk", "etc/apk/cache"]);
    let command = "rm -rf /var/cache/apk/* /etc/apk/cache/*";
    let finding = view.left("apk left its indexes or packages", files, command);
    let finding = finding.map(|finding| finding.risk(Risk::Safe).fix("RUN apk add --no-cache …"));
    finding.into_iter().collect()
}

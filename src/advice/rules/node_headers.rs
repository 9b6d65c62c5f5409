//! Headers of Node, for building native packages.

use crate::advice::{Finding, Rule, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "node-headers",
    summary: "headers of Node, which only builds of native packages read",
    explain: "\
An installed Node brings its headers in include/node, 51 MB, and node-gyp reads them when
it compiles native packages. Nothing reads them at run time. Remove them in the RUN that
installs Node, behind `npm ci`. Those that a base image brought are not to be had by an
`rm`; the official images hold few of them. Silent where the image installs packages at
its start. It cannot see a build that a program of yours starts.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let installs = [
        "npm ci",
        "npm i",
        "npm install",
        "npm rebuild",
        "npx",
        "node-gyp",
    ];
    if view.runs_any(&installs) {
        return Vec::new();
    }
    let fs = view.fs;
    let folders: Vec<_> = view
        .folders("node")
        .iter()
        .copied()
        .filter(|&folder| {
            let is_include = fs.name(fs.parent(folder)) == b"include";
            is_include && fs.child(folder, b"node_api.h").is_some()
        })
        .collect();
    let finding = view.without("headers of Node are installed", &folders);
    let finding = finding.map(|finding| finding.note("native packages must be built already"));
    finding.into_iter().collect()
}

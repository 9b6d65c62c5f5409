//! Package managers of Node in an image that runs none.

use crate::advice::{Finding, Rule, View};
use crate::rootfs::NodeId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "node-pm-in-runtime",
    summary: "npm, yarn, pnpm or corepack, installed and not run",
    explain: "\
A container that starts `node` needs no package manager: npm is 14 MB, pnpm and yarn 5 to
20, corepack 1. Install them in the stage that builds, or remove them at the end of the
RUN. Only what layers on top of the base installed is meant; a base without them is
distroless/nodejs. Silent where what the image runs names one of them. It cannot see a
program of yours that starts one, nor who works in the container by hand.",
    check,
};

const MANAGERS: [&str; 6] = ["npm", "npx", "yarn", "pnpm", "corepack", "bun"];

fn check(view: &View<'_>) -> Vec<Finding> {
    let nothing_starts = view.command().trim().is_empty() || view.is_for_shells();
    if nothing_starts || view.runs_any(&MANAGERS) || view.runs_any(&["npm-cli.js", "pm2-runtime"]) {
        return Vec::new();
    }
    let fs = view.fs;
    let mut folders: Vec<NodeId> = ["npm", "yarn", "pnpm", "corepack"]
        .iter()
        .flat_map(|name| view.node_named(name))
        .map(|package| package.folder)
        .filter(|&folder| {
            let modules = fs.parent(folder);
            fs.name(modules) == b"node_modules" && fs.name(fs.parent(modules)) == b"lib"
        })
        .collect();
    let opt = fs.find("opt").into_iter().flat_map(|opt| fs.children(opt));
    folders.extend(opt.filter(|&folder| fs.name(folder).starts_with(b"yarn-v")));
    let finding = view.without(
        "a package manager of Node is installed and not run",
        &folders,
    );
    let finding = finding.map(|finding| {
        finding.note("nobody may install packages in the container, nor any program of yours")
    });
    finding.into_iter().collect()
}

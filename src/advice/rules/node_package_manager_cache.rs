//! What npm, yarn, pnpm and Bun keep of what they downloaded.

use crate::advice::{Finding, Rule, View};
use crate::rootfs::{NodeId, NodeKind};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "node-package-manager-cache",
    summary: "downloads that npm, yarn, pnpm or Bun kept",
    explain: "\
Package managers keep all that they download for the next install: npm 289 MB for a tree
of 500 MB. Nothing reads that in a container that installs nothing. End the RUN with
`npm cache clean --force`, `yarn cache clean` or an `rm`, or keep the cache out of the
layer: `RUN --mount=type=cache,target=/root/.npm npm ci`. hadolint calls this DL3060.
Stores whose files are links into node_modules weigh only what nothing else links to.
Not meant are caches that programs are run from: those of yarn's Plug'n'Play, of npx,
corepack, Cypress and Puppeteer, and stores that node_modules leads into by symbolic links.
Silent where the container runs npx or installs packages at its start. It cannot see an
install that a program of yours starts.",
    check,
};

/// What downloads, or runs what was downloaded.
const INSTALLERS: &[&str] = &[
    "npx",
    "npm ci",
    "npm i",
    "npm install",
    "npm exec",
    "npm update",
    "yarn install",
    "yarn add",
    "yarn dlx",
    "pnpm i",
    "pnpm install",
    "pnpm add",
    "pnpm dlx",
    "pnpx",
    "bunx",
    "bun x",
    "bun i",
    "bun install",
    "bun add",
    "prisma",
    "node-gyp",
];

/// Folders of caches, and the ends of the paths above them.
const CACHES: &[(&str, &[&str])] = &[
    (".npm", &["_cacache"]),
    (".npm", &["_logs"]),
    (".cache", &["yarn"]),
    (".cache", &["node-gyp"]),
    (".cache", &["prisma"]),
    (".yarn", &["berry", "cache"]),
    (".yarn", &["cache"]),
    ("pnpm", &["store"]),
    (".cache", &["pnpm"]),
    (".bun", &["install", "cache"]),
];

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.runs_any(INSTALLERS) {
        return Vec::new();
    }
    let fs = view.fs;
    let is_plug_and_play = [".pnp.cjs", ".pnp.js", ".pnp.loader.mjs"]
        .iter()
        .any(|name| !view.called(name).is_empty());
    let mut caches: Vec<NodeId> = view.folders(".pnpm-store").to_vec();
    for (folder, below) in CACHES {
        if *folder == ".yarn" && is_plug_and_play {
            continue;
        }
        for &at in view.folders(folder) {
            let mut parts = below.iter();
            let cache = parts.try_fold(at, |at, part| fs.child(at, part.as_bytes()));
            caches.extend(cache.filter(|&cache| fs.kind(cache) == NodeKind::Dir));
        }
    }
    caches.retain(|&cache| !view.is_in(cache, "node_modules"));
    let used = linked_to(view);
    caches.retain(|&cache| !used.iter().any(|&target| is_below(view, target, cache)));
    // What a server of Bun cannot find in node_modules it takes from its cache.
    if view.node_packages().is_empty() && view.runs_any(&["bun", "yarn", "pnpm"]) {
        return Vec::new();
    }
    let finding = view.without("what package managers of Node downloaded is kept", &caches);
    finding
        .map(|finding| view.proven(finding))
        .into_iter()
        .collect()
}

/// Where symbolic links directly in a `node_modules` lead.
fn linked_to(view: &View<'_>) -> Vec<NodeId> {
    let fs = view.fs;
    let modules = view.folders("node_modules").iter().copied();
    let scopes = modules.clone().flat_map(|folder| {
        let inside = fs.children(folder);
        inside.filter(|&child| fs.name(child).starts_with(b"@"))
    });
    let links = modules
        .chain(scopes)
        .flat_map(|folder| fs.children(folder))
        .filter(|&child| fs.kind(child) == NodeKind::Symlink);
    let mut targets: Vec<NodeId> = links
        .filter(|&link| {
            let target = fs.link_target(link).unwrap_or_default();
            !target.starts_with(b".pnpm/")
        })
        .filter_map(|link| fs.resolve(fs.path(link).as_bytes()))
        .collect();
    targets.sort_unstable();
    targets.dedup();
    targets
}

fn is_below(view: &View<'_>, node: NodeId, folder: NodeId) -> bool {
    let mut at = node;
    while at != NodeId::ROOT && at != folder {
        at = view.fs.parent(at);
    }
    at == folder
}

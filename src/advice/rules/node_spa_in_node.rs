//! Sites of plain files that Node serves.

use crate::advice::{Finding, Risk, Rule, View};
use crate::rootfs::NodeId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "node-spa-in-node",
    summary: "a built site of plain files, served by Node or beside node_modules",
    explain: "\
A built front end is plain files. `serve`, `http-server` and `vite preview` need Node and
node_modules to hand them out; nginx needs neither: node:22-alpine is 168 MB on disk,
nginx:alpine 26 MB to download, and nginx:alpine-slim less. Build in one stage and copy
dist or build into nginx. The finding is all added packages of Node; what the smaller base
saves comes on top. Rules of `serve`, such as those of serve.json, must be written again,
and paths of a single-page app led to index.html by `try_files`. node_modules in an image
that runs nginx and no Node are a finding too. It cannot see a server that your own
script starts.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let roots = view.node_roots();
    if roots.is_empty() {
        return Vec::new();
    }
    let runs_node = view.runs_any(&["node", "npm", "npx", "yarn", "pnpm", "bun", "pm2", "deno"]);
    if view.runs("nginx") && !runs_node {
        let finding = view.without("an image that runs nginx holds node_modules", &roots);
        let finding = finding.map(|finding| {
            finding
                .note("no page may load files of node_modules, and no program Node")
                .fix(nginx(view))
        });
        return finding.into_iter().collect();
    }
    if !serves(view) || !has_site(view) {
        return Vec::new();
    }
    let finding = view.without("Node serves a built site of plain files", &roots);
    let finding = finding.map(|finding| {
        let mut finding = finding
            .risk(Risk::Behaviour)
            .note("another server answers then, with its own settings and port")
            .fix(nginx(view));
        // Without its packages this image would not start.
        finding.edits.clear();
        finding
    });
    finding.into_iter().collect()
}

fn nginx(view: &View<'_>) -> String {
    let copy = view.copy_built(["/app/dist /usr/share/nginx/html"]);
    format!("FROM nginx:alpine-slim\n{copy}")
}

/// Is the program that runs one that only hands out files?
fn serves(view: &View<'_>) -> bool {
    let is_server = |name: &str| view.runs(name) && !view.node_named(name).is_empty();
    view.runs("vite preview")
        || is_server("serve")
        || is_server("http-server")
        || view.runs_any(&["npx serve", "npx http-server"])
}

/// Is there a built site?
fn has_site(view: &View<'_>) -> bool {
    let pages: &[NodeId] = view.called("index.html");
    let folders = pages.iter().map(|&page| view.fs.parent(page));
    folders.into_iter().any(|folder| {
        let name = view.fs.name(folder);
        [&b"dist"[..], b"build", b"out", b"browser"].contains(&name)
            && !view.is_in(folder, "node_modules")
    })
}

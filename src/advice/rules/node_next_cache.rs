//! What bundlers keep for the next build, left beside what they built.

use crate::advice::{Finding, Rule, View};
use crate::rootfs::{NodeId, NodeKind};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "node-next-cache",
    summary: "caches of Next.js and of bundlers, which only a build reads",
    explain: "\
`next build` leaves what makes the next build faster in .next/cache: of one app 167 of the
234 MB of .next. `next start` and a standalone server do not read it. Other build tools
keep theirs in node_modules/.cache, .parcel-cache, .turbo and .angular. Remove them in the
RUN that builds, copy only what was built, or give the build a cache mount there.
Two folders are left alone, as a server reads them: .next/cache/images and
.next/cache/fetch-cache; so is every folder whose name is not known for such a cache.
Silent where the container itself builds or serves for development. It cannot see a
program of yours that reads these folders.",
    check,
};

/// In `.next/cache`: of webpack, SWC, ESLint, Turbopack and TypeScript.
const OF_NEXT: &[&str] = &["webpack", "swc", "eslint", "turbopack", ".tsbuildinfo"];

/// In `node_modules/.cache`. Others keep there what is run, such as browsers.
const OF_TOOLS: &[&str] = &[
    "babel-loader",
    "cache-loader",
    "css-minimizer-webpack-plugin",
    "default-development",
    "default-production",
    "esbuild",
    "eslint-loader",
    "eslint-webpack-plugin",
    "hard-source",
    "nx",
    "prettier",
    "storybook",
    "swc",
    "terser-webpack-plugin",
    "ts-loader",
    "turbo",
    "uglifyjs-webpack-plugin",
    "vite",
    "vue-loader",
    "webpack",
    ".eslintcache",
    ".tsbuildinfo",
    "tsconfig.tsbuildinfo",
];

/// What makes use of them.
const BUILDERS: &[&str] = &[
    "next dev",
    "next build",
    "vite",
    "ng",
    "turbo",
    "parcel",
    "webpack",
    "nx",
    "gatsby",
    "storybook",
    "react-scripts",
    "vue-cli-service",
];

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.runs_any(BUILDERS) {
        return Vec::new();
    }
    let mut nodes = in_caches(view, ".next", "cache", OF_NEXT);
    nodes.extend(in_caches(view, "node_modules", ".cache", OF_TOOLS));
    nodes.extend(in_caches(view, "node_modules", ".vite", &["deps"]));
    nodes.extend(in_caches(view, ".turbo", "cache", &[]));
    nodes.extend(in_caches(view, ".angular", "cache", &[]));
    let apps = view.app_manifests();
    let of_parcel = apps
        .iter()
        .filter_map(|app| view.fs.child(app.folder, b".parcel-cache"));
    nodes.extend(of_parcel);
    let finding = view.without("caches of a build are left beside what it built", &nodes);
    finding
        .map(|finding| view.proven(finding))
        .into_iter()
        .collect()
}

/// What is called so in `folder/cache`; all of that if no name is given.
fn in_caches(view: &View<'_>, folder: &str, cache: &str, names: &[&str]) -> Vec<NodeId> {
    let fs = view.fs;
    let folders = view.folders(folder).iter();
    let caches = folders.filter_map(|&folder| fs.child(folder, cache.as_bytes()));
    let caches = caches.filter(|&cache| fs.kind(cache) == NodeKind::Dir);
    if names.is_empty() {
        return caches.collect();
    }
    let inside = caches.flat_map(|cache| {
        let here = names.iter();
        here.filter_map(move |name| fs.child(cache, name.as_bytes()))
    });
    inside.collect()
}

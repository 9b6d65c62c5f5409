//! Packages of Node that only developers need.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::advice::{Confidence, Finding, NodePackage, Rule, View};
use crate::owner::{Category, OwnerId};
use crate::path::brief;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "node-dev-deps",
    summary: "packages that only the devDependencies of an app lead to",
    explain: "\
devDependencies are compilers, linters and tests: with all that they bring 148 of the 219
MB of a Nest app, 107 of 500 MB of a Next.js app. Install without them in the final image
(`npm ci --omit=dev`), or prune in the stage that builds (`npm run build && npm prune
--omit=dev`) and copy node_modules then; pnpm: `pnpm deploy --prod`, yarn: `yarn workspaces
focus --production`, bun: `bun install --production`. npm keeps a package that a needed
one takes as an optional peer, and prune stops at conflicts of peers: look at the result.
Walked are the manifests of all apps and packages, peers too; what a dependency leads to
stays, and so does what the image runs or what files of the app load, configurations and
tests aside. Where no manifest of an app is in the image, well-known tools are told by
name. Silent where the image runs ts-node, tsx, nodemon, `next dev`, a bundler or tests.
It cannot see what is loaded by a name put together at run time.",
    check,
};

/// Tools by name, where no manifest tells; a `*` at the end is any rest.
const TOOLS: &[&str] = &[
    "typescript",
    "eslint*",
    "prettier",
    "jest",
    "vitest",
    "mocha",
    "webpack",
    "webpack-cli",
    "ts-node",
    "ts-jest",
    "ts-loader",
    "tsx",
    "nodemon",
    "@nestjs/cli",
    "@nestjs/testing",
    "@typescript-eslint/*",
    "tailwindcss",
    "cypress",
    "storybook",
    "husky",
    "lint-staged",
];

fn check(view: &View<'_>) -> Vec<Finding> {
    let has_packages = !view.node_packages().is_empty();
    if !has_packages || view.is_for_development() || view.runs_typescript() {
        return Vec::new();
    }
    let apps = view.app_manifests();
    let needs = ["dependencies", "optionalDependencies", "peerDependencies"];
    let listed: BTreeSet<&str> = apps.iter().flat_map(|app| app.names(&needs)).collect();
    let dev: BTreeSet<&str> = apps
        .iter()
        .flat_map(|app| app.names(&["devDependencies"]))
        .collect();
    let is_told = !listed.is_empty() || !dev.is_empty();
    let is_for_developers = |name: &str| match is_told {
        true => dev.contains(name) && !listed.contains(name),
        false => is_tool(name),
    };
    let loaded = view.node_loaded();
    let starts: BTreeSet<OwnerId> = view
        .node_packages()
        .iter()
        .filter(|package| is_for_developers(&package.name))
        .filter(|package| view.owner(package.manifest).1.ecosystem == "npm")
        .filter(|package| !is_used(view, package, &loaded))
        .map(|package| package.owner)
        .collect();
    let is_app = |id: OwnerId| view.image.attribution.owner(id).category == Category::App;
    let goes = view.only_through(&starts, |from, to| is_app(from) && starts.contains(&to));
    let folders = view.folders_of(&goes);
    let title = match is_told {
        true => format!("{} packages are only for developers", goes.len()),
        false => format!(
            "{} packages look as if they were only for developers",
            goes.len()
        ),
    };
    let Some(finding) = view.without(title, &folders) else {
        return Vec::new();
    };
    let finding = view.unless_built_later(finding);
    let layer = finding.edits.is_empty();
    let fix = match layer {
        true => format!(
            "in the stage that builds: RUN npm run build && npm prune --omit=dev\n{}",
            view.copy_built(["/app/node_modules ./node_modules"])
        ),
        false => "RUN npm ci --omit=dev".to_owned(),
    };
    let names: Vec<String> = view
        .node_packages()
        .iter()
        .filter(|p| goes.contains(&p.owner) && starts.contains(&p.owner))
        .map(|p| brief(&p.name))
        .take(5)
        .collect();
    let finding = finding
        .fix(fix)
        .note(format!("among them {}", names.join(", ")))
        .note("the app must be built before they go, and load none of them when it runs");
    vec![match is_told {
        true => finding,
        false => finding.confidence(Confidence::Medium),
    }]
}

fn is_tool(name: &str) -> bool {
    TOOLS.iter().any(|tool| match tool.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *tool,
    })
}

/// Does the image run it, or does the app load it?
fn is_used(view: &View<'_>, package: &NodePackage, loaded: &BTreeSet<&str>) -> bool {
    let name = package.name.as_str();
    let is_compiler = name == "typescript";
    loaded.contains(name)
        || view.runs(name)
        || is_compiler && view.has_next_config_in_typescript()
        || programs(view, package)
            .iter()
            .any(|program| view.runs(program))
}

/// The names of its programs.
fn programs(view: &View<'_>, package: &NodePackage) -> Vec<String> {
    let text = view.fs.read(package.manifest).unwrap_or_default();
    let manifest: Value = serde_json::from_slice(text).unwrap_or_default();
    let programs = manifest.get("bin").and_then(Value::as_object);
    programs
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone())
        .collect()
}

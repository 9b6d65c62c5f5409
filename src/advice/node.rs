//! Packages of Node as rules look at them. What comes in is the view of an image; what
//! goes out is the folders of packages, the manifests of apps, what the scripts of these
//! run, and which packages nothing leads to any more.
//!
//! Facts: docs.npmjs.com, "package.json" (`bin`, `scripts`) and "scripts" (`prestart`);
//! nodejs.org, "Command-line API" (`--run`).

use std::collections::{BTreeSet, HashSet};

use serde_json::{Map, Value};

use super::View;
use crate::owner::{Category, Finds, OwnerId};
use crate::rootfs::NodeId;

/// An added package in a `node_modules`.
pub struct NodePackage {
    /// `name` or `@scope/name`, as the folder is called.
    pub name: String,
    /// Its folder.
    pub folder: NodeId,
    /// Its `package.json`.
    pub manifest: NodeId,
    /// Who owns it.
    pub owner: OwnerId,
}

/// The `package.json` of an app.
pub struct AppManifest {
    /// The folder that it lies in.
    pub folder: NodeId,
    fields: Map<String, Value>,
}

/// More apps than that are in no image.
const MOST_MANIFESTS: usize = 200;
const MOST_SCRIPTS: usize = 200;

impl AppManifest {
    /// Does one of these fields list this package?
    pub fn lists(&self, fields: &[&str], name: &str) -> bool {
        self.names(fields).any(|other| other == name)
    }

    /// The names that these fields list.
    pub fn names<'m>(&'m self, fields: &'m [&str]) -> impl Iterator<Item = &'m str> {
        let lists = fields
            .iter()
            .filter_map(|&field| self.fields.get(field)?.as_object());
        lists.flat_map(Map::keys).map(String::as_str)
    }

    fn scripts(&self) -> impl Iterator<Item = Task> {
        let scripts = self.fields.get("scripts").and_then(Value::as_object);
        let scripts = scripts.into_iter().flatten().take(MOST_SCRIPTS);
        scripts.filter_map(|(name, line)| {
            Some(Task {
                name: name.clone(),
                line: line.as_str()?.to_owned(),
            })
        })
    }
}

/// A script of a `package.json`.
pub(super) struct Task {
    name: String,
    /// What it runs.
    pub(super) line: String,
}

impl Task {
    /// Does a text run it: `npm start`, `yarn --silent serve`, `node --run start`? Its
    /// name behind the tool's in one command is enough.
    pub(super) fn is_called(&self, text: &str) -> bool {
        const TOOLS: [&str; 5] = ["npm", "yarn", "pnpm", "bun", "--run"];
        const ENDS: [&str; 5] = ["&&", "||", ";", "|", "&"];
        let hook = ["pre", "post"]
            .iter()
            .find_map(|hook| self.name.strip_prefix(hook));
        let mut is_tool = false;
        text.lines().any(|line| {
            is_tool = false;
            line.split_whitespace().any(|word| {
                let word = word.trim_matches(|c| "\"'()`".contains(c));
                let plain = word.trim_end_matches(';');
                let name = plain.strip_prefix("npm:").unwrap_or(plain);
                let is_it = (is_tool || name != plain)
                    && (name == self.name || Some(name) == hook.filter(|hook| !hook.is_empty()));
                let tool = plain.rsplit('/').next().unwrap_or_default();
                is_tool = (is_tool || TOOLS.contains(&tool)) && !ENDS.contains(&word);
                is_it
            })
        })
    }
}

impl View<'_> {
    /// The added packages, by name.
    pub fn node_packages(&self) -> &[NodePackage] {
        self.node.get_or_init(|| {
            let manifests = self.called("package.json").iter();
            let mut packages: Vec<NodePackage> = manifests
                .filter_map(|&manifest| {
                    let folder = self.fs.parent(manifest);
                    let name = self.node_name(folder)?;
                    let (owner, _) = self.owner(manifest);
                    Some(NodePackage {
                        name,
                        folder,
                        manifest,
                        owner,
                    })
                })
                .collect();
            packages.sort_by(|a, b| (&a.name, a.folder).cmp(&(&b.name, b.folder)));
            packages
        })
    }

    /// The added packages of a name, wherever they are.
    pub fn node_named(&self, name: &str) -> &[NodePackage] {
        let all = self.node_packages();
        let start = all.partition_point(|package| &*package.name < name);
        let end = all.partition_point(|package| &*package.name <= name);
        &all[start..end]
    }

    /// What a folder directly in a `node_modules`, or in a scope of one, is called.
    fn node_name(&self, folder: NodeId) -> Option<String> {
        let fs = self.fs;
        let (name, above) = (fs.name(folder), fs.parent(folder));
        let text = String::from_utf8_lossy(name);
        if fs.name(above) == b"node_modules" {
            return (!name.starts_with(b"@") && !name.starts_with(b".")).then(|| text.into_owned());
        }
        let scope = fs.name(above);
        let is_scoped = scope.starts_with(b"@") && fs.name(fs.parent(above)) == b"node_modules";
        is_scoped.then(|| format!("{}/{text}", String::from_utf8_lossy(scope)))
    }

    /// Every `node_modules` that is in no other and holds something added.
    pub fn node_roots(&self) -> Vec<NodeId> {
        let packages = self.node_packages().iter();
        let roots: BTreeSet<NodeId> = packages
            .filter_map(|package| {
                let above = std::iter::successors(Some(package.folder), |&at| {
                    (at != NodeId::ROOT).then(|| self.fs.parent(at))
                });
                above
                    .filter(|&at| self.fs.name(at) == b"node_modules")
                    .last()
            })
            .collect();
        roots.into_iter().collect()
    }

    /// The added manifests outside of any `node_modules`.
    pub fn app_manifests(&self) -> Vec<AppManifest> {
        let manifests = self.called("package.json").iter();
        let apps = manifests.filter(|&&node| !self.is_in(node, "node_modules"));
        let read = apps.filter_map(|&node| {
            let text = String::from_utf8_lossy(self.fs.read(node)?);
            Some(AppManifest {
                folder: self.fs.parent(node),
                fields: serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?,
            })
        });
        read.take(MOST_MANIFESTS).collect()
    }

    /// The scripts that `npm run` knows where the image starts; those of all apps if
    /// there is no manifest.
    pub(super) fn tasks(&self) -> Vec<Task> {
        let start = self.fs.resolve(&self.image.info.config.working_dir);
        let all = self.app_manifests();
        let here = all.iter().find(|app| Some(app.folder) == start);
        match here {
            Some(app) => app.scripts().collect(),
            None => all
                .iter()
                .flat_map(AppManifest::scripts)
                .take(MOST_SCRIPTS)
                .collect(),
        }
    }

    /// Does it run what compiles or tests as it goes, so that what is for developers is
    /// for it too?
    pub fn is_for_development(&self) -> bool {
        self.runs_any(&[
            "ts-node",
            "ts-node-dev",
            "tsx",
            "nodemon",
            "next dev",
            "next build",
            "vite dev",
            "vite build",
            "nest start",
            "ng serve",
            "webpack",
            "jest",
            "vitest",
            "mocha",
        ])
    }

    /// Does it run TypeScript as it is?
    pub fn runs_typescript(&self) -> bool {
        self.runs_any(&["bun", "deno"]) || self.compiles_typescript()
    }

    /// Does it run TypeScript as it is, by packages? Bun and Deno compile it themselves.
    pub fn compiles_typescript(&self) -> bool {
        let text = self.command();
        self.runs_any(&["ts-node", "ts-node-dev", "tsx", "swc-node"])
            || ["strip-types", "transform-types", "ts-node", "@swc"]
                .iter()
                .any(|flag| text.contains(flag))
            || text
                .split_whitespace()
                .any(|word| word.ends_with(".ts") || word.ends_with(".mts"))
    }

    /// Is there a `next.config.ts`? Next.js compiles it at each start, with its SWC and
    /// with TypeScript, and fetches these if they are not there.
    pub fn has_next_config_in_typescript(&self) -> bool {
        let names = ["next.config.ts", "next.config.mts"];
        let files = names.iter().flat_map(|name| self.called(name));
        files.copied().any(|file| !self.is_in(file, "node_modules"))
    }

    /// The packages of npm that only `starts` lead to, and these themselves, if what
    /// `is_cut` says leads nowhere. Apps, what is installed for all and what nobody
    /// needs stay, but for `starts`.
    pub fn only_through(
        &self,
        starts: &BTreeSet<OwnerId>,
        is_cut: impl Fn(OwnerId, OwnerId) -> bool,
    ) -> BTreeSet<OwnerId> {
        let all = || {
            self.owners()
                .filter(|(_, owner)| owner.ecosystem == "npm" && owner.finds == Finds::Packages)
        };
        let walk = |from: Vec<OwnerId>| {
            let mut seen: BTreeSet<OwnerId> = from.iter().copied().collect();
            let mut open = from;
            while let Some(at) = open.pop() {
                for &next in &self.image.attribution.owner(at).requires {
                    if !is_cut(at, next) && seen.insert(next) {
                        open.push(next);
                    }
                }
            }
            seen
        };
        let needed: HashSet<OwnerId> = all()
            .flat_map(|(_, owner)| owner.requires.iter().copied())
            .collect();
        let global: HashSet<OwnerId> = self
            .node_packages()
            .iter()
            .filter(|package| self.is_global(package.folder))
            .map(|package| package.owner)
            .collect();
        let roots = all().filter(|(id, owner)| {
            global.contains(id)
                || !starts.contains(id) && (owner.category == Category::App || !needed.contains(id))
        });
        let stays = walk(roots.map(|(id, _)| id).collect());
        let goes = walk(starts.iter().copied().collect());
        goes.difference(&stays).copied().collect()
    }

    /// Is it below `PREFIX/lib/node_modules`?
    fn is_global(&self, folder: NodeId) -> bool {
        let mut at = folder;
        while at != NodeId::ROOT {
            at = self.fs.parent(at);
            if self.fs.name(at) == b"node_modules" {
                return self.fs.name(self.fs.parent(at)) == b"lib";
            }
        }
        false
    }

    /// The folders of packages of these owners.
    pub fn folders_of(&self, owners: &BTreeSet<OwnerId>) -> Vec<NodeId> {
        let packages = self.node_packages().iter();
        let theirs = packages.filter(|package| owners.contains(&package.owner));
        theirs.map(|package| package.folder).collect()
    }

    /// The packages that files of apps load, but for configurations, tests and sources
    /// that are to be compiled.
    pub fn node_loaded(&self) -> BTreeSet<&str> {
        let scripts = self.app_scripts().filter(|script| {
            let name = script.path.rsplit('/').next().unwrap_or_default();
            let is_script = [".js", ".mjs", ".cjs"]
                .iter()
                .any(|end| name.ends_with(end));
            // Next.js and its like load their configurations at each start.
            let is_run = ["next.config.", "nuxt.config.", "svelte.config."]
                .iter()
                .any(|start| name.starts_with(start));
            let is_test = !is_run
                && [".test.", ".spec.", ".config.", "rc.", ".stories."]
                    .iter()
                    .any(|part| name.contains(part))
                || ["/test/", "/tests/", "/__tests__/", "/cypress/", "/e2e/"]
                    .iter()
                    .any(|folder| script.path.contains(folder));
            is_script && !is_test
        });
        let names = scripts.flat_map(|script| script.lines.iter());
        names.map(|name| package_of(name)).collect()
    }
}

/// The package that a module is of: `@scope/name/part`, `name/part`.
fn package_of(module: &str) -> &str {
    let parts = if module.starts_with('@') { 2 } else { 1 };
    let end = module.match_indices('/').nth(parts - 1);
    end.map_or(module, |(at, _)| &module[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_of_a_manifest_are_run_in_many_words() {
        let is_called = |name: &str, text: &str| {
            let (name, line) = (name.to_owned(), String::new());
            Task { name, line }.is_called(text)
        };
        for text in [
            "npm start",
            "/usr/local/bin/npm run start",
            "sh -c yarn --silent start",
            "pnpm run start",
            "bun start",
            "node --run start",
            "concurrently \"npm:start\"",
            "cd x && npm start; true",
        ] {
            assert!(is_called("start", text), "{text}");
            assert!(is_called("prestart", text), "{text}");
        }
        for text in [
            "node start",
            "npm ci && start",
            "npm ci\nstart",
            "npm run restart",
        ] {
            assert!(!is_called("start", text), "{text}");
        }
    }

    #[test]
    fn modules_are_parts_of_packages() {
        let names = ["a", "a/b", "@s/a", "@s/a/b"].map(package_of);
        assert_eq!(names, ["a", "a", "@s/a", "@s/a"]);
    }
}

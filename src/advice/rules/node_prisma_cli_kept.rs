//! Prisma's command line beside its client.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::advice::{Finding, Rule, View};
use crate::owner::OwnerId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "node-prisma-cli-kept",
    summary: "the command line of Prisma, which nothing in the image runs",
    explain: "\
@prisma/client takes `prisma` and `typescript` as optional peers, so `npm ci --omit=dev`
keeps both and all that they bring: of 187 MB (version 6) 103 were removed, of 308 MB
(version 7) 156, and queries went on. The client runs without its command line; migrations
are better run by an image of their own, or a one-shot job. Remove the packages in the RUN
that installs, behind `prisma generate`: npm itself does not (prisma/orm#29929).
Silent where something that the image runs calls `prisma`, or a script loads it. TypeScript
stays where something else needs it. @prisma/engines stays below version 7, as it holds
the engine of queries. It cannot see a program of yours that starts `prisma` as a process.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let ids = |name: &str| -> BTreeSet<OwnerId> {
        let packages = view.node_named(name).iter();
        packages.map(|package| package.owner).collect()
    };
    let (command, client) = (ids("prisma"), ids("@prisma/client"));
    if command.is_empty() || client.is_empty() {
        return Vec::new();
    }
    let loaded = view.node_loaded();
    let parts = ["prisma", "@prisma/internals", "@prisma/migrate"];
    let is_used = view.runs("prisma") || parts.iter().any(|part| loaded.contains(part));
    if is_used || view.is_for_development() || view.runs_typescript() {
        return Vec::new();
    }
    let compiler = match view.has_next_config_in_typescript() || loaded.contains("typescript") {
        true => BTreeSet::new(),
        false => ids("typescript"),
    };
    let mut starts: BTreeSet<OwnerId> = command.union(&compiler).copied().collect();
    let apps = view.app_manifests();
    let is_asked = apps
        .iter()
        .any(|app| app.lists(&["dependencies"], "typescript"));
    if is_asked {
        starts.retain(|id| !compiler.contains(id));
    }
    let is_app = |id: OwnerId| {
        view.image.attribution.owner(id).ecosystem == "npm" && view.owned(id).is_empty()
    };
    let goes = view.only_through(&starts, |from, to| {
        let by_client = client.contains(&from) || command.contains(&from) || is_app(from);
        command.contains(&to) || by_client && starts.contains(&to)
    });
    let is_new = view.node_named("@prisma/client").iter().all(|package| {
        let text = view.fs.read(package.manifest).unwrap_or_default();
        let manifest: Value = serde_json::from_slice(text).unwrap_or_default();
        let version = manifest
            .get("version")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let major = version
            .split('.')
            .next()
            .and_then(|major| major.parse::<u32>().ok());
        major.is_some_and(|major| major >= 7)
    });
    let engines = ids("@prisma/engines");
    let mut goes = goes;
    if !is_new {
        goes.retain(|id| !engines.contains(id));
    }
    let folders = view.folders_of(&goes);
    let title = format!(
        "the command line of Prisma is installed, with {} packages",
        goes.len()
    );
    let finding = view.without(title, &folders);
    let finding = finding.map(|finding| {
        finding.note(
            "migrations and `prisma generate` must be run elsewhere, by no program of this image",
        )
    });
    finding.into_iter().collect()
}

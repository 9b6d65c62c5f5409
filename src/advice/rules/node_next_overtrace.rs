//! What a standalone Next.js app took along and does not load.

use crate::advice::{Finding, Rule, View};
use crate::rootfs::NodeId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "node-next-overtrace",
    summary: "compilers that a standalone Next.js app took along",
    explain: "\
To make a standalone app Next.js traces which files pages may load, and often takes along
the TypeScript compiler (9 MB) and the programs of SWC, which no page runs: without
them pages and API routes answered as before. Leave them out by `outputFileTracingExcludes:
{ '*': ['node_modules/typescript/**', 'node_modules/@swc/core*/**'] }` in next.config.
Silent where your own scripts load or run the compiler. Sharp and its libvips (19 MB) are
taken along too and are not meant, as `next/image` needs them: exclude them yourself where
`images.unoptimized` is set, which the image does not tell. It cannot see a page that
compiles TypeScript.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.runs_typescript() || view.is_for_development() || view.runs("tsc") {
        return Vec::new();
    }
    let fs = view.fs;
    let is_standalone = |modules: NodeId| {
        let app = fs.parent(modules);
        fs.child(app, b"server.js").is_some()
            && fs
                .child(app, b".next")
                .is_some_and(|built| fs.child(built, b"BUILD_ID").is_some())
            && fs.child(modules, b"next").is_some()
    };
    let mut folders = Vec::new();
    for (name, is_start) in [
        ("typescript", false),
        ("@swc/core", true),
        ("@next/swc-", true),
    ] {
        if view.imports(name) || view.has_next_config_in_typescript() {
            continue;
        }
        let packages = view
            .node_packages()
            .iter()
            .filter(|package| match is_start {
                true => package.name.starts_with(name),
                false => package.name == name,
            });
        folders.extend(packages.map(|package| package.folder).filter(|&folder| {
            let above = fs.parent(folder);
            let modules = match fs.name(above).starts_with(b"@") {
                true => fs.parent(above),
                false => above,
            };
            is_standalone(modules)
        }));
    }
    let finding = view.without("a standalone Next.js app took compilers along", &folders);
    let finding = finding.map(|finding| {
        finding
            .note("no page or route may compile anything when it is asked for")
            .fix(
                "in next.config: outputFileTracingExcludes: { '*': \
                 ['node_modules/typescript/**', 'node_modules/@swc/core*/**'] }",
            )
    });
    finding.into_iter().collect()
}

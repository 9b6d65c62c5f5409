//! What a COPY of the whole project takes along.

use std::collections::BTreeMap;

use super::editor_os_junk::is_authors;
use crate::advice::{Confidence, Finding, Risk, Rule, View};
use crate::rootfs::{NodeId, NodeKind};
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "context-bloat",
    summary: "tests, documentation and logs that `COPY . .` took along",
    explain: "\
`COPY . .` copies all of the build context: your own tests, documentation, examples and
logs too. List them in .dockerignore; a build that runs the tests in another stage must
then get them otherwise. Only folders of these names directly in the copied folder are
meant, and none that the command or a script of the app names or imports; images that run
tests are left alone. It cannot see a program that serves its documentation or loads files
by names that are put together.",
    check,
};

/// Folders, and what they are to the author.
const FOLDERS: &[(&str, &str)] = &[
    ("tests", "your own tests"),
    ("test", "your own tests"),
    ("__tests__", "your own tests"),
    ("e2e", "your own tests"),
    ("cypress", "your own tests"),
    ("docs", "documentation"),
    ("doc", "documentation"),
    ("examples", "examples"),
];
const RUNNERS: &[&str] = &[
    "pytest",
    "jest",
    "vitest",
    "mocha",
    "rspec",
    "phpunit",
    "tox",
    "nox",
    "unittest",
    "playwright",
    "cypress",
    "npm test",
    "go test",
    "mkdocs",
    "sphinx-build",
];

fn check(view: &View<'_>) -> Vec<Finding> {
    if RUNNERS.iter().any(|runner| view.runs(runner)) {
        return Vec::new();
    }
    let mut kinds: BTreeMap<&str, Bytes> = BTreeMap::new();
    let mut all: Vec<NodeId> = Vec::new();
    for &(name, kind) in FOLDERS {
        for folder in view.outermost(name) {
            if is_bloat(view, folder, name) {
                let bodies = view.bodies(view.below(folder));
                *kinds.entry(kind).or_default() += view.size_of(&bodies);
                all.push(folder);
            }
        }
    }
    let logs = view.with_ending("log").iter().copied();
    for log in logs.filter(|&log| is_top(view, log) && view.is_authors(log)) {
        *kinds.entry("logs").or_default() += view.weigh(&[log]);
        all.push(log);
    }
    kinds.retain(|_, size| *size > Bytes::ZERO);
    if kinds.is_empty() {
        return Vec::new();
    }
    all.sort_unstable();
    let told: Vec<String> = kinds
        .iter()
        .map(|(kind, size)| format!("{kind} {size}"))
        .collect();
    let title = format!("a COPY of the project took along: {}", told.join(", "));
    vec![
        Finding::new(title)
            .left_out(view, &all)
            .risk(Risk::Check)
            .confidence(Confidence::Medium)
            .note("see that the program, and the build in this stage, read none of it"),
    ]
}

fn is_bloat(view: &View<'_>, folder: NodeId, name: &str) -> bool {
    let is_used = || {
        let path = view.path(folder);
        view.imports(name) || view.is_named(&format!("{name}/")) || view.is_named(&path)
    };
    is_authors(view, folder) && is_top(view, folder) && !is_used()
}

/// Is it directly in a folder that a COPY took from the context as a whole?
fn is_top(view: &View<'_>, node: NodeId) -> bool {
    let first = match view.fs.kind(node) {
        NodeKind::File => Some(node),
        _ => view.below(node).first().copied(),
    };
    let layer = first.map(|file| view.fs.layer_of(file));
    let source = layer.and_then(|layer| view.context_path(layer, node));
    source.is_some_and(|source| !source.contains('/'))
}

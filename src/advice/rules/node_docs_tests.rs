//! Documentation and tests that packages of Node bring along.

use crate::advice::{Finding, NodePackage, Rule, View, is_licence};
use crate::rootfs::{NodeId, NodeKind};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "node-docs-tests",
    summary: "documentation, tests and examples inside packages of Node",
    explain: "\
Packages bring their README, and often tests and examples: 1 to 3 % of node_modules. Remove
them in the RUN that installs. Only what lies directly in the folder of a package is meant:
`*.md`, and folders called test, tests, __tests__, doc, docs, example, examples, coverage
or .github. Deeper down such names are parts that programs load, such as
googleapis/build/src/apis/docs, yaml/dist/doc and langchain/dist/agents/tests; so 80 of 80
packages loaded afterwards. Licences and notices stay, and so does a folder that the
manifest of its package names. Silent where the image runs tests. It does not read the
code of packages, and cannot see one that loads such a folder of its own.",
    check,
};

const FOLDERS: &[&str] = &[
    "test",
    "tests",
    "__tests__",
    "doc",
    "docs",
    "example",
    "examples",
    "coverage",
    ".github",
];

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.runs_any(&[
        "jest",
        "vitest",
        "mocha",
        "npm test",
        "yarn test",
        "pnpm test",
    ]) {
        return Vec::new();
    }
    let nodes: Vec<NodeId> = view
        .node_packages()
        .iter()
        .flat_map(|package| removable(view, package))
        .collect();
    let title = "packages of Node bring documentation, tests and examples";
    let finding = view.without(title, &nodes);
    let finding =
        finding.map(|finding| finding.note("no package may load such a folder of its own"));
    finding.into_iter().collect()
}

/// What directly in the folder of a package can go.
fn removable(view: &View<'_>, package: &NodePackage) -> Vec<NodeId> {
    let fs = view.fs;
    let mut nodes = Vec::new();
    let manifest = String::from_utf8_lossy(fs.read(package.manifest).unwrap_or_default());
    for child in fs.children(package.folder) {
        let name = fs.name(child);
        match fs.kind(child) {
            NodeKind::File if is_text(name) => nodes.push(child),
            NodeKind::Dir => {
                let Some(name) = FOLDERS.iter().find(|folder| folder.as_bytes() == name) else {
                    continue;
                };
                let is_named = [format!("\"{name}/"), format!("\"./{name}")]
                    .iter()
                    .any(|text| manifest.contains(text));
                if !is_named {
                    nodes.extend(without_licences(view, child));
                }
            }
            _ => {}
        }
    }
    nodes
}

fn is_text(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let is_text = name.ends_with(b".md") || name.ends_with(b".markdown");
    is_text
        && !is_licence(&name)
        && !name
            .windows(6)
            .any(|part| part == b"licens" || part == b"notice")
}

/// A folder; the files in it that are no licence, if there is one.
fn without_licences(view: &View<'_>, folder: NodeId) -> Vec<NodeId> {
    let fs = view.fs;
    let is_plain = |file: &NodeId| !is_licence(fs.name(*file));
    let files: Vec<NodeId> = fs.files(folder).map(|(file, _)| file).collect();
    match files.iter().all(is_plain) {
        true => vec![folder],
        false => files.into_iter().filter(is_plain).collect(),
    }
}

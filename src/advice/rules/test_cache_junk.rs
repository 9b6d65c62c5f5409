//! What test runs, type checkers and linters leave behind.

use crate::advice::{Finding, Risk, Rule, View};
use crate::rootfs::NodeId;
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "test-cache-junk",
    summary: "caches and reports of tests, type checkers and linters",
    explain: "\
Tests and checkers keep their caches and reports beside the code: .pytest_cache,
.mypy_cache, .ruff_cache, .tox, .nox, .hypothesis, htmlcov, .nyc_output, coverage and
their like. `COPY . .` takes them along. Nothing reads them at run time; list them in
.dockerignore. A folder `coverage` counts only if it holds a report, and nothing in folders
of installed packages or in what the command names. It cannot see a server that shows such
a report to people.",
    check,
};

const FOLDERS: &[&str] = &[
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".pytype",
    ".pyre",
    ".tox",
    ".nox",
    ".hypothesis",
    "htmlcov",
    ".nyc_output",
    ".jest-cache",
    ".eslintcache",
    ".stylelintcache",
    "playwright-report",
    ".ipynb_checkpoints",
    ".terraform",
    ".serverless",
    ".aws-sam",
];
const REPORTS: [&str; 5] = [
    "lcov.info",
    "lcov-report",
    "coverage-final.json",
    "clover.xml",
    "cobertura-coverage.xml",
];

fn check(view: &View<'_>) -> Vec<Finding> {
    let named = FOLDERS.iter().flat_map(|name| view.folders(name));
    let reports = view.folders("coverage").iter().filter(|&&folder| {
        REPORTS
            .iter()
            .any(|name| view.fs.child(folder, name.as_bytes()).is_some())
    });
    let files = [".coverage", ".eslintcache", ".stylelintcache"];
    let files = files.iter().flat_map(|name| view.called(name));
    let mut junk: Vec<NodeId> = named.chain(reports).chain(files).copied().collect();
    junk.retain(|&node| {
        let name = String::from_utf8_lossy(view.fs.name(node));
        !view.is_in_packages(node) && !view.is_named(&name) && !is_in_other(view, node)
    });
    junk.sort_unstable();
    let bodies = view.bodies(junk.iter().flat_map(|&node| view.below(node)));
    if view.size_of(&bodies) == Bytes::ZERO {
        return Vec::new();
    }
    junk.retain(|&node| !view.below(node).is_empty());
    let title = match junk[..] {
        [one] => format!(
            "a cache or report of tests is in the image: {}",
            view.shown(one)
        ),
        _ => format!(
            "{} caches and reports of tests are in the image",
            junk.len()
        ),
    };
    vec![Finding::new(title).left_out(view, &junk).risk(Risk::Safe)]
}

/// Is it inside another such folder?
fn is_in_other(view: &View<'_>, node: NodeId) -> bool {
    FOLDERS.iter().any(|folder| view.is_in(node, folder))
}

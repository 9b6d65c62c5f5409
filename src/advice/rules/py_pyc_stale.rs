//! Bytecode that no Python reads.

use std::collections::BTreeMap;

use crate::advice::{Finding, Risk, Rule, View};
use crate::rootfs::NodeId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "py-pyc-stale",
    summary: "bytecode whose source is gone, or of a Python that is not there",
    explain: "\
Python reads `__pycache__/a.cpython-311.pyc` only where `a.py` lies beside the folder, and
only as version 3.11. What is left of sources that are gone, or was written by another
version, is never read. Remove it in the RUN that left it, or set
PYTHONDONTWRITEBYTECODE=1 while building. Nothing breaks. Bytecode outside of
`__pycache__` may be a program without its source, and is left out. Versions are told by
the interpreters that the image holds as pythonX.Y; where none is found, only the
missing sources count.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let mut versions = BTreeMap::new();
    let mut files: Vec<NodeId> = view.with_ending("pyc").to_vec();
    files.retain(|&file| {
        let folder = view.fs.parent(file);
        if view.fs.name(folder) != b"__pycache__" {
            return false;
        }
        let name = String::from_utf8_lossy(view.fs.name(file)).into_owned();
        // `a.cpython-311.pyc`, `a.cpython-311.opt-1.pyc`.
        let Some((module, tag)) = name
            .rsplit_once(".cpython-")
            .and_then(|(module, rest)| Some((module, rest.split('.').next()?)))
        else {
            return false;
        };
        let source = format!("{module}.py");
        let has_source = view
            .fs
            .child(view.fs.parent(folder), source.as_bytes())
            .is_some();
        let is_read = *versions
            .entry(tag.to_owned())
            .or_insert_with(|| has_python(view, tag));
        !has_source || !is_read
    });
    if files.is_empty() {
        return Vec::new();
    }
    vec![
        Finding::new(format!(
            "{} files of bytecode that no Python reads",
            files.len()
        ))
        .bodies(view.bodies(files))
        .risk(Risk::Safe)
        .fix("ENV PYTHONDONTWRITEBYTECODE=1   # while the image is built"),
    ]
}

/// May a Python of this version be there: `311`? Yes where no Python is known at all.
fn has_python(view: &View<'_>, tag: &str) -> bool {
    let mut rest = tag.chars();
    let major = rest.next().unwrap_or_default();
    let minor = rest.as_str();
    let is_there = |minor: &str| !view.folders(&format!("python{major}.{minor}")).is_empty();
    is_there(minor) || !(6..30).any(|other| is_there(&other.to_string()))
}

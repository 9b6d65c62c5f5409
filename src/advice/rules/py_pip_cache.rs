//! What pip keeps of its downloads.

use std::collections::BTreeSet;

use crate::advice::python::removals;
use crate::advice::{Finding, Risk, Rule, View};
use crate::rootfs::NodeId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "py-pip-cache",
    summary: "downloads and built wheels that pip keeps for the next time",
    explain: "\
pip keeps what it downloads and builds in ~/.cache/pip. Nothing reads it in a container
that installs nothing. It weighs as much as the wheels, a quarter to a third of what they
unpack to; the dataset viewer of Hugging Face went from 7.9 to 5.5 GB without it and that of
poetry. Say `pip install --no-cache-dir`, or give the RUN a cache mount. Removing it
breaks nothing; a later `pip install` downloads again. It knows the usual folders and
what PIP_CACHE_DIR of the image says. hadolint calls this DL3042.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.runs_any(&["pip", "pip3"]) {
        return Vec::new();
    }
    let mut files = view.place("pip cache");
    let told = view
        .env("PIP_CACHE_DIR")
        .and_then(|path| view.fs.find(path.trim_matches('/')));
    let told = told.filter(|&folder| folder != NodeId::ROOT);
    files.extend(told.iter().flat_map(|&folder| {
        // Only what looks like a cache: nobody should lose an app to a variable.
        ["http", "http-v2", "wheels", "selfcheck"]
            .iter()
            .filter_map(move |name| view.fs.child(folder, name.as_bytes()))
            .flat_map(|folder| view.below(folder))
    }));
    if files.is_empty() {
        return Vec::new();
    }
    let mut finding = Finding::new("pip left its cache in the image")
        .bodies(view.bodies(files.iter().copied()))
        .risk(Risk::Safe)
        .fix(
            "RUN pip install --no-cache-dir …\n\
             # or: RUN --mount=type=cache,target=/root/.cache/pip pip install …",
        );
    let folders = cache_folders(view, &files);
    if told.is_none() {
        finding.edits = removals(view, &folders);
    }
    vec![finding]
}

/// The folders `…/.cache/pip` in which files lie.
fn cache_folders(view: &View<'_>, files: &[NodeId]) -> Vec<NodeId> {
    let folders = files.iter().filter_map(|&file| {
        let path = view.path(file);
        let end = path.find(".cache/pip/")? + ".cache/pip".len();
        view.fs.find(&path[..end])
    });
    folders.collect::<BTreeSet<_>>().into_iter().collect()
}

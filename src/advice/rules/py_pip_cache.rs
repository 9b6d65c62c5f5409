//! What pip keeps of its downloads.

use crate::advice::{Edit, Finding, Risk, Rule, View, shell};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "py-pip-cache",
    summary: "downloads and built wheels that pip keeps for the next time",
    explain: "\
pip keeps what it downloads and builds in ~/.cache/pip. Nothing reads it in a container
that installs nothing. It weighs as much as the wheels, a quarter to a third of what they
unpack to; hugging face's dataset viewer went from 7.9 to 5.5 GB without it and that of
poetry. Say `pip install --no-cache-dir`, or give the RUN a cache mount. Removing it
breaks nothing; a later `pip install` downloads again. It knows the usual folders and
what PIP_CACHE_DIR of the image says. hadolint calls this DL3042.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    if ["pip", "pip3"].iter().any(|tool| view.runs(tool)) {
        return Vec::new();
    }
    let mut files = view.place("pip cache");
    let told = view
        .env("PIP_CACHE_DIR")
        .and_then(|path| view.fs.find(path.trim_matches('/')));
    let told = told.filter(|&folder| folder != crate::rootfs::NodeId::ROOT);
    files.extend(told.into_iter().flat_map(|folder| {
        // Only what looks like a cache: nobody should lose an app to a variable.
        ["http", "http-v2", "wheels", "selfcheck"]
            .iter()
            .filter_map(move |name| view.fs.child(folder, name.as_bytes()))
            .flat_map(|folder| view.below(folder))
    }));
    let Some(layer) = view.layer_of(&files) else {
        return Vec::new();
    };
    let finding = Finding::new("pip left its cache in the image")
        .bodies(view.bodies(files.iter().copied()))
        .risk(Risk::Safe)
        .fix("RUN pip install --no-cache-dir …   # or: RUN --mount=type=cache,target=/root/.cache/pip pip install …");
    let roots = cache_folders(view, &files);
    let is_run = view
        .step(layer)
        .is_some_and(|step| step.verb == crate::advice::Verb::Run);
    vec![match is_run && !roots.is_empty() {
        true => finding.edit(Edit::Append {
            layer,
            command: shell::remove(roots.iter().map(String::as_str)),
        }),
        false => finding,
    }]
}

/// The folders `…/.cache/pip` in which files lie.
fn cache_folders(view: &View<'_>, files: &[crate::rootfs::NodeId]) -> Vec<String> {
    let mut folders: Vec<String> = files
        .iter()
        .filter_map(|&file| {
            let path = view.path(file);
            let end = path.find(".cache/pip/")? + ".cache/pip".len();
            Some(path[..end].to_owned())
        })
        .collect();
    folders.sort();
    folders.dedup();
    folders
}

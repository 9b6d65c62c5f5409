//! The cache of Hugging Face, where it holds things twice, or what nothing reads.

use crate::advice::{Copies, Finding, Risk, Rule, View};
use crate::rootfs::NodeId;
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "ml-hf-cache",
    summary: "the Hugging Face cache holds models twice, or chunks that nothing reads",
    explain: "\
The cache of huggingface_hub keeps each file once, in `blobs`, and in `snapshots` symbolic
links to it. A copy that follows links (`cp -L`, some archivers) makes files of the links,
and everything is there twice. The folder `xet` holds chunks of downloads, and `*.incomplete`
those that broke off: nothing reads them once a model is there. Keep the links (`cp -a`),
and remove the rest in the RUN that downloads. A container that downloads further models
fetches chunks anew. Files that are twice are told by a hash of their contents.",
    check,
};

/// Is one content both a blob and a file of a snapshot?
pub(super) fn is_snapshot(view: &View<'_>, copies: &Copies) -> bool {
    let mut all = copies.others.iter().chain([&copies.kept]);
    all.clone().any(|&node| view.is_in(node, "blobs"))
        && all.any(|&node| view.is_in(node, "snapshots"))
}

fn check(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let groups: Vec<&Copies> = view
        .copies()
        .iter()
        .filter(|copies| is_snapshot(view, copies))
        .collect();
    if !groups.is_empty() {
        let title = format!(
            "{} files of the Hugging Face cache are there twice: as blobs and in snapshots",
            groups.len()
        );
        found.push(Finding::new(title).linked(view, &groups).risk(Risk::Safe));
    }
    let dead = dead(view);
    let bodies = view.bodies(dead.iter().flat_map(|&node| view.below(node)));
    if view.size_of(&bodies) > Bytes::ZERO {
        let title = "the Hugging Face cache holds chunks of downloads that nothing reads";
        found.push(Finding::new(title).left_out(view, &dead).risk(Risk::Safe));
    }
    found
}

fn dead(view: &View<'_>) -> Vec<NodeId> {
    let chunks = view.folders("xet").iter().copied();
    let chunks = chunks.filter(|&folder| view.fs.name(view.fs.parent(folder)) == b"huggingface");
    let broken = view.with_ending("incomplete").iter().copied();
    let broken = broken.filter(|&file| view.fs.name(view.fs.parent(file)) == b"blobs");
    chunks.chain(broken).collect()
}

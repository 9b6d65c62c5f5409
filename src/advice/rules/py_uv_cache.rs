//! What uv keeps of its downloads.

use crate::advice::{Finding, Risk, Rule, View};
use crate::rootfs::NodeId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "py-uv-cache",
    summary: "unpacked packages that uv keeps for the next time",
    explain: "\
uv keeps packages unpacked in ~/.cache/uv and links them into environments. Where it
copies instead, as UV_LINK_MODE=copy asks, every package is stored twice: a cache of
303 MB beside an environment of 292 MB. Files that are linked into an environment are not
counted: they stay. Give the RUN a cache mount, set UV_NO_CACHE=1, or install in a builder
and copy the environment only. Removing it breaks nothing, except an environment that
was made with UV_LINK_MODE=symlink: where symbolic links lead there it says nothing.
It knows the usual folders and what UV_CACHE_DIR of the image says.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.runs_any(&["uv", "uvx"]) {
        return Vec::new();
    }
    let told = view.env("UV_CACHE_DIR").map(|path| path.trim_matches('/'));
    let told = told.and_then(|path| view.fs.find(path));
    // uv marks its cache; a folder without the mark is something else.
    let marked = told.filter(|&folder| {
        folder != NodeId::ROOT && view.fs.child(folder, b"CACHEDIR.TAG").is_some()
    });
    let mut files = view.place("uv cache");
    files.extend(marked.into_iter().flat_map(|folder| view.below(folder)));
    files.sort_unstable();
    files.dedup();
    // A content with a name elsewhere stays stored, whoever removes the cache.
    files.retain(|&file| {
        let links = view.fs.body_of(file).map(|id| view.fs.body(id).links);
        links == Some(1)
    });
    if files.is_empty() || is_linked_to(view) {
        return Vec::new();
    }
    vec![
        Finding::new("uv left its cache in the image")
            .bodies(view.bodies(files))
            .risk(Risk::Safe)
            .fix(
                "RUN --mount=type=cache,target=/root/.cache/uv uv sync --locked --no-dev\n\
                 # or: ENV UV_NO_CACHE=1",
            ),
    ]
}

/// Do symbolic links of an environment lead into a cache of uv?
fn is_linked_to(view: &View<'_>) -> bool {
    let sites = view.folders("site-packages").iter();
    let mut entries = sites.flat_map(|&site| view.fs.children(site));
    entries.any(|entry| {
        let target = view.fs.link_target(entry).unwrap_or_default();
        memchr::memmem::find(target, b"archive-v0").is_some()
    })
}

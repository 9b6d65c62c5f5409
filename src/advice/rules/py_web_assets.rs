//! Source maps that Python packages bring for web pages.

use crate::advice::python::files_ending;
use crate::advice::{Finding, Risk, Rule, View};
use crate::rootfs::NodeId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "py-web-assets",
    summary: "source maps of scripts and styles in Python packages",
    explain: "\
Packages with web pages (jupyterlab, bokeh, drf-spectacular and others) bring maps from the
built scripts to their sources: 20 MB in one environment. Only a browser's tools for
developers load them. Remove them in the RUN that installs. Pages work as before.
Where Django's ManifestStaticFilesStorage collects static files, a script that names a map
which is gone makes collectstatic fail: remove them after it. Counted are maps of
`.js`, `.mjs` and `.css` files that lie beside them; the rule cannot see whether errors are
sent to a service that reads maps.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let files: Vec<NodeId> = files_ending(view, &["map"])
        .into_iter()
        .map(|(file, _)| file)
        .filter(|&file| {
            let name = view.fs.name(file);
            let script = name.strip_suffix(b".map").unwrap_or_default();
            let ends = [&b".js"[..], b".mjs", b".css"];
            ends.iter().any(|end| script.ends_with(end))
                && view.fs.child(view.fs.parent(file), script).is_some()
        })
        .collect();
    if files.is_empty() {
        return Vec::new();
    }
    vec![
        Finding::new(format!("{} source maps are in Python packages", files.len()))
            .bodies(view.bodies(files))
            .risk(Risk::Check)
            .note("after `collectstatic`, if Django's manifest storage is used")
            .fix("RUN pip install … && find / -path '*/site-packages/*' \\( -name '*.js.map' -o -name '*.css.map' \\) -delete"),
    ]
}

//! Libraries that only a linker reads.

use crate::advice::{Finding, Risk, Rule, View, is_dev, shell};
use crate::rootfs::NodeId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "static-libs",
    summary: "static libraries where nothing is linked",
    explain: "\
`lib*.a` and `*.la` are read by a linker, when a program is built. In an image that builds
nothing they are weight: 40 MB of build-essential with libpq-dev are such. Delete them in the
RUN that installs, or copy only what is run out of a build stage. Left out are those of
-dev packages (another rule's), Python's own `libpython*.a`, what lies in packages of a
language, and all where a compiler is installed. It cannot see a program that links at run
time with a linker of its own, as compilers of other languages do.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.has_compiler() || view.compiles().is_some() {
        return Vec::new();
    }
    let all = view
        .with_ending("a")
        .iter()
        .chain(view.with_ending("la"))
        .copied();
    let is_one = |file: &NodeId| {
        let name = view.fs.name(*file);
        let owner = view.owner(*file).1;
        let path = view.path(*file);
        name.starts_with(b"lib")
            && !name.starts_with(b"libpython")
            && !is_dev(owner)
            && !owner.name.starts_with("Go")
            && !owner.name.starts_with("Rust")
            && ["dpkg", "apk", "rpm", "", "system"].contains(&owner.ecosystem)
            && ["usr/lib", "usr/local/lib", "lib/", "opt/"]
                .iter()
                .any(|folder| path.starts_with(folder))
    };
    let files: Vec<NodeId> = all.filter(is_one).collect();
    let paths: Vec<String> = files
        .iter()
        .take(200)
        .map(|&file| view.path(file))
        .collect();
    let command = shell::remove(paths.iter().map(String::as_str));
    let count = files.len();
    let Some(mut finding) = view.left(
        &format!("{count} static libraries, and nothing links them"),
        files,
        &command,
    ) else {
        return Vec::new();
    };
    if count > 200 || finding.edits.len() > 1 {
        finding.edits.clear();
    }
    vec![
        finding
            .risk(Risk::Check)
            .note("nothing may link programs while the image runs, nor in a later step of the build")
            .fix("RUN … && find /usr/lib /usr/local/lib -name 'lib*.a' -delete   # in the RUN that writes them"),
    ]
}

//! Parts of Python itself that programs do not load.

use crate::advice::{Finding, Risk, Rule, View};
use crate::rootfs::NodeId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "py-stdlib-extras",
    summary: "Python's own tests, its editor and its static library",
    explain: "\
A Python that was built from source, or by pyenv or conda, brings its own tests (119 MB
with bytecode), the editor IDLE, turtledemo and a static library of 46 MB for those who
build it into a program. The official images have removed them. Remove them in the RUN
that builds Python. A program that imports `test.support` fails afterwards, and what links
against libpython.a; where the app imports a part it is left out. In the base image they
cannot be saved. What packages import of them it cannot see.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let mut folders: Vec<NodeId> = Vec::new();
    let mut files: Vec<NodeId> = Vec::new();
    for name in ["test", "idlelib", "turtledemo"] {
        if view.imports(name) || view.runs(name) {
            continue;
        }
        let found = view.folders(name).iter();
        folders.extend(found.filter(|&&folder| is_stdlib(view, view.fs.parent(folder))));
    }
    for &folder in &folders {
        files.extend(view.below(folder));
    }
    for &file in view.with_ending("a") {
        let folder = view.fs.parent(file);
        let is_config = view.fs.name(folder).starts_with(b"config-");
        let is_python = view.fs.name(file).starts_with(b"libpython");
        if is_config && is_python && is_stdlib(view, view.fs.parent(folder)) {
            files.push(file);
        }
    }
    folders.retain(|&folder| !view.below(folder).is_empty());
    let bodies = view.bodies(files);
    if bodies.is_empty() {
        return Vec::new();
    }
    vec![
        Finding::new("Python's own tests, editor or static library are in the image")
            .bodies(bodies)
            .folders(folders)
            .risk(Risk::Check)
            .note("that no package imports `test` and nothing is linked against libpython.a")
            .fix("RUN … && find / -depth -path '*/lib/python3.*' \\( -name test -o -name idlelib -o -name 'libpython*.a' \\) -not -path '*/site-packages/*' -exec rm -rf {} +"),
    ]
}

/// Is a folder that of the standard library: `lib/python3.11` with `os.py` in it?
fn is_stdlib(view: &View<'_>, folder: NodeId) -> bool {
    view.fs.name(folder).starts_with(b"python3.")
        && view.fs.name(view.fs.parent(folder)) == b"lib"
        && view.fs.child(folder, b"os.py").is_some()
}

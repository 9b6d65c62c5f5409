//! Debug information in programs and libraries.

use crate::advice::{Finding, Risk, Rule, SYSTEMS, View, some};
use crate::rootfs::NodeId;
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "native-debug-info",
    summary: "programs and libraries that were not stripped",
    explain: "\
Compilers write debug information and symbols into programs; a release of Rust loses 24 %
by `strip`, a debug build far more. Nothing reads them at run time but debuggers,
profilers and backtraces, which then show addresses for names. Strip when you build (`strip
--strip-unneeded`, `strip = true` in Cargo.toml, `-s` for the linker). Counted are the
sections themselves, in files that no package of a system, of Python or of Node owns:
libraries in wheels are changed after they are linked, and strip breaks some of them.
A program with data behind its end (PyInstaller, AppImage, single files of Deno and Bun) must
not be stripped; that the rule cannot see.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    if ["gdb", "lldb", "perf", "valgrind"]
        .iter()
        .any(|tool| view.runs(tool))
    {
        return Vec::new();
    }
    let mut shrink = Vec::new();
    let mut names = Vec::new();
    for node in view.fs.kept_files() {
        let Some(body) = view
            .fs
            .body_of(node)
            .filter(|&id| view.fs.body(id).layer >= view.base)
        else {
            continue;
        };
        let Some(elf) = view
            .elf(node)
            .filter(|elf| elf.debug > 0 && elf.go.is_none())
        else {
            continue;
        };
        if is_meant(view, node) {
            shrink.push((body, Bytes(elf.debug)));
            names.push((elf.debug, view.shown(node)));
        }
    }
    if shrink.is_empty() {
        return Vec::new();
    }
    names.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let names = some(names.into_iter().map(|(_, name)| name));
    let mut finding = Finding::new(format!(
        "programs and libraries hold debug information: {names}"
    ))
    .risk(Risk::Check)
    .note("a file with data behind its end (PyInstaller, AppImage, Deno, Bun) must not be stripped")
    .note("backtraces show addresses in place of names")
    .fix("RUN strip --strip-unneeded …   # in the stage that builds");
    finding.shrink = shrink;
    vec![finding]
}

/// Not what package managers of systems and of languages brought, nor what is to be
/// linked, nor a module of the kernel, nor a library in a wheel.
fn is_meant(view: &View<'_>, node: NodeId) -> bool {
    let owner = view.owner(node).1;
    let name = view.fs.name(node);
    let ends = [&b".o"[..], b".a", b".ko", b".debug", b".AppImage"];
    let path = view.path(node);
    let of_languages = [
        "site-packages/",
        "dist-packages/",
        "node_modules/",
        ".libs/",
        "/deno",
        "/bun",
    ];
    !SYSTEMS.contains(&owner.ecosystem)
        && !["pip", "npm", "conda", "cuda", "browser", "runtime"].contains(&owner.ecosystem)
        && !ends.iter().any(|end| name.ends_with(end))
        && !of_languages.iter().any(|part| path.contains(part))
}

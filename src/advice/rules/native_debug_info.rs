//! Debug information in programs and libraries.

use crate::advice::{Finding, Risk, Rule, SYSTEMS, View};
use crate::essence::Elf;
use crate::rootfs::NodeId;

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
    if view.is_debugged() {
        return Vec::new();
    }
    let is_meant = |node: NodeId, elf: &Elf| elf.go.is_none() && is_meant(view, node);
    let finding = view.debug_information("programs and libraries", is_meant);
    let finding = finding.map(|finding| {
        finding
            .risk(Risk::Check)
            .note("a file with data behind its end (PyInstaller, AppImage, Deno, Bun) must not be stripped")
            .note("backtraces show addresses in place of names")
            .fix("RUN strip --strip-unneeded …   # in the stage that builds")
    });
    finding.into_iter().collect()
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

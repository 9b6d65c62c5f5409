//! Python packages built for another C library.

use crate::advice::{Finding, Risk, Rule, View, some};
use crate::path::brief;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "native-libc-mismatch",
    summary: "Python packages that were built for another C library",
    explain: "\
A wheel for manylinux does not load on Alpine's musl, and one for musllinux not on glibc: a
virtual environment that was copied from an image of the other kind is broken, though it
starts. Here all libraries of a package load a C library that the image does not have.
Install the packages in an image of the same kind. It says nothing of packages with
libraries of both kinds, nor where a layer of compatibility (gcompat) is installed. It
cannot see whether the package is ever imported.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let system = view.system();
    if system.is_empty()
        || view.package("apk", "gcompat").is_some()
        || view.package("apk", "libc6-compat").is_some()
    {
        return Vec::new();
    }
    let is_musl = view.is_musl();
    let mut broken = Vec::new();
    for (id, owner) in view.packages("pip") {
        let libraries = view
            .owned(id)
            .iter()
            .filter_map(|&file| view.elf(file)?.needed);
        let kinds: Vec<Option<bool>> = libraries.map(|needed| on_musl(&needed)).collect();
        if !kinds.is_empty() && kinds.iter().all(|&kind| kind == Some(!is_musl)) {
            broken.push(brief(&owner.name));
        }
    }
    if broken.is_empty() {
        return Vec::new();
    }
    let (own, other) = if is_musl {
        ("musl", "glibc")
    } else {
        ("glibc", "musl")
    };
    vec![
        Finding::new(format!(
            "built for {other}, and the image has {own}: {}",
            some(broken)
        ))
        .always()
        .risk(Risk::Check)
        .note("these packages do not load here, if they are ever imported")
        .fix(format!(
            "install the packages in an image of {own}, as this one is"
        )),
    ]
}

/// Was a library built for musl? `None` if what it loads does not tell.
fn on_musl(needed: &[String]) -> Option<bool> {
    if needed.iter().any(|name| name == "libc.so.6") {
        return Some(false);
    }
    needed
        .iter()
        .any(|name| name.starts_with("libc.musl-"))
        .then_some(true)
}

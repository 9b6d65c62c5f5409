//! Headers where nothing compiles.

use crate::advice::{Ask, Finding, Risk, Rule, View, files_of, is_dev, some};
use crate::owner::OwnerId;
use crate::path::brief;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "apt-dev-packages",
    summary: "packages of headers where there is no compiler",
    explain: "\
Packages called `-dev`, `-devel` or `-headers` hold what compilers read. Where no compiler is
installed nothing reads them, and they bring others with them. Install the library itself
(libpq5 for libpq-dev), in the same version. Libraries that they are the headers of are
left out, and so is whatever a program loads. Some -dev packages hold a link by which
`ctypes` or a plugin finds its library (libfoo.so for libfoo.so.1): check for one; that
the rule cannot see.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    finding(view).into_iter().collect()
}

fn finding(view: &View<'_>) -> Option<Finding> {
    let has_virtual = view
        .packages("apk")
        .any(|(_, owner)| owner.name.starts_with('.'));
    if view.has_compiler() || has_virtual || view.compiles().is_some() {
        return None;
    }
    let added = view.added_packages().into_iter();
    let devs: Vec<OwnerId> = added
        .filter(|(_, owner)| is_dev(owner))
        .map(|(id, _)| id)
        .collect();
    let libraries = view.libraries_of(&devs);
    let removal = view.removal(&Ask {
        packages: &devs,
        spared: &libraries,
        ..Ask::default()
    });
    let owner = |id: &OwnerId| view.image.attribution.owner(*id);
    let names = removal.goes.iter().map(owner).filter(|owner| is_dev(owner));
    let names: Vec<String> = names.map(|owner| brief(&owner.name)).collect();
    let files = files_of(view, &removal.goes);
    if names.is_empty() || files.is_empty() {
        return None;
    }
    let keep = libraries.iter().map(brief).collect::<Vec<_>>().join(" ");
    let install = match view.system() {
        "apk" => "apk add --no-cache",
        "rpm" => "dnf install -y --nodocs",
        _ => "apt-get update && apt-get install -y --no-install-recommends",
    };
    Some(
        Finding::new(format!("headers without a compiler: {}", some(names)))
            .bodies(view.stored_by(&removal.goes))
            .risk(Risk::Check)
            .note("no program may find its library by the plain name that only the -dev package has (libfoo.so)")
            .fix(format!("RUN {install} {keep}")),
    )
}

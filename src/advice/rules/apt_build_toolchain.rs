//! Compilers in an image that only runs what they made.

use std::collections::BTreeSet;

use crate::advice::{Ask, Finding, Risk, Rule, View, files_of, is_dev, is_one_of, some};
use crate::owner::{Owner, OwnerId};
use crate::path::brief;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "apt-build-toolchain",
    summary: "compilers and headers in an image that compiles nothing when it runs",
    explain: "\
Compilers, `make` and `-dev` packages (of apt, apk, dnf) are needed while packages are
built, and stay when they are installed in the final stage: build-essential with libpq-dev
takes an image of Debian from 189 to 551 MB. Counted are the packages of the toolchain and
all that only they require. Install them in a build stage, copy what was built, and install
only the libraries that it loads: libpq5 instead of libpq-dev. What is built at run time
breaks: torch.compile, triton, Cython's pyximport; the rule is silent where it sees these,
a compiler that is run, or an image to work in. Libraries of C and C++ (libgcc, libstdc++,
libgomp), what -dev packages are the headers of, and what a program loads are left out. It
cannot see libraries that are loaded by a name put together at run time, nor compilers that
a program calls; and compilers of the base image are another rule's.",
    check,
};

/// What is itself a compiler; without one the rest is another rule's.
const COMPILERS: &[&str] = &[
    "gcc",
    "gcc-#",
    "g++",
    "g++-#",
    "gcc-c++",
    "gfortran",
    "gfortran-#",
    "clang",
    "clang#",
    "clang-#",
    "rustc",
    "rust",
    "cargo",
    "golang",
    "golang-go",
    "go",
];

/// What is there to compile, besides `-dev` packages.
const TOOLS: &[&str] = &[
    "build-essential",
    "build-base",
    "cpp",
    "cpp-#",
    "binutils",
    "make",
    "cmake",
    "cmake-data",
    "ninja",
    "ninja-build",
    "meson",
    "llvm-#",
    "llvm-#-tools",
    "dpkg-dev",
    "autoconf",
    "automake",
    "libtool",
    "pkg-config",
    "pkgconf",
    "linux-headers",
    "kernel-headers",
    "glibc-headers",
    "bison",
    "flex",
    "patch",
];

fn check(view: &View<'_>) -> Vec<Finding> {
    finding(view).into_iter().collect()
}

fn finding(view: &View<'_>) -> Option<Finding> {
    let added = view.added_packages();
    let is_there = |list: &[&str]| added.iter().any(|(_, owner)| is_one_of(&owner.name, list));
    // Named packages of apk that are to be deleted again are another rule's.
    let has_virtual = view
        .packages("apk")
        .any(|(_, owner)| owner.name.starts_with('.'));
    if !is_there(COMPILERS) || has_virtual || view.compiles().is_some() {
        return None;
    }
    let is_tool =
        |owner: &Owner| is_one_of(&owner.name, COMPILERS) || is_one_of(&owner.name, TOOLS);
    let tools = added
        .iter()
        .filter(|(_, owner)| is_tool(owner) || is_dev(owner));
    let tools: Vec<OwnerId> = tools.map(|&(id, _)| id).collect();
    let libraries = view.libraries_of(&tools);
    let removal = view.removal(&Ask {
        packages: &tools,
        spared: &libraries,
        ..Ask::default()
    });
    let owner = |id: &OwnerId| view.image.attribution.owner(*id);
    let mut named: Vec<&Owner> = removal
        .goes
        .iter()
        .map(owner)
        .filter(|o| is_tool(o))
        .collect();
    named.sort_by_key(|owner| (std::cmp::Reverse(owner.live), &owner.name));
    let files = files_of(view, &removal.goes);
    if named.is_empty() || files.is_empty() {
        return None;
    }
    let mut keep: BTreeSet<String> = removal.stays.keys().cloned().collect();
    let goes: BTreeSet<OwnerId> = view.retained(&tools).into_iter().collect();
    let would_go = goes.iter().map(owner).map(|owner| brief(&owner.name));
    keep.extend(would_go.filter(|name| libraries.contains(name)));
    let title = format!(
        "compilers are installed: {}; with what only they need {} packages",
        some(named.iter().map(|owner| brief(&owner.name))),
        removal.goes.len()
    );
    let finding = Finding::new(title)
        .bodies(view.stored_by(&removal.goes))
        .risk(Risk::Check)
        .note("nothing may compile while the image runs; a compiler that is called from within a program is not seen")
        .fix(fix(view.system(), &keep));
    let notes = removal.stays.iter().take(5);
    let finding = notes.fold(finding, |finding, (name, by)| {
        finding.note(format!("{name} stays: {by}"))
    });
    Some(match view.looked_inside() {
        true => finding,
        false => finding.note(
            "layers were read by their tables of contents: which libraries programs load was not checked",
        ),
    })
}

fn fix(system: &str, keep: &BTreeSet<String>) -> String {
    let keep = match keep.is_empty() {
        true => "… (only what is loaded)".to_owned(),
        false => keep.iter().cloned().collect::<Vec<_>>().join(" "),
    };
    let (build, run) = match system {
        "apk" => (
            "RUN apk add --no-cache gcc musl-dev …".to_owned(),
            format!("RUN apk add --no-cache {keep}"),
        ),
        "rpm" => (
            "RUN dnf install -y gcc …".to_owned(),
            format!(
                "RUN dnf install -y --nodocs --setopt=install_weak_deps=0 {keep} && dnf clean all"
            ),
        ),
        _ => (
            "RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev …"
                .to_owned(),
            format!(
                "RUN apt-get update && apt-get install -y --no-install-recommends {keep} \
                 && rm -rf /var/lib/apt/lists/*"
            ),
        ),
    };
    format!(
        "FROM … AS build\n{build}\nRUN …   # all that compiles\n\nFROM …\n{run}\nCOPY --from=build …"
    )
}

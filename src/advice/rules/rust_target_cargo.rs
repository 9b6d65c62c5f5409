//! What cargo keeps to build again.

use crate::advice::{Finding, Risk, Rule, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "rust-target-cargo",
    summary: "cargo's registry, toolchains or half-built crates",
    explain: "\
Cargo keeps the sources of crates below ~/.cargo/registry, rustup its toolchains below
~/.rustup, and a build leaves target/release/{deps,build,incremental}: 157 MB for a program of
2.9 MB. None of it is needed to run. Copy the program into another stage. A program that is
a hard link to one of these files keeps its bytes, and is not counted. It is silent where
cargo or rustc is run. It cannot see libraries below target/release/build that a program
loads by an absolute path.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.runs_any(&["cargo", "rustc", "rustup"]) || view.is_for_shells() {
        return Vec::new();
    }
    let mut files = view.place("cargo registry cache");
    for &deps in view.folders("deps") {
        let profile = view.fs.parent(deps);
        let is_profile = matches!(view.fs.name(profile), b"release" | b"debug");
        if is_profile && view.fs.child(profile, b".fingerprint").is_some() {
            let parts = [&b"deps"[..], b"build", b"incremental", b".fingerprint"];
            let parts = parts
                .into_iter()
                .filter_map(|part| view.fs.child(profile, part));
            files.extend(parts.flat_map(|part| view.below(part)));
        }
    }
    files.extend(view.at(["root/.rustup", "usr/local/rustup"]));
    let Some(finding) = view.out_of_place(
        "what cargo and rustup keep for the next build is in the image",
        files,
    ) else {
        return Vec::new();
    };
    let fix = "FROM rust:… AS build\nRUN cargo build --release\n\n\
               FROM debian:stable-slim\nCOPY --from=build /app/target/release/… /usr/local/bin/";
    let note = "the program must not load libraries from target/release/build";
    vec![finding.risk(Risk::Check).fix(fix).note(note)]
}

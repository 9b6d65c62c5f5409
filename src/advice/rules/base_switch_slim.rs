//! An official image with compilers, under a program that only runs.

use crate::advice::{Finding, Risk, Rule, SLIM, View, is_dev, is_one_of, some};
use crate::owner::Owner;
use crate::path::brief;
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "base-switch-slim",
    summary: "a base image with compilers, where its -slim would do",
    explain: "\
python:3.11 and node:22 are built on a Debian with compilers, git and headers: 1.01 GB where
python:3.11-slim has 124.8 MB. Build in the full image, run in the -slim one, and install
there the few libraries that are loaded. The saving is an estimate: what the base stores,
less the size that was published for the -slim image of python 3.11 or node 22; yours
differs by its version. Where none was published it is what compilers and headers weigh. The notes name packages of the base that programs of yours load;
most of them are not in the -slim image. Rebuild, and see that all starts: programs that
are called by name (git, curl) are missing there. It is silent where something is
compiled at run time. Nothing of the base goes by deleting it in a later layer.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    finding(view).into_iter().collect()
}

fn finding(view: &View<'_>) -> Option<Finding> {
    let slim = SLIM.iter().find(|slim| view.env(slim.env).is_some())?;
    let in_base = |name: &str| {
        let owner = view.packages("dpkg").find(|(_, owner)| owner.name == name);
        owner.is_some_and(|(id, _)| !view.is_added(id))
    };
    // What only images that are built on buildpack-deps have.
    let is_full = ["gcc", "make", "git", "libssl-dev"]
        .into_iter()
        .all(in_base);
    if view.base == 0 || !is_full || view.compiles().is_some() {
        return None;
    }
    let published = slim.published.and_then(|rest| view.base_without(rest));
    let (stored, download) = published.unwrap_or_else(|| development(view));
    let version = view.env(slim.env).unwrap_or_default();
    let version: String = version.split('.').take(2).collect::<Vec<_>>().join(".");
    let version = brief(version);
    let mut finding = Finding::new(format!(
        "the base has compilers: {0}:{version} where {0}:{version}-slim would do",
        slim.name
    ))
    .estimate(stored, download)
    .risk(Risk::Check)
    .at(view.base)
    .note(match published {
        Some(_) => "an estimate: the -slim image's size is the one that was published for one version of it",
        None => "an estimate: what headers, compilers and git weigh in the base",
    })
    .fix(format!(
        "FROM {0}:{version} AS build\n…\n\nFROM {0}:{version}-slim\nCOPY --from=build …",
        slim.name
    ));
    let loaded = view.loads_of_base();
    if !loaded.is_empty() {
        finding = finding.note(format!(
            "programs on top of it load libraries of {}: install those that -slim lacks",
            some(loaded)
        ));
    }
    let runs = ["git", "curl", "wget", "ssh"]
        .into_iter()
        .filter(|tool| view.runs(tool));
    let runs: Vec<String> = runs.map(str::to_owned).collect();
    if !runs.is_empty() {
        finding = finding.note(format!("install what is run: {}", some(runs)));
    }
    Some(finding)
}

/// What packages for development weigh in the base, where no size was published.
fn development(view: &View<'_>) -> (Bytes, Bytes) {
    let names = [
        "gcc*",
        "g++*",
        "cpp*",
        "make",
        "git",
        "mercurial*",
        "subversion",
        "binutils*",
    ];
    let is_one = |owner: &Owner| is_dev(owner) || is_one_of(&owner.name, &names);
    let all = view
        .packages("dpkg")
        .filter(|(id, owner)| !view.is_added(*id) && is_one(owner));
    all.fold(
        (Bytes::ZERO, Bytes::ZERO),
        |(size, download), (_, owner)| (size + owner.live, download + owner.download),
    )
}

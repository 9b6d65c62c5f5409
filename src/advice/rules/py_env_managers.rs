//! What manages environments of Python, where none is managed any more.

use crate::advice::python::{named, without};
use crate::advice::{Finding, Risk, Rule, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "py-env-managers",
    summary: "poetry, pipenv, uv and the like, where nothing is installed any more",
    explain: "\
poetry, pipenv, hatch, pdm, pip-tools and uv make the environment; the finished program
does not need them. uv is a program of 38 MB, pipenv with virtualenv 26, poetry brings
dozens of packages. Use them in a builder and copy the environment only. Where the command
is `poetry run x` or `uv run x`, name the program of the environment instead: it starts
faster too; the rule then says nothing, as they are needed. Counted are they and what
only they require. A script that calls one and that the command does not name it cannot see.",
    check,
};

const NAMES: [&str; 9] = [
    "poetry",
    "pipenv",
    "virtualenv",
    "uv",
    "hatch",
    "pdm",
    "pip-tools",
    "pipx",
    "rye",
];

fn check(view: &View<'_>) -> Vec<Finding> {
    let mut ids = named(view, &NAMES);
    ids.retain(|&id| !view.runs(&view.image.attribution.owner(id).name));
    let candidates = ids.clone();
    ids.retain(|&id| {
        let mut above = view.dependents(id).into_iter();
        above.all(|above| candidates.contains(&above))
    });
    let found = without(view, &ids, |names| {
        format!("tools that manage environments are left: {names}")
    });
    let mut findings: Vec<Finding> = found.into_iter().collect();
    if !view.runs_any(&["uv", "uvx"]) {
        // As `COPY --from` brings it, without a package.
        let programs = ["uv", "uvx"].iter().flat_map(|name| view.called(name));
        let in_bin = programs.filter(|&&file| {
            view.fs.name(view.fs.parent(file)) == b"bin" && view.owner(file).1.ecosystem != "pip"
        });
        let bodies = view.bodies(in_bin.copied());
        if !bodies.is_empty() {
            findings.push(Finding::new("uv is left in the image").bodies(bodies));
        }
    }
    let findings = findings.into_iter();
    findings
        .map(|finding| {
            finding
                .risk(Risk::Check)
                .note("that no script calls them at run time")
                .fix(format!(
                    "{}\nCMD [\"/app/.venv/bin/…\"]",
                    view.copy_built(["/app/.venv /app/.venv"])
                ))
        })
        .collect()
}

//! Python packages for those who write a program, not for the program.

use crate::advice::python::{loaded, modules, named, without};
use crate::advice::{Finding, Risk, Rule, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "py-dev-packages",
    summary: "Python packages for tests, checks and documentation",
    explain: "\
Test runners, linters, type checkers and the like are for those who write a program:
mypy is 60 MB, ruff 25, debugpy 19, faker 16. Keep them in a list of their own
(`requirements-dev.txt`, a group for `--no-dev` or `--only main`) and install that one
only where tests run. Counted are they and what only they require. What the app's own
scripts import outside of tests is left out, as faker in a program that makes up data, as is
what other packages require or the image runs. Do not take faker's locales away by
themselves: it then no longer starts. What is loaded by name, as plugins, it cannot see.",
    check,
};

/// As PyPI writes them.
const NAMES: &[&str] = &[
    "pytest",
    "pytest-*",
    "coverage",
    "hypothesis",
    "faker",
    "factory-boy",
    "freezegun",
    "mypy",
    "ruff",
    "black",
    "flake8",
    "flake8-*",
    "pylint",
    "pyright",
    "isort",
    "autopep8",
    "yapf",
    "pre-commit",
    "tox",
    "nox",
    "ipython",
    "ipdb",
    "pdbpp",
    "debugpy",
    "jedi",
    "sphinx",
    "sphinx-*",
    "mkdocs",
    "mkdocs-*",
    "locust",
    "moto",
    "responses",
    "respx",
    "vcrpy",
    "requests-mock",
    "types-*",
    "*-stubs",
    "bandit",
    "twine",
    "build",
    "py-spy",
    "pip-audit",
    "pydocstyle",
    "pycodestyle",
];

fn check(view: &View<'_>) -> Vec<Finding> {
    let loaded = loaded(view);
    let mut ids = named(view, NAMES);
    ids.retain(|&id| {
        let owner = view.image.attribution.owner(id);
        let modules = modules(view, id);
        let is_run = view.runs(&owner.name) || modules.iter().any(|name| view.runs(name));
        !is_run && modules.is_disjoint(&loaded)
    });
    // What one that stays requires stays too.
    let candidates = ids.clone();
    ids.retain(|&id| {
        let mut above = view.dependents(id).into_iter();
        above.all(|above| candidates.contains(&above))
    });
    let finding = without(view, &ids, |names| {
        format!("packages for development are installed: {names}")
    });
    finding
        .map(|finding| {
            finding
                .risk(Risk::Check)
                .note("that the program does not load them by name, as plugins")
                .fix("RUN uv sync --no-dev   # poetry: --only main; pip: a requirements-dev.txt of their own")
        })
        .into_iter()
        .collect()
}

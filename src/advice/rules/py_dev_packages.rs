//! Python packages for those who write a program, not for the program.

use crate::advice::python::{loaded, modules, named, without};
use crate::advice::{Finding, Risk, Rule, Step, View};

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
                .fix(fix(view))
        })
        .into_iter()
        .collect()
}

/// How each tool leaves them out, those first that are installed by others: the words of
/// its command, its lock file, and what to write.
const TOOLS: [(&[&str], &str, &str); 6] = [
    (
        &["poetry install", "poetry sync"],
        "poetry.lock",
        "RUN poetry install --only main   # they belong in [tool.poetry.group.dev]",
    ),
    (
        &["pipenv install", "pipenv sync"],
        "Pipfile.lock",
        "RUN pipenv install --deploy   # without --dev; they belong in [dev-packages]",
    ),
    (
        &["pdm install", "pdm sync"],
        "pdm.lock",
        "RUN pdm install --prod   # they belong in [dependency-groups]",
    ),
    (
        &["uv sync"],
        "uv.lock",
        "RUN uv sync --no-dev   # they belong in the group `dev`",
    ),
    (
        &["uv pip"],
        "",
        "RUN uv pip install -r requirements.txt   # they belong in requirements-dev.txt",
    ),
    (
        &["pip install", "pip3 install"],
        "",
        "RUN pip install -r requirements.txt   # they belong in requirements-dev.txt",
    ),
];

/// What fits the tool that installed: as an instruction runs it, or its lock file tells.
fn fix(view: &View<'_>) -> &'static str {
    let steps: Vec<Step> = view.steps().map(|(_, step)| step).collect();
    let ran = |words: &[&str]| {
        let mut calls = steps.iter();
        calls.any(|step| words.iter().any(|words| step.calls(words)))
    };
    let is_locked = |lock: &str| !lock.is_empty() && !view.called(lock).is_empty();
    let by_run = TOOLS.iter().find(|(words, ..)| ran(words));
    let tool = by_run.or_else(|| TOOLS.iter().find(|(_, lock, _)| is_locked(lock)));
    tool.map_or(
        "where packages are installed: pip: a requirements-dev.txt of their own; \
         uv: --no-dev; poetry: --only main; pipenv: without --dev",
        |(.., fix)| fix,
    )
}

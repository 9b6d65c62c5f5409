//! Notebooks in an image that serves none.

use crate::advice::python::{loaded, modules, named, without};
use crate::advice::{Finding, Risk, Rule, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "py-jupyter",
    summary: "Jupyter in an image that does not run it",
    explain: "\
JupyterLab, its share/jupyter and what they require are 80 to 200 MB: 25 MB of scripts, 42
of data, IPython, debugpy and nbconvert. Notebooks are for those who write the program.
Keep them in a list of requirements of their own. Counted are the packages that are called
jupyter and notebook, and what only they require; what the app imports is left out, and
it says nothing where the command runs Jupyter. Where somebody opens notebooks in the
container by hand it cannot see.",
    check,
};

const NAMES: [&str; 9] = [
    "jupyter",
    "jupyter-*",
    "jupyterlab",
    "jupyterlab-*",
    "notebook",
    "notebook-shim",
    "nbconvert",
    "nbclassic",
    "ipykernel",
];

fn check(view: &View<'_>) -> Vec<Finding> {
    let is_run = view.runs_any(&[
        "jupyter",
        "jupyter-lab",
        "jupyter-notebook",
        "jupyterhub",
        "start-notebook.sh",
        "start-notebook.py",
        "papermill",
        "voila",
    ]);
    if is_run {
        return Vec::new();
    }
    let loaded = loaded(view);
    let mut ids = named(view, &NAMES);
    ids.retain(|&id| modules(view, id).is_disjoint(&loaded));
    let candidates = ids.clone();
    ids.retain(|&id| {
        let mut above = view.dependents(id).into_iter();
        above.all(|above| candidates.contains(&above))
    });
    let found = without(view, &ids, |names| format!("Jupyter is installed: {names}"));
    found
        .map(|finding| {
            finding
                .risk(Risk::Check)
                .note("that nobody opens notebooks in this image")
                .fix("# requirements.txt: without jupyter; a requirements-dev.txt with it")
        })
        .into_iter()
        .collect()
}

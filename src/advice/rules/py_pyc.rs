//! Bytecode of installed Python packages.

use crate::advice::python::files_ending;
use crate::advice::{Finding, Risk, Rule, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "py-pyc",
    summary: "bytecode of Python packages: a trade of size for the time of starting",
    explain: "\
pip compiles what it installs: a fifth of site-packages is bytecode that Python could make
again from the sources. Without it every start compiles: pandas then takes 2.2 seconds to
import and not 0.7, scikit-learn 7.1 and not 2.6, fastapi with uvicorn 1.4 and not 0.6.
Where the program may write to the folders, the first start writes the same bytes there.
So this is a choice for what starts seldom, and no advice for others: `pip install
--no-compile` with PYTHONDONTWRITEBYTECODE=1. Bytecode without its source is a program
and left out. It cannot see how often the container starts.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let files = files_ending(view, &["pyc"]).into_iter();
    let files: Vec<_> = files
        .map(|(file, _)| file)
        .filter(|&file| view.fs.name(view.fs.parent(file)) == b"__pycache__")
        .collect();
    if files.is_empty() {
        return Vec::new();
    }
    vec![
        Finding::new("Python packages are compiled: without that they start slower")
            .bodies(view.bodies(files))
            .risk(Risk::Behaviour)
            .note("every start then takes two to four times as long")
            .fix(match view.env("PYTHONDONTWRITEBYTECODE") {
                Some(_) => "RUN pip install --no-compile …",
                None => "ENV PYTHONDONTWRITEBYTECODE=1\nRUN pip install --no-compile …",
            }),
    ]
}

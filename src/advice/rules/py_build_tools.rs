//! What installs Python packages, where nothing is installed any more.

use crate::advice::python::{loaded, named, without};
use crate::advice::{Finding, Risk, Rule, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "py-build-tools",
    summary: "pip, setuptools and wheel, where nothing is installed any more",
    explain: "\
pip and setuptools install and build packages: 22 MB, which a finished image does not
need. Make the environment with `python -m venv --without-pip` and install with
`pip --python`, or with uv, in a builder; copy the environment only. Where setuptools goes,
distutils-precedence.pth must go too, or every start of Python prints an error. It says
nothing of setuptools where an installed package requires it, or where a module of
another package or the app imports pkg_resources or setuptools: such imports fail
afterwards. What the base image brings cannot be saved by removing it. A program that
installs plugins while it runs it sees only by its command.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let is_run = view.runs_any(&["pip", "pip3", "python -m pip", "easy_install"]);
    if is_run || !view.looked_inside() {
        return Vec::new();
    }
    let loaded = loaded(view);
    let is_loaded = |names: &[&str]| names.iter().any(|name| loaded.contains(*name));
    let mut ids = Vec::new();
    if !is_loaded(&["pip"]) {
        ids.extend(named(view, &["pip"]));
    }
    let needs_setuptools =
        is_loaded(&["setuptools", "pkg_resources", "distutils"]) || others_load(view);
    if !needs_setuptools {
        ids.extend(named(view, &["setuptools", "wheel"]));
    }
    let candidates = ids.clone();
    ids.retain(|&id| {
        let mut above = view.dependents(id).into_iter();
        above.all(|above| candidates.contains(&above))
    });
    let finding = without(view, &ids, |names| {
        format!("tools that install Python packages are left: {names}")
    });
    finding
        .map(|finding| {
            finding
                .risk(Risk::Check)
                .note("that nothing installs packages or imports pkg_resources at run time")
                .fix(format!(
                    "RUN python -m venv --without-pip /venv && pip --python /venv install -r requirements.txt\n\
                     # in the last stage\n{}",
                    view.copy_built(["/venv /venv"])
                ))
        })
        .into_iter()
        .collect()
}

/// Do modules of other packages import what setuptools brings?
fn others_load(view: &View<'_>) -> bool {
    const OWN: [&str; 5] = [
        "/setuptools/",
        "/pkg_resources/",
        "/wheel/",
        "/pip/",
        "/_distutils_hack/",
    ];
    let scripts = view.scripts().iter().filter(|script| !script.is_app);
    let mut others = scripts.filter(|script| {
        let is_own = OWN.iter().any(|part| script.path.contains(part));
        !is_own && !script.path.ends_with("/setup.py") && !script.path.contains("node_modules/")
    });
    others.any(|script| {
        let mut lines = script.lines.iter();
        lines.any(|line| {
            let loads = line.starts_with("import ") || line.starts_with("from ");
            loads && (line.contains("pkg_resources") || line.contains("setuptools"))
        })
    })
}

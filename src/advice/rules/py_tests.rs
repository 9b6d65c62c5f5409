//! Tests that Python packages bring along.

use std::collections::{BTreeMap, BTreeSet};

use crate::advice::{Edit, Finding, Risk, Rule, View, shell};
use crate::owner::OwnerId;
use crate::path::brief;
use crate::rootfs::NodeId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "py-tests",
    summary: "tests that Python packages install with themselves",
    explain: "\
Wheels often hold their own tests: of pandas they are half. Nothing but a test run reads
them. Only folders called exactly `tests` inside an installed package are meant, with
their byte code; `test`, `testing` and `_testing` are parts that programs import. A folder
that any other module of the image imports is left out (numpy 2.2 imports one of its own);
so are your own tests, and those in the base image. Remove them in the RUN that installs.
It reads import lines, not programs: what is imported by a name put together at run time
it cannot see.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.runs("pytest") || !view.looked_inside() {
        return Vec::new();
    }
    let wanted = imported(view);
    let mut folders = Vec::new();
    let mut owners: BTreeMap<OwnerId, String> = BTreeMap::new();
    for &folder in view.folders("tests") {
        let path = view.path(folder);
        let module = module(&path);
        let Some((id, owner)) = whose(view, folder) else {
            continue;
        };
        let is_wanted = module.is_none_or(|module| {
            wanted
                .iter()
                .any(|name| name == &module || name.starts_with(&format!("{module}.")))
        });
        if is_wanted || owner != "pip" || view.is_in(folder, "tests") {
            continue;
        }
        owners.insert(id, brief(&view.image.attribution.owner(id).name));
        folders.push(folder);
    }
    let files: Vec<NodeId> = folders
        .iter()
        .flat_map(|&folder| view.below(folder))
        .collect();
    let Some(layer) = view.layer_of(&files) else {
        return Vec::new();
    };
    let paths: Vec<String> = folders
        .iter()
        .map(|&folder| shell::path(&view.path(folder)))
        .collect();
    let command = format!("rm -rf {}", paths.join(" "));
    vec![
        Finding::new(format!(
            "tests of {} Python packages are installed",
            owners.len()
        ))
        .bodies(view.bodies(files))
        .folders(folders)
        .risk(Risk::Safe)
        .fix(format!("RUN pip install … && {command}"))
        .edit(Edit::Append { layer, command }),
    ]
}

/// The package that all added files of a folder are of; `None` if there are others'.
fn whose(view: &View<'_>, folder: NodeId) -> Option<(OwnerId, &'static str)> {
    let mut files = view.below(folder).into_iter();
    let (id, owner) = view.owner(files.next()?);
    files
        .all(|file| view.owner(file).0 == id)
        .then_some((id, owner.ecosystem))
}

/// The name by which Python imports a folder of an installed package.
fn module(path: &str) -> Option<String> {
    let at = ["site-packages/", "dist-packages/"]
        .iter()
        .find_map(|folder| Some(path.rfind(folder)? + folder.len()))?;
    Some(path[at..].replace('/', "."))
}

/// All modules of tests that something which is no test imports.
fn imported(view: &View<'_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for script in view.scripts() {
        // `pkg/a.py` is `pkg.a`, in `pkg`; `pkg/__init__.py` is in `pkg` too.
        let own = module(&script.path);
        let package = own
            .as_deref()
            .and_then(|own| own.strip_suffix(".py"))
            .map(|own| own.rsplit_once('.').map_or("", |(package, _)| package));
        for line in &script.lines {
            names.extend(targets(line, package.unwrap_or_default()));
        }
    }
    names.retain(|name| name.split('.').any(|part| part == "tests"));
    names
}

/// What an import line may load: `from a.b import c, d` a.b, a.b.c and a.b.d; dots
/// before are relative to the package.
fn targets(line: &str, package: &str) -> Vec<String> {
    let line = line.split('#').next().unwrap_or_default();
    if let Some(rest) = line.strip_prefix("import ") {
        let names = rest
            .split(',')
            .filter_map(|name| name.split_whitespace().next());
        return names.map(str::to_owned).collect();
    }
    let Some((from, names)) = line
        .strip_prefix("from ")
        .and_then(|rest| rest.split_once(" import "))
    else {
        // import_module("a.tests")
        let quoted = line.split(['"', '\'']).skip(1).step_by(2);
        return quoted.map(|name| absolute(name, package)).collect();
    };
    let from = absolute(from.trim(), package);
    let names = names.trim_start_matches('(').split(',');
    let parts = names.filter_map(|name| name.split_whitespace().next());
    let mut all: Vec<String> = parts.map(|name| format!("{from}.{name}")).collect();
    all.push(from);
    all
}

fn absolute(name: &str, package: &str) -> String {
    let rest = name.trim_start_matches('.');
    let mut base = package;
    match name.len() - rest.len() {
        0 => return rest.to_owned(),
        dots => {
            for _ in 1..dots {
                base = base.rsplit_once('.').map_or("", |(above, _)| above);
            }
        }
    }
    match (base, rest) {
        ("", rest) => rest.to_owned(),
        (base, "") => base.to_owned(),
        (base, rest) => format!("{base}.{rest}"),
    }
}

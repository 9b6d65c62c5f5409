//! Tests that Python packages bring along.

use std::collections::{BTreeMap, BTreeSet};

use crate::advice::python::{in_site, is_package, site};
use crate::advice::{Edit, Finding, Risk, Rule, View, shell};
use crate::essence::mentions_tests;
use crate::owner::OwnerId;
use crate::path::shown_text;
use crate::rootfs::{LayerNo, NodeId};

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
A folder that a module beside it, or in a folder below, names as text is left out too.
It reads lines, not programs: what is imported by a name put together at run time, or by
a module of C, it cannot see.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let runs_tests = ["pytest", "py.test", "unittest", "nose2", "tox", "nox"];
    if view.runs_any(&runs_tests) || !view.looked_inside() {
        return Vec::new();
    }
    let wanted = imported(view);
    let named = named(view);
    let mut folders = Vec::new();
    let mut stay = Vec::new();
    let mut owners = BTreeSet::new();
    for &folder in view.folders("tests") {
        if view.is_in(folder, "tests") {
            continue;
        }
        let path = view.path(folder);
        let Some(module) = module(&path) else {
            continue;
        };
        // What lies beside packages and not in one may be anybody's.
        let is_needed =
            !module.contains('.') || is_wanted(&module, &wanted) || named.contains(&path);
        match whose(view, folder).filter(|_| !is_needed) {
            Some(owner) => {
                owners.insert(owner);
                folders.push(folder);
            }
            None => stay.push(path),
        }
    }
    let files: Vec<NodeId> = folders
        .iter()
        .flat_map(|&folder| view.below(folder))
        .collect();
    if files.is_empty() {
        return Vec::new();
    }
    let commands = commands(view, &folders, &stay);
    let fix = commands.values().next().cloned().unwrap_or_default();
    let mut finding = Finding::new(format!(
        "tests of {} Python packages are installed",
        owners.len()
    ))
    .bodies(view.bodies(files))
    .risk(Risk::Safe)
    .fix(format!("RUN pip install … && {}", shown_text(&fix)));
    let commands = commands.into_iter();
    let edits = commands.filter(|&(layer, _)| view.takes_commands(layer));
    finding.edits = edits
        .map(|(layer, command)| Edit::Append { layer, command })
        .collect();
    vec![finding.folders(folders)]
}

/// By layer, what removes these folders where they are written: a `find` that leaves out
/// those that stay, or each by its name where that is shorter.
fn commands(view: &View<'_>, folders: &[NodeId], stay: &[String]) -> BTreeMap<LayerNo, String> {
    let mut sites: BTreeMap<(LayerNo, String), BTreeSet<String>> = BTreeMap::new();
    for &folder in folders {
        let path = view.path(folder);
        let Some((site, _)) = site(&path) else {
            continue;
        };
        for file in view.below(folder) {
            let key = (view.fs.layer_of(file), site.to_owned());
            let paths = sites.entry(key).or_default();
            if !paths.contains(&path) {
                paths.insert(path.clone());
            }
        }
    }
    let stay: BTreeSet<&str> = stay.iter().map(String::as_str).collect();
    let mut commands: BTreeMap<LayerNo, String> = BTreeMap::new();
    for ((layer, site), paths) in sites {
        let list = shell::remove(paths.iter().map(String::as_str));
        let below = format!("{site}/");
        let spared: String = stay
            .range(&*below..)
            .take_while(|path| path.starts_with(&below))
            .map(|path| format!(" ! -path {0} ! -path {0}'/*'", shell::path(path)))
            .collect();
        let site = shell::path(&site);
        let find = format!("find {site} -type d -name tests{spared} -prune -exec rm -rf {{}} +");
        let command = if find.len() < list.len() { find } else { list };
        let all = commands.entry(layer).or_default();
        if !all.is_empty() {
            all.push_str(" && ");
        }
        all.push_str(&command);
    }
    commands
}

/// Is a module, or one below it, among those that are imported?
fn is_wanted(module: &str, wanted: &BTreeSet<String>) -> bool {
    let below = format!("{module}.");
    let mut from = wanted.range(below.clone()..);
    wanted.contains(module) || from.next().is_some_and(|name| name.starts_with(&below))
}

/// The Python package that all added files of a folder are of; `None` if there are
/// others'.
fn whose(view: &View<'_>, folder: NodeId) -> Option<OwnerId> {
    let mut files = view.below(folder).into_iter();
    let (id, _) = view.owner(files.next()?);
    (is_package(view, id) && files.all(|file| view.owner(file).0 == id)).then_some(id)
}

/// The name by which Python imports a folder of an installed package.
fn module(path: &str) -> Option<String> {
    Some(in_site(path)?.replace('/', "."))
}

/// Is a module one that itself only tests or measures?
fn is_dev(path: &str) -> bool {
    path.ends_with("/conftest.py") || path.contains("/benchmarks/")
}

/// Modules that start test runs, build packages or compute what tests compare with; that
/// of pandas names its tests only to leave them out of warnings.
const RUNNERS: [&str; 7] = [
    "/testing/",
    "/_testing/",
    "/_testutils.py",
    "/setup.py",
    "/_tester.py",
    "/_precompute/",
    "/pandas/util/_exceptions.py",
];

/// No module is in more folders.
const MOST_FOLDERS: usize = 50;

/// The folders of tests that modules name as text: beside them, and beside the folders
/// in which they are. What is in [`RUNNERS`] names them without need.
fn named(view: &View<'_>) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for script in view.scripts() {
        let Some((site, rest)) = site(&script.path) else {
            continue;
        };
        let is_runner = RUNNERS.iter().any(|part| script.path.contains(part));
        if is_runner || is_dev(&script.path) {
            continue;
        }
        if script.lines.iter().any(|line| mentions_tests(line)) {
            // Paths of a path of very many folders are more than memory holds.
            let slashes = rest.rmatch_indices('/').take(MOST_FOLDERS);
            let folders = slashes.map(|(at, _)| &rest[..at]);
            named.extend(folders.map(|folder| format!("{site}/{folder}/tests")));
        }
    }
    named
}

/// All modules of tests that something which is no test imports.
fn imported(view: &View<'_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let scripts = view.scripts().iter();
    for script in scripts.filter(|script| !is_dev(&script.path)) {
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
    // What is started by its name.
    names.extend(view.command().split_whitespace().map(str::to_owned));
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

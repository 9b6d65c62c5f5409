//! Two Pythons, or two Nodes.

use crate::advice::{Ask, Finding, Risk, Rule, View, files_of, is_one_of};
use crate::owner::OwnerId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "os-second-interpreter",
    summary: "a second Python or Node of the distribution",
    explain: "\
An official image of Python or Node has its interpreter in /usr/local. `apt-get install
python3-pip` or `npm` there brings the distribution's own beside it: 34 MB for Python,
99 MB for Node, 428 MB with what pip recommends. Use the one in /usr/local. Counted are the
distribution's packages with what only they require, unless another package or a script
with `#!/usr/bin/python3` needs them. It cannot see programs that call it by its path.",
    check,
};

/// What is in /usr/local, and what the distribution calls the same.
const PAIRS: [(&str, &str, &[&str]); 2] = [
    (
        "Python",
        "usr/local/bin/python3",
        &[
            "python3",
            "python3.#",
            "python3-minimal",
            "python3.#-minimal",
            "libpython3-stdlib",
            "libpython3.#-stdlib",
            "libpython3.#-minimal",
            "python3-pip",
            "python3-setuptools",
            "python3-wheel",
            "python3-venv",
            "python3.#-venv",
            "python3-distutils",
            "python3-lib2to3",
            "python3-dev",
            "python3.#-dev",
            "libpython3-dev",
            "libpython3.#-dev",
            "libpython3.#",
            "python3-pkg-resources",
            "py3-pip",
            "py3-setuptools",
        ],
    ),
    (
        "Node",
        "usr/local/bin/node",
        &[
            "nodejs",
            "npm",
            "libnode#",
            "libnode-dev",
            "node-*",
            "nodejs-doc",
        ],
    ),
];

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.is_for_shells() {
        return Vec::new();
    }
    PAIRS
        .iter()
        .filter_map(|pair| finding(view, pair))
        .collect()
}

fn finding(view: &View<'_>, &(what, own, names): &(&str, &str, &[&str])) -> Option<Finding> {
    view.fs.resolve(own)?;
    let added = view.added_packages().into_iter();
    let second = added.filter(|(_, owner)| is_one_of(&owner.name, names));
    let second: Vec<OwnerId> = second.map(|(id, _)| id).collect();
    let mut scripts = view.app_scripts().filter_map(|script| script.lines.first());
    let command = view.command();
    let by_path = ["/usr/bin/python3", "/usr/bin/node", "/usr/bin/npm"];
    if scripts.any(|line| by_path.iter().any(|path| line.contains(path)))
        || by_path.iter().any(|path| command.contains(path))
    {
        return None;
    }
    let removal = view.removal(&Ask {
        packages: &second,
        all_named: true,
        // The one in /usr/local is run by these names.
        unrun: &[
            "python3", "python", "pip", "pip3", "node", "npm", "npx", "nodejs",
        ],
        ..Ask::default()
    });
    let is_core = |id: &OwnerId| {
        let name = &view.image.attribution.owner(*id).name;
        is_one_of(
            name,
            &["python3", "python3.#", "python3.#-minimal", "nodejs"],
        )
    };
    let files = files_of(view, &removal.goes);
    if files.is_empty() || !removal.goes.iter().any(is_core) {
        return None;
    }
    Some(
        Finding::new(format!(
            "a second {what} of the distribution beside the one in /usr/local: {} packages",
            removal.goes.len()
        ))
        .bodies(view.stored_by(&removal.goes))
        .risk(Risk::Check)
        .note(format!(
            "no program may call {what} by its path below /usr/bin, and none of its modules there"
        ))
        .fix(format!(
            "use /{own} and what comes with it; leave the distribution's packages out"
        )),
    )
}

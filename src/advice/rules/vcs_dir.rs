//! Version control histories in the image.

use crate::advice::{Confidence, Finding, Risk, Rule, Verb, View};
use crate::rootfs::NodeId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "vcs-dir",
    summary: "histories of git, Mercurial or Subversion in the image",
    explain: "\
A `.git` folder holds every version of every file: often more than the files themselves,
and with them whatever was removed later, secrets too. Whoever has the image has it all.
Keep it out with `.git` in .dockerignore; a RUN that clones removes it in the same RUN. A
program that asks git for its version at run time needs it told in another way; where the
command or a script of the app calls git, a note says so. Sources that `pip install -e
git+…` fetched are left alone. It cannot see programs that read such folders by a library,
nor a build that takes the version from git (setuptools_scm): that mounts the folder.",
    check,
};

/// A folder of a version control system, and what is in it if it is one.
const KINDS: [(&str, &str); 4] = [
    (".git", "objects"),
    (".hg", "store"),
    (".svn", "wc.db"),
    (".bzr", "repository"),
];

fn check(view: &View<'_>) -> Vec<Finding> {
    let mut folders: Vec<NodeId> = Vec::new();
    for (name, sign) in KINDS {
        let all = view.folders(name).iter().copied();
        folders.extend(all.filter(|&folder| is_history(view, folder, sign)));
    }
    folders.sort_unstable();
    let Some(&first) = folders.first() else {
        return Vec::new();
    };
    let title = match folders.len() {
        1 => format!(
            "a version control history is in the image: {}",
            view.shown(first)
        ),
        count => format!(
            "{count} version control histories are in the image: {} …",
            view.shown(first)
        ),
    };
    let is_used = view.runs("git") || view.imports("git") || view.imports("simple-git");
    let mut finding = Finding::new(title)
        .left_out(view, &folders)
        .risk(Risk::Safe)
        .confidence(Confidence::High)
        .note("whoever has the image can read every version of every file in it")
        .always();
    if is_used {
        finding = finding
            .risk(Risk::Check)
            .note("the command or a script of the app calls git: see that it needs no history");
    }
    vec![finding]
}

fn is_history(view: &View<'_>, folder: NodeId, sign: &str) -> bool {
    let files = view.below(folder);
    let Some(layer) = view.layer_of(&files) else {
        return false;
    };
    let is_editable = view
        .step(layer)
        .is_some_and(|step| step.verb == Verb::Run && step.text.contains("git+"));
    view.fs.child(folder, sign.as_bytes()).is_some() && !is_editable
}

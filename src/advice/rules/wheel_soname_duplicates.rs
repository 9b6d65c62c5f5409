//! Libraries that a wheel holds once for each of their names.

use crate::advice::{Copies, Edit, Finding, Risk, Rule, Verb, View, shell};
use crate::path::brief;
use crate::rootfs::NodeId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "wheel-soname-duplicates",
    summary: "libraries that Python packages hold under several names",
    explain: "\
A wheel cannot hold symbolic links, so a library that is called libx.so, libx.so.3 and
libx.so.3.1 is in it three times. Of pyarrow's libarrow_python that was 4.8 MB. In the RUN
that installs, links can take the place of all but the longest name: pyarrow read and wrote
its files as before. Files in one folder count, with one content, whose names are each the
beginning of the next. Check that the program loads the libraries; `pip check` and
uninstalling see no difference, but `pip install --force-reinstall` brings the copies back.
It cannot see a program that compares the files with the list in RECORD.",
    check,
};

/// Are they one library under names that go on in each other?
pub(super) fn is_soname(view: &View<'_>, copies: &Copies) -> bool {
    let all: Vec<NodeId> = sorted(view, copies);
    let folder = view.fs.parent(copies.kept);
    let goes_on = |pair: &[NodeId]| {
        let (short, long) = (view.fs.name(pair[0]), view.fs.name(pair[1]));
        long.strip_prefix(short)
            .is_some_and(|rest| rest.starts_with(b"."))
    };
    let first = all.first().map(|&node| view.fs.name(node));
    first.is_some_and(|name| memchr::memmem::find(name, b".so").is_some())
        && all.iter().all(|&node| view.fs.parent(node) == folder)
        && all.windows(2).all(goes_on)
}

/// By the length of their names.
fn sorted(view: &View<'_>, copies: &Copies) -> Vec<NodeId> {
    let mut all: Vec<NodeId> = copies
        .others
        .iter()
        .chain([&copies.kept])
        .copied()
        .collect();
    all.sort_by_key(|&node| view.fs.name(node).len());
    all
}

fn check(view: &View<'_>) -> Vec<Finding> {
    let is_meant = |copies: &&Copies| {
        is_soname(view, copies) && {
            let layer = view.fs.layer_of(copies.kept);
            let is_pip = |node: NodeId| view.owner(node).1.ecosystem == "pip";
            let mut all = copies.others.iter().chain([&copies.kept]);
            // A name in the base could not be made a link here.
            layer >= view.base && all.all(|&node| is_pip(node) && view.fs.layer_of(node) == layer)
        }
    };
    let groups: Vec<Vec<NodeId>> = view
        .copies()
        .iter()
        .filter(is_meant)
        .map(|copies| sorted(view, copies))
        .collect();
    // Of each library the longest name stays.
    let pairs: Vec<(NodeId, NodeId)> = groups
        .iter()
        .filter_map(|group| group.split_last())
        .flat_map(|(&kept, others)| others.iter().map(move |&other| (kept, other)))
        .collect();
    let others: Vec<NodeId> = pairs.iter().map(|&(_, other)| other).collect();
    let Some(layer) = view.layer_of(&others) else {
        return Vec::new();
    };
    let title = format!(
        "{} libraries of Python packages are there under {} names, each a copy",
        groups.len(),
        groups.len() + others.len()
    );
    let link = |&(kept, other): &(NodeId, NodeId)| {
        let name = String::from_utf8_lossy(view.fs.name(kept)).into_owned();
        format!("ln -sf {} {}", word(&name), shell::path(&view.path(other)))
    };
    let example = pairs.first().map(link).unwrap_or_default();
    let mut finding = Finding::new(title)
        .bodies(view.bodies(others))
        .risk(Risk::Check)
        .note("see that the program still loads these libraries")
        .fix(format!("RUN pip install … && {} …", brief(example)));
    let is_here = |&&(_, other): &&(NodeId, NodeId)| view.fs.layer_of(other) == layer;
    let is_run = view.step(layer).is_some_and(|step| step.verb == Verb::Run);
    if is_run && pairs.len() <= 100 && pairs.iter().filter(is_here).count() == pairs.len() {
        let commands: Vec<String> = pairs.iter().map(link).collect();
        let command = commands.join(" && ");
        finding = finding.edit(Edit::Append { layer, command });
    }
    vec![finding]
}

/// A file's name as one word of a shell.
fn word(name: &str) -> String {
    let path = shell::path(name);
    match path.strip_prefix('/') {
        // Else it would be an option.
        Some(name) if name.starts_with('-') => format!("./{name}"),
        Some(name) => name.to_owned(),
        None => path.replacen("'/", "'./", 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_word_and_no_option() {
        for (name, told) in [
            ("liba.so.1", "liba.so.1"),
            ("-t.so", "./-t.so"),
            ("-t a.so", "'./-t a.so'"),
        ] {
            assert_eq!(word(name), told);
        }
    }
}

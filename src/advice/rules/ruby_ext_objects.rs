//! What compiling gems left behind.

use crate::advice::{Finding, Risk, Rule, View};
use crate::rootfs::NodeId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "ruby-ext-objects",
    summary: "objects that the compiling of gems left behind",
    explain: "\
A gem with a part in C is compiled where it is unpacked: the objects (*.o), the log and the
Makefile stay in gems/*/ext. Only the library that was made of them is loaded (*.so), from
lib or from the folder extensions. Remove them in the RUN that installs. It cannot see a
gem that is compiled again when the program starts.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.runs_any(&["bundle install", "gem"]) || view.is_for_shells() {
        return Vec::new();
    }
    let objects = view.with_ending("o").iter();
    let logs = view
        .called("mkmf.log")
        .iter()
        .chain(view.called("gem_make.out"));
    let is_one = |file: &&NodeId| view.is_in(**file, "gems") && view.is_in(**file, "ext");
    let is_log = |file: &&NodeId| view.is_in(**file, "extensions") || view.is_in(**file, "gems");
    let files: Vec<NodeId> = objects
        .filter(is_one)
        .chain(logs.filter(is_log))
        .copied()
        .collect();
    let Some(finding) = view.out_of_place("compiling gems left objects and logs", files) else {
        return Vec::new();
    };
    let fix =
        "RUN bundle install && find /usr/local/bundle/gems -path '*/ext/*' -name '*.o' -delete";
    let note = "no gem may be compiled again at run time";
    vec![finding.risk(Risk::Check).fix(fix).note(note)]
}

//! Gems as they were downloaded.

use std::collections::BTreeSet;

use crate::advice::{Finding, Risk, Rule, View, shell};
use crate::path::brief;
use crate::rootfs::NodeId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "ruby-gem-cache",
    summary: "gems that RubyGems or Bundler keeps as they were downloaded",
    explain: "\
RubyGems keeps each gem that it installed as it was downloaded, in a folder called cache
beside the unpacked ones; Bundler does the same in vendor/cache. Nothing reads them once
the gems are installed. Remove them in the RUN that installs. It is silent where the command
installs gems; it cannot see a program that does so by itself.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.runs_any(&["bundle install", "gem"]) || view.is_for_shells() {
        return Vec::new();
    }
    let mut files = view.place("RubyGems cache");
    files.retain(|&file| view.fs.name(file).ends_with(b".gem"));
    let folders: BTreeSet<NodeId> = files.iter().map(|&file| view.fs.parent(file)).collect();
    let folders = folders
        .into_iter()
        .map(|folder| shell::path(&view.path(folder)) + "/*.gem");
    let command = format!("rm -f {}", folders.collect::<Vec<_>>().join(" "));
    let Some(finding) = view.left("gems are kept as they were downloaded", files, &command) else {
        return Vec::new();
    };
    let finding = finding
        .risk(Risk::Safe)
        .fix(format!("RUN bundle install && {}", brief(&command)));
    vec![finding]
}

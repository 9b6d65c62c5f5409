//! Logs, temporary files and dumps that a build left behind.

use std::collections::BTreeSet;

use crate::advice::{Finding, Risk, Rule, View};
use crate::rootfs::NodeId;
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "logs-tmp-core",
    summary: "logs, temporary files and dumps of a build",
    explain: "\
What a build writes to /tmp, /var/tmp and /var/log, and what crashed programs leave (core
dumps, hs_err_pid*.log, *.hprof, npm-debug.log), stays in the layer. Remove it in the RUN
that writes it, but not the folders: /tmp must stay. Logs of the app count where they lie
in a folder `log` or `logs`. Left alone is whatever the command, or a script that it runs,
names by its path; symbolic links such as access.log to /dev/stdout are no files at all.
It cannot see a program that reads a file in /tmp by a name that is put together.",
    check,
};

const PLACES: [&str; 3] = ["temporary files", "logs (/var/log)", "core dumps"];

fn check(view: &View<'_>) -> Vec<Finding> {
    let mut files: BTreeSet<NodeId> = PLACES.iter().flat_map(|place| view.place(place)).collect();
    let logs = view.with_ending("log").iter().copied();
    files.extend(logs.filter(|&file| is_log(view, file)));
    files.extend(view.with_ending("hprof").iter().copied());
    let mut files: Vec<NodeId> = files.into_iter().collect();
    // These have a rule of their own.
    files.retain(|&file| !matches!(view.fs.name(file), b"lastlog" | b"faillog"));
    files.retain(|&file| !is_run(view, file));
    let bodies = view.bodies(files.iter().copied());
    if view.size_of(&bodies) == Bytes::ZERO {
        return Vec::new();
    }
    let tops = tops(view, &files);
    let title = format!(
        "{} logs, temporary files or dumps of the build are left",
        files.len()
    );
    vec![Finding::new(title).left_out(view, &tops).risk(Risk::Safe)]
}

/// Is it the log of a tool or of the app, and no package's?
fn is_log(view: &View<'_>, file: NodeId) -> bool {
    let name = view.fs.name(file);
    let tools: [&[u8]; 4] = [b"npm-debug", b"yarn-error", b"yarn-debug", b"hs_err_pid"];
    let is_tools = tools.iter().any(|start| name.starts_with(start));
    let folder = view.fs.name(view.fs.parent(file));
    (is_tools || folder == b"log" || folder == b"logs")
        && view.is_authors(file)
        && !view.is_in_packages(file)
}

/// Does the command name it, or a folder that it is in?
fn is_run(view: &View<'_>, file: NodeId) -> bool {
    let command = view.command();
    if !command.contains("/tmp") && !command.contains("/log") {
        return false;
    }
    let path = view.path(file);
    let parts = path.match_indices('/').map(|(at, _)| at).skip(1);
    let mut starts = parts.chain([path.len()]).map(|end| &path[..end]);
    starts.any(|start| {
        !matches!(start, "var/tmp" | "var/log") && command.contains(&format!("/{start}"))
    })
}

/// Whole folders below the standard ones, where all that is in them goes.
fn tops(view: &View<'_>, files: &[NodeId]) -> Vec<NodeId> {
    let going: BTreeSet<NodeId> = files.iter().copied().collect();
    let mut tops = BTreeSet::new();
    for &file in files {
        let top = top_of(view, file);
        let is_whole = top.is_some_and(|top| {
            tops.contains(&top) || view.fs.files(top).all(|(node, _)| going.contains(&node))
        });
        tops.insert(top.filter(|_| is_whole).unwrap_or(file));
    }
    tops.into_iter().collect()
}

/// The folder that a file is in, directly below /tmp, /var/tmp or /var/log.
fn top_of(view: &View<'_>, file: NodeId) -> Option<NodeId> {
    let standard = ["tmp", "var/tmp", "var/log"].map(|path| view.fs.find(path));
    let mut at = file;
    while at != NodeId::ROOT {
        let above = view.fs.parent(at);
        if standard.contains(&Some(above)) && at != file {
            return Some(at);
        }
        at = above;
    }
    None
}

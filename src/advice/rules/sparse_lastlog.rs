//! A log of logins that is as long as the largest user id.

use crate::advice::{Edit, Finding, Risk, Rule, View};
use crate::rootfs::NodeId;
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "sparse-lastlog",
    summary: "a log of logins that a large user id made huge",
    explain: "\
`useradd` with a large user id makes /var/log/lastlog and faillog as long as that id wants,
with nothing in them. On a disk the holes cost nothing; a tar stores them, and ids from a
directory service have made layers of hundreds of GB. Use `useradd --no-log-init`, or delete
the files in the same RUN. Nothing in a container reads them. Below 1 MB it says nothing.
hadolint calls this DL3046. It cannot see which of several commands made the user.",
    check,
};

const SMALLEST: Bytes = Bytes(1_000_000);

fn check(view: &View<'_>) -> Vec<Finding> {
    let paths = ["var/log/lastlog", "var/log/faillog"];
    let files = paths.iter().filter_map(|path| view.fs.find(path));
    let files: Vec<NodeId> = files.flat_map(|file| view.below(file)).collect();
    let size = view.weigh(&files);
    let Some(layer) = view.layer_of(&files).filter(|_| size >= SMALLEST) else {
        return Vec::new();
    };
    let finding = Finding::new(format!("a log of logins is {size} long, and empty"));
    let finding = finding.left_out(view, &files).risk(Risk::Safe);
    let makes_user = view.step(layer).is_some_and(|step| step.calls("useradd"));
    if !makes_user {
        return vec![finding];
    }
    let mut finding = finding.fix("useradd --no-log-init …");
    finding.edits = vec![Edit::Insert {
        layer,
        after: "useradd".to_owned(),
        words: "--no-log-init".to_owned(),
    }];
    vec![finding]
}

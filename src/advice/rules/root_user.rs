//! An image that runs as root.

use crate::advice::{Finding, Risk, Rule, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "root-user",
    summary: "the program runs as root",
    explain: "\
Nothing in the configuration says who runs the program, so root does: who breaks into it
may change all files of the container. Name a user: `USER app`, or a number. The program
must be able to read its files, to write where it writes, and need no port below 1024; a
chown in a RUN of its own would store the files again (layer-metadata-rewrite). It costs no
bytes. Where the entrypoint gives root up (gosu, su-exec, setpriv), nothing is said; what
the orchestrator sets it cannot see. hadolint calls this DL3002.",
    check,
};

const DROPS: [&str; 7] = [
    "gosu",
    "su-exec",
    "setpriv",
    "s6-setuidgid",
    "chpst",
    "runuser",
    "sudo",
];

fn check(view: &View<'_>) -> Vec<Finding> {
    let config = &view.image.info.config;
    let user = config.user.split(':').next().unwrap_or_default();
    let runs_something = !config.cmd.is_empty() || !config.entrypoint.is_empty();
    let gives_up = DROPS.iter().any(|tool| view.runs(tool));
    if !matches!(user, "" | "0" | "root") || !runs_something || view.is_for_shells() || gives_up {
        return Vec::new();
    }
    let finding = Finding::new("the program runs as root").risk(Risk::Check);
    vec![
        finding
            .note("see that the program can read and write what it needs")
            .fix("USER app   # after RUN useradd --no-log-init app"),
    ]
}

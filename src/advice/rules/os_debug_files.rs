//! Debug information in files of its own.

use crate::advice::{Finding, Risk, Rule, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "os-debug-files",
    summary: "debug information of system packages",
    explain: "\
/usr/lib/debug and packages called -dbg or -dbgsym hold what a debugger shows of programs
that were stripped. Nothing else reads them. Leave the packages out, or copy what is run
without them. It is silent where gdb or another debugger is run.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.is_debugged() || view.is_for_shells() {
        return Vec::new();
    }
    let files = view.at(["usr/lib/debug"]);
    let finding = view.left(
        "debug information of system packages is installed",
        files,
        "rm -rf /usr/lib/debug",
    );
    let finding = finding.map(|finding| {
        finding
            .risk(Risk::Safe)
            .fix("install without the -dbg and -dbgsym packages")
    });
    finding.into_iter().collect()
}

//! Debug information in programs of Go.

use crate::advice::{Finding, Risk, Rule, SYSTEMS, View};
use crate::essence::Elf;
use crate::rootfs::NodeId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "go-unstripped",
    summary: "programs of Go that were linked with debug information",
    explain: "\
Go links debug information and a symbol table into programs: a small one has 4.3 MB, and 3.0
without. `go build -ldflags \"-s -w\"` leaves them out. Stack traces of panics stay whole:
these are made from another table (.gopclntab). Debuggers (delve) and profilers that read
DWARF need them; the rule is silent where dlv is run. Counted are the sections themselves.
It cannot see a debugger that somebody attaches from outside.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.runs("dlv") {
        return Vec::new();
    }
    let is_meant = |node: NodeId, elf: &Elf| {
        elf.go.is_some() && !SYSTEMS.contains(&view.owner(node).1.ecosystem)
    };
    let finding = view.debug_information("programs of Go", is_meant);
    let finding = finding.map(|finding| {
        finding
            .risk(Risk::Safe)
            .fix("RUN go build -trimpath -ldflags \"-s -w\" …")
    });
    finding.into_iter().collect()
}

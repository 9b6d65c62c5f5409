//! Debug information in programs of Go.

use crate::advice::{Finding, Risk, Rule, SYSTEMS, View, some};
use crate::rootfs::NodeId;
use crate::units::Bytes;

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
    let mut shrink = Vec::new();
    let mut names = Vec::new();
    for node in view.fs.kept_files() {
        let Some(body) = view
            .fs
            .body_of(node)
            .filter(|&id| view.fs.body(id).layer >= view.base)
        else {
            continue;
        };
        let Some(elf) = view
            .elf(node)
            .filter(|elf| elf.debug > 0 && elf.go.is_some())
        else {
            continue;
        };
        if is_meant(view, node) {
            shrink.push((body, Bytes(elf.debug)));
            names.push((elf.debug, view.shown(node)));
        }
    }
    if shrink.is_empty() {
        return Vec::new();
    }
    names.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let names = some(names.into_iter().map(|(_, name)| name));
    let mut finding = Finding::new(format!("programs of Go hold debug information: {names}"))
        .risk(Risk::Safe)
        .fix("RUN go build -trimpath -ldflags \"-s -w\" …");
    finding.shrink = shrink;
    vec![finding]
}

fn is_meant(view: &View<'_>, node: NodeId) -> bool {
    !SYSTEMS.contains(&view.owner(node).1.ecosystem)
}

//! What Go keeps to build again.

use crate::advice::{Finding, Risk, Rule, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "go-modcache",
    summary: "modules, build cache or toolchain of Go in a final image",
    explain: "\
Go keeps the sources of modules below /go/pkg, what it compiled in ~/.cache/go-build, and
lies itself in /usr/local/go. A program of Go needs none of these to run. Build in one stage
and copy the program into another: scratch, or distroless static, with certificates and
time zones if it asks for them. It is silent where `go` is run. It cannot see programs that
call `go` or read sources of modules at run time.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.runs_any(&["go", "gopls", "air", "dlv"]) || view.is_for_shells() {
        return Vec::new();
    }
    let mut files = view.place("Go module cache");
    for &folder in view.folders("go-build") {
        if view.fs.name(view.fs.parent(folder)) == b".cache" {
            files.extend(view.below(folder));
        }
    }
    files.extend(view.at(["usr/local/go"]));
    let Some(finding) = view.out_of_place(
        "Go's modules, build cache or toolchain are in the image",
        files,
    ) else {
        return Vec::new();
    };
    let fix = "FROM golang:… AS build\nRUN CGO_ENABLED=0 go build -o /app …\n\n\
               FROM gcr.io/distroless/static\nCOPY --from=build /app /app";
    let note =
        "the program must not call `go`, nor read its time zones from /usr/local/go/lib/time";
    vec![finding.risk(Risk::Check).fix(fix).note(note)]
}

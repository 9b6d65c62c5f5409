//! A base under a program that needs none.

use crate::advice::{Finding, Risk, Rule, STATIC, View, has_word};
use crate::owner::Asked;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "base-static",
    summary: "a distribution under a program that loads no library",
    explain: "\
A program of Go that is linked statically loads no library, and starts on an empty image. The
distribution below it is weight: Debian 75 MB and more, where distroless static has 2 MB with
certificates, time zones and users. The saving is an estimate: what the base stores, less
the published size of distroless static. There is no shell there: health checks and entry
scripts must be the program's own, and so must what it calls. It is silent where the
command names a shell, or more than the program. It cannot see what the program calls.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    finding(view).into_iter().collect()
}

fn finding(view: &View<'_>) -> Option<Finding> {
    let program = view.program()?;
    let elf = view.elf(program)?;
    let config = &view.image.info.config;
    let test = config.healthcheck.test.join(" ");
    let calls = ["CMD-SHELL", "sh", "curl", "wget", "bash"];
    let is_alone = !calls.iter().any(|tool| has_word(&test, tool));
    if elf.needed.is_some() || elf.go.is_none() || !is_alone || view.system().is_empty() {
        return None;
    }
    let is_own = view.files().contains(&program);
    // What was installed for it, it calls.
    let installs = view.added_packages().into_iter().filter(|(_, owner)| {
        owner.asked == Asked::ByName && !["ca-certificates", "tzdata"].contains(&&*owner.name)
    });
    if !is_own || installs.count() > 0 || view.base == 0 {
        return None;
    }
    let (stored, download) = view.base_without(STATIC)?;
    Some(
        Finding::new(format!(
            "{} loads no library: it needs no distribution below it (published size)",
            view.shown(program)
        ))
        .estimate(stored, download)
        .risk(Risk::Check)
        .at(view.base)
        .note("the program must not call a shell or another program; certificates, time zones and users must be copied to scratch")
        .fix(format!("FROM gcr.io/distroless/static:nonroot   # or scratch\n{}", view.copy_built(["…"]))),
    )
}

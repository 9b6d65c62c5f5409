//! A client that only the health check runs.

use crate::advice::{Ask, Finding, Risk, Rule, View, files_of, has_word};
use crate::owner::OwnerId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "os-health-tool",
    summary: "curl or wget that only the health check runs",
    explain: "\
A health check by curl or wget needs the client and all that it requires: 12 MB for curl on
Debian, 4 MB for wget. The program that is there anyway can ask as well: Python by urllib,
Node by fetch, and BusyBox has a wget on Alpine. Counted is the client with what only it
requires, where neither the command nor a script of the app runs it. Give the new check the
same path and the same timeouts. It cannot see programs that call the client themselves.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let tools = ["curl", "wget"].into_iter();
    tools.filter_map(|tool| finding(view, tool)).collect()
}

fn finding(view: &View<'_>, tool: &str) -> Option<Finding> {
    let config = &view.image.info.config;
    let test = config.healthcheck.test.join(" ");
    let start = config
        .entrypoint
        .iter()
        .chain(&config.cmd)
        .cloned()
        .collect::<Vec<_>>()
        .join(" ");
    let mut scripts = view.app_scripts().flat_map(|script| &script.lines);
    if !has_word(&test, tool)
        || has_word(&start, tool)
        || scripts.any(|line| has_word(line, tool))
        || view.is_for_shells()
    {
        return None;
    }
    let added = view.added_packages().into_iter();
    let wanted: Vec<OwnerId> = added
        .filter(|(_, owner)| owner.name == tool)
        .map(|(id, _)| id)
        .collect();
    let removal = view.removal(&Ask {
        packages: &wanted,
        unrun: &[tool],
        ..Ask::default()
    });
    let files = files_of(view, &removal.goes);
    if files.is_empty() {
        return None;
    }
    let has = |program: &str| {
        let mut paths = ["usr/local/bin", "usr/bin", "bin"].iter();
        paths.any(|folder| view.fs.resolve(format!("{folder}/{program}")).is_some())
    };
    let address = address(&test).unwrap_or("http://127.0.0.1:PORT/PATH");
    let fix = if has("python3") {
        format!(
            "HEALTHCHECK … CMD [\"python3\", \"-c\", \"import urllib.request as u; u.urlopen('{address}')\"]"
        )
    } else if has("node") {
        format!(
            "HEALTHCHECK … CMD [\"node\", \"-e\", \"fetch('{address}').then(r => process.exit(r.ok ? 0 : 1))\"]"
        )
    } else if has("busybox") {
        format!(
            "HEALTHCHECK … CMD [\"busybox\", \"wget\", \"-q\", \"-O\", \"/dev/null\", \"{address}\"]"
        )
    } else {
        return None;
    };
    Some(
        Finding::new(format!("{tool} is installed for the health check alone"))
            .bodies(view.stored_by(&removal.goes))
            .risk(Risk::Check)
            .note(
                "the new check must ask the same address, as often and as long; no program of yours may call the client",
            )
            .fix(fix),
    )
}

/// The address that a health check asks, if it is plain enough to be written again.
fn address(test: &str) -> Option<&str> {
    let start = test.find("http://").or_else(|| test.find("https://"))?;
    let rest = &test[start..];
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ":/._-?=&%".contains(c);
    let end = rest.find(|c| !is_plain(c)).unwrap_or(rest.len());
    Some(&rest[..end])
}

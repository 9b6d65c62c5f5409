//! Descriptions of Google's services that nobody calls.

use std::collections::BTreeSet;

use crate::advice::{Finding, Risk, Rule, View};
use crate::path::brief;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "py-google-discovery",
    summary: "descriptions of Google services that the app does not call",
    explain: "\
google-api-python-client holds a description of each service of Google: 113 of its 114 MB,
over 600 files. `build('drive', 'v3')` reads one of them. Remove the others in the RUN
that installs, or let the library fetch them (`static_discovery=False`, which needs the
network at start). A service whose description is gone raises UnknownApiNameOrVersion.
Which are used is read from calls of `build` with two texts, in the app and in packages;
names that are put together at run time it cannot see, so look at the list that stays.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    if !view.looked_inside() {
        return Vec::new();
    }
    let used: BTreeSet<String> = view
        .scripts()
        .iter()
        .flat_map(|script| &script.lines)
        .filter_map(|line| called(line))
        .collect();
    let mut files = Vec::new();
    let mut kept = BTreeSet::new();
    for &file in view.with_ending("json") {
        let folder = view.fs.parent(file);
        let in_cache = view.fs.name(folder) == b"documents"
            && view.fs.name(view.fs.parent(folder)) == b"discovery_cache";
        if !in_cache {
            continue;
        }
        let name = String::from_utf8_lossy(view.fs.name(file)).into_owned();
        match used.contains(&name) {
            true => _ = kept.insert(brief(name.trim_end_matches(".json")).to_string()),
            // It tells which others there are.
            false if name == "index.json" => {}
            false => files.push(file),
        }
    }
    if files.is_empty() {
        return Vec::new();
    }
    let count = files.len();
    let stay: Vec<String> = kept.iter().take(20).cloned().collect();
    let names: Vec<String> = stay
        .iter()
        .map(|name| format!(" ! -name '{name}.json'"))
        .collect();
    vec![
        Finding::new(format!(
            "descriptions of {count} Google services that nobody is seen to call"
        ))
        .bodies(view.bodies(files))
        .risk(Risk::Check)
        .note(match stay.is_empty() {
            true => "no call of `build` with a fixed name was found: look for others".to_owned(),
            false => format!("these stay: {}", stay.join(", ")),
        })
        .fix(format!(
            "RUN pip install … && find / -path '*/discovery_cache/documents/*.json' ! -name index.json{} -delete",
            names.concat()
        )),
    ]
}

/// `drive.v3.json` of `build("drive", "v3", …)`, or with the names of its parameters.
fn called(line: &str) -> Option<String> {
    let rest = &line[line.find("build(")? + "build(".len()..];
    let mut quoted = rest.split(['"', '\'']).skip(1).step_by(2);
    let (name, version) = (quoted.next()?, quoted.next()?);
    let is_plain = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
    };
    (is_plain(name) && is_plain(version)).then(|| format!("{name}.{version}.json"))
}

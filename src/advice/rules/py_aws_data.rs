//! Descriptions of Amazon's services that nobody calls.

use std::collections::{BTreeMap, BTreeSet};

use crate::advice::{Finding, Risk, Rule, View};
use crate::rootfs::NodeId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "py-aws-data",
    summary: "descriptions of Amazon services that the app does not call",
    explain: "\
botocore holds a description of each service of Amazon, over 20 MB; `client('s3')` reads
one of them. Remove the folders of the others in the RUN that installs, and leave the files
beside them (endpoints.json, partitions.json and others): without these nothing works. A
service whose description is gone raises UnknownServiceError. Those that log in (sts, sso,
sso-oidc, signin) are kept. Which others are used is read from calls of `client` and
`resource` with a fixed name in the app's scripts; where there is none it says nothing.
Names put together at run time, and what packages call by themselves, it cannot see.",
    check,
};

const ALWAYS: [&str; 4] = ["sts", "sso", "sso-oidc", "signin"];

fn check(view: &View<'_>) -> Vec<Finding> {
    let lines = view.app_scripts().flat_map(|script| &script.lines);
    let used: BTreeSet<String> = lines.flat_map(|line| called(line)).collect();
    if used.is_empty() || !view.looked_inside() {
        return Vec::new();
    }
    let mut folders: BTreeMap<NodeId, String> = BTreeMap::new();
    for &data in view.folders("data") {
        if view.fs.name(view.fs.parent(data)) != b"botocore" {
            continue;
        }
        let services = view.fs.children(data);
        folders.extend(
            services
                .filter(|&service| view.fs.kind(service) == crate::rootfs::NodeKind::Dir)
                .map(|service| {
                    let name = String::from_utf8_lossy(view.fs.name(service)).into_owned();
                    (service, name)
                })
                .filter(|(_, name)| !used.contains(name) && !ALWAYS.contains(&&**name)),
        );
    }
    let files = folders.keys().flat_map(|&folder| view.below(folder));
    let bodies = view.bodies(files);
    if bodies.is_empty() {
        return Vec::new();
    }
    let stay: Vec<&str> = used.iter().take(20).map(String::as_str).collect();
    vec![
        Finding::new(format!(
            "descriptions of {} Amazon services that nobody is seen to call",
            folders.len()
        ))
        .bodies(bodies)
        .folders(folders.into_keys())
        .risk(Risk::Check)
        .note(format!(
            "these stay, and what logs in: {}; look for others",
            stay.join(", ")
        ))
        .fix("RUN pip install … && rm -rf the folders of other services in botocore/data"),
    ]
}

/// `s3` of `client("s3")` and of `resource(service_name='s3')`.
fn called(line: &str) -> Option<String> {
    let at = ["client(", "resource("]
        .iter()
        .find_map(|call| Some(line.find(call)? + call.len()))?;
    let name = line[at..].split(['"', '\'']).nth(1)?;
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (is_plain && !name.is_empty()).then(|| name.to_owned())
}

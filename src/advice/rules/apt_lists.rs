//! The lists of packages that `apt-get update` fetches, left in a layer.

use crate::advice::{Edit, Finding, Risk, Rule, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "apt-lists",
    summary: "package lists of apt, left behind by `apt-get update`",
    explain: "\
`apt-get update` downloads lists of all packages to /var/lib/apt/lists: about 20 MB in
Debian's images, over 50 MB where apt was told to keep them unpacked. Nothing reads them
in a container that installs no packages. Remove them in the same RUN; a later `rm` takes
nothing out of the image. It cannot see whether the container itself installs packages,
but for its command; lists in the base image are left alone. hadolint calls this DL3009.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.runs_any(&["apt", "apt-get", "aptitude"]) {
        return Vec::new();
    }
    let Some(lists) = view.fs.find("var/lib/apt/lists") else {
        return Vec::new();
    };
    let mut files = view.below(lists);
    files.retain(|&file| view.fs.name(file) != b"lock");
    let Some(layer) = view.layer_of(&files) else {
        return Vec::new();
    };
    let command = "rm -rf /var/lib/apt/lists/*";
    vec![
        Finding::new("package lists of apt are left in the image")
            .bodies(view.bodies(files))
            .risk(Risk::Safe)
            .fix(format!(
                "RUN apt-get update && apt-get install … && {command}"
            ))
            .edit(Edit::Append {
                layer,
                command: command.to_owned(),
            }),
    ]
}

//! A named set of apk that was to be deleted again.

use crate::advice::{Ask, Edit, Finding, Risk, Rule, View, files_of, some};
use crate::owner::OwnerId;
use crate::path::brief;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "apk-build-deps-left",
    summary: "build dependencies of apk that were not deleted again",
    explain: "\
`apk add --virtual .build-deps` gives a set of packages a name, so that they can be deleted
together when all is built. Here the set is still installed, or was deleted in a later RUN,
which takes nothing out of the image. Delete it in the RUN that installs it. Counted is the
set with what only it requires; what a program loads is left out, and is to be installed by
itself. It cannot see libraries that are loaded by a name put together at run time.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    finding(view).into_iter().collect()
}

fn finding(view: &View<'_>) -> Option<Finding> {
    let sets = view
        .packages("apk")
        .filter(|(_, owner)| owner.name.starts_with('.'));
    let (sets, names): (Vec<OwnerId>, Vec<String>) =
        sets.map(|(id, owner)| (id, brief(&owner.name))).unzip();
    if sets.is_empty() || view.compiles().is_some() {
        return None;
    }
    let removal = view.removal(&Ask {
        packages: &sets,
        ..Ask::default()
    });
    let files = files_of(view, &removal.goes);
    let layer = view.layer_of(&files)?;
    let keep: String = removal
        .stays
        .keys()
        .map(|name| format!(" {name}"))
        .collect();
    let mut finding = Finding::new(format!(
        "{} is still installed: {} packages",
        some(names.clone()),
        removal.goes.len()
    ))
    .bodies(view.stored_by(&removal.goes))
    .risk(Risk::Check)
    .note("nothing may compile while the image runs")
    .fix(format!(
        "RUN apk add --no-cache{keep} && apk add --no-cache --virtual .build-deps … \\\n \
         && … \\\n && apk del .build-deps   # in one RUN"
    ));
    for (name, by) in removal.stays.iter().take(5) {
        finding = finding.note(format!("{name} stays: {by}"));
    }
    let is_plain = |name: &String| {
        name.chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    };
    let step = view.step(layer)?;
    // Only where the same RUN builds.
    let builds = [
        "pip install",
        "npm ",
        "yarn ",
        "make",
        "gem install",
        "bundle",
        "docker-php-ext",
    ];
    let are_plain = names.iter().chain(&removal.kept).all(is_plain);
    if are_plain && step.calls("apk add") && builds.iter().any(|tool| step.text.contains(tool)) {
        let mut command = format!("apk del {}", names.join(" "));
        if !removal.kept.is_empty() {
            command = format!("apk add --no-cache {} && {command}", removal.kept.join(" "));
        }
        finding = finding.edit(Edit::Append { layer, command });
    }
    Some(finding)
}

//! Files that a later layer replaces by others.

use super::layer_append_rewrite::grows;
use crate::advice::{Finding, Risk, Rule, Step, Verb, View};
use crate::rootfs::{BodyId, Cause, LayerNo};
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "layer-overwritten-later",
    summary: "files that a later layer replaces, and that are shipped all the same",
    explain: "\
A file that a later instruction writes anew is stored twice, and only the second one is
seen: packages that are installed and then upgraded, `npm install` behind a COPY that
brought another node_modules along. Write it once: one install with the final versions, a
newer base image instead of `apt-get upgrade`, `node_modules` in .dockerignore. The final
filesystem stays the same, unless something between the two read the first one: look at
the instructions between. The same content with another owner or time is a matter of
layer-metadata-rewrite, files that grow are one of layer-append-rewrite. Databases of
packages change with each install: below 1 MB in a pair of layers it says nothing.",
    check,
};

const SMALLEST: Bytes = Bytes(1_000_000);

fn check(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for ((first, again), mut bodies) in view.losses(Cause::Overwritten) {
        bodies.retain(|&id| !grows(view, id));
        if view.size_of(&bodies) >= SMALLEST {
            found.push(finding(view, first, again, bodies));
        }
    }
    found
}

fn finding(view: &View<'_>, first: LayerNo, again: LayerNo, bodies: Vec<BodyId>) -> Finding {
    let count = match bodies.len() {
        1 => "a file".to_owned(),
        count => format!("{count} files"),
    };
    let title = format!(
        "layer {again} replaces {count} that layer {first} stores: {}",
        view.place_of(&bodies)
    );
    let fix = remedy(view, first, again, &bodies);
    let unsure = bodies.iter().filter(|&&id| is_unsure(view, id)).count();
    let mut finding = Finding::new(title).bodies(bodies).risk(Risk::Safe).fix(fix);
    if unsure > 0 {
        finding = finding.note(format!(
            "of {unsure} files it is not known whether more than owner, permissions or time changed"
        ));
    }
    finding
}

/// Has a content a successor of its size that nobody could compare it with?
fn is_unsure(view: &View<'_>, id: BodyId) -> bool {
    let successor = view.fs.body(id).lost.and_then(|loss| loss.successor);
    successor.is_some_and(|next| {
        view.fs.body(next).size == view.fs.body(id).size
            && (view.fs.identity(id).is_none() || view.fs.identity(next).is_none())
    })
}

fn remedy(view: &View<'_>, first: LayerNo, again: LayerNo, bodies: &[BodyId]) -> String {
    let (writer, second) = (view.step(first), view.step(again));
    let is_copy = |step: &Option<Step>| {
        let step = step.as_ref();
        step.is_some_and(|step| matches!(step.verb, Verb::Copy | Verb::Add))
    };
    let calls = |words: &str| second.as_ref().is_some_and(|step| step.calls(words));
    let folder = ["node_modules", "vendor", ".venv", "venv"]
        .iter()
        .find(|folder| {
            let is_in = |id: &&BodyId| view.is_in(view.fs.body(**id).node, folder);
            bodies.iter().filter(is_in).count() * 2 > bodies.len()
        });
    match folder {
        Some(folder) if is_copy(&writer) || is_copy(&second) => {
            return format!(
                ".dockerignore: **/{folder}   # layers {first} and {again} both bring it"
            );
        }
        _ => {}
    }
    let upgrades = [
        "apt-get upgrade",
        "apt-get -y upgrade",
        "apt-get dist-upgrade",
        "apk upgrade",
        "dnf update",
        "dnf upgrade",
        "yum update",
    ];
    if upgrades.iter().any(|words| calls(words)) {
        return format!(
            "install and upgrade in one RUN (layers {first} and {again}), or start from a newer base image"
        );
    }
    match (is_copy(&writer), is_copy(&second)) {
        (true, true) => {
            format!("COPY … once: leave out of layer {first} what layer {again} copies")
        }
        _ => format!("write these files once: one RUN for the work of layers {first} and {again}"),
    }
}

//! A `node_modules` that two layers write.

use std::collections::BTreeMap;

use crate::advice::{Edit, Finding, Rule, Verb, View};
use crate::rootfs::{BodyId, LayerNo, NodeId};
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "node-double-install",
    summary: "a node_modules that a later layer writes again",
    explain: "\
Where `COPY . .` follows `npm ci` and the build context holds a node_modules, the copied
one is laid over the installed one: both are stored, and programs of your own machine run
in the container. The same comes of two installs. Write node_modules into .dockerignore,
or install once. It speaks where more than half of what a node_modules weighs was written
by an earlier layer and then again by a later one, and not for a chown or a chmod, which
layer-metadata-rewrite tells of. What then remains is the other copy: look whether the app
was built with it.",
    check,
};

/// By node_modules, and the layers that wrote it first and again.
type Pairs = BTreeMap<(NodeId, LayerNo, LayerNo), Vec<BodyId>>;

fn check(view: &View<'_>) -> Vec<Finding> {
    let mut pairs = Pairs::new();
    for (id, body) in view.fs.bodies() {
        let Some(loss) = body.lost.filter(|loss| loss.successor.is_some()) else {
            continue;
        };
        if body.layer >= view.base
            && let Some(modules) = outermost(view, body.node)
        {
            let key = (modules, body.layer, loss.layer);
            pairs.entry(key).or_default().push(id);
        }
    }
    let pairs = pairs.into_iter();
    pairs
        .filter_map(|((modules, first, again), bodies)| {
            finding(view, modules, (first, again), bodies)
        })
        .collect()
}

fn outermost(view: &View<'_>, node: NodeId) -> Option<NodeId> {
    let above = std::iter::successors(Some(node), |&at| {
        (at != NodeId::ROOT).then(|| view.fs.parent(at))
    });
    above
        .filter(|&at| view.fs.name(at) == b"node_modules")
        .last()
}

fn finding(
    view: &View<'_>,
    modules: NodeId,
    (first, again): (LayerNo, LayerNo),
    bodies: Vec<BodyId>,
) -> Option<Finding> {
    let lost: Bytes = bodies.iter().map(|&id| view.fs.body(id).size).sum();
    let all = view.weigh(&view.below(modules));
    let step = view.step(again);
    let is_change = step.as_ref().is_some_and(|step| {
        ["chown", "chmod", "touch"]
            .iter()
            .any(|tool| step.text.contains(tool))
    });
    if is_change || lost.0.saturating_mul(2) <= all.0 {
        return None;
    }
    let title = format!(
        "layer {again} writes {} over that of layer {first}",
        view.shown(modules)
    );
    let finding = Finding::new(title).bodies(bodies).at(again);
    let copies_context = step.is_some_and(|step| {
        step.verb == Verb::Copy && step.text.split_whitespace().next() == Some(".")
    });
    Some(match copies_context {
        true => finding
            .note("the app then runs with what was installed in the image")
            .fix("in .dockerignore: node_modules")
            .edit(Edit::Ignore {
                lines: vec!["**/node_modules".to_owned()],
            }),
        false => finding
            .note("one of both must be what the app needs")
            .fix("install once: `npm ci` in one RUN, or COPY of a finished node_modules"),
    })
}

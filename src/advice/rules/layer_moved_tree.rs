//! Files that a later layer moves to another path.

use std::collections::BTreeMap;

use crate::advice::{Finding, Risk, Rule, Verb, View};
use crate::path::brief;
use crate::rootfs::{BodyId, LayerNo, NodeId};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "layer-moved-tree",
    summary: "files that a later layer moves, and so stores twice",
    explain: "\
`mv` in a later RUN stores the whole file at its new path, and hides the old one: a tree of
30 MB that is renamed makes a layer of 30 MB. Let COPY name the final path, or move in the
RUN that writes. The final filesystem stays the same; see that no instruction between the
two needs the old path. Moves are told by a hash of the contents, in the layer that hides
the old path; where a layer was read by its table of contents and another one was not,
they look like deletions.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let mut pairs: BTreeMap<(LayerNo, LayerNo), Vec<(BodyId, NodeId)>> = BTreeMap::new();
    for (id, node) in view.moved() {
        let body = view.fs.body(id);
        if let Some(loss) = body.lost {
            let pair = (body.layer, loss.layer);
            pairs.entry(pair).or_default().push((id, node));
        }
    }
    let pairs = pairs.into_iter();
    pairs
        .map(|((first, again), mut moved)| {
            moved.sort_unstable();
            let bodies: Vec<BodyId> = moved.iter().map(|&(id, _)| id).collect();
            let count = match bodies.len() {
                1 => "a file".to_owned(),
                count => format!("{count} files"),
            };
            let title = format!(
                "layer {again} moves {count} that layer {first} stores: {}",
                view.place_of(&bodies)
            );
            let to = moved.first().map(|&(_, node)| view.shown(node));
            let to = brief(to.unwrap_or_default());
            let is_run = view.step(first).is_some_and(|step| step.verb == Verb::Run);
            let fix = match is_run {
                true => format!("RUN … && mv … …   # in layer {first}, not in layer {again}: {to}"),
                false => format!("COPY … {to}   # in layer {first}; and no `mv` in layer {again}"),
            };
            Finding::new(title)
                .bodies(bodies)
                .risk(Risk::Safe)
                .at(again)
                .fix(fix)
        })
        .collect()
}

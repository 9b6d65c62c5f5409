//! More layers than anybody needs.

use crate::advice::{Finding, Risk, Rule, View};
use crate::rootfs::LayerNo;
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "many-layers",
    summary: "very many layers on top of the base, or many that hold next to nothing",
    explain: "\
Each layer costs about 1 KB and a request when it is pulled: little. More than 30 on top of
the base, or more than 10 of less than 1 KB, make an image slow to pull and to unpack, and
hard to read. Write what belongs together into one RUN: `RUN <<EOF … EOF` keeps many
commands readable. Layers that change at different times are better kept apart, for the
cache. hadolint calls this DL3059. No bytes are promised, and no instruction is named.",
    check,
};

const MOST: usize = 30;
const MOST_TINY: usize = 10;
const TINY: Bytes = Bytes(1000);

fn check(view: &View<'_>) -> Vec<Finding> {
    // Where nothing tells of a base, all layers would count as added.
    let added = view.fs.layers().iter().skip(usize::from(view.base));
    let count = added.len();
    let tiny = added.filter(|layer| layer.stored() < TINY).count();
    if view.base == 0 || (count <= MOST && tiny <= MOST_TINY) {
        return Vec::new();
    }
    let title = format!("{count} layers are on top of the base, {tiny} of them under 1 kB");
    let finding = Finding::new(title)
        .risk(Risk::Safe)
        .at(view.base as LayerNo);
    vec![finding.fix("RUN <<EOF\n…\nEOF   # one for commands that belong together")]
}

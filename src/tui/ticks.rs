//! What the user ticked. What comes in is ticks of advice, files and folders; what goes
//! out is the image that would be left.

use std::collections::BTreeSet;

use imgsize::advice::{Finding, Saving, together};
use imgsize::rootfs::{LayerNo, NodeId};

use super::model::Model;

/// What is ticked, and what it comes to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ticks {
    /// Findings, by their place in the report.
    pub(crate) findings: BTreeSet<usize>,
    pub(crate) nodes: BTreeSet<NodeId>,
    /// What goes, and by layer; the worker counts it.
    pub(crate) saves: Saving,
    pub(crate) layers: Vec<(LayerNo, Saving)>,
}

impl Ticks {
    pub(crate) fn is_empty(&self) -> bool {
        self.findings.is_empty() && self.nodes.is_empty()
    }

    /// Is this node ticked, or a folder that it is in?
    pub(crate) fn has(&self, model: &Model, node: NodeId) -> bool {
        if self.nodes.is_empty() {
            return false;
        }
        let mut at = node;
        loop {
            if self.nodes.contains(&at) {
                return true;
            }
            if at == NodeId::ROOT {
                return false;
            }
            at = model.fs().parent(at);
        }
    }

    /// Counts what goes with what is ticked, no byte twice.
    pub(crate) fn counted(mut self, model: &Model) -> Ticks {
        let fs = model.fs();
        let findings = self.findings.iter();
        let findings = findings.filter_map(|&no| model.advice.findings.get(no));
        let mut all: Vec<&Finding> = findings.map(|counted| &counted.finding).collect();
        let bodies = self.nodes.iter().flat_map(|&node| fs.subtree(node));
        let by_hand = Finding::default().bodies(bodies.filter_map(|node| fs.body_of(node)));
        all.push(&by_hand);
        (self.saves, self.layers) = together(&model.analysis, all);
        self
    }
}

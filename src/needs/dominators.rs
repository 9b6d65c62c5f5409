//! Who leads to whom alone. What comes in is a graph and its root; what goes out is,
//! of every node, the nearest one that all ways from the root to it go through.
//!
//! Facts: Lengauer and Tarjan, "A Fast Algorithm for Finding Dominators in a
//! Flowgraph" (1979), the simple version. Who makes the image shapes the graph: an
//! algorithm that is only fast on the usual graphs would never end on some.

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};

const NONE: usize = usize::MAX;

/// By node: its immediate dominator; `None` for the root and what it does not lead to.
pub(super) fn dominators(graph: &DiGraph<(), ()>, root: NodeIndex) -> Vec<Option<NodeIndex>> {
    let walk = Walk::new(graph, root);
    let immediate = immediate(graph, &walk);
    let mut dominators = vec![None; graph.node_count()];
    for (at, above) in walk.order.iter().zip(immediate) {
        dominators[at.index()] = walk.order.get(above).copied();
    }
    dominators
}

/// A walk in depth: nodes are numbered as they are met.
struct Walk {
    /// By number.
    order: Vec<NodeIndex>,
    /// By number: the one that it was met from.
    parent: Vec<usize>,
    /// By node.
    number: Vec<usize>,
}

impl Walk {
    fn new(graph: &DiGraph<(), ()>, root: NodeIndex) -> Walk {
        let mut walk = Walk {
            order: Vec::new(),
            parent: Vec::new(),
            number: vec![NONE; graph.node_count()],
        };
        let mut open = vec![(root, NONE)];
        while let Some((at, parent)) = open.pop() {
            if walk.number[at.index()] != NONE {
                continue;
            }
            let number = walk.order.len();
            walk.number[at.index()] = number;
            walk.order.push(at);
            walk.parent.push(parent);
            open.extend(graph.neighbors(at).map(|below| (below, number)));
        }
        walk
    }
}

/// By number: the number of the immediate dominator.
fn immediate(graph: &DiGraph<(), ()>, walk: &Walk) -> Vec<usize> {
    let count = walk.order.len();
    let mut forest = Forest::new(count);
    let mut immediate = vec![NONE; count];
    // By number: those whose semidominator it is.
    let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); count];
    for at in (1..count).rev() {
        for above in graph.neighbors_directed(walk.order[at], Direction::Incoming) {
            let above = walk.number[above.index()];
            if above != NONE {
                let best = forest.best(above);
                forest.semi[at] = forest.semi[at].min(forest.semi[best]);
            }
        }
        waiting[forest.semi[at]].push(at);
        let parent = walk.parent[at];
        forest.above[at] = parent;
        for below in std::mem::take(&mut waiting[parent]) {
            let best = forest.best(below);
            let is_lower = forest.semi[best] < forest.semi[below];
            immediate[below] = if is_lower { best } else { parent };
        }
    }
    for at in 1..count {
        if immediate[at] != forest.semi[at] {
            immediate[at] = immediate[immediate[at]];
        }
    }
    immediate
}

/// What of the walk was gone over, from its end; its ways grow shorter with each look.
struct Forest {
    /// The nearest that was not skipped yet; [`NONE`] for the top of a tree.
    above: Vec<usize>,
    /// Of what was skipped, the one with the lowest semidominator.
    label: Vec<usize>,
    semi: Vec<usize>,
}

impl Forest {
    fn new(count: usize) -> Forest {
        Forest {
            above: vec![NONE; count],
            label: (0..count).collect(),
            semi: (0..count).collect(),
        }
    }

    /// The one with the lowest semidominator on the way up to the top of a tree.
    fn best(&mut self, at: usize) -> usize {
        let mut way = Vec::new();
        let mut up = at;
        while self.above[up] != NONE && self.above[self.above[up]] != NONE {
            way.push(up);
            up = self.above[up];
        }
        for at in way.into_iter().rev() {
            let above = self.above[at];
            if self.semi[self.label[above]] < self.semi[self.label[at]] {
                self.label[at] = self.label[above];
            }
            self.above[at] = self.above[above];
        }
        self.label[at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use petgraph::algo::dominators::simple_fast;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn they_are_those_that_the_other_algorithm_finds(
            edges in proptest::collection::vec((0_usize..12, 0_usize..12), 0..40),
        ) {
            let mut graph = DiGraph::new();
            for _ in 0..12 {
                graph.add_node(());
            }
            for (from, to) in edges {
                graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), ());
            }
            let root = NodeIndex::new(0);
            let expected = simple_fast(&graph, root);
            let found = dominators(&graph, root);
            for at in graph.node_indices() {
                prop_assert_eq!(found[at.index()], expected.immediate_dominator(at));
            }
        }
    }
}

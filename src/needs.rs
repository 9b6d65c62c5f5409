//! Who needs whom. What comes in is the owners with what each requires; what goes
//! out is, of any package, what would go with it, and by whom it is needed.
//!
//! A package goes with another if nothing else leads to it any more: neither what
//! somebody asked for by name nor anything that nobody requires. In a graph with one
//! root above all of these, that is what the other *dominates*.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use petgraph::Direction;
use petgraph::algo::dominators::simple_fast;
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef as _;

use crate::owner::{Asked, Finds, Owner, OwnerId};
use crate::units::Bytes;

/// The packages of an image with their needs.
pub struct Needs {
    graph: DiGraph<OwnerId, ()>,
    root: NodeIndex,
    node: BTreeMap<OwnerId, NodeIndex>,
    /// By node: the packages that only it leads to, directly.
    dominated: Vec<Vec<NodeIndex>>,
}

impl Needs {
    /// Of all that is installed.
    pub fn new(owners: &[Owner]) -> Needs {
        let mut graph = DiGraph::new();
        let root = graph.add_node(OwnerId::UNATTRIBUTED);
        let mut node = BTreeMap::new();
        for (no, owner) in owners.iter().enumerate() {
            if owner.installed && owner.finds == Finds::Packages {
                let id = OwnerId(no as u32);
                node.insert(id, graph.add_node(id));
            }
        }
        for (id, &from) in &node {
            let requires = owners[id.0 as usize].requires.iter();
            for &to in requires.filter_map(|id| node.get(id)) {
                graph.add_edge(from, to, ());
            }
        }
        for top in roots(&graph, root, owners) {
            graph.add_edge(root, top, ());
        }
        let mut dominated = vec![Vec::new(); graph.node_count()];
        let dominators = simple_fast(&graph, root);
        for &at in node.values() {
            if let Some(above) = dominators.immediate_dominator(at) {
                dominated[above.index()].push(at);
            }
        }
        Needs {
            graph,
            root,
            node,
            dominated,
        }
    }

    /// What goes if a package goes: the package, then what only it led to.
    pub fn retained(&self, id: OwnerId) -> Vec<OwnerId> {
        let Some(&top) = self.node.get(&id) else {
            return Vec::new();
        };
        let mut gone = vec![top];
        let mut next = 0;
        while let Some(&at) = gone.get(next) {
            gone.extend(&self.dominated[at.index()]);
            next += 1;
        }
        gone.into_iter().map(|at| self.graph[at]).collect()
    }

    /// The live bytes of what goes with each package and of the package itself, in
    /// one pass over all of them.
    pub fn retained_bytes(&self, owners: &[Owner]) -> BTreeMap<OwnerId, Bytes> {
        let mut sums = vec![Bytes::ZERO; self.graph.node_count()];
        // Below comes before above in the reverse of a walk from the root.
        let mut order = vec![self.root];
        let mut next = 0;
        while let Some(&at) = order.get(next) {
            order.extend(&self.dominated[at.index()]);
            next += 1;
        }
        for &at in order.iter().rev() {
            let below: Bytes = self.dominated[at.index()]
                .iter()
                .map(|below| sums[below.index()])
                .sum();
            let own = match at == self.root {
                true => Bytes::ZERO,
                false => owners[self.graph[at].0 as usize].live,
            };
            sums[at.index()] = own + below;
        }
        let sum = |(&id, at): (&OwnerId, &NodeIndex)| (id, sums[at.index()]);
        self.node.iter().map(sum).collect()
    }

    /// Who requires a package.
    pub fn dependents(&self, id: OwnerId) -> Vec<OwnerId> {
        let Some(&at) = self.node.get(&id) else {
            return Vec::new();
        };
        let above = self.graph.neighbors_directed(at, Direction::Incoming);
        let mut above: Vec<OwnerId> = above
            .filter(|&above| above != self.root)
            .map(|above| self.graph[above])
            .collect();
        above.sort_unstable();
        above.dedup();
        above
    }

    /// Everything that leads to a package, and so would not work without it.
    pub fn all_dependents(&self, id: OwnerId) -> Vec<OwnerId> {
        let mut all = vec![id];
        let mut known: BTreeSet<OwnerId> = [id].into();
        let mut next = 0;
        while let Some(&at) = all.get(next) {
            let above = self.dependents(at);
            all.extend(above.into_iter().filter(|&above| known.insert(above)));
            next += 1;
        }
        all.split_off(1)
    }

    /// What goes if several packages go at once, they themselves too.
    pub fn retained_by(&self, ids: &[OwnerId]) -> Vec<OwnerId> {
        let gone: Vec<bool> = {
            let mut gone = vec![false; self.graph.node_count()];
            for at in ids.iter().filter_map(|id| self.node.get(id)) {
                gone[at.index()] = true;
            }
            gone
        };
        let mut stays = vec![false; self.graph.node_count()];
        let mut open = vec![self.root];
        while let Some(at) = open.pop() {
            if gone[at.index()] || std::mem::replace(&mut stays[at.index()], true) {
                continue;
            }
            open.extend(self.graph.neighbors(at));
        }
        let goes = |(_, at): &(&OwnerId, &NodeIndex)| !stays[at.index()];
        self.node.iter().filter(goes).map(|(&id, _)| id).collect()
    }

    /// The shortest ways from what was asked for, or what nobody requires, down to a
    /// package: one by each of its dependents, shortest first.
    pub fn chains(&self, id: OwnerId) -> Vec<Vec<OwnerId>> {
        let Some(&end) = self.node.get(&id) else {
            return Vec::new();
        };
        // From the root in breadth, never through the end itself.
        let mut before: Vec<Option<NodeIndex>> = vec![None; self.graph.node_count()];
        let mut open = VecDeque::from([self.root]);
        while let Some(at) = open.pop_front() {
            let mut below: Vec<NodeIndex> = self.graph.neighbors(at).collect();
            below.sort_unstable();
            for to in below {
                if to != end && to != self.root && before[to.index()].is_none() {
                    before[to.index()] = Some(at);
                    open.push_back(to);
                }
            }
        }
        let way = |from: OwnerId| {
            let mut at = self.node[&from];
            let mut way = vec![id];
            while at != self.root {
                way.push(self.graph[at]);
                at = before[at.index()]?;
            }
            way.reverse();
            Some(way)
        };
        let mut ways: Vec<Vec<OwnerId>> = self.dependents(id).into_iter().filter_map(way).collect();
        ways.sort_by_key(|way| (way.len(), way.clone()));
        ways
    }
}

/// What stays for its own sake: what was asked for by name, what nobody requires, and
/// circles that nothing leads into.
fn roots(graph: &DiGraph<OwnerId, ()>, root: NodeIndex, owners: &[Owner]) -> Vec<NodeIndex> {
    let circles = tarjan_scc(graph);
    let mut circle_of = vec![0; graph.node_count()];
    for (no, circle) in circles.iter().enumerate() {
        for at in circle {
            circle_of[at.index()] = no;
        }
    }
    let mut is_entered = vec![false; circles.len()];
    for edge in graph.edge_references() {
        let (from, to) = (edge.source().index(), edge.target().index());
        is_entered[circle_of[to]] |= circle_of[from] != circle_of[to];
    }
    let is_root = |at: &NodeIndex| {
        let asked = || owners[graph[*at].0 as usize].asked == Asked::ByName;
        *at != root && (!is_entered[circle_of[at.index()]] || asked())
    };
    graph.node_indices().filter(is_root).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `a: b c` is a package of 1 byte that requires two others; `+a` was asked for.
    fn owners(text: &str) -> Vec<Owner> {
        let lines: Vec<(&str, &str)> = text
            .split(';')
            .map(|line| line.split_once(':').unwrap_or((line, "")))
            .map(|(name, needs)| (name.trim(), needs))
            .collect();
        let place = |name: &str| {
            let is_it = |(other, _): &(&str, &str)| other.trim_start_matches('+') == name;
            OwnerId(lines.iter().position(is_it).unwrap() as u32 + 1)
        };
        let nobody = Owner::default();
        let packages = lines.iter().map(|(name, needs)| Owner {
            name: name.trim_start_matches('+').to_owned(),
            finds: Finds::Packages,
            installed: true,
            live: Bytes(1),
            asked: match name.starts_with('+') {
                true => Asked::ByName,
                false => Asked::Unknown,
            },
            requires: needs.split_whitespace().map(place).collect(),
            ..Owner::default()
        });
        [nobody].into_iter().chain(packages).collect()
    }

    fn names(owners: &[Owner], ids: &[OwnerId]) -> String {
        let mut names: Vec<&str> = ids.iter().map(|id| &*owners[id.0 as usize].name).collect();
        names.sort_unstable();
        names.concat()
    }

    fn gone(text: &str, name: &str) -> String {
        let owners = owners(text);
        let needs = Needs::new(&owners);
        let at = owners.iter().position(|owner| owner.name == name).unwrap();
        let gone = needs.retained(OwnerId(at as u32));
        let bytes = needs.retained_bytes(&owners)[&OwnerId(at as u32)];
        assert_eq!(bytes, Bytes(gone.len() as u64));
        names(&owners, &gone)
    }

    #[test]
    fn with_a_package_goes_what_only_it_needs() {
        assert_eq!(gone("a: b; b: c; c", "a"), "abc");
        assert_eq!(gone("a: b; b: c; c; d: c", "a"), "ab");
        assert_eq!(gone("a: b; +b: c; c", "a"), "a");
        assert_eq!(gone("a: b c; b: d; c: d; d", "a"), "abcd");
        assert_eq!(gone("a: b c; b: d; c: d; d", "b"), "b");
        // Circles: within one, each needs the other.
        assert_eq!(gone("a: b; b: c; c: b", "a"), "abc");
        assert_eq!(gone("a: b; b: a", "a"), "a");
        assert_eq!(gone("a: b; b: c; c: b", "b"), "bc");
    }

    #[test]
    fn the_ways_to_a_package_are_the_shortest_by_each_dependent() {
        let owners = owners("+r: a b; a: n; b: a; +s: n; n");
        let needs = Needs::new(&owners);
        let ways: Vec<String> = needs
            .chains(OwnerId(5))
            .iter()
            .map(|way| way.iter().map(|id| &*owners[id.0 as usize].name).collect())
            .collect();
        assert_eq!(ways, ["sn", "ran"]);
        assert_eq!(names(&owners, &needs.dependents(OwnerId(5))), "as");
        assert_eq!(names(&owners, &needs.all_dependents(OwnerId(5))), "abrs");
    }

    proptest! {
        /// What goes with one package, found by its definition.
        #[test]
        fn what_goes_is_what_cannot_be_reached_any_more(
            edges in proptest::collection::vec((1_u32..9, 1_u32..9), 0..24),
            asked in proptest::collection::vec(any::<bool>(), 9),
        ) {
            let mut owners = vec![Owner::default(); 9];
            for no in 1..9 {
                owners[no].finds = Finds::Packages;
                owners[no].installed = true;
                owners[no].live = Bytes(1 << no);
                if asked[no] {
                    owners[no].asked = Asked::ByName;
                }
            }
            for (from, to) in edges.into_iter().filter(|(from, to)| from != to) {
                owners[from as usize].requires.push(OwnerId(to));
            }
            let needs = Needs::new(&owners);
            let bytes = needs.retained_bytes(&owners);
            for no in 1..9 {
                let id = OwnerId(no);
                let mut retained = needs.retained(id);
                retained.sort_unstable();
                prop_assert_eq!(&needs.retained_by(&[id]), &retained);
                let sum: Bytes = retained.iter().map(|id| owners[id.0 as usize].live).sum();
                prop_assert_eq!(bytes[&id], sum);
            }
        }
    }
}

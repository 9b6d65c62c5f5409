//! Who needs whom. What comes in is the owners with what each requires; what goes
//! out is, of any package, what would go with it, and by whom it is needed.
//!
//! A package goes with another if nothing else leads to it any more: neither what
//! somebody asked for by name nor anything that nobody requires. In a graph with one
//! root above all of these, that is what the other *dominates*.

mod dominators;

use std::collections::VecDeque;

use petgraph::Direction;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef as _;

use crate::units::Bytes;

/// How long all ways to a package are together, at most about: each of 100,000
/// dependents could have a way through all the others.
const MOST_STEPS: usize = 100_000;

/// What is known of one package.
#[derive(Debug, Default, Clone)]
pub struct Need {
    /// The packages that it does not work without: places in the list.
    pub requires: Vec<usize>,
    /// Did somebody ask for it by name?
    pub asked: bool,
    /// Is it an app? Then what it requires was asked for by it, and goes with it; and
    /// it can be changed not to need something.
    pub is_app: bool,
}

/// Packages, numbered as they were listed, with their needs.
pub struct Needs {
    graph: DiGraph<(), ()>,
    /// By package.
    is_app: Vec<bool>,
    root: NodeIndex,
    /// By package: those that only it leads to, and it directly.
    dominated: Vec<Vec<NodeIndex>>,
}

impl Needs {
    /// Of a list of packages.
    pub fn new(packages: &[Need]) -> Needs {
        let mut graph = DiGraph::new();
        for _ in packages {
            graph.add_node(());
        }
        for (no, package) in packages.iter().enumerate() {
            let sound = |&to: &usize| to < packages.len() && to != no;
            let mut required = package.requires.clone();
            required.retain(sound);
            required.sort_unstable();
            required.dedup();
            for to in required {
                graph.add_edge(NodeIndex::new(no), NodeIndex::new(to), ());
            }
        }
        let tops = roots(&graph, packages);
        let root = graph.add_node(());
        for top in tops {
            graph.add_edge(root, top, ());
        }
        let mut dominated = vec![Vec::new(); graph.node_count()];
        let above = dominators::dominators(&graph, root);
        for (at, above) in graph.node_indices().zip(above) {
            if let Some(above) = above {
                dominated[above.index()].push(at);
            }
        }
        Needs {
            graph,
            is_app: packages.iter().map(|package| package.is_app).collect(),
            root,
            dominated,
        }
    }

    /// What goes if a package goes: the package, then what only it led to.
    pub fn retained(&self, package: usize) -> Vec<usize> {
        self.below(NodeIndex::new(package))
            .into_iter()
            .map(NodeIndex::index)
            .collect()
    }

    /// The sum of what goes with each package, itself among it.
    pub fn retained_bytes(&self, live: &[Bytes]) -> Vec<Bytes> {
        let mut sums = live.to_vec();
        sums.resize(self.graph.node_count(), Bytes::ZERO);
        // What is below comes first.
        for at in self.below(self.root).into_iter().rev() {
            let below = self.dominated[at.index()].iter();
            let below: Bytes = below.map(|below| sums[below.index()]).sum();
            sums[at.index()] += below;
        }
        sums.truncate(live.len());
        sums
    }

    /// What is dominated, parents before children, and `top` before all.
    fn below(&self, top: NodeIndex) -> Vec<NodeIndex> {
        let mut all = vec![top];
        let mut next = 0;
        while let Some(&at) = all.get(next) {
            all.extend(&self.dominated[at.index()]);
            next += 1;
        }
        all
    }

    /// Who requires a package, in order.
    pub fn dependents(&self, package: usize) -> Vec<usize> {
        let at = NodeIndex::new(package);
        let above = self.graph.neighbors_directed(at, Direction::Incoming);
        let mut above: Vec<usize> = above
            .filter(|&above| above != self.root)
            .map(NodeIndex::index)
            .collect();
        above.sort_unstable();
        above
    }

    /// Everything but apps that leads to a package, and so would not work without it.
    pub fn all_dependents(&self, package: usize) -> Vec<usize> {
        let mut all = vec![package];
        let mut known = vec![false; self.graph.node_count()];
        known[package] = true;
        let mut next = 0;
        while let Some(&at) = all.get(next) {
            let above = self.dependents(at).into_iter();
            let above = above.filter(|&above| !self.is_app[above]);
            all.extend(above.filter(|&above| !std::mem::replace(&mut known[above], true)));
            next += 1;
        }
        all.split_off(1)
    }

    /// What goes if several packages go at once, they themselves too; in order.
    pub fn retained_by(&self, packages: &[usize]) -> Vec<usize> {
        let mut goes = vec![false; self.graph.node_count()];
        for &package in packages {
            goes[package] = true;
        }
        let mut stays = vec![false; self.graph.node_count()];
        let mut open = vec![self.root];
        while let Some(at) = open.pop() {
            if goes[at.index()] || std::mem::replace(&mut stays[at.index()], true) {
                continue;
            }
            open.extend(self.graph.neighbors(at));
        }
        (0..self.root.index()).filter(|&no| !stays[no]).collect()
    }

    /// The shortest ways from what was asked for, or what nobody requires, down to a
    /// package: one by each of its dependents, shortest first. Where they are very long,
    /// the longest of them are left out.
    pub fn chains(&self, package: usize) -> Vec<Vec<usize>> {
        let end = NodeIndex::new(package);
        // From the root in breadth, never through the end itself.
        let mut before: Vec<Option<NodeIndex>> = vec![None; self.graph.node_count()];
        let mut length = vec![1; self.graph.node_count()];
        let mut open = VecDeque::from([self.root]);
        while let Some(at) = open.pop_front() {
            let mut below: Vec<NodeIndex> = self.graph.neighbors(at).collect();
            below.sort_unstable();
            for to in below {
                if to != end && before[to.index()].is_none() {
                    before[to.index()] = Some(at);
                    length[to.index()] = length[at.index()] + 1;
                    open.push_back(to);
                }
            }
        }
        let way = |from: usize| {
            let mut at = NodeIndex::new(from);
            let mut way = vec![package];
            while at != self.root {
                way.push(at.index());
                at = before[at.index()]?;
            }
            way.reverse();
            Some(way)
        };
        let mut dependents = self.dependents(package);
        dependents.sort_by_key(|&dependent| length[dependent]);
        let mut steps = 0;
        let mut ways: Vec<_> = dependents
            .into_iter()
            .filter(|&dependent| before[dependent].is_some())
            .take_while(|&dependent| {
                let is_room = steps < MOST_STEPS;
                steps += length[dependent];
                is_room
            })
            .filter_map(way)
            .collect();
        ways.sort_by_key(|way| (way.len(), way.clone()));
        ways
    }
}

/// What stays for its own sake: what was asked for by name, but not by an app; what
/// nobody requires; and circles that nothing leads into, of which nothing was asked for.
fn roots(graph: &DiGraph<(), ()>, packages: &[Need]) -> Vec<NodeIndex> {
    let circles = kosaraju_scc(graph);
    let mut circle_of = vec![0; graph.node_count()];
    for (no, circle) in circles.iter().enumerate() {
        for at in circle {
            circle_of[at.index()] = no;
        }
    }
    let mut is_entered = vec![false; circles.len()];
    let mut by_app = vec![false; graph.node_count()];
    for edge in graph.edge_references() {
        let (from, to) = (edge.source().index(), edge.target().index());
        let is_circle = circle_of[from] == circle_of[to];
        is_entered[circle_of[to]] |= !is_circle;
        by_app[to] |= packages[from].is_app && !is_circle;
    }
    let is_asked = |at: &NodeIndex| packages[at.index()].asked && !by_app[at.index()];
    for at in graph.node_indices().filter(is_asked) {
        is_entered[circle_of[at.index()]] = true;
    }
    let is_root = |at: &NodeIndex| is_asked(at) || !is_entered[circle_of[at.index()]];
    graph.node_indices().filter(is_root).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `a: b c` is a package of 1 byte that requires two others; `+a` was asked for,
    /// and `*a` is an app.
    fn read(text: &str) -> (Vec<String>, Needs) {
        let lines: Vec<(&str, &str)> = text
            .split(';')
            .map(|line| line.split_once(':').unwrap_or((line, "")))
            .map(|(name, needs)| (name.trim(), needs))
            .collect();
        let names: Vec<String> = lines
            .iter()
            .map(|(name, _)| name.trim_start_matches(['+', '*']).to_owned())
            .collect();
        let place = |name: &str| names.iter().position(|other| other == name).unwrap();
        let packages: Vec<Need> = lines
            .iter()
            .map(|(name, needs)| Need {
                requires: needs.split_whitespace().map(place).collect(),
                asked: name.starts_with(['+', '*']),
                is_app: name.starts_with('*'),
            })
            .collect();
        let needs = Needs::new(&packages);
        (names, needs)
    }

    fn gone(text: &str, name: &str) -> String {
        let (names, needs) = read(text);
        let at = names.iter().position(|other| other == name).unwrap();
        let gone = needs.retained(at);
        let bytes = needs.retained_bytes(&vec![Bytes(1); names.len()]);
        assert_eq!(bytes[at], Bytes(gone.len() as u64));
        let mut gone: Vec<&str> = gone.into_iter().map(|no| &*names[no]).collect();
        gone.sort_unstable();
        gone.concat()
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
        assert_eq!(gone("+a: b; b: c; c: a", "a"), "abc");
        // What an app asks for goes with it.
        assert_eq!(gone("*m: a b; +a: c; +b; c: a", "m"), "abcm");
        assert_eq!(gone("*m: a b; +a: c; +b; c: a", "a"), "ac");
        assert_eq!(gone("*m: a; *n: a; +a", "m"), "m");
    }

    #[test]
    fn the_ways_to_a_package_are_the_shortest_by_each_dependent() {
        let (names, needs) = read("+r: a b; a: n; b: a; +s: n; n");
        let word = |way: &[usize]| -> String { way.iter().map(|&no| &*names[no]).collect() };
        let ways: Vec<String> = needs.chains(4).iter().map(|way| word(way)).collect();
        assert_eq!(ways, ["sn", "ran"]);
        assert_eq!(word(&needs.dependents(4)), "as");
        assert_eq!(word(&needs.all_dependents(4)), "asrb");
        let (names, needs) = read("*m: a b; +a: n; +b: n; n: b");
        let word = |way: &[usize]| -> String { way.iter().map(|&no| &*names[no]).collect() };
        let ways: Vec<String> = needs.chains(3).iter().map(|way| word(way)).collect();
        assert_eq!(ways, ["man", "mbn"]);
        assert_eq!(word(&needs.all_dependents(3)), "ab");
    }

    #[test]
    fn large_graphs_take_neither_the_stack_nor_the_day() {
        // A chain that ends in a circle, and all of it requires the last.
        const COUNT: usize = 100_000;
        let chain = (0..COUNT).map(|no| Need {
            requires: vec![no + 1, no.saturating_sub(1).max(1), COUNT],
            asked: no == 0,
            is_app: false,
        });
        let chain: Vec<Need> = chain.chain([Need::default()]).collect();
        let needs = Needs::new(&chain);
        assert_eq!(needs.retained(0).len(), COUNT + 1);
        let steps: usize = needs.chains(COUNT).iter().map(Vec::len).sum();
        assert!(steps > MOST_STEPS && steps < 2 * MOST_STEPS);
        // Two ladders, and what hangs on the ends of both.
        let ends: Vec<usize> = (2 * COUNT..3 * COUNT).collect();
        let ladders = (0..2 * COUNT).map(|no| Need {
            requires: match no + 2 < 2 * COUNT {
                true => vec![no + 2, no.saturating_sub(2).max(2 + no % 2)],
                false => ends.clone(),
            },
            asked: no < 2,
            is_app: false,
        });
        let ladders = ladders.chain(vec![Need::default(); COUNT]);
        let needs = Needs::new(&ladders.collect::<Vec<_>>());
        assert_eq!(needs.retained(1).len(), COUNT);
        assert_eq!(needs.retained(2 * COUNT), [2 * COUNT]);
    }

    proptest! {
        /// What goes with one package, found by its definition.
        #[test]
        fn what_goes_is_what_cannot_be_reached_any_more(
            edges in proptest::collection::vec((0_usize..8, 0_usize..8), 0..24),
            asked in proptest::collection::vec(any::<bool>(), 8),
        ) {
            let mut packages: Vec<Need> = asked
                .into_iter()
                .map(|asked| Need { requires: Vec::new(), asked, is_app: false })
                .collect();
            for (from, to) in edges {
                packages[from].requires.push(to);
            }
            let needs = Needs::new(&packages);
            let live: Vec<Bytes> = (0..8).map(|no| Bytes(1 << no)).collect();
            let bytes = needs.retained_bytes(&live);
            for (no, &bytes) in bytes.iter().enumerate() {
                let mut retained = needs.retained(no);
                retained.sort_unstable();
                prop_assert_eq!(&needs.retained_by(&[no]), &retained);
                let sum: Bytes = retained.iter().map(|&no| live[no]).sum();
                prop_assert_eq!(bytes, sum);
            }
        }
    }
}

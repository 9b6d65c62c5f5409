//! Which instruction made which layer. What comes in is the instructions of a stage and
//! of the stages it is built from, and the history; what goes out is the instruction of
//! each line of the history, where there is one and only one.
//!
//! Both are in the order of the build. So the pairs are the longest common subsequence,
//! and where two of the longest differ, the line could be of either instruction.

use super::fit::{Entry, Wanted};

/// No build has more: 127 layers are the most that Docker stores, and a table of this by
/// this is small.
pub(super) const MOST: usize = 1000;

/// The instruction of a line of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pair {
    /// This one.
    One(usize),
    /// One of these.
    Some(Vec<usize>),
    None,
}

/// Pairs lines of the history with instructions.
pub(super) fn pairs(entries: &[Entry], wanted: &[Wanted]) -> Vec<Pair> {
    let table = Table::new(entries, wanted);
    let mut found: Vec<Vec<usize>> = Vec::new();
    for line in 0..entries.len() {
        let of_line = (0..wanted.len()).filter(|&inst| table.is_best(line, inst));
        found.push(of_line.collect());
    }
    let mut claims = vec![0_usize; wanted.len()];
    for &inst in found.iter().flatten() {
        claims[inst] += 1;
    }
    let pairs = found.into_iter().map(|found| match found.as_slice() {
        [] => Pair::None,
        [one] if claims[*one] == 1 => Pair::One(*one),
        _ => Pair::Some(found),
    });
    pairs.collect()
}

/// For every place in both lists, how much fits before it and behind it.
struct Table {
    width: usize,
    weights: Vec<u32>,
    before: Vec<u32>,
    behind: Vec<u32>,
}

impl Table {
    fn new(entries: &[Entry], wanted: &[Wanted]) -> Table {
        let width = wanted.len() + 1;
        let size = (entries.len() + 1) * width;
        let mut table = Table {
            width,
            weights: vec![0; size],
            before: vec![0; size],
            behind: vec![0; size],
        };
        for (line, entry) in entries.iter().enumerate() {
            for (inst, wanted) in wanted.iter().enumerate() {
                let at = table.at(line, inst);
                let weight = wanted.weigh(entry);
                table.weights[at] = weight;
                let paired = table.before[at] + weight;
                let (above, left) = (at + 1, at + width);
                table.before[at + width + 1] =
                    paired.max(table.before[above]).max(table.before[left]);
            }
        }
        for line in (0..entries.len()).rev() {
            for inst in (0..wanted.len()).rev() {
                let at = table.at(line, inst);
                let paired = table.behind[at + width + 1] + table.weights[at];
                table.behind[at] = paired
                    .max(table.behind[at + 1])
                    .max(table.behind[at + width]);
            }
        }
        table
    }

    fn at(&self, line: usize, inst: usize) -> usize {
        line * self.width + inst
    }

    /// Is this pair part of a longest common subsequence?
    fn is_best(&self, line: usize, inst: usize) -> bool {
        let at = self.at(line, inst);
        let weight = self.weights[at];
        let all = self.before[at] + weight + self.behind[at + self.width + 1];
        weight > 0 && all == self.behind[0]
    }
}

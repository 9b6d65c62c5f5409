//! Looking for paths in the tree. What comes in is a pattern; what goes out is nodes, best
//! first. Done by the worker: every path is looked at, and made on the way down.

use std::cmp::Reverse;

use imgsize::rootfs::NodeId;

use super::listing::Listing;
use crate::tui::model::Model;
use crate::tui::pattern::{Pattern, meant};

/// More than anybody goes through.
pub(crate) const MOST: usize = 10_000;

impl Listing {
    /// The paths that are like a pattern, best first, and as good ones in their order.
    pub(crate) fn find(&self, model: &Model, pattern: &Pattern) -> Vec<NodeId> {
        let fs = model.fs();
        // The worst score, or the last place, goes first.
        let mut found: Vec<(Reverse<i32>, u32, NodeId)> = Vec::new();
        let mut path: Vec<u8> = Vec::new();
        // What is to be looked at yet: the last first, and how long the path of its
        // folder is.
        let mut open: Vec<(NodeId, usize)> = Vec::new();
        open.extend(
            self.children(NodeId::ROOT)
                .iter()
                .rev()
                .map(|&node| (node, 0)),
        );
        let mut place = 0_u32;
        while let Some((node, length)) = open.pop() {
            path.truncate(length);
            if length > 0 {
                path.push(b'/');
            }
            path.extend_from_slice(fs.name(node));
            if let Some(score) = pattern.score(&path) {
                found.push((Reverse(score), place, node));
                if found.len() >= 2 * MOST {
                    found.select_nth_unstable(MOST);
                    found.truncate(MOST);
                }
            }
            place += 1;
            let length = path.len();
            open.extend(self.children(node).iter().rev().map(|&node| (node, length)));
        }
        found.sort_unstable();
        found.truncate(MOST);
        let found = found.into_iter();
        let found = found.map(|(score, _, node)| (score.0, node)).collect();
        meant(found).into_iter().map(|(_, node)| node).collect()
    }
}

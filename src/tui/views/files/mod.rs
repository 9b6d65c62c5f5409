//! The files, as a tree. What comes in is a [`Listing`] of the worker, and what the user
//! folds; what goes out is a row for each file and folder that is seen, of the whole
//! image or as of a layer.

mod act;
mod build;
mod detail;
mod entry;
mod find;
mod head;
mod listing;
mod most;
mod row;
mod tree;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use imgsize::rootfs::{LayerNo, NodeId, NodeKind};
use ratatui::text::Line;

use crate::tui::filter::Filter;
use crate::tui::keys::Action;
use crate::tui::list::Rows;
use crate::tui::pattern::Pattern;
use crate::tui::view::{Column, Cx, Effect, Row, View};
use crate::tui::worker::Job;

pub(crate) use find::MOST;
pub(crate) use listing::{Listing, Wish};

use listing::{Sort, Spot};
use tree::Tree;

/// About a screenful.
const SCREENFUL: usize = 30;

/// The view.
#[derive(Default)]
pub(crate) struct Files {
    tree: Tree,
    /// What was asked for last; it may not be there yet.
    wish: Wish,
    /// Is what comes next to be unfolded?
    unfold: bool,
    /// Where to go in what comes next.
    meant: Option<NodeId>,
}

impl Files {
    /// Asks for the tree of what the filter lets through now.
    pub(crate) fn wish(&mut self, cx: &Cx<'_>, effects: &mut Vec<Effect>) {
        self.wish.filter = cx.filter.clone();
        self.wish.no += 1;
        effects.push(Effect::Work(Job::Files(self.wish.clone())));
    }

    /// The tree is there.
    pub(crate) fn listed(&mut self, listing: Arc<Listing>, cx: &Cx<'_>) {
        if listing.wish.no != self.wish.no {
            return;
        }
        let fs = cx.model.fs();
        self.tree.set(listing, fs);
        if std::mem::take(&mut self.unfold) {
            self.tree.unfold_largest(SCREENFUL);
        }
        let mut meant = self.meant.take();
        // What is not in it is perhaps in a folder that is.
        while let Some(node) = meant
            && !self.tree.reveal(node, fs)
        {
            meant = (node != NodeId::ROOT).then(|| fs.parent(node));
        }
    }

    /// The tree is to be that of the whole image.
    pub(crate) fn whole_image(&mut self) {
        self.wish.as_of = None;
    }

    /// The tree is to be that of a layer, `None` for the whole image.
    pub(crate) fn as_of(&mut self, layer: Option<LayerNo>, cx: &Cx<'_>, effects: &mut Vec<Effect>) {
        self.wish.as_of = layer;
        self.wish(cx, effects);
    }

    /// What is listed next is to be unfolded as far as it is worth it.
    pub(crate) fn unfold_next(&mut self) {
        self.unfold = true;
    }

    /// Goes to a file or a folder, in whatever tree has it.
    pub(crate) fn show(&mut self, node: NodeId, cx: &Cx<'_>, effects: &mut Vec<Effect>) {
        let fs = cx.model.fs();
        if self.tree.reveal(node, fs) {
            return;
        }
        self.meant = Some(node);
        // What is gone is seen as of the layer that took it away.
        let lost = cx.model.was(node).filter_map(|id| {
            let body = fs.body(id);
            let loss = body.lost?;
            (loss.layer > body.layer).then_some(loss.layer)
        });
        let is_gone = fs.kind(node) == NodeKind::Absent;
        self.wish.as_of = lost.last().filter(|_| is_gone);
        if cx.filter.is_empty() {
            self.wish(cx, effects);
        } else {
            effects.push(Effect::Filter(Filter::default()));
            effects.push(Effect::Say(
                "the filter is gone: it hid what you look for".to_owned(),
            ));
        }
    }

    /// What the cursor is on, and what there is to say of it.
    fn selected(&self) -> Option<(NodeId, &Spot, &Listing)> {
        let listing = self.tree.listing()?;
        let node = self.tree.selected()?;
        Some((node, listing.spot(node)?, listing))
    }
}

impl View for Files {
    fn rows(&mut self) -> &mut dyn Rows {
        &mut self.tree
    }

    /// Nothing to do: a filter brings another listing, and rows are made when they are
    /// seen.
    fn rebuild(&mut self, _cx: &Cx<'_>) {}

    fn columns(&self, _cx: &Cx<'_>) -> Vec<Column> {
        let sort = self.tree.listing().map(|listing| listing.wish.sort);
        row::columns(sort.unwrap_or_default())
    }

    fn row(&self, at: usize, cx: &Cx<'_>) -> Row {
        let seen = self.tree.row(at).zip(self.tree.listing());
        let Some((seen, listing)) = seen else {
            return Row::default();
        };
        let Some(spot) = listing.spot(seen.node) else {
            return Row::default();
        };
        let folds = !listing.children(seen.node).is_empty();
        Row {
            depth: seen.depth,
            open: folds.then(|| self.tree.is_open(seen.node)),
            ..row::cells(seen.node, spot, listing, cx)
        }
    }

    fn head(&self, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
        let listing = self.tree.listing();
        listing.map_or_else(Vec::new, |listing| head::lines(listing, cx, columns))
    }

    fn detail(&self, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
        match self.selected() {
            Some((node, spot, listing)) => detail::lines(node, spot, listing, cx, columns),
            None => Vec::new(),
        }
    }

    fn act(&mut self, action: Action, cx: &Cx<'_>, effects: &mut Vec<Effect>) -> bool {
        self.turn(action, cx, effects) || self.act_on_row(action, cx, effects)
    }

    fn sort(&mut self, cx: &Cx<'_>, effects: &mut Vec<Effect>) -> Option<&'static str> {
        let (next, name) = match self.wish.sort {
            Sort::Size => (Sort::Download, "download"),
            Sort::Download => (Sort::Files, "number of files"),
            Sort::Files => (Sort::Name, "name"),
            Sort::Name => (Sort::Size, "size"),
        };
        self.wish.sort = next;
        self.wish(cx, effects);
        Some(name)
    }

    fn name(&self, place: usize, cx: &Cx<'_>) -> Option<String> {
        let node = cx.model.fs().node_at(place)?;
        Some(cx.model.path(node))
    }

    fn reveal(&mut self, place: usize, cx: &Cx<'_>) {
        let fs = cx.model.fs();
        if let Some(node) = fs.node_at(place) {
            self.tree.reveal(node, fs);
        }
    }

    fn empty(&self, _cx: &Cx<'_>) -> String {
        "The files are being listed.".to_owned()
    }

    /// The worker looks: a path may be any of a million.
    fn search(&mut self, pattern: &Pattern, _cx: &Cx<'_>, effects: &mut Vec<Effect>) -> Vec<usize> {
        let listing = self.tree.listing().cloned();
        let job = listing.map(|listing| Job::Find(pattern.clone(), listing));
        effects.extend(job.map(Effect::Work));
        Vec::new()
    }
}

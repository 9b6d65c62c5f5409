//! To be written.

use std::sync::Arc;

use imgsize::rootfs::{LayerNo, NodeId};
use ratatui::text::Line;

use crate::tui::filter::Filter;
use crate::tui::keys::Action;
use crate::tui::list::{Outline, Rows};
use crate::tui::model::Model;
use crate::tui::pattern::Pattern;
use crate::tui::view::{Column, Cx, Effect, Row, View};
use crate::tui::worker::Job;

/// What the tree is to be of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wish {
    pub(crate) filter: Filter,
    /// As of this layer; `None` for the whole image.
    pub(crate) as_of: Option<LayerNo>,
}

/// The tree of files that a filter lets through.
#[derive(Debug)]
pub(crate) struct Listing {}

impl Listing {
    pub(crate) fn new(_model: &Model, _wish: Wish) -> Listing {
        Listing {}
    }

    pub(crate) fn find(&self, _model: &Model, _pattern: &Pattern) -> Vec<NodeId> {
        Vec::new()
    }
}

/// The view.
#[derive(Default)]
pub(crate) struct Files {
    rows: Outline<u32>,
    wish: Wish,
}

impl Files {
    /// Asks for the tree of what the filter lets through now.
    pub(crate) fn wish(&mut self, cx: &Cx<'_>, effects: &mut Vec<Effect>) {
        self.wish.filter = cx.filter.clone();
        effects.push(Effect::Work(Job::Files(self.wish.clone())));
    }

    /// The tree is there.
    pub(crate) fn listed(&mut self, _listing: Arc<Listing>, _cx: &Cx<'_>) {}

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
    pub(crate) fn unfold_next(&mut self) {}

    /// Goes to a file or a folder, in whatever tree has it.
    pub(crate) fn show(&mut self, _node: NodeId, _cx: &Cx<'_>, _effects: &mut Vec<Effect>) {}
}

impl View for Files {
    fn rows(&mut self) -> &mut dyn Rows {
        &mut self.rows
    }

    fn rebuild(&mut self, _cx: &Cx<'_>) {}

    fn columns(&self, _cx: &Cx<'_>) -> Vec<Column> {
        Vec::new()
    }

    fn row(&self, _at: usize, _cx: &Cx<'_>) -> Row {
        Row::default()
    }

    fn detail(&self, _cx: &Cx<'_>, _columns: u16) -> Vec<Line<'static>> {
        Vec::new()
    }

    fn act(&mut self, _action: Action, _cx: &Cx<'_>, _effects: &mut Vec<Effect>) -> bool {
        false
    }

    fn sort(&mut self, _cx: &Cx<'_>, _effects: &mut Vec<Effect>) -> Option<&'static str> {
        None
    }

    fn name(&self, _place: usize, _cx: &Cx<'_>) -> Option<String> {
        None
    }

    fn place(&self) -> usize {
        self.rows.place()
    }

    fn reveal(&mut self, place: usize, _cx: &Cx<'_>) {
        self.rows.reveal(place);
    }

    fn empty(&self, _cx: &Cx<'_>) -> String {
        "Nothing here yet.".to_owned()
    }
}

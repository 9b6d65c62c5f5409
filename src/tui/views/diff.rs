//! To be written.

use ratatui::text::Line;

use crate::tui::keys::Action;
use crate::tui::list::{Outline, Rows};
use crate::tui::view::{Column, Cx, Effect, Row, View};

/// The view.
#[derive(Default)]
pub(crate) struct DiffView {
    rows: Outline<u32>,
}

impl DiffView {
    /// Both images are read.
    pub(crate) fn set(&mut self, _diff: imgsize::diff::Diff) {}
}

impl View for DiffView {
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

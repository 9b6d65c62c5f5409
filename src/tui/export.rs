//! What is ticked, written down. What comes in is ticks; what goes out is lines of a
//! `.dockerignore`, a clean-up for a `RUN`, edits of a Dockerfile, or JSON.

use std::path::Path;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::app::Setup;
use super::keys::Action;
use super::view::Cx;

/// The list of forms, and the text of the one that is chosen.
#[derive(Debug)]
pub(crate) struct Exporter {}

impl Exporter {
    pub(crate) fn new(_cx: &Cx<'_>) -> Exporter {
        Exporter {}
    }

    /// The form that is chosen, and the file that it would be written to.
    pub(crate) fn chosen(&self) -> (usize, &'static str) {
        (0, "")
    }

    /// Its text.
    pub(crate) fn text(&self) -> String {
        String::new()
    }

    pub(crate) fn act(&mut self, _action: Action) {}

    /// Writes a form into a file that is not there yet; what became of it, in words.
    pub(crate) fn write(_no: usize, _file: &Path, _cx: &Cx<'_>) -> String {
        String::new()
    }

    pub(crate) fn draw(&mut self, _frame: &mut Frame<'_>, _area: Rect, _setup: &Setup) {}
}

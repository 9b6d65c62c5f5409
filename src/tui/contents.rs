//! What a file holds. What comes in is the beginning of a content; what goes out is its
//! text, or its bytes.

use std::sync::Arc;

use imgsize::rootfs::BodyId;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::app::Setup;
use super::keys::Action;
use super::model::Model;
use super::view::Cx;
use super::worker::Reopen;

/// A content that was read, or why it was not.
pub(crate) struct Content {}

/// The viewer.
#[derive(Debug)]
pub(crate) struct Contents {}

impl Contents {
    pub(crate) fn new(_body: BodyId, _cx: &Cx<'_>) -> Contents {
        Contents {}
    }

    pub(crate) fn arrived(&mut self, _content: Content) {}

    /// Does what a key means; what is to be copied, if that is asked.
    pub(crate) fn act(&mut self, _action: Action) -> Option<String> {
        None
    }

    pub(crate) fn draw(&mut self, _frame: &mut Frame<'_>, _area: Rect, _setup: &Setup) {}
}

/// Reads the beginning of a content.
pub(crate) fn read(_model: &Arc<Model>, _body: BodyId, _reopen: &Reopen) -> Content {
    Content {}
}

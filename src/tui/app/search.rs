//! Searching. What comes in is a pattern; what goes out is the matches in the view, and
//! which one is meant.

use imgsize::rootfs::NodeId;

use super::App;
use crate::tui::pattern::Pattern;
use crate::tui::view::ViewId;
use crate::tui::views::files::MOST;

/// What was looked for last.
#[derive(Debug, Default)]
pub(crate) struct Search {
    pub(crate) pattern: Option<Pattern>,
    /// In which view.
    view: Option<ViewId>,
    /// The places of what was found, best first.
    pub(crate) found: Vec<usize>,
    /// Which of them is meant.
    at: usize,
}

impl App {
    /// Looks for something in the view that is there.
    pub(super) fn search_for(&mut self, text: &str) {
        let Some(pattern) = Pattern::parse(text) else {
            self.search = Search::default();
            return;
        };
        let view = self.view;
        let mut effects = Vec::new();
        let found = self.with_view(view, |view, cx| view.search(&pattern, cx, &mut effects));
        // Whoever gives it to the worker has nothing to tell yet.
        let waits = !effects.is_empty();
        self.search = Search {
            pattern: Some(pattern),
            view: Some(view),
            found: found.unwrap_or_default(),
            at: 0,
        };
        self.bring_about(effects);
        if !waits {
            self.show_match();
        }
    }

    /// The worker found paths.
    pub(super) fn found(&mut self, pattern: &Pattern, nodes: Vec<NodeId>) {
        let is_this = self.search.pattern.as_ref();
        if is_this.is_some_and(|other| other.text() == pattern.text()) {
            self.search.found = nodes.into_iter().map(NodeId::index).collect();
            self.search.at = 0;
            self.show_match();
        }
    }

    /// Goes on among the matches; to the first one, if the view is another.
    pub(super) fn next_match(&mut self, back: bool) {
        let Some(pattern) = self.search.pattern.clone() else {
            let key = self.setup.keys.key(crate::tui::keys::Action::Search);
            self.said = Some(format!("nothing was searched for yet: press {key}"));
            return;
        };
        if self.search.view != Some(self.view) {
            self.search_for(pattern.text());
            return;
        }
        let count = self.search.found.len().max(1);
        let step = if back { count - 1 } else { 1 };
        self.search.at = (self.search.at + step) % count;
        self.show_match();
    }

    fn show_match(&mut self) {
        let text = self.search.pattern.as_ref().map(|pattern| pattern.text());
        let text = text.unwrap_or_default();
        let Some(&place) = self.search.found.get(self.search.at) else {
            self.said = Some(format!("nothing is like `{text}`"));
            return;
        };
        let (at, of) = (self.search.at + 1, self.search.found.len());
        let of = match of {
            MOST => format!("over {MOST}"),
            _ => of.to_string(),
        };
        self.said = Some(format!("match {at} of {of} for `{text}`"));
        let view = self.view;
        self.scroll = 0;
        self.with_view(view, |view, cx| view.reveal(place, cx));
    }
}

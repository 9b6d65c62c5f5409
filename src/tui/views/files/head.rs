//! The lines above the tree. What comes in is a listing; what goes out is of which layer
//! it is, and what that layer did, and a word if nothing passes the filter. The tree of the
//! whole image needs none.

use imgsize::rootfs::{LayerNo, NodeId};
use ratatui::text::Line;

use super::listing::{Listing, Sign};
use crate::tui::keys::Action;
use crate::tui::text::{cut, width};
use crate::tui::theme::Role;
use crate::tui::view::Cx;

pub(super) fn lines(listing: &Listing, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if let Some(layer) = listing.wish.as_of {
        lines.extend(deeds(layer, listing, cx, columns));
    }
    let shown = listing.children(NodeId::ROOT);
    if shown.is_empty() && !listing.wish.filter.is_empty() {
        let key = cx.keys.key(Action::Back);
        let words = format!("no file passes the filter; {key} takes it away");
        lines.push(cx.line(words, Role::Warning));
    }
    lines
}

/// Of which layer the tree is, and what that did.
fn deeds(layer: LayerNo, listing: &Listing, cx: &Cx<'_>, columns: u16) -> [Line<'static>; 2] {
    let words = cx.model.instruction(layer);
    let words = words.unwrap_or_else(|| "(the history does not tell)".to_owned());
    let first = format!("as of layer {layer}: {words}");
    let mark = cx.theme.glyph("…", "~");
    let mut spans = Vec::new();
    for (sign, change) in Sign::ALL.into_iter().zip(listing.changes) {
        if change.files > 0 {
            let (files, size) = (change.files, cx.size(change.size));
            let text = format!("{} {files} {} {size}", sign.mark(), sign.word());
            spans.push(cx.span(text, sign.role()));
            spans.push(cx.span("  ", Role::Text));
        }
    }
    if spans.is_empty() {
        spans.push(cx.span("it touched no file that is shown  ", Role::Dim));
    }
    let hint = format!(
        "{} {} other layers, {} the whole image",
        cx.keys.key(Action::LayerBefore),
        cx.keys.key(Action::LayerAfter),
        cx.keys.key(Action::AsOf)
    );
    let taken: usize = spans.iter().map(|span| width(&span.content)).sum();
    if taken + width(&hint) <= usize::from(columns) {
        spans.push(cx.span(hint, Role::Dim));
    }
    [
        cx.line(cut(&first, usize::from(columns), mark), Role::Title),
        Line::from(spans),
    ]
}

//! All that there is to say of what is lost. What comes in is a cause, a pair of layers or
//! a file; what goes out is lines.

use imgsize::rootfs::{BodyId, Cause, LayerNo};
use ratatui::text::Line;

use super::{path, words};
use crate::tui::keys::Action;
use crate::tui::losses::{Group, Sum};
use crate::tui::theme::Role;
use crate::tui::view::Cx;

pub(super) fn cause(cause: Cause, sum: Sum, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
    let mut lines = cx.text(words::title(cause), columns, Role::Title);
    lines.push(Line::default());
    lines.extend(sums(sum, cx));
    lines.push(Line::default());
    lines.extend(cx.text(words::meaning(cause), columns, Role::Text));
    lines
}

pub(super) fn group(group: &Group, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
    let title = format!("Stored in layer {}, lost in {}", group.layer, group.lost_in);
    let mut lines = cx.text(&title, columns, Role::Title);
    lines.push(Line::default());
    lines.extend(sums(group.sum, cx));
    lines.push(Line::default());
    let to_do = words::remedy(group, cx);
    lines.extend(cx.text(&to_do, columns, Role::Safe));
    let largest = group.files.first().copied();
    lines.extend(largest.and_then(|id| advice(id, cx)));
    lines.push(Line::default());
    lines.extend(layers(group.layer, group.lost_in, group.cause, cx, columns));
    lines.push(Line::default());
    lines.extend(cx.text(words::meaning(group.cause), columns, Role::Dim));
    lines
}

pub(super) fn file(id: BodyId, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
    let body = cx.model.fs().body(id);
    let Some(loss) = body.lost else {
        return Vec::new();
    };
    let mut lines = cx.text(&path(id, cx), columns, Role::Title);
    lines.push(Line::default());
    lines.push(cx.pair("Size", cx.size(body.size)));
    lines.push(cx.pair("Download", cx.size(body.transfer)));
    lines.push(cx.pair("Owner", cx.model.label(cx.model.owner_of(id))));
    if let Some(successor) = loss.successor {
        let size = cx.size(cx.model.fs().body(successor).size);
        let same = match loss.cause {
            Cause::MetadataOnly => ", the same content",
            _ => "",
        };
        lines.push(cx.pair("Now there", format!("{size}{same}")));
    }
    lines.extend(advice(id, cx));
    lines.push(Line::default());
    lines.extend(layers(body.layer, loss.layer, loss.cause, cx, columns));
    lines
}

fn sums(sum: Sum, cx: &Cx<'_>) -> [Line<'static>; 3] {
    [
        cx.pair("Size", cx.size(sum.size)),
        cx.pair("Download", cx.size(sum.download)),
        cx.pair("Files", sum.files.to_string()),
    ]
}

/// Which advice does without it.
fn advice(id: BodyId, cx: &Cx<'_>) -> Option<Line<'static>> {
    let no = cx.tally.lost.advice(id)?;
    let rule = &cx.model.report.findings.get(no)?.rule;
    let key = cx.keys.key(Action::Advice);
    Some(cx.pair("Advice", format!("{rule}, key {key}")))
}

/// The layer that stores it and the one that lost it, with their instructions.
fn layers(
    stored: LayerNo,
    lost: LayerNo,
    cause: Cause,
    cx: &Cx<'_>,
    columns: u16,
) -> Vec<Line<'static>> {
    let instruction = |layer| {
        let words = cx.model.instruction(layer);
        words.unwrap_or_else(|| "(the history does not tell)".to_owned())
    };
    let base = match stored < cx.model.base() {
        true => ", of the base image",
        false => "",
    };
    let mut lines = vec![cx.pair("Stored by", format!("layer {stored}{base}"))];
    lines.extend(cx.text(&format!("    {}", instruction(stored)), columns, Role::Dim));
    lines.push(cx.pair(
        "Lost by",
        format!("layer {lost}, {}", words::lost_in(cause)),
    ));
    lines.extend(cx.text(&format!("    {}", instruction(lost)), columns, Role::Dim));
    lines
}

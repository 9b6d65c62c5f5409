//! What there is to say of a file or a folder. What comes in is the row of the cursor;
//! what goes out is lines: what it weighs, which layer wrote it, whose it is, what was
//! there before, and where else it is.

use std::cmp::Reverse;

use imgsize::rootfs::{BodyId, Cause, NodeId};
use imgsize::units::Bytes;
use ratatui::text::Line;

use super::entry;
use super::listing::{Listing, Sign, Sort, Spot};
use super::row::{Is, layer_of, name, what};
use crate::tui::filter::PARTS;
use crate::tui::keys::Action;
use crate::tui::text::safe;
use crate::tui::theme::Role;
use crate::tui::view::Cx;

/// So many of other files are named.
const SOME: usize = 10;
/// So many of what is in a folder.
const LARGEST: usize = 8;

pub(super) fn lines(
    node: NodeId,
    spot: &Spot,
    listing: &Listing,
    cx: &Cx<'_>,
    columns: u16,
) -> Vec<Line<'static>> {
    let is = what(node, spot, listing, cx);
    let mut lines = cx.text(&cx.model.path(node), columns, Role::Title);
    lines.extend(sign(spot, is, listing, cx, columns));
    lines.push(Line::default());
    lines.extend(weight(node, spot, is, listing, cx, columns));
    lines.extend(origin(node, spot, is, cx, columns));
    lines.extend(entry::lines(node, spot, cx));
    if is == Is::Folder {
        lines.extend(largest(node, listing, cx));
    }
    lines.extend(before(node, spot, cx, columns));
    lines.extend(copies(node, spot, cx, columns));
    lines.push(Line::default());
    lines.extend(hints(is, spot, cx, columns));
    lines
}

/// What the layer of the tree did to it.
fn sign(spot: &Spot, is: Is, listing: &Listing, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
    let Some(layer) = listing.wish.as_of else {
        return Vec::new();
    };
    let words = match (spot.sign, is) {
        (Sign::None, _) => return Vec::new(),
        (Sign::Added, Is::Folder) => format!("+ layer {layer} added all that is in it"),
        (Sign::Added, _) => format!("+ layer {layer} added it"),
        (Sign::Changed, Is::Folder) => format!("~ layer {layer} changed something in it"),
        (Sign::Changed, _) => format!("~ layer {layer} wrote it anew, with another content"),
        (Sign::Metadata, _) => {
            let what = match is {
                Is::Folder => "all that is in it",
                _ => "the same content",
            };
            format!("m layer {layer} stored {what} once more, for another owner, mode or time")
        }
        (Sign::Removed, Is::Folder) => format!("- layer {layer} removed all that was in it"),
        (Sign::Removed, _) => format!(
            "- layer {layer} removed it; layer {} still stores it",
            spot.layer
        ),
    };
    cx.text(&words, columns, spot.sign.role())
}

fn weight(
    node: NodeId,
    spot: &Spot,
    is: Is,
    listing: &Listing,
    cx: &Cx<'_>,
    columns: u16,
) -> Vec<Line<'static>> {
    let fs = cx.model.fs();
    if let Some(id) = spot.body(fs).filter(|_| spot.is(Spot::OTHER_NAME)) {
        let first = cx.model.path(counted_at(id, listing, cx));
        let size = cx.size(fs.body(id).size);
        let words = format!("another name of {first}: its {size} count there");
        return cx.text(&words, columns, Role::Text);
    }
    match is {
        Is::Link => {
            let target = safe(fs.link_target(node).unwrap_or_default());
            let words = format!("a link to {target}");
            return cx.text(&words, columns, Role::Text);
        }
        Is::Special => return vec![cx.line("a device or a pipe", Role::Text)],
        Is::File | Is::Folder => {}
    }
    let share = match spot.sign {
        Sign::Removed => "gone, but still stored and downloaded".to_owned(),
        _ => {
            // As of a layer the image is another.
            let (whole, of) = match (listing.wish.as_of, listing.spot(NodeId::ROOT)) {
                (Some(_), Some(root)) => (root.size, "of what is shown"),
                _ => (cx.model.report.totals.live, "of the image"),
            };
            format!("{} {of}", share(spot.size, whole))
        }
    };
    let files = match (is, spot.files) {
        (Is::Folder, 1) => " in 1 file".to_owned(),
        (Is::Folder, files) => format!(" in {files} files"),
        _ => String::new(),
    };
    vec![
        cx.pair("Size", format!("{}{files}, {share}", cx.size(spot.size))),
        cx.pair("Download", cx.size(spot.download)),
    ]
}

/// The name of a content at which its bytes count.
fn counted_at(id: BodyId, listing: &Listing, cx: &Cx<'_>) -> NodeId {
    let fs = cx.model.fs();
    let first = fs.body(id).node;
    let links = fs.hard_links().iter();
    let links = links.filter(|link| link.body == id).map(|link| link.node);
    let counts = |spot: &Spot| spot.body(fs) == Some(id) && !spot.is(Spot::OTHER_NAME);
    let mut names = std::iter::once(first).chain(links);
    let found = names.find(|&name| listing.spot(name).is_some_and(counts));
    found.unwrap_or(first)
}

/// Whose it is, and which layer wrote it.
fn origin(node: NodeId, spot: &Spot, is: Is, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let most = |many: bool| if many { " (most of it)" } else { "" };
    if spot.files > 0 || spot.owner().is_some() {
        let words = match spot.owner() {
            Some(owner) => {
                let label = cx.model.label(owner);
                format!("{label}{}", most(spot.is(Spot::MANY_OWNERS)))
            }
            None => "several; nobody has most of it".to_owned(),
        };
        lines.push(cx.pair("Owner", words));
    }
    match layer_of(node, spot, cx) {
        Some(layer) => {
            let most = most(spot.is(Spot::MANY_LAYERS));
            let from_base = match layer < cx.model.base() {
                true => ", of the base image",
                false => "",
            };
            lines.push(cx.pair("Layer", format!("{layer}{most}{from_base}")));
            let words = cx.model.instruction(layer);
            let words =
                words.unwrap_or_else(|| "(the history does not tell what made it)".to_owned());
            lines.extend(cx.text(&format!("  {words}"), columns, Role::Dim));
        }
        None => lines.push(cx.pair("Layer", "several; none stores most of it")),
    }
    let body = spot.body(cx.model.fs());
    if let Some(body) = body.filter(|_| is == Is::File && spot.sign != Sign::Removed) {
        let part = cx.model.part(body);
        let known = PARTS.iter().find(|(_, other)| *other == part);
        let word = known.map_or("other", |(word, _)| word);
        if word != "other" {
            lines.push(cx.pair("Kind", word));
        }
    }
    lines
}

/// The largest things in a folder, and how many others weigh something. A folder may have
/// a million files, and this is asked for with every frame: as they are sorted mostly,
/// only the first few are looked at.
fn first_few(node: NodeId, listing: &Listing) -> (Vec<NodeId>, usize) {
    let children = listing.children(node);
    let size = |child: NodeId| listing.spot(child).map_or(Bytes::ZERO, |spot| spot.size);
    let weighs = |child: &NodeId| size(*child) > Bytes::ZERO;
    if listing.wish.sort == Sort::Size {
        let all = children.partition_point(weighs);
        let few = children.iter().copied().take(all.min(LARGEST));
        return (few.collect(), all.saturating_sub(LARGEST));
    }
    let mut all: Vec<NodeId> = children.iter().copied().filter(weighs).collect();
    let others = all.len().saturating_sub(LARGEST);
    if others > 0 {
        all.select_nth_unstable_by_key(LARGEST, |&child| Reverse(size(child)));
        all.truncate(LARGEST);
    }
    all.sort_by_key(|&child| Reverse(size(child)));
    (all, others)
}

fn largest(node: NodeId, listing: &Listing, cx: &Cx<'_>) -> Vec<Line<'static>> {
    let (all, others) = first_few(node, listing);
    if all.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Line::default(), cx.line("Largest in it", Role::Title)];
    for child in all {
        let Some(spot) = listing.spot(child) else {
            continue;
        };
        let name = name(child, what(child, spot, listing, cx), cx);
        let sign = match spot.sign {
            Sign::Removed => "- ",
            _ => "",
        };
        lines.push(cx.line(
            format!("{:>10}  {sign}{name}", cx.size(spot.size)),
            Role::Text,
        ));
    }
    if others > 0 {
        lines.push(cx.line(format!("{:>10}  and {others} more", ""), Role::Dim));
    }
    lines
}

/// What was at this path and is lost.
fn before(node: NodeId, spot: &Spot, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
    let fs = cx.model.fs();
    let shown = spot.body(fs);
    let line = |id: BodyId| {
        let body = fs.body(id);
        let loss = body.lost?;
        let cause = match loss.cause {
            Cause::Overwritten => "overwritten",
            Cause::Deleted => "deleted",
            Cause::MetadataOnly => "stored once more with other metadata",
        };
        let (size, from, by) = (cx.size(body.size), body.layer, loss.layer);
        Some(format!("{size} of layer {from}, {cause} by layer {by}"))
    };
    let was = cx.model.was(node).filter(|id| Some(*id) != shown);
    let mut was: Vec<String> = was.filter_map(line).collect();
    let others = was.len().saturating_sub(SOME);
    was.truncate(SOME);
    if was.is_empty() || node == NodeId::ROOT {
        return Vec::new();
    }
    let title = "Was here before (lost, but still stored)";
    let mut lines = vec![Line::default(), cx.line(title, Role::Title)];
    for words in was {
        lines.extend(cx.text(&format!("  {words}"), columns, Role::Removed));
    }
    if others > 0 {
        lines.push(cx.line(format!("  and {others} more"), Role::Dim));
    }
    lines
}

/// Where the same content is, too.
fn copies(node: NodeId, spot: &Spot, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
    let copies = cx.model.copies(node);
    let others = copies.len().saturating_sub(1);
    if others == 0 || spot.sign == Sign::Removed {
        return Vec::new();
    }
    let title = match others {
        1 => "The same content is also at".to_owned(),
        _ => format!("The same content is also at {others} other paths"),
    };
    let mut lines = vec![Line::default(), cx.line(title, Role::Title)];
    for &copy in copies.iter().filter(|&&copy| copy != node).take(SOME) {
        let path = format!("  {}", cx.model.path(copy));
        lines.extend(cx.text(&path, columns, Role::Text));
    }
    if others > SOME {
        lines.push(cx.line(format!("  and {} more", others - SOME), Role::Dim));
    }
    lines
}

/// The keys that do something here.
fn hints(is: Is, spot: &Spot, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
    let gone = spot.sign == Sign::Removed;
    let all = [
        (Action::Open, "what it holds", is == Is::File),
        (Action::Open, "where it leads", is == Is::Link),
        (Action::Tick, "tick", !gone),
        (Action::GoLayer, "its layer", true),
        (Action::GoPackage, "its package", spot.owner().is_some()),
        (Action::NextCopy, "next copy", is == Is::File && !gone),
        (Action::Extract, "write to disk", is != Is::Link),
        (Action::CopyPath, "copy path", true),
        (Action::AsOf, "the tree as of a layer", true),
    ];
    let words = all
        .into_iter()
        .filter(|&(action, _, fits)| fits && !cx.keys.key(action).is_empty())
        .map(|(action, words, _)| format!("{} {words}", cx.keys.key(action)));
    let words: Vec<String> = words.collect();
    cx.text(&words.join(", "), columns, Role::Dim)
}

/// What a share of something is, in words.
fn share(part: Bytes, whole: Bytes) -> String {
    match part.share_of(whole) * 100.0 {
        share if share > 0.0 && share < 0.1 => "under 0.1%".to_owned(),
        share => format!("{share:.1}%"),
    }
}

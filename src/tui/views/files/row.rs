//! A row of the tree. What comes in is a node and what the listing knows of it; what goes
//! out is its cells, and the words that the detail pane has for the same things.

use imgsize::rootfs::{LayerNo, NodeId, NodeKind};
use imgsize::units::Bytes;

use super::listing::{Listing, Sign, Sort, Spot};
use crate::tui::text::safe;
use crate::tui::theme::Role;
use crate::tui::view::{Column, Cx, Row};

impl Sign {
    pub(super) fn mark(self) -> &'static str {
        match self {
            Sign::None => "",
            Sign::Added => "+",
            Sign::Changed => "~",
            Sign::Metadata => "m",
            Sign::Removed => "-",
        }
    }

    pub(super) fn role(self) -> Role {
        match self {
            Sign::None => Role::Text,
            Sign::Added => Role::Added,
            Sign::Changed => Role::Changed,
            Sign::Metadata => Role::Metadata,
            Sign::Removed => Role::Removed,
        }
    }

    /// For `12 files added`.
    pub(super) fn word(self) -> &'static str {
        match self {
            Sign::None => "untouched",
            Sign::Added => "added",
            Sign::Changed => "changed",
            Sign::Metadata => "metadata only",
            Sign::Removed => "removed",
        }
    }
}

/// What a node is, as of the layer of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    Folder,
    File,
    Link,
    /// A device or a pipe.
    Special,
}

/// What a node is: a file has a content, a folder has children or nothing at all.
pub(super) fn what(node: NodeId, spot: &Spot, listing: &Listing, cx: &Cx<'_>) -> Is {
    if spot.has_body() {
        return Is::File;
    }
    match cx.model.fs().kind(node) {
        _ if !listing.children(node).is_empty() => Is::Folder,
        NodeKind::Symlink => Is::Link,
        NodeKind::Special => Is::Special,
        _ => Is::Folder,
    }
}

/// The layer that wrote a node; of a folder the one that stores most of what is in it,
/// if one does.
pub(super) fn layer_of(node: NodeId, spot: &Spot, cx: &Cx<'_>) -> Option<LayerNo> {
    let wrote = || (spot.files == 0).then(|| cx.model.fs().layer_of(node));
    spot.layer().or_else(wrote)
}

pub(super) fn columns(sort: Sort) -> Vec<Column> {
    vec![
        Column::words("", 1, 0),
        Column::number("Size", 10, 0).sorted(sort == Sort::Size),
        Column::number("Download", 10, 4).sorted(sort == Sort::Download),
        Column::number("Files", 7, 5).sorted(sort == Sort::Files),
        Column::number("Layer", 5, 2),
        Column::words("Owner", 18, 3),
        Column::words("Name", 0, 0)
            .least(32)
            .sorted(sort == Sort::Name),
    ]
}

pub(super) fn cells(node: NodeId, spot: &Spot, listing: &Listing, cx: &Cx<'_>) -> Row {
    let is = what(node, spot, listing, cx);
    let counts = spot.files > 0 || node == NodeId::ROOT;
    let weighs = counts || spot.is(Spot::OTHER_NAME);
    let size = |bytes: Bytes| match weighs {
        true => cx.size(bytes),
        false => String::new(),
    };
    let files = match is {
        Is::Folder if spot.files > 0 => spot.files.to_string(),
        _ => String::new(),
    };
    // Of a folder only what holds for all of it: the rest is a key away.
    let layer = match layer_of(node, spot, cx) {
        Some(layer) if !spot.is(Spot::MANY_LAYERS) => layer.to_string(),
        _ => String::new(),
    };
    let owner = match spot.owner() {
        Some(owner) if !spot.is(Spot::MANY_OWNERS) => short(cx.model.label(owner)),
        _ => String::new(),
    };
    let role = match (spot.sign, is) {
        (Sign::None, Is::Link | Is::Special) => Role::Dim,
        (Sign::None, _) if spot.is(Spot::OTHER_NAME) => Role::Dim,
        (sign, _) => sign.role(),
    };
    let is_gone = spot.sign == Sign::Removed;
    let tick = (!cx.ticks.nodes.is_empty() && !is_gone).then(|| cx.ticks.has(cx.model, node));
    Row {
        cells: vec![
            cx.span(spot.sign.mark(), spot.sign.role()),
            cx.span(size(spot.size), if is_gone { role } else { Role::Text }),
            cx.span(size(spot.download), Role::Dim),
            cx.span(files, Role::Dim),
            cx.span(layer, Role::Dim),
            cx.span(owner, Role::Dim),
            cx.span(name(node, is, cx), role),
        ],
        tick,
        ..Row::default()
    }
}

/// A name with what tells what it is: a slash behind a folder, where a link leads.
pub(super) fn name(node: NodeId, is: Is, cx: &Cx<'_>) -> String {
    let fs = cx.model.fs();
    let name = safe(fs.name(node));
    match is {
        Is::Folder => format!("{name}/"),
        Is::Link => {
            let target = fs.link_target(node).unwrap_or_default();
            format!("{name} -> {}", safe(target))
        }
        Is::File | Is::Special => name,
    }
}

/// An owner without its version: the column is narrow.
fn short(label: &str) -> String {
    let (name, _) = label.rsplit_once('@').unwrap_or((label, ""));
    // `npm:@scope` begins a name with it.
    let name = if name.is_empty() || name.ends_with(':') {
        label
    } else {
        name
    };
    name.to_owned()
}

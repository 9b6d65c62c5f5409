//! The layers. What comes in is the accounts by layer; what goes out is a row for each,
//! base first, with its instruction in full beside it.

use std::cmp::Reverse;

use imgsize::rootfs::LayerNo;
use imgsize::units::Bytes;
use ratatui::text::Line;

use crate::tui::filter::Filter;
use crate::tui::keys::Action;
use crate::tui::list::{Outline, Rows};
use crate::tui::theme::Role;
use crate::tui::view::{Column, Cx, Effect, Row, View};

/// What the rows are sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Sort {
    /// As they lie: base first.
    #[default]
    Order,
    Size,
    Download,
    Lost,
}

/// The view.
#[derive(Default)]
pub(crate) struct Layers {
    rows: Outline<LayerNo>,
    sort: Sort,
}

impl Layers {
    /// Goes to a layer.
    pub(crate) fn show(&mut self, layer: LayerNo) {
        self.rows.select(|other| *other == layer);
    }

    /// Choosing a layer shows only what it stores, choosing it again everything.
    fn choose(layer: LayerNo, cx: &Cx<'_>) -> Filter {
        let only = Some((layer, layer));
        Filter {
            layers: only.filter(|_| cx.filter.layers != only),
            ..cx.filter.clone()
        }
    }

    /// From the layers that are chosen to this one.
    fn extended(layer: LayerNo, cx: &Cx<'_>) -> Filter {
        let (first, last) = cx.filter.layers.unwrap_or((layer, layer));
        Filter {
            layers: Some((first.min(layer), last.max(layer))),
            ..cx.filter.clone()
        }
    }
}

impl View for Layers {
    fn rows(&mut self) -> &mut dyn Rows {
        &mut self.rows
    }

    fn rebuild(&mut self, cx: &Cx<'_>) {
        let mut layers: Vec<LayerNo> = (0..cx.model.layer_count() as LayerNo).collect();
        let rows = &cx.model.report.layers;
        let download = |layer: LayerNo| rows.get(usize::from(layer)).map(|row| row.download);
        match self.sort {
            Sort::Order => {}
            Sort::Size => layers.sort_by_key(|&layer| Reverse(cx.tally.layer(layer).stored())),
            Sort::Download => layers.sort_by_key(|&layer| Reverse(download(layer))),
            Sort::Lost => layers.sort_by_key(|&layer| Reverse(cx.tally.layer(layer).lost)),
        }
        let rows = layers.into_iter().map(|layer| (layer, 0));
        self.rows = Outline::rebuilt(&self.rows, rows, |_| false);
    }

    fn columns(&self, _cx: &Cx<'_>) -> Vec<Column> {
        vec![
            Column::words("", 1, 0),
            Column::number("#", 4, 0).sorted(self.sort == Sort::Order),
            Column::number("Stored", 10, 0).sorted(self.sort == Sort::Size),
            Column::number("Download", 10, 2).sorted(self.sort == Sort::Download),
            Column::number("Lost", 10, 4).sorted(self.sort == Sort::Lost),
            Column::number("Removes", 10, 5),
            Column::words("Base", 4, 3),
            Column::words("Instruction", 0, 0),
        ]
    }

    fn row(&self, at: usize, cx: &Cx<'_>) -> Row {
        let Some(&layer) = self.rows.row(at).map(|item| &item.what) else {
            return Row::default();
        };
        let sums = cx.tally.layer(layer);
        let row = cx.model.report.layers.get(usize::from(layer));
        let is_in = |(first, last): (LayerNo, LayerNo)| (first..=last).contains(&layer);
        let chosen = cx.filter.layers.is_some_and(is_in);
        let size = |bytes: Bytes, role| match bytes {
            Bytes::ZERO => cx.span("", Role::Dim),
            _ => cx.span(cx.size(bytes), role),
        };
        let instruction = cx.model.short_instruction(layer);
        let base = layer < cx.model.base();
        Row {
            cells: vec![
                cx.span(if chosen { "*" } else { "" }, Role::Ticked),
                cx.span(layer.to_string(), Role::Dim),
                cx.span(cx.size(sums.stored()), Role::Text),
                size(row.map(|row| row.download).unwrap_or_default(), Role::Text),
                size(sums.lost, Role::Removed),
                size(cx.tally.removed(layer), Role::Removed),
                cx.span(if base { "base" } else { "" }, Role::Dim),
                match instruction {
                    Some(text) => cx.span(text, Role::Text),
                    None => cx.span("(the history does not tell)", Role::Dim),
                },
            ],
            ..Row::default()
        }
    }

    fn detail(&self, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
        let Some(&layer) = self.rows.selected() else {
            return Vec::new();
        };
        let Some(row) = cx.model.report.layers.get(usize::from(layer)) else {
            return Vec::new();
        };
        let mut lines = vec![cx.line(
            format!("Layer {layer} of {}", cx.model.layer_count()),
            Role::Title,
        )];
        if row.base {
            lines.push(cx.line("came with the base image", Role::Dim));
        }
        lines.push(Line::default());
        let words = cx.model.instruction(layer);
        let words = words.unwrap_or_else(|| "(the history does not tell what made it)".to_owned());
        lines.extend(cx.text(&words, columns, Role::Text));
        lines.push(Line::default());
        lines.push(cx.pair("Stored", cx.size(row.stored)));
        lines.push(cx.pair("  live", cx.size(row.live)));
        lines.push(cx.pair(
            "  lost",
            format!("{} of its own, by this or later layers", cx.size(row.lost)),
        ));
        lines.push(cx.pair(
            "Removes",
            format!("{} of the layers below", cx.size(row.removed)),
        ));
        lines.push(cx.pair(
            "Download",
            match row.compression.as_str() {
                "none" => format!(
                    "{}, not compressed: a registry sends less",
                    cx.size(row.download)
                ),
                how => format!("{} ({how})", cx.size(row.download)),
            },
        ));
        lines.push(cx.pair(
            "Headers",
            format!("{} of tar headers and padding", cx.size(row.overhead)),
        ));
        lines.push(cx.pair("Entries", row.entries.to_string()));
        if let Some(digest) = row.digest.as_ref().or(row.diff_id.as_ref()) {
            let kind = if row.digest.is_some() {
                "Digest"
            } else {
                "Diff ID"
            };
            lines.push(cx.pair(kind, ""));
            lines.extend(cx.text(digest, columns, Role::Dim));
        }
        lines
    }

    fn act(&mut self, action: Action, cx: &Cx<'_>, effects: &mut Vec<Effect>) -> bool {
        let Some(&layer) = self.rows.selected() else {
            return false;
        };
        match action {
            Action::Tick | Action::Fold => effects.push(Effect::Filter(Layers::choose(layer, cx))),
            Action::Range => effects.push(Effect::Filter(Layers::extended(layer, cx))),
            Action::Open => effects.push(Effect::ShowAsOf(layer)),
            Action::CopyPath => {
                let text = cx.model.instruction(layer);
                effects.push(Effect::Copy(text.unwrap_or_default()));
            }
            _ => return false,
        }
        true
    }

    fn sort(&mut self, cx: &Cx<'_>, _effects: &mut Vec<Effect>) -> Option<&'static str> {
        let (next, name) = match self.sort {
            Sort::Order => (Sort::Size, "stored"),
            Sort::Size => (Sort::Download, "download"),
            Sort::Download => (Sort::Lost, "lost"),
            Sort::Lost => (Sort::Order, "order in the image"),
        };
        self.sort = next;
        self.rebuild(cx);
        Some(name)
    }

    fn name(&self, place: usize, cx: &Cx<'_>) -> Option<String> {
        let layer = self.rows.items().get(place)?.what;
        Some(cx.model.instruction(layer).unwrap_or_default())
    }

    fn reveal(&mut self, place: usize, _cx: &Cx<'_>) {
        self.rows.reveal(place);
    }

    fn empty(&self, _cx: &Cx<'_>) -> String {
        "The image has no layers.".to_owned()
    }
}

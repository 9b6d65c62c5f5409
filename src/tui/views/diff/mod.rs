//! What grew between two images. What comes in is their comparison; what goes out is its
//! causes with what changed in each, then the layers, then what an update costs. Causes
//! without a change are left out.

mod detail;
mod said;

use std::cmp::Reverse;

use imgsize::diff::{CauseKind, CauseRow, Diff, ItemRow, LayerChange};
use imgsize::owner::OwnerId;
use imgsize::rootfs::{LayerNo, NodeId, NodeKind};
use imgsize::units::Bytes;
use ratatui::text::Line;

use crate::tui::keys::Action;
use crate::tui::list::{Outline, Rows};
use crate::tui::theme::Role;
use crate::tui::view::{Column, Cx, Effect, Row, View};

/// What a row stands for, by its places in the comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
enum What {
    /// No cause changed.
    #[default]
    Nothing,
    Cause(usize),
    /// Of a cause.
    Item(usize, usize),
    Layers,
    Layer(usize),
    Update,
}

/// What causes and items are sorted by; layers stay as they lie.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Sort {
    /// The largest change first.
    #[default]
    Change,
    Name,
    New,
}

/// The view.
#[derive(Default)]
pub(crate) struct DiffView {
    /// All text in it is safe.
    diff: Option<Diff>,
    rows: Outline<What>,
    sort: Sort,
}

impl DiffView {
    /// Both images are read.
    pub(crate) fn set(&mut self, diff: Diff) {
        self.diff = Some(said::safe(diff));
    }

    fn cause(&self, no: usize) -> Option<&CauseRow> {
        self.diff.as_ref()?.causes.get(no)
    }

    fn item(&self, cause: usize, no: usize) -> Option<&ItemRow> {
        self.cause(cause)?.items.get(no)
    }

    fn layer(&self, no: usize) -> Option<&LayerChange> {
        self.diff.as_ref()?.layers.get(no)
    }

    /// The rows in their order, and how deep each is.
    fn ordered(&self, diff: &Diff) -> Vec<(What, u16)> {
        let changed = diff.causes.iter().enumerate();
        let changed = changed.filter(|(_, cause)| cause.bytes.old != cause.bytes.new);
        let mut causes: Vec<(usize, &CauseRow)> = changed.collect();
        match self.sort {
            Sort::Change => {}
            Sort::Name => causes.sort_by_key(|(_, cause)| said::title(cause.cause)),
            Sort::New => causes.sort_by_key(|(_, cause)| Reverse(cause.bytes.new.stored)),
        }
        let mut rows = Vec::new();
        for (no, cause) in causes {
            rows.push((What::Cause(no), 0));
            let mut items: Vec<(usize, &ItemRow)> = cause.items.iter().enumerate().collect();
            match self.sort {
                Sort::Change => {}
                Sort::Name => items.sort_by_key(|(_, item)| &item.name),
                Sort::New => items.sort_by_key(|(_, item)| Reverse(item.bytes.new.stored)),
            }
            rows.extend(items.iter().map(|&(item, _)| (What::Item(no, item), 1)));
        }
        if rows.is_empty() {
            rows.push((What::Nothing, 0));
        }
        rows.push((What::Layers, 0));
        rows.extend((0..diff.layers.len()).map(|no| (What::Layer(no), 1)));
        rows.push((What::Update, 0));
        rows
    }

    /// What a row says, without numbers.
    fn words(&self, what: What, cx: &Cx<'_>) -> Option<String> {
        Some(match what {
            What::Nothing => "nothing changed".to_owned(),
            What::Cause(no) => said::title(self.cause(no)?.cause).to_owned(),
            What::Item(cause, no) => said::item(self.item(cause, no)?, cx.theme),
            What::Layers => format!("Layers: {}", said::fates(self.diff.as_ref()?)),
            What::Layer(no) => said::layer(self.layer(no)?, cx.theme),
            What::Update => {
                let diff = self.diff.as_ref()?;
                let of = diff.layers.iter().filter(|row| row.new.is_some());
                format!(
                    "Update: pulls {} of {} layers",
                    diff.update.layers,
                    of.count()
                )
            }
        })
    }

    /// The package of the new image, or the interpreter, that an item is.
    fn package(&self, item: &ItemRow, cx: &Cx<'_>) -> Option<OwnerId> {
        let name = &item.name;
        let labels = match &item.to {
            Some(version) => [format!("{name}@{version}"), format!("{name} {version}")],
            None => [name.clone(), name.clone()],
        };
        let is_it = |owner: &OwnerId| labels.iter().any(|label| label == cx.model.label(*owner));
        cx.model.owners().find(is_it)
    }

    /// The file or folder of the new image that an item is.
    fn node(&self, item: &ItemRow, cx: &Cx<'_>) -> Option<NodeId> {
        let path = item.name.strip_prefix('/')?;
        let node = cx.model.fs().find(path.trim_end_matches('/'))?;
        (cx.model.fs().kind(node) != NodeKind::Absent).then_some(node)
    }

    /// Where a row leads to.
    fn leads(&self, what: What, cx: &Cx<'_>) -> Option<Effect> {
        match what {
            What::Item(cause, no) => {
                let item = self.item(cause, no)?;
                let node = || self.node(item, cx).map(Effect::ShowNode);
                let package = self.package(item, cx).map(Effect::ShowPackage);
                package.or_else(node)
            }
            What::Layer(no) => {
                let layer = LayerNo::try_from(self.layer(no)?.new?).ok()?;
                Some(Effect::ShowLayer(layer))
            }
            _ => None,
        }
    }
}

impl View for DiffView {
    fn rows(&mut self) -> &mut dyn Rows {
        &mut self.rows
    }

    fn rebuild(&mut self, _cx: &Cx<'_>) {
        if let Some(diff) = &self.diff {
            let rows = self.ordered(diff);
            self.rows = Outline::rebuilt(&self.rows, rows, |_| false);
        }
    }

    fn columns(&self, _cx: &Cx<'_>) -> Vec<Column> {
        vec![
            Column::words("", 1, 0),
            Column::number("Change", 10, 0).sorted(self.sort == Sort::Change),
            Column::number("Old", 9, 3),
            Column::number("New", 9, 2).sorted(self.sort == Sort::New),
            Column::number("Download", 10, 4),
            Column::words("What", 0, 0).sorted(self.sort == Sort::Name),
        ]
    }

    fn row(&self, at: usize, cx: &Cx<'_>) -> Row {
        let (Some(item), Some(diff)) = (self.rows.row(at), &self.diff) else {
            return Row::default();
        };
        let what = item.what;
        let words = self.words(what, cx).unwrap_or_default();
        let (sign, role) = match what {
            What::Item(cause, no) => self
                .item(cause, no)
                .map_or(("", Role::Text), |item| said::sign(item.kind)),
            What::Layer(no) => self
                .layer(no)
                .map_or(("", Role::Text), |layer| said::fate_sign(layer.fate)),
            _ => ("", Role::Text),
        };
        let bytes = match what {
            What::Cause(no) => self.cause(no).map(|cause| cause.bytes),
            What::Item(cause, no) => self.item(cause, no).map(|item| item.bytes),
            What::Layer(no) => self.layer(no).map(|layer| layer.bytes),
            What::Layers => Some(said::whole(diff)),
            What::Nothing | What::Update => None,
        };
        let size = |bytes: Bytes| match bytes {
            Bytes::ZERO => String::new(),
            _ => cx.size(bytes),
        };
        let by = |change: i64| {
            let role = match change {
                0 => Role::Dim,
                1.. => Role::Added,
                _ => Role::Removed,
            };
            cx.span(said::signed(change, cx.units), role)
        };
        let nothing = || cx.span("", Role::Dim);
        let numbers = match (bytes, what) {
            (Some(bytes), _) => [
                by(bytes.stored()),
                cx.span(size(bytes.old.stored), Role::Text),
                cx.span(size(bytes.new.stored), Role::Text),
                by(bytes.download()),
            ],
            (None, What::Update) => [
                nothing(),
                nothing(),
                nothing(),
                cx.span(cx.size(diff.update.download), Role::Text),
            ],
            (None, _) => [nothing(), nothing(), nothing(), nothing()],
        };
        let mut cells = vec![cx.span(sign, role)];
        cells.extend(numbers);
        cells.push(cx.span(words, role));
        Row {
            cells,
            depth: item.depth,
            open: (item.below > 0).then_some(item.open),
            tick: None,
        }
    }

    fn head(&self, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
        match &self.diff {
            Some(diff) => said::head(diff, cx, usize::from(columns)),
            None => Vec::new(),
        }
    }

    fn detail(&self, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
        let (Some(&what), Some(diff)) = (self.rows.selected(), &self.diff) else {
            return Vec::new();
        };
        let lines = match what {
            What::Nothing => Some(detail::nothing(cx, columns)),
            What::Cause(no) => self
                .cause(no)
                .map(|row| detail::cause(row, diff, cx, columns)),
            What::Item(cause, no) => self
                .item(cause, no)
                .map(|item| detail::item(item, self.leads(what, cx).as_ref(), cx, columns)),
            What::Layers => Some(detail::layers(diff, cx, columns)),
            What::Layer(no) => self.layer(no).map(|row| detail::layer(row, cx, columns)),
            What::Update => Some(detail::update(diff, cx, columns)),
        };
        lines.unwrap_or_default()
    }

    fn act(&mut self, action: Action, cx: &Cx<'_>, effects: &mut Vec<Effect>) -> bool {
        let Some(&what) = self.rows.selected() else {
            return false;
        };
        let effect = match (action, what) {
            (Action::Open, _) => self.leads(what, cx),
            (Action::GoLayer, What::Layer(_)) => self.leads(what, cx),
            (Action::GoPackage, What::Item(..)) => self
                .leads(what, cx)
                .filter(|leads| matches!(leads, Effect::ShowPackage(_))),
            (Action::CopyPath, What::Item(cause, no)) => self
                .item(cause, no)
                .map(|item| Effect::Copy(item.name.clone())),
            (Action::CopyPath, What::Layer(no)) => self
                .layer(no)
                .and_then(|layer| layer.created_by.clone())
                .map(Effect::Copy),
            _ => None,
        };
        let acts = effect.is_some();
        effects.extend(effect);
        acts
    }

    fn sort(&mut self, cx: &Cx<'_>, _effects: &mut Vec<Effect>) -> Option<&'static str> {
        let (next, name) = match self.sort {
            Sort::Change => (Sort::Name, "name"),
            Sort::Name => (Sort::New, "new size"),
            Sort::New => (Sort::Change, "change"),
        };
        self.sort = next;
        self.rebuild(cx);
        Some(name)
    }

    fn name(&self, place: usize, cx: &Cx<'_>) -> Option<String> {
        let what = self.rows.items().get(place)?.what;
        Some(self.words(what, cx).unwrap_or_default())
    }

    fn reveal(&mut self, place: usize, _cx: &Cx<'_>) {
        self.rows.reveal(place);
    }

    /// There are rows as soon as there is a comparison.
    fn empty(&self, cx: &Cx<'_>) -> String {
        let more = cx.theme.glyph("…", "...");
        format!("comparing {more}\n\nTwo images are compared by: imgsize tui OLD NEW")
    }
}

/// Does a cause count in the download alone?
fn is_download(cause: CauseKind) -> bool {
    cause == CauseKind::Headers
}

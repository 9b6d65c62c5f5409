//! Whose the bytes are. What comes in is the accounts by owner; what goes out is a tree of
//! categories, families, packages and what these are made of, and beside it why a package
//! is there.

mod detail;
mod tree;

use imgsize::owner::{Category, Finds, OwnerId, Part};
use imgsize::units::Bytes;
use ratatui::text::Line;

use crate::tui::filter::{Filter, Kind, OwnerIs};
use crate::tui::keys::Action;
use crate::tui::list::{Fold, Item, Outline, Rows};
use crate::tui::model::Sums;
use crate::tui::relations::FamilyNo;
use crate::tui::text::safe_text;
use crate::tui::theme::Role;
use crate::tui::view::{Column, Cx, Effect, Row, View, ViewId};
use crate::tui::views::percent;

use tree::{Sort, Tree};

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum What {
    Category(Category),
    /// A family's packages of one category.
    Family(Category, FamilyNo),
    Owner(OwnerId),
    Part(OwnerId, Part),
}

/// The view.
#[derive(Default)]
pub(crate) struct Packages {
    rows: Outline<What>,
    tree: Tree,
    sort: Sort,
    detail: detail::Chains,
}

impl Packages {
    /// Goes to a package, or a place, and opens it.
    pub(crate) fn show(&mut self, owner: OwnerId) {
        self.open(What::Owner(owner));
    }

    /// Goes to a category, and opens it.
    pub(crate) fn show_category(&mut self, category: Category) {
        self.open(What::Category(category));
    }

    /// Goes to a family's packages of a category, and opens them.
    pub(crate) fn show_family(&mut self, category: Category, family: FamilyNo) {
        self.open(What::Family(category, family));
    }

    fn open(&mut self, what: What) {
        if !self.rows.select(|other| *other == what) {
            return;
        }
        let item = self.rows.items().get(self.rows.place());
        if item.is_some_and(|item| item.below > 0 && !item.open) {
            self.rows.fold(Fold::Toggle);
        }
    }

    /// The rows of the tree, in order.
    fn order(&mut self, cx: &Cx<'_>) {
        let categories = cx.model.report.categories.iter();
        let largest = categories.max_by_key(|row| row.live + row.lost);
        let largest = largest.map(|row| What::Category(row.id));
        let rows = self.tree.rows(self.sort, cx);
        self.rows = Outline::rebuilt(&self.rows, rows, |what| Some(*what) == largest);
    }

    fn sums(&self, what: What, cx: &Cx<'_>) -> Sums {
        match what {
            What::Part(id, part) => Sums {
                live: tree::part_of(cx, id, part),
                ..Sums::default()
            },
            other => self.tree.of(other, cx),
        }
    }

    /// The files of a package, or of a part of it.
    fn files(owner: OwnerId, part: Option<Part>, cx: &Cx<'_>) -> Filter {
        let label = cx.model.label(owner).to_owned();
        Filter {
            owner: Some(OwnerIs::One(owner, label)),
            kind: part.map(Kind::Part).or(cx.filter.kind),
            ..cx.filter.clone()
        }
    }
}

/// Did the worker count what there is?
fn is_counted(cx: &Cx<'_>) -> bool {
    let is_nothing = cx.tally.filter.is_empty() && cx.tally.total == Sums::default();
    let totals = &cx.model.report.totals;
    !is_nothing || totals.stored == Bytes::ZERO
}

/// A package with its version, or the name of a place.
fn name(owner: OwnerId, cx: &Cx<'_>) -> String {
    let owner = cx.model.analysis.attribution.owner(owner);
    match owner.version.as_str() {
        "" => safe_text(&owner.name),
        version => safe_text(&format!("{} {version}", owner.name)),
    }
}

fn family_name(family: FamilyNo, cx: &Cx<'_>) -> String {
    let row = cx.model.report.families.get(usize::from(family));
    row.map(|row| safe_text(&row.name)).unwrap_or_default()
}

impl View for Packages {
    fn rows(&mut self) -> &mut dyn Rows {
        &mut self.rows
    }

    fn rebuild(&mut self, cx: &Cx<'_>) {
        // Before it is counted nothing has an order, and the cursor would stay with what
        // happens to be first.
        if is_counted(cx) {
            self.tree = Tree::new(cx);
            self.order(cx);
        }
    }

    fn columns(&self, _cx: &Cx<'_>) -> Vec<Column> {
        let by = self.sort;
        vec![
            Column::number("Live", 9, 0).sorted(by == Sort::Size),
            Column::number("Download", 9, 1).sorted(by == Sort::Download),
            Column::number("Lost", 9, 2).sorted(by == Sort::Lost),
            Column::number("Files", 6, 5).sorted(by == Sort::Files),
            Column::number("Share", 6, 3),
            Column::number("Layer", 5, 6),
            Column::words("From", 5, 4),
            Column::words("Name", 0, 0).sorted(by == Sort::Name),
        ]
    }

    fn row(&self, at: usize, cx: &Cx<'_>) -> Row {
        let Some(&Item {
            what,
            depth,
            below,
            open,
        }) = self.rows.row(at)
        else {
            return Row::default();
        };
        let sums = self.sums(what, cx);
        let number = |bytes: Bytes, role| match bytes {
            Bytes::ZERO => cx.span("", role),
            bytes => cx.span(cx.size(bytes), role),
        };
        let owner = |id| cx.model.analysis.attribution.owner(id);
        let (layer, from, text, role) = match what {
            What::Category(category) => (
                None,
                "",
                category.title().to_owned(),
                Role::Category(category),
            ),
            What::Family(_, family) => {
                let text = format!("{} ({})", family_name(family, cx), self.tree.members(what));
                (None, "", text, Role::Title)
            }
            What::Owner(id) => {
                let from = match owner(id).finds {
                    Finds::Packages => owner(id).ecosystem,
                    Finds::Places => "",
                };
                (owner(id).layer, from, name(id, cx), Role::Text)
            }
            What::Part(_, part) => (None, "", tree::part_name(part).to_owned(), Role::Dim),
        };
        Row {
            cells: vec![
                cx.span(cx.size(sums.live), Role::Text),
                number(sums.download, Role::Text),
                number(sums.lost, Role::Removed),
                match sums.files {
                    0 => cx.span("", Role::Dim),
                    files => cx.span(files.to_string(), Role::Text),
                },
                cx.span(percent(sums.live, cx.tally.total.live), Role::Dim),
                cx.span(
                    layer.map(|no| no.to_string()).unwrap_or_default(),
                    Role::Dim,
                ),
                cx.span(from, Role::Dim),
                cx.span(text, role),
            ],
            depth,
            open: (below > 0).then_some(open),
            tick: None,
        }
    }

    fn detail(&self, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
        match self.rows.selected().copied() {
            Some(What::Owner(id) | What::Part(id, _)) => {
                detail::owner(id, &self.detail, cx, columns)
            }
            Some(group) => detail::group(group, self.sums(group, cx), &self.tree, cx, columns),
            None => Vec::new(),
        }
    }

    fn act(&mut self, action: Action, cx: &Cx<'_>, effects: &mut Vec<Effect>) -> bool {
        let Some(&what) = self.rows.selected() else {
            return false;
        };
        let (owner, part) = match what {
            What::Owner(id) => (Some(id), None),
            What::Part(id, part) => (Some(id), Some(part)),
            _ => (None, None),
        };
        effects.push(match (action, owner) {
            (Action::Open, Some(id)) => Effect::ShowFiles(Packages::files(id, part, cx)),
            (Action::GoLayer, Some(id)) => match cx.model.analysis.attribution.owner(id).layer {
                Some(layer) => Effect::ShowLayer(layer),
                None => Effect::Say("it has no files of its own in any layer".to_owned()),
            },
            (Action::CopyPath, Some(id)) => Effect::Copy(cx.model.label(id).to_owned()),
            (Action::Tick, _) => {
                let key = cx.keys.key(ViewId::Advice.action());
                Effect::Say(format!(
                    "packages cannot be ticked: advice about them is in {key}, files in {}",
                    cx.keys.key(ViewId::Files.action())
                ))
            }
            _ => return false,
        });
        true
    }

    fn sort(&mut self, cx: &Cx<'_>, _effects: &mut Vec<Effect>) -> Option<&'static str> {
        self.sort = self.sort.next();
        self.order(cx);
        Some(self.sort.name())
    }

    fn name(&self, place: usize, cx: &Cx<'_>) -> Option<String> {
        Some(match self.rows.items().get(place)?.what {
            What::Category(category) => category.title().to_owned(),
            What::Family(_, family) => family_name(family, cx),
            What::Owner(id) => name(id, cx),
            // Whoever looks for a package means it and not what it is made of.
            What::Part(..) => String::new(),
        })
    }

    fn reveal(&mut self, place: usize, _cx: &Cx<'_>) {
        self.rows.reveal(place);
    }

    fn empty(&self, cx: &Cx<'_>) -> String {
        if !is_counted(cx) {
            return "Counting: one moment.".to_owned();
        }
        match cx.filter.is_empty() {
            true => "Nothing in the image belongs to anybody.".to_owned(),
            false => format!(
                "The filter leaves nothing of any package. {} takes it away.",
                cx.keys.key(Action::Back)
            ),
        }
    }
}

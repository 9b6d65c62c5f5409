//! Where the bytes are. What comes in is the accounts and the advice; what goes out is a
//! row for each category, for what is lost and for the largest advice, and beside them
//! what the row is made of, as a map.

mod bar;
mod details;
mod map;

use std::cmp::Reverse;

use imgsize::owner::Category;
use imgsize::report::FindingRow;
use imgsize::units::Bytes;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::tui::keys::Action;
use crate::tui::list::{Outline, Rows};
use crate::tui::model::Sums;
use crate::tui::theme::Role;
use crate::tui::view::{Column, Cx, Effect, Row, View, ViewId};
use crate::tui::views::percent;

/// So much advice is named here: the rest is in its own view.
const ADVICE: usize = 8;

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Item {
    /// All that is live.
    Live,
    Category(Category),
    Lost,
    Advice,
    /// A finding of the report, by its place.
    Finding(usize),
    /// The advice that is not named.
    More,
    Warnings,
}

impl Item {
    /// The category that its map is of; `None` for that of all.
    fn category(self) -> Option<Category> {
        match self {
            Item::Category(category) => Some(category),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Sort {
    #[default]
    Size,
    Download,
}

/// The view.
#[derive(Default)]
pub(crate) struct Overview {
    rows: Outline<Item>,
    sort: Sort,
    /// What of each category the filter lets through, in the order of the rows.
    categories: Vec<(Category, Sums)>,
    /// What the categories are made of.
    maps: map::Maps,
    /// The tile that is meant, in the map of which row.
    tile: Option<(Item, usize)>,
}

impl Overview {
    fn sums(&self, category: Category) -> Sums {
        let found = self.categories.iter().find(|(other, _)| *other == category);
        found.map(|(_, sums)| *sums).unwrap_or_default()
    }

    /// The accounts of the categories; what has nothing is left out.
    fn count(&mut self, cx: &Cx<'_>) {
        let mut all = Category::ALL.map(|category| (category, Sums::default()));
        for id in cx.model.owners() {
            let category = cx.model.analysis.attribution.owner(id).category;
            if let Some((_, sums)) = all.iter_mut().find(|(other, _)| *other == category) {
                sums.add(&cx.tally.owner(id));
            }
        }
        let mut all: Vec<(Category, Sums)> = all.into();
        all.retain(|(_, sums)| sums.stored() > Bytes::ZERO || sums.files > 0);
        match self.sort {
            Sort::Size => all.sort_by_key(|(_, sums)| Reverse((sums.live, sums.lost))),
            Sort::Download => all.sort_by_key(|(_, sums)| Reverse(sums.download)),
        }
        self.categories = all;
    }
}

/// The findings that are worth a word, by their places, largest first.
fn notable<'c>(cx: &Cx<'c>) -> impl Iterator<Item = (usize, &'c FindingRow)> {
    let findings = cx.model.report.findings.iter().enumerate();
    findings.filter(|(_, row)| row.notable).take(ADVICE)
}

impl View for Overview {
    fn rows(&mut self) -> &mut dyn Rows {
        &mut self.rows
    }

    fn rebuild(&mut self, cx: &Cx<'_>) {
        self.count(cx);
        self.maps = map::Maps::new(&self.categories, self.sort == Sort::Download, cx);
        let mut rows = vec![(Item::Live, 0)];
        let categories = self.categories.iter();
        rows.extend(categories.map(|(category, _)| (Item::Category(*category), 1)));
        rows.push((Item::Lost, 0));
        let findings = &cx.model.report.findings;
        if !findings.is_empty() {
            rows.push((Item::Advice, 0));
            rows.extend(notable(cx).map(|(no, _)| (Item::Finding(no), 1)));
            if notable(cx).count() < findings.len() {
                rows.push((Item::More, 1));
            }
        }
        if !cx.model.report.warnings.is_empty() {
            rows.push((Item::Warnings, 0));
        }
        self.rows = Outline::rebuilt(&self.rows, rows, |_| true);
    }

    fn columns(&self, _cx: &Cx<'_>) -> Vec<Column> {
        vec![
            Column::number("Size", 9, 0).sorted(self.sort == Sort::Size),
            Column::number("Share", 6, 2),
            Column::number("Download", 9, 1).sorted(self.sort == Sort::Download),
            Column::number("Lost", 9, 3),
            Column::number("Files", 6, 4),
            Column::words("What", 0, 0),
        ]
    }

    fn row(&self, at: usize, cx: &Cx<'_>) -> Row {
        let Some(&item) = self.rows.row(at) else {
            return Row::default();
        };
        let row = |size: String, role, rest: [String; 4], name: String, named| {
            let mut cells = vec![cx.span(size, role)];
            cells.extend(rest.map(|text| cx.span(text, Role::Text)));
            cells.push(cx.span(name, named));
            Row {
                cells,
                depth: item.depth,
                open: (item.below > 0).then_some(item.open),
                tick: None,
            }
        };
        let total = &cx.tally.total;
        let account = |sums: &Sums| {
            [
                percent(sums.live, total.live),
                cx.size(sums.download),
                match sums.lost {
                    Bytes::ZERO => String::new(),
                    lost => cx.size(lost),
                },
                sums.files.to_string(),
            ]
        };
        let none = || [String::new(), String::new(), String::new(), String::new()];
        match item.what {
            Item::Live => row(
                cx.size(total.live),
                Role::Title,
                account(total),
                "Live: in containers".to_owned(),
                Role::Title,
            ),
            Item::Category(category) => {
                let sums = self.sums(category);
                let name = format!("{} {}", bar::letter(category), category.title());
                row(
                    cx.size(sums.live),
                    Role::Text,
                    account(&sums),
                    name,
                    Role::Category(category),
                )
            }
            Item::Lost => row(
                cx.size(total.lost),
                Role::Removed,
                [
                    String::new(),
                    cx.size(total.download_lost),
                    String::new(),
                    String::new(),
                ],
                "x Lost: in no container".to_owned(),
                Role::Removed,
            ),
            Item::Advice => {
                let advice = &cx.model.report.advice;
                let name = format!(
                    "Advice: {}, {} safe",
                    counted(cx.model.report.findings.len(), "finding"),
                    cx.size(advice.safe.stored)
                );
                let rest = none();
                let size = cx.size(advice.all.stored);
                row(size, Role::Title, rest, name, Role::Title)
            }
            Item::Finding(no) => {
                let Some(finding) = cx.model.report.findings.get(no) else {
                    return Row::default();
                };
                let ticked = cx.ticks.findings.contains(&no);
                let saves = finding.estimate.unwrap_or(finding.saves);
                let about = if finding.estimate.is_some() { "~" } else { "" };
                let mut rest = none();
                rest[1] = format!("{about}{}", cx.size(saves.download));
                let name = format!("{}: {}", finding.risk, finding.title);
                let role = if ticked {
                    Role::Ticked
                } else {
                    details::risk(&finding.risk)
                };
                let size = format!("{about}{}", cx.size(saves.stored));
                Row {
                    tick: Some(ticked),
                    ..row(size, Role::Text, rest, name, role)
                }
            }
            Item::More => {
                let more = cx.model.report.findings.len() - notable(cx).count();
                let name = format!("{} {more} more", cx.theme.glyph("…", "..."));
                row(String::new(), Role::Dim, none(), name, Role::Dim)
            }
            Item::Warnings => {
                let name = counted(cx.model.report.warnings.len(), "warning");
                row(String::new(), Role::Warning, none(), name, Role::Warning)
            }
        }
    }

    fn head(&self, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
        vec![bar::draw(
            &self.categories,
            cx.tally.total.lost,
            cx.theme,
            columns,
        )]
    }

    fn detail(&self, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
        match self.rows.selected() {
            Some(Item::Finding(no)) => details::finding(*no, cx, columns),
            Some(Item::Advice | Item::More) => details::advice(cx, columns),
            Some(Item::Warnings) => details::warnings(cx, columns),
            _ => Vec::new(),
        }
    }

    fn draw_detail(&self, frame: &mut Frame<'_>, area: Rect, cx: &Cx<'_>) -> bool {
        let buffer = frame.buffer_mut();
        match self.rows.selected() {
            Some(item @ (Item::Live | Item::Category(_))) => {
                let tile = self.tile.filter(|(of, _)| of == item).map(|(_, tile)| tile);
                self.maps.draw(item.category(), tile, buffer, area, cx);
            }
            Some(Item::Lost) => map::lost(buffer, area, cx),
            _ => return false,
        }
        true
    }

    fn act_in_detail(&mut self, action: Action, effects: &mut Vec<Effect>) -> bool {
        let Some(&item @ (Item::Live | Item::Category(_))) = self.rows.selected() else {
            return false;
        };
        let tile = self
            .tile
            .filter(|(of, _)| *of == item)
            .map(|(_, tile)| tile);
        let last = self.maps.len(item.category()).saturating_sub(1);
        let next = match action {
            Action::Down | Action::Right => tile.map_or(0, |tile| tile + 1).min(last),
            Action::Up | Action::Left => tile.map_or(0, |tile| tile.saturating_sub(1)),
            Action::Top => 0,
            Action::Bottom => last,
            Action::Open => {
                let tile = tile.and_then(|tile| self.maps.open(item.category(), tile));
                effects.extend(tile);
                return true;
            }
            _ => return false,
        };
        self.tile = Some((item, next));
        true
    }

    fn act(&mut self, action: Action, cx: &Cx<'_>, effects: &mut Vec<Effect>) -> bool {
        let Some(&item) = self.rows.selected() else {
            return false;
        };
        effects.push(match (action, item) {
            (Action::Open, Item::Category(category)) => Effect::ShowCategory(category),
            (Action::Open, Item::Lost) => Effect::Go(ViewId::Lost),
            (Action::Open, Item::Advice | Item::More) => Effect::Go(ViewId::Advice),
            (Action::Open, Item::Finding(no)) => Effect::ShowFinding(no),
            (Action::Tick | Action::Fold, Item::Finding(no)) => Effect::TickFinding(no),
            (Action::CopyPath, Item::Finding(no)) => {
                let finding = cx.model.report.findings.get(no);
                Effect::Copy(finding.map(|row| row.fix.clone()).unwrap_or_default())
            }
            _ => return false,
        });
        true
    }

    fn sort(&mut self, cx: &Cx<'_>, _effects: &mut Vec<Effect>) -> Option<&'static str> {
        let (next, name) = match self.sort {
            Sort::Size => (Sort::Download, "download"),
            Sort::Download => (Sort::Size, "size"),
        };
        self.sort = next;
        self.rebuild(cx);
        Some(name)
    }

    fn name(&self, place: usize, cx: &Cx<'_>) -> Option<String> {
        Some(match self.rows.items().get(place)?.what {
            Item::Live => "Live".to_owned(),
            Item::Category(category) => category.title().to_owned(),
            Item::Lost => "Lost".to_owned(),
            Item::Advice => "Advice".to_owned(),
            Item::Finding(no) => cx.model.report.findings.get(no)?.title.clone(),
            Item::More => String::new(),
            Item::Warnings => "Warnings".to_owned(),
        })
    }

    fn reveal(&mut self, place: usize, _cx: &Cx<'_>) {
        self.rows.reveal(place);
    }

    fn empty(&self, _cx: &Cx<'_>) -> String {
        "There is nothing in the image.".to_owned()
    }
}

/// `1 warning`, `2 warnings`.
fn counted(count: usize, what: &str) -> String {
    let many = if count == 1 { "" } else { "s" };
    format!("{count} {what}{many}")
}

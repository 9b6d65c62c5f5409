//! What a view is. What comes in is the model and what the user did; what goes out is
//! rows and lines, which [`super::screen`] draws alike for all views, and effects, which
//! [`super::app`] brings about.

use std::sync::Arc;

use imgsize::owner::{Category, OwnerId};
use imgsize::rootfs::{BodyId, LayerNo, NodeId};
use imgsize::units::{Bytes, Units};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::filter::Filter;
use super::keys::{Action, Keymap};
use super::list::Rows;
use super::model::Model;
use super::pattern::{Pattern, meant};
use super::tally::Tally;
use super::theme::{Role, Theme};
use super::ticks::Ticks;

/// The views, in the order of their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ViewId {
    Overview,
    Layers,
    Files,
    Packages,
    Advice,
    Lost,
    Diff,
}

impl ViewId {
    pub(crate) const ALL: [ViewId; 7] = [
        ViewId::Overview,
        ViewId::Layers,
        ViewId::Files,
        ViewId::Packages,
        ViewId::Advice,
        ViewId::Lost,
        ViewId::Diff,
    ];

    pub(crate) fn title(self) -> &'static str {
        match self {
            ViewId::Overview => "Overview",
            ViewId::Layers => "Layers",
            ViewId::Files => "Files",
            ViewId::Packages => "Packages",
            ViewId::Advice => "Advice",
            ViewId::Lost => "Lost",
            ViewId::Diff => "Diff",
        }
    }

    /// The key that goes there.
    pub(crate) fn action(self) -> Action {
        match self {
            ViewId::Overview => Action::Overview,
            ViewId::Layers => Action::Layers,
            ViewId::Files => Action::Files,
            ViewId::Packages => Action::Packages,
            ViewId::Advice => Action::Advice,
            ViewId::Lost => Action::Lost,
            ViewId::Diff => Action::Diff,
        }
    }
}

/// What a view may look at.
pub(crate) struct Cx<'a> {
    pub(crate) model: &'a Arc<Model>,
    /// The accounts of what the filter lets through. While the worker makes others, they
    /// are those of the filter before.
    pub(crate) tally: &'a Tally,
    pub(crate) filter: &'a Filter,
    pub(crate) ticks: &'a Ticks,
    pub(crate) theme: &'a Theme,
    pub(crate) units: Units,
    pub(crate) keys: &'a Keymap,
}

impl Cx<'_> {
    /// A size as words.
    pub(crate) fn size(&self, bytes: Bytes) -> String {
        bytes.show(self.units)
    }

    /// Text of a role.
    pub(crate) fn span(&self, text: impl Into<String>, role: Role) -> Span<'static> {
        Span::styled(text.into(), self.theme.style(role))
    }

    /// A line of a role.
    pub(crate) fn line(&self, text: impl Into<String>, role: Role) -> Line<'static> {
        Line::from(self.span(text, role))
    }

    /// Lines of a role, broken where they are too long.
    pub(crate) fn text(&self, text: &str, columns: u16, role: Role) -> Vec<Line<'static>> {
        super::text::paragraphs(text, usize::from(columns), self.theme.style(role))
    }

    /// A line with a heading before what it says: `Owner     pip:numpy@2.1`.
    pub(crate) fn pair(&self, name: &str, text: impl Into<String>) -> Line<'static> {
        Line::from(vec![
            self.span(format!("{name:<11}"), Role::Dim),
            self.span(text, Role::Text),
        ])
    }
}

/// The least that the column of what is left may be.
const LEAST: u16 = 16;

/// A column of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) title: &'static str,
    /// How wide; 0 for what is left (one column at most).
    pub(crate) width: u16,
    /// If it takes what is left: how much that has to be before others stay.
    pub(crate) least: u16,
    pub(crate) right: bool,
    /// Which go first where there is no room; 0 never goes.
    pub(crate) rank: u8,
    /// Is it what the rows are sorted by?
    pub(crate) sorted: bool,
}

impl Column {
    /// A column of numbers.
    pub(crate) fn number(title: &'static str, width: u16, rank: u8) -> Column {
        Column {
            title,
            width,
            least: LEAST,
            right: true,
            rank,
            sorted: false,
        }
    }

    /// A column of words; the one of width 0 takes what is left.
    pub(crate) fn words(title: &'static str, width: u16, rank: u8) -> Column {
        Column {
            right: false,
            ..Column::number(title, width, rank)
        }
    }

    /// It needs more room than others of its kind.
    pub(crate) fn least(mut self, least: u16) -> Column {
        self.least = least;
        self
    }

    /// The rows are sorted by it.
    pub(crate) fn sorted(mut self, sorted: bool) -> Column {
        self.sorted = sorted;
        self
    }
}

/// A row of a list: a cell for each column. All text is safe already.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    pub(crate) cells: Vec<Span<'static>>,
    /// How deep the widest cell is indented.
    pub(crate) depth: u16,
    /// Can it be folded, and is it open?
    pub(crate) open: Option<bool>,
    /// Can it be ticked, and is it?
    pub(crate) tick: Option<bool>,
}

/// What a view wants to be done that is not its own affair.
#[derive(Debug)]
pub(crate) enum Effect {
    Go(ViewId),
    /// Look for this file or folder in Files.
    ShowNode(NodeId),
    /// Files of these alone.
    ShowFiles(Filter),
    /// Files as of a layer.
    ShowAsOf(LayerNo),
    ShowPackage(OwnerId),
    /// Packages, at this category.
    ShowCategory(Category),
    /// Packages, at this family's packages of a category.
    ShowFamily(Category, super::relations::FamilyNo),
    ShowLayer(LayerNo),
    /// A finding of the report, by its place.
    ShowFinding(usize),
    Filter(Filter),
    TickFinding(usize),
    TickNode(NodeId),
    /// Look at a content.
    Contents(BodyId),
    /// Ask where to write a file or a folder.
    Extract(NodeId),
    /// Ask where to write a content that is lost.
    ExtractBody(BodyId),
    Copy(String),
    /// Say something at the bottom.
    Say(String),
    /// Work that takes time.
    Work(super::worker::Job),
}

/// One way to look at an image. Drawn as a list, and beside it what there is to say of
/// the row of the cursor.
pub(crate) trait View {
    /// The list.
    fn rows(&mut self) -> &mut dyn Rows;

    /// The model is there, or the filter, the sums or the ticks are others.
    fn rebuild(&mut self, cx: &Cx<'_>);

    fn columns(&self, cx: &Cx<'_>) -> Vec<Column>;

    /// A row that is seen.
    fn row(&self, at: usize, cx: &Cx<'_>) -> Row;

    /// What there is to say of the row of the cursor, in so many columns.
    fn detail(&self, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>>;

    /// Lines above the list, in so many columns.
    fn head(&self, _cx: &Cx<'_>, _columns: u16) -> Vec<Line<'static>> {
        Vec::new()
    }

    /// Draws the other pane itself; `false` if [`View::detail`] is to be drawn.
    fn draw_detail(&self, _frame: &mut Frame<'_>, _area: Rect, _cx: &Cx<'_>) -> bool {
        false
    }

    /// Does what a key means here; `false` if it means nothing.
    fn act(&mut self, action: Action, cx: &Cx<'_>, effects: &mut Vec<Effect>) -> bool;

    /// The same, while the other pane has the keys and the view draws it itself.
    fn act_in_detail(&mut self, _action: Action, _effects: &mut Vec<Effect>) -> bool {
        false
    }

    /// Sorts by the next column, and says by which; `None` if there is only one order.
    fn sort(&mut self, cx: &Cx<'_>, effects: &mut Vec<Effect>) -> Option<&'static str>;

    /// The row as text, for the search: every row, seen or not. `None` behind the last.
    fn name(&self, place: usize, cx: &Cx<'_>) -> Option<String>;

    /// Goes to one of those.
    fn reveal(&mut self, place: usize, cx: &Cx<'_>);

    /// What to show where there are no rows.
    fn empty(&self, cx: &Cx<'_>) -> String;

    /// Looks for what is like it, all of it, best first.
    fn search(&mut self, pattern: &Pattern, cx: &Cx<'_>, effects: &mut Vec<Effect>) -> Vec<usize> {
        let _ = effects;
        let mut found: Vec<(i32, usize)> = (0..)
            .map_while(|place| Some((self.name(place, cx)?, place)))
            .filter_map(|(name, place)| Some((pattern.score(name.as_bytes())?, place)))
            .collect();
        found.sort_by_key(|&(score, place)| (std::cmp::Reverse(score), place));
        meant(found).into_iter().map(|(_, place)| place).collect()
    }
}

//! Lost: what is stored and in no container. What comes in is the groups of what is lost;
//! what goes out is a tree: why, from which layer to which, and the files, largest first.

mod detail;
mod words;

use std::cmp::Reverse;

use imgsize::rootfs::{BodyId, Cause};
use ratatui::text::Line;

use crate::tui::keys::Action;
use crate::tui::list::{Outline, Rows};
use crate::tui::losses::{Group, Sum};
use crate::tui::text::safe;
use crate::tui::theme::Role;
use crate::tui::view::{Column, Cx, Effect, Row, View};

/// What a row stands for. A group is known by its cause, the layer that stores
/// it and the one that lost it: places change with the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum What {
    Cause(Cause),
    Group(Cause, u16, u16),
    File(BodyId),
    /// What of a group is not listed.
    Rest(Cause, u16, u16),
}

/// What the rows are sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Sort {
    #[default]
    Size,
    Download,
    /// Groups by their layers, files by their path.
    Path,
}

/// The view.
#[derive(Default)]
pub(crate) struct Lost {
    rows: Outline<What>,
    sort: Sort,
}

/// Where so few files are left, all of them are shown at once.
const FEW: usize = 12;

impl View for Lost {
    fn rows(&mut self) -> &mut dyn Rows {
        &mut self.rows
    }

    fn rebuild(&mut self, cx: &Cx<'_>) {
        let groups = &cx.tally.lost.groups;
        let mut rows = Vec::new();
        let mut causes: Vec<(Cause, Sum)> = Vec::new();
        for group in groups {
            match causes.iter_mut().find(|(cause, _)| *cause == group.cause) {
                Some((_, sum)) => sum.add(group.sum),
                None => causes.push((group.cause, group.sum)),
            }
        }
        match self.sort {
            Sort::Download => causes.sort_by_key(|(_, sum)| Reverse(sum.download)),
            _ => causes.sort_by_key(|(_, sum)| Reverse(sum.size)),
        }
        for (cause, _) in causes {
            rows.push((What::Cause(cause), 0));
            for group in self.sorted_groups(cause, groups) {
                rows.push((of(group), 1));
                let files = self.sorted_files(group, cx).into_iter();
                rows.extend(files.map(|id| (What::File(id), 2)));
                if group.rest.files > 0 {
                    let rest = What::Rest(group.cause, group.layer, group.lost_in);
                    rows.push((rest, 2));
                }
            }
        }
        let all: usize = groups.iter().map(|group| group.sum.files).sum();
        self.rows = Outline::rebuilt(&self.rows, rows, |what| {
            matches!(what, What::Cause(_)) || all <= FEW
        });
    }

    fn columns(&self, _cx: &Cx<'_>) -> Vec<Column> {
        vec![
            Column::number("Size", 9, 0).sorted(self.sort == Sort::Size),
            Column::number("Download", 9, 2).sorted(self.sort == Sort::Download),
            Column::number("Files", 6, 3),
            Column::words("Owner", 16, 4),
            Column::words("Path", 0, 0).sorted(self.sort == Sort::Path),
        ]
    }

    fn row(&self, at: usize, cx: &Cx<'_>) -> Row {
        let Some(item) = self.rows.row(at) else {
            return Row::default();
        };
        let (sum, owner, text, role) = match item.what {
            What::Cause(cause) => (
                of_cause(cause, cx),
                String::new(),
                words::title(cause).to_owned(),
                Role::Title,
            ),
            What::Group(..) => match self.group(&item.what, cx) {
                Some(group) => (group.sum, String::new(), words::pair(group, cx), Role::Text),
                None => return Row::default(),
            },
            What::File(id) => {
                let body = cx.model.fs().body(id);
                let sum = Sum {
                    size: body.size,
                    download: body.transfer,
                    files: 0,
                };
                let owner = cx.model.label(cx.model.owner_of(id)).to_owned();
                (sum, owner, path(id, cx), Role::Removed)
            }
            What::Rest(..) => {
                let rest = self.group(&item.what, cx).map(|group| group.rest);
                let rest = rest.unwrap_or_default();
                let mark = cx.theme.glyph("…", "...");
                let text = format!("{mark} {} smaller ones", rest.files);
                (rest, String::new(), text, Role::Dim)
            }
        };
        let files = match sum.files {
            0 => String::new(),
            files => files.to_string(),
        };
        Row {
            cells: vec![
                cx.span(cx.size(sum.size), Role::Text),
                cx.span(cx.size(sum.download), Role::Text),
                cx.span(files, Role::Dim),
                cx.span(owner, Role::Dim),
                cx.span(text, role),
            ],
            depth: item.depth,
            open: (item.below > 0).then_some(item.open),
            tick: None,
        }
    }

    fn head(&self, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
        let mut sum = Sum::default();
        for group in &cx.tally.lost.groups {
            sum.add(group.sum);
        }
        let words = format!(
            "{} stored ({} download), in no container: later layers hide it",
            cx.size(sum.size),
            cx.size(sum.download)
        );
        cx.text(&words, columns, Role::Dim)
    }

    fn detail(&self, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
        match self.rows.selected() {
            Some(What::Cause(cause)) => detail::cause(*cause, of_cause(*cause, cx), cx, columns),
            Some(What::File(id)) => detail::file(*id, cx, columns),
            Some(what) => match self.group(what, cx) {
                Some(group) => detail::group(group, cx, columns),
                None => Vec::new(),
            },
            None => Vec::new(),
        }
    }

    fn act(&mut self, action: Action, cx: &Cx<'_>, effects: &mut Vec<Effect>) -> bool {
        let Some(&what) = self.rows.selected() else {
            return false;
        };
        let file = match what {
            What::File(id) => Some(id),
            _ => None,
        };
        let effect = match (action, file) {
            (Action::Open | Action::Contents, Some(id)) => Effect::Contents(id),
            (Action::Extract, Some(id)) => Effect::ExtractBody(id),
            (Action::GoPackage, Some(id)) => Effect::ShowPackage(cx.model.owner_of(id)),
            (Action::CopyPath, Some(id)) => Effect::Copy(path(id, cx)),
            (Action::GoLayer, Some(id)) => Effect::ShowLayer(cx.model.fs().body(id).layer),
            (Action::GoLayer, None) => match self.group(&what, cx) {
                Some(group) => Effect::ShowLayer(group.layer),
                None => return false,
            },
            (Action::Tick, _) => {
                let key = cx.keys.key(Action::Advice);
                Effect::Say(format!(
                    "what is lost cannot be ticked; the advice on it can: {key}"
                ))
            }
            _ => return false,
        };
        effects.push(effect);
        true
    }

    fn sort(&mut self, cx: &Cx<'_>, _effects: &mut Vec<Effect>) -> Option<&'static str> {
        let (next, name) = match self.sort {
            Sort::Size => (Sort::Download, "download"),
            Sort::Download => (Sort::Path, "path"),
            Sort::Path => (Sort::Size, "size"),
        };
        self.sort = next;
        self.rebuild(cx);
        Some(name)
    }

    fn name(&self, place: usize, cx: &Cx<'_>) -> Option<String> {
        let what = self.rows.items().get(place)?.what;
        Some(match what {
            What::File(id) => path(id, cx),
            What::Cause(cause) => words::title(cause).to_owned(),
            What::Group(..) => match self.group(&what, cx) {
                Some(group) => words::pair(group, cx),
                None => String::new(),
            },
            What::Rest(..) => String::new(),
        })
    }

    fn reveal(&mut self, place: usize, _cx: &Cx<'_>) {
        self.rows.reveal(place);
    }

    fn empty(&self, cx: &Cx<'_>) -> String {
        match cx.filter.is_empty() {
            true => "Nothing is lost: every byte that is stored is in the container.".to_owned(),
            false => format!(
                "Nothing that the filter lets through is lost. {} shows everything.",
                cx.keys.key(Action::Back)
            ),
        }
    }
}

impl Lost {
    /// The group that a row is of.
    fn group<'t>(&self, what: &What, cx: &Cx<'t>) -> Option<&'t Group> {
        let (What::Group(cause, layer, lost_in) | What::Rest(cause, layer, lost_in)) = *what else {
            return None;
        };
        let mut groups = cx.tally.lost.groups.iter();
        groups.find(|group| (group.cause, group.layer, group.lost_in) == (cause, layer, lost_in))
    }

    fn sorted_groups<'t>(&self, cause: Cause, groups: &'t [Group]) -> Vec<&'t Group> {
        let mut groups: Vec<&Group> = groups.iter().filter(|it| it.cause == cause).collect();
        match self.sort {
            Sort::Size => {}
            Sort::Download => groups.sort_by_key(|group| Reverse(group.sum.download)),
            Sort::Path => groups.sort_by_key(|group| (group.layer, group.lost_in)),
        }
        groups
    }

    fn sorted_files(&self, group: &Group, cx: &Cx<'_>) -> Vec<BodyId> {
        let fs = cx.model.fs();
        let mut files = group.files.clone();
        match self.sort {
            Sort::Size => {}
            Sort::Download => files.sort_by_key(|&id| Reverse(fs.body(id).transfer)),
            Sort::Path => {
                files.sort_by_cached_key(|&id| fs.path(fs.body(id).node).as_bytes().to_vec());
            }
        }
        files
    }
}

fn of(group: &Group) -> What {
    What::Group(group.cause, group.layer, group.lost_in)
}

fn of_cause(cause: Cause, cx: &Cx<'_>) -> Sum {
    let mut sum = Sum::default();
    for group in &cx.tally.lost.groups {
        if group.cause == cause {
            sum.add(group.sum);
        }
    }
    sum
}

/// Where it was, safe. What lies there now does not matter: it may be a folder.
fn path(id: BodyId, cx: &Cx<'_>) -> String {
    let fs = cx.model.fs();
    format!("/{}", safe(fs.path(fs.body(id).node).as_bytes()))
}

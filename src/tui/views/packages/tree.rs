//! The tree of owners. What comes in is the accounts by owner; what goes out is its rows
//! in order: categories, their families and packages, and what packages are made of.

use std::cmp::{Ordering, Reverse};
use std::collections::HashMap;

use imgsize::owner::{Category, Finds, OwnerId, Part};
use imgsize::units::Bytes;

use super::What;
use crate::tui::filter::PARTS;
use crate::tui::model::Sums;
use crate::tui::view::Cx;

/// What the rows are sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Sort {
    /// Live and lost.
    #[default]
    Size,
    Download,
    Lost,
    Files,
    Name,
}

impl Sort {
    pub(super) fn next(self) -> Sort {
        match self {
            Sort::Size => Sort::Download,
            Sort::Download => Sort::Lost,
            Sort::Lost => Sort::Files,
            Sort::Files => Sort::Name,
            Sort::Name => Sort::Size,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Sort::Size => "size, live and lost",
            Sort::Download => "download",
            Sort::Lost => "lost",
            Sort::Files => "files",
            Sort::Name => "name",
        }
    }

    fn of(self, sums: &Sums) -> u64 {
        match self {
            Sort::Size => sums.live.0,
            Sort::Download => (sums.download + sums.download_lost).0,
            Sort::Lost => sums.lost.0,
            Sort::Files => sums.files,
            Sort::Name => 0,
        }
    }
}

/// Who is shown, and what groups of them come to.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// How many packages and places there are.
    count: usize,
    groups: HashMap<What, Group>,
}

#[derive(Debug, Default)]
struct Group {
    sums: Sums,
    /// How many packages and places are in it.
    members: usize,
    /// What stands directly in it.
    inside: Vec<What>,
}

impl Tree {
    pub(super) fn new(cx: &Cx<'_>) -> Tree {
        let all = cx.tally.filter.is_empty();
        let mut tree = Tree::default();
        for id in cx.model.owners() {
            let sums = cx.tally.owner(id);
            let owner = cx.model.analysis.attribution.owner(id);
            let is_listed = owner.finds == Finds::Packages && owner.installed;
            let has_some = sums.stored() > Bytes::ZERO || sums.files > 0;
            if has_some || all && is_listed {
                tree.enter(id, owner.category, &sums, cx);
            }
        }
        tree
    }

    fn enter(&mut self, id: OwnerId, category: Category, sums: &Sums, cx: &Cx<'_>) {
        self.count += 1;
        let family = cx.model.relations.family(id);
        let family = family.map(|family| What::Family(category, family));
        // What is to be put into the next group, if it is not there yet.
        let (mut inner, mut inner_is_new) = (What::Owner(id), true);
        for what in family.into_iter().chain([What::Category(category)]) {
            let is_new = !self.groups.contains_key(&what);
            let group = self.groups.entry(what).or_default();
            group.sums.add(sums);
            group.members += 1;
            group.inside.extend(inner_is_new.then_some(inner));
            inner = what;
            inner_is_new = is_new;
        }
    }

    fn sums(&self, group: What) -> Sums {
        self.groups
            .get(&group)
            .map(|group| group.sums)
            .unwrap_or_default()
    }

    /// What a row that is no part comes to.
    pub(super) fn of(&self, what: What, cx: &Cx<'_>) -> Sums {
        match what {
            What::Owner(id) => cx.tally.owner(id),
            group => self.sums(group),
        }
    }

    /// How many packages and places a group has.
    pub(super) fn members(&self, group: What) -> usize {
        self.groups.get(&group).map_or(0, |group| group.members)
    }

    /// What stands directly in a group.
    pub(super) fn inside(&self, group: What) -> &[What] {
        self.groups
            .get(&group)
            .map_or(&[], |group| group.inside.as_slice())
    }

    /// The rows, parents first, with their depths.
    pub(super) fn rows(&self, sort: Sort, cx: &Cx<'_>) -> Vec<(What, u16)> {
        let mut rows = Vec::with_capacity(self.count * 4);
        let categories = Category::ALL.map(What::Category);
        let mut top: Vec<What> = categories.into();
        top.retain(|group| self.groups.contains_key(group));
        self.push(top, 0, sort, cx, &mut rows);
        rows
    }

    /// Three deep at most: it ends.
    fn push(
        &self,
        mut whats: Vec<What>,
        depth: u16,
        sort: Sort,
        cx: &Cx<'_>,
        rows: &mut Vec<(What, u16)>,
    ) {
        self.order(&mut whats, sort, cx);
        for what in whats {
            rows.push((what, depth));
            match what {
                What::Category(_) | What::Family(..) => {
                    self.push(self.inside(what).to_vec(), depth + 1, sort, cx, rows);
                }
                // Of what a filter lets through the parts are not known.
                What::Owner(id) if cx.tally.filter.is_empty() => {
                    let parts = parts(cx, id);
                    rows.extend(parts.map(|(part, _)| (What::Part(id, part), depth + 1)));
                }
                _ => {}
            }
        }
    }

    fn order(&self, whats: &mut [What], sort: Sort, cx: &Cx<'_>) {
        // Equals go by name: numbers first, as they are cheap to compare.
        let mut keyed: Vec<(Reverse<u64>, What)> = whats
            .iter()
            .map(|what| (Reverse(sort.of(&self.of(*what, cx))), *what))
            .collect();
        keyed.sort_by(|(one, a), (other, b)| one.cmp(other).then_with(|| by_name(*a, *b, cx)));
        for (place, (_, what)) in whats.iter_mut().zip(keyed) {
            *place = what;
        }
    }
}

fn by_name(a: What, b: What, cx: &Cx<'_>) -> Ordering {
    let text = |what: What| match what {
        What::Category(category) => category.title(),
        What::Family(_, family) => {
            let row = cx.model.report.families.get(usize::from(family));
            row.map_or("", |row| row.name.as_str())
        }
        What::Owner(id) | What::Part(id, _) => {
            cx.model.analysis.attribution.owner(id).name.as_str()
        }
    };
    // Compared as they come: there are many more comparisons than packages.
    let (a, b) = (text(a).bytes(), text(b).bytes());
    a.map(|byte| byte.to_ascii_lowercase())
        .cmp(b.map(|byte| byte.to_ascii_lowercase()))
}

/// What a package is made of, largest first; nothing if it is all of one kind that has
/// no word of its own.
pub(super) fn parts(cx: &Cx<'_>, id: OwnerId) -> impl Iterator<Item = (Part, Bytes)> + use<> {
    let mut all = PARTS.map(|(_, part)| (part, part_of(cx, id, part)));
    all.sort_unstable_by_key(|&(part, bytes)| (Reverse(bytes), part));
    let is_plain = all
        .iter()
        .all(|&(part, bytes)| part == Part::Other || bytes == Bytes::ZERO);
    all.into_iter()
        .filter(move |&(_, bytes)| !is_plain && bytes > Bytes::ZERO)
}

/// The live bytes of a part, whatever the filter is.
pub(super) fn part_of(cx: &Cx<'_>, id: OwnerId, part: Part) -> Bytes {
    let parts = &cx.model.analysis.attribution.owner(id).parts;
    match part {
        Part::Tests => parts.tests,
        Part::Native => parts.native,
        Part::Bytecode => parts.bytecode,
        Part::Headers => parts.headers,
        Part::Stubs => parts.stubs,
        Part::SourceMaps => parts.source_maps,
        Part::Docs => parts.docs,
        Part::Other => parts.other,
    }
}

pub(super) fn part_name(part: Part) -> &'static str {
    match part {
        Part::Tests => "tests",
        Part::Native => "native code",
        Part::Bytecode => "bytecode",
        Part::Headers => "headers",
        Part::Stubs => "type stubs",
        Part::SourceMaps => "source maps",
        Part::Docs => "documentation",
        Part::Other => "the rest",
    }
}

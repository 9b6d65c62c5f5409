//! What categories are made of, as maps. What comes in is the accounts by owner; what
//! goes out is tiles: families and packages, largest first.

use std::cmp::Reverse;
use std::collections::HashMap;

use imgsize::owner::{Category, OwnerId};
use imgsize::rootfs::Cause;
use imgsize::units::Bytes;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::model::Sums;
use crate::tui::relations::FamilyNo;
use crate::tui::text::{cut, safe_text};
use crate::tui::theme::Role;
use crate::tui::treemap::{self, Group, Part};
use crate::tui::view::Cx;
use crate::tui::views::category_means;

/// More are one tile together.
const MOST: usize = 100;

/// What a tile of a category is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Whose {
    Family(FamilyNo),
    Owner(OwnerId),
}

/// The tiles of all categories, in the order of the rows.
#[derive(Debug, Default)]
pub(super) struct Maps {
    groups: Vec<(Category, Group)>,
    /// Are the tiles as large as the download?
    download: bool,
}

impl Maps {
    pub(super) fn new(categories: &[(Category, Sums)], download: bool, cx: &Cx<'_>) -> Maps {
        let mut owners: HashMap<(Category, Whose), Bytes> = HashMap::new();
        for id in cx.model.owners() {
            let sums = cx.tally.owner(id);
            let bytes = if download { sums.download } else { sums.live };
            if bytes == Bytes::ZERO {
                continue;
            }
            let whose = cx.model.relations.family(id);
            let whose = whose.map_or(Whose::Owner(id), Whose::Family);
            let category = cx.model.analysis.attribution.owner(id).category;
            *owners.entry((category, whose)).or_default() += bytes;
        }
        let mut all: Vec<_> = owners.into_iter().collect();
        all.sort_unstable_by_key(|&((_, whose), bytes)| (Reverse(bytes), whose));
        let mut groups: Vec<(Category, Group)> = categories
            .iter()
            .map(|(category, _)| (*category, Group::default()))
            .collect();
        for ((category, whose), bytes) in all {
            let Some((_, group)) = groups.iter_mut().find(|(other, _)| *other == category) else {
                continue;
            };
            if group.parts.len() == MOST {
                group.rest.0 += bytes;
                group.rest.1 += 1;
                continue;
            }
            group.parts.push(Part {
                label: label(whose, cx),
                bytes,
                size: cx.size(bytes),
                role: Role::Category(category),
            });
        }
        Maps { groups, download }
    }

    /// Every category, each with what is largest in it.
    pub(super) fn all(&self, buffer: &mut Buffer, area: Rect, cx: &Cx<'_>) {
        let groups = self.groups.iter().map(|(_, group)| group.clone()).collect();
        let title = "Live bytes by category: the largest packages and places";
        self.draw(title, groups, buffer, area, cx);
    }

    /// What one category is made of.
    pub(super) fn one(&self, category: Category, buffer: &mut Buffer, area: Rect, cx: &Cx<'_>) {
        let group = self.groups.iter().find(|(other, _)| *other == category);
        let title = format!("{}: {}", category.title(), category_means(category));
        let groups = group.map(|(_, group)| group.clone()).into_iter().collect();
        self.draw(&title, groups, buffer, area, cx);
    }

    fn draw(&self, title: &str, groups: Vec<Group>, buffer: &mut Buffer, area: Rect, cx: &Cx<'_>) {
        let title = match self.download {
            true => format!("{title} (by download)"),
            false => title.to_owned(),
        };
        draw(&title, groups, buffer, area, cx);
    }
}

/// A map with a line above that tells what it is of.
fn draw(title: &str, groups: Vec<Group>, buffer: &mut Buffer, area: Rect, cx: &Cx<'_>) {
    if area.is_empty() {
        return;
    }
    let title = cut(title, usize::from(area.width), cx.theme.glyph("…", "~"));
    buffer.set_string(area.x, area.y, title, cx.theme.style(Role::Title));
    let map = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    };
    let is_empty = groups.iter().all(|group| group.parts.is_empty());
    if is_empty && map.height > 0 {
        let words = "Nothing of it is there.";
        buffer.set_string(map.x, map.y, words, cx.theme.style(Role::Dim));
    }
    treemap::draw(buffer, map, groups, cx.theme, &|bytes| cx.size(bytes));
}

/// What is lost, by why.
pub(super) fn lost(buffer: &mut Buffer, area: Rect, cx: &Cx<'_>) {
    let mut parts: Vec<Part> = cx
        .tally
        .causes
        .iter()
        .map(|(&cause, &bytes)| {
            let (label, role) = match cause {
                Cause::Overwritten => ("overwritten", Role::Changed),
                Cause::Deleted => ("deleted", Role::Removed),
                Cause::MetadataOnly => ("only permissions, owner or times", Role::Metadata),
            };
            Part {
                label: label.to_owned(),
                bytes,
                size: cx.size(bytes),
                role,
            }
        })
        .collect();
    parts.sort_by_key(|part| Reverse(part.bytes));
    let groups = vec![Group {
        parts,
        ..Group::default()
    }];
    let title = "Lost: what later layers deleted or wrote anew";
    draw(title, groups, buffer, area, cx);
}

fn label(whose: Whose, cx: &Cx<'_>) -> String {
    match whose {
        Whose::Family(no) => {
            let row = cx.model.report.families.get(usize::from(no));
            row.map(|row| safe_text(&row.name)).unwrap_or_default()
        }
        Whose::Owner(id) => {
            let owner = cx.model.analysis.attribution.owner(id);
            safe_text(&owner.name)
        }
    }
}

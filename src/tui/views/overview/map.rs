//! What categories are made of, as maps. What comes in is the accounts by owner; what
//! goes out is tiles: families and packages, largest first.

use std::cmp::Reverse;
use std::collections::HashMap;

use imgsize::owner::{Category, OwnerId};
use imgsize::rootfs::Cause;
use imgsize::units::Bytes;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::keys::Action;
use crate::tui::model::Sums;
use crate::tui::relations::FamilyNo;
use crate::tui::text::{cut, safe_text};
use crate::tui::theme::Role;
use crate::tui::treemap::{self, Group, Part};
use crate::tui::view::{Cx, Effect};
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
    groups: Vec<CategoryMap>,
    /// Are the tiles as large as the download?
    download: bool,
}

#[derive(Debug)]
struct CategoryMap {
    category: Category,
    group: Group,
    /// What its parts are.
    whose: Vec<Whose>,
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
        let mut groups: Vec<CategoryMap> = categories
            .iter()
            .map(|(category, _)| CategoryMap {
                category: *category,
                group: Group::default(),
                whose: Vec::new(),
            })
            .collect();
        for ((category, whose), bytes) in all {
            let map = groups.iter_mut().find(|map| map.category == category);
            let Some(CategoryMap {
                group, whose: all, ..
            }) = map
            else {
                continue;
            };
            if group.parts.len() == MOST {
                group.rest.0 += bytes;
                group.rest.1 += 1;
                continue;
            }
            all.push(whose);
            group.parts.push(Part {
                label: label(whose, cx),
                bytes,
                size: cx.size(bytes),
                role: Role::Category(category),
            });
        }
        Maps { groups, download }
    }

    /// The maps of one category, or of all.
    fn of(&self, category: Option<Category>) -> Vec<&CategoryMap> {
        let maps = self.groups.iter();
        maps.filter(|map| category.is_none_or(|category| map.category == category))
            .collect()
    }

    /// How many tiles can be gone through.
    pub(super) fn len(&self, category: Option<Category>) -> usize {
        self.of(category).iter().map(|map| map.whose.len()).sum()
    }

    /// The group and the part of a tile, counted through all groups.
    fn place(&self, category: Option<Category>, tile: usize) -> Option<(usize, usize)> {
        let mut tile = tile;
        for (no, map) in self.of(category).iter().enumerate() {
            if tile < map.whose.len() {
                return Some((no, tile));
            }
            tile -= map.whose.len();
        }
        None
    }

    /// Goes to what a tile stands for.
    pub(super) fn open(&self, category: Option<Category>, tile: usize) -> Option<Effect> {
        let (group, part) = self.place(category, tile)?;
        let map = *self.of(category).get(group)?;
        Some(match *map.whose.get(part)? {
            Whose::Owner(id) => Effect::ShowPackage(id),
            Whose::Family(family) => Effect::ShowFamily(map.category, family),
        })
    }

    /// Draws every category, each with what is largest in it, or what one is made of;
    /// the line above tells of the tile that is meant.
    pub(super) fn draw(
        &self,
        category: Option<Category>,
        tile: Option<usize>,
        buffer: &mut Buffer,
        area: Rect,
        cx: &Cx<'_>,
    ) {
        let maps = self.of(category);
        let place = tile.and_then(|tile| self.place(category, tile));
        let part = place.and_then(|(group, part)| maps.get(group)?.group.parts.get(part));
        let (by, what) = match self.download {
            true => (" by download", "Download"),
            false => ("", "Live bytes"),
        };
        let title = match (part, category) {
            (Some(part), _) => {
                let key = cx.keys.key(Action::Open);
                format!("{}: {} ({key} goes to it)", part.label, part.size)
            }
            (None, Some(category)) => {
                format!("{}{by}: {}", category.title(), category_means(category))
            }
            (None, None) => format!("{what} by category: the largest packages and places"),
        };
        let groups = maps.iter().map(|map| map.group.clone()).collect();
        draw(&title, groups, place, buffer, area, cx);
    }
}

/// A map with a line above that tells what it is of.
fn draw(
    title: &str,
    groups: Vec<Group>,
    marked: Option<(usize, usize)>,
    buffer: &mut Buffer,
    area: Rect,
    cx: &Cx<'_>,
) {
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
    treemap::draw(buffer, map, groups, marked, cx.theme, &|bytes| {
        cx.size(bytes)
    });
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
    draw(title, groups, None, buffer, area, cx);
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

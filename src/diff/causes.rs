//! Why an image grew. What comes in is two reports; what goes out is the causes: every
//! stored byte and every byte of the download in exactly one, before and after.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::items::{Items, Thing, pair, plus, settle};
use super::places::{by_path, with_versions};
use super::{CauseKind, CauseRow, Change, ItemRow, Kind, LayerChange, LayerFate};
use crate::category::Category;
use crate::path::{brief, shown_text};
use crate::report::{Report, Saving};
use crate::units::Bytes;

/// A lost file of this size is an item by itself.
const LARGE: Bytes = Bytes(1_000_000);

/// Which layers are the base's.
pub(super) struct Ground<'r> {
    base: BTreeSet<usize>,
    /// Do both images have a base that is known? Else neither has: what one of them calls
    /// its base would be compared with files of the other's.
    pub(super) has_base: bool,
    report: &'r Report,
}

impl<'r> Ground<'r> {
    fn new(report: &'r Report, has_base: bool) -> Ground<'r> {
        let layers = report.layers.iter().filter(|row| row.base && has_base);
        Ground {
            base: layers.map(|row| row.index).collect(),
            has_base,
            report,
        }
    }

    /// Does this layer lie on top of the base?
    pub(super) fn is_above(&self, layer: usize) -> bool {
        !self.base.contains(&layer)
    }

    /// The base's layers as a whole.
    fn base(&self) -> Saving {
        let layers = self.report.layers.iter();
        let layers = layers.filter(|row| !self.is_above(row.index));
        layers.fold(Saving::default(), |sum, row| Saving {
            stored: sum.stored + row.stored,
            download: sum.download + row.download,
        })
    }
}

/// Which cause the live bytes of a category are, of packages and of places.
pub(super) fn of_category(category: Category, is_package: bool) -> CauseKind {
    match category {
        Category::SystemPackages => CauseKind::SystemPackages,
        // Without a base that both have, or changed on top of it.
        Category::BaseOs if is_package => CauseKind::SystemPackages,
        Category::LanguageRuntime => CauseKind::Runtime,
        Category::LanguagePackages => CauseKind::LanguagePackages,
        Category::App | Category::BuildOutput => CauseKind::App,
        Category::Leftovers => CauseKind::Leftovers,
        Category::BaseOs | Category::Unattributed => CauseKind::Other,
    }
}

const ORDER: [CauseKind; 9] = [
    CauseKind::Base,
    CauseKind::SystemPackages,
    CauseKind::Runtime,
    CauseKind::LanguagePackages,
    CauseKind::App,
    CauseKind::Leftovers,
    CauseKind::Lost,
    CauseKind::Headers,
    CauseKind::Other,
];

pub(super) fn causes(old: &Report, new: &Report, layers: &[LayerChange]) -> Vec<CauseRow> {
    let has_base = [old, new]
        .iter()
        .all(|report| report.image.base.is_some() && report.layers.iter().any(|row| row.base));
    let (a, b) = (Ground::new(old, has_base), Ground::new(new, has_base));
    let mut items = Items::new();
    pair(with_versions(old, &a), with_versions(new, &b), &mut items);
    let [old_paths, new_paths] = by_path((old, &a), (new, &b));
    pair(old_paths, new_paths, &mut items);
    pair(lost(&a), lost(&b), &mut items);
    if has_base {
        items.insert(CauseKind::Base, base(&a, &b, layers));
    }
    let sums = [(old, &a, 0), (new, &b, 1)].map(|(report, ground, side)| {
        let mut purse = Purse::new(report);
        let mut sums = BTreeMap::new();
        for cause in ORDER {
            let of = items.get(&cause).into_iter().flatten();
            let of = of.map(|item| {
                if side == 0 {
                    item.bytes.old
                } else {
                    item.bytes.new
                }
            });
            let told = match cause {
                CauseKind::Base => ground.base(),
                // What no file and no base explains of the download.
                CauseKind::Headers => purse.rest(Bytes::ZERO, &others(&items, side)),
                _ => of.fold(Saving::default(), plus),
            };
            sums.insert(cause, purse.take(told));
        }
        // Of a whole report nothing is left.
        if let Some(other) = sums.get_mut(&CauseKind::Other) {
            *other = plus(*other, purse.left);
        }
        sums
    });
    let mut rows: Vec<CauseRow> = ORDER
        .into_iter()
        .map(|cause| {
            let [old, new] = [0, 1].map(|side: usize| sums[side][&cause]);
            let bytes = Change { old, new };
            CauseRow {
                cause,
                bytes,
                items: settle(items.remove(&cause).unwrap_or_default(), bytes, rest(cause)),
            }
        })
        .collect();
    rows.sort_by_key(|row| {
        let (stored, download) = (row.bytes.stored(), row.bytes.download());
        (
            Reverse(stored.unsigned_abs()),
            Reverse(download.unsigned_abs()),
            row.cause,
        )
    });
    rows
}

/// What of [`CauseKind::Other`] is told by files: headers leave that over.
fn others(items: &Items, side: usize) -> Saving {
    let items = items.get(&CauseKind::Other).into_iter().flatten();
    let bytes = items.map(|item| {
        if side == 0 {
            item.bytes.old
        } else {
            item.bytes.new
        }
    });
    bytes.fold(Saving::default(), plus)
}

/// A report's bytes while they are given to causes: never more than there are, whatever a
/// saved report says.
struct Purse {
    left: Saving,
}

impl Purse {
    fn new(report: &Report) -> Purse {
        Purse {
            left: Saving {
                stored: report.totals.stored,
                download: report.totals.download,
            },
        }
    }

    fn take(&mut self, wanted: Saving) -> Saving {
        let taken = Saving {
            stored: wanted.stored.min(self.left.stored),
            download: wanted.download.min(self.left.download),
        };
        self.left = Saving {
            stored: self.left.stored - taken.stored,
            download: self.left.download - taken.download,
        };
        taken
    }

    /// So many stored bytes, and of the download all that `others` do not want.
    fn rest(&self, stored: Bytes, others: &Saving) -> Saving {
        Saving {
            stored,
            download: self.left.download - others.download,
        }
    }
}

/// What is called what no item of a cause tells.
fn rest(cause: CauseKind) -> &'static str {
    match cause {
        CauseKind::Headers => "tar headers and padding",
        _ => "what the reports do not tell of",
    }
}

/// Lost bytes that layers above the base store: large files each, all others by whose
/// they were.
fn lost(ground: &Ground<'_>) -> Vec<Thing> {
    let rows = ground.report.lost.iter();
    let rows = rows.filter(|row| ground.is_above(row.layer));
    let things = rows.map(|row| Thing {
        cause: CauseKind::Lost,
        ecosystem: String::new(),
        name: match row.bytes >= LARGE {
            true => row.path.clone(),
            false => format!("of {}", row.owner),
        },
        version: String::new(),
        bytes: Saving {
            stored: row.bytes,
            download: row.download,
        },
    });
    things.collect()
}

/// The layers of the bases. An item is a layer; one that is the same is one with those
/// that did not change.
fn base(old: &Ground<'_>, new: &Ground<'_>, layers: &[LayerChange]) -> Vec<ItemRow> {
    let names = [old, new].map(|ground| {
        let base = ground.report.image.base.as_ref()?;
        let name = base.name.as_deref()?;
        Some(match &base.digest {
            Some(digest) => shown_text(&format!("{name}@{digest}")).into_owned(),
            None => shown_text(name).into_owned(),
        })
    });
    let is_base = |ground: &Ground<'_>, index: Option<usize>| {
        index.is_some_and(|index| !ground.is_above(index))
    };
    let mut items = Vec::new();
    for change in layers {
        let mut bytes = change.bytes;
        if !is_base(old, change.old) {
            bytes.old = Saving::default();
        }
        if !is_base(new, change.new) {
            bytes.new = Saving::default();
        }
        let kind = match (
            bytes.old == Saving::default(),
            bytes.new == Saving::default(),
        ) {
            (true, true) => continue,
            (true, false) => Kind::Added,
            (false, true) => Kind::Removed,
            _ if change.fate == LayerFate::Kept => Kind::Same,
            _ => Kind::Changed,
        };
        let words = change
            .created_by
            .as_deref()
            .unwrap_or("a layer without a history");
        let [from, to] = match kind {
            Kind::Same => [None, None],
            Kind::Added => [None, names[1].clone()],
            Kind::Removed => [names[0].clone(), None],
            _ => names.clone(),
        };
        items.push(ItemRow {
            name: brief(words),
            kind,
            from,
            to,
            bytes,
        });
    }
    items
}

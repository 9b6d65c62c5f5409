//! Things of one kind before and after, put side by side. What comes in is each by its
//! name, version and bytes; what goes out is the items of causes, which keep their sums.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::version::compare;
use super::{CauseKind, Change, ItemRow, Kind};
use crate::path::shown_text;
use crate::report::Saving;
use crate::units::Bytes;

/// What one of the causes is made of.
pub(super) type Items = BTreeMap<CauseKind, Vec<ItemRow>>;

/// A thing in one of the images.
pub(super) struct Thing {
    pub(super) cause: CauseKind,
    /// Empty for what is no package.
    pub(super) ecosystem: String,
    pub(super) name: String,
    /// Empty where it has none.
    pub(super) version: String,
    pub(super) bytes: Saving,
}

/// By version: bytes by cause, as one package may count here and there.
type Versions = BTreeMap<String, BTreeMap<CauseKind, Saving>>;

pub(super) fn plus(a: Saving, b: Saving) -> Saving {
    Saving {
        stored: a.stored + b.stored,
        download: a.download + b.download,
    }
}

/// Pairs things by ecosystem and name: equal versions first, then the latest with the
/// latest. What weighs nothing in both images is left out.
pub(super) fn pair(old: Vec<Thing>, new: Vec<Thing>, items: &mut Items) {
    let mut things: BTreeMap<(String, String), [Versions; 2]> = BTreeMap::new();
    for (side, all) in [old, new].into_iter().enumerate() {
        for thing in all {
            let versions = things.entry((thing.ecosystem, thing.name)).or_default();
            let causes = versions[side].entry(thing.version).or_default();
            let sum = causes.entry(thing.cause).or_default();
            *sum = plus(*sum, thing.bytes);
        }
    }
    for ((ecosystem, name), [mut old, mut new]) in things {
        let name = match ecosystem.as_str() {
            "" => shown_text(&name).into_owned(),
            _ => shown_text(&format!("{ecosystem}:{name}")).into_owned(),
        };
        let both: Vec<String> = old
            .keys()
            .filter(|key| new.contains_key(*key))
            .cloned()
            .collect();
        for version in both {
            let sides = (old.remove(&version), new.remove(&version));
            if let (Some(a), Some(b)) = sides {
                enter(
                    &name,
                    Some((&version, a)),
                    Some((&version, b)),
                    &ecosystem,
                    items,
                );
            }
        }
        let sorted = |versions: Versions| {
            let mut versions: Vec<_> = versions.into_iter().collect();
            versions.sort_by(|(a, _), (b, _)| compare(&ecosystem, b, a));
            versions
        };
        let (mut old, mut new) = (sorted(old).into_iter(), sorted(new).into_iter());
        loop {
            let (a, b) = (old.next(), new.next());
            if a.is_none() && b.is_none() {
                break;
            }
            let a = a
                .as_ref()
                .map(|(version, causes)| (version, causes.clone()));
            let b = b
                .as_ref()
                .map(|(version, causes)| (version, causes.clone()));
            enter(&name, a, b, &ecosystem, items);
        }
    }
}

type Side<'v> = Option<(&'v String, BTreeMap<CauseKind, Saving>)>;

/// One thing, in each cause where it has bytes.
fn enter(name: &str, old: Side<'_>, new: Side<'_>, ecosystem: &str, items: &mut Items) {
    let versions = [old.as_ref(), new.as_ref()].map(|side| side.map(|(version, _)| *version));
    let by_cause = [old, new].map(|side| side.map(|(_, causes)| causes).unwrap_or_default());
    let kind = match versions {
        [None, _] => Kind::Added,
        [_, None] => Kind::Removed,
        [Some(a), Some(b)] => match compare(ecosystem, a, b) {
            std::cmp::Ordering::Less => Kind::Upgraded,
            std::cmp::Ordering::Greater => Kind::Downgraded,
            std::cmp::Ordering::Equal => Kind::Changed,
        },
    };
    let [from, to] = versions.map(|version| {
        let version = version.filter(|version| !version.is_empty())?;
        Some(shown_text(version).into_owned())
    });
    let mut causes: Vec<CauseKind> = by_cause
        .iter()
        .flat_map(|side| side.keys().copied())
        .collect();
    causes.sort_unstable();
    causes.dedup();
    for cause in causes {
        let [old, new] = [0, 1].map(|side| by_cause[side].get(&cause).copied().unwrap_or_default());
        let bytes = Change { old, new };
        if bytes == Change::default() {
            continue;
        }
        let is_same = kind == Kind::Changed && from == to && is_alike(&bytes);
        items.entry(cause).or_default().push(ItemRow {
            name: name.to_owned(),
            kind: if is_same { Kind::Same } else { kind },
            from: from.clone(),
            to: to.clone(),
            bytes,
        });
    }
}

/// As many stored bytes, and about as many of the download: what a file takes there
/// depends on its neighbours.
fn is_alike(bytes: &Change) -> bool {
    let off = bytes.download().unsigned_abs();
    bytes.stored() == 0 && (off <= 512 || u128::from(off) * 100 <= u128::from(bytes.old.download.0))
}

/// The largest change first; what did not change as one item, the last; and what is
/// missing to the cause's sum under a name of its own.
pub(super) fn settle(mut items: Vec<ItemRow>, whole: Change, rest: &str) -> Vec<ItemRow> {
    let sum = |items: &[ItemRow], of: fn(&ItemRow) -> Saving| {
        items.iter().map(of).fold(Saving::default(), plus)
    };
    let minus = |a: Saving, b: Saving| Saving {
        stored: a.stored - b.stored,
        download: a.download - b.download,
    };
    let is_over = |of: fn(&ItemRow) -> Saving, whole: Saving| {
        let sum = sum(&items, of);
        sum.stored > whole.stored || sum.download > whole.download
    };
    if is_over(|item| item.bytes.old, whole.old) || is_over(|item| item.bytes.new, whole.new) {
        // A saved report that does not hold: its sums are all that can be told.
        items.clear();
    }
    let left = Change {
        old: minus(whole.old, sum(&items, |item| item.bytes.old)),
        new: minus(whole.new, sum(&items, |item| item.bytes.new)),
    };
    if left != Change::default() {
        items.push(ItemRow {
            name: rest.to_owned(),
            kind: match (is_nothing(left.old), is_nothing(left.new)) {
                (true, _) => Kind::Added,
                (_, true) => Kind::Removed,
                _ if is_alike(&left) => Kind::Same,
                _ => Kind::Changed,
            },
            from: None,
            to: None,
            bytes: left,
        });
    }
    let (mut same, mut items): (Vec<_>, Vec<_>) =
        items.into_iter().partition(|item| item.kind == Kind::Same);
    items.sort_by(|a, b| {
        let key = |item: &ItemRow| {
            let (stored, download) = (item.bytes.stored(), item.bytes.download());
            (
                Reverse(stored.unsigned_abs()),
                Reverse(download.unsigned_abs()),
            )
        };
        key(a).cmp(&key(b)).then_with(|| a.name.cmp(&b.name))
    });
    match same.len() {
        0 => {}
        1 => items.append(&mut same),
        count => items.push(ItemRow {
            name: format!("{count} unchanged"),
            kind: Kind::Same,
            from: None,
            to: None,
            bytes: Change {
                old: sum(&same, |item| item.bytes.old),
                new: sum(&same, |item| item.bytes.new),
            },
        }),
    }
    items
}

fn is_nothing(saving: Saving) -> bool {
    saving.stored == Bytes::ZERO && saving.download == Bytes::ZERO
}

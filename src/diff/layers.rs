//! Which layer became which, and what of the new ones is pulled. What comes in is the
//! layers of two reports; what goes out is what became of each, never by its place.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, LayerChange, LayerFate, Update};
use crate::path::shown_text;
use crate::report::{LayerRow, Report, Saving};
use crate::units::Bytes;

/// More pairs of layers than any two images have; beyond it instructions are not compared.
const MOST_PAIRS: usize = 4_000_000;

/// Old and new by their places.
type Pairs = Vec<(usize, usize)>;

pub(super) fn layers(old: &Report, new: &Report) -> (Vec<LayerChange>, Update) {
    let (old, new) = (&old.layers, &new.layers);
    let mut pairs = same(old, new);
    let is_left = |pairs: &Pairs| {
        let olds: BTreeSet<usize> = pairs.iter().map(|pair| pair.0).collect();
        let news: BTreeSet<usize> = pairs.iter().map(|pair| pair.1).collect();
        let left = |count, taken: BTreeSet<usize>| -> Vec<usize> {
            (0..count).filter(|no| !taken.contains(no)).collect()
        };
        (left(old.len(), olds), left(new.len(), news))
    };
    let (left_old, left_new) = is_left(&pairs);
    pairs.extend(in_order(old, new, &left_old, &left_new));
    let (gone, _) = is_left(&pairs);
    let of: BTreeMap<usize, usize> = pairs.into_iter().map(|(old, new)| (new, old)).collect();
    let held = Held::new(old);
    let mut pulled: BTreeSet<&str> = BTreeSet::new();
    let mut update = Update::default();
    let mut rows = Vec::new();
    for (no, row) in new.iter().enumerate() {
        let before = of.get(&no).map(|&old_no| &old[old_no]);
        let is_held = held.has(row);
        let (fate, why) = fate(before, row, is_held);
        let blob = row.digest.as_deref().or(row.diff_id.as_deref());
        let is_again = blob.is_some_and(|blob| !pulled.insert(blob));
        if !is_held && !is_again {
            update.layers += 1;
            update.download += row.download;
            update.plain += usize::from(row.compression == "none");
            if fate == LayerFate::Rebuilt {
                update.needless += row.download;
            }
        }
        rows.push(change(fate, before, Some(row), why));
    }
    let gone = gone.into_iter().map(|no| &old[no]);
    rows.extend(gone.map(|row| change(LayerFate::Removed, Some(row), None, None)));
    (rows, update)
}

/// What the old image has, by name: for a million layers as quick as [`is_same`] for two.
#[derive(Default)]
struct Held<'r> {
    digests: BTreeSet<&'r str>,
    /// By the tar: is there one without a digest, one that is plain, one that is not?
    tars: BTreeMap<&'r str, [bool; 3]>,
}

impl<'r> Held<'r> {
    fn new(layers: &'r [LayerRow]) -> Held<'r> {
        let mut held = Held::default();
        for row in layers {
            held.digests.extend(row.digest.as_deref());
            if let Some(diff_id) = &row.diff_id {
                let is_plain = row.compression == "none";
                let kinds = held.tars.entry(diff_id).or_default();
                kinds[0] |= row.digest.is_none();
                kinds[1] |= is_plain;
                kinds[2] |= !is_plain;
            }
        }
        held
    }

    /// Is it one blob with any of them?
    fn has(&self, row: &LayerRow) -> bool {
        let digest = row.digest.as_deref();
        let kinds = row.diff_id.as_deref().and_then(|id| self.tars.get(id));
        let by_tar = kinds.is_some_and(|[bare, plain, packed]| match row.compression.as_str() {
            _ if digest.is_none() => true,
            "none" => *bare || *packed,
            _ => *bare || *plain,
        });
        by_tar || digest.is_some_and(|digest| self.digests.contains(digest))
    }
}

/// One blob? By digest; by the tar's where a side has none, and where one of the two is
/// no blob of a registry but what an engine hands out: a plain tar.
fn is_same(old: &LayerRow, new: &LayerRow) -> bool {
    match (&old.digest, &new.digest) {
        (Some(a), Some(b)) if a == b => true,
        (Some(_), Some(_)) if (old.compression == "none") == (new.compression == "none") => false,
        _ => old.diff_id.is_some() && old.diff_id == new.diff_id,
    }
}

/// Each new layer with the old one that is the same, those that stand first first.
fn same(old: &[LayerRow], new: &[LayerRow]) -> Pairs {
    let mut by_digest: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (no, row) in old.iter().enumerate().rev() {
        for name in [&row.digest, &row.diff_id].into_iter().flatten() {
            by_digest.entry(name).or_default().push(no);
        }
    }
    let mut is_taken = vec![false; old.len()];
    let mut pairs = Pairs::new();
    for (no, row) in new.iter().enumerate() {
        let names = [&row.digest, &row.diff_id].into_iter().flatten();
        for name in names {
            let Some(olds) = by_digest.get_mut(name.as_str()) else {
                continue;
            };
            while olds.pop_if(|&mut old_no| is_taken[old_no]).is_some() {}
            // Behind one that another way of compression keeps away may be the right one.
            let found = olds.iter().rev().take(64).copied();
            let mut found = found.filter(|&old_no| !is_taken[old_no]);
            if let Some(old_no) = found.find(|&old_no| is_same(&old[old_no], row)) {
                is_taken[old_no] = true;
                pairs.push((old_no, no));
                break;
            }
        }
    }
    pairs
}

/// How well two layers match: not at all without one instruction, or one content.
fn likeness(old: (&LayerRow, &str), new: (&LayerRow, &str)) -> u32 {
    let ((old, old_plain), (new, new_plain)) = (old, new);
    let same = |a: &Option<String>, b: &Option<String>| a.is_some() && a == b;
    let instruction = !old_plain.is_empty() && old_plain == new_plain;
    let content = same(&old.content, &new.content) || same(&old.diff_id, &new.diff_id);
    match (instruction, content) {
        (true, true) => 4,
        (false, true) => 3,
        (true, false) if same(&old.outline, &new.outline) => 2,
        (true, false) => 1,
        (false, false) => 0,
    }
}

/// An instruction without what names its content or its time: `ADD file:0123… in /`,
/// `'@1700000000'`.
fn plain(instruction: &str) -> String {
    let word = |word: &str| match word.split_once(':') {
        Some((kind @ ("file" | "dir" | "multi"), hash)) if is_hash(hash) => format!("{kind}:"),
        _ if word.trim_matches('\'').starts_with('@') => "@".to_owned(),
        _ => word.to_owned(),
    };
    let words: Vec<String> = instruction.split_whitespace().map(word).collect();
    words.join(" ")
}

fn is_hash(text: &str) -> bool {
    text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The best matches that do not cross.
fn in_order(old: &[LayerRow], new: &[LayerRow], olds: &[usize], news: &[usize]) -> Pairs {
    let words = |layers: &[LayerRow], places: &[usize]| -> Vec<String> {
        let text = |&no: &usize| layers[no].created_by.as_deref().map(plain);
        places
            .iter()
            .map(|no| text(no).unwrap_or_default())
            .collect()
    };
    let (old_words, new_words) = (words(old, olds), words(new, news));
    let like = |a: usize, b: usize| {
        let (old, new) = (&old[olds[a]], &new[news[b]]);
        likeness((old, &old_words[a]), (new, &new_words[b]))
    };
    let (height, width) = (olds.len(), news.len());
    let mut pairs = Pairs::new();
    if height.saturating_mul(width) > MOST_PAIRS {
        return pairs;
    }
    // The best sum from each place to the ends.
    let mut best = vec![0_u32; (height + 1) * (width + 1)];
    let at = |a: usize, b: usize| a * (width + 1) + b;
    let mut likes = vec![0_u32; (height + 1) * (width + 1)];
    for a in (0..height).rev() {
        for b in (0..width).rev() {
            let like = like(a, b);
            likes[at(a, b)] = like;
            let skip = best[at(a + 1, b)].max(best[at(a, b + 1)]);
            let take = best[at(a + 1, b + 1)] + like;
            best[at(a, b)] = skip.max(if like > 0 { take } else { 0 });
        }
    }
    let (mut a, mut b) = (0, 0);
    while a < height && b < width {
        let like = likes[at(a, b)];
        if like > 0 && best[at(a, b)] == best[at(a + 1, b + 1)] + like {
            pairs.push((olds[a], news[b]));
            (a, b) = (a + 1, b + 1);
        } else if best[at(a, b)] == best[at(a + 1, b)] {
            a += 1;
        } else {
            b += 1;
        }
    }
    pairs
}

fn fate(old: Option<&LayerRow>, new: &LayerRow, is_held: bool) -> (LayerFate, Option<String>) {
    let told = |fate, why: &str| (fate, Some(why.to_owned()));
    let Some(old) = old else {
        return match is_held {
            true => told(
                LayerFate::Added,
                "the old image has this blob: nothing is pulled",
            ),
            false => (LayerFate::Added, None),
        };
    };
    if is_same(old, new) {
        return (LayerFate::Kept, None);
    }
    let same = |a: &Option<String>, b: &Option<String>| a.is_some() && a == b;
    if same(&old.diff_id, &new.diff_id) {
        return told(LayerFate::Rebuilt, "the same tar, compressed anew");
    }
    if same(&old.content, &new.content) {
        let why = "the same files, by their contents: only times, compiled Python or the order \
                   in the tar differ";
        return told(LayerFate::Rebuilt, why);
    }
    let is_unread = old.content.is_none() || new.content.is_none();
    if is_unread && same(&old.outline, &new.outline) {
        let why = "names, modes, owners and sizes are the same; contents were not compared";
        return told(LayerFate::Changed, why);
    }
    (LayerFate::Changed, None)
}

fn change(
    fate: LayerFate,
    old: Option<&LayerRow>,
    new: Option<&LayerRow>,
    why: Option<String>,
) -> LayerChange {
    let saving = |row: Option<&LayerRow>| Saving {
        stored: row.map_or(Bytes::ZERO, |row| row.stored),
        download: row.map_or(Bytes::ZERO, |row| row.download),
    };
    let created_by = new.or(old).and_then(|row| row.created_by.as_deref());
    LayerChange {
        fate,
        old: old.map(|row| row.index),
        new: new.map(|row| row.index),
        created_by: created_by.map(|text| shown_text(text).into_owned()),
        base: new.or(old).is_some_and(|row| row.base),
        bytes: Change {
            old: saving(old),
            new: saving(new),
        },
        why,
    }
}

/// Does it depend on contents that were not read whether layers were made anew for
/// nothing?
pub(super) fn is_unsure(change: &LayerChange) -> bool {
    change.fate == LayerFate::Changed && change.why.is_some()
}

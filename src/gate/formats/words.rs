//! Words that the formats share. What comes in is numbers and names as a verdict holds
//! them; what goes out is figures, changes and names that are safe to print.

use std::collections::BTreeMap;

use crate::gate::{LimitRow, State, Unit, Verdict};
use crate::path::{brief, shown_text};
use crate::units::{Bytes, Units};

/// How long a sentence may be, in bytes: a message may hold a link and what to do.
const SENTENCE: usize = 1000;

/// What stands in for the budget's file where flags alone made it.
const FLAGS: &str = "flags";

/// A name on one line that is safe on a terminal, cut where it is very long.
pub(super) fn name(text: &str) -> String {
    brief(text)
}

/// A sentence on one line: line breaks and tabs are blanks.
pub(super) fn sentence(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if line.len() + word.len() > SENTENCE {
            line.push_str(" …");
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    shown_text(&line).into_owned()
}

/// The budget's file, or `None` where flags made it.
pub(super) fn budget_file(verdict: &Verdict) -> Option<&str> {
    let file = verdict.budget.as_str();
    let file = file.strip_prefix("./").unwrap_or(file);
    (!file.is_empty() && file != FLAGS).then_some(file)
}

/// What stays of an image's name from one build to the next: without its tag and digest.
pub(super) fn without_tag(name: &str) -> &str {
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    // A colon before a slash parts a host from its port.
    match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') && !name.is_empty() => name,
        _ => name,
    }
}

/// A name for each image that stays from run to run and is nobody else's, in order.
pub(super) fn keys(verdict: &Verdict) -> Vec<String> {
    let mut called: BTreeMap<&str, usize> = BTreeMap::new();
    for image in &verdict.images {
        *called.entry(without_tag(&image.name)).or_default() += 1;
    }
    let mut taken = Taken::new();
    let images = verdict.images.iter();
    images
        .map(|image| {
            let short = without_tag(&image.name);
            let alone = called.get(short) == Some(&1);
            unique(name(if alone { short } else { &image.name }), &mut taken)
        })
        .collect()
}

/// Texts that are given away, and how often each was asked for.
pub(super) type Taken = BTreeMap<String, usize>;

/// `text`, with a number behind it if it is taken.
pub(super) fn unique(text: String, taken: &mut Taken) -> String {
    let mut given = text.clone();
    while taken.contains_key(&given) {
        // Goes on where the last one stopped: all may ask for the same.
        let number = taken.entry(text.clone()).or_insert(1);
        *number += 1;
        given = format!("{text} #{number}");
    }
    taken.insert(given.clone(), 1);
    given
}

/// A figure in its unit: `12.3 MB`, `14`, `12.5 %`.
pub(super) fn figure(value: f64, unit: Unit, units: Units) -> String {
    if !value.is_finite() {
        return "unknown".to_owned();
    }
    match unit {
        Unit::Bytes if value < 0.0 => format!("−{}", Bytes(-value as u64).show(units)),
        Unit::Bytes => Bytes(value as u64).show(units),
        Unit::Count if value < 0.0 => format!("−{}", Bytes(-value as u64).show(Units::Exact)),
        Unit::Count => Bytes(value as u64).show(Units::Exact),
        Unit::Share => format!("{} %", decimals(100.0 * value)),
    }
}

/// One decimal, and more only where one would hide a number that is not nought.
fn decimals(value: f64) -> String {
    match value.abs() {
        small if small > 0.0 && small < 0.05 => format!("{value:.3}"),
        _ => format!("{value:.1}"),
    }
}

/// The figures of a limit.
pub(super) struct Figures {
    /// What was measured.
    pub(super) actual: String,
    /// `at most 12.3 MB`, `at least 90.0 %`; then by how much it may grow: empty where
    /// nothing is allowed by numbers (what is forbidden).
    pub(super) allowed: String,
    /// What the baseline says; empty without one.
    pub(super) baseline: String,
    /// By how much it grew; empty without a baseline.
    pub(super) change: String,
}

/// The figures of a limit, in exact bytes where rounding would hide what is over.
pub(super) fn figures(row: &LimitRow, units: Units) -> Figures {
    let mut show = |value: f64| figure(value, row.unit, units);
    let against = [row.limit, row.baseline];
    let mut same = against
        .into_iter()
        .flatten()
        .filter(|&other| other != row.actual);
    let exact = row.unit == Unit::Bytes && same.any(|other| show(other) == show(row.actual));
    let mut exactly = |value: f64| format!("{} B", figure(value, row.unit, Units::Exact));
    let show: &mut dyn FnMut(f64) -> String = if exact && units != Units::Exact {
        &mut exactly
    } else {
        &mut show
    };
    let mut allowed = Vec::new();
    if let Some(limit) = row.limit {
        let word = if row.least { "at least" } else { "at most" };
        allowed.push(format!("{word} {}", show(limit)));
    }
    let growth = match (row.growth, row.growth_percent) {
        (Some(by), Some(percent)) => Some(format!("+{} and +{} %", show(by), decimals(percent))),
        (Some(by), None) => Some(format!("+{}", show(by))),
        (None, Some(percent)) => Some(format!("+{} %", decimals(percent))),
        (None, None) => None,
    };
    allowed.extend(growth.map(|growth| format!("growth up to {growth}")));
    Figures {
        actual: show(row.actual),
        allowed: allowed.join(", "),
        baseline: row.baseline.map(&mut *show).unwrap_or_default(),
        change: row
            .baseline
            .map(|then| change(row.actual, then, &mut *show))
            .unwrap_or_default(),
    }
}

/// The change of bytes as words: `+12.3 MB (+4.5 %)`, `12.3 MB smaller (−4.5 %)`, `new`.
pub(super) fn bytes_change(now: Bytes, then: Bytes, units: Units) -> String {
    change(now.0 as f64, then.0 as f64, &mut |value| {
        figure(value, Unit::Bytes, units)
    })
}

fn change(now: f64, then: f64, show: &mut dyn FnMut(f64) -> String) -> String {
    let by = now - then;
    if by == 0.0 {
        return "unchanged".to_owned();
    }
    if then == 0.0 {
        // No percent: of nothing, everything is infinitely more.
        return format!("+{} (new)", show(now));
    }
    if now == 0.0 {
        return format!("−{} (gone)", show(then));
    }
    let percent = decimals(100.0 * by.abs() / then);
    match by > 0.0 {
        true => format!("+{} (+{percent} %)", show(by)),
        false => format!("{} smaller (−{percent} %)", show(-by)),
    }
}

/// A sign and a word for a state: never the one without the other.
pub(super) fn sign(state: State) -> &'static str {
    match state {
        State::Pass => "✅",
        State::Warn => "⚠️",
        State::Fail => "❌",
    }
}

/// What is over, in one sentence: the reason, then what the author says of it.
pub(super) fn why(row: &LimitRow) -> String {
    let reason = match row.reason.is_empty() {
        true => sentence(&row.title),
        false => sentence(&row.reason),
    };
    match row.message.as_deref().map(sentence) {
        Some(message) if !message.is_empty() => format!("{reason} — {message}"),
        _ => reason,
    }
}

/// The limits that do not pass, what fails first, each with the number of its image.
pub(super) fn trouble(verdict: &Verdict) -> Vec<(usize, &LimitRow)> {
    let images = verdict.images.iter().enumerate();
    let mut rows: Vec<_> = images
        .flat_map(|(image, checked)| checked.limits.iter().map(move |row| (image, row)))
        .filter(|(_, row)| row.state != State::Pass)
        .collect();
    rows.sort_by_key(|(_, row)| std::cmp::Reverse(row.state));
    rows
}

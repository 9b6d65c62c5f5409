//! One limit held against what there is. What comes in is the limit and the sizes; what
//! goes out is its row.

use super::baseline::Then;
use super::error::GateError;
use super::found::{because, counted_owners};
use super::rows::{Level, LimitRow, State, Unit};
use super::sizes::{LayerSize, OwnerSize, Sizes, Sum};
use super::words::{number, pair, percents};
use crate::config::{Budget, Kind, Limit, Measure, Scope, Subject};
use crate::path::brief;
use crate::units::Bytes;

/// What of a sum a limit counts.
pub(super) fn amount(limit: &Limit, sum: &Sum) -> Bytes {
    match (&limit.of, limit.measure) {
        (Subject::Live, _) => sum.live,
        (Subject::Lost, Measure::Stored) => sum.lost,
        (Subject::Lost, Measure::Download) => sum.download_lost,
        (Subject::Download, _) | (_, Measure::Download) => sum.download,
        (_, Measure::Stored) => sum.stored(),
    }
}

/// What a limit measures; `None` where a saved report does not tell.
pub(super) fn measure(sizes: &Sizes, limit: &Limit) -> Option<f64> {
    let sum = sizes.sum();
    let of = |bytes: Bytes| bytes.0 as f64;
    let owners = |fits: &dyn Fn(&OwnerSize) -> bool| {
        let owners = sizes.owners.as_ref()?.iter().filter(|owner| fits(owner));
        Some(of(owners.map(|owner| amount(limit, &owner.sum)).sum()))
    };
    Some(match &limit.of {
        Subject::Lost if limit.measure == Measure::Download => return owners(&|_| true),
        Subject::Total | Subject::Live | Subject::Download | Subject::Lost => {
            of(amount(limit, &sum))
        }
        Subject::LostShare => sum.lost.share_of(sum.stored()),
        // Nothing is wasted where nothing is.
        Subject::Efficiency if sum.stored() == Bytes::ZERO => 1.0,
        Subject::Efficiency => sum.live.share_of(sum.stored()),
        Subject::Layers => sizes.layers.len() as f64,
        Subject::LargestLayer => {
            let layers = sizes.layers.iter().map(|layer| amount(limit, &layer.sum));
            of(layers.max().unwrap_or_default())
        }
        Subject::Files => sizes.files? as f64,
        Subject::Category(_) | Subject::Owner(_) | Subject::Family(_) | Subject::Package(..) => {
            return owners(&|owner| counted_owners(&limit.of, owner));
        }
        Subject::Path(paths) => {
            let size = sizes.paths.as_ref()?.get(&paths.to_string());
            of(size.map_or(Bytes::ZERO, |size| amount(limit, &size.sum)))
        }
        Subject::Layer(name) => {
            let fits = |layer: &&LayerSize| name.fits(&layer.created_by);
            let layers = sizes.layers.iter().filter(fits);
            of(layers.map(|layer| amount(limit, &layer.sum)).sum())
        }
    })
}

/// Did it grow by more than it may? Both bytes and percent, where both are limited.
pub(super) fn grown(limit: &Limit, then: f64, now: f64) -> bool {
    let by = now - then;
    limit.has_growth()
        && by > 0.0
        && limit.growth.is_none_or(|most| by > most)
        // From nothing, anything is more than any percent.
        && limit.growth_percent.is_none_or(|most| by * 100.0 > most * then)
}

pub(super) fn unit(of: &Subject) -> Unit {
    match of.kind() {
        Kind::Bytes => Unit::Bytes,
        Kind::Count => Unit::Count,
        Kind::Share => Unit::Share,
    }
}

pub(super) fn level(scope: &Scope, budget: &Budget) -> Level {
    match scope.fails.unwrap_or(budget.fails) {
        true => Level::Fail,
        false => Level::Warn,
    }
}

pub(super) fn state(level: Level) -> State {
    match level {
        Level::Warn => State::Warn,
        Level::Fail => State::Fail,
    }
}

/// What is limited, for a person.
pub(super) fn title(limit: &Limit) -> String {
    let measure = match limit.measure {
        Measure::Stored => "stored",
        Measure::Download => "download",
    };
    let what = match &limit.of {
        Subject::Live | Subject::Download | Subject::Layers | Subject::Files => {
            return limit.of.to_string();
        }
        Subject::Efficiency => return "efficiency (live of stored)".to_owned(),
        Subject::LostShare => return "lost share (of stored)".to_owned(),
        Subject::Total => "total".to_owned(),
        Subject::Lost => "lost".to_owned(),
        Subject::LargestLayer => "largest layer".to_owned(),
        Subject::Category(category) => category.title().to_owned(),
        Subject::Owner(name) => name.to_string(),
        Subject::Family(name) => format!("family {name}"),
        Subject::Package(ecosystem, name) => format!("{ecosystem}:{name}"),
        Subject::Path(paths) => paths.to_string(),
        Subject::Layer(name) => format!("layers of {name}"),
    };
    brief(format!("{what} ({measure})"))
}

/// Holds a limit against an image; `key` is its name in a file of entries.
pub(super) fn row(
    limit: &Limit,
    sizes: &Sizes,
    image: &str,
    then: Option<&Then>,
    key: &str,
    budget: &Budget,
) -> Result<LimitRow, GateError> {
    let needs = || GateError::NeedsFiles(limit.id(), image.to_owned());
    let actual = measure(sizes, limit).ok_or_else(needs)?;
    let baseline = match (then, limit.has_growth()) {
        (None, true) => return Err(GateError::NoBaseline(limit.id())),
        (None, false) => None,
        (Some(then), true) => Some(then.measured(limit, key, budget)?),
        // Only to be shown.
        (Some(then), false) => then.measured(limit, key, budget).ok(),
    };
    let (level, unit) = (level(&limit.scope, budget), unit(&limit.of));
    let least = limit.of.is_least();
    let is_over = |bound: &f64| match least {
        true => actual < *bound,
        false => actual > *bound,
    };
    let (over, under) = match least {
        true => ("under-limit", "under"),
        false => ("over-limit", "over"),
    };
    let title = title(limit);
    let (state, code, reason) = if let Some(bound) = limit.bound.filter(is_over) {
        let (is, most) = pair(actual, bound, unit);
        let by = number((actual - bound).abs(), unit);
        let reason = match unit {
            Unit::Share => format!("{title} is {is}, {under} the limit of {most}"),
            _ => format!("{title} is {is}, {under} the limit of {most} by {by}"),
        };
        (state(level), over, reason)
    } else if let Some(then) = baseline.filter(|&then| grown(limit, then, actual)) {
        (
            state(level),
            "over-growth",
            growth(limit, &title, then, actual),
        )
    } else if let Some(bound) = limit.warn.filter(is_over) {
        let (is, most) = pair(actual, bound, unit);
        let reason = format!("{title} is {is}, {under} the {most} from which it warns");
        (State::Warn, over, reason)
    } else {
        (State::Pass, "", String::new())
    };
    let (because, layer) = match state {
        State::Pass => (Vec::new(), None),
        _ => because(limit, sizes),
    };
    Ok(LimitRow {
        id: brief(limit.id()),
        title,
        unit,
        level,
        state,
        actual,
        limit: limit.bound.or(limit.warn),
        least,
        baseline,
        growth: limit.growth,
        growth_percent: limit.growth_percent,
        reason,
        code: code.to_owned(),
        message: limit.scope.message.as_ref().map(brief),
        because,
        layer,
        line: limit.scope.line,
    })
}

fn growth(limit: &Limit, title: &str, then: f64, now: f64) -> String {
    let unit = unit(&limit.of);
    let by = now - then;
    let (from, to) = pair(then, now, unit);
    let (mut is, mut most) = (Vec::new(), Vec::new());
    match limit.growth {
        Some(growth) => {
            let (by, growth) = pair(by, growth, unit);
            is.push(by);
            most.push(growth);
        }
        None => is.push(number(by, unit)),
    }
    let percent = (then > 0.0).then(|| by * 100.0 / then);
    match (limit.growth_percent, percent) {
        (Some(growth), Some(percent)) => {
            let (by, growth) = percents(percent, growth);
            is.push(by);
            most.push(growth);
        }
        (Some(growth), None) => most.push(format!("{growth} %")),
        (None, _) => {}
    }
    let (is, most) = (is.join(" and "), most.join(" and "));
    format!("{title} grew by {is}, from {from} to {to}; it may grow by {most}")
}

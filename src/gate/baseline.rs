//! What growth is measured against. What comes in is a file or another image; what goes
//! out is what each limit measured then.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::error::GateError;
use super::limit::{grown, measure};
use super::rows::{self, BaselineKind};
use super::sizes::Sizes;
use crate::config::{Budget, Limit};
use crate::path::brief;
use crate::report::{Report, SCHEMA, write_json};

/// What such a file says that it is.
const KIND: &str = "imgsize-baseline";

/// What an image is compared with.
#[derive(Debug)]
pub enum Then {
    /// A whole image, or a saved report.
    Whole {
        /// Which of the two.
        kind: BaselineKind,
        /// The file, or the reference as it was written.
        name: String,
        /// Its report.
        report: Box<Report>,
        /// What there is to measure in it.
        sizes: Sizes,
    },
    /// The file that `--update-baseline` writes.
    Entries(Entries),
}

/// The file that `--update-baseline` writes: what each limit measured then.
#[derive(Debug, Clone)]
pub struct Entries {
    /// The file.
    pub name: String,
    saved: Saved,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    schema: u32,
    kind: String,
    /// Which image was measured last; null for several.
    image: Option<String>,
    digest: Option<String>,
    entries: BTreeMap<String, Number>,
}

/// Bytes and things are whole; shares are not.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(untagged)]
enum Number {
    Whole(u64),
    Part(f64),
}

impl Number {
    fn new(value: f64) -> Number {
        match value.fract() == 0.0 {
            true => Number::Whole(value as u64),
            false => Number::Part(value),
        }
    }

    fn value(self) -> f64 {
        match self {
            Number::Whole(value) => value as f64,
            Number::Part(value) => value,
        }
    }
}

/// Only enough of a file to tell what it is.
#[derive(Deserialize)]
struct Head {
    kind: Option<String>,
}

impl Then {
    /// Reads what a file holds: entries, or a saved report.
    pub fn read(name: &str, text: &[u8], budget: &Budget) -> Result<Then, GateError> {
        let bad = |why: String| GateError::Baseline(name.to_owned(), why);
        let head: Head = serde_json::from_slice(text).map_err(|error| bad(error.to_string()))?;
        if head.kind.is_some() {
            return Entries::read(name, text).map(Then::Entries);
        }
        let report: Report =
            serde_json::from_slice(text).map_err(|error| bad(error.to_string()))?;
        if report.schema != SCHEMA {
            return Err(bad(format!(
                "its schema is {}, not {SCHEMA}",
                report.schema
            )));
        }
        let sizes = Sizes::of_report(&report, budget);
        Ok(Then::Whole {
            kind: BaselineKind::Report,
            name: name.to_owned(),
            report: Box::new(report),
            sizes,
        })
    }

    /// For the verdict.
    pub fn row(&self) -> rows::Baseline {
        match self {
            Then::Whole {
                kind, name, report, ..
            } => rows::Baseline {
                kind: *kind,
                name: brief(name),
                digest: Some(brief(&report.image.digest)),
                totals: Some(report.totals.clone()),
            },
            Then::Entries(entries) => rows::Baseline {
                kind: BaselineKind::Entries,
                name: brief(&entries.name),
                digest: entries.saved.digest.as_ref().map(brief),
                totals: None,
            },
        }
    }

    /// The whole image or report, where it is one.
    pub fn report(&self) -> Option<&Report> {
        match self {
            Then::Whole { report, .. } => Some(report),
            Then::Entries(_) => None,
        }
    }

    /// What a limit measured then; `key` is its name in a file of entries.
    pub(super) fn measured(
        &self,
        limit: &Limit,
        key: &str,
        budget: &Budget,
    ) -> Result<f64, GateError> {
        match self {
            Then::Entries(entries) => {
                let number = entries.saved.entries.get(key).copied();
                let missing = || GateError::NoEntry(entries.name.clone(), key.to_owned());
                number.map(Number::value).ok_or_else(missing)
            }
            Then::Whole {
                kind, name, sizes, ..
            } => {
                let needs = || GateError::NeedsFiles(limit.id(), name.clone());
                if *kind == BaselineKind::Report && !budget.ignore.is_empty() {
                    return Err(needs());
                }
                measure(sizes, limit).ok_or_else(needs)
            }
        }
    }
}

impl Entries {
    /// None yet, for the file of this name.
    pub fn empty(name: &str) -> Entries {
        Entries {
            name: name.to_owned(),
            saved: Saved {
                schema: SCHEMA,
                kind: KIND.to_owned(),
                image: None,
                digest: None,
                entries: BTreeMap::new(),
            },
        }
    }

    /// Reads the file's text.
    pub fn read(name: &str, text: &[u8]) -> Result<Entries, GateError> {
        let bad = |why: String| GateError::Baseline(name.to_owned(), why);
        let saved: Saved = serde_json::from_slice(text).map_err(|error| bad(error.to_string()))?;
        if saved.kind != KIND {
            return Err(bad(format!("its kind is `{}`, not `{KIND}`", saved.kind)));
        }
        if saved.schema != SCHEMA {
            return Err(bad(format!("its schema is {}, not {SCHEMA}", saved.schema)));
        }
        let is_wrong = |number: &&Number| {
            let value = number.value();
            !value.is_finite() || value < 0.0
        };
        match saved.entries.values().find(is_wrong) {
            Some(number) => Err(bad(format!("{} is no size", number.value()))),
            None => Ok(Entries {
                name: name.to_owned(),
                saved,
            }),
        }
    }

    /// Takes over what a limit measures now, if there is no entry or it is out of the
    /// range that the limit allows, in either direction. Is anything changed?
    pub(super) fn take(&mut self, limit: &Limit, key: &str, now: f64) -> bool {
        let then = self.saved.entries.get(key).copied().map(Number::value);
        let is_in_range =
            |then: f64| !grown(limit, then, now) && !grown(limit, then, then + (then - now));
        if then.is_some_and(is_in_range) {
            return false;
        }
        self.saved.entries.insert(key.to_owned(), Number::new(now));
        true
    }

    /// Says which image was measured; several have none.
    pub(super) fn measured(&mut self, image: Option<(&str, &str)>) {
        self.saved.image = image.map(|(name, _)| name.to_owned());
        self.saved.digest = image.map(|(_, digest)| digest.to_owned());
    }

    /// Writes the file: entries in the order of their names.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        write_json(&self.saved, out)
    }
}

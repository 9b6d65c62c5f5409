//! The rules of a `.dive-ci`: read as dive reads them, and what comes of them.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use serde::Deserialize;
use serde::de::{self, IgnoredAny, Visitor};

use super::{Dive, DiveError};
use crate::gate::{Level, LimitRow, State, Unit};
use crate::path::shown_text;
use crate::units::{Bytes, Units};

/// What it is called, in the working directory.
pub const FILE: &str = ".dive-ci";

/// Nobody writes a longer one by hand.
const LONGEST: u64 = 1 << 20;
/// Of the paths that make a number up.
const MOST_REASONS: usize = 10;

/// The three rules, each with its threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    rules: Vec<Rule>,
    /// Keys that mean nothing to dive, which takes no notice of them, in the order of
    /// names.
    pub ignored: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
struct Rule {
    kind: Kind,
    /// `None`: it is switched off.
    threshold: Option<f64>,
    /// Where it stands; `None` for dive's default.
    line: Option<usize>,
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Efficiency,
    Wasted,
    UserWasted,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::Efficiency, Kind::Wasted, Kind::UserWasted];

    fn key(self) -> &'static str {
        match self {
            Kind::Efficiency => "lowestEfficiency",
            Kind::Wasted => "highestWastedBytes",
            Kind::UserWasted => "highestUserWastedPercent",
        }
    }

    /// dive's own.
    fn default(self) -> Option<f64> {
        match self {
            Kind::Efficiency => Some(0.9),
            Kind::Wasted => None,
            Kind::UserWasted => Some(0.1),
        }
    }

    /// The threshold that a value means; else why it means none.
    fn threshold(self, value: &str) -> Result<Option<f64>, String> {
        let word = value.trim().to_lowercase();
        if ["", "disabled", "off", "false"].contains(&&*word) {
            return Ok(None);
        }
        if self == Kind::Wasted {
            let bytes = size(value).ok_or_else(|| {
                format!("`{value}` is no size: write a number and a unit, such as `20MB`")
            })?;
            return Ok(Some(bytes as f64));
        }
        let number: f64 = value
            .parse()
            .map_err(|_| format!("`{value}` is no number from 0 to 1"))?;
        match (0.0..=1.0).contains(&number) {
            true => Ok(Some(number)),
            false => Err(format!("`{value}` is not from 0 to 1")),
        }
    }
}

/// The file as it is written.
#[derive(Deserialize)]
struct Document {
    rules: Option<BTreeMap<String, Value>>,
}

/// A value as text; what is no text, as the kind of thing that it is.
enum Value {
    Text(String),
    Nothing,
    Other,
}

impl Default for Rules {
    /// As dive has them where nobody says otherwise.
    fn default() -> Rules {
        let rule = |kind: Kind| Rule {
            kind,
            threshold: kind.default(),
            line: None,
        };
        Rules {
            rules: Kind::ALL.map(rule).into(),
            ignored: Vec::new(),
        }
    }
}

impl Rules {
    /// Reads the file of this name.
    pub fn load(file: &Path) -> Result<Rules, DiveError> {
        let name = file.to_string_lossy().into_owned();
        let text = text(file).map_err(|error| DiveError::Unreadable(name.clone(), error))?;
        Rules::parse(&name, &text)
    }

    /// Reads a text, of the file of this name. What it does not say is dive's default.
    pub fn parse(file: &str, text: &str) -> Result<Rules, DiveError> {
        let options = serde_saphyr::options! { with_snippet: false };
        let read = serde_saphyr::from_str_with_options(text, options);
        let document: Option<Document> =
            read.map_err(|error| DiveError::Malformed(file.to_owned(), error.to_string()))?;
        let mut rules = Rules::default();
        for (key, value) in document.and_then(|read| read.rules).unwrap_or_default() {
            let Some(rule) = rules.rules.iter_mut().find(|rule| rule.kind.key() == key) else {
                rules.ignored.push(key);
                continue;
            };
            let line = line_of(text, &key);
            let value = match value {
                Value::Text(value) => value,
                // Stated, and nothing said.
                Value::Nothing => continue,
                Value::Other => "a list or a table".to_owned(),
            };
            let threshold = rule.kind.threshold(&value);
            rule.threshold = threshold.map_err(|why| DiveError::Meaningless {
                file: file.to_owned(),
                line,
                why: format!("{key}: {why}"),
            })?;
            rule.line = Some(line);
        }
        Ok(rules)
    }

    /// What came of every rule that is not switched off, the score's first.
    ///
    /// The numbers of the rows are finite: where dive divides by nothing, `actual` is 0 for
    /// its NaN, and the wasted bytes for its infinity.
    pub fn check(&self, dive: &Dive) -> Vec<LimitRow> {
        let rows = self.rules.iter();
        rows.filter_map(|rule| row(rule, rule.threshold?, dive))
            .collect()
    }
}

fn row(rule: &Rule, limit: f64, dive: &Dive) -> Option<LimitRow> {
    let (unit, title, found) = match rule.kind {
        Kind::Efficiency => (Unit::Share, "dive's efficiency", dive.score),
        Kind::Wasted => (Unit::Bytes, "dive's wasted bytes", dive.wasted.0 as f64),
        Kind::UserWasted => (
            Unit::Share,
            "dive's userWastedPercent (a share)",
            dive.user_wasted,
        ),
    };
    let least = rule.kind == Kind::Efficiency;
    // Strictly, whatever dive's README says; and of NaN neither is true.
    let is_over = match least {
        true => limit > found,
        false => found > limit,
    };
    let (state, code) = match (is_over, least) {
        (false, _) => (State::Pass, ""),
        (true, true) => (State::Fail, "under-limit"),
        (true, false) => (State::Fail, "over-limit"),
    };
    let words = |number: f64| match unit {
        Unit::Bytes => Bytes(number as u64).show(Units::Si),
        _ => number.to_string(),
    };
    let reason = match (is_over, least) {
        (false, _) => String::new(),
        (true, true) => format!("{title} is {}, under {}", words(found), words(limit)),
        (true, false) if found.is_infinite() => format!(
            "{title} is over {}: {} are wasted, and only the first layer holds bytes",
            words(limit),
            dive.wasted.show(Units::Si)
        ),
        (true, false) => format!("{title} is {}, over {}", words(found), words(limit)),
    };
    let because = dive.files.iter().filter(|file| file.bytes > Bytes::ZERO);
    let because = because.take(MOST_REASONS).map(|file| {
        let (path, bytes) = (shown_text(&file.path), file.bytes.show(Units::Si));
        format!("{path} ({} layers, {bytes})", file.count)
    });
    Some(LimitRow {
        id: format!("dive:{}", rule.kind.key()),
        title: title.to_owned(),
        unit,
        level: Level::Fail,
        state,
        actual: match found {
            found if found.is_nan() => 0.0,
            found if found.is_infinite() => dive.wasted.0 as f64,
            found => found,
        },
        limit: Some(limit),
        least,
        baseline: None,
        growth: None,
        growth_percent: None,
        reason,
        code: code.to_owned(),
        message: None,
        because: because.collect(),
        layer: None,
        line: rule.line,
    })
}

/// A size as go-humanize reads it: `20MB` and `20 mb` are 20,000,000, `20MiB` is more; `M`
/// is `MB`, `Mi` is `MiB`; commas mean nothing.
fn size(text: &str) -> Option<u64> {
    let is_number = |c: char| c.is_ascii_digit() || c == '.' || c == ',';
    let split = text.find(|c| !is_number(c)).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: f64 = number.replace(',', "").parse().ok()?;
    let unit = unit.trim().to_lowercase();
    let unit = unit.strip_suffix('b').unwrap_or(&unit);
    let (letter, base) = match unit.strip_suffix('i') {
        Some(letter) if !letter.is_empty() => (letter, 1024_f64),
        _ => (unit, 1000_f64),
    };
    let powers = ["", "k", "m", "g", "t", "p", "e"];
    let power = powers.iter().position(|power| *power == letter)?;
    let bytes = number * base.powi(power as i32);
    // A number with all its 64 digits set is none that a float can hold.
    (bytes < u64::MAX as f64).then_some(bytes as u64)
}

/// The line of a key, from 1.
fn line_of(text: &str, key: &str) -> usize {
    let is_here = |line: &str| {
        let name = line.trim_start().trim_start_matches(['"', '\'', '{', ' ']);
        name.strip_prefix(key)
            .is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':'))
    };
    text.lines().position(is_here).map_or(1, |line| line + 1)
}

fn text(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    let open = File::open(file)?;
    open.take(LONGEST + 1).read_to_string(&mut text)?;
    match text.len() as u64 > LONGEST {
        true => Err(io::Error::other("it is over 1 MiB long")),
        false => Ok(text),
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: de::Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(text.to_owned()))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
                Ok(Value::Text(value.to_string()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
                Ok(Value::Text(value.to_string()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
                Ok(Value::Text(value.to_string()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
                Ok(Value::Text(value.to_string()))
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Nothing)
            }

            fn visit_none<E>(self) -> Result<Value, E> {
                Ok(Value::Nothing)
            }

            fn visit_some<D: de::Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
                Value::deserialize(from)
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Value::Other)
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Value::Other)
            }
        }

        from.deserialize_any(Any)
    }
}

//! A table of contents as it is written: JSON, one row for each member of the tar,
//! and one more for each further chunk of a large file. The two formats have the
//! same rows (stargz-snapshotter estargz/types.go, containers/storage
//! pkg/chunked/internal/minimal/compression.go) but for a field or two.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// One row. What is absent, or `null` as Go may write it, is `None`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Row {
    pub(super) name: Option<String>,
    /// `reg`, `dir`, `symlink`, `hardlink`, `char`, `block`, `fifo` or `chunk`.
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) size: Option<u64>,
    /// RFC 3339.
    pub(super) modtime: Option<String>,
    pub(super) link_name: Option<String>,
    /// As in the tar's header: permission bits, and with some tools more.
    pub(super) mode: Option<i64>,
    pub(super) uid: Option<i64>,
    pub(super) gid: Option<i64>,
    /// Where in the blob a content, or a chunk of it, begins.
    pub(super) offset: Option<u64>,
    /// Where a content ends with all its chunks: zstd:chunked only.
    pub(super) end_offset: Option<u64>,
    /// Where a content begins in plain bytes behind `offset`: eStargz whose members
    /// hold several small files.
    pub(super) inner_offset: Option<u64>,
    /// 0 where there is one chunk only.
    pub(super) chunk_size: Option<u64>,
    /// Of the whole content.
    pub(super) digest: Option<String>,
    pub(super) chunk_digest: Option<String>,
}

/// Reads a table and hands out its rows in order; a row may be refused in words.
/// Returns its version. Nothing is kept, and nothing allocated by a stated number.
pub(super) fn parse(
    json: &[u8],
    row: &mut dyn FnMut(Row) -> Result<(), String>,
) -> Result<u64, String> {
    let mut json = serde_json::Deserializer::from_slice(json);
    let version = Table(row)
        .deserialize(&mut json)
        .map_err(|error| error.to_string())?;
    json.end().map_err(|error| error.to_string())?;
    Ok(version)
}

struct Table<'r>(&'r mut dyn FnMut(Row) -> Result<(), String>);

impl<'de> DeserializeSeed<'de> for Table<'_> {
    type Value = u64;

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<u64, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Table<'_> {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of contents")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<u64, A::Error> {
        let mut version = None;
        let mut listed = false;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "version" => version = Some(map.next_value()?),
                "entries" if listed => return Err(A::Error::custom("it has two lists")),
                "entries" => {
                    listed = true;
                    map.next_value_seed(Rows(&mut *self.0))?;
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        match version {
            Some(version) if listed => Ok(version),
            _ => Err(A::Error::custom("it has no list or no version")),
        }
    }
}

struct Rows<'r>(&'r mut dyn FnMut(Row) -> Result<(), String>);

impl<'de> DeserializeSeed<'de> for Rows<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of entries")
    }

    /// Go's way to write a list of nothing.
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while let Some(row) = rows.next_element()? {
            (self.0)(row).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

/// Whole seconds since 1970 of a time by RFC 3339, fractions cut off; 0 for what
/// is none: a time decides nothing.
pub(super) fn seconds(time: &str) -> i64 {
    parse_time(time).unwrap_or_default()
}

fn parse_time(time: &str) -> Option<i64> {
    let number = |from: usize, to: usize| {
        let digits = time.get(from..to)?;
        let are_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<i64>().ok().filter(|_| are_digits)
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let zone = time.get(19..)?;
    let zone = zone.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let sign = match zone.as_bytes().first()? {
        b'Z' => 0,
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let at = time.len() - zone.len();
    let offset = match sign {
        0 => 0,
        _ => number(at + 1, at + 3)? * 60 + number(at + 4, at + 6)?,
    };
    // Days of the Gregorian calendar, counted in years that begin with March.
    let (shifted, month_no) = match month {
        1..=2 => (year - 1, month + 9),
        3..=12 => (year, month - 3),
        _ => return None,
    };
    let leap_days = shifted.div_euclid(4) - shifted.div_euclid(100) + shifted.div_euclid(400);
    let days = shifted * 365 + leap_days + (153 * month_no + 2) / 5 + day - 1 - 719_468;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second - sign * offset * 60)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    #[test]
    fn times_are_seconds_since_1970() {
        for (time, wanted) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2019-07-16T01:13:40Z", 1_563_239_620),
            ("2019-07-16T01:13:40.987654321Z", 1_563_239_620),
            ("2000-02-29T23:59:59+02:00", 951_861_599),
            ("2000-03-01T00:00:00-00:30", 951_870_600),
            ("0001-01-01T00:00:00Z", -62_135_596_800),
            ("1969-12-31T23:59:59Z", -1),
            ("", 0),
            ("yesterday", 0),
            ("2019-13-16T01:13:40Z", 0),
            ("2019-07-16 01:13:40 and so on, é", 0),
        ] {
            assert_eq!(seconds(time), wanted, "{time}");
        }
    }

    fn names(json: &str) -> Result<(u64, Vec<String>), String> {
        let mut names = Vec::new();
        let version = parse(json.as_bytes(), &mut |row| {
            let name = row.name.unwrap_or_default();
            if name == "bad" {
                return Err("no".to_owned());
            }
            names.push(name);
            Ok(())
        })?;
        Ok((version, names))
    }

    #[test]
    fn rows_come_in_order_and_other_fields_are_passed_over() {
        let json = r#"{"x":[{}],"version":1,"entries":[{"name":"a","size":null,"xattrs":{}},
            {"name":"b"}],"tarSplitDigest":"sha256:0"}"#;
        assert_eq!(names(json), Ok((1, vec!["a".to_owned(), "b".to_owned()])));
        assert_eq!(names(r#"{"entries":null,"version":1}"#), Ok((1, vec![])));
    }

    #[test]
    fn what_is_no_table_is_refused() {
        for bad in [
            "",
            "[]",
            "{}",
            r#"{"version":1}"#,
            r#"{"entries":[]}"#,
            r#"{"version":-1,"entries":[]}"#,
            r#"{"version":1,"entries":[{"name":"bad"}]}"#,
            r#"{"version":1,"entries":[],"entries":[]}"#,
            r#"{"version":1,"entries":[{"size":-1}]}"#,
            r#"{"version":1,"entries":[{"offset":1e99}]}"#,
            r#"{"version":1,"entries":[{"name":["a"]}]}"#,
            r#"{"version":1,"entries":[1]}"#,
            r#"{"version":1,"entries":[]} {}"#,
        ] {
            assert!(names(bad).is_err(), "{bad}");
        }
        let deep = format!(r#"{{"x":{}"#, "[".repeat(300_000));
        assert!(names(&deep).is_err());
    }
}

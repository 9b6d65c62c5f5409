//! A table for a spreadsheet. What comes in is a verdict; what goes out is CSV, a line a
//! limit, in bytes, things and parts of one.

use std::io::{self, Write};

use super::VerdictFormat;
use super::words::{name, sentence};
use crate::gate::{Level, Unit, Verdict};
use crate::report::Style;

pub(super) const FORMAT: VerdictFormat = VerdictFormat { id: "csv", write };

const HEADS: [&str; 18] = [
    "image",
    "digest",
    "platform",
    "state",
    "limit",
    "title",
    "unit",
    "level",
    "actual",
    "bound",
    "allowed",
    "baseline",
    "growth",
    "growth-percent",
    "code",
    "reason",
    "message",
    "because",
];

fn write(verdict: &Verdict, _style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    writeln!(out, "{}", HEADS.join(","))?;
    for image in &verdict.images {
        for row in &image.limits {
            let because: Vec<String> = row.because.iter().map(|text| name(text)).collect();
            let bound = match (row.limit, row.least) {
                (None, _) => "",
                (Some(_), true) => "least",
                (Some(_), false) => "most",
            };
            let cells = [
                text(&name(&image.name)),
                text(&name(image.digest.as_deref().unwrap_or_default())),
                text(&name(image.platform.as_deref().unwrap_or_default())),
                row.state.name().to_owned(),
                text(&name(&row.id)),
                text(&sentence(&row.title)),
                unit(row.unit).to_owned(),
                level(row.level).to_owned(),
                number(Some(row.actual)),
                bound.to_owned(),
                number(row.limit),
                number(row.baseline),
                number(row.growth),
                number(row.growth_percent),
                text(&name(&row.code)),
                text(&sentence(&row.reason)),
                text(&sentence(row.message.as_deref().unwrap_or_default())),
                text(&because.join("; ")),
            ];
            writeln!(out, "{}", cells.join(","))?;
        }
    }
    out.flush()
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Bytes => "bytes",
        Unit::Count => "count",
        Unit::Share => "share",
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Warn => "warn",
        Level::Fail => "fail",
    }
}

/// A number as every program reads it; empty where there is none.
fn number(value: Option<f64>) -> String {
    let value = value.filter(|value| value.is_finite());
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A text cell. A spreadsheet takes one that begins like a formula for a formula, so that
/// such a one has an apostrophe before it; quotes do not help there.
fn text(cell: &str) -> String {
    let first = cell.trim_start().chars().next();
    let formula = matches!(
        first,
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')
    ) || cell.starts_with(['\t', '\r', '\n']);
    let cell = match formula {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    };
    match cell.contains([',', '"', '\n', '\r', '\'']) || cell.trim() != cell {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell,
    }
}

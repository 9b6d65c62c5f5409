//! Metrics for GitLab and Prometheus. What comes in is a verdict; what goes out is
//! OpenMetrics text: the accounts of each image, and what each limit measured.
//!
//! GitLab sets a merge request's metrics beside those of its target by name and labels,
//! so that an image goes by its name without the tag.

use std::io::{self, Write};

use super::VerdictFormat;
use super::words::{Taken, keys, name, unique};
use crate::gate::{Checked, State, Unit, Verdict};
use crate::report::{Style, Totals};

pub(super) const FORMAT: VerdictFormat = VerdictFormat {
    id: "openmetrics",
    write,
};

/// A number of an account: metric, unit, what it is.
type Account = (&'static str, &'static str, &'static str, fn(&Totals) -> u64);

const ACCOUNTS: &[Account] = &[
    (
        "imgsize_total_bytes",
        "bytes",
        "File contents that the layers store.",
        |t| t.stored.0,
    ),
    (
        "imgsize_live_bytes",
        "bytes",
        "Stored bytes in the final filesystem.",
        |t| t.live.0,
    ),
    (
        "imgsize_lost_bytes",
        "bytes",
        "Stored bytes that a later layer overwrote or deleted.",
        |t| t.lost.0,
    ),
    (
        "imgsize_download_bytes",
        "bytes",
        "The blobs, as a registry sends them.",
        |t| t.download.0,
    ),
    (
        "imgsize_files",
        "",
        "Regular files in the final filesystem.",
        |t| t.files,
    ),
];

/// What limits measured, by unit: metric, unit, what it is.
const MEASURED: &[(Unit, &str, &str, &str)] = &[
    (
        Unit::Bytes,
        "imgsize_measured_bytes",
        "bytes",
        "What a limit of bytes measured.",
    ),
    (
        Unit::Count,
        "imgsize_measured_things",
        "",
        "What a limit of a number of things measured.",
    ),
    (
        Unit::Share,
        "imgsize_measured_ratio",
        "ratio",
        "What a limit of a share measured, 0 to 1.",
    ),
];

fn write(verdict: &Verdict, _style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let keys = keys(verdict);
    let images = || verdict.images.iter().zip(&keys);
    for (metric, unit, help, number) in ACCOUNTS {
        let lines =
            images().map(|(image, key)| (labels(&[("image", key)]), number(&image.totals) as f64));
        family(metric, unit, help, lines.collect(), &mut out)?;
    }
    for (of, metric, unit, help) in MEASURED {
        let lines = images().flat_map(|(image, key)| measured(image, key, *of));
        family(metric, unit, help, lines.collect(), &mut out)?;
    }
    let over = images().map(|(image, key)| {
        let over = image.limits.iter().filter(|row| row.state == State::Fail);
        (labels(&[("image", key)]), over.count() as f64)
    });
    let help = "Limits that fail.";
    family("imgsize_limits_failed", "", help, over.collect(), &mut out)?;
    writeln!(out, "# EOF")?;
    out.flush()
}

/// What an image's limits of a unit measured; each with labels of its own.
fn measured(image: &Checked, key: &str, of: Unit) -> Vec<(String, f64)> {
    let mut taken = Taken::new();
    let rows = image.limits.iter().filter(|row| row.unit == of);
    rows.map(|row| {
        let limit = unique(name(&row.id), &mut taken);
        (labels(&[("image", key), ("limit", &limit)]), row.actual)
    })
    .collect()
}

/// A family of metrics; nothing where it has no line.
fn family(
    metric: &str,
    unit: &str,
    help: &str,
    lines: Vec<(String, f64)>,
    out: &mut dyn Write,
) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "# TYPE {metric} gauge")?;
    if !unit.is_empty() {
        writeln!(out, "# UNIT {metric} {unit}")?;
    }
    writeln!(out, "# HELP {metric} {help}")?;
    for (labels, value) in lines {
        writeln!(out, "{metric}{labels} {}", number(value))?;
    }
    Ok(())
}

fn labels(labels: &[(&str, &str)]) -> String {
    let escaped = |text: &str| {
        text.replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n")
    };
    let labels = labels
        .iter()
        .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)));
    format!("{{{}}}", labels.collect::<Vec<_>>().join(","))
}

fn number(value: f64) -> String {
    match value {
        nan if nan.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        value => value.to_string(),
    }
}

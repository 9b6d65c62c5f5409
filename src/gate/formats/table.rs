//! The verdict for people: the verdict first, then every limit, then why, then what
//! would help. Saved reports are hostile, so names are made safe here again.

use std::io::{self, Write};

use super::VerdictFormat;
use crate::gate::{BaselineKind, Checked, LimitRow, State, Unit, Verdict};
use crate::path::{brief, shown_text};
use crate::report::{Style, columns};
use crate::units::{Bytes, Units};

pub(super) const FORMAT: VerdictFormat = VerdictFormat { id: "table", write };

fn write(verdict: &Verdict, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let limits = || verdict.images.iter().flat_map(|image| &image.limits);
    let count = |state: State| limits().filter(|limit| limit.state == state).count();
    writeln!(
        out,
        "{}: {} over, {} warned of, {} within  (budget: {})",
        verdict.state.name().to_uppercase(),
        count(State::Fail),
        count(State::Warn),
        count(State::Pass),
        shown_text(&verdict.budget)
    )?;
    for image in &verdict.images {
        writeln!(out)?;
        checked(image, style, &mut out)?;
    }
    out.flush()
}

fn checked(image: &Checked, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let platform = image.platform.as_deref().unwrap_or_default();
    let head = format!("{}  {platform}", image.name);
    writeln!(out, "{}  {}", image.state.name(), brief(head.trim()))?;
    writeln!(
        out,
        "{}",
        brief(image.digest.as_ref().unwrap_or(&image.source))
    )?;
    match &image.baseline {
        None => writeln!(out, "compared with nothing")?,
        Some(baseline) => {
            let kind = match baseline.kind {
                BaselineKind::Image => "the image",
                BaselineKind::Report => "the saved report",
                BaselineKind::Entries => "the entries of",
            };
            let digest = baseline.digest.as_deref().unwrap_or("no digest");
            writeln!(
                out,
                "compared with {kind} {} ({})",
                brief(&baseline.name),
                brief(digest)
            )?;
        }
    }
    if image.limits.is_empty() {
        return writeln!(out, "no limit of the budget speaks of it");
    }
    writeln!(out)?;
    let rows: Vec<Vec<String>> = image
        .limits
        .iter()
        .map(|limit| cells(limit, style))
        .collect();
    let heads = ["", "What", "Actual", "Limit", "Baseline", "Change"];
    columns(&heads, &rows, &[2, 3, 4, 5], style, out)?;
    for limit in image
        .limits
        .iter()
        .filter(|limit| limit.state != State::Pass)
    {
        reason(limit, out)?;
    }
    if image.advice.is_empty() || image.state == State::Pass {
        return Ok(());
    }
    writeln!(out, "\nWhat would help most:")?;
    for finding in &image.advice {
        writeln!(
            out,
            "  {} stored, {} download: {} ({})",
            finding.saves.stored.show(style.units),
            finding.saves.download.show(style.units),
            brief(&finding.title),
            brief(&finding.rule)
        )?;
    }
    Ok(())
}

fn cells(limit: &LimitRow, style: &Style) -> Vec<String> {
    let show = |value: f64| shown(value, limit.unit, style.units);
    let bound = match (limit.limit, limit.growth, limit.growth_percent) {
        (Some(limit_at), ..) if limit.least => format!("≥ {}", show(limit_at)),
        (Some(limit_at), ..) => format!("≤ {}", show(limit_at)),
        (None, Some(growth), None) => format!("+ {}", show(growth)),
        (None, None, Some(percent)) => format!("+ {percent} %"),
        (None, Some(growth), Some(percent)) => format!("+ {}, {percent} %", show(growth)),
        (None, None, None) => String::new(),
    };
    let change = limit.baseline.map(|then| {
        let by = limit.actual - then;
        let sign = if by < 0.0 { "-" } else { "+" };
        format!("{sign}{}", show(by.abs()))
    });
    vec![
        limit.state.name().to_owned(),
        brief(&limit.title),
        show(limit.actual),
        bound,
        limit.baseline.map(show).unwrap_or_default(),
        change.unwrap_or_default(),
    ]
}

fn reason(limit: &LimitRow, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{}: {}", limit.state.name(), brief(&limit.reason))?;
    if let Some(message) = &limit.message {
        writeln!(out, "  {}", brief(message))?;
    }
    for line in &limit.because {
        writeln!(out, "  - {}", brief(line))?;
    }
    Ok(())
}

fn shown(value: f64, unit: Unit, units: Units) -> String {
    match unit {
        Unit::Bytes => Bytes(value.round() as u64).show(units),
        Unit::Count => Bytes(value.round() as u64).show(Units::Exact),
        Unit::Share => format!("{:.1} %", value * 100.0),
    }
}

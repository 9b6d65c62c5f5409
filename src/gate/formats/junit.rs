//! A report of tests. What comes in is a verdict; what goes out is JUnit's XML, as Jenkins
//! and GitLab read it: a suite an image, a case a limit. A limit that only warns is a
//! case that passes and says so in its output, where the numbers are too.

use std::io::{self, Write};

use super::VerdictFormat;
use super::words::{Figures, budget_file, figures, keys, name, sentence, why};
use crate::gate::{Checked, LimitRow, State, Verdict};
use crate::report::Style;

pub(super) const FORMAT: VerdictFormat = VerdictFormat { id: "junit", write };

fn write(verdict: &Verdict, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let limits = || verdict.images.iter().flat_map(|image| &image.limits);
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"imgsize\" tests=\"{}\" failures=\"{}\" errors=\"0\">",
        limits().count(),
        failures(limits()),
    )?;
    for (image, key) in verdict.images.iter().zip(keys(verdict)) {
        suite(verdict, image, &key, style, &mut out)?;
    }
    writeln!(out, "</testsuites>")?;
    out.flush()
}

fn failures<'a>(rows: impl Iterator<Item = &'a LimitRow>) -> usize {
    rows.filter(|row| row.state == State::Fail).count()
}

fn suite(
    verdict: &Verdict,
    image: &Checked,
    key: &str,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(
        out,
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\">",
        xml(&name(&image.name)),
        image.limits.len(),
        failures(image.limits.iter()),
    )?;
    let baseline = image.baseline.as_ref();
    let properties = [
        ("budget", Some(name(&verdict.budget))),
        ("source", Some(name(&image.source))),
        ("digest", image.digest.as_deref().map(name)),
        ("platform", image.platform.as_deref().map(name)),
        ("total", Some(image.totals.stored.0.to_string())),
        ("download", Some(image.totals.download.0.to_string())),
        ("lost", Some(image.totals.lost.0.to_string())),
        ("baseline", baseline.map(|baseline| name(&baseline.name))),
        (
            "baseline-digest",
            baseline.and_then(|baseline| baseline.digest.as_deref().map(name)),
        ),
    ];
    writeln!(out, "    <properties>")?;
    for (property, value) in properties {
        if let Some(value) = value {
            writeln!(
                out,
                "      <property name=\"{property}\" value=\"{}\"/>",
                xml(&value)
            )?;
        }
    }
    writeln!(out, "    </properties>")?;
    for row in &image.limits {
        case(verdict, row, key, style, out)?;
    }
    writeln!(out, "  </testsuite>")
}

fn case(
    verdict: &Verdict,
    row: &LimitRow,
    key: &str,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(
        out,
        "    <testcase classname=\"imgsize.{}\" name=\"{}\">",
        xml(&key.replace('.', "_")),
        xml(&name(&row.id)),
    )?;
    if row.state == State::Fail {
        writeln!(
            out,
            "      <failure type=\"{}\" message=\"{}\">{}</failure>",
            xml(&name(&row.code)),
            xml(&why(row)),
            xml(&details(verdict, row)),
        )?;
    }
    let Figures {
        actual,
        allowed,
        baseline,
        change,
    } = figures(row, style.units);
    let mut said = format!("{}: {actual}", sentence(&row.title));
    for (word, figure) in [
        ("allowed", allowed),
        ("baseline", baseline),
        ("change", change),
    ] {
        if !figure.is_empty() {
            said.push_str(&format!("\n{word}: {figure}"));
        }
    }
    if row.state == State::Warn {
        said.push_str(&format!(
            "\nwarning: {}\n{}",
            why(row),
            details(verdict, row)
        ));
    }
    writeln!(
        out,
        "      <system-out>{}</system-out>",
        xml(said.trim_end())
    )?;
    writeln!(out, "    </testcase>")
}

/// Where the limit stands and what makes up what it measured, a line each.
fn details(verdict: &Verdict, row: &LimitRow) -> String {
    let mut lines = Vec::new();
    if let Some(file) = budget_file(verdict) {
        let line = row.line.map(|line| format!(":{line}")).unwrap_or_default();
        lines.push(format!("{}{line}", name(file)));
    }
    lines.extend(row.layer.map(|layer| format!("layer {layer}")));
    lines.extend(row.because.iter().map(|what| format!("- {}", name(what))));
    lines.join("\n")
}

/// Text for an element or an attribute in double quotes; what XML 1.0 has no way to write
/// is the mark for what cannot be shown.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => out.push(c),
            _ => out.push('\u{fffd}'),
        }
    }
    out
}

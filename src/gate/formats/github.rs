//! A step of a GitHub workflow. What comes in is a verdict; what goes out is annotations,
//! and at the end of the files that GitHub names in the environment the summary of the
//! job and the outputs of the step.
//!
//! The outputs: `verdict` (`pass`, `warn`, `fail`), `reason` (a line for each limit that
//! is not kept), `total`, `download`, `lost`, `baseline-total`, `diff` (bytes) and
//! `diff-percent`; of several images, those of all together. What is not known is empty.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::words::{name, trouble, why};
use super::{VerdictFormat, annotations, markdown};
use crate::gate::Verdict;
use crate::report::Style;

pub(super) const FORMAT: VerdictFormat = VerdictFormat {
    id: "github",
    write: |verdict, style, out| write_github(verdict, style, &GithubFiles::from_env(), out),
};

/// What GitHub takes of a step's summary, in bytes; of a longer one it takes nothing.
const SUMMARY: u64 = 1024 * 1024;

/// So many limits are named in `reason`.
const REASONS: usize = 50;

/// The files that GitHub reads after a step.
#[derive(Debug, Clone, Default)]
pub struct GithubFiles {
    /// Where Markdown for the summary of the job goes; `None` outside of a workflow.
    pub summary: Option<PathBuf>,
    /// Where the outputs of the step go; `None` outside of a workflow.
    pub output: Option<PathBuf>,
}

impl GithubFiles {
    /// As the environment names them.
    pub fn from_env() -> GithubFiles {
        let file = |name| {
            std::env::var_os(name)
                .filter(|path| !path.is_empty())
                .map(PathBuf::from)
        };
        GithubFiles {
            summary: file("GITHUB_STEP_SUMMARY"),
            output: file("GITHUB_OUTPUT"),
        }
    }
}

/// Writes annotations to `out`, and summary and outputs to the end of `files`. The
/// outputs come first: a summary that cannot be written must not take them along.
pub fn write_github(
    verdict: &Verdict,
    style: &Style,
    files: &GithubFiles,
    out: &mut dyn Write,
) -> io::Result<()> {
    annotations::write(verdict, style, out)?;
    if let Some(path) = &files.output {
        append(path, outputs(verdict).as_bytes()).map_err(|error| named(path, &error))?;
    }
    if let Some(path) = &files.summary {
        let mut text = Vec::new();
        (markdown::FORMAT.write)(verdict, style, &mut text)?;
        text.push(b'\n');
        let there = fs::metadata(path).map_or(0, |kind| kind.len());
        if there + text.len() as u64 + 1 > SUMMARY {
            // GitHub would drop what others wrote as well.
            let full = "the summary of this step is full, so that it leaves out imgsize's";
            return writeln!(out, "::warning title=imgsize::{full}");
        }
        append(path, &text).map_err(|error| named(path, &error))?;
    }
    Ok(())
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(
        error.kind(),
        format!("{}: {error}", name(&path.to_string_lossy())),
    )
}

/// Adds whole lines to a file, whatever its last line ends with.
fn append(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .create(true)
        .read(true)
        .append(true)
        .open(path)?;
    if !ends_with_a_line(&mut file)? {
        file.write_all(b"\n")?;
    }
    file.write_all(text)
}

fn ends_with_a_line(file: &mut File) -> io::Result<bool> {
    if !file.metadata()?.is_file() || file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// `key=value` lines; a value of several lines stands between two delimiters.
fn outputs(verdict: &Verdict) -> String {
    // The last one is all of them together.
    let checked = verdict.images.last();
    let totals = checked.map(|checked| &checked.totals);
    let then = checked
        .and_then(|checked| checked.baseline.as_ref())
        .and_then(|baseline| baseline.totals.as_ref());
    let number = |number: Option<u64>| number.map(|n| n.to_string()).unwrap_or_default();
    let now = totals.map(|totals| totals.stored.0);
    let was = then.map(|totals| totals.stored.0);
    let both = now.zip(was);
    let diff = both.map(|(now, was)| i128::from(now) - i128::from(was));
    let percent = both.zip(diff).filter(|((_, was), _)| *was > 0);
    let percent = percent.map(|((_, was), by)| format!("{:.2}", 100.0 * by as f64 / was as f64));
    let values = [
        ("verdict", verdict.state.name().to_owned()),
        ("reason", reasons(verdict)),
        ("total", number(now)),
        ("download", number(totals.map(|totals| totals.download.0))),
        ("lost", number(totals.map(|totals| totals.lost.0))),
        ("baseline-total", number(was)),
        ("diff", diff.map(|by| by.to_string()).unwrap_or_default()),
        ("diff-percent", percent.unwrap_or_default()),
    ];
    values
        .iter()
        .map(|(key, value)| output(key, value))
        .collect()
}

fn reasons(verdict: &Verdict) -> String {
    let trouble = trouble(verdict);
    let several = verdict.images.len() > 1;
    let mut lines: Vec<String> = Vec::new();
    for (image, row) in trouble.iter().take(REASONS) {
        let image = verdict.images.get(*image).filter(|_| several);
        let image = image.map(|image| format!("{}: ", name(&image.name)));
        let state = row.state.name();
        lines.push(format!(
            "{state}: {}{}",
            image.unwrap_or_default(),
            why(row)
        ));
    }
    if trouble.len() > REASONS {
        lines.push(format!("… and {} more", trouble.len() - REASONS));
    }
    lines.join("\n")
}

/// One output. The delimiter is one that the value does not hold, so that no value can
/// end itself and set another key.
fn output(key: &str, value: &str) -> String {
    if !value.contains(['\n', '\r']) {
        return format!("{key}={value}\n");
    }
    let mut delimiter = "IMGSIZE_END".to_owned();
    while value.contains(&delimiter) {
        delimiter.push('_');
    }
    format!("{key}<<{delimiter}\n{value}\n{delimiter}\n")
}

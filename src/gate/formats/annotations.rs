//! Annotations on a pull request. What comes in is a verdict; what goes out is a workflow
//! command of GitHub for every limit that is not kept: `::error file=…,line=…::…`.

use std::io::{self, Write};

use super::VerdictFormat;
use super::words::{budget_file, name, sentence, trouble, why};
use crate::gate::{LimitRow, State, Verdict};
use crate::report::Style;

pub(super) const FORMAT: VerdictFormat = VerdictFormat {
    id: "annotations",
    write,
};

/// GitHub shows so many errors and as many warnings of a step, and drops the others.
const SHOWN: usize = 10;

pub(super) fn write(verdict: &Verdict, _style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let trouble = trouble(verdict);
    for (state, command) in [(State::Fail, "error"), (State::Warn, "warning")] {
        let rows: Vec<_> = trouble
            .iter()
            .filter(|(_, row)| row.state == state)
            .collect();
        // The last one that is shown says how many are not.
        let most = if rows.len() > SHOWN { SHOWN - 1 } else { SHOWN };
        for (image, row) in rows.iter().take(most) {
            let image = verdict.images.get(*image).map(|image| name(&image.name));
            line(command, verdict, row, &image.unwrap_or_default(), &mut out)?;
        }
        if rows.len() > most {
            let more = rows.len() - most;
            writeln!(
                out,
                "::{command} title=imgsize::… and {more} more limits: the table has them all"
            )?;
        }
    }
    out.flush()
}

fn line(
    command: &str,
    verdict: &Verdict,
    row: &LimitRow,
    image: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    write!(out, "::{command} ")?;
    if let Some(file) = budget_file(verdict) {
        write!(out, "file={},", property(&name(file)))?;
        if let Some(line) = row.line {
            write!(out, "line={line},")?;
        }
    }
    let title = format!("imgsize: {}: {}", row.state.name(), sentence(&row.title));
    writeln!(
        out,
        "title={}::{}",
        property(&title),
        data(&format!("{image}: {}", why(row)))
    )
}

/// The text behind `::`, as GitHub's own toolkit writes it.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property's value, as GitHub's own toolkit writes it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

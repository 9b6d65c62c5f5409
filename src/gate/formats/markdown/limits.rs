//! The limits, as Markdown. What comes in is the limits of an image; what goes out is a
//! table of those that are over, with why, and a folded one of those that are kept.

use super::escape::{code, message, plain};
use super::page::{Cell, Page, Table};
use super::{NAME, whole};
use crate::gate::formats::words::{figures, sign};
use crate::gate::{Checked, LimitRow, State};
use crate::report::Style;

/// So many limits that are kept are shown, folded.
const KEPT: usize = 100;

/// So many limits that are over are shown, open.
const OVER: usize = 50;

/// What a narrow screen shows without a scroll comes first.
const LIMITS: [&str; 5] = ["Verdict", "Limit", ">Now", "Allowed", ">Before"];

/// The limits that are over, what fails first.
pub(super) fn over(image: &Checked, style: &Style, page: &mut Page) {
    let mut limits: Vec<&LimitRow> = image
        .limits
        .iter()
        .filter(|row| row.state != State::Pass)
        .collect();
    limits.sort_by_key(|row| std::cmp::Reverse(row.state));
    let of = limits.len();
    let limits = limits.into_iter().take(OVER);
    let rows: Vec<Vec<Cell>> = limits.map(|row| limit(row, style)).collect();
    if !rows.is_empty() {
        page.table(Table {
            heads: &LIMITS,
            rows,
            of,
            things: "limits",
        });
    }
}

fn limit(row: &LimitRow, style: &Style) -> Vec<Cell> {
    let figures = figures(row, style.units);
    let title = plain(&row.title);
    let what = match row.state {
        State::Pass => title,
        _ => format!("**{title}**<br>{}", reasons(row)),
    };
    vec![
        Cell::new(whole(format!("{} {}", sign(row.state), row.state.name()))),
        Cell::new(what),
        Cell::new(whole(figures.actual)),
        // Only the numbers are not broken: the words may be.
        Cell::new(
            figures
                .allowed
                .split(", ")
                .map(|part| whole(part.to_owned()))
                .collect::<Vec<_>>()
                .join("<br>"),
        ),
        Cell::new(whole(figures.baseline)),
    ]
}

/// Why a limit is over, what its author says, and what makes it up.
fn reasons(row: &LimitRow) -> String {
    /// So many of what makes it up.
    const BECAUSE: usize = 3;
    let mut lines = vec![plain(&row.reason)];
    lines.extend(
        row.message
            .as_deref()
            .map(|text| format!("**{}**", message(text))),
    );
    let because: Vec<String> = row
        .because
        .iter()
        .take(BECAUSE)
        .map(|what| code(what, NAME))
        .collect();
    if !because.is_empty() {
        let more = row.because.len() > BECAUSE;
        lines.push(format!(
            "{}{}",
            because.join(", "),
            if more { ", …" } else { "" }
        ));
    }
    lines.retain(|line| !line.is_empty() && line != "****");
    lines.join("<br>")
}

/// The limits that are kept, folded.
pub(super) fn kept(image: &Checked, style: &Style, page: &mut Page) {
    let limits = image.limits.iter().filter(|row| row.state == State::Pass);
    let of = limits.clone().count();
    let rows: Vec<Vec<Cell>> = limits.take(KEPT).map(|row| limit(row, style)).collect();
    let summary = match of {
        0 => return,
        1 => "1 limit is kept".to_owned(),
        number => format!("{number} limits are kept"),
    };
    page.fold(&summary, |page| {
        page.table(Table {
            heads: &LIMITS,
            rows,
            of,
            things: "limits",
        });
    });
}

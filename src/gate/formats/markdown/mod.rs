//! A comment on a pull request. What comes in is a verdict; what goes out is Markdown as
//! GitHub and GitLab show it: the verdict first, then what changed and what is over, open;
//! the rest folded.
//!
//! Its first line is a hidden marker, by which whoever comments finds last time's comment.

mod changes;
mod escape;
mod limits;
mod page;

use std::io::{self, Write};

use self::escape::{code, key, plain};
use self::page::{Cell, Page, Table};
use super::VerdictFormat;
use super::words::{bytes_change, name, sign, without_tag};
use crate::gate::{Baseline, BaselineKind, Checked, State, Verdict};
use crate::report::Style;
use crate::units::Bytes;

pub(super) const FORMAT: VerdictFormat = VerdictFormat {
    id: "markdown",
    write: |verdict, style, out| write_comment(verdict, style, None, out),
};

/// How long a name may be, in characters.
const NAME: usize = 120;

/// So many images are shown.
const IMAGES: usize = 50;

/// Writes a comment with the marker `<!-- imgsize:KEY -->`; without a key it is the
/// image's name without its tag.
pub fn write_comment(
    verdict: &Verdict,
    style: &Style,
    wished: Option<&str>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new();
    let named = verdict.images.first().map(|image| without_tag(&image.name));
    page.block(&format!(
        "<!-- imgsize:{} -->",
        key(wished.or(named).unwrap_or_default())
    ));
    let mut images: Vec<&Checked> = verdict.images.iter().collect();
    match images.as_slice() {
        [] => {
            page.block(&format!(
                "### {} {}",
                sign(verdict.state),
                words(verdict.state)
            ));
            page.block("No image was checked.");
        }
        [image] => {
            page.block(&format!(
                "### {} {}: {}",
                sign(image.state),
                words(image.state),
                code(&image.name, NAME)
            ));
            body(verdict, image, style, &mut page);
        }
        _ => {
            several(verdict, style, &mut page);
            // The worst first: what is cut off is what is well.
            images.sort_by_key(|image| std::cmp::Reverse(image.state));
            for image in images {
                let head = format!(
                    "{} {}: {}",
                    sign(image.state),
                    words(image.state),
                    code(&image.name, NAME)
                );
                match image.state {
                    State::Pass => {
                        page.fold(&html(image), |page| body(verdict, image, style, page))
                    }
                    _ if page.block(&format!("#### {head}")) => {
                        body(verdict, image, style, &mut page)
                    }
                    _ => break,
                }
            }
        }
    }
    out.write_all(page.finish().as_bytes())
}

fn words(state: State) -> &'static str {
    match state {
        State::Pass => "within budget",
        State::Warn => "within budget, with warnings",
        State::Fail => "over budget",
    }
}

/// The head of a fold: HTML, in which Markdown's code is none.
fn html(image: &Checked) -> String {
    let name = plain(&name(&image.name));
    format!("{} {}: {name}", sign(image.state), words(image.state))
}

/// How many are over, and a row for each.
fn several(verdict: &Verdict, style: &Style, page: &mut Page) {
    let images = &verdict.images;
    let over = |state| images.iter().filter(|image| image.state == state).count();
    let count = match verdict.state {
        State::Pass => format!("all {}", images.len()),
        state => format!("{} of {}", over(state), images.len()),
    };
    page.block(&format!(
        "### {} {}: {count} checked",
        sign(verdict.state),
        words(verdict.state)
    ));
    let rows = images.iter().take(IMAGES).map(|image| {
        let then = totals(image).map(|totals| totals.stored);
        let now = image.totals.stored;
        vec![
            Cell::new(whole(format!(
                "{} {}",
                sign(image.state),
                image.state.name()
            ))),
            Cell::new(code(&image.name, NAME)),
            Cell::new(whole(now.show(style.units))),
            Cell::new(
                then.map(|then| whole(bytes_change(now, then, style.units)))
                    .unwrap_or_default(),
            ),
            Cell::new(
                then.map(|then| whole(then.show(style.units)))
                    .unwrap_or_default(),
            ),
        ]
    });
    let rows = rows.collect();
    let heads = ["Verdict", "Image", ">Total", ">Change", ">Before"];
    page.table(Table {
        heads: &heads,
        rows,
        of: images.len(),
        things: "images",
    });
}

fn totals(image: &Checked) -> Option<&crate::report::Totals> {
    image
        .baseline
        .as_ref()
        .and_then(|baseline| baseline.totals.as_ref())
}

/// All that is said of one image.
fn body(verdict: &Verdict, image: &Checked, style: &Style, page: &mut Page) {
    account(image, style, page);
    page.block(&compared(image));
    limits::over(image, style, page);
    if let Some(diff) = &image.diff {
        changes::causes(diff, style, page);
        changes::update(diff, style, page);
    }
    advice(image, style, page);
    if let Some(diff) = &image.diff {
        changes::layers(diff, style, page);
        changes::unchanged(diff, style, page);
    }
    limits::kept(image, style, page);
    evidence(verdict, image, page);
}

/// The total, now and before; then what else is not nothing.
fn account(image: &Checked, style: &Style, page: &mut Page) {
    let (now, then) = (&image.totals, totals(image));
    let change = |now: Bytes, then: Option<Bytes>| match then {
        None => String::new(),
        Some(then) => format!(
            ", before {}: {}",
            then.show(style.units),
            bytes_change(now, then, style.units)
        ),
    };
    let mut text = format!(
        "**Total {}**{}",
        now.stored.show(style.units),
        match then {
            None => ", new: nothing to compare with".to_owned(),
            Some(then) => format!(
                ", before {}: **{}**",
                then.stored.show(style.units),
                bytes_change(now.stored, then.stored, style.units)
            ),
        }
    );
    let others = [
        ("Download", now.download, then.map(|then| then.download)),
        ("Lost", now.lost, then.map(|then| then.lost)),
    ];
    for (word, now, then) in others {
        if now > Bytes::ZERO || then.is_some_and(|then| then > Bytes::ZERO) {
            text.push_str(&format!(
                "\\\n{word} {}{}",
                now.show(style.units),
                change(now, then)
            ));
        }
    }
    page.block(&text);
}

/// What was compared with what.
fn compared(image: &Checked) -> String {
    let now = image.digest.as_deref().map(short);
    let now = now.map(|digest| format!("{digest} ")).unwrap_or_default();
    match &image.baseline {
        None => format!("{now}compared with nothing: no baseline was given."),
        Some(baseline) => {
            let digest = baseline.digest.as_deref().map(short);
            let digest = digest
                .map(|digest| format!(", {digest}"))
                .unwrap_or_default();
            let (kind, name) = (kind(baseline), code(&baseline.name, NAME));
            format!("{now}compared with {kind} {name}{digest}.")
        }
    }
}

fn kind(baseline: &Baseline) -> &'static str {
    match baseline.kind {
        BaselineKind::Image => "the image",
        BaselineKind::Report => "the saved report",
        BaselineKind::Entries => "the baseline",
    }
}

/// As much of a digest as people tell apart; the whole stands in the evidence.
fn short(digest: &str) -> String {
    let hex = digest.split_once(':').map_or(digest, |(_, hex)| hex);
    code(&hex.chars().take(12).collect::<String>(), NAME)
}

/// A figure that no narrow column breaks between number and unit.
fn whole(text: String) -> String {
    text.replace(' ', "\u{a0}")
}

/// The best of the advice.
fn advice(image: &Checked, style: &Style, page: &mut Page) {
    /// So many pieces.
    const PIECES: usize = 3;
    if image.advice.is_empty() {
        return;
    }
    let savings = &image.savings;
    let mut text = format!(
        "**Could be smaller** by {} in all, {} of it safely:\n",
        savings.all.stored.show(style.units),
        savings.safe.stored.show(style.units)
    );
    for row in image.advice.iter().take(PIECES) {
        let saves = row.saves.stored.show(style.units);
        let (rule, title) = (code(&row.rule, NAME), plain(&row.title));
        let risk = plain(&row.risk);
        let risk = if risk.is_empty() {
            String::new()
        } else {
            format!(", {risk}")
        };
        text.push_str(&format!("\n1. **{saves}** {title} ({rule}{risk})"));
    }
    page.block(&text);
}

/// What exactly was held against what, folded.
fn evidence(verdict: &Verdict, image: &Checked, page: &mut Page) {
    let mut rows = vec![
        ("Image", Some(code(&image.name, NAME))),
        ("Read from", Some(code(&image.source, NAME))),
        (
            "Digest",
            image.digest.as_deref().map(|text| code(text, NAME)),
        ),
        (
            "Platform",
            image.platform.as_deref().map(|text| code(text, NAME)),
        ),
        ("Budget", Some(code(&verdict.budget, NAME))),
    ];
    if let Some(baseline) = &image.baseline {
        rows.push((
            "Compared with",
            Some(format!("{} {}", kind(baseline), code(&baseline.name, NAME))),
        ));
        rows.push((
            "Its digest",
            baseline.digest.as_deref().map(|text| code(text, NAME)),
        ));
    }
    let cells =
        |(word, text): (&str, Option<String>)| Some(vec![Cell::new(word), Cell::new(text?)]);
    let rows: Vec<Vec<Cell>> = rows.into_iter().filter_map(cells).collect();
    page.fold("Digests, baseline and budget", |page| {
        let of = rows.len();
        page.table(Table {
            heads: &["What", "Which"],
            rows,
            of,
            things: "rows",
        });
    });
}

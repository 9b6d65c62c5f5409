//! dive's numbers beside the report's, and why they differ, for people.

use std::io::{self, Write};

use super::Dive;
use crate::path::shown_text;
use crate::report::{Style, Totals};
use crate::units::Bytes;

impl Dive {
    /// Why dive's numbers are not the report's, a sentence each; the weightiest first.
    /// Empty where both say the same.
    pub fn why(&self, ours: &Totals) -> Vec<String> {
        let seen = &self.seen;
        let mut why = Vec::new();
        if self.wasted != ours.lost {
            if seen.kept > Bytes::ZERO {
                why.push(format!(
                    "of what is written again dive counts every copy, also the one that \
                     stays: {}",
                    seen.kept
                ));
            }
            if seen.folders > Bytes::ZERO {
                why.push(format!(
                    "dive does not count folders that a layer deletes: they held {}",
                    seen.folders
                ));
            }
            if !seen.ended.is_empty() {
                why.push(format!(
                    "dive stops in the middle of {}, at the deletion of something that is \
                     not there",
                    listed(&seen.ended)
                ));
            }
            if seen.opaque > 0 {
                let folders = match seen.opaque {
                    1 => "1 folder that a layer empties".to_owned(),
                    count => format!("{count} folders that layers empty"),
                };
                why.push(format!(
                    "dive does not see what opaque whiteouts hide: {folders}"
                ));
            }
            if seen.repeated > Bytes::ZERO {
                why.push(format!(
                    "dive does not see what stands twice in one layer: {}",
                    seen.repeated
                ));
            }
            if why.is_empty() {
                why.push(
                    "dive counts by path, imgsize by what is in the final filesystem: links, and \
                     files that became folders, come out otherwise"
                        .to_owned(),
                );
            }
        }
        if self.user_wasted.is_nan() && seen.layers > 0 {
            let layers = match seen.layers {
                1 => "there is one layer",
                _ => "all bytes are in the first layer",
            };
            why.push(format!(
                "{layers}, which dive takes for the base: userWastedPercent divides by \
                 nothing, and no rule of dive's fails on that"
            ));
        } else if seen.base != 1 && seen.layers > 1 {
            let base = match seen.base {
                0 => "no layer is known to be".to_owned(),
                count => format!("{count} layers are"),
            };
            why.push(format!(
                "for userWastedPercent dive takes the first layer for the base; {base} the base's"
            ));
        }
        why
    }
}

/// Layers, the first few of them.
fn listed(layers: &[u16]) -> String {
    const MOST: usize = 5;
    let numbers: Vec<String> = layers.iter().take(MOST).map(u16::to_string).collect();
    let more = match layers.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let word = if layers.len() == 1 { "layer" } else { "layers" };
    format!("{word} {}{more}", numbers.join(", "))
}

/// Writes dive's numbers beside those of a report with these totals: its three, the paths
/// that they come from, and why they differ.
pub fn table(dive: &Dive, ours: &Totals, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let show = |bytes: Bytes| bytes.show(style.units);
    let percent = |share: f64| match share {
        share if share.is_nan() => "NaN".to_owned(),
        share if share.is_infinite() => "infinite".to_owned(),
        share => format!("{:.4} %", 100.0 * share),
    };
    let live = match ours.stored {
        Bytes::ZERO => 1.0,
        stored => ours.live.share_of(stored),
    };
    let rows = [
        [
            String::new(),
            "dive".to_owned(),
            "imgsize".to_owned(),
            String::new(),
        ],
        [
            "efficiency".to_owned(),
            percent(dive.score),
            percent(live),
            "live through stored".to_owned(),
        ],
        [
            "wastedBytes".to_owned(),
            show(dive.wasted),
            show(ours.lost),
            "lost".to_owned(),
        ],
        [
            "userWastedPercent".to_owned(),
            percent(dive.user_wasted),
            percent(ours.lost.share_of(ours.stored)),
            "lost through stored".to_owned(),
        ],
    ];
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].len());
        cells.max().unwrap_or_default()
    };
    let widths = [width(0), width(1), width(2)];
    writeln!(out)?;
    writeln!(out, "As dive counts")?;
    for [name, theirs, ours, what] in &rows {
        let line = format!(
            "  {name:<0$}  {theirs:>1$}  {ours:>2$}  {what}",
            widths[0], widths[1], widths[2]
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    for line in dive.why(ours) {
        writeln!(out, "  - {line}")?;
    }
    if !dive.files.is_empty() {
        writeln!(out, "  in several layers:")?;
    }
    let most = style.top.unwrap_or(usize::MAX);
    for file in dive.files.iter().take(most) {
        let (path, bytes) = (shown_text(&file.path), show(file.bytes));
        writeln!(out, "  {bytes:>10}  {:>3} times  {path}", file.count)?;
    }
    match dive.files.len().saturating_sub(most) {
        0 => {}
        left => writeln!(out, "  … and {left} more paths: --all lists them")?,
    }
    out.flush()
}

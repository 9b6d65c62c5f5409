//! What there is to say of a package, a place, or a group of them. What comes in is its
//! accounts and who needs it; what goes out is lines: its size, what it is made of, why it
//! is there, and what would go with it.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::rc::Rc;

use imgsize::owner::{Asked, Finds, OwnerId};
use imgsize::units::Bytes;
use ratatui::text::{Line, Span};

use super::tree::{self, Tree};
use super::{What, family_name, name};
use crate::tui::keys::Action;
use crate::tui::model::Sums;
use crate::tui::theme::Role;
use crate::tui::view::{Cx, ViewId};
use crate::tui::views::{category_means, percent};

/// How many lines of a list are shown before it says how many more there are.
const MOST: usize = 6;

/// The ways to the package that was looked at last: every frame asks for them.
#[derive(Debug, Default)]
pub(super) struct Chains(RefCell<Option<(OwnerId, Rc<Ways>)>>);

/// Ways down to a package, each with itself at the end.
type Ways = Vec<Vec<OwnerId>>;

impl Chains {
    fn of(&self, owner: OwnerId, cx: &Cx<'_>) -> Rc<Ways> {
        let mut last = self.0.borrow_mut();
        match &*last {
            Some((known, ways)) if *known == owner => Rc::clone(ways),
            _ => {
                let ways = Rc::new(cx.model.relations.chains(owner));
                *last = Some((owner, Rc::clone(&ways)));
                ways
            }
        }
    }
}

/// Everything of a package or a place.
pub(super) fn owner(id: OwnerId, chains: &Chains, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
    let owner = cx.model.analysis.attribution.owner(id);
    let is_package = owner.finds == Finds::Packages;
    let mut lines = cx.text(&name(id, cx), columns, Role::Title);
    let kind = match is_package {
        true => format!("{} package, in {}", owner.ecosystem, owner.category.title()),
        false => format!("a place, in {}", owner.category.title()),
    };
    lines.extend(cx.text(&kind, columns, Role::Category(owner.category)));
    if is_package && !owner.installed {
        let words = "only in lost bytes: it is not installed any more";
        lines.push(cx.line(words, Role::Removed));
    }
    lines.extend(sizes(&cx.tally.owner(id), cx));
    if let Some(inside) = owner.inside {
        let words = format!("in the files of {}", cx.model.label(inside));
        lines.extend(cx.text(&words, columns, Role::Text));
    }
    if is_package && owner.installed {
        lines.extend(why(id, chains, cx, columns));
        lines.extend(goes(id, cx, columns));
    }
    lines.extend(findings(id, cx, columns));
    lines.extend(parts(id, cx));
    lines.extend(layers(id, cx, columns));
    lines
}

fn sizes(sums: &Sums, cx: &Cx<'_>) -> Vec<Line<'static>> {
    let mut lines = vec![
        cx.pair(
            "Live",
            format!(
                "{}, download {}",
                cx.size(sums.live),
                cx.size(sums.download)
            ),
        ),
        cx.pair(
            "Share",
            format!(
                "{} of what is live, in {} files",
                percent(sums.live, cx.tally.total.live),
                sums.files
            ),
        ),
    ];
    if sums.lost > Bytes::ZERO {
        let download = cx.size(sums.download_lost);
        lines.push(cx.pair(
            "Lost",
            format!("{}, download {download}", cx.size(sums.lost)),
        ));
    }
    lines
}

/// Who asked for it, and who needs it.
fn why(id: OwnerId, chains: &Chains, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
    let mut lines = head("Why it is here", cx);
    let owner = cx.model.analysis.attribution.owner(id);
    let asked = match owner.asked {
        Asked::ByName => "it was asked for by name",
        Asked::ForOthers => "it came along with others",
        Asked::Unknown => "nobody wrote down whether it was asked for by name",
    };
    let above = cx.model.relations.required_by(id);
    let needed = match above.as_slice() {
        [] => "nothing requires it".to_owned(),
        [one] => format!("{} requires it", name(*one, cx)),
        all => format!("{} packages require it", all.len()),
    };
    lines.extend(cx.text(&format!("{asked}; {needed}"), columns, Role::Text));
    let ways = chains.of(id, cx);
    let arrow = cx.theme.glyph(" → ", " -> ");
    // A way of one is the package alone.
    let ways = ways.iter().filter(|way| way.len() > 1);
    let count = ways.clone().count();
    for way in ways.take(MOST) {
        let names: Vec<String> = way.iter().map(|&id| name(id, cx)).collect();
        lines.extend(cx.text(&format!("  {}", names.join(arrow)), columns, Role::Text));
    }
    lines.extend(more(count, MOST, cx));
    lines
}

/// What goes if it goes.
fn goes(id: OwnerId, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
    let accounts = |id: OwnerId| cx.model.analysis.attribution.owner(id);
    let mut all = cx.model.relations.goes(id);
    let sum: Bytes = all.iter().map(|&id| accounts(id).live).sum();
    let download: Bytes = all.iter().map(|&id| accounts(id).download).sum();
    let mut lines = head("If it goes", cx);
    let others = match all.len() {
        0 | 1 => "nothing goes with it".to_owned(),
        2 => "1 other goes with it, as nothing else needs it".to_owned(),
        count => format!(
            "{} others go with it, as nothing else needs them",
            count - 1
        ),
    };
    let words = format!(
        "{} live, {} of the download; {others}",
        cx.size(sum),
        cx.size(download)
    );
    lines.extend(cx.text(&words, columns, Role::Text));
    all.retain(|&other| other != id);
    all.sort_by_key(|&id| Reverse(accounts(id).live));
    for &id in all.iter().take(MOST) {
        lines.push(cx.line(
            format!("  {:>10}  {}", cx.size(accounts(id).live), name(id, cx)),
            Role::Text,
        ));
    }
    lines.extend(more(all.len(), MOST, cx));
    lines
}

/// Advice that is about it.
fn findings(id: OwnerId, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
    let numbers: Vec<usize> = cx.model.relations.findings(id).collect();
    if numbers.is_empty() {
        return Vec::new();
    }
    let key = cx.keys.key(ViewId::Advice.action());
    let mut lines = head(&format!("Advice about it ({key} has all)"), cx);
    for &no in numbers.iter().take(MOST) {
        if let Some(row) = cx.model.report.findings.get(no) {
            let words = format!("  {}: {}", row.risk, row.title);
            lines.extend(cx.text(&words, columns, Role::Text));
        }
    }
    lines.extend(more(numbers.len(), MOST, cx));
    lines
}

/// What it is made of.
fn parts(id: OwnerId, cx: &Cx<'_>) -> Vec<Line<'static>> {
    /// Columns of the longest bar.
    const BAR: f64 = 12.0;
    let parts: Vec<_> = tree::parts(cx, id).collect();
    if parts.is_empty() {
        return Vec::new();
    }
    let owner = cx.model.analysis.attribution.owner(id);
    let mut lines = head("What it is made of", cx);
    for (part, bytes) in parts {
        let length = (bytes.share_of(owner.live) * BAR).ceil() as usize;
        let bar = cx.theme.glyph("█", "#").repeat(length);
        lines.push(Line::from(vec![
            cx.span(format!("  {:<14}", tree::part_name(part)), Role::Text),
            cx.span(format!("{:>10}  ", cx.size(bytes)), Role::Text),
            Span::styled(bar, cx.theme.style(Role::Category(owner.category))),
        ]));
    }
    if let Some(debug) = owner.parts.debug.filter(|bytes| *bytes > Bytes::ZERO) {
        let words = format!("  {} of it is debug information", cx.size(debug));
        lines.push(cx.line(words, Role::Dim));
    }
    lines
}

/// Which layers store it.
fn layers(id: OwnerId, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
    let by_layer = cx.model.relations.by_layer(&cx.model.report, id);
    if by_layer.is_empty() {
        return Vec::new();
    }
    let key = cx.keys.key(Action::GoLayer);
    let mut lines = head(&format!("Where it is stored ({key} goes there)"), cx);
    let mut shares: Vec<_> = by_layer.iter().collect();
    shares.sort_by_key(|share| (Reverse(share.live), share.layer));
    for share in shares.iter().take(MOST) {
        let layer = u16::try_from(share.layer).unwrap_or(u16::MAX);
        let made_by = cx.model.instruction(layer).unwrap_or_default();
        let words = format!(
            "  {:>10}  layer {}: {made_by}",
            cx.size(share.live),
            share.layer
        );
        let mark = cx.theme.glyph("…", "~");
        let words = crate::tui::text::cut(&words, usize::from(columns), mark);
        lines.push(cx.line(words, Role::Text));
    }
    lines.extend(more(shares.len(), MOST, cx));
    lines
}

/// A category or a family.
pub(super) fn group(
    what: What,
    sums: Sums,
    tree: &Tree,
    cx: &Cx<'_>,
    columns: u16,
) -> Vec<Line<'static>> {
    let (title, role, words) = match what {
        What::Category(category) => (
            category.title().to_owned(),
            Role::Category(category),
            category_means(category),
        ),
        What::Family(category, family) => (
            family_name(family, cx),
            Role::Category(category),
            "packages that people speak of as one",
        ),
        What::Owner(_) | What::Part(..) => return Vec::new(),
    };
    let mut lines = cx.text(&title, columns, role);
    lines.extend(cx.text(words, columns, Role::Dim));
    lines.extend(sizes(&sums, cx));
    lines.extend(head(
        &format!("{} packages and places; the largest", tree.members(what)),
        cx,
    ));
    let mut inside: Vec<(Bytes, What)> = tree
        .inside(what)
        .iter()
        .map(|&what| (tree.of(what, cx).stored(), what))
        .collect();
    inside.sort_by_key(|&(bytes, _)| Reverse(bytes));
    for &(bytes, what) in inside.iter().take(2 * MOST) {
        let text = match what {
            What::Family(_, family) => family_name(family, cx),
            What::Owner(id) => name(id, cx),
            What::Category(_) | What::Part(..) => continue,
        };
        lines.push(cx.line(format!("  {:>10}  {text}", cx.size(bytes)), Role::Text));
    }
    lines.extend(more(inside.len(), 2 * MOST, cx));
    lines
}

/// A heading with air above.
fn head(text: &str, cx: &Cx<'_>) -> Vec<Line<'static>> {
    vec![Line::default(), cx.line(text, Role::Title)]
}

/// What a list leaves out.
fn more(count: usize, shown: usize, cx: &Cx<'_>) -> Option<Line<'static>> {
    let left = count.saturating_sub(shown);
    let mark = cx.theme.glyph("…", "...");
    (left > 0).then(|| cx.line(format!("  {mark} {left} more"), Role::Dim))
}

//! Advice as rows.

use std::cmp::Reverse;

use super::{AdviceRow, FindingLayer, FindingRow};
use crate::advice::{Advice, Counted, advise};
use crate::analysis::Analysis;
use crate::path::json_path;
use crate::units::Bytes;

/// How many paths a row names.
const PATHS: usize = 20;
/// What is worth a word, of bytes and of parts of a thousand of what is stored.
const NOTABLE: (u64, u64) = (1_000_000, 5);

/// The rows, their sums, and what they were made of: a finding for each row.
pub(super) fn findings(analysis: &Analysis) -> (Vec<FindingRow>, AdviceRow, Advice) {
    let advice = advise(analysis);
    let stored: Bytes = analysis.fs.bodies().map(|(_, body)| body.size).sum();
    let rows = advice.findings.iter();
    let rows = rows.map(|one| row(analysis, one, stored)).collect();
    let sums = AdviceRow {
        all: advice.all,
        safe: advice.safe,
    };
    (rows, sums, advice)
}

fn row(analysis: &Analysis, one: &Counted, stored: Bytes) -> FindingRow {
    let finding = &one.finding;
    let layer = one.layer().map(usize::from);
    let info = layer.and_then(|layer| analysis.info.layers.get(layer));
    let by_layer = one.layers.iter().map(|(layer, saving)| FindingLayer {
        layer: usize::from(*layer),
        stored: saving.stored,
        download: saving.download,
    });
    FindingRow {
        rule: finding.rule.to_owned(),
        title: finding.title.clone(),
        risk: finding.risk.name().to_owned(),
        saves: one.saves,
        layer,
        instruction: info.and_then(|info| info.created_by.clone()),
        paths: paths(analysis, one),
        fix: finding.fix.clone(),
        confidence: finding.confidence.name().to_owned(),
        adds: one.adds,
        by_layer: by_layer.collect(),
        files: finding.bodies.len(),
        estimate: finding.estimate,
        notes: finding.notes.clone(),
        notable: finding.always || is_notable(one, stored),
        edits: finding.edits.clone(),
        lines: None,
    }
}

fn is_notable(one: &Counted, stored: Bytes) -> bool {
    let estimate = one.finding.estimate.unwrap_or_default();
    let sizes = [
        one.saves.stored,
        one.saves.download,
        estimate.stored,
        estimate.download,
    ];
    let most = sizes.into_iter().max().unwrap_or_default().0;
    most >= NOTABLE.0 || u128::from(most) * 1000 >= u128::from(stored.0) * u128::from(NOTABLE.1)
}

/// Folders that go, else files, the largest first.
fn paths(analysis: &Analysis, one: &Counted) -> Vec<String> {
    let fs = &analysis.fs;
    let name = |node| json_path(fs.path(node).as_bytes());
    let finding = &one.finding;
    if !finding.folders.is_empty() {
        let folders = finding.folders.iter().take(PATHS);
        return folders.map(|&node| name(node)).collect();
    }
    let shrunk = finding.shrink.iter().map(|&(id, bytes)| (bytes, id));
    let whole = finding.bodies.iter().map(|&id| (fs.body(id).size, id));
    let mut bodies: Vec<_> = whole.chain(shrunk).collect();
    bodies.sort_unstable_by_key(|&(size, id)| (Reverse(size), id));
    let largest = bodies.into_iter().take(PATHS);
    largest.map(|(_, id)| name(fs.body(id).node)).collect()
}

//! Advice: what could be smaller. What comes in is the findings of the report; what goes
//! out is a row for each with what it brings and what could break, and ticks.

mod detail;

use std::cmp::Reverse;
use std::sync::Arc;

use imgsize::advice::{Finding, Risk};
use imgsize::report::{FindingRow, Saving};
use imgsize::rootfs::{BodyId, LayerNo};
use imgsize::units::Bytes;
use ratatui::text::Line;

use crate::tui::filter::{Filter, Only};
use crate::tui::keys::Action;
use crate::tui::list::{Outline, Rows};
use crate::tui::text::wrap;
use crate::tui::theme::Role;
use crate::tui::view::{Column, Cx, Effect, Row, View, ViewId};

/// What the rows are sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Sort {
    /// Stored bytes, what is only estimated last: the order of the report.
    #[default]
    Stored,
    Download,
    /// What breaks nothing first.
    Risk,
    Layer,
}

/// The view.
#[derive(Default)]
pub(crate) struct Advice {
    /// Findings, by their place in the report.
    rows: Outline<usize>,
    sort: Sort,
}

impl Advice {
    /// Goes to a finding, by its place in the report.
    pub(crate) fn show(&mut self, no: usize) {
        self.rows.select(|other| *other == no);
    }

    fn selected<'m>(&self, cx: &Cx<'m>) -> Option<(usize, &'m FindingRow, &'m Finding)> {
        let &no = self.rows.selected()?;
        let finding = &cx.model.advice.findings.get(no)?.finding;
        Some((no, cx.model.report.findings.get(no)?, finding))
    }
}

impl View for Advice {
    fn rows(&mut self) -> &mut dyn Rows {
        &mut self.rows
    }

    fn rebuild(&mut self, cx: &Cx<'_>) {
        let rows = cx.model.report.findings.iter().enumerate();
        let mut rows: Vec<_> = rows
            .filter(|(_, row)| has_part(row, cx.filter.layers))
            .map(|(no, row)| (no, row, saves(row, cx.filter.layers)))
            .collect();
        // All of these keep the order of the report where they see no difference.
        match self.sort {
            Sort::Stored => rows.sort_by_key(|(_, row, saves)| {
                (Reverse(saves.stored), Reverse(estimate(row).stored))
            }),
            Sort::Download => rows.sort_by_key(|(_, row, saves)| {
                (Reverse(saves.download), Reverse(estimate(row).download))
            }),
            Sort::Risk => rows.sort_by_key(|(no, ..)| risk(*no, cx)),
            Sort::Layer => rows.sort_by_key(|(_, row, _)| row.layer.unwrap_or(usize::MAX)),
        }
        let rows = rows.into_iter().map(|(no, ..)| (no, 0));
        self.rows = Outline::rebuilt(&self.rows, rows, |_| false);
    }

    fn columns(&self, _cx: &Cx<'_>) -> Vec<Column> {
        vec![
            Column::number("Saves", 10, 0).sorted(self.sort == Sort::Stored),
            Column::number("Download", 10, 2).sorted(self.sort == Sort::Download),
            Column::words("Risk", 9, 0).sorted(self.sort == Sort::Risk),
            Column::number("Layer", 5, 3).sorted(self.sort == Sort::Layer),
            Column::words("Rule", 26, 4),
            Column::words("What", 0, 0),
        ]
    }

    fn row(&self, at: usize, cx: &Cx<'_>) -> Row {
        let Some(&no) = self.rows.row(at).map(|item| &item.what) else {
            return Row::default();
        };
        let Some(row) = cx.model.report.findings.get(no) else {
            return Row::default();
        };
        let saves = saves(row, cx.filter.layers);
        let guessed = estimate(row);
        let size = |sure: Bytes, guess: Bytes| match (sure, guess) {
            (Bytes::ZERO, Bytes::ZERO) => cx.span("", Role::Dim),
            (Bytes::ZERO, guess) => cx.span(format!("~{}", cx.size(guess)), Role::Dim),
            (sure, _) => cx.span(cx.size(sure), Role::Text),
        };
        Row {
            cells: vec![
                size(saves.stored, guessed.stored),
                size(saves.download, guessed.download),
                cx.span(row.risk.clone(), role(risk(no, cx))),
                cx.span(
                    row.layer.map(|no| no.to_string()).unwrap_or_default(),
                    Role::Dim,
                ),
                cx.span(row.rule.clone(), Role::Dim),
                cx.span(row.title.clone(), Role::Text),
            ],
            tick: Some(cx.ticks.findings.contains(&no)),
            ..Row::default()
        }
    }

    fn detail(&self, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
        match self.selected(cx) {
            Some((no, row, finding)) => detail::lines(row, finding, risk(no, cx), cx, columns),
            None => Vec::new(),
        }
    }

    fn head(&self, cx: &Cx<'_>, columns: u16) -> Vec<Line<'static>> {
        let all = cx.model.report.findings.len();
        let sums = &cx.model.report.advice;
        let words = match cx.filter.layers {
            None => format!(
                "{}, together {} stored ({} download); safe alone {}",
                detail::count(all, "finding"),
                cx.size(sums.all.stored),
                cx.size(sums.all.download),
                cx.size(sums.safe.stored)
            ),
            Some((first, last)) => {
                let layers = match first == last {
                    true => format!("layer {first}"),
                    false => format!("layers {first} to {last}"),
                };
                format!(
                    "{} of {all} findings save bytes of {layers}: what they save there",
                    self.rows.items().len()
                )
            }
        };
        let wrapped = |words: String, role| {
            let lines = wrap(&words, usize::from(columns)).into_iter();
            lines.map(move |line| cx.line(line, role))
        };
        let mut lines: Vec<Line<'static>> = wrapped(words, Role::Dim).collect();
        if !cx.ticks.is_empty() {
            let total = cx.model.report.totals.stored;
            let (stored, download) = (cx.ticks.saves.stored, cx.ticks.saves.download);
            let by_hand = match cx.ticks.nodes.len() {
                0 => String::new(),
                1 => " and a file or folder".to_owned(),
                nodes => format!(" and {nodes} files or folders"),
            };
            let words = format!(
                "ticked: {}{by_hand}, they bring {} stored, {} download: {} {} {}",
                cx.ticks.findings.len(),
                cx.size(stored),
                cx.size(download),
                cx.size(total),
                cx.theme.glyph("→", "->"),
                cx.size(total - stored)
            );
            lines.extend(wrapped(words, Role::Ticked));
        }
        lines
    }

    fn act(&mut self, action: Action, cx: &Cx<'_>, effects: &mut Vec<Effect>) -> bool {
        let Some((no, row, finding)) = self.selected(cx) else {
            return false;
        };
        match action {
            Action::Tick | Action::Fold => effects.push(Effect::TickFinding(no)),
            Action::Open => open(row, finding, cx, effects),
            Action::GoLayer => effects.push(match row.layer.map(LayerNo::try_from) {
                Some(Ok(layer)) => Effect::ShowLayer(layer),
                _ => Effect::Say("no single layer is to change for this".to_owned()),
            }),
            Action::CopyPath => effects.push(Effect::Copy(row.fix.clone())),
            _ => return false,
        }
        true
    }

    fn sort(&mut self, cx: &Cx<'_>, _effects: &mut Vec<Effect>) -> Option<&'static str> {
        let (next, name) = match self.sort {
            Sort::Stored => (Sort::Download, "download"),
            Sort::Download => (Sort::Risk, "risk, safe first"),
            Sort::Risk => (Sort::Layer, "layer"),
            Sort::Layer => (Sort::Stored, "stored"),
        };
        self.sort = next;
        self.rebuild(cx);
        Some(name)
    }

    fn name(&self, place: usize, cx: &Cx<'_>) -> Option<String> {
        let no = self.rows.items().get(place)?.what;
        let row = cx.model.report.findings.get(no)?;
        Some(format!("{} {}", row.rule, row.title))
    }

    fn reveal(&mut self, place: usize, _cx: &Cx<'_>) {
        self.rows.reveal(place);
    }

    fn empty(&self, cx: &Cx<'_>) -> String {
        match cx.filter.layers {
            Some(_) => format!(
                "No advice saves bytes of these layers. {} shows all advice again.",
                cx.keys.key(Action::Back)
            ),
            None => "No advice: nothing was found that this image could do without.".to_owned(),
        }
    }
}

/// Does it save bytes of these layers?
fn has_part(row: &FindingRow, layers: Option<(LayerNo, LayerNo)>) -> bool {
    let Some((first, last)) = layers else {
        return true;
    };
    let within = usize::from(first)..=usize::from(last);
    row.by_layer.iter().any(|part| within.contains(&part.layer))
}

/// What it saves of these layers.
fn saves(row: &FindingRow, layers: Option<(LayerNo, LayerNo)>) -> Saving {
    let Some((first, last)) = layers else {
        return row.saves;
    };
    let within = usize::from(first)..=usize::from(last);
    let parts = row.by_layer.iter();
    let parts = parts.filter(|part| within.contains(&part.layer));
    parts.fold(Saving::default(), |sum, part| Saving {
        stored: sum.stored + part.stored,
        download: sum.download + part.download,
    })
}

fn estimate(row: &FindingRow) -> Saving {
    row.estimate.unwrap_or_default()
}

fn risk(no: usize, cx: &Cx<'_>) -> Risk {
    let counted = cx.model.advice.findings.get(no);
    counted
        .map(|counted| counted.finding.risk)
        .unwrap_or_default()
}

fn role(risk: Risk) -> Role {
    match risk {
        Risk::Safe => Role::Safe,
        Risk::Check => Role::Check,
        Risk::Behaviour => Role::Behaviour,
    }
}

/// Shows the files that it is about: in the tree, or among what is lost if none of them is
/// in the tree.
fn open(row: &FindingRow, finding: &Finding, cx: &Cx<'_>, effects: &mut Vec<Effect>) {
    let shrunk = finding.shrink.iter().map(|&(id, _)| id);
    let bodies: Vec<BodyId> = finding.bodies.iter().copied().chain(shrunk).collect();
    if bodies.is_empty() {
        let words = match row.estimate {
            Some(_) => "an estimate: no file of the image is named by it, so none can be shown",
            None => "it is about how the image is built, not about files: none can be shown",
        };
        return effects.push(Effect::Say(words.to_owned()));
    }
    let fs = cx.model.fs();
    let is_lost = |id: &BodyId| fs.body(*id).lost.is_some();
    let all_lost = bodies.iter().all(is_lost);
    let some_lost = !all_lost && bodies.iter().any(is_lost);
    let filter = Filter {
        only: Some(Only {
            what: format!("{}: {}", row.rule, row.title),
            bodies: Arc::new(bodies),
        }),
        ..Filter::default()
    };
    let lost = cx.keys.key(Action::Lost);
    if all_lost {
        effects.push(Effect::Filter(filter));
        effects.push(Effect::Go(ViewId::Lost));
        let words = "these files are in no container any more: Lost has them";
        effects.push(Effect::Say(words.to_owned()));
    } else {
        effects.push(Effect::ShowFiles(filter));
        if some_lost {
            let words = format!("some of it is in no container any more: {lost} shows that part");
            effects.push(Effect::Say(words));
        }
    }
}

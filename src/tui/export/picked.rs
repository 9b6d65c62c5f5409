//! What is ticked, looked at once for all forms. What comes in is ticks; what goes out is
//! the findings, and for each file and folder what can be done about it in each layer that
//! stores some of it.

use std::collections::BTreeSet;

use imgsize::advice::{Finding, Verb, View};
use imgsize::path::{acts_on_a_terminal, shown_text};
use imgsize::report::FindingRow;
use imgsize::rootfs::{LayerNo, NodeId};

use crate::tui::model::Model;
use crate::tui::ticks::Ticks;

/// All of it.
pub(super) struct Picked<'m> {
    pub(super) model: &'m Model,
    pub(super) ticks: &'m Ticks,
    pub(super) findings: Vec<(&'m FindingRow, &'m Finding)>,
    /// Of what is ticked by hand.
    pub(super) parts: Vec<Part>,
}

/// What of a ticked file or folder one layer stores.
pub(super) struct Part {
    pub(super) node: NodeId,
    pub(super) layer: LayerNo,
    pub(super) how: How,
}

/// What can be done about it.
pub(super) enum How {
    /// A `RUN` wrote it, and can remove this path, which has no slash in front.
    Remove(String),
    /// It came with the build context: a line of a `.dockerignore`.
    Ignore(String),
    /// Nothing that can be written down, and why.
    Not(&'static str),
}

impl<'m> Picked<'m> {
    pub(super) fn new(model: &'m Model, ticks: &'m Ticks) -> Picked<'m> {
        let findings = ticks.findings.iter().filter_map(|&no| {
            let finding = &model.advice.findings.get(no)?.finding;
            Some((model.report.findings.get(no)?, finding))
        });
        let mut parts = Vec::new();
        if !ticks.nodes.is_empty() {
            let view = View::new(&model.analysis);
            for &node in &ticks.nodes {
                // What is inside something ticked goes with that.
                let is_inside = node != NodeId::ROOT && ticks.has(model, model.fs().parent(node));
                if !is_inside {
                    parts.extend(parts_of(&view, node));
                }
            }
        }
        Picked {
            model,
            ticks,
            findings: findings.collect(),
            parts,
        }
    }

    /// The instruction that made a layer, on one line; safe.
    pub(super) fn instruction(&self, layer: LayerNo) -> String {
        let words = self.model.instruction(layer);
        words.unwrap_or_else(|| "(the history does not tell)".to_owned())
    }
}

fn parts_of(view: &View<'_>, node: NodeId) -> Vec<Part> {
    let fs = view.fs;
    let bodies = fs.subtree(node).filter_map(|below| fs.body_of(below));
    let mut layers: BTreeSet<LayerNo> = bodies.map(|id| fs.body(id).layer).collect();
    if layers.is_empty() {
        layers.insert(fs.layer_of(node));
    }
    let layers = layers.into_iter();
    layers
        .map(|layer| Part {
            node,
            layer,
            how: how(view, node, layer),
        })
        .collect()
}

fn how(view: &View<'_>, node: NodeId, layer: LayerNo) -> How {
    if node == NodeId::ROOT {
        return How::Not("that is the whole image");
    }
    if layer < view.base {
        return How::Not("it came with the base image: only another base does without it");
    }
    let path = view.fs.path(node);
    let name = std::str::from_utf8(path.as_bytes()).ok();
    let Some(name) = name.filter(|name| !name.chars().any(acts_on_a_terminal)) else {
        return How::Not("its name holds what cannot be written on a line");
    };
    let step = view.step(layer);
    match step.as_ref().map(|step| step.verb) {
        Some(Verb::Copy | Verb::Add)
            if step.as_ref().is_some_and(|step| is_from_stage(&step.text)) =>
        {
            How::Not("it seems to be copied from another stage: leave it out there")
        }
        Some(Verb::Run) => How::Remove(name.to_owned()),
        Some(verb @ (Verb::Copy | Verb::Add)) => match view.context_path(layer, node) {
            Some(line) if verb == Verb::Add && is_in_archive(&line) => {
                How::Not("an ADD unpacked it from an archive: leave it out of that")
            }
            Some(line) if is_line(&line) => How::Ignore(line),
            Some(_) => How::Not("its name means something else on a line of .dockerignore"),
            None => How::Not(
                "it is not known to come from the build context (a pattern, an archive): leave it out where it is copied from",
            ),
        },
        _ => How::Not("the history does not tell which RUN or COPY wrote it"),
    }
}

/// BuildKit does not write `--from` down; but who copies from the root of something has a
/// stage or an image in mind, and no build context.
fn is_from_stage(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let source = words.find(|word| !word.starts_with("--"));
    text.contains("--from") || source.is_some_and(|source| source.starts_with('/'))
}

/// Is this inside a file that `ADD` unpacks?
fn is_in_archive(path: &str) -> bool {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    let is_archive = |name: &str| name.contains(".tar") || name.ends_with(".tgz");
    folders.split('/').any(is_archive)
}

/// Does a line of `.dockerignore` mean just this path?
fn is_line(path: &str) -> bool {
    let is_odd = path.starts_with(['#', '!']) || path.trim() != path;
    !path.is_empty() && !is_odd && !path.contains(['*', '?', '[', '\\']) && shown_text(path) == path
}

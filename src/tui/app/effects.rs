//! What views want to be done. What comes in is effects; what goes out is the state that
//! has them.

use imgsize::advice::Risk;
use std::sync::Arc;

use imgsize::rootfs::NodeId;
use imgsize::units::Bytes;

use super::{App, Pane, Popup, Want};
use crate::tui::contents::Contents;
use crate::tui::filter::Filter;
use crate::tui::model::Model;
use crate::tui::prompt::{Asks, Prompt};
use crate::tui::text::safe_text;
use crate::tui::view::{Cx, Effect, View as _, ViewId};
use crate::tui::views::files::Files;
use crate::tui::worker::Job;

impl App {
    pub(crate) fn bring_about(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.one(effect);
        }
    }

    fn one(&mut self, effect: Effect) {
        match effect {
            Effect::Go(view) => self.go(view),
            Effect::ShowNode(node) => {
                self.go(ViewId::Files);
                self.show_node(node);
            }
            Effect::ShowFiles(filter) => {
                self.came_from = Some((self.view, self.filter.clone()));
                self.go(ViewId::Files);
                self.with_files(|files, _| files.whole_image());
                self.views.files.unfold_next();
                self.filter_by(filter);
            }
            Effect::ShowAsOf(layer) => {
                self.go(ViewId::Files);
                let mut effects = Vec::new();
                self.with_files(|files, cx| files.as_of(Some(layer), cx, &mut effects));
                self.bring_about(effects);
            }
            Effect::ShowPackage(owner) => {
                self.go(ViewId::Packages);
                self.views.packages.show(owner);
            }
            Effect::ShowCategory(category) => {
                self.go(ViewId::Packages);
                self.views.packages.show_category(category);
                self.views.packages.rows().cursor().raise();
            }
            Effect::ShowFamily(category, family) => {
                self.go(ViewId::Packages);
                self.views.packages.show_family(category, family);
                self.views.packages.rows().cursor().raise();
            }
            Effect::ShowLayer(layer) => {
                self.go(ViewId::Layers);
                self.views.layers.show(layer);
            }
            Effect::ShowFinding(no) => {
                self.go(ViewId::Advice);
                self.views.advice.show(no);
            }
            Effect::Filter(filter) => {
                self.came_from = filter
                    .only
                    .as_ref()
                    .map(|_| (self.view, self.filter.clone()));
                self.filter_by(filter);
            }
            Effect::TickFinding(no) => {
                if !self.ticks.findings.remove(&no) {
                    self.ticks.findings.insert(no);
                    self.said = self.estimate(no);
                }
                self.ticked();
            }
            Effect::TickNode(node) => {
                if !self.ticks.nodes.remove(&node) {
                    self.ticks.nodes.insert(node);
                }
                self.ticked();
            }
            Effect::Contents(body) => {
                let contents = self.cx().map(|cx| Contents::new(body, &cx));
                if let Some(contents) = contents {
                    self.popup = Popup::Contents(Box::new(contents));
                    self.work(Job::Read(body));
                }
            }
            Effect::Extract(node) => {
                let what = self.model.as_ref().map(|model| model.path(node));
                let what = what.unwrap_or_default();
                self.popup = Popup::Prompt(Prompt::new(Asks::Extract(node), ".").about(what));
            }
            Effect::ExtractBody(body) => {
                let path = |model: &Arc<Model>| model.path(model.fs().body(body).node);
                let what = self.model.as_ref().map(path).unwrap_or_default();
                self.popup = Popup::Prompt(Prompt::new(Asks::ExtractBody(body), ".").about(what));
            }
            Effect::Copy(text) => self.copy(text),
            Effect::Say(words) => self.said = Some(words),
            Effect::Work(job) => self.work(job),
        }
    }

    /// Of a finding that is an estimate alone: what to say when it is ticked.
    fn estimate(&self, no: usize) -> Option<String> {
        let row = self.model.as_ref()?.report.findings.get(no)?;
        let estimate = row.estimate.filter(|_| row.saves.stored == Bytes::ZERO)?;
        let size = estimate.stored.show(self.setup.units);
        let download = estimate.download.show(self.setup.units);
        Some(format!(
            "an estimate, about {size} ({download} download): it is in no sum"
        ))
    }

    /// Puts something on the clipboard, and says so.
    pub(super) fn copy(&mut self, text: String) {
        let line = safe_text(text.lines().next().unwrap_or_default());
        let more = if text.lines().count() > 1 { " …" } else { "" };
        self.said = Some(format!("copied: {line}{more}"));
        self.wants.push(Want::Copy(text));
    }

    /// Another view has the keys.
    pub(crate) fn go(&mut self, view: ViewId) {
        if self.view != view {
            self.view = view;
            self.pane = Pane::List;
            self.scroll = 0;
        }
    }

    fn show_node(&mut self, node: NodeId) {
        let mut effects = Vec::new();
        self.with_files(|files, cx| files.show(node, cx, &mut effects));
        self.bring_about(effects);
    }

    /// Ticks are others: what is left of the image has to be counted.
    pub(super) fn ticked(&mut self) {
        self.rebuild();
        self.work(Job::Count(self.ticks.clone()));
    }

    /// Ticks all advice that breaks nothing.
    pub(super) fn tick_safe(&mut self) {
        let Some(model) = &self.model else { return };
        let findings = model.advice.findings.iter().enumerate();
        let safe = findings.filter(|(_, counted)| counted.finding.risk == Risk::Safe);
        let before = self.ticks.findings.len();
        let safe: Vec<usize> = safe.map(|(no, _)| no).collect();
        self.ticks.findings.extend(&safe);
        self.said = Some(match (safe.len(), self.ticks.findings.len() - before) {
            (0, _) => "no advice is safe to follow without a look".to_owned(),
            (all, 0) => format!("all {all} safe findings are ticked already"),
            (all, _) => format!("all {all} safe findings are ticked"),
        });
        self.ticked();
    }

    /// Other things are to be seen.
    pub(super) fn filter_by(&mut self, filter: Filter) {
        self.filter = filter;
        self.rebuild();
        let mut effects = Vec::new();
        self.with_files(|files, cx| files.wish(cx, &mut effects));
        self.bring_about(effects);
        self.work(Job::Tally(self.filter.clone()));
    }

    pub(super) fn with_files<T>(
        &mut self,
        act: impl FnOnce(&mut Files, &Cx<'_>) -> T,
    ) -> Option<T> {
        let (views, cx) = self.parts()?;
        Some(act(&mut views.files, &cx))
    }
}

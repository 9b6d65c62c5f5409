//! All that the user sees and did, beside the model. What comes in is keys, the mouse and
//! what the worker found; what goes out is the next state, and what is wanted of the
//! world outside.

mod effects;
mod input;
mod mouse;
mod search;

use std::collections::BTreeSet;
use std::sync::Arc;

use imgsize::units::Units;
use ratatui::layout::Rect;

use super::contents::Contents;
use super::export::Exporter;
use super::filter::Filter;
use super::keys::Keymap;
use super::loading::Loading;
use super::model::Model;
use super::prompt::Prompt;
use super::tally::Tally;
use super::theme::Theme;
use super::ticks::Ticks;
use super::view::{Cx, View, ViewId};
use super::views::Views;
use super::worker::{Done, Job};

pub(crate) use input::scrolled;
pub(crate) use search::Search;

/// What is wanted of the world outside.
#[derive(Debug)]
pub(crate) enum Want {
    Quit,
    Suspend,
    Redraw,
    Work(Box<Job>),
    /// Put this on the clipboard of the terminal.
    Copy(String),
}

/// The pane that has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Pane {
    #[default]
    List,
    Detail,
}

/// What lies over the views.
#[derive(Debug, Default)]
pub(crate) enum Popup {
    #[default]
    None,
    /// The help, and its first line.
    Help(usize),
    Prompt(Prompt),
    Contents(Box<Contents>),
    Export(Box<Exporter>),
}

/// Where things were drawn last, for the mouse.
#[derive(Debug, Clone, Default)]
pub(crate) struct Areas {
    pub(crate) tabs: Vec<(Rect, ViewId)>,
    /// The rows, without heads.
    pub(crate) list: Rect,
    pub(crate) detail: Rect,
    /// Both panes together.
    pub(crate) body: Rect,
    /// Do they lie side by side?
    pub(crate) beside: bool,
}

/// What does not change while the program runs.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) theme: Theme,
    pub(crate) keys: Keymap,
    pub(crate) units: Units,
    /// What the user typed for the image; safe.
    pub(crate) name: String,
    /// Are there two?
    pub(crate) compares: bool,
}

/// The state.
pub(crate) struct App {
    pub(crate) setup: Setup,
    pub(crate) loading: Loading,
    pub(crate) model: Option<Arc<Model>>,
    pub(crate) tally: Tally,
    pub(crate) filter: Filter,
    pub(crate) ticks: Ticks,
    /// Where the filter was made that shows files of something, and what was shown before.
    pub(crate) came_from: Option<(ViewId, Filter)>,
    pub(crate) view: ViewId,
    pub(crate) views: Views,
    pub(crate) pane: Pane,
    /// The first line of the other pane.
    pub(crate) scroll: usize,
    /// How many lines it has, and room for how many.
    pub(crate) lines: (usize, usize),
    /// The list's part of the panes, in percent.
    pub(crate) divider: u16,
    /// Is the divider being dragged?
    dragging: bool,
    pub(crate) popup: Popup,
    /// The last line of the screen, until the next key.
    pub(crate) said: Option<String>,
    pub(crate) search: Search,
    /// The kinds of jobs that are not done.
    pub(crate) busy: BTreeSet<&'static str>,
    pub(crate) areas: Areas,
    wants: Vec<Want>,
}

impl App {
    pub(crate) fn new(setup: Setup) -> App {
        App {
            loading: Loading::default(),
            model: None,
            tally: Tally::default(),
            filter: Filter::default(),
            ticks: Ticks::default(),
            came_from: None,
            view: if setup.compares {
                ViewId::Diff
            } else {
                ViewId::Overview
            },
            views: Views::default(),
            pane: Pane::List,
            scroll: 0,
            lines: (0, 0),
            divider: 60,
            dragging: false,
            popup: Popup::None,
            said: None,
            search: Search::default(),
            busy: BTreeSet::new(),
            areas: Areas::default(),
            wants: Vec::new(),
            setup,
        }
    }

    /// What is wanted since it was asked last.
    pub(crate) fn wants(&mut self) -> Vec<Want> {
        std::mem::take(&mut self.wants)
    }

    /// The views that there are: without a second image nothing can be compared.
    pub(crate) fn view_ids(&self) -> impl Iterator<Item = ViewId> + use<> {
        let compares = self.setup.compares;
        ViewId::ALL
            .into_iter()
            .filter(move |id| compares || *id != ViewId::Diff)
    }

    /// What views may look at; `None` while there is nothing.
    pub(crate) fn cx(&self) -> Option<Cx<'_>> {
        Some(Cx {
            model: self.model.as_ref()?,
            tally: &self.tally,
            filter: &self.filter,
            ticks: &self.ticks,
            theme: &self.setup.theme,
            units: self.setup.units,
            keys: &self.setup.keys,
        })
    }

    /// The views, and what they may look at.
    fn parts(&mut self) -> Option<(&mut Views, Cx<'_>)> {
        let cx = Cx {
            model: self.model.as_ref()?,
            tally: &self.tally,
            filter: &self.filter,
            ticks: &self.ticks,
            theme: &self.setup.theme,
            units: self.setup.units,
            keys: &self.setup.keys,
        };
        Some((&mut self.views, cx))
    }

    /// Lets a view do something with what it may look at.
    fn with_view<T>(
        &mut self,
        id: ViewId,
        act: impl FnOnce(&mut dyn View, &Cx<'_>) -> T,
    ) -> Option<T> {
        let (views, cx) = self.parts()?;
        Some(act(views.get_mut(id), &cx))
    }

    /// The image is read, and all of it counted.
    pub(crate) fn loaded(&mut self, model: Arc<Model>, tally: Tally) {
        self.tally = tally;
        self.loading.done = true;
        self.loading.name = Some(super::text::safe_text(&model.report.image.name));
        self.model = Some(model);
        self.rebuild();
        let mut effects = Vec::new();
        self.with_files(|files, cx| files.wish(cx, &mut effects));
        self.bring_about(effects);
        // Whoever was fast has filtered already.
        if !self.filter.is_empty() {
            self.work(Job::Tally(self.filter.clone()));
        }
    }

    /// Two images were compared.
    pub(crate) fn compared(&mut self, diff: imgsize::diff::Diff) {
        self.views.diff.set(diff);
        self.with_view(ViewId::Diff, |view, cx| view.rebuild(cx));
    }

    /// Every view is built anew: the sums, the filter or the ticks are others.
    fn rebuild(&mut self) {
        for id in ViewId::ALL {
            self.with_view(id, |view, cx| view.rebuild(cx));
        }
    }

    /// The worker has done something.
    pub(crate) fn done(&mut self, done: Done) {
        self.busy.remove(done.what());
        match done {
            Done::Tally(tally) => {
                self.tally = *tally;
                self.rebuild();
            }
            Done::Counted(ticks) => {
                // Of what was ticked meanwhile other sums are on their way.
                if ticks.findings == self.ticks.findings && ticks.nodes == self.ticks.nodes {
                    self.ticks = ticks;
                    self.rebuild();
                }
            }
            Done::Files(listing) => {
                self.with_files(|files, cx| files.listed(listing, cx));
            }
            Done::Found(pattern, nodes) => self.found(&pattern, nodes),
            Done::Content(content) => {
                if let Popup::Contents(contents) = &mut self.popup {
                    contents.arrived(content);
                }
            }
            Done::Exported(forms) => {
                if let Popup::Export(exporter) = &mut self.popup {
                    exporter.arrived(forms);
                }
            }
            Done::Said(words) => self.said = Some(words),
        }
    }

    /// Gives the worker something to do.
    fn work(&mut self, job: Job) {
        self.busy.insert(job.what());
        self.wants.push(Want::Work(Box::new(job)));
    }
}

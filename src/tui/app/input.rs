//! Keys and the mouse. What comes in is what the terminal tells; what goes out is what is
//! done about it.

use std::path::PathBuf;

use crossterm::event::{Event, KeyEvent, KeyEventKind};

use super::{App, Pane, Popup, Want};
use crate::tui::extract::meant;
use crate::tui::filter::Filter;
use crate::tui::keys::Action;
use crate::tui::list::{Fold, Move};
use crate::tui::prompt::{Answer, Asks, Prompt};
use crate::tui::ticks::Ticks;
use crate::tui::view::ViewId;
use crate::tui::worker::Job;

impl App {
    /// Takes what the terminal tells.
    pub(crate) fn input(&mut self, event: &Event) {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.key(key),
            Event::Mouse(mouse) => self.mouse(mouse),
            Event::Paste(text) => {
                if let Popup::Prompt(prompt) = &mut self.popup {
                    prompt.paste(text);
                    self.typed();
                }
            }
            _ => {}
        }
    }

    fn key(&mut self, key: &KeyEvent) {
        self.said = None;
        if let Popup::Prompt(prompt) = &mut self.popup {
            match prompt.key(key) {
                Answer::Goes => {}
                Answer::Changed => self.typed(),
                Answer::Left => self.popup = Popup::None,
                Answer::Given => self.given(),
            }
            return;
        }
        if let Some(action) = self.setup.keys.action(key) {
            self.act(action);
        }
    }

    /// The text of the prompt is another: a search shows at once what it finds.
    fn typed(&mut self) {
        if let Popup::Prompt(prompt) = &self.popup
            && prompt.asks == Asks::Search
        {
            let text = prompt.text();
            self.search_for(&text);
        }
    }

    /// The prompt is answered.
    fn given(&mut self) {
        let Popup::Prompt(mut prompt) = std::mem::take(&mut self.popup) else {
            return;
        };
        let text = prompt.text();
        let folder = || PathBuf::from(text.trim());
        let file = || match text.trim() {
            "" => PathBuf::new(),
            _ => meant(&folder()),
        };
        match prompt.asks.clone() {
            // What was found while it was typed is told once more: any key takes the
            // last line away.
            Asks::Search => self.search_for(&text),
            Asks::Filter => match Filter::parse(&text) {
                Ok(filter) => {
                    self.came_from = None;
                    self.filter_by(filter);
                }
                Err(error) => {
                    prompt.wrong = Some(error.to_string());
                    self.popup = Popup::Prompt(prompt);
                }
            },
            Asks::Extract(_) | Asks::ExtractBody(_) if !meant(&folder()).is_dir() => {
                prompt.wrong = Some("there is no such folder; make it first".to_owned());
                self.popup = Popup::Prompt(prompt);
            }
            Asks::Extract(node) => self.work(Job::Extract(node, meant(&folder()))),
            Asks::ExtractBody(body) => self.work(Job::ExtractBody(body, meant(&folder()))),
            Asks::Export(form) => match form.write(&file()) {
                Ok(said) => self.said = Some(said),
                Err(words) => {
                    prompt.wrong = Some(words);
                    self.popup = Popup::Prompt(prompt);
                }
            },
        }
    }

    /// Does what a key means.
    pub(crate) fn act(&mut self, action: Action) {
        // These are meant wherever one is.
        match action {
            Action::Quit => return self.wants.push(Want::Quit),
            Action::Suspend => return self.wants.push(Want::Suspend),
            Action::Redraw => return self.wants.push(Want::Redraw),
            Action::Theme => {
                let theme = &mut self.setup.theme;
                theme.palette = theme.palette.next();
                let names = crate::tui::theme::Palette::ALL.iter();
                let name = names.clone().find(|(_, palette)| *palette == theme.palette);
                self.said = Some(format!("theme: {}", name.map_or("", |(name, _)| name)));
                return;
            }
            _ => {}
        }
        match &mut self.popup {
            Popup::None => self.act_in_view(action),
            Popup::Help(first) => match action {
                Action::Help | Action::Back | Action::Open => self.popup = Popup::None,
                _ => *first = scrolled(*first, action, usize::MAX, 10),
            },
            Popup::Contents(contents) => match action {
                Action::Back | Action::Contents => self.popup = Popup::None,
                _ => {
                    let effect = contents.act(action);
                    self.bring_about(effect.into_iter().collect());
                }
            },
            Popup::Export(exporter) => match action {
                Action::Back | Action::Export => self.popup = Popup::None,
                Action::Open => {
                    if let Some(form) = exporter.chosen().cloned() {
                        let file = form.file;
                        self.popup = Popup::Prompt(Prompt::new(Asks::Export(form), file));
                    }
                }
                Action::CopyPath => {
                    if let Some(text) = exporter.chosen().map(|form| form.text.clone()) {
                        self.copy(text);
                    }
                }
                _ => exporter.act(action),
            },
            Popup::Prompt(_) => {}
        }
    }

    fn act_in_view(&mut self, action: Action) {
        match action {
            Action::Help => self.popup = Popup::Help(0),
            Action::Overview => self.go(ViewId::Overview),
            Action::Layers => self.go(ViewId::Layers),
            Action::Files => self.go(ViewId::Files),
            Action::Packages => self.go(ViewId::Packages),
            Action::Advice => self.go(ViewId::Advice),
            Action::Lost => self.go(ViewId::Lost),
            Action::Diff if self.setup.compares => self.go(ViewId::Diff),
            Action::Diff => {
                self.said = Some("give two images to compare: imgsize tui OLD NEW".to_owned());
            }
            Action::NextView => self.turn(1),
            Action::PreviousView => self.turn(self.view_ids().count() - 1),
            Action::NextPane | Action::PreviousPane => {
                self.pane = match self.pane {
                    Pane::List => Pane::Detail,
                    Pane::Detail => Pane::List,
                };
            }
            Action::Wider => self.divider = (self.divider + 5).min(90),
            Action::Narrower => self.divider = self.divider.saturating_sub(5).max(10),
            Action::Search => self.popup = Popup::Prompt(Prompt::new(Asks::Search, "")),
            Action::NextMatch => self.next_match(false),
            Action::PreviousMatch => self.next_match(true),
            Action::Filter => {
                let text = typable(&self.filter);
                self.popup = Popup::Prompt(Prompt::new(Asks::Filter, &text));
            }
            Action::Sort => self.sort(),
            Action::TickSafe => self.tick_safe(),
            Action::UntickAll => {
                self.ticks = Ticks::default();
                self.ticked();
            }
            Action::Export if self.ticks.is_empty() => {
                let key = self.setup.keys.key(Action::Tick);
                self.said = Some(format!(
                    "nothing is ticked: tick advice or files with {key}"
                ));
            }
            Action::Export => {
                self.popup = Popup::Export(Box::default());
                self.work(Job::Export(self.ticks.clone()));
            }
            Action::Back => self.back(),
            _ => self.act_in_pane(action),
        }
    }

    fn act_in_pane(&mut self, action: Action) {
        let view = self.view;
        if self.pane == Pane::Detail {
            let mut effects = Vec::new();
            let act = |view: &mut dyn crate::tui::view::View, _: &crate::tui::view::Cx<'_>| {
                view.act_in_detail(action, &mut effects)
            };
            if self.with_view(view, act) == Some(true) {
                return self.bring_about(effects);
            }
            let before = self.scroll;
            let most = self.lines.0.saturating_sub(self.lines.1);
            self.scroll = scrolled(before, action, most, self.lines.1);
            if self.scroll != before || is_move(action) {
                return;
            }
        }
        let step = match action {
            Action::Up => Some(Move::By(-1)),
            Action::Down => Some(Move::By(1)),
            Action::PageUp => Some(Move::Halves(-2)),
            Action::PageDown => Some(Move::Halves(2)),
            Action::HalfUp => Some(Move::Halves(-1)),
            Action::HalfDown => Some(Move::Halves(1)),
            Action::Top => Some(Move::Top),
            Action::Bottom => Some(Move::Bottom),
            _ => None,
        };
        if let Some(step) = step {
            self.scroll = 0;
            self.with_view(view, |view, _| {
                let rows = view.rows();
                let len = rows.len();
                rows.cursor().go(step, len);
            });
            return;
        }
        let mut effects = Vec::new();
        let acted = self.with_view(view, |view, cx| view.act(action, cx, &mut effects));
        self.bring_about(effects);
        if acted == Some(true) {
            return;
        }
        let fold = match action {
            Action::Open | Action::Fold => Some(Fold::Toggle),
            Action::Left => Some(Fold::Out),
            Action::Right => Some(Fold::In),
            Action::OpenAll => Some(Fold::OpenAll),
            Action::CloseAll => Some(Fold::CloseAll),
            _ => None,
        };
        if let Some(fold) = fold {
            self.scroll = 0;
            self.with_view(view, |view, _| view.rows().fold(fold));
        } else if self.model.is_some() {
            let name = self.view.title();
            self.said = Some(format!("that key does nothing on this row of {name}"));
        }
    }

    fn sort(&mut self) {
        let view = self.view;
        let mut effects = Vec::new();
        let by = self.with_view(view, |view, cx| view.sort(cx, &mut effects));
        self.bring_about(effects);
        self.said = by.map(|by| match by {
            Some(by) => format!("sorted by {by}"),
            None => "there is only one order here".to_owned(),
        });
    }

    /// Closes one thing: the filter, then the search.
    fn back(&mut self) {
        if self.pane == Pane::Detail {
            self.pane = Pane::List;
        } else if let Some((view, filter)) = self.came_from.take() {
            self.filter_by(filter);
            self.go(view);
        } else if !self.filter.is_empty() {
            self.filter_by(Filter::default());
            self.said = Some("the filter is gone: everything is shown".to_owned());
        } else {
            self.search = super::Search::default();
        }
    }

    fn turn(&mut self, step: usize) {
        let ids: Vec<ViewId> = self.view_ids().collect();
        let at = ids
            .iter()
            .position(|id| *id == self.view)
            .unwrap_or_default();
        self.go(ids[(at + step) % ids.len()]);
    }
}

/// What of a filter can be typed: the rest is told in words only.
fn typable(filter: &Filter) -> String {
    let typable = Filter {
        only: None,
        ..filter.clone()
    };
    typable.to_string()
}

fn is_move(action: Action) -> bool {
    matches!(
        action,
        Action::Up
            | Action::Down
            | Action::PageUp
            | Action::PageDown
            | Action::HalfUp
            | Action::HalfDown
            | Action::Top
            | Action::Bottom
    )
}

/// The first line of a text, after a movement.
pub(crate) fn scrolled(first: usize, action: Action, most: usize, room: usize) -> usize {
    let page = room.max(1);
    match action {
        Action::Up => first.saturating_sub(1),
        Action::Down => first.saturating_add(1),
        Action::PageUp => first.saturating_sub(page),
        Action::PageDown => first.saturating_add(page),
        Action::HalfUp => first.saturating_sub(page.div_ceil(2)),
        Action::HalfDown => first.saturating_add(page.div_ceil(2)),
        Action::Top => 0,
        Action::Bottom => most,
        _ => first,
    }
    .min(most)
}

//! The views, one a file. What comes in is the model; what goes out is rows, and what
//! there is to say of each.

pub(crate) mod advice;
pub(crate) mod diff;
pub(crate) mod files;
pub(crate) mod layers;
pub(crate) mod lost;
pub(crate) mod overview;
pub(crate) mod packages;

use imgsize::owner::Category;
use imgsize::units::Bytes;

use super::view::{View, ViewId};

/// All of them.
#[derive(Default)]
pub(crate) struct Views {
    pub(crate) overview: overview::Overview,
    pub(crate) layers: layers::Layers,
    pub(crate) files: files::Files,
    pub(crate) packages: packages::Packages,
    pub(crate) advice: advice::Advice,
    pub(crate) lost: lost::Lost,
    pub(crate) diff: diff::DiffView,
}

impl Views {
    pub(crate) fn get(&self, id: ViewId) -> &dyn View {
        match id {
            ViewId::Overview => &self.overview,
            ViewId::Layers => &self.layers,
            ViewId::Files => &self.files,
            ViewId::Packages => &self.packages,
            ViewId::Advice => &self.advice,
            ViewId::Lost => &self.lost,
            ViewId::Diff => &self.diff,
        }
    }

    pub(crate) fn get_mut(&mut self, id: ViewId) -> &mut dyn View {
        match id {
            ViewId::Overview => &mut self.overview,
            ViewId::Layers => &mut self.layers,
            ViewId::Files => &mut self.files,
            ViewId::Packages => &mut self.packages,
            ViewId::Advice => &mut self.advice,
            ViewId::Lost => &mut self.lost,
            ViewId::Diff => &mut self.diff,
        }
    }
}

/// What counts as it.
pub(crate) fn category_means(category: Category) -> &'static str {
    match category {
        Category::BaseOs => "the distribution, as the base image brings it",
        Category::SystemPackages => "installed with apt, apk, dnf on top of the base",
        Category::LanguageRuntime => "interpreters and their standard libraries",
        Category::LanguagePackages => "from pip, npm and their like",
        Category::App => "what the author wrote",
        Category::BuildOutput => "what a build made",
        Category::Leftovers => "caches, logs, lists: nothing needs them to run",
        Category::Unattributed => "nobody is known to own it",
    }
}

/// A part of something, in percent.
pub(crate) fn percent(part: Bytes, whole: Bytes) -> String {
    format!("{:.1}%", 100.0 * part.share_of(whole))
}

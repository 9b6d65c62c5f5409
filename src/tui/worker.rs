//! Work that takes time, beside the screen. What comes in is jobs; what goes out is what
//! came of them. Of jobs of one kind only the last one counts: whoever types ahead does
//! not wait for what nobody asks for any more.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use imgsize::rootfs::{BodyId, NodeId};
use imgsize::source::{Opened, SourceError};

use super::export::Form;
use super::filter::Filter;
use super::model::Model;
use super::pattern::Pattern;
use super::tally::Tally;
use super::ticks::Ticks;
use super::views::files::{Listing, Wish};

/// Opens the image once more: what files hold is not in memory.
pub(crate) type Reopen = Arc<dyn Fn() -> Result<Opened, SourceError> + Send + Sync>;

/// What takes time.
#[derive(Debug)]
pub(crate) enum Job {
    /// Sums of what a filter lets through.
    Tally(Filter),
    /// What goes with what is ticked.
    Count(Ticks),
    /// The tree of files.
    Files(Wish),
    /// Paths that are like a pattern, among those that are listed.
    Find(Pattern, Arc<Listing>),
    /// What is ticked, written down.
    Export(Ticks),
    /// The beginning of a content.
    Read(BodyId),
    /// A file or a folder is to be written into a folder.
    Extract(NodeId, PathBuf),
    /// A content that is lost is to be written into a folder.
    ExtractBody(BodyId, PathBuf),
}

/// What came of it.
pub(crate) enum Done {
    Tally(Box<Tally>),
    Counted(Ticks),
    Files(Arc<Listing>),
    /// Nodes, best first.
    Found(Pattern, Vec<NodeId>),
    Exported(Vec<Arc<Form>>),
    Content(super::contents::Content),
    /// Something was done, or could not be: in words.
    Said(String),
}

const COUNTING: &str = "counting";
const PROJECTING: &str = "projecting";
const LISTING: &str = "listing files";
const SEARCHING: &str = "searching";
const EXPORTING: &str = "writing down";
const READING: &str = "reading";
const WRITING: &str = "writing";

impl Done {
    /// The kind of job that it came of.
    pub(crate) fn what(&self) -> &'static str {
        match self {
            Done::Tally(_) => COUNTING,
            Done::Counted(_) => PROJECTING,
            Done::Files(_) => LISTING,
            Done::Found(..) => SEARCHING,
            Done::Exported(_) => EXPORTING,
            Done::Content(_) => READING,
            Done::Said(_) => WRITING,
        }
    }
}

impl Job {
    /// What is done meanwhile, in words; jobs of one kind replace each other.
    pub(crate) fn what(&self) -> &'static str {
        match self {
            Job::Tally(_) => COUNTING,
            Job::Count(_) => PROJECTING,
            Job::Files(_) => LISTING,
            Job::Find(..) => SEARCHING,
            Job::Export(_) => EXPORTING,
            Job::Read(_) => READING,
            Job::Extract(..) | Job::ExtractBody(..) => WRITING,
        }
    }

    /// Does it.
    pub(crate) fn run(self, model: &Arc<Model>, reopen: &Reopen) -> Done {
        match self {
            Job::Tally(filter) => Done::Tally(Box::new(Tally::new(model, filter))),
            Job::Count(ticks) => Done::Counted(ticks.counted(model)),
            Job::Files(wish) => Done::Files(Arc::new(Listing::new(model, wish))),
            Job::Find(pattern, listing) => {
                let found = listing.find(model, &pattern);
                Done::Found(pattern, found)
            }
            Job::Export(ticks) => Done::Exported(super::export::forms(model, ticks)),
            Job::Read(body) => Done::Content(super::contents::read(model, body, reopen)),
            Job::Extract(node, folder) => {
                Done::Said(super::extract::node(model, node, &folder, reopen))
            }
            Job::ExtractBody(body, folder) => {
                Done::Said(super::extract::body(model, body, &folder, reopen))
            }
        }
    }
}

/// Does jobs until nobody sends any more.
pub(crate) fn work(
    jobs: &Receiver<Job>,
    model: &Mutex<Option<Arc<Model>>>,
    reopen: &Reopen,
    done: &Sender<super::Message>,
) {
    let mut waiting: Vec<Job> = Vec::new();
    loop {
        if waiting.is_empty() {
            match jobs.recv() {
                Ok(job) => waiting.push(job),
                Err(_) => return,
            }
        }
        for job in jobs.try_iter() {
            // Files that are to be written are all to be written.
            let replaces = !matches!(job, Job::Extract(..) | Job::ExtractBody(..));
            waiting.retain(|other| !replaces || other.what() != job.what());
            waiting.push(job);
        }
        let job = waiting.remove(0);
        let model = model.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(model) = model
            && done
                .send(super::Message::Done(Box::new(job.run(&model, reopen))))
                .is_err()
        {
            return;
        }
    }
}

/// What an error of the disk says.
pub(crate) fn in_words(error: &io::Error) -> String {
    super::text::safe_text(&error.to_string())
}

/// Why something failed, with its causes and what can be done about it.
pub(crate) fn failed(error: &dyn Error, hint: Option<&str>) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let why = error.to_string();
        // Some say what their cause is.
        if !words.contains(&why) {
            words = format!("{words}: {why}");
        }
        cause = error.source();
    }
    if let Some(hint) = hint {
        words = format!("{words}; {hint}");
    }
    super::text::safe_text(&words)
}

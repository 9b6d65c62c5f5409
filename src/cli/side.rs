//! One of two images that are compared: an image, or a report on one that was saved.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use imgsize::report::{Report, SCHEMA};
use imgsize::source::Place;

use super::args::ImageArgs;
use super::exit::Failure;
use super::plan::{self, ImagePlan};
use super::run::one;

/// A report of a million rows is smaller.
const LARGEST_REPORT: u64 = 1 << 30;

/// Where a report comes from.
pub(super) enum From {
    /// It was saved.
    Saved(PathBuf),
    /// It is made now.
    Image(Box<ImagePlan>),
}

impl From {
    /// What the argument means: a file that is JSON is a report.
    pub(super) fn new(name: &str, image: &ImageArgs) -> Result<From, Failure> {
        if is_json(Path::new(name)) {
            return Ok(From::Saved(PathBuf::from(name)));
        }
        let origin = plan::origin(name, image.source)?;
        plan::image(origin, image.clone()).map(|plan| From::Image(Box::new(plan)))
    }

    /// Does it pass by only once?
    pub(super) fn is_stdin(&self) -> bool {
        matches!(self, From::Image(plan) if plan.origin.place == Place::Stdin)
    }

    /// The report.
    pub(super) fn report(&self) -> Result<Report, Failure> {
        match self {
            From::Image(plan) => one(plan).map(|(report, _)| report),
            From::Saved(path) => saved(path),
        }
    }

    /// The report once more, now with every byte read; `None` where that tells no more.
    pub(super) fn verified(&self) -> Result<Option<Report>, Failure> {
        match self {
            From::Image(plan) if !plan.how.verify && !self.is_stdin() => {
                let mut plan = plan.clone();
                plan.how.verify = true;
                one(&plan).map(|(report, _)| Some(report))
            }
            _ => Ok(None),
        }
    }
}

/// No image begins so.
pub(super) fn is_json(path: &Path) -> bool {
    let mut start = [0; 1];
    path.is_file()
        && File::open(path).is_ok_and(|mut file| file.read_exact(&mut start).is_ok())
        && start == *b"{"
}

fn saved(path: &Path) -> Result<Report, Failure> {
    let name = path.to_string_lossy();
    let bad = |why: String| Failure::usage(format!("`{name}` is no report: {why}"));
    let text = saved_text(path).map_err(|error| bad(error.to_string()))?;
    let report: Report = serde_json::from_slice(&text).map_err(|error| bad(error.to_string()))?;
    match report.schema == SCHEMA {
        true => Ok(report),
        false => Err(bad(format!(
            "its schema is {}, not {SCHEMA}",
            report.schema
        ))),
    }
}

/// The text of a report that was saved, or of another such file.
pub(super) fn saved_text(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut file = File::open(path)?.take(LARGEST_REPORT);
    file.read_to_end(&mut text)?;
    Ok(text)
}

//! `imgsize verify`: what is meant, and the run.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use imgsize::report::{FORMATS, Report, SCHEMA, Sort, Style, Verification, WriteVerify};

use super::args::{ImageArgs, VerifyArgs};
use super::exit::{Exit, Failure};
use super::output;
use super::plan::{self, ImagePlan};
use super::run::one;

/// A report of a million rows is smaller.
const LARGEST_REPORT: u64 = 1 << 30;

pub(super) struct VerifyPlan {
    before: From,
    after: From,
    write: WriteVerify,
    style: Style,
}

/// Where a report comes from.
pub(super) enum From {
    /// It was saved.
    Saved(PathBuf),
    /// It is made now.
    Image(Box<ImagePlan>),
}

pub(super) fn plan(args: VerifyArgs) -> Result<VerifyPlan, Failure> {
    if args.image.platform.as_deref() == Some("all") {
        let words = "`verify` is about one platform: name it with `--platform OS/ARCH`";
        return Err(Failure::usage(words.to_owned()));
    }
    let id = if args.json { "json" } else { "table" };
    let write = FORMATS.iter().find(|format| format.id == id);
    let write = write
        .and_then(|format| format.write_verify)
        .ok_or_else(|| Failure::usage(format!("there is no format `{id}`")))?;
    Ok(VerifyPlan {
        before: from(&args.before, &args.image)?,
        after: from(&args.after, &args.image)?,
        write,
        style: Style {
            units: plan::units(args.iec, args.bytes),
            width: plan::width(false),
            top: None,
            sort: Sort::Size,
        },
    })
}

/// A saved report, or an image that is to be read.
pub(super) fn from(name: &str, args: &ImageArgs) -> Result<From, Failure> {
    if is_json(Path::new(name)) {
        return Ok(From::Saved(PathBuf::from(name)));
    }
    let origin = plan::origin(name, args.source)?;
    plan::image(origin, args.clone()).map(|plan| From::Image(Box::new(plan)))
}

/// No image begins so.
pub(super) fn is_json(path: &Path) -> bool {
    let mut start = [0; 1];
    path.is_file()
        && File::open(path).is_ok_and(|mut file| file.read_exact(&mut start).is_ok())
        && start == *b"{"
}

pub(super) fn run(plan: &VerifyPlan) -> Result<Exit, Failure> {
    let verification = Verification::new(&plan.before.report()?, &plan.after.report()?);
    output::to(None, |out| (plan.write)(&verification, &plan.style, out))?;
    Ok(Exit::Fine)
}

impl From {
    /// Reads it.
    pub(super) fn report(&self) -> Result<Report, Failure> {
        let path = match self {
            From::Image(plan) => return one(plan).map(|(report, _)| report),
            From::Saved(path) => path,
        };
        let name = path.to_string_lossy();
        let bad = |why: String| Failure::usage(format!("`{name}` is no report: {why}"));
        let text = saved_text(path).map_err(|error| bad(error.to_string()))?;
        let report: Report =
            serde_json::from_slice(&text).map_err(|error| bad(error.to_string()))?;
        match report.schema == SCHEMA {
            true => Ok(report),
            false => Err(bad(format!(
                "its schema is {}, not {SCHEMA}",
                report.schema
            ))),
        }
    }
}

/// The text of a report that was saved, or of another such file.
pub(super) fn saved_text(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut file = File::open(path)?.take(LARGEST_REPORT);
    file.read_to_end(&mut text)?;
    Ok(text)
}

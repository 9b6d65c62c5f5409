//! `imgsize diff`: what is meant, and the run.

use imgsize::diff::{Diff, WRITERS, Writer};
use imgsize::report::{Sort, Style};

use super::args::DiffArgs;
use super::exit::{Exit, Failure};
use super::output;
use super::plan;
use super::side::From;

pub(super) struct DiffPlan {
    old: From,
    new: From,
    write: Writer,
    style: Style,
}

pub(super) fn plan(args: DiffArgs) -> Result<DiffPlan, Failure> {
    if args.image.platform.as_deref() == Some("all") {
        let words = "`diff` is about one platform: name it with `--platform OS/ARCH`";
        return Err(Failure::usage(words.to_owned()));
    }
    let id = if args.json { "json" } else { "table" };
    let write = WRITERS.iter().find(|(name, _)| *name == id);
    let write = write.ok_or_else(|| Failure::usage(format!("there is no format `{id}`")))?;
    let (old, new) = (
        From::new(&args.old, &args.image)?,
        From::new(&args.new, &args.image)?,
    );
    if old.is_stdin() && new.is_stdin() {
        let words = "only one of two images can come from stdin";
        return Err(Failure::usage(words.to_owned()));
    }
    Ok(DiffPlan {
        old,
        new,
        write: write.1,
        style: Style {
            units: plan::units(args.iec, args.bytes),
            width: plan::width(false),
            top: (!args.all).then_some(args.top.get()),
            sort: Sort::Size,
        },
    })
}

pub(super) fn run(plan: &DiffPlan) -> Result<Exit, Failure> {
    let diff = compare(&plan.old, &plan.new)?;
    output::to(None, |out| (plan.write)(&diff, &plan.style, out))?;
    Ok(Exit::Fine)
}

/// Both sides, read as far as it takes to tell what changed.
pub(super) fn compare(old: &From, new: &From) -> Result<Diff, Failure> {
    let (mut before, mut after) = (old.report()?, new.report()?);
    let diff = Diff::new(&before, &after);
    if !diff.is_unsure() {
        return Ok(diff);
    }
    // Whether layers were made anew for nothing is in contents that were jumped over.
    before = old.verified()?.unwrap_or(before);
    after = new.verified()?.unwrap_or(after);
    Ok(Diff::new(&before, &after))
}

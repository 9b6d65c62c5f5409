//! `imgsize verify`: what is meant, and the run.

use imgsize::report::{FORMATS, Sort, Style, Verification, WriteVerify};

use super::args::VerifyArgs;
use super::exit::{Exit, Failure};
use super::output;
use super::plan;
use super::side::From;

pub(super) struct VerifyPlan {
    before: From,
    after: From,
    write: WriteVerify,
    style: Style,
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
        before: From::new(&args.before, &args.image)?,
        after: From::new(&args.after, &args.image)?,
        write,
        style: Style {
            units: plan::units(args.iec, args.bytes),
            width: plan::width(false),
            top: None,
            sort: Sort::Size,
        },
    })
}

pub(super) fn run(plan: &VerifyPlan) -> Result<Exit, Failure> {
    let verification = Verification::new(&plan.before.report()?, &plan.after.report()?);
    output::to(None, |out| (plan.write)(&verification, &plan.style, out))?;
    Ok(Exit::Fine)
}

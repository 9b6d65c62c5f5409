//! `imgsize init`: what is meant, and the run. What comes in is an image; what goes out is
//! a budget to begin with.

use std::path::PathBuf;

use imgsize::config::{Budget, FLAGS};
use imgsize::gate::{GateError, starting_budget};
use imgsize::path::shown_text;

use super::args::InitArgs;
use super::exit::{Exit, Failure};
use super::plan::ImagePlan;
use super::{check, output, progress};

pub(super) struct InitPlan {
    image: ImagePlan,
    margin: u32,
    output: PathBuf,
    force: bool,
}

pub(super) fn plan(args: InitArgs) -> Result<InitPlan, Failure> {
    if args.image.platform.as_deref() == Some("all") {
        let words = "`init` is about one platform: name it with `--platform OS/ARCH`";
        return Err(Failure::usage(words.to_owned()));
    }
    Ok(InitPlan {
        image: super::plan::image(
            super::plan::origin(&args.name, args.image.source)?,
            args.image,
        )?,
        margin: args.margin,
        output: args.output,
        force: args.force,
    })
}

pub(super) fn run(plan: &InitPlan) -> Result<Exit, Failure> {
    let name = plan.output.to_string_lossy().into_owned();
    if !plan.force && plan.output.symlink_metadata().is_ok() {
        return Err(GateError::Exists(name).into());
    }
    let (report, sizes) = check::measured(&plan.image, &Budget::empty(FLAGS))?;
    output::to(Some(&plan.output), |out| {
        starting_budget(&report, &sizes, plan.margin, out)
    })?;
    progress::say(&format!("wrote {}", shown_text(&name)));
    Ok(Exit::Fine)
}

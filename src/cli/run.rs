//! The second map: from a plan to what it prints.

use imgsize::analysis::{Analysis, analyze};
use imgsize::report::{Report, schema};
use imgsize::source;

use super::exit::{Exit, Failure};
use super::output;
use super::plan::{ImagePlan, Plan, ReportPlan};
use super::progress::Progress;

/// Does what is planned.
pub(super) fn run(plan: Plan) -> Result<Exit, Failure> {
    match plan {
        Plan::Report(plan) => report(&plan),
        Plan::Schema => output::to(None, schema).map(|()| Exit::Fine),
    }
}

fn report(plan: &ReportPlan) -> Result<Exit, Failure> {
    let analysis = analysis(&plan.image)?;
    let report = Report::new(&analysis);
    // Taking a million nodes apart takes time, and the program is about to end.
    std::mem::forget(analysis);
    output::to(plan.output.as_deref(), |out| {
        (plan.format.write)(&report, &plan.style, out)
    })?;
    Ok(Exit::Fine)
}

fn analysis(plan: &ImagePlan) -> Result<Analysis, Failure> {
    let image = source::open(&plan.origin, &plan.choice)?;
    let progress = Progress::new(image.info(), plan.progress);
    Ok(analyze(&*image, plan.how, &|event| progress.hear(event))?)
}

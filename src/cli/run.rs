//! The second map: from a plan to what it prints.

use imgsize::analysis::{Analysis, analyze_opened};
use imgsize::cache::{Cache, Usage};
use imgsize::path::shown_text;
use imgsize::report::{Report, schema};
use imgsize::source;

use super::exit::{Exit, Failure};
use super::output;
use super::plan::{CacheTask, ImagePlan, Plan, ReportPlan};
use super::progress::Progress;

/// Does what is planned.
pub(super) fn run(plan: Plan) -> Result<Exit, Failure> {
    match plan {
        Plan::Report(plan) => report(&plan),
        Plan::Schema => output::to(None, schema).map(|()| Exit::Fine),
        Plan::Cache(kept, task) => cache(&kept, &task),
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
    let opened = source::open(&plan.origin, &plan.choice, &plan.net)?;
    let progress = Progress::new(&opened, plan.progress);
    let listener = |event| progress.hear(event);
    Ok(analyze_opened(opened, &plan.how, &listener)?)
}

fn cache(cache: &Cache, task: &CacheTask) -> Result<Exit, Failure> {
    let folder = cache.folder().to_string_lossy();
    let removed = match task {
        CacheTask::Info => None,
        CacheTask::Prune(limit) => Some(cache.prune(*limit)),
        CacheTask::Clear => Some(cache.clear()),
    };
    let failed = |error| Failure::Cache(folder.clone().into_owned(), error);
    let removed = removed.transpose().map_err(failed)?;
    let left = cache.info().map_err(failed)?;
    output::to(None, |out| {
        writeln!(out, "folder   {}", shown_text(&folder))?;
        if let Some(removed) = removed {
            writeln!(out, "removed  {}", used(&removed))?;
        }
        writeln!(out, "size     {}", used(&left))?;
        writeln!(out, "limit    {}", cache.limit())
    })?;
    Ok(Exit::Fine)
}

/// What files take, and what they are.
fn used(usage: &Usage) -> String {
    let count = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    };
    let layers = count(usage.entries, "layer");
    match usage.images {
        0 => format!("{} ({layers})", usage.bytes),
        images => format!("{} ({layers}, {})", usage.bytes, count(images, "image")),
    }
}

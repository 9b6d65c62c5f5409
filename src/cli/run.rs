//! The second map: from a plan to what it prints.

use imgsize::analysis::{Analysis, analyze, analyze_opened, analyze_passed, pass_platforms};
use imgsize::cache::{Cache, Usage};
use imgsize::path::shown_text;
use imgsize::report::{Outline, PlatformsReport, Report};
use imgsize::rootfs::LayerNo;
use imgsize::scan::{Ending, Event, ScanError};
use imgsize::source::{self, Opened, OpenedAll, Place};

use super::exit::{Exit, Failure};
use super::output;
use super::plan::{CacheTask, ImagePlan, Plan, ReportPlan, Writer};
use super::progress::{self, Progress};

/// Does what is planned.
pub(super) fn run(plan: Plan) -> Result<Exit, Failure> {
    match plan {
        Plan::Report(plan) => report(&plan),
        Plan::Schema(schema) => output::to(None, schema).map(|()| Exit::Fine),
        Plan::Cache(kept, task) => cache(&kept, &task),
    }
}

fn report(plan: &ReportPlan) -> Result<Exit, Failure> {
    let (target, style) = (plan.output.as_deref(), &plan.style);
    match plan.write {
        Writer::One(write) => {
            let image = source::open(&plan.image.origin, &plan.image.choice, &plan.image.net)?;
            told_apart(&image, &plan.image);
            let report = match known(&image, &plan.image) {
                Some(report) => report,
                None => {
                    let analysis = analysis(image, &plan.image)?;
                    let report = Report::new(&analysis);
                    keep(&analysis, &report, &plan.image);
                    // Taking a million nodes apart takes time, and the program is
                    // about to end.
                    std::mem::forget(analysis);
                    report
                }
            };
            output::to(target, |out| write(&report, style, out))?;
        }
        Writer::Quick(write) => {
            let (origin, choice) = (&plan.image.origin, &plan.image.choice);
            let opened = source::open(origin, choice, &plan.image.net)?;
            told_apart(&opened, &plan.image);
            let Opened::Image(image) = opened else {
                let words = "an engine or a pipe sends none before all the rest: name the image \
                             in its registry, `registry:NAME`, or a file";
                return Err(Failure::usage(format!(
                    "`--quick` needs a manifest; {words}"
                )));
            };
            let outline = Outline::new(image.info());
            output::to(target, |out| write(&outline, style, out))?;
        }
        Writer::Every(write) => {
            let report = platforms(&plan.image)?;
            output::to(target, |out| write(&report, style, out))?;
        }
    }
    Ok(Exit::Fine)
}

/// Says whose image it is, where only its name was given.
fn told_apart(opened: &Opened, plan: &ImagePlan) {
    if plan.show.source && matches!(plan.origin.place, Place::Anywhere(_)) {
        progress::say(&format!("using {}", shown_text(&opened.source())));
    }
}

/// The report on an image that was read before, byte for byte the same.
fn known(opened: &Opened, plan: &ImagePlan) -> Option<Report> {
    let cache = plan.how.cache.as_ref().filter(|_| !plan.how.verify)?;
    let Opened::Image(image) = opened else {
        return None;
    };
    let report = Report::known(cache, image.info(), &plan.wishes)?;
    // So is each of its layers.
    let progress = Progress::new(opened, plan.show);
    for no in 0..image.info().layers.len() {
        progress.hear(Event::Done(no as LayerNo, Ending::Known));
    }
    Some(report)
}

/// Keeps a report for another time.
fn keep(analysis: &Analysis, report: &Report, plan: &ImagePlan) {
    if let Some(cache) = &plan.how.cache {
        report.keep(cache, analysis, &plan.wishes);
    }
}

fn analysis(opened: Opened, plan: &ImagePlan) -> Result<Analysis, ScanError> {
    let progress = Progress::new(&opened, plan.show);
    let hear = |event| progress.hear(event);
    let image = match opened {
        Opened::Image(image) => image,
        passage => return analyze_opened(passage, &plan.how, &plan.wishes, &hear),
    };
    let analysis = analyze(&*image, &plan.how, &plan.wishes, &hear);
    drop(progress);
    if let Some(traffic) = image.traffic().filter(|_| plan.show.layers) {
        let (bytes, requests) = (traffic.bytes, traffic.requests);
        progress::say(&format!("{bytes} came in {requests} answers"));
    }
    analysis
}

/// One platform after the other: only one analysis is in memory.
fn platforms(plan: &ImagePlan) -> Result<PlatformsReport, Failure> {
    let opened = source::open_all(&plan.origin, plan.choice.image.as_deref(), &plan.net)?;
    let (every, mut passed) = match opened {
        OpenedAll::Platforms(every) => (every, None),
        OpenedAll::Passage(passage) => {
            let progress = Progress::passage(&passage, plan.show);
            let (every, members) = pass_platforms(*passage, &|event| progress.hear(event))?;
            (every, Some(members))
        }
    };
    if let Some(first) = every.images.first() {
        told_apart(first, plan);
    }
    let mut reports = Vec::new();
    for image in every.images {
        let platform = image.platform().map(ToString::to_string);
        let analysis = match (image, &mut passed) {
            (Opened::Image(image), Some(members)) => {
                analyze_passed(&*image, members, &plan.how, &plan.wishes, &|_| {})
            }
            (image, _) => analysis(image, plan),
        };
        let analysis = analysis.map_err(|error| Failure::Scan(error, platform))?;
        reports.push(Report::new(&analysis));
    }
    Ok(PlatformsReport::new(every.index, every.absent, reports))
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

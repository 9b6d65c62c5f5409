//! The second map: from a plan to what it prints.

use std::io::Read;
use std::sync::Arc;

use imgsize::analysis::{
    Analysis, Wishes, analyze, analyze_opened, analyze_passed, pass_platforms,
};
use imgsize::base::Known;
use imgsize::cache::{Cache, Usage};
use imgsize::codec::try_zstd;
use imgsize::digest::Digest;
use imgsize::dive::{self, Dive};
use imgsize::layer::LayerError;
use imgsize::path::shown_text;
use imgsize::report::{Outline, PlatformsReport, Report, Why};
use imgsize::rootfs::LayerNo;
use imgsize::scan::{Ending, Event, ScanError};
use imgsize::source::{self, Blob, Choice, ImageInfo, Opened, OpenedAll, Place, SourceError};

use super::check;
use super::deployment;
use super::diff;
use super::dockerfile;
use super::exit::{Exit, Failure};
use super::init;
use super::output;
use super::plan::{CacheTask, DiveForm, ImagePlan, Plan, ReportPlan, WhyPlan, Writer};
use super::progress::{self, Progress};
use super::rules;
use super::trim;
use super::tui;
use super::verify;

/// Does what is planned.
pub(super) fn run(plan: Plan) -> Result<Exit, Failure> {
    match plan {
        Plan::Report(plan) => report(&plan),
        Plan::Why(plan) => why(&plan),
        Plan::Deployment(plan) => deployment::run(&plan),
        Plan::Rules(write) => output::to(None, write).map(|()| Exit::Fine),
        Plan::Explain(rule) => {
            output::to(None, |out| rules::explain(rule, out)).map(|()| Exit::Fine)
        }
        Plan::Tui(plan) => tui::run(*plan),
        Plan::Trim(plan) => trim::run(&plan),
        Plan::Verify(plan) => verify::run(&plan),
        Plan::Diff(plan) => diff::run(&plan),
        Plan::Check(plan) => check::run(&plan),
        Plan::Init(plan) => init::run(&plan),
        Plan::Schema(schema) => output::to(None, schema).map(|()| Exit::Fine),
        Plan::Cache(kept, task) => cache(&kept, &task),
    }
}

fn report(plan: &ReportPlan) -> Result<Exit, Failure> {
    let (target, style) = (plan.output.as_deref(), &plan.style);
    match plan.write {
        Writer::One(write) => {
            let (mut report, info, dive) = one_with_dive(&plan.image, plan.dive.is_some())?;
            report.dive = dive.as_ref().map(|dive| dive.row(&report.totals));
            if plan.measures_zstd {
                measure_zstd(&mut report, &plan.image)?;
            }
            dockerfile::tie(&mut report, &info, &plan.dockerfile)?;
            if plan.image.show.source {
                for line in dockerfile::left_out(&report) {
                    progress::say(&format!("not in the edit: {line}"));
                }
            }
            let dive = dive.filter(|_| plan.dive == Some(DiveForm::Table));
            output::to(target, |out| {
                write(&report, style, out)?;
                match &dive {
                    Some(dive) => dive::table(dive, &report.totals, style, out),
                    None => Ok(()),
                }
            })?;
        }
        Writer::Quick(write) => {
            let (origin, choice) = (&plan.image.origin, &plan.image.choice);
            let opened = source::open(origin, choice, &plan.image.net)?;
            told_apart(&opened, &plan.image);
            let wishes = wishes(&opened, &plan.image)?;
            let Opened::Image(image) = opened else {
                let words = "an engine or a pipe sends none before all the rest: name the image \
                             in its registry, `registry:NAME`, or a file";
                return Err(Failure::usage(format!(
                    "`--quick` needs a manifest; {words}"
                )));
            };
            let outline = Outline::new(image.info(), wishes.base.as_deref());
            output::to(target, |out| write(&outline, style, out))?;
        }
        Writer::Ignore => {
            let (report, _) = one(&plan.image)?;
            output::to(target, |out| {
                dockerfile::ignore(&report, &plan.dockerfile, out)
            })?;
        }
        Writer::Every(write) => {
            let report = platforms(&plan.image)?;
            output::to(target, |out| write(&report, style, out))?;
        }
    }
    Ok(Exit::Fine)
}

/// The report on one image, out of memory or made now, and what the image says of
/// itself.
pub(super) fn one(plan: &ImagePlan) -> Result<(Report, ImageInfo), Failure> {
    one_with_dive(plan, false).map(|(report, info, _)| (report, info))
}

/// [`one`], and what dive says of the image, if that is asked: no report that was made
/// before tells it.
pub(super) fn one_with_dive(
    plan: &ImagePlan,
    dive: bool,
) -> Result<(Report, ImageInfo, Option<Dive>), Failure> {
    let image = source::open(&plan.origin, &plan.choice, &plan.net)?;
    told_apart(&image, plan);
    let wishes = wishes(&image, plan)?;
    let known = if dive {
        None
    } else {
        known(&image, plan, &wishes)
    };
    if let (Some(report), Opened::Image(image)) = (known, &image) {
        return Ok((report, image.info().clone(), None));
    }
    let analysis = analysis(image, plan, &wishes)?;
    let report = Report::new(&analysis);
    keep(&analysis, &report, plan, &wishes);
    let dive = dive.then(|| Dive::of(&analysis)).transpose()?;
    let info = analysis.info.clone();
    // Taking a million nodes apart takes time, and the program is about to end.
    std::mem::forget(analysis);
    Ok((report, info, dive))
}

/// Tries zstd on a sample of the large layers, which are opened again for it.
fn measure_zstd(report: &mut Report, plan: &ImagePlan) -> Result<(), Failure> {
    let Opened::Image(image) = source::open(&plan.origin, &plan.choice, &plan.net)? else {
        let words = "`--measure-zstd` reads layers again, and an engine or a pipe sends them \
                     once and not compressed: name the image in its registry, or a file";
        return Err(Failure::usage(words.to_owned()));
    };
    let of = image.info().layers.len();
    let mut trials = Vec::new();
    for no in (0..of).filter(|&no| report.is_worth_a_trial(no)) {
        let opened = image.open_layer(no);
        let blob: Box<dyn Read> = match opened.map_err(|error| ScanError::Open { no, of, error })? {
            Blob::Window(window) => Box::new(window),
            Blob::Stream(stream) => stream,
            Blob::Remote(remote) => remote.stream(),
            Blob::Passed(_) | Blob::Absent => continue,
        };
        let trial = try_zstd(blob).map_err(|error| ScanError::Layer {
            no,
            of,
            digest: image.info().layers[no].digest,
            error: LayerError::from(error),
        })?;
        trials.extend(trial.map(|trial| (no, trial)));
    }
    report.measured(&trials);
    Ok(())
}

fn why(plan: &WhyPlan) -> Result<Exit, Failure> {
    let why = Why::new(&one(&plan.image)?.0, &plan.package)?;
    output::to(None, |out| (plan.write)(&why, &plan.style, out))?;
    Ok(Exit::Fine)
}

/// Says whose image it is, where only its name was given.
pub(super) fn told_apart(opened: &Opened, plan: &ImagePlan) {
    if plan.show.source && matches!(plan.origin.place, Place::Anywhere(_)) {
        progress::say(&format!("using {}", shown_text(&opened.source())));
    }
}

/// What is wished of this image: on the base that the user names, which is looked at
/// now.
pub(super) fn wishes(opened: &Opened, plan: &ImagePlan) -> Result<Wishes, Failure> {
    let mut wishes = plan.wishes.clone();
    let Some(origin) = &plan.base else {
        return Ok(wishes);
    };
    let choice = Choice {
        image: None,
        platform: opened.platform().or(plan.choice.platform.as_ref()).cloned(),
    };
    let base = source::open(origin, &choice, &plan.net).and_then(base_of);
    let base = base.map_err(|error| Failure::Base(origin.place.to_string(), error))?;
    if let Opened::Image(image) = opened {
        base.fit(image.info()).map_err(ScanError::from)?;
    }
    wishes.base = Some(Arc::new(base));
    Ok(wishes)
}

/// What an image is as a base: its documents, and of no layer a byte that need not
/// pass by on the way to them.
fn base_of(opened: Opened) -> Result<Known, SourceError> {
    let mut passage = match opened {
        Opened::Image(image) => return Ok(Known::of(image.info())),
        Opened::Passage(passage) => passage,
    };
    if let Some(promise) = passage.promise() {
        let source = passage.source();
        let name = source.split_once(':').map_or(&*source, |(_, name)| name);
        return Ok(Known::promised(name, promise));
    }
    while passage.member()?.is_some() {}
    passage.finish().map(|image| Known::of(image.info()))
}

/// The report on an image that was read before, byte for byte the same.
pub(super) fn known(opened: &Opened, plan: &ImagePlan, wishes: &Wishes) -> Option<Report> {
    let cache = plan.how.cache.as_ref().filter(|_| !plan.how.verify)?;
    let Opened::Image(image) = opened else {
        return None;
    };
    let report = Report::known(cache, image.info(), wishes)?;
    // So is each of its layers.
    let progress = Progress::new(opened, plan.show);
    for no in 0..image.info().layers.len() {
        progress.hear(Event::Done(no as LayerNo, Ending::Known));
    }
    Some(report)
}

/// Keeps a report for another time.
pub(super) fn keep(analysis: &Analysis, report: &Report, plan: &ImagePlan, wishes: &Wishes) {
    if let Some(cache) = &plan.how.cache {
        report.keep(cache, analysis, wishes);
    }
}

pub(super) fn analysis(
    opened: Opened,
    plan: &ImagePlan,
    wishes: &Wishes,
) -> Result<Analysis, ScanError> {
    let progress = Progress::new(&opened, plan.show);
    let hear = |event| progress.hear(event);
    let image = match opened {
        Opened::Image(image) => image,
        passage => return analyze_opened(passage, &plan.how, wishes, &hear),
    };
    let analysis = analyze(&*image, &plan.how, wishes, &hear);
    drop(progress);
    if let Some(traffic) = image.traffic().filter(|_| plan.show.layers) {
        let (bytes, requests) = (traffic.bytes, traffic.requests);
        progress::say(&format!("{bytes} came in {requests} answers"));
    }
    analysis
}

/// One platform after the other: only one analysis is in memory.
fn platforms(plan: &ImagePlan) -> Result<PlatformsReport, Failure> {
    let mut reports = Vec::new();
    let (index, absent) = each_platform(plan, &mut |analysis| {
        reports.push(Report::new(&analysis));
    })?;
    Ok(PlatformsReport::new(index, absent, reports))
}

/// Analyses every platform; the index, and which platforms are not there.
pub(super) fn each_platform(
    plan: &ImagePlan,
    see: &mut dyn FnMut(Analysis),
) -> Result<(Option<Digest>, Vec<String>), Failure> {
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
    for image in every.images {
        let platform = image.platform().map(ToString::to_string);
        let wishes = wishes(&image, plan)?;
        let analysis = match (image, &mut passed) {
            (Opened::Image(image), Some(members)) => {
                analyze_passed(&*image, members, &plan.how, &wishes, &|_| {})
            }
            (image, _) => analysis(image, plan, &wishes),
        };
        let analysis = analysis.map_err(|error| Failure::Scan(error, platform))?;
        see(analysis);
    }
    Ok((every.index, every.absent))
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

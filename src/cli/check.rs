//! `imgsize check`: what is meant, and the run.

use std::io::{self, Write};
use std::path::PathBuf;

use imgsize::config::Budget;
use imgsize::dive::{Dive, Rules};
use imgsize::gate::{
    Checked, Entries, GateError, Sizes, State, Target, Then, Together, VERDICT_FORMATS, Verdict,
};
use imgsize::path::{brief, shown_text};
use imgsize::report::{FORMATS, Report, Sort, Style};
use imgsize::source;

use super::args::CheckArgs;
use super::budget::{self, BaselinePlan};
use super::exit::{Exit, Failure};
use super::plan::{self, ImagePlan};
use super::run::{analysis, each_platform, keep, known, told_apart, wishes};
use super::side::From;
use super::{deployment, output, progress};

type WriteVerdict = fn(&Verdict, &Style, &mut dyn Write) -> io::Result<()>;

pub(super) struct CheckPlan {
    targets: Vec<Named>,
    /// Every platform of the one target, by itself.
    every_platform: bool,
    budget: Budget,
    /// dive's rules, where there is no budget.
    dive: Option<Rules>,
    baseline: Option<BaselinePlan>,
    update: bool,
    write: WriteVerdict,
    out: Vec<(WriteVerdict, PathBuf)>,
    report: Option<PathBuf>,
    style: Style,
}

struct Named {
    name: String,
    from: From,
}

pub(super) fn plan(mut args: CheckArgs) -> Result<CheckPlan, Failure> {
    let usage = |words: &str| Err(Failure::usage(words.to_owned()));
    let (budget, dive) = budget::plan(&args.budget, &args.image)?;
    let baseline = budget::baseline(&budget, &args.image)?;
    let every = args.image.platform.take_if(|platform| platform == "all");
    let targets = match &args.compose {
        Some(file) => {
            let images = deployment::composed(file, args.image.clone())?;
            let named = |image: deployment::Named| Named {
                name: image.name,
                from: From::Image(Box::new(image.image)),
            };
            images.into_iter().map(named).collect()
        }
        None => {
            let named = |name: &String| {
                Ok(Named {
                    from: From::new(name, &args.image)?,
                    name: name.clone(),
                })
            };
            let targets: Result<Vec<Named>, Failure> = args.images.iter().map(named).collect();
            targets?
        }
    };
    let several = targets.len() > 1;
    if several && (every.is_some() || args.image.choice.is_some()) {
        return usage("`--platform all` and `--image` are about one image");
    }
    if several && targets.len() > deployment::MOST_IMAGES {
        return usage("there are too many images: 500 at most");
    }
    if args.report_json.is_some() && (several || every.is_some()) {
        return usage("`--report-json` is about one image; `imgsize report` writes several");
    }
    match &baseline {
        Some(BaselinePlan::Image(name, _)) if several => {
            return Err(GateError::OneImage(name.clone()).into());
        }
        None if args.update_baseline => {
            return usage(
                "`--update-baseline` needs `--baseline FILE`, or `baseline` in the budget",
            );
        }
        _ => {}
    }
    let id = if args.json { "json" } else { "table" };
    let out = args.out.iter().map(|text| out(text));
    Ok(CheckPlan {
        targets,
        every_platform: every.is_some(),
        baseline,
        update: args.update_baseline,
        write: format(id)?,
        out: out.collect::<Result<_, _>>()?,
        report: args.report_json,
        style: Style {
            units: plan::units(args.iec, args.bytes),
            width: plan::width(false),
            top: None,
            sort: Sort::Size,
        },
        budget,
        dive,
    })
}

fn format(id: &str) -> Result<WriteVerdict, Failure> {
    let format = VERDICT_FORMATS.iter().find(|format| format.id == id);
    format.map(|format| format.write).ok_or_else(|| {
        let ids: Vec<&str> = VERDICT_FORMATS.iter().map(|format| format.id).collect();
        let ids = ids.join(", ");
        Failure::usage(format!("there is no format `{id}` of a verdict: {ids}"))
    })
}

fn out(text: &str) -> Result<(WriteVerdict, PathBuf), Failure> {
    match text.split_once('=').filter(|(_, path)| !path.is_empty()) {
        Some((id, path)) => Ok((format(id)?, PathBuf::from(path))),
        None => Err(Failure::usage(format!("`--out {text}`: write FORMAT=PATH"))),
    }
}

/// One image that was measured.
struct Measured {
    report: Report,
    sizes: Sizes,
    /// What dive says of it, if its rules are asked.
    dive: Option<Dive>,
}

/// What the images are compared with, and what is kept of it.
struct Against<'p> {
    plan: &'p CheckPlan,
    /// A file's, for all images.
    saved: Option<Then>,
    /// The file to update.
    entries: Option<Entries>,
    changed: Vec<String>,
}

pub(super) fn run(plan: &CheckPlan) -> Result<Exit, Failure> {
    let several = plan.targets.len() > 1;
    let mut against = Against::new(plan)?;
    let mut images = Vec::new();
    let mut together = Together::default();
    let mut kept = Vec::new();
    for target in &plan.targets {
        for measured in target.measured(plan)? {
            let scope = match (several, plan.every_platform) {
                (true, _) => Some(lasting_name(&target.name)),
                (_, true) => measured.report.image.platform.clone(),
                _ => None,
            };
            if let Some(path) = &plan.report {
                write_report(&measured.report, path, &plan.style)?;
            }
            if plan.budget.above_base && measured.report.image.base.is_none() {
                let name = brief(&target.name);
                progress::say(&format!("no base of {name} is known: every layer counts"));
            }
            together.add(&measured.sizes);
            match plan.update {
                // The file is whole only when all are measured.
                true => {
                    against.update(&target.name, &measured, scope.as_deref())?;
                    kept.push((target.name.as_str(), measured, scope));
                }
                false => images.push(against.check(&target.name, &measured, scope.as_deref())?),
            }
        }
    }
    if several && let Some(entries) = &mut against.entries {
        against
            .changed
            .extend(together.update(&plan.budget, entries)?);
    }
    against.write()?;
    for (name, measured, scope) in kept {
        images.push(against.check(name, &measured, scope.as_deref())?);
    }
    if several {
        images.push(together.check(&plan.budget, against.saved.as_ref())?);
    }
    let verdict = Verdict::new(&plan.budget, images);
    for (write, path) in &plan.out {
        whoever_reads(output::to(Some(path), |out| {
            write(&verdict, &plan.style, out)
        }))?;
    }
    whoever_reads(output::to(None, |out| {
        (plan.write)(&verdict, &plan.style, out)
    }))?;
    let (state, reason) = (verdict.state.name(), verdict.reason());
    progress::say(&format!("verdict: {state} reason={reason}"));
    Ok(match verdict.state {
        State::Fail => Exit::Over,
        State::Warn | State::Pass => Exit::Fine,
    })
}

/// A reader that went away makes no image smaller.
fn whoever_reads(result: Result<(), Failure>) -> Result<(), Failure> {
    match result {
        Err(Failure::ReaderGone) => Ok(()),
        result => result,
    }
}

fn write_report(report: &Report, path: &std::path::Path, style: &Style) -> Result<(), Failure> {
    let json = FORMATS.iter().find(|format| format.id == "json");
    let json = json.ok_or_else(|| Failure::usage("there is no format `json`".to_owned()))?;
    whoever_reads(output::to(Some(path), |out| {
        (json.write)(report, style, out)
    }))
}

/// An image's name without its tag or digest: they change from build to build.
fn lasting_name(name: &str) -> String {
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    match name.rsplit_once(':') {
        Some((before, tag)) if !tag.contains('/') => before.to_owned(),
        _ => name.to_owned(),
    }
}

impl Named {
    /// The image, or each of its platforms.
    fn measured(&self, plan: &CheckPlan) -> Result<Vec<Measured>, Failure> {
        let of = |failure| match plan.targets.len() {
            1 => failure,
            _ => Failure::Of(self.name.clone(), Box::new(failure)),
        };
        let image = match &self.from {
            From::Image(image) => image,
            _ if plan.dive.is_some() && matches!(self.from, From::Saved(_)) => {
                let words = "dive's rules are about an image: a saved report does not tell";
                return Err(of(Failure::usage(words.to_owned())));
            }
            saved => {
                let report = saved.report().map_err(of)?;
                let sizes = Sizes::of_report(&report, &plan.budget);
                return Ok(vec![Measured {
                    report,
                    sizes,
                    dive: None,
                }]);
            }
        };
        if !plan.every_platform {
            let measured = with_dive(image, &plan.budget, plan.dive.is_some());
            return Ok(vec![measured.map_err(of)?]);
        }
        let mut every = Vec::new();
        let mut failed = None;
        let (_, absent) = each_platform(image, &mut |analysis| {
            let report = Report::new(&analysis);
            let sizes = Sizes::of(&analysis, &report, &plan.budget);
            let dive = plan.dive.as_ref().and_then(|_| match Dive::of(&analysis) {
                Ok(dive) => Some(dive),
                Err(error) => {
                    failed = Some(error);
                    None
                }
            });
            every.push(Measured {
                report,
                sizes,
                dive,
            });
        })?;
        if let Some(error) = failed {
            return Err(error.into());
        }
        match absent.first() {
            None => Ok(every),
            Some(platform) => Err(Failure::usage(format!(
                "{platform} cannot be checked: it is not there; an engine has its own platform \
                 only, and a registry all"
            ))),
        }
    }
}

/// An image's report, and what there is to measure in it.
pub(super) fn measured(plan: &ImagePlan, budget: &Budget) -> Result<(Report, Sizes), Failure> {
    with_dive(plan, budget, false).map(|measured| (measured.report, measured.sizes))
}

/// The same, and what dive says of it if that is asked: no report that was kept tells.
fn with_dive(plan: &ImagePlan, budget: &Budget, dive: bool) -> Result<Measured, Failure> {
    let image = source::open(&plan.origin, &plan.choice, &plan.net)?;
    told_apart(&image, plan);
    let wishes = wishes(&image, plan)?;
    if !dive
        && !budget.needs_files()
        && !budget.above_base
        && let Some(report) = known(&image, plan, &wishes)
    {
        let sizes = Sizes::of_report(&report, budget);
        return Ok(Measured {
            report,
            sizes,
            dive: None,
        });
    }
    let analysis = analysis(image, plan, &wishes)?;
    let report = Report::new(&analysis);
    keep(&analysis, &report, plan, &wishes);
    let sizes = Sizes::of(&analysis, &report, budget);
    let dive = dive.then(|| Dive::of(&analysis)).transpose()?;
    std::mem::forget(analysis);
    Ok(Measured {
        report,
        sizes,
        dive,
    })
}

impl<'p> Against<'p> {
    fn new(plan: &'p CheckPlan) -> Result<Against<'p>, Failure> {
        let mut against = Against {
            plan,
            saved: None,
            entries: None,
            changed: Vec::new(),
        };
        let Some(baseline) = &plan.baseline else {
            return Ok(against);
        };
        if plan.update {
            against.entries = Some(baseline.entries()?);
            return Ok(against);
        }
        against.saved = baseline.saved(&plan.budget)?;
        let is_of_one = matches!(against.saved, Some(Then::Whole { .. }));
        if is_of_one && (plan.targets.len() > 1 || plan.every_platform) {
            return Err(GateError::OneImage(baseline.name()).into());
        }
        Ok(against)
    }

    fn update(&mut self, name: &str, image: &Measured, scope: Option<&str>) -> Result<(), Failure> {
        if let Some(entries) = &mut self.entries {
            let changed = target(name, image, scope).update(&self.plan.budget, entries)?;
            self.changed.extend(changed);
        }
        Ok(())
    }

    /// Writes the file that was to be updated, and says what is new in it.
    fn write(&mut self) -> Result<(), Failure> {
        let Some(entries) = self.entries.take() else {
            return Ok(());
        };
        let name = shown_text(&entries.name).into_owned();
        if self.changed.is_empty() {
            progress::say(&format!("{name}: every entry is in range"));
        } else {
            let path = PathBuf::from(&entries.name);
            output::to(Some(&path), |out| entries.write(out))?;
            for key in &self.changed {
                progress::say(&format!("{name}: updated {}", brief(key)));
            }
        }
        self.saved = Some(Then::Entries(entries));
        Ok(())
    }

    fn check(&self, name: &str, image: &Measured, scope: Option<&str>) -> Result<Checked, Failure> {
        let (plan, target) = (self.plan, target(name, image, scope));
        let now = match (&self.saved, &plan.baseline) {
            (None, Some(baseline)) => baseline.image(&image.report, &plan.budget)?,
            _ => None,
        };
        let mut checked = target.check(&plan.budget, self.saved.as_ref().or(now.as_ref()))?;
        if let (Some(rules), Some(dive)) = (&plan.dive, &image.dive) {
            checked.add(rules.check(dive));
        }
        if checked.limits.is_empty() {
            progress::say(&format!("no limit of the budget is for {}", brief(name)));
        }
        Ok(checked)
    }
}

fn target<'a>(name: &'a str, image: &'a Measured, scope: Option<&'a str>) -> Target<'a> {
    Target {
        name,
        report: &image.report,
        sizes: &image.sizes,
        scope,
    }
}

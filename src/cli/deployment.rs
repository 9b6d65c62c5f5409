//! Several images as one table: which, and how they are read, one after the other.

use std::path::{Path, PathBuf};

use imgsize::compose::{Compose, Deployed};
use imgsize::path::brief;
use imgsize::report::{DeploymentReport, Member, Report, Style, WriteDeployment};
use imgsize::source::{self, Origin, Place};

use super::args::{ImageArgs, ReportArgs};
use super::exit::{Exit, Failure};
use super::plan::{self, ImagePlan};
use super::{output, progress, run};

/// Of images that are named one by one; each one's report is kept.
pub(super) const MOST_IMAGES: usize = 500;

pub(super) struct DeploymentPlan {
    images: Vec<Named>,
    write: WriteDeployment,
    style: Style,
    /// `None`: stdout.
    output: Option<PathBuf>,
}

/// An image, what the user calls it, and who runs it.
pub(super) struct Named {
    pub(super) name: String,
    services: Vec<String>,
    pub(super) image: ImagePlan,
}

pub(super) fn plan(mut args: ReportArgs) -> Result<DeploymentPlan, Failure> {
    let format = plan::format(&args)?;
    let no_form = || plan::no_form(format, "several images");
    let write = format.write_deployment.ok_or_else(no_form)?;
    is_for_several(&args)?;
    let style = plan::style(&args);
    let images = match args.compose.take() {
        Some(file) => composed(&file, args.image)?,
        None => listed(&args.images, &args.image)?,
    };
    Ok(DeploymentPlan {
        images,
        write,
        style,
        output: args.output,
    })
}

/// Refuses what can be meant of one image only.
fn is_for_several(args: &ReportArgs) -> Result<(), Failure> {
    let every = args.image.platform.as_deref() == Some("all");
    let alone = [
        (args.quick, "`--quick` is about one image"),
        (every, "`--platform all` is about one image"),
        (args.dive_compat, "`--dive-compat` is about one image"),
        (
            args.image.choice.is_some(),
            "`--image` chooses in one archive; of several, name each with its tag: `oci:FOLDER:TAG`",
        ),
        (
            args.images.len() > MOST_IMAGES,
            "there are too many images: 500 at most",
        ),
    ];
    match alone.iter().find(|(is_meant, _)| *is_meant) {
        Some((_, words)) => Err(Failure::usage((*words).to_owned())),
        None => Ok(()),
    }
}

/// The images that were named.
fn listed(names: &[String], args: &ImageArgs) -> Result<Vec<Named>, Failure> {
    let named = |name: &String| {
        let origin = plan::origin(name, args.source)?;
        Ok(Named {
            name: name.clone(),
            services: Vec::new(),
            image: plan::image(origin, args.clone())?,
        })
    };
    names.iter().map(named).collect()
}

/// The images of a Compose file; what it leaves open is told.
pub(super) fn composed(file: &Path, args: ImageArgs) -> Result<Vec<Named>, Failure> {
    let compose = Compose::load(file, &|name| std::env::var(name).ok())?;
    for remark in &compose.remarks {
        progress::say(&format!("warning: {remark}"));
    }
    let images = compose.images(file, args.platform.as_deref())?;
    let named = |deployed: Deployed| {
        // There, all are names: `docker:dind` is an image, and no folder is one.
        let origin = match args.source {
            None => Origin {
                format: None,
                place: Place::Anywhere(deployed.image.clone()),
                tag: None,
            },
            source => plan::origin(&deployed.image, source)?,
        };
        let args = ImageArgs {
            platform: deployed.platform,
            ..args.clone()
        };
        let image = plan::image(origin, args);
        Ok(Named {
            image: image.map_err(|failure| of(&deployed.image, failure))?,
            name: deployed.image,
            services: deployed.services,
        })
    };
    images.into_iter().map(named).collect()
}

pub(super) fn run(plan: &DeploymentPlan) -> Result<Exit, Failure> {
    let count = plan.images.len();
    let mut members = Vec::new();
    for (no, one) in plan.images.iter().enumerate() {
        if one.image.show.source {
            progress::say(&format!("{} of {count}: {}", no + 1, brief(&one.name)));
        }
        let report = report(&one.image).map_err(|failure| of(&one.name, failure))?;
        members.push(Member::new(report, one.services.clone()));
    }
    let report = DeploymentReport::new(members);
    let (target, style) = (plan.output.as_deref(), &plan.style);
    output::to(target, |out| (plan.write)(&report, style, out))?;
    Ok(Exit::Fine)
}

/// One image's report; nothing else of it stays in memory.
fn report(plan: &ImagePlan) -> Result<Report, Failure> {
    let image = source::open(&plan.origin, &plan.choice, &plan.net)?;
    run::told_apart(&image, plan);
    let wishes = run::wishes(&image, plan)?;
    if let Some(report) = run::known(&image, plan, &wishes) {
        return Ok(report);
    }
    let analysis = run::analysis(image, plan, &wishes)?;
    let report = Report::new(&analysis);
    run::keep(&analysis, &report, plan, &wishes);
    Ok(report)
}

fn of(image: &str, failure: Failure) -> Failure {
    Failure::Of(image.to_owned(), Box::new(failure))
}

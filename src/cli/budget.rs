//! Which budget is meant, and what its baseline is.

use std::path::{Path, PathBuf};

use imgsize::config::{Budget, FLAGS, Flags};
use imgsize::dive::{self, Rules};
use imgsize::gate::{BaselineKind, Entries, GateError, Sizes, Then};
use imgsize::path::brief;
use imgsize::report::Report;

use super::args::{BudgetArgs, ImageArgs, LevelKey};
use super::exit::Failure;
use super::plan::{self, ImagePlan};
use super::{check, progress, side};

/// What growth is measured against.
pub(super) enum BaselinePlan {
    /// A file of entries, or a saved report.
    File(PathBuf),
    /// An image that is read now.
    Image(String, Box<ImagePlan>),
}

/// The budget of the file that is named, else of `imgsize.toml`, and the flags on top;
/// where neither says anything, the rules of dive's file, if that is here.
pub(super) fn plan(
    args: &BudgetArgs,
    image: &ImageArgs,
) -> Result<(Budget, Option<Rules>), Failure> {
    let is_dive = |file: &&PathBuf| file.file_name().is_some_and(|name| name == dive::FILE);
    let named = args.budget.as_ref().filter(is_dive);
    let file = match &args.budget {
        Some(_) if named.is_some() => None,
        Some(file) => Some(Budget::load(file)?),
        None => plan::settings(image.config.clone())?.budget,
    };
    let flags = Flags {
        max_total: args.max_total,
        max_download: args.max_download,
        max_lost: args.max_lost,
        max_lost_share: args.max_lost_share,
        min_efficiency: args.min_efficiency,
        max_layers: args.max_layers,
        max_growth: args.max_growth,
        max_growth_percent: args.max_growth_percent,
        forbid_packages: args.forbid_package.clone(),
        forbid_paths: args.forbid_path.clone(),
        baseline: args.baseline.clone(),
        above_base: args.above_base,
        fails: args.level.map(|level| matches!(level, LevelKey::Fail)),
    };
    let mut budget = match file {
        Some(mut budget) => {
            budget.baseline = budget.baseline.map(|name| beside(&budget.from, &name));
            budget
        }
        None => Budget::empty(FLAGS),
    };
    let before = budget.limits.len() + budget.forbids.len();
    budget = budget.with(&flags).map_err(Failure::usage)?;
    if before > 0 && flags.limits_something() {
        budget.from = format!("{} and {FLAGS}", budget.from);
    }
    if !budget.is_empty() {
        return Ok((budget, None));
    }
    let file = named.map_or(Path::new(dive::FILE), PathBuf::as_path);
    // What is there and cannot be read is told.
    if named.is_none() && (args.budget.is_some() || file.symlink_metadata().is_err()) {
        return Err(GateError::NoBudget.into());
    }
    let rules = Rules::load(file)?;
    for key in &rules.ignored {
        let key = brief(key);
        progress::say(&format!("{}: dive has no rule `{key}`", dive::FILE));
    }
    budget.from = dive::FILE.to_owned();
    Ok((budget, Some(rules)))
}

/// A baseline's file stands beside the budget's that names it.
fn beside(budget: &str, name: &str) -> String {
    let folder = Path::new(budget).parent().unwrap_or(Path::new(""));
    match is_file(name) {
        true => folder.join(name).to_string_lossy().into_owned(),
        false => name.to_owned(),
    }
}

/// Whatever is called so is a file, whether it is there or not.
fn is_file(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end == "json")
}

pub(super) fn baseline(
    budget: &Budget,
    image: &ImageArgs,
) -> Result<Option<BaselinePlan>, Failure> {
    let Some(name) = &budget.baseline else {
        return Ok(None);
    };
    let path = PathBuf::from(name);
    if is_file(name) || side::is_json(&path) {
        return Ok(Some(BaselinePlan::File(path)));
    }
    let args = ImageArgs {
        choice: None,
        platform: None,
        base: None,
        ..image.clone()
    };
    let image = plan::image(plan::origin(name, image.source)?, args)?;
    Ok(Some(BaselinePlan::Image(name.clone(), Box::new(image))))
}

impl BaselinePlan {
    /// The file of entries to update; it need not be there yet.
    pub(super) fn entries(&self) -> Result<Entries, Failure> {
        let path = match self {
            BaselinePlan::Image(name, _) => {
                return Err(GateError::NotEntries(name.clone()).into());
            }
            BaselinePlan::File(path) => path,
        };
        let name = path.to_string_lossy();
        if path.symlink_metadata().is_err() {
            return Ok(Entries::empty(&name));
        }
        let text = read(path)?;
        Ok(Entries::read(&name, &text)?)
    }

    /// What a file holds; `None` for an image.
    pub(super) fn saved(&self, budget: &Budget) -> Result<Option<Then>, Failure> {
        match self {
            BaselinePlan::Image(..) => Ok(None),
            BaselinePlan::File(path) => {
                let name = path.to_string_lossy();
                Ok(Some(Then::read(&name, &read(path)?, budget)?))
            }
        }
    }

    /// The image, for the platform of what it is compared with; `None` for a file.
    pub(super) fn image(&self, now: &Report, budget: &Budget) -> Result<Option<Then>, Failure> {
        let BaselinePlan::Image(name, image) = self else {
            return Ok(None);
        };
        let mut image = image.clone();
        let platform = now.image.platform.as_deref();
        image.choice.platform = platform.and_then(|platform| platform.parse().ok());
        let (report, sizes): (Report, Sizes) = check::measured(&image, budget)
            .map_err(|failure| Failure::Of(name.clone(), Box::new(failure)))?;
        Ok(Some(Then::Whole {
            kind: BaselineKind::Image,
            name: name.clone(),
            report: Box::new(report),
            sizes,
        }))
    }

    pub(super) fn name(&self) -> String {
        match self {
            BaselinePlan::Image(name, _) => name.clone(),
            BaselinePlan::File(path) => path.to_string_lossy().into_owned(),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, GateError> {
    let name = || path.to_string_lossy().into_owned();
    side::saved_text(path).map_err(|error| GateError::Baseline(name(), error.to_string()))
}

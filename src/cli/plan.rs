//! What is meant: arguments, environment and terminal, settled once. After this
//! no code asks whether a flag was given.

use std::io::{self, IsTerminal as _, Write};
use std::path::PathBuf;
use std::sync::Arc;

use imgsize::advice::Rule;
use imgsize::analysis::Wishes;
use imgsize::cache::{self, Cache};
use imgsize::config::{self, Settings};
use imgsize::gate::verdict_schema;
use imgsize::report::{
    FORMATS, Format, Report, Sort, Style, WriteOutline, WritePlatforms, WriteWhy,
    deployment_schema, outline_schema, platforms_schema, schema, trim_schema, verify_schema,
    why_schema,
};
use imgsize::scan::How;
use imgsize::source::{Choice, Keeper, Net, Origin, Place};
use imgsize::units::{Bytes, Units};

use super::args::{
    Args, CacheArgs, CacheCommand, Command, ConfigArgs, ImageArgs, ReportArgs, SortKey, SourceKey,
    WhyArgs,
};
use super::check::{self, CheckPlan};
use super::deployment::{self, DeploymentPlan};
use super::diff::{self, DiffPlan};
use super::dockerfile::{self, DockerfilePlan};
use super::exit::Failure;
use super::init::{self, InitPlan};
use super::progress::Show;
use super::rules;
use super::trim::{self, TrimPlan};
use super::tui::{self, TuiPlan};
use super::verify::{self, VerifyPlan};

/// What to do.
pub(super) enum Plan {
    Report(Box<ReportPlan>),
    Why(Box<WhyPlan>),
    Tui(Box<TuiPlan>),
    Deployment(Box<DeploymentPlan>),
    /// The list of rules.
    Rules(fn(&mut dyn Write) -> io::Result<()>),
    /// What a rule means.
    Explain(&'static Rule),
    Trim(Box<TrimPlan>),
    Verify(Box<VerifyPlan>),
    Diff(Box<DiffPlan>),
    Check(Box<CheckPlan>),
    Init(Box<InitPlan>),
    /// The schema of a report, or of another document.
    Schema(fn(&mut dyn Write) -> io::Result<()>),
    Cache(Cache, CacheTask),
}

/// What to do with the cache.
pub(super) enum CacheTask {
    Info,
    Prune(Bytes),
    Clear,
}

/// Which image, and how to read it.
#[derive(Clone)]
pub(super) struct ImagePlan {
    pub(super) origin: Origin,
    pub(super) choice: Choice,
    /// Where the base image is, if the user names one.
    pub(super) base: Option<Origin>,
    pub(super) net: Net,
    pub(super) how: How,
    pub(super) wishes: Wishes,
    pub(super) show: Show,
}

pub(super) struct ReportPlan {
    pub(super) image: ImagePlan,
    pub(super) write: Writer,
    pub(super) style: Style,
    /// Whether to try zstd on a sample.
    pub(super) measures_zstd: bool,
    /// Whether to count as dive does, too.
    pub(super) dive: Option<DiveForm>,
    pub(super) dockerfile: DockerfilePlan,
    /// `None`: stdout.
    pub(super) output: Option<PathBuf>,
}

/// Where dive's numbers are to stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum DiveForm {
    /// In the report itself.
    Field,
    /// Behind it, as a table.
    Table,
}

pub(super) struct WhyPlan {
    pub(super) image: ImagePlan,
    pub(super) package: String,
    pub(super) write: WriteWhy,
    pub(super) style: Style,
}

/// What to write, and how.
#[derive(Clone, Copy)]
pub(super) enum Writer {
    /// One platform's report.
    One(fn(&Report, &Style, &mut dyn Write) -> io::Result<()>),
    /// Lines of a `.dockerignore`.
    Ignore,
    /// Every platform's, side by side.
    Every(WritePlatforms),
    /// What its documents tell.
    Quick(WriteOutline),
}

impl Plan {
    pub(super) fn new(args: Args) -> Result<Plan, Failure> {
        match args.command {
            Command::Report(args) => match (args.images.as_slice(), &args.compose) {
                ([image], None) => {
                    let image = image.clone();
                    Ok(Plan::Report(Box::new(report(&image, args)?)))
                }
                _ => Ok(Plan::Deployment(Box::new(deployment::plan(args)?))),
            },
            Command::Tui(args) => Ok(Plan::Tui(Box::new(tui::plan(*args)?))),
            Command::Bare(words) => Ok(Plan::Tui(Box::new(tui::plan(tui::bare(words)?)?))),
            Command::Why(args) => Ok(Plan::Why(Box::new(why(args)?))),
            Command::Rules { json } => Ok(Plan::Rules(match json {
                true => rules::json,
                false => rules::table,
            })),
            Command::Explain { rule } => Ok(Plan::Explain(rules::find(&rule)?)),
            Command::Verify(args) => Ok(Plan::Verify(Box::new(verify::plan(args)?))),
            Command::Diff(args) => Ok(Plan::Diff(Box::new(diff::plan(args)?))),
            Command::Check(args) => Ok(Plan::Check(Box::new(check::plan(*args)?))),
            Command::Init(args) => Ok(Plan::Init(Box::new(init::plan(args)?))),
            Command::Trim(args) => Ok(Plan::Trim(Box::new(trim::plan(args)?))),
            Command::Schema {
                platforms,
                quick,
                why,
                deployment,
                trim,
                verify,
                diff,
                check,
            } => Ok(Plan::Schema(match (platforms, quick, why, deployment) {
                _ if trim => trim_schema,
                _ if verify => verify_schema,
                _ if diff => imgsize::diff::schema,
                _ if check => verdict_schema,
                (true, ..) => platforms_schema,
                (_, true, ..) => outline_schema,
                (_, _, true, _) => why_schema,
                (.., true) => deployment_schema,
                _ => schema,
            })),
            Command::Cache(command) => {
                let (args, task) = match command {
                    CacheCommand::Info(args) => (args, CacheTask::Info),
                    CacheCommand::Prune { cache, limit } => {
                        (cache, CacheTask::Prune(limit.unwrap_or(cache::LIMIT)))
                    }
                    CacheCommand::Clear(args) => (args, CacheTask::Clear),
                };
                let no_folder = "there is no cache folder here; name one with `--cache-dir`";
                let cache = cache_in(args).ok_or_else(|| Failure::usage(no_folder.to_owned()))?;
                Ok(Plan::Cache(cache, task))
            }
        }
    }
}

fn report(name: &str, mut args: ReportArgs) -> Result<ReportPlan, Failure> {
    let format = format(&args)?;
    let every = args.image.platform.take_if(|platform| platform == "all");
    let no_form = |what| no_form(format, what);
    if every.is_some() && args.dive_compat {
        let words = "`--dive-compat` is about one platform: name it with `--platform OS/ARCH`";
        return Err(Failure::usage(words.to_owned()));
    }
    let write = match (every, args.quick) {
        (None, false) if args.dockerfile.dockerignore => Writer::Ignore,
        (None, false) if args.dockerfile.diff => Writer::One(dockerfile::diff),
        (None, false) => Writer::One(format.write),
        (None, true) => Writer::Quick(format.write_outline.ok_or_else(|| no_form("--quick"))?),
        (Some(_), false) => {
            let write = format.write_platforms;
            Writer::Every(write.ok_or_else(|| no_form("all platforms"))?)
        }
        (Some(_), true) => {
            let words = "`--quick` is about one platform: name it with `--platform OS/ARCH`";
            return Err(Failure::usage(words.to_owned()));
        }
    };
    Ok(ReportPlan {
        style: style(&args),
        image: image(origin(name, args.image.source)?, args.image)?,
        write,
        measures_zstd: args.measure_zstd,
        dive: args.dive_compat.then_some(match format.id {
            "table" => DiveForm::Table,
            _ => DiveForm::Field,
        }),
        dockerfile: dockerfile::plan(&args.dockerfile)?,
        output: args.output,
    })
}

pub(super) fn format(args: &ReportArgs) -> Result<&'static Format, Failure> {
    let id = if args.json { "json" } else { &args.format };
    let format = FORMATS.iter().find(|format| format.id == id);
    format.ok_or_else(|| Failure::usage(format!("there is no format `{id}`")))
}

pub(super) fn no_form(format: &Format, what: &str) -> Failure {
    let id = format.id;
    Failure::usage(format!("the format `{id}` has no form for {what}"))
}

pub(super) fn style(args: &ReportArgs) -> Style {
    let sort = match args.sort {
        SortKey::Size => Sort::Size,
        SortKey::Download => Sort::Download,
        SortKey::Lost => Sort::Lost,
        SortKey::Files => Sort::Files,
        SortKey::Name => Sort::Name,
    };
    Style {
        units: units(args.iec, args.bytes),
        width: width(args.output.is_some()),
        top: (!args.all).then_some(args.top.get()),
        sort,
    }
}

pub(super) fn units(iec: bool, bytes: bool) -> Units {
    match (iec, bytes) {
        (true, _) => Units::Iec,
        (_, true) => Units::Exact,
        _ => Units::Si,
    }
}

fn why(args: WhyArgs) -> Result<WhyPlan, Failure> {
    if args.image.platform.as_deref() == Some("all") {
        let words = "`why` is about one platform: name it with `--platform OS/ARCH`";
        return Err(Failure::usage(words.to_owned()));
    }
    let id = if args.json { "json" } else { "table" };
    let format = FORMATS.iter().find(|format| format.id == id);
    let write = format
        .and_then(|format| format.write_why)
        .ok_or_else(|| Failure::usage(format!("there is no format `{id}`")))?;
    Ok(WhyPlan {
        image: image(origin(&args.name, args.image.source)?, args.image)?,
        package: args.package,
        write,
        style: Style {
            units: units(args.iec, args.bytes),
            width: width(false),
            top: (!args.all).then_some(args.top.get()),
            sort: Sort::Size,
        },
    })
}

/// How to read an image that is there.
pub(super) fn image(origin: Origin, args: ImageArgs) -> Result<ImagePlan, Failure> {
    if args.choice.is_some() && matches!(origin.place, Place::At(..) | Place::Anywhere(_)) {
        let words = "`--image` chooses in an archive; elsewhere the name itself is the choice";
        return Err(Failure::usage(words.to_owned()));
    }
    let platform = match args.platform {
        Some(text) => Some(
            text.parse()
                .map_err(|error| Failure::usage(format!("{error}")))?,
        ),
        None => None,
    };
    let how = How::default();
    let how = How {
        jobs: args.jobs.unwrap_or(how.jobs),
        verify: args.verify,
        cache: match args.no_cache {
            true => None,
            false => cache_in(args.cache).map(Arc::new),
        },
    };
    let base = args.base.as_deref().map(Origin::parse);
    if base.as_ref().is_some_and(|base| base.place == Place::Stdin) {
        let words = "`--base` is looked at before the image: save it to a file";
        return Err(Failure::usage(words.to_owned()));
    }
    Ok(ImagePlan {
        origin,
        choice: Choice {
            image: args.choice,
            platform,
        },
        base,
        net: Net {
            insecure: args.net.insecure,
            ca_file: args.net.ca_file,
            ..Net::default()
        },
        how,
        wishes: Wishes {
            mapping: settings(args.config)?.mapping,
            base: None,
        },
        show: Show {
            live: !args.quiet && io::stderr().is_terminal(),
            layers: args.verbose,
            source: !args.quiet,
        },
    })
}

/// The configuration that is named, else the one in the working directory, else none.
pub(super) fn settings(args: ConfigArgs) -> Result<Settings, Failure> {
    let here = || {
        let file = PathBuf::from(config::FILE);
        // What is there and cannot be read is told.
        file.symlink_metadata().is_ok().then_some(file)
    };
    match args.config.or_else(here) {
        Some(file) if !args.no_config => Ok(Settings::load(&file)?),
        _ => Ok(Settings::default()),
    }
}

/// What the image argument means where `--source` says where it is.
pub(super) fn origin(argument: &str, source: Option<SourceKey>) -> Result<Origin, Failure> {
    let origin = Origin::parse(argument);
    let keeper = match source {
        None => return Ok(origin),
        Some(SourceKey::File) => return Ok(Origin::saved(argument)),
        Some(SourceKey::Docker) => Keeper::Docker,
        Some(SourceKey::Podman) => Keeper::Podman,
        Some(SourceKey::Containerd) => Keeper::Containerd,
        Some(SourceKey::Registry) => Keeper::Registry,
    };
    match &origin.place {
        Place::At(other, _) if *other == keeper => Ok(origin),
        Place::At(other, _) => Err(Failure::usage(format!(
            "the image is said to be in {} and in {}",
            other.name(),
            keeper.name()
        ))),
        _ => Ok(Origin::of(keeper, argument)),
    }
}

/// The cache that is named, else the one in the user's cache folder; `None` for a
/// user who has no such folder.
fn cache_in(args: CacheArgs) -> Option<Cache> {
    let named = args.cache_dir.filter(|folder| !folder.is_empty());
    let folder = named.map(PathBuf::from).or_else(|| {
        // The specification of these folders says so: no relative ones.
        let is_sound = |folder: &PathBuf| folder.is_absolute();
        let user = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let user = user.filter(is_sound).or_else(|| {
            let home = std::env::home_dir().filter(is_sound)?;
            Some(home.join(match cfg!(target_os = "macos") {
                true => "Library/Caches",
                false => ".cache",
            }))
        })?;
        Some(user.join("imgsize"))
    })?;
    Some(Cache::new(folder, cache::LIMIT))
}

/// The terminal's width; COLUMNS, or room enough, where there is no terminal.
pub(super) fn width(to_file: bool) -> usize {
    const WITHOUT_TERMINAL: usize = 120;
    let columns = || std::env::var("COLUMNS").ok()?.parse().ok();
    let terminal = || {
        let size = terminal_size::terminal_size_of(io::stdout())?;
        Some(usize::from(size.0.0))
    };
    let terminal = if to_file { None } else { terminal() };
    terminal
        .or_else(columns)
        .unwrap_or(WITHOUT_TERMINAL)
        .clamp(40, 500)
}

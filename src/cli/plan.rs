//! What is meant: arguments, environment and terminal, settled once. After this
//! no code asks whether a flag was given.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use imgsize::report::{FORMATS, Format, Sort, Style};
use imgsize::scan::How;
use imgsize::source::{Choice, Origin};
use imgsize::units::Units;

use super::args::{Args, Command, ImageArgs, ReportArgs, SortKey};
use super::exit::Failure;

/// What to do.
pub(super) enum Plan {
    Report(Box<ReportPlan>),
    Schema,
}

/// Which image, and how to read it.
pub(super) struct ImagePlan {
    pub(super) origin: Origin,
    pub(super) choice: Choice,
    pub(super) how: How,
    /// Is somebody there to see progress?
    pub(super) progress: bool,
}

pub(super) struct ReportPlan {
    pub(super) image: ImagePlan,
    pub(super) format: &'static Format,
    pub(super) style: Style,
    /// `None`: stdout.
    pub(super) output: Option<PathBuf>,
}

impl Plan {
    pub(super) fn new(args: Args) -> Result<Plan, Failure> {
        match args.command {
            Command::Report(args) => Ok(Plan::Report(Box::new(report(args)?))),
            Command::Schema => Ok(Plan::Schema),
        }
    }
}

fn report(args: ReportArgs) -> Result<ReportPlan, Failure> {
    let id = if args.json { "json" } else { &args.format };
    let format = FORMATS
        .iter()
        .find(|format| format.id == id)
        .ok_or_else(|| Failure::usage(format!("there is no format `{id}`")))?;
    let units = match (args.iec, args.bytes) {
        (true, _) => Units::Iec,
        (_, true) => Units::Exact,
        _ => Units::Si,
    };
    let sort = match args.sort {
        SortKey::Size => Sort::Size,
        SortKey::Download => Sort::Download,
        SortKey::Lost => Sort::Lost,
        SortKey::Files => Sort::Files,
        SortKey::Name => Sort::Name,
    };
    let top = (!args.all).then_some(args.top.get());
    Ok(ReportPlan {
        image: image(args.image)?,
        format,
        style: Style {
            units,
            width: width(args.output.is_some()),
            top,
            sort,
        },
        output: args.output,
    })
}

fn image(args: ImageArgs) -> Result<ImagePlan, Failure> {
    let platform = match args.platform {
        Some(text) => Some(
            text.parse()
                .map_err(|error| Failure::usage(format!("{error}")))?,
        ),
        None => None,
    };
    let mut how = How {
        verify: args.verify,
        ..How::default()
    };
    how.jobs = args.jobs.unwrap_or(how.jobs);
    Ok(ImagePlan {
        origin: Origin::parse(&args.image),
        choice: Choice {
            image: args.choice,
            platform,
        },
        how,
        progress: !args.quiet && std::io::stderr().is_terminal(),
    })
}

/// The terminal's width; COLUMNS, or room enough, where there is no terminal.
fn width(to_file: bool) -> usize {
    const WITHOUT_TERMINAL: usize = 120;
    let columns = || std::env::var("COLUMNS").ok()?.parse().ok();
    let terminal = || {
        let size = terminal_size::terminal_size_of(std::io::stdout())?;
        Some(usize::from(size.0.0))
    };
    let terminal = if to_file { None } else { terminal() };
    terminal
        .or_else(columns)
        .unwrap_or(WITHOUT_TERMINAL)
        .clamp(40, 500)
}

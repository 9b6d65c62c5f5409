//! How the program ends.

use std::error::Error;
use std::fmt;
use std::io;
use std::process::ExitCode;

use imgsize::compose::ComposeError;
use imgsize::config::ConfigError;
use imgsize::dive::DiveError;
use imgsize::gate::GateError;
use imgsize::path::brief;
use imgsize::report::NoSuchPackage;
use imgsize::scan::ScanError;
use imgsize::source::SourceError;
use imgsize::trim::TrimError;

/// The exit codes that scripts rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Done.
    Fine = 0,
    /// An image is over its budget.
    Over = 1,
    /// Could not do it.
    Failed = 2,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Why the program could not do what it was asked.
#[derive(Debug)]
pub(super) enum Failure {
    Usage(String),
    /// The parser of arguments says what is wrong in its own words.
    Clap(clap::Error),
    Config(ConfigError),
    Source(SourceError),
    /// The base that the user names cannot be looked at.
    Base(String, SourceError),
    /// With the platform, where there are several.
    Scan(ScanError, Option<String>),
    /// Of one of several images.
    Of(String, Box<Failure>),
    /// A Compose file cannot be used.
    Compose(ComposeError),
    /// A budget cannot be held against an image.
    Gate(GateError),
    Write(String, io::Error),
    /// dive's numbers, or its rules, cannot be had.
    Dive(DiveError),
    /// An image cannot be trimmed.
    Trim(TrimError),
    /// The cache's folder cannot be looked at, or not be emptied.
    Cache(String, io::Error),
    /// `why` was asked for a package that is not there.
    Package(NoSuchPackage, String),
    /// The Dockerfile cannot be used, and why.
    Dockerfile(String, String),
    /// Whoever read the output has gone: `imgsize … | head`. That is fine.
    ReaderGone,
}

impl Failure {
    pub(super) fn usage(words: String) -> Failure {
        Failure::Usage(words)
    }

    /// A failing write to `target`.
    pub(super) fn write(target: impl Into<String>, error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::ReaderGone,
            _ => Failure::Write(target.into(), error),
        }
    }

    pub(super) fn exit(&self) -> Exit {
        match self {
            Failure::ReaderGone => Exit::Fine,
            _ => Exit::Failed,
        }
    }

    /// One word for scripts, where an image was to be checked.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Failure::Usage(_) | Failure::Clap(_) => "usage",
            Failure::Config(error) if error.is_of_budget() => "budget",
            Failure::Config(_) => "config",
            Failure::Source(_) | Failure::Base(..) | Failure::Scan(..) => "image",
            Failure::Of(_, failure) => failure.reason(),
            Failure::Compose(_) => "compose",
            Failure::Write(..) | Failure::ReaderGone => "write",
            Failure::Gate(error) => error.reason(),
            Failure::Dive(_) => "budget",
            Failure::Trim(_)
            | Failure::Cache(..)
            | Failure::Package(..)
            | Failure::Dockerfile(..) => "failed",
        }
    }

    fn hint(&self) -> Option<&str> {
        match self {
            Failure::Usage(_) => Some("`imgsize --help` tells what there is"),
            Failure::Clap(_) => None,
            Failure::Config(error) => error.hint(),
            Failure::Gate(error) => Some(error.hint()),
            Failure::Source(error) | Failure::Base(_, error) => error.hint(),
            Failure::Package(_, hint) => Some(hint),
            Failure::Scan(error, _) => error.hint(),
            Failure::Trim(error) => error.hint(),
            Failure::Dive(error) => error.hint(),
            Failure::Compose(error) => error.hint(),
            Failure::Of(_, failure) => failure.hint(),
            Failure::Write(_, error) if error.kind() == io::ErrorKind::StorageFull => {
                Some("free some space, or write elsewhere with `--output`")
            }
            Failure::Write(_, error) if error.kind() == io::ErrorKind::NotFound => {
                Some("its folder is not there; make it first")
            }
            Failure::Dockerfile(..) => {
                Some("`--dockerfile` is the file that the image was built from")
            }
            Failure::Cache(..) => Some("`--cache-dir` names another folder"),
            Failure::Write(..) | Failure::ReaderGone => None,
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Failure {
        Failure::Config(error)
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Failure {
        Failure::Source(error)
    }
}

impl From<NoSuchPackage> for Failure {
    fn from(error: NoSuchPackage) -> Failure {
        let similar: Vec<String> = error.similar.iter().map(brief).collect();
        let hint = match similar.is_empty() {
            true => "`imgsize report --all` lists every package".to_owned(),
            false => format!("there is {}", similar.join(", ")),
        };
        Failure::Package(error, hint)
    }
}

impl From<GateError> for Failure {
    fn from(error: GateError) -> Failure {
        Failure::Gate(error)
    }
}

impl From<ComposeError> for Failure {
    fn from(error: ComposeError) -> Failure {
        Failure::Compose(error)
    }
}

impl From<DiveError> for Failure {
    fn from(error: DiveError) -> Failure {
        Failure::Dive(error)
    }
}

impl From<TrimError> for Failure {
    fn from(error: TrimError) -> Failure {
        Failure::Trim(error)
    }
}

impl From<ScanError> for Failure {
    fn from(error: ScanError) -> Failure {
        Failure::Scan(error, None)
    }
}

/// `error: …`, a `because: …` for each cause, and a `hint: …`.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut cause: Option<&dyn Error> = match self {
            Failure::ReaderGone => return Ok(()),
            Failure::Clap(error) => return write!(f, "{error}"),
            Failure::Usage(words) => {
                write!(f, "error: {}", brief(words))?;
                None
            }
            Failure::Config(error) => {
                write!(f, "error: {error}")?;
                error.source()
            }
            Failure::Source(error) => {
                write!(f, "error: {error}")?;
                error.source()
            }
            Failure::Package(error, _) => {
                let words = error.to_string();
                write!(f, "error: {}", brief(words))?;
                None
            }
            Failure::Gate(error) => {
                write!(f, "error: {error}")?;
                error.source()
            }
            Failure::Compose(error) => {
                write!(f, "error: {error}")?;
                error.source()
            }
            Failure::Of(image, failure) => {
                let words = failure.to_string();
                let words = words.strip_prefix("error: ").unwrap_or(&words);
                // It has its causes and its hint behind it.
                return write!(f, "error: {}: {words}", brief(image));
            }
            Failure::Base(name, error) => {
                write!(
                    f,
                    "error: cannot look at the base {}\n  because: {error}",
                    brief(name)
                )?;
                error.source()
            }
            Failure::Scan(error, platform) => {
                write!(f, "error: {error}")?;
                if let Some(platform) = platform {
                    write!(f, ", for {}", brief(platform))?;
                }
                error.source()
            }
            Failure::Dockerfile(file, why) => {
                let (file, why) = (brief(file), brief(why));
                write!(
                    f,
                    "error: cannot use the Dockerfile {file}\n  because: {why}"
                )?;
                None
            }
            Failure::Trim(error) => {
                write!(f, "error: {error}")?;
                error.source()
            }
            Failure::Dive(error) => {
                write!(f, "error: {error}")?;
                error.source()
            }
            Failure::Cache(folder, error) => {
                write!(
                    f,
                    "error: cannot read or clean the cache in {}\n  because: {error}",
                    brief(folder)
                )?;
                None
            }
            Failure::Write(target, error) => {
                write!(
                    f,
                    "error: cannot write to {}\n  because: {error}",
                    brief(target)
                )?;
                None
            }
        };
        while let Some(error) = cause {
            write!(f, "\n  because: {error}")?;
            cause = error.source();
        }
        match self.hint() {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

//! The terminal interface: from what was typed to what it needs.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Parser as _;
use imgsize::analysis::{Analysis, analyze, analyze_opened};
use imgsize::config::{self, Settings};
use imgsize::path::shown_text;
use imgsize::scan::{Event, ScanError};
use imgsize::source::{self, Opened, Place, SourceError};

use super::args::{Args, Command, ConfigArgs, ThemeKey, TuiArgs};
use super::dockerfile::Beside;
use super::exit::{Exit, Failure};
use super::plan::{self, ImagePlan};
use super::run::wishes;
use crate::tui::{self, Ended, Heard, Images, Keymap, Palette, Setup, Theme};

/// What to look into, and how.
pub(super) struct TuiPlan {
    /// The image; if there are two, the new one.
    image: ImagePlan,
    before: Option<ImagePlan>,
    /// The Dockerfile of the image.
    dockerfile: Option<Beside>,
    setup: Setup,
}

/// What `imgsize IMAGE …` means: the same behind `tui`.
pub(super) fn bare(words: Vec<OsString>) -> Result<TuiArgs, Failure> {
    let name = words
        .first()
        .map(|word| word.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    if let Some(meant) = meant(&name) {
        let words = format!("there is no command `{name}`, and no file: `{meant}` perhaps?");
        return Err(Failure::usage(words));
    }
    let all = ["imgsize", "tui"]
        .map(OsString::from)
        .into_iter()
        .chain(words);
    match Args::try_parse_from(all).map(|args| args.command) {
        Ok(Command::Tui(args)) => Ok(*args),
        Ok(_) => Err(Failure::usage("that is no image".to_owned())),
        Err(error) => Err(Failure::Clap(error)),
    }
}

/// The command that a word is a slip of, where it is no image that is there.
fn meant(word: &str) -> Option<String> {
    use clap::CommandFactory as _;
    if word.contains([':', '/', '.']) || PathBuf::from(word).exists() {
        return None;
    }
    let commands = Args::command();
    let names = commands
        .get_subcommands()
        .map(|command| command.get_name().to_owned());
    names.into_iter().find(|name| is_slip(word, name))
}

/// Is one word the other with a letter more, less, changed, or two exchanged?
fn is_slip(word: &str, name: &str) -> bool {
    let (word, name): (Vec<char>, Vec<char>) = (word.chars().collect(), name.chars().collect());
    let same = word.iter().zip(&name).take_while(|(a, b)| a == b).count();
    let rest = |skip_word: usize, skip_name: usize| {
        word.get(same + skip_word..)
            .is_some_and(|rest| name.get(same + skip_name..) == Some(rest))
    };
    let exchanged = || {
        let pair = |letters: &[char]| Some((*letters.get(same)?, *letters.get(same + 1)?));
        pair(&word)
            .zip(pair(&name))
            .is_some_and(|((a, b), (c, d))| (a, b) == (d, c))
            && rest(2, 2)
    };
    name.len() > 3 && word != name && (rest(1, 1) || rest(1, 0) || rest(0, 1) || exchanged())
}

pub(super) fn plan(args: TuiArgs) -> Result<TuiPlan, Failure> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        let words = "looking into an image needs a terminal for input and output; `imgsize report IMAGE` prints what there is";
        return Err(Failure::usage(words.to_owned()));
    }
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    tidy_heap();
    let own = own_settings(&args.image.config)?;
    let theme = theme(&args, &own)?;
    let keys = own
        .tui
        .keys
        .iter()
        .map(|(action, keys)| (action.clone(), keys.list()));
    let keys: BTreeMap<String, Vec<String>> = keys.collect();
    let keys = Keymap::new(&keys).map_err(|error| {
        Failure::usage(format!(
            "[tui.keys] in imgsize.toml: {error}; {}",
            error.hint()
        ))
    })?;
    let mut images = args.images.iter().rev();
    let mut image = |name: &String| {
        let origin = plan::origin(name, args.image.source)?;
        if origin.place == Place::Stdin {
            let words = "stdin has the keys: save the image to a file";
            return Err(Failure::usage(words.to_owned()));
        }
        plan::image(origin, args.image.clone())
    };
    let new = images.next().map(&mut image).transpose()?;
    let before = images.next().map(&mut image).transpose()?;
    let image = new.ok_or_else(|| Failure::usage("name an image".to_owned()))?;
    let target = args.target.as_deref();
    let file = args.dockerfile.as_deref();
    let dockerfile = file.map(|file| Beside::read(file, target)).transpose()?;
    Ok(TuiPlan {
        setup: Setup {
            theme,
            keys,
            units: plan::units(args.iec, false),
            name: args
                .images
                .iter()
                .map(|name| shown_text(name))
                .collect::<Vec<_>>()
                .join(" -> "),
            compares: before.is_some(),
        },
        image,
        before,
        dockerfile,
    })
}

/// Starts the program once more, with a heap that gives back what is freed: with a million
/// files on the screen 433 MB are 350 then. The C library takes that from the environment,
/// before anything runs. If it cannot be done, nothing is lost but memory.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn tidy_heap() {
    use std::os::unix::process::CommandExt as _;
    const THRESHOLD: &str = "MALLOC_TRIM_THRESHOLD_";
    if std::env::var_os(THRESHOLD).is_some() {
        return;
    }
    if let Ok(program) = std::env::current_exe() {
        let mut words = std::env::args_os();
        let mut again = std::process::Command::new(program);
        again.arg0(words.next().unwrap_or_default());
        let _ = again.args(words).env(THRESHOLD, "65536").exec();
    }
}

/// The project's file; if it says nothing of the interface, the user's own.
fn own_settings(args: &ConfigArgs) -> Result<Settings, Failure> {
    let here = plan::settings(args.clone())?;
    let says = here.tui.theme.is_some() || here.tui.ascii.is_some() || !here.tui.keys.is_empty();
    if says || args.no_config || args.config.is_some() {
        return Ok(here);
    }
    let folder = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    let folder = folder
        .filter(|folder| folder.is_absolute())
        .or_else(|| Some(std::env::home_dir()?.join(".config")));
    match folder.map(|folder| folder.join("imgsize").join(config::FILE)) {
        Some(file) if file.is_file() => Ok(Settings::load(&file)?),
        _ => Ok(here),
    }
}

fn theme(args: &TuiArgs, own: &Settings) -> Result<Theme, Failure> {
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let asked = args.theme.map(|theme| match theme {
        ThemeKey::Dark => Palette::Dark,
        ThemeKey::Light => Palette::Light,
        ThemeKey::HighContrast => Palette::HighContrast,
        ThemeKey::None => Palette::Plain,
    });
    let palette = match (asked, &own.tui.theme) {
        (Some(palette), _) => palette,
        (None, _) if no_colour || dumb => Palette::Plain,
        (None, None) => Palette::default(),
        (None, Some(name)) => Palette::named(name).ok_or_else(|| {
            let names = Palette::ALL.map(|(name, _)| name).join(", ");
            Failure::usage(format!(
                "[tui] in imgsize.toml: there is no theme `{name}`: {names}"
            ))
        })?,
    };
    let ascii = args.ascii || own.tui.ascii.unwrap_or_else(|| !is_utf8());
    Ok(Theme {
        palette,
        unicode: !ascii,
    })
}

/// Does the locale have more than ASCII? As the C library looks: the first that is set
/// and not empty counts.
fn is_utf8() -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| {
        let value = std::env::var(name).ok()?;
        (!value.is_empty()).then_some(value)
    });
    let locale = set.unwrap_or_default().to_lowercase();
    locale.contains("utf-8") || locale.contains("utf8") || cfg!(target_os = "macos")
}

pub(super) fn run(plan: TuiPlan) -> Result<Exit, Failure> {
    let TuiPlan {
        image,
        before,
        dockerfile,
        setup,
    } = plan;
    let (origin, choice, net) = (
        image.origin.clone(),
        image.choice.clone(),
        image.net.clone(),
    );
    let reopen = move || -> Result<Opened, SourceError> {
        match passes_once(&origin.place) {
            true => Err(SourceError::Unsupported {
                what: "the image came through a pipe, and is gone".to_owned(),
                hint: "save it to a file to look into what its files hold",
            }),
            false => source::open(&origin, &choice, &net),
        }
    };
    let images = Images {
        image: loader(image),
        before: before.map(loader),
        reopen: Arc::new(reopen),
        tie: dockerfile.map(tie),
    };
    match tui::run(images, setup) {
        Ok(()) => Ok(Exit::Fine),
        Err(Ended::Load(failure)) => Err(failure),
        Err(Ended::Terminal(error)) => Err(Failure::write("the terminal", error)),
    }
}

/// Ties reports to a Dockerfile.
fn tie(dockerfile: Beside) -> tui::Tie {
    Arc::new(move |report, info| {
        let tied = dockerfile.tie(report, info, |_| true);
        tied.map_err(|failure| failure.to_string())
    })
}

/// Is it a pipe or the like? Who opens one again waits for ever.
fn passes_once(place: &Place) -> bool {
    match place {
        Place::Path(path) => path
            .metadata()
            .is_ok_and(|kind| !kind.is_file() && !kind.is_dir()),
        _ => false,
    }
}

/// Reads an image, when it is asked to.
fn loader(image: ImagePlan) -> tui::Load<Failure> {
    Box::new(move |hear| load(&image, hear))
}

fn load(image: &ImagePlan, hear: &(dyn Fn(Heard) + Sync)) -> Result<Analysis, Failure> {
    let opened = source::open(&image.origin, &image.choice, &image.net)?;
    let wishes = wishes(&opened, image)?;
    let scan = |event: Event| hear(Heard::Scan(event));
    let analysis: Result<Analysis, ScanError> = match opened {
        Opened::Image(opened) => {
            hear(Heard::Opened(Box::new(opened.info().clone())));
            analyze(&*opened, &image.how, &wishes, &scan)
        }
        passage => analyze_opened(passage, &image.how, &wishes, &scan),
    };
    let analysis = analysis?;
    hear(Heard::Closing);
    Ok(analysis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_a_command_is_no_image() {
        for word in ["reprot", "repot", "reporrt", "repxrt", "chekc"] {
            assert!(meant(word).is_some(), "{word}");
        }
        for word in ["report", "app", "app:1", "python", "redis", "debian"] {
            assert_eq!(meant(word), None, "{word}");
        }
    }
}

//! What the user settles for a project, in `imgsize.toml`. What comes in is that
//! file; what goes out is its meaning, or the line that has none and why.
//!
//! ```toml
//! [[owner]]
//! name = "Search team"
//! paths = ["/app/search/**", "*.idx"]
//! category = "app"
//! ```

mod budget;
mod error;
mod mapping;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

pub use budget::{
    ALL_IMAGES, Budget, FLAGS, Flags, Forbid, Forbidden, Kind, Limit, Measure, Name, Paths, Scope,
    Subject,
};
pub use error::ConfigError;
pub use mapping::{Mapped, Mapping};

use crate::category::Category;

/// What it is called where no other name is given.
pub const FILE: &str = "imgsize.toml";

/// Nobody writes a longer one by hand.
const LONGEST: u64 = 1 << 20;

/// All that the file says.
#[derive(Debug, Default)]
pub struct Settings {
    /// Whose files are, whatever anybody else says.
    pub mapping: Mapping,
    /// How large an image may be; `None` where the file has no `[budget]`.
    pub budget: Option<Budget>,
    /// How the terminal interface looks, and its keys.
    pub tui: Tui,
}

/// The table `[tui]`. What names mean is known by who has them.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tui {
    /// Which colours.
    pub theme: Option<String>,
    /// With ASCII alone?
    pub ascii: Option<bool>,
    /// By action all of its keys, or the only one.
    #[serde(default)]
    pub keys: BTreeMap<String, OneOrMore>,
}

/// A word, or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum OneOrMore {
    /// One.
    One(String),
    /// Several, or none.
    More(Vec<String>),
}

impl OneOrMore {
    /// As a list.
    pub fn list(&self) -> Vec<String> {
        match self {
            OneOrMore::One(one) => vec![one.clone()],
            OneOrMore::More(more) => more.clone(),
        }
    }
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    owner: Vec<Owner>,
    budget: Option<budget::Table>,
    #[serde(default)]
    tui: Tui,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Owner {
    name: Spanned<String>,
    paths: Spanned<Vec<Spanned<String>>>,
    category: Option<Spanned<Category>>,
}

/// Something that cannot be meant, and where it is written.
struct Fault {
    at: Range<usize>,
    why: String,
    hint: &'static str,
}

impl Settings {
    /// Reads the file of this name.
    pub fn load(file: &Path) -> Result<Settings, ConfigError> {
        let name = file.to_string_lossy().into_owned();
        let text = text(file).map_err(|error| ConfigError::Unreadable(name.clone(), error))?;
        Settings::parse(&name, &text)
    }

    /// Reads a text, of the file of this name.
    pub fn parse(file: &str, text: &str) -> Result<Settings, ConfigError> {
        // Whoever writes with an editor of Windows begins with a byte order mark.
        let text = text.trim_start_matches('\u{feff}');
        let document: Document = toml::from_str(text).map_err(|error| {
            let at = error.span().unwrap_or_default().start;
            let hint = match is_in_budget(text, at) {
                true => budget::HINT,
                false => error::SHAPE,
            };
            ConfigError::at(file, text, at, error.message(), hint)
        })?;
        let meaningless = |fault: Fault| {
            let Fault { at, why, hint } = fault;
            ConfigError::at(file, text, at.start, &why, hint)
        };
        let budget = document.budget;
        let budget = budget.map(|table| table.budget(file, &|byte| error::line(text, byte)));
        Ok(Settings {
            mapping: Mapping::new(document.owner).map_err(meaningless)?,
            budget: budget.transpose().map_err(meaningless)?,
            tui: document.tui,
        })
    }
}

impl Budget {
    /// Reads the file of this name, which has to have one.
    pub fn load(file: &Path) -> Result<Budget, ConfigError> {
        let name = file.to_string_lossy().into_owned();
        let text = text(file).map_err(|error| ConfigError::NoBudgetFile(name.clone(), error))?;
        let settings = Settings::parse(&name, &text)?;
        settings.budget.ok_or(ConfigError::NoBudget(name))
    }
}

/// Is the last table that begins before this byte one of the budget's?
fn is_in_budget(text: &str, byte: usize) -> bool {
    let end = text.as_bytes().iter().skip(byte).position(|&b| b == b'\n');
    let end = end.map_or(text.len(), |end| byte.saturating_add(end));
    let before = text.get(..end).unwrap_or(text);
    let mut heads = before.lines().map(str::trim_start);
    let last = heads.rfind(|line| line.starts_with('['));
    last.is_some_and(|head| {
        head.trim_start_matches('[')
            .trim_start()
            .starts_with("budget")
    })
}

fn text(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(file)?
        .take(LONGEST + 1)
        .read_to_string(&mut text)?;
    match text.len() as u64 > LONGEST {
        true => Err(io::Error::other("it is over 1 MiB long")),
        false => Ok(text),
    }
}

#[cfg(test)]
mod tests;

//! What the user settles for a project, in `imgsize.toml`. What comes in is that
//! file; what goes out is its meaning, or the line that has none and why.
//!
//! ```toml
//! [[owner]]
//! name = "Search team"
//! paths = ["/app/search/**", "*.idx"]
//! category = "app"
//! ```

mod error;
mod mapping;

use std::fs::File;
use std::io::{self, Read as _};
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

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
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    owner: Vec<Owner>,
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
            let at = error.span().unwrap_or_default();
            ConfigError::at(file, text, at.start, error.message(), error::SHAPE)
        })?;
        let mapping = Mapping::new(document.owner).map_err(|fault| {
            let Fault { at, why, hint } = fault;
            ConfigError::at(file, text, at.start, &why, hint)
        })?;
        Ok(Settings { mapping })
    }
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

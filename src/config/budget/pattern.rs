//! Patterns of names and of paths. What comes in is their text; what goes out says
//! what fits.

use std::fmt;

use globset::{Candidate, GlobBuilder, GlobMatcher, GlobSet, GlobSetBuilder};

use super::ALL_IMAGES;
use crate::config::mapping;

/// A pattern of names: `*` is anything, `?` one character, `[…]` and `{a,b}` one of
/// several. A slash is like any other character.
#[derive(Debug, Clone)]
pub struct Name {
    text: String,
    glob: GlobMatcher,
}

impl Name {
    /// Reads a pattern; else says why it is none.
    pub fn new(text: &str) -> Result<Name, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("this names nothing".to_owned());
        }
        let glob = GlobBuilder::new(text).literal_separator(false).build();
        let glob = glob.map_err(|error| format!("`{text}`: {}", error.kind()))?;
        Ok(Name {
            text: text.to_owned(),
            glob: glob.compile_matcher(),
        })
    }

    /// Does this name fit?
    pub fn fits(&self, name: &str) -> bool {
        self.text == name
            || self
                .glob
                .is_match_candidate(&Candidate::from_bytes(name.as_bytes()))
    }

    pub(super) fn is_all_images(&self) -> bool {
        self.text == ALL_IMAGES
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Patterns of paths as in a `.gitignore`: who fits as a folder fits with all below.
#[derive(Debug, Clone, Default)]
pub struct Paths {
    texts: Vec<String>,
    globs: GlobSet,
    folders_only: Vec<bool>,
}

impl Paths {
    /// Reads one pattern; else says why it is none.
    pub fn new(text: &str) -> Result<Paths, String> {
        Paths::all([text]).map_err(|(_, why)| why)
    }

    /// Reads several; else says which is none, and why.
    pub fn all<'t>(patterns: impl IntoIterator<Item = &'t str>) -> Result<Paths, (usize, String)> {
        let mut paths = Paths::default();
        let mut globs = GlobSetBuilder::new();
        for (no, text) in patterns.into_iter().enumerate() {
            let (glob, folders_only) =
                mapping::glob(text).map_err(|why| (no, format!("`{text}`: {why}")))?;
            globs.add(glob);
            paths.folders_only.push(folders_only);
            paths.texts.push(text.to_owned());
        }
        paths.globs = globs
            .build()
            .map_err(|error| (0, error.kind().to_string()))?;
        Ok(paths)
    }

    /// Is there no pattern?
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Does the file of this path fit, or a folder above it? The path has no slash in
    /// front.
    pub fn fits(&self, path: &[u8]) -> bool {
        if self.is_empty() {
            return false;
        }
        let ends = path.iter().enumerate().filter(|&(_, &byte)| byte == b'/');
        let mut folders = ends.map(|(at, _)| &path[..at]);
        self.is(path, false) || folders.any(|folder| self.is(folder, true))
    }

    fn is(&self, path: &[u8], is_folder: bool) -> bool {
        let fits = self.globs.matches_candidate(&Candidate::from_bytes(path));
        let mut fits = fits.into_iter().filter_map(|no| self.folders_only.get(no));
        fits.any(|&folders_only| is_folder || !folders_only)
    }
}

impl fmt::Display for Paths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.texts.join(", "))
    }
}

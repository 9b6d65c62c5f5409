//! Whose files are, by the user's word. What comes in is the `[[owner]]` tables;
//! what goes out is the first of them that a path belongs to.
//!
//! A pattern means what it means in a `.gitignore` (gitignore(5)): `*`, `?` and
//! `[…]` keep within a name, `**` goes across, a pattern with a slash in front or
//! in the middle begins at the image's root, one without fits at any depth, a slash
//! at the end is for folders only, and who owns a folder owns all below it. `{a,b}`
//! is either of both. There is no `!`: the first entry wins.

use std::fmt::Write as _;
use std::ops::Range;

use globset::{Candidate, Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use toml::Spanned;

use super::{Fault, Owner, error};
use crate::category::Category;
use crate::path::acts_on_a_terminal;

/// What globs cost grows with their number; nobody writes more by hand.
const MOST_PATTERNS: usize = 10_000;

/// Whose files are, by the user's word.
#[derive(Debug, Default, Clone)]
pub struct Mapping {
    owners: Vec<Mapped>,
    globs: GlobSet,
    /// By glob: the place of its owner, and whether it is for folders only.
    of: Vec<(usize, bool)>,
    /// The same as text: see [`Mapping::key`].
    key: String,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    /// What reports call the owner.
    pub name: String,
    /// Where its bytes count.
    pub category: Category,
}

impl Mapping {
    pub(super) fn new(entries: Vec<Owner>) -> Result<Mapping, Fault> {
        let mut mapping = Mapping::default();
        let mut globs = GlobSetBuilder::new();
        for (no, entry) in entries.into_iter().enumerate() {
            let name = name(&entry.name)?;
            let category = category(entry.category.as_ref())?;
            let _ = write!(mapping.key, "{name}\n{category:?}\n");
            mapping.owners.push(Mapped { name, category });
            if entry.paths.get_ref().is_empty() {
                let why = "there is no path, so the owner would own nothing";
                return Err(fault(entry.paths.span(), why, error::SHAPE));
            }
            for path in entry.paths.into_inner() {
                let _ = writeln!(mapping.key, "\t{}", path.get_ref());
                let (glob, folders_only) = glob(path.get_ref()).map_err(|why| {
                    fault(path.span(), &format!("`{}`: {why}", path.get_ref()), PATHS)
                })?;
                if mapping.of.len() == MOST_PATTERNS {
                    let why = format!("there are over {MOST_PATTERNS} paths in all");
                    return Err(fault(path.span(), &why, SHORTER));
                }
                globs.add(glob);
                mapping.of.push((no, folders_only));
            }
        }
        // Each is a glob; together they may be too much.
        mapping.globs = globs
            .build()
            .map_err(|error| fault(0..0, &error.kind().to_string(), SHORTER))?;
        Ok(mapping)
    }

    /// Does nobody own anything by it?
    pub fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    /// The entries, first things first.
    pub fn owners(&self) -> &[Mapped] {
        &self.owners
    }

    /// Tells two mappings apart that say different things; empty for none.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The place of the first entry that a path itself fits: whose the folders above
    /// it are, the caller knows. The path has no slash in front.
    pub fn of(&self, path: &[u8], is_folder: bool) -> Option<usize> {
        let fits = self.globs.matches_candidate(&Candidate::from_bytes(path));
        let fits = fits.into_iter().filter_map(|glob| self.of.get(glob));
        let fits = fits.filter(|(_, folders_only)| is_folder || !folders_only);
        fits.map(|&(owner, _)| owner).min()
    }
}

const SHORTER: &str = "say it with fewer paths; who owns a folder owns all below it";
const PATHS: &str = "paths are those inside the image, written as in a .gitignore: `/app/search`, \
                     `*.idx`, `models/**/*.bin`";

fn fault(at: Range<usize>, why: &str, hint: &'static str) -> Fault {
    let why = why.to_owned();
    Fault { at, why, hint }
}

fn name(name: &Spanned<String>) -> Result<String, Fault> {
    let text = name.get_ref().trim();
    let why = match text {
        "" => "the name is empty",
        text if text.chars().any(acts_on_a_terminal) => "the name holds what no terminal shows",
        text => return Ok(text.to_owned()),
    };
    let hint = "the name is what reports call the owner: `name = \"Search team\"`";
    Err(fault(name.span(), why, hint))
}

fn category(category: Option<&Spanned<Category>>) -> Result<Category, Fault> {
    match category {
        None => Ok(Category::App),
        Some(category) if *category.get_ref() == Category::Unattributed => {
            let why = "what has an owner cannot be `unattributed`";
            let hint = "leave the category out for `app`, or name another one";
            Err(fault(category.span(), why, hint))
        }
        Some(category) => Ok(*category.get_ref()),
    }
}

/// The glob of a pattern, and whether it is for folders only; else why it is none.
pub(super) fn glob(text: &str) -> Result<(Glob, bool), String> {
    let wrong = |why: &str| Err(why.to_owned());
    let (text_before, folders_only) = match text.strip_suffix('/') {
        Some(before) => (before, true),
        None => (text, false),
    };
    let inner = text_before.strip_prefix('/').unwrap_or(text_before);
    if text.starts_with('!') {
        return wrong(
            "a path cannot be taken out again; the first entry wins, so name its owner before",
        );
    }
    if text.is_empty() || inner.is_empty() && text.len() > 1 {
        return wrong("this names nothing");
    }
    if inner.split('/').any(|part| matches!(part, "." | "..")) {
        return wrong("`.` and `..` are in no path of an image");
    }
    let at_any_depth = !text_before.contains('/');
    let glob = match (inner, at_any_depth) {
        // All of the image.
        ("", _) => "**".to_owned(),
        (name, true) => format!("**/{name}"),
        (path, false) => path.to_owned(),
    };
    let folders_only = folders_only && !inner.is_empty();
    match GlobBuilder::new(&glob)
        .literal_separator(true)
        .backslash_escape(true)
        .build()
    {
        Ok(glob) => Ok((glob, folders_only)),
        Err(error) => wrong(&error.kind().to_string()),
    }
}

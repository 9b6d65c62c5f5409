//! Why a configuration file is not followed.

use std::io;

use super::budget::HINT;
use crate::path::brief;

/// What every file has to look like.
pub(super) const SHAPE: &str = "a file that is right: [[owner]], then `name = \"Search team\"`, \
                                `paths = [\"/app/search/**\", \"*.idx\"]`, and `category = \"app\"` \
                                if it is another one";

/// Why a configuration file is not followed.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("cannot read the configuration file {}", brief(.0))]
    Unreadable(String, #[source] io::Error),
    /// The file of a budget cannot be read.
    #[error("cannot read the budget {}", brief(.0))]
    NoBudgetFile(String, #[source] io::Error),
    /// The file of a budget has none.
    #[error("{} has no `[budget]`", brief(.0))]
    NoBudget(String),
    /// A line of it means nothing.
    #[error("{}, line {line}: {}", brief(.file), brief(.why))]
    Meaningless {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
        /// What would be right.
        hint: &'static str,
    },
}

impl ConfigError {
    /// What is wrong at a byte of the text.
    pub(super) fn at(
        file: &str,
        text: &str,
        byte: usize,
        why: &str,
        hint: &'static str,
    ) -> ConfigError {
        ConfigError::Meaningless {
            file: file.to_owned(),
            line: line(text, byte),
            // The words of the parser may have lines of their own.
            why: why.trim().replace('\n', ", "),
            hint,
        }
    }

    /// Is it about the budget?
    pub fn is_of_budget(&self) -> bool {
        match self {
            ConfigError::NoBudgetFile(..) | ConfigError::NoBudget(_) => true,
            ConfigError::Unreadable(..) => false,
            ConfigError::Meaningless { hint, .. } => *hint == HINT,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            ConfigError::Unreadable(_, error) if error.kind() == io::ErrorKind::NotFound => {
                Some("`--config` names a file that is there; `--no-config` does without")
            }
            ConfigError::Unreadable(..) => Some("`--no-config` does without it"),
            ConfigError::NoBudgetFile(..) => Some("`--budget` names a file that can be read"),
            ConfigError::NoBudget(_) => Some(HINT),
            ConfigError::Meaningless { hint, .. } => Some(hint),
        }
    }
}

/// The line of a byte of the text, from 1.
pub(super) fn line(text: &str, byte: usize) -> usize {
    let before = text.as_bytes().iter().take(byte);
    1 + before.filter(|&&byte| byte == b'\n').count()
}

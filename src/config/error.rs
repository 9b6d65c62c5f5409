//! Why a configuration file is not followed.

use std::io;

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
        let before = text.as_bytes().iter().take(byte);
        ConfigError::Meaningless {
            file: file.to_owned(),
            line: 1 + before.filter(|&&byte| byte == b'\n').count(),
            // The words of the parser may have lines of their own.
            why: why.trim().replace('\n', ", "),
            hint,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            ConfigError::Unreadable(_, error) if error.kind() == io::ErrorKind::NotFound => {
                Some("`--config` names a file that is there; `--no-config` does without")
            }
            ConfigError::Unreadable(..) => Some("`--no-config` does without it"),
            ConfigError::Meaningless { hint, .. } => Some(hint),
        }
    }
}

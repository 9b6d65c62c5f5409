//! What files hold that are too large to keep: programs, archives, scripts. What comes in
//! is a content while it passes by; what goes out is the little of it that owners,
//! parts and advice are judged by, kept with the layer.

mod elf;
mod script;
mod zip;

use serde::{Deserialize, Serialize};

pub use self::zip::{Named, Nested, Zip};
pub use elf::{Crate, Elf, Go, Module};
pub use script::{Script, mentions_tests};

use crate::layer::{Candidate, Distiller};

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Essence {
    /// A program or a library for Linux.
    Elf(Elf),
    /// An archive of the zip kind.
    Zip(Zip),
    /// What a script loads and calls.
    Script(Script),
}

/// What every essence begins with where it is kept, and no kept beginning of a file.
const MARK: &[u8] = b"\0essence\0";

/// Is a file called so an archive of the zip kind?
pub fn is_archive(path: &[u8]) -> bool {
    zip::is_archive(path)
}

/// What boils down this file, if its first bytes are what they should be.
pub fn distiller(candidate: &Candidate<'_>) -> &'static Distiller {
    match candidate.path {
        path if zip::is_archive(path) => &zip::DISTILLER,
        path => script::distiller(path).unwrap_or(&elf::DISTILLER),
    }
}

/// Is this what was kept of a script?
pub fn is_script(kept: &[u8]) -> bool {
    kept.strip_prefix(MARK)
        .is_some_and(|json| json.starts_with(b"{\"Script\""))
}

impl Essence {
    /// As it is kept.
    fn write(&self) -> Option<Vec<u8>> {
        let mut kept = MARK.to_vec();
        serde_json::to_writer(&mut kept, self).ok()?;
        Some(kept)
    }

    /// What was kept; `None` for the beginning of a file.
    pub fn read(kept: &[u8]) -> Option<Essence> {
        serde_json::from_slice(kept.strip_prefix(MARK)?).ok()
    }
}

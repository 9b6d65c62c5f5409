//! What is in an image more than once. What comes in is the closed books; what goes
//! out is contents at several paths, and packages, libraries and interpreters that
//! are there in several versions or from several sources.

mod contents;
mod libraries;
mod versions;

pub use contents::{Duplicate, contents};
pub use libraries::libraries;
pub use versions::{interpreters, versions};

use crate::owner::OwnerId;
use crate::rootfs::NodeId;
use crate::units::Bytes;

/// Something that is there several times, each time a little different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    /// What kind of thing.
    pub what: Thing,
    /// What people call it.
    pub name: String,
    /// The largest first.
    pub copies: Vec<Copy>,
}

/// A kind of thing that is there several times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    /// A package, in several versions or from several package managers.
    Package,
    /// A native library, inside several packages.
    Library,
    /// An interpreter or a virtual machine.
    Interpreter,
}

/// One of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// Whose.
    pub owner: OwnerId,
    /// The file, of a library or an interpreter.
    pub file: Option<NodeId>,
    /// Its live bytes.
    pub live: Bytes,
}

impl Thing {
    /// For people and for JSON.
    pub fn name(self) -> &'static str {
        match self {
            Thing::Package => "package",
            Thing::Library => "library",
            Thing::Interpreter => "interpreter",
        }
    }
}

impl Repeated {
    fn new(what: Thing, name: impl Into<String>, mut copies: Vec<Copy>) -> Repeated {
        copies.sort_by_key(|copy| (std::cmp::Reverse(copy.live), copy.owner, copy.file));
        Repeated {
            what,
            name: name.into(),
            copies,
        }
    }

    /// All but the largest: what one of them would do without, at the most.
    pub fn reclaimable(&self) -> Bytes {
        self.copies.iter().skip(1).map(|copy| copy.live).sum()
    }
}

//! What `cargo auditable` wrote about a program. What comes in is a file; what goes
//! out is the crates that were linked in.
//!
//! Facts: the cargo-auditable repository, "PARSING.md" (zlib, JSON, at most 8 MiB of
//! it) and `cargo-auditable.schema.json`.

use std::io::Read;

use object::read::elf::FileHeader;
use object::{Endianness, ReadRef};
use serde::{Deserialize, Serialize};

use super::MOST;
use super::image::Image;

/// A crate of Rust.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Crate {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it came from: `crates.io`, `local`, `git`, `registry`.
    pub source: String,
    /// `build` if it is not in the program: it only helped to build it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The places of those that it needs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<usize>,
    /// Is it what was built?
    #[serde(skip_serializing_if = "super::is_false")]
    pub root: bool,
}

const PACKED: u64 = 2 << 20;
const TEXT: u64 = 8 << 20;

#[derive(Deserialize)]
struct List {
    packages: Vec<Crate>,
}

/// `None` for what was built without it.
pub(super) fn read<'d, H, R>(image: &Image<'d, H, R>) -> Option<Vec<Crate>>
where
    H: FileHeader<Endian = Endianness>,
    R: ReadRef<'d>,
{
    let section = image.section(b".dep-v0")?;
    let packed = image.content(section, PACKED)?;
    let mut text = Vec::new();
    let mut lines = flate2::read::ZlibDecoder::new(packed).take(TEXT + 1);
    lines.read_to_end(&mut text).ok()?;
    if text.len() as u64 > TEXT {
        return None;
    }
    let list: List = serde_json::from_slice(&text).ok()?;
    (list.packages.len() <= MOST).then_some(list.packages)
}

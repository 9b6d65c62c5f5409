//! Programs and libraries. What comes in is an ELF file; what goes out is what
//! `strip` would take from it, what it loads, and the packages that were linked into it.
//!
//! Facts: the ELF specification (gABI), "Sections", "Dynamic Section"; `strip` of GNU
//! binutils leaves out the symbol table and the debug sections.

mod crates;
mod dynamic;
mod go;
mod image;

use object::elf::{FileHeader32, FileHeader64, SHF_ALLOC, SHT_NOBITS};
use object::read::elf::{FileHeader, SectionHeader as _};
use object::{Endianness, ReadCache};
use serde::{Deserialize, Serialize};

pub use crates::Crate;
pub use go::{Go, Module};

use super::Essence;
use crate::layer::{Distiller, Sample};
use image::Image;

pub(super) static DISTILLER: Distiller = Distiller {
    magic: &[b"\x7fELF"],
    whole: 128 << 20,
    boil,
};

/// A program or a library.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Elf {
    /// Bytes of the file that `strip` would take away: debug sections, and the
    /// symbols that nothing needs at run time.
    pub debug: u64,
    /// The name by which others load it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soname: Option<String>,
    /// The names of the libraries that it loads; `None` where it is not linked
    /// dynamically.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed: Option<Vec<String>>,
    /// What Go wrote about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub go: Option<Go>,
    /// The crates in it, where `cargo auditable` built it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crates: Option<Vec<Crate>>,
}

/// The most names of libraries and packages that are kept of one file.
const MOST: usize = 20_000;

fn boil(sample: &mut Sample<'_>) -> Option<Vec<u8>> {
    let elf = match sample.at(4, 1)?[..] {
        [1] => read::<FileHeader32<Endianness>>(sample)?,
        _ => read::<FileHeader64<Endianness>>(sample)?,
    };
    Essence::Elf(elf).write()
}

/// Not by way of `object`'s `ElfFile`, which would read all symbols.
fn read<H: FileHeader<Endian = Endianness>>(sample: &mut Sample<'_>) -> Option<Elf> {
    let size = sample.size();
    let file = &ReadCache::new(sample);
    let image = Image::<H, _>::open(file)?;
    let (soname, needed) = dynamic::read(&image).unzip();
    Some(Elf {
        // Sections may overlap in a file that somebody wrote to deceive.
        debug: debug(&image).min(size),
        soname: soname.flatten(),
        needed,
        go: go::read(&image),
        crates: crates::read(&image),
    })
}

fn debug<'d, H, R>(image: &Image<'d, H, R>) -> u64
where
    H: FileHeader<Endian = Endianness>,
    R: object::ReadRef<'d>,
{
    let endian = image.endian;
    let sections = image.sections.iter();
    let debug = sections.filter(|section| {
        let is_loaded = section.sh_flags(endian).0 & SHF_ALLOC.0 != 0;
        let is_stored = section.sh_type(endian) != SHT_NOBITS;
        !is_loaded && is_stored && is_debug(image.name(section))
    });
    debug.fold(0, |sum: u64, section| {
        sum.saturating_add(section.sh_size(endian).into())
    })
}

fn is_debug(section: &[u8]) -> bool {
    const PREFIXES: [&[u8]; 4] = [b".debug", b".zdebug", b".stab", b".gnu.debuglto_"];
    const NAMES: [&[u8]; 4] = [b".symtab", b".strtab", b".gdb_index", b".gnu_debugdata"];
    NAMES.contains(&section) || PREFIXES.iter().any(|prefix| section.starts_with(prefix))
}

/// As serde asks.
fn is_false(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests;

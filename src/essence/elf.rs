//! Programs and libraries: their debug sections.
//!
//! Facts: the ELF specification (gABI), "Sections"; `strip` of GNU binutils leaves
//! out the symbol table and the debug sections.

use object::elf::{FileHeader32, FileHeader64, SHF_ALLOC, SHT_NOBITS};
use object::read::elf::{FileHeader, SectionHeader as _};
use object::{Endianness, ReadCache};
use serde::{Deserialize, Serialize};

use super::Essence;
use crate::layer::{Distiller, Sample};

pub(super) static DISTILLER: Distiller = Distiller {
    magic: &[b"\x7fELF"],
    whole: 128 << 20,
    boil,
};

/// A program or a library.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elf {
    /// Bytes of the file that `strip` would take away: debug sections, and the
    /// symbols that nothing needs at run time.
    pub debug: u64,
}

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
    let header = H::parse(file).ok()?;
    let endian = header.endian().ok()?;
    let sections = header.sections(endian, file).ok()?;
    let mut debug = 0_u64;
    for section in sections.iter() {
        let is_loaded = section.sh_flags(endian).0 & SHF_ALLOC.0 != 0;
        if is_loaded || section.sh_type(endian) == SHT_NOBITS {
            continue;
        }
        let name = sections.section_name(endian, section).unwrap_or_default();
        if is_debug(name) {
            debug = debug.saturating_add(section.sh_size(endian).into());
        }
    }
    // Sections may overlap in a file that somebody wrote to deceive.
    Some(Elf {
        debug: debug.min(size),
    })
}

fn is_debug(section: &[u8]) -> bool {
    const PREFIXES: [&[u8]; 4] = [b".debug", b".zdebug", b".stab", b".gnu.debuglto_"];
    const NAMES: [&[u8]; 4] = [b".symtab", b".strtab", b".gdb_index", b".gnu_debugdata"];
    NAMES.contains(&section) || PREFIXES.iter().any(|prefix| section.starts_with(prefix))
}

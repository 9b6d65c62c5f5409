//! What the dynamic linker reads. What comes in is a file; what goes out is its own
//! name as a library, and the names of those that it loads.
//!
//! Facts: the ELF specification (gABI), "Dynamic Section".

use object::elf::{DT_NEEDED, DT_NULL, DT_SONAME, SHT_DYNAMIC};
use object::read::elf::{Dyn as _, FileHeader, SectionHeader as _};
use object::{Endianness, ReadRef};

use super::image::Image;

/// The largest table that is read; those of programs have some fifty entries.
const TABLE: u64 = 1 << 20;
/// The names in it: not those of all symbols, which may lie behind.
const NAMES: u64 = 16 << 20;
/// No program loads more.
const MOST_NEEDED: usize = 1000;
/// No library has a longer one.
const LONGEST_NAME: usize = 1000;

/// The name of a library, and those that it needs; `None` for what is not linked
/// dynamically.
pub(super) fn read<'d, H, R>(image: &Image<'d, H, R>) -> Option<(Option<String>, Vec<String>)>
where
    H: FileHeader<Endian = Endianness>,
    R: ReadRef<'d>,
{
    let endian = image.endian;
    let mut sections = image.sections.iter();
    let section = sections.find(|section| section.sh_type(endian) == SHT_DYNAMIC)?;
    let table = image.content(section, TABLE)?;
    let count = table.len() / size_of::<H::Dyn>();
    let (entries, _) = object::slice_from_bytes::<H::Dyn>(table, count).ok()?;
    let names = image.sections.get(section.sh_link(endian) as usize)?;
    let names = image.content(names, NAMES)?;
    let (mut soname, mut needed) = (None, Vec::new());
    for entry in entries {
        match entry.d_tag(endian) {
            DT_NULL => break,
            DT_SONAME => soname = name_at(names, entry.d_val(endian).into()),
            DT_NEEDED if needed.len() < MOST_NEEDED => {
                needed.extend(name_at(names, entry.d_val(endian).into()));
            }
            _ => {}
        }
    }
    Some((soname, needed))
}

fn name_at(names: &[u8], start: u64) -> Option<String> {
    let names = names.get(usize::try_from(start).ok()?..)?;
    let names = names.get(..LONGEST_NAME).unwrap_or(names);
    let end = names.iter().position(|&byte| byte == 0)?;
    let name = String::from_utf8_lossy(&names[..end]);
    (!name.is_empty()).then(|| name.into_owned())
}

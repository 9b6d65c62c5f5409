//! The parts of an ELF file. What comes in is a file that may lie about itself; what
//! goes out is its sections and its memory, each read only when it is asked for and
//! never more of it than was asked for.

use std::marker::PhantomData;

use object::elf::{PF_W, PF_X, PT_LOAD};
use object::read::elf::{FileHeader, ProgramHeader as _, SectionHeader as _};
use object::{Endianness, ReadRef};

/// More headers than this no linker writes, and no compiler in one program.
const MOST_HEADERS: usize = 1 << 16;
/// The names of all sections.
const MOST_NAMES: u64 = 4 << 20;
/// The names that are asked for are shorter.
const LONGEST_NAME: usize = 64;

/// A file whose headers are read.
pub(super) struct Image<'d, H: FileHeader, R> {
    pub(super) endian: H::Endian,
    pub(super) sections: &'d [H::SectionHeader],
    header: &'d H,
    file: R,
    names: &'d [u8],
    lifetime: PhantomData<&'d ()>,
}

impl<'d, H: FileHeader<Endian = Endianness>, R: ReadRef<'d>> Image<'d, H, R> {
    /// Reads the header of a file and of its sections, which need not have any.
    pub(super) fn open(file: R) -> Option<Image<'d, H, R>> {
        let header = H::parse(file).ok()?;
        let endian = header.endian().ok()?;
        let count = header.shnum(endian, file).unwrap_or_default();
        let sections = match count as usize <= MOST_HEADERS {
            true => header.section_headers(endian, file).unwrap_or_default(),
            false => &[],
        };
        let mut image = Image {
            endian,
            sections,
            header,
            file,
            names: &[],
            lifetime: PhantomData,
        };
        let names = header.shstrndx(endian, file).ok();
        let names = names.and_then(|index| sections.get(index as usize));
        image.names = names
            .and_then(|section| image.content(section, MOST_NAMES))
            .unwrap_or_default();
        Some(image)
    }

    /// The name of a section; cut where it is long.
    pub(super) fn name(&self, section: &H::SectionHeader) -> &'d [u8] {
        let start = section.sh_name(self.endian) as usize;
        let names = self.names.get(start..).unwrap_or_default();
        let names = names.get(..LONGEST_NAME).unwrap_or(names);
        let end = names.iter().position(|&byte| byte == 0);
        &names[..end.unwrap_or(names.len())]
    }

    /// The first section of that name.
    pub(super) fn section(&self, name: &[u8]) -> Option<&'d H::SectionHeader> {
        let mut sections = self.sections.iter();
        sections.find(|section| self.name(section) == name)
    }

    /// What a section holds, but no more of it than that.
    pub(super) fn content(&self, section: &H::SectionHeader, most: u64) -> Option<&'d [u8]> {
        let (start, size) = section.file_range(self.endian)?;
        self.file.read_bytes_at(start, size.min(most)).ok()
    }

    /// What lies at an address when the file is loaded: so many bytes, or as many as
    /// there are.
    pub(super) fn memory(&self, address: u64, most: u64) -> Option<&'d [u8]> {
        self.loaded().find_map(|segment| {
            let (start, size) = segment.file_range(self.endian);
            let inside = address.checked_sub(segment.p_vaddr(self.endian).into())?;
            let rest = size.checked_sub(inside).filter(|&rest| rest > 0)?;
            let start = start.checked_add(inside)?;
            self.file.read_bytes_at(start, rest.min(most)).ok()
        })
    }

    /// Where the data begins that a program may change.
    pub(super) fn data_address(&self) -> Option<u64> {
        let mut loaded = self.loaded();
        let data = loaded.find(|segment| {
            let flags = segment.p_flags(self.endian).0;
            flags & PF_W.0 != 0 && flags & PF_X.0 == 0
        });
        data.map(|segment| segment.p_vaddr(self.endian).into())
    }

    fn loaded(&self) -> impl Iterator<Item = &'d H::ProgramHeader> {
        let count = self.header.phnum(self.endian, self.file);
        let segments = match count.unwrap_or_default() as usize <= MOST_HEADERS {
            true => self.header.program_headers(self.endian, self.file),
            false => Ok(&[][..]),
        };
        let segments = segments.unwrap_or_default().iter();
        segments.filter(|segment| segment.p_type(self.endian) == PT_LOAD)
    }
}

//! What Go wrote about a program. What comes in is a file; what goes out is the
//! version of Go and the modules that were linked in.
//!
//! Facts: the Go source, `debug/buildinfo` (the header and its two strings) and
//! `runtime/debug`, `BuildInfo.String` (the lines of the second one).

use object::read::elf::FileHeader;
use object::{Endianness, ReadRef};
use serde::{Deserialize, Serialize};

use super::MOST;
use super::image::Image;

/// A program that Go linked.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Go {
    /// The version of Go: `go1.22.3`.
    pub version: String,
    /// The path of the main package; empty where Go knew of no modules.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The module of the main package, if it is in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub main: Option<Module>,
    /// The modules that it needs, replaced ones by those that replace them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<Module>,
    /// Was it built in a checkout of its source, as whoever wrote it does?
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub checkout: bool,
}

/// A module of Go.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Module {
    /// Its path: `golang.org/x/sys`.
    pub path: String,
    /// Its version; empty for what was built out of a folder.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
}

const MAGIC: &[u8] = b"\xff Go buildinf:";
/// The header: the magic, the size of a pointer, flags, two pointers.
const HEADER: usize = 32;
const BIG_ENDIAN: u8 = 1;
/// Since Go 1.18: no pointers, the strings follow the header.
const INLINE: u8 = 2;
/// Where a file has no sections, the header is that near to the start of its data.
const NEAR: u64 = 64 << 10;
const TEXT: u64 = 2 << 20;
/// What stands before and behind the lines, for who has only the memory of a program.
const FRAME: usize = 16;

/// `None` for what Go did not link.
pub(super) fn read<'d, H, R>(image: &Image<'d, H, R>) -> Option<Go>
where
    H: FileHeader<Endian = Endianness>,
    R: ReadRef<'d>,
{
    let most = TEXT + NEAR;
    let info = match image.section(b".go.buildinfo") {
        Some(section) => image.content(section, most)?,
        None if image.sections.is_empty() => {
            let address = image.data_address()?;
            let near = image.memory(address, NEAR)?;
            // The linker puts it on a multiple of 16.
            let mut places = (0..near.len()).step_by(16);
            let at = places.find(|&at| near[at..].starts_with(MAGIC))?;
            image.memory(address.checked_add(at as u64)?, most)?
        }
        None => return None,
    };
    let (version, lines) = strings(image, info)?;
    let version = String::from_utf8_lossy(version);
    // Behind the version stand experiments that were switched on.
    let version = version.strip_prefix("devel ").unwrap_or(&version);
    let version = version.split(' ').next()?;
    let mut go = lines.map(modules).unwrap_or_default();
    version.clone_into(&mut go.version);
    (!version.is_empty()).then_some(go)
}

/// The version, and the lines about modules if there are any.
fn strings<'d, H, R>(
    image: &Image<'d, H, R>,
    info: &'d [u8],
) -> Option<(&'d [u8], Option<&'d [u8]>)>
where
    H: FileHeader<Endian = Endianness>,
    R: ReadRef<'d>,
{
    if !info.starts_with(MAGIC) {
        return None;
    }
    let (header, rest) = info.split_at_checked(HEADER)?;
    let (pointer, flags) = (usize::from(header[14]), header[15]);
    let (version, lines) = match flags & INLINE {
        0 => {
            let pointers = Pointers {
                size: pointer,
                is_big: flags & BIG_ENDIAN != 0,
            };
            let version = pointers.string(image, &header[16..])?;
            (version, pointers.string(image, header.get(16 + pointer..)?))
        }
        _ => {
            let (version, rest) = varint_string(rest)?;
            (version, varint_string(rest).map(|(lines, _)| lines))
        }
    };
    let framed = lines.and_then(|lines| lines.get(FRAME..lines.len().checked_sub(FRAME)?));
    Some((version, framed.filter(|lines| lines.ends_with(b"\n"))))
}

/// A string behind its length, and what follows it.
fn varint_string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut length: u64 = 0;
    for (at, &byte) in bytes.iter().take(5).enumerate() {
        length |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return bytes[at + 1..].split_at_checked(usize::try_from(length).ok()?);
        }
    }
    None
}

/// How Go before 1.18 says where its strings are.
struct Pointers {
    size: usize,
    is_big: bool,
}

impl Pointers {
    /// The string whose place and length are at the address that `pointer` begins with.
    fn string<'d, H, R>(&self, image: &Image<'d, H, R>, pointer: &[u8]) -> Option<&'d [u8]>
    where
        H: FileHeader<Endian = Endianness>,
        R: ReadRef<'d>,
    {
        let place = image.memory(self.number(pointer)?, 2 * self.size as u64)?;
        let (start, length) = (self.number(place)?, self.number(place.get(self.size..)?)?);
        let string = image.memory(start, length.min(TEXT))?;
        (string.len() as u64 == length).then_some(string)
    }

    fn number(&self, bytes: &[u8]) -> Option<u64> {
        if ![4, 8].contains(&self.size) {
            return None;
        }
        let bytes = bytes.get(..self.size)?.iter();
        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        Some(match self.is_big {
            true => bytes.fold(0, add),
            false => bytes.rev().fold(0, add),
        })
    }
}

/// The lines: `path`, `mod` for the main module, `dep` for others, each with path and
/// version; `=>` replaces the module of the line above; `build` is a setting.
fn modules(lines: &[u8]) -> Go {
    let mut go = Go::default();
    let mut last_is_main = false;
    for line in lines.split(|&byte| byte == b'\n') {
        let line = String::from_utf8_lossy(line);
        let mut fields = line.split('\t');
        let key = fields.next().unwrap_or_default();
        let first = fields.next().unwrap_or_default();
        let module = || Module {
            path: first.to_owned(),
            version: line.split('\t').nth(2).unwrap_or_default().to_owned(),
        };
        match key {
            "path" => first.clone_into(&mut go.path),
            "build" if first.starts_with("vcs=") => go.checkout = true,
            _ if first.is_empty() => {}
            "mod" => (go.main, last_is_main) = (Some(module().settled()), true),
            "dep" if go.modules.len() < MOST => {
                go.modules.push(module().settled());
                last_is_main = false;
            }
            "=>" => {
                let last = match last_is_main {
                    true => go.main.as_mut(),
                    false => go.modules.last_mut(),
                };
                if let Some(last) = last {
                    last.replace_by(module().settled());
                }
            }
            _ => {}
        }
    }
    go
}

impl Module {
    /// Without the word that stands where there is no version.
    fn settled(mut self) -> Module {
        if self.version == "(devel)" {
            self.version.clear();
        }
        self
    }

    /// A folder in place of a module is no name that anybody knows it by.
    fn replace_by(&mut self, other: Module) {
        match other.version.is_empty() {
            true => self.version.clear(),
            false => *self = other,
        }
    }
}

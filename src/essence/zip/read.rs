//! Goes through an archive, and through those in it, within limits.
//!
//! Nothing is trusted: not the sizes that an archive states, and not that its parts
//! do not overlap. So everything that is read and kept draws on one stock.

use std::cell::Cell;
use std::collections::HashMap;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

use zip::{CompressionMethod, ZipArchive};

use super::{MAGIC, Named, Nested, Zip, is_archive, text};

/// Of an archive in an archive in an archive, what is in it counts as its own.
const DEEPEST: usize = 3;
/// A manifest begins with what it says of the whole archive.
const MANIFEST: u64 = 256 << 10;
const PROPERTIES: u64 = 64 << 10;
const METADATA: u64 = 64 << 10;
const PACKAGE_JSON: u64 = 1 << 20;
/// The longest list of contents; in memory it takes some ten times as much.
const LIST: u64 = 12 << 20;
/// More than anybody reads at once of a list.
const PIECE: u64 = 64 << 10;
/// What a record takes beside its texts.
const RECORD: usize = 64;

/// What is left to use up on one file.
pub(super) struct Limits {
    /// Entries of all lists of contents.
    entries: Cell<usize>,
    /// Bytes that come out of entries.
    inflated: Cell<u64>,
    /// Archives in archives.
    nested: Cell<usize>,
    /// Bytes of texts to keep; a JSON text is at most twice as long.
    kept: Cell<usize>,
    /// Bytes that are read at all, at any depth.
    read: Cell<u64>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            entries: Cell::new(100_000),
            inflated: Cell::new(64 << 20),
            nested: Cell::new(2_000),
            kept: Cell::new(3 << 19),
            read: Cell::new(512 << 20),
        }
    }
}

impl Limits {
    fn keep(&self, bytes: usize) -> bool {
        take(&self.kept, bytes + RECORD)
    }
}

fn take(stock: &Cell<usize>, count: usize) -> bool {
    match stock.get().checked_sub(count) {
        Some(rest) => stock.set(rest),
        None => return false,
    }
    true
}

pub(super) trait Seekable: Read + Seek {}
impl<T: Read + Seek> Seekable for T {}

/// A part of something, as if it were all.
pub(super) struct Part<'r> {
    whole: &'r mut (dyn Seekable + 'r),
    start: u64,
    size: u64,
    position: u64,
    limits: &'r Limits,
}

impl<'r> Part<'r> {
    pub(super) fn new(
        whole: &'r mut (dyn Seekable + 'r),
        start: u64,
        size: u64,
        limits: &'r Limits,
    ) -> Part<'r> {
        Part {
            whole,
            start,
            size,
            position: 0,
            limits,
        }
    }
}

impl Read for Part<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let rest = self.size.saturating_sub(self.position);
        let wanted = rest.min(buf.len() as u64);
        if wanted == 0 {
            return Ok(0);
        }
        let Some(left) = self.limits.read.get().checked_sub(wanted) else {
            return Err(io::Error::other("too much to read"));
        };
        self.limits.read.set(left);
        let place = self.start.saturating_add(self.position);
        self.whole.seek(SeekFrom::Start(place))?;
        let count = self.whole.read(&mut buf[..wanted as usize])?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Part<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(offset) => self.size.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = place.ok_or_else(|| io::Error::other("a place before the start"))?;
        Ok(self.position)
    }
}

/// What an archive holds; `None` if it has no list of contents that can be read.
pub(super) fn archive(part: Part<'_>, limits: &Limits, depth: usize) -> Option<Zip> {
    let Some(mut archive) = open(part, limits)? else {
        return Some(Zip {
            is_cut: true,
            ..Zip::default()
        });
    };
    let list = archive.metadata();
    let mut zip = Zip::default();
    let mut inner = Vec::new();
    // By folder: what is below it, and which distribution it is.
    let mut packed: HashMap<Vec<u8>, u64> = HashMap::new();
    let mut folders = Vec::new();
    for no in 0..list.len() {
        let entry = list.entry(no).ok()?;
        let path = entry.name_raw();
        if !take(&limits.entries, 1) {
            zip.is_cut = true;
            break;
        }
        let folder = folder_of_its_own(path);
        if let Some(folder) = folder {
            let sum = packed.entry(folder.to_vec()).or_default();
            *sum = sum.saturating_add(entry.compressed_size());
        }
        if is_archive(path) && entry.is_file() {
            match take(&limits.nested, 1) && limits.keep(path.len()) {
                true => inner.push(no),
                false => zip.is_cut = true,
            }
            continue;
        }
        let Some(kind) = Kind::of(path) else {
            continue;
        };
        match content(&mut archive, no, kind.most(), limits) {
            Some(content) => {
                let count = zip.dists.len();
                kind.enter(&content, &mut zip, limits);
                folders.extend((count..zip.dists.len()).zip(folder.map(<[u8]>::to_vec)));
            }
            None => zip.is_cut = true,
        }
    }
    for (no, folder) in folders {
        zip.dists[no].packed = packed.get(&folder).copied();
    }
    for no in inner {
        let entry = list.entry(no).ok()?;
        zip.nested.push(Nested {
            path: text::clean(entry.name_raw()),
            packed: entry.compressed_size(),
            zip: match depth + 1 < DEEPEST {
                true => nested(&mut archive, no, entry.compression(), limits, depth + 1),
                false => None,
            },
        });
    }
    Some(zip)
}

/// Reads the list of contents, if it is not too long: `Some(None)` if it is.
fn open<'r>(mut part: Part<'r>, limits: &Limits) -> Option<Option<ZipArchive<Part<'r>>>> {
    let mut start = [0; MAGIC.len()];
    part.read_exact(&mut start).ok()?;
    let left = limits.read.get();
    limits.read.set(left.min(LIST));
    let opened = ZipArchive::new(part);
    let unread = limits.read.get();
    limits.read.set(left - (left.min(LIST) - unread));
    match opened {
        // Of one that was cut off behind an archive in it, that is the only list.
        Ok(archive) if start == MAGIC && archive.offset() > 0 => None,
        Ok(archive) => Some(Some(archive)),
        // A read of any length may have been the one too many.
        Err(_) if unread < PIECE => Some(None),
        Err(_) => None,
    }
}

/// Where an archive is stored as it is, it is read where it lies.
fn nested(
    whole: &mut ZipArchive<Part<'_>>,
    no: usize,
    method: CompressionMethod,
    limits: &Limits,
    depth: usize,
) -> Option<Zip> {
    if method == CompressionMethod::Stored {
        let mut file = whole.by_index_seek(no).ok()?;
        let size = file.compressed_size();
        return archive(Part::new(&mut file, 0, size, limits), limits, depth);
    }
    let bytes = content(whole, no, u64::MAX, limits)?;
    let size = bytes.len() as u64;
    let mut bytes = Cursor::new(bytes);
    archive(Part::new(&mut bytes, 0, size, limits), limits, depth)
}

/// The first bytes of an entry, or all of it if it may have any size.
fn content(
    whole: &mut ZipArchive<Part<'_>>,
    no: usize,
    most: u64,
    limits: &Limits,
) -> Option<Vec<u8>> {
    let left = limits.inflated.get();
    let file = whole.by_index(no).ok()?;
    let mut bytes = Vec::new();
    let read = file.take(most.min(left)).read_to_end(&mut bytes);
    limits.inflated.set(left - bytes.len() as u64);
    let is_all = most < u64::MAX || limits.inflated.get() > 0;
    (read.is_ok() && is_all).then_some(bytes)
}

/// Files of an archive that tell what it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Manifest,
    Pom,
    Dist,
    Module,
}

impl Kind {
    fn of(path: &[u8]) -> Option<Kind> {
        let parts: Vec<&[u8]> = path.splitn(7, |&byte| byte == b'/').collect();
        if path.eq_ignore_ascii_case(b"META-INF/MANIFEST.MF") {
            return Some(Kind::Manifest);
        }
        match *parts.as_slice() {
            [b"META-INF", b"maven", _, _, b"pom.properties"] => Some(Kind::Pom),
            [b"node_modules", name, b"package.json"] if !name.starts_with(b"@") => {
                Some(Kind::Module)
            }
            [b"node_modules", [b'@', ..], _, b"package.json"] => Some(Kind::Module),
            // At the root, where shiv puts packages, and where pex does. What is
            // deeper is a part of a package.
            [info, file] | [b"site-packages", info, file] | [b".deps", _, info, file] => {
                is_metadata(info, file).then_some(Kind::Dist)
            }
            _ => None,
        }
    }

    fn most(self) -> u64 {
        match self {
            Kind::Manifest => MANIFEST,
            Kind::Pom => PROPERTIES,
            Kind::Dist => METADATA,
            Kind::Module => PACKAGE_JSON,
        }
    }

    fn enter(self, content: &[u8], zip: &mut Zip, limits: &Limits) {
        let (list, named) = match self {
            Kind::Manifest => {
                for (name, value) in text::manifest(content) {
                    if limits.keep(name.len() + value.len()) {
                        zip.manifest.entry(name.to_owned()).or_insert(value);
                    }
                }
                return;
            }
            Kind::Pom => (&mut zip.poms, text::properties(content)),
            Kind::Dist => (&mut zip.dists, text::metadata(content)),
            Kind::Module => (&mut zip.modules, text::package_json(content)),
        };
        let Some(named) = named else {
            return;
        };
        match limits.keep(length(&named)) {
            true if list.contains(&named) => {}
            true => list.push(named),
            false => zip.is_cut = true,
        }
    }
}

fn length(named: &Named) -> usize {
    named.group.len() + named.name.len() + named.version.len()
}

fn is_metadata(info: &[u8], file: &[u8]) -> bool {
    match file {
        b"METADATA" => info.ends_with(b".dist-info"),
        b"PKG-INFO" => info == b"EGG-INFO" || info.ends_with(b".egg-info"),
        _ => false,
    }
}

/// Pex gives every distribution a folder: `.deps/NAME.whl/`.
fn folder_of_its_own(path: &[u8]) -> Option<&[u8]> {
    let below = path.strip_prefix(b".deps/")?;
    let end = below.iter().position(|&byte| byte == b'/')?;
    Some(&below[..end])
}

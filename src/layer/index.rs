//! From a tar to a [`Layer`]: headers, costs, kept contents, content hashes.

use std::collections::BTreeMap;
use std::io::Read;

use xxhash_rust::xxh3::Xxh3;

use super::whiteout::{Mark, mark};
use super::{
    Candidate, ContentHash, Entry, EntryKind, EntryNo, Keep, Layer, LayerError, MOST_ENTRIES,
    Oddity, Reading, Span,
};
use crate::codec::{Compression, Stream, Tape, Window};
use crate::path::{ImagePath, LONGEST_PATH, Oddity as PathOddity};
use crate::tarfile::{Kind, Member, Walk};
use crate::units::Bytes;

/// What a layer may keep in all; a real one keeps a few megabytes.
const KEPT_MOST: u64 = 1 << 30;
/// No kernel makes a longer link (PATH_MAX), so no engine can unpack one.
const LONGEST_LINK: usize = 4096;
/// How much of a body is read at a time.
const PIECE: usize = 64 * 1024;

/// Indexes a blob as it streams by: everything is read and hashed.
///
/// `progress` hears how many stored bytes have passed so far.
pub fn index_stream<R: Read>(
    stream: Stream<R>,
    keep: &Keep<'_>,
    progress: &dyn Fn(u64),
) -> Result<Layer, LayerError> {
    let compression = stream.compression();
    let mut indexer = Indexer::new(keep, progress, true);
    let sums = indexer.run(stream)?.finish()?;
    progress(sums.stored);
    if sums.trailing > 0 {
        indexer.oddities.push(Oddity::Trailing(sums.trailing));
    }
    let mut layer = indexer.finish(Reading::Whole, compression, sums.stored, sums.plain);
    layer.digest = Some(sums.digest);
    layer.diff_id = Some(sums.diff_id);
    Ok(layer)
}

/// Indexes an uncompressed blob by jumping over bodies: only headers and kept
/// contents are read, nothing is hashed.
pub fn index_window(
    window: Window,
    keep: &Keep<'_>,
    progress: &dyn Fn(u64),
) -> Result<Layer, LayerError> {
    let length = window.len();
    let mut indexer = Indexer::new(keep, progress, false);
    indexer.run(window)?;
    progress(length);
    Ok(indexer.finish(Reading::Headers, Compression::None, length, length))
}

/// The hash that [`index_stream`] would have given to this entry of a window;
/// not for sparse files, which have theirs from the start.
pub fn hash_window(window: &mut Window, entry: &Entry) -> Result<ContentHash, LayerError> {
    let (start, mut left) = entry.body;
    window.seek(start);
    let mut hasher = Xxh3::new();
    let mut piece = vec![0; PIECE.min(left as usize)];
    while left > 0 {
        let want = left.min(PIECE as u64) as usize;
        let count = Tape::read(window, &mut piece[..want])?;
        if count == 0 {
            break;
        }
        hasher.update(&piece[..count]);
        left -= count as u64;
    }
    Ok(ContentHash(hasher.digest128()))
}

pub(super) struct Indexer<'k> {
    keep: &'k Keep<'k>,
    progress: &'k dyn Fn(u64),
    /// Read bodies and hash them, or jump over them?
    hash: bool,
    pub(super) entries: Vec<Entry>,
    names: Vec<u8>,
    pub(super) kept: BTreeMap<EntryNo, Vec<u8>>,
    pub(super) kept_bytes: u64,
    oddities: Vec<Oddity>,
    piece: Vec<u8>,
}

impl<'k> Indexer<'k> {
    pub(super) fn new(keep: &'k Keep<'k>, progress: &'k dyn Fn(u64), hash: bool) -> Indexer<'k> {
        Indexer {
            keep,
            progress,
            hash,
            entries: Vec::new(),
            names: Vec::new(),
            kept: BTreeMap::new(),
            kept_bytes: 0,
            oddities: Vec::new(),
            piece: vec![0; PIECE],
        }
    }

    /// Reads the whole tar; returns the tape, standing behind the end marker.
    fn run<T: Tape>(&mut self, tape: T) -> Result<T, LayerError> {
        let mut walk = Walk::new(tape);
        // What a member's headers and the padding before them took is its framing;
        // what its body took is its share. Both ends are read off the tape.
        let mut before = walk.taken();
        while let Some(member) = walk.next()? {
            let start = walk.taken();
            let mut entry = self.entry(&member)?;
            self.body(&mut walk, &member, &mut entry)?;
            let end = walk.taken();
            entry.framing = u32::try_from(start - before).unwrap_or(u32::MAX);
            entry.transfer = Bytes(end - start);
            before = end;
            self.push(entry)?;
        }
        Ok(walk.into_tape())
    }

    pub(super) fn push(&mut self, entry: Entry) -> Result<(), LayerError> {
        if self.entries.len() == MOST_ENTRIES {
            return Err(LayerError::TooMuch);
        }
        self.entries.push(entry);
        Ok(())
    }

    /// The entry without its costs.
    pub(super) fn entry(&mut self, member: &Member) -> Result<Entry, LayerError> {
        let (path, oddity) = ImagePath::from_tar(&member.path);
        if oddity == Some(PathOddity::Climbs) && self.oddities.len() < 100 {
            self.oddities.push(Oddity::Climbs(path.clone()));
        }
        if member.size > member.stored && self.oddities.len() < 100 {
            self.oddities.push(Oddity::Sparse {
                path: path.clone(),
                size: Bytes(member.size),
                stored: Bytes(member.stored),
            });
        }
        let path = shortened(path);
        let (kind, path) = match mark(path.as_bytes()) {
            Mark::None => (entry_kind(member.kind), self.name(path.as_bytes())?),
            Mark::Leftover => (EntryKind::Leftover, self.name(path.as_bytes())?),
            Mark::Opaque(folder) => (EntryKind::Opaque, self.name(folder)?),
            Mark::Whiteout { folder: b"", name } => (EntryKind::Whiteout, self.name(name)?),
            Mark::Whiteout { folder, name } => (
                EntryKind::Whiteout,
                self.name(&[folder, b"/", name].concat())?,
            ),
            Mark::Invalid => return Err(LayerError::Whiteout(path)),
        };
        let link = match kind {
            EntryKind::Hardlink => self.name(shortened(ImagePath::new(&member.link)).as_bytes())?,
            EntryKind::Symlink if member.link.len() > LONGEST_LINK => {
                return Err(LayerError::Link(ImagePath::new(&member.path)));
            }
            EntryKind::Symlink => self.name(&member.link)?,
            _ => Span::default(),
        };
        Ok(Entry {
            path,
            link,
            kind,
            mode: member.mode as u16,
            uid: u32::try_from(member.uid).unwrap_or(u32::MAX),
            gid: u32::try_from(member.gid).unwrap_or(u32::MAX),
            mtime: member.mtime,
            size: Bytes(member.size),
            transfer: Bytes::ZERO,
            framing: 0,
            body: (member.body, member.stored),
            hash: None,
        })
    }

    fn body<T: Tape>(
        &mut self,
        walk: &mut Walk<T>,
        member: &Member,
        entry: &mut Entry,
    ) -> Result<(), LayerError> {
        let no = self.entries.len() as EntryNo;
        let is_file = entry.kind == EntryKind::File;
        let wanted = if is_file {
            self.wanted(entry, member.sparse.is_some())
        } else {
            0
        };
        // A sparse file is hashed at once: its map is at hand only here.
        let hash = is_file && (self.hash || member.sparse.is_some());
        if wanted == 0 && !hash {
            return Ok(walk.skip_rest()?);
        }
        let mut kept = Vec::new();
        let mut hasher = hash.then(Xxh3::new);
        if let (Some(hasher), Some(map)) = (&mut hasher, &member.sparse) {
            for (offset, length) in map {
                hasher.update(&offset.to_le_bytes());
                hasher.update(&length.to_le_bytes());
            }
        }
        while walk.body_left() > 0 && (hasher.is_some() || (kept.len() as u64) < wanted) {
            let count = walk.read_body(&mut self.piece)?;
            let piece = &self.piece[..count];
            let room = (wanted - kept.len() as u64).min(count as u64) as usize;
            kept.extend_from_slice(&piece[..room]);
            if let Some(hasher) = &mut hasher {
                hasher.update(piece);
                (self.progress)(walk.taken());
            }
        }
        walk.skip_rest()?;
        entry.hash = hasher.map(|hasher| ContentHash(hasher.digest128()));
        if wanted > 0 {
            self.kept_bytes += kept.len() as u64;
            kept.shrink_to_fit();
            self.kept.insert(no, kept);
        }
        Ok(())
    }

    pub(super) fn wanted(&mut self, entry: &Entry, sparse: bool) -> u64 {
        let start = entry.path.start as usize;
        let path = &self.names[start..start + entry.path.length as usize];
        let wanted = (self.keep)(&Candidate {
            path,
            size: entry.size,
            mode: entry.mode,
        });
        // The holes of a sparse file are not there to be kept.
        if wanted == 0 || sparse {
            return 0;
        }
        let wanted = wanted.min(entry.size.0);
        if self.kept_bytes + wanted > KEPT_MOST {
            if !self
                .oddities
                .iter()
                .any(|odd| matches!(odd, Oddity::KeptTooMuch(_)))
            {
                self.oddities
                    .push(Oddity::KeptTooMuch(ImagePath::new(path)));
            }
            return 0;
        }
        wanted
    }

    pub(super) fn name(&mut self, text: &[u8]) -> Result<Span, LayerError> {
        let start = u32::try_from(self.names.len()).map_err(|_| LayerError::TooMuch)?;
        let length = u32::try_from(text.len()).map_err(|_| LayerError::TooMuch)?;
        self.names.extend_from_slice(text);
        Ok(Span { start, length })
    }

    pub(super) fn finish(
        self,
        read: Reading,
        compression: Compression,
        blob: u64,
        plain: u64,
    ) -> Layer {
        let bodies = self
            .entries
            .iter()
            .fold(0_u64, |sum, entry| sum.saturating_add(entry.body.1));
        Layer {
            read,
            entries: self.entries,
            kept: self.kept,
            compression,
            blob: Bytes(blob),
            overhead: Bytes(plain) - Bytes(bodies),
            digest: None,
            diff_id: None,
            oddities: self.oddities,
            names: self.names,
        }
    }
}

fn entry_kind(kind: Kind) -> EntryKind {
    match kind {
        Kind::File => EntryKind::File,
        Kind::Dir => EntryKind::Dir,
        Kind::Symlink => EntryKind::Symlink,
        Kind::Hardlink => EntryKind::Hardlink,
        Kind::Special => EntryKind::Special,
    }
}

/// A name over the limit, cut, and still unlike every other name.
fn shortened(path: ImagePath) -> ImagePath {
    let bytes = path.as_bytes();
    if bytes.len() <= LONGEST_PATH {
        return path;
    }
    let hash = xxhash_rust::xxh3::xxh3_128(bytes);
    let mut short = bytes[..LONGEST_PATH - 40].to_vec();
    short.extend_from_slice(format!("...{hash:032x}").as_bytes());
    ImagePath::new(short)
}

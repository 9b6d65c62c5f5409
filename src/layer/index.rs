//! From a tar to a [`Layer`]: headers, costs, kept contents, content hashes.

use std::collections::BTreeMap;
use std::io::Read;

use xxhash_rust::xxh3::Xxh3;

use super::sample::{Gathered, Sample};
use super::whiteout::{Mark, mark};
use super::{
    Candidate, ContentHash, Distiller, Entry, EntryKind, EntryNo, Keep, Layer, LayerError,
    MOST_ENTRIES, Oddity, Reading, Span, Want,
};
use crate::codec::{Compression, Stream, Tape, Window};
use crate::path::{ImagePath, LONGEST_PATH, Oddity as PathOddity};
use crate::tarfile::{Kind, Member, Walk};
use crate::units::Bytes;

/// What a layer may keep in all; a real one keeps a few megabytes.
const KEPT_MOST: u64 = 1 << 30;
/// No kernel makes a longer link (PATH_MAX), so no engine can unpack one.
const LONGEST_LINK: usize = 4096;
/// The most that a [`Distiller`] asks of a file's beginning.
const LONGEST_MAGIC: usize = 16;
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

/// Indexes an uncompressed blob by jumping over bodies: only headers and what is
/// kept of contents is read, nothing is hashed.
pub fn index_window(
    window: Window,
    keep: &Keep<'_>,
    progress: &dyn Fn(u64),
) -> Result<Layer, LayerError> {
    let length = window.len();
    let mut indexer = Indexer::new(keep, progress, false);
    indexer.window = Some(window.clone());
    indexer.run(window)?;
    progress(length);
    Ok(indexer.finish(Reading::Headers, Compression::None, length, length))
}

pub(super) struct Indexer<'k> {
    keep: &'k Keep<'k>,
    progress: &'k dyn Fn(u64),
    /// Read bodies and hash them, or jump over them?
    hash: bool,
    /// A second look at the tape, where it is one that seeks.
    window: Option<Window>,
    pub(super) entries: Vec<Entry>,
    names: Vec<u8>,
    pub(super) kept: BTreeMap<EntryNo, Vec<u8>>,
    pub(super) kept_bytes: u64,
    oddities: Vec<Oddity>,
    piece: Vec<u8>,
    /// Memory for contents that are to be boiled down.
    gathered: Vec<u8>,
}

impl<'k> Indexer<'k> {
    pub(super) fn new(keep: &'k Keep<'k>, progress: &'k dyn Fn(u64), hash: bool) -> Indexer<'k> {
        Indexer {
            keep,
            progress,
            hash,
            window: None,
            entries: Vec::new(),
            names: Vec::new(),
            kept: BTreeMap::new(),
            kept_bytes: 0,
            oddities: Vec::new(),
            piece: vec![0; PIECE],
            gathered: Vec::new(),
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
        let is_file = entry.kind == EntryKind::File;
        let is_sparse = member.sparse.is_some();
        let want = match is_file {
            true => self.wanted(entry, is_sparse),
            false => Want::Nothing,
        };
        // A sparse file is hashed at once: its map is at hand only here.
        let hash = is_file && (self.hash || is_sparse);
        match want {
            Want::Nothing if !hash => Ok(walk.skip_rest()?),
            Want::Essence(distiller) if !hash => self.seek_essence(walk, entry, distiller),
            want => self.read(walk, member, entry, want, hash),
        }
    }

    /// Reads a content as far as it is wanted: all of it, if it is to be hashed.
    fn read<T: Tape>(
        &mut self,
        walk: &mut Walk<T>,
        member: &Member,
        entry: &mut Entry,
        want: Want,
        hash: bool,
    ) -> Result<(), LayerError> {
        let (head, distiller) = match want {
            Want::Nothing => (0, None),
            Want::Head(bytes) => (bytes, None),
            Want::Essence(distiller) => (0, Some(distiller)),
        };
        let mut kept = Vec::new();
        let mut gathered: Option<Gathered> = None;
        let mut hasher = hash.then(Xxh3::new);
        if let (Some(hasher), Some(map)) = (&mut hasher, &member.sparse) {
            for (offset, length) in map {
                hasher.update(&offset.to_le_bytes());
                hasher.update(&length.to_le_bytes());
            }
        }
        let mut is_start = true;
        while walk.body_left() > 0 && (hasher.is_some() || (kept.len() as u64) < head) {
            let count = walk.read_body(&mut self.piece)?;
            let piece = &self.piece[..count];
            let room = (head - kept.len() as u64).min(count as u64) as usize;
            kept.extend_from_slice(&piece[..room]);
            if let Some(distiller) = distiller
                && std::mem::take(&mut is_start)
                && distiller.takes(piece)
            {
                let memory = std::mem::take(&mut self.gathered);
                gathered = Some(Gathered::begin(memory, entry.size.0, distiller));
            }
            if let Some(gathered) = &mut gathered {
                gathered.push(piece);
            }
            if let Some(hasher) = &mut hasher {
                hasher.update(piece);
                (self.progress)(walk.taken());
            }
        }
        walk.skip_rest()?;
        entry.hash = hasher.map(|hasher| ContentHash(hasher.digest128()));
        if let (Some(gathered), Some(distiller)) = (gathered, distiller) {
            let essence = distiller.boil(Sample::gathered(&gathered));
            self.gathered = gathered.into_memory();
            self.keep_essence(entry, essence);
        }
        if head > 0 {
            self.keep(kept);
        }
        Ok(())
    }

    /// Boils down a content where it lies, if it begins as it should.
    fn seek_essence<T: Tape>(
        &mut self,
        walk: &mut Walk<T>,
        entry: &Entry,
        distiller: &Distiller,
    ) -> Result<(), LayerError> {
        let mut magic = [0; LONGEST_MAGIC];
        let room = walk.body_left().min(magic.len() as u64) as usize;
        // By the tape, which has fetched it with the header.
        let count = walk.read_body(&mut magic[..room])?;
        walk.skip_rest()?;
        if distiller.takes(&magic[..count])
            && let Some(mut window) = self.window.take()
        {
            let (start, size) = entry.body;
            let essence = distiller.boil(Sample::behind(&mut window, start, size, distiller));
            self.window = Some(window);
            self.keep_essence(entry, essence);
        }
        Ok(())
    }

    fn keep_essence(&mut self, entry: &Entry, essence: Option<Vec<u8>>) {
        if let Some(essence) = essence
            && self.has_room(entry, essence.len() as u64)
        {
            self.keep(essence);
        }
    }

    /// Keeps something of the entry that comes next.
    fn keep(&mut self, mut kept: Vec<u8>) {
        self.kept_bytes += kept.len() as u64;
        kept.shrink_to_fit();
        self.kept.insert(self.entries.len() as EntryNo, kept);
    }

    pub(super) fn wanted(&mut self, entry: &Entry, sparse: bool) -> Want {
        let want = (self.keep)(&Candidate {
            path: self.path(entry),
            size: entry.size,
            mode: entry.mode,
        });
        match want {
            // The holes of a sparse file are not there to be kept.
            _ if sparse || entry.size == Bytes::ZERO => Want::Nothing,
            Want::Head(bytes) => match bytes.min(entry.size.0) {
                bytes if self.has_room(entry, bytes) => Want::Head(bytes),
                _ => Want::Nothing,
            },
            want => want,
        }
    }

    /// May so much more be kept? If not, that is said once.
    fn has_room(&mut self, entry: &Entry, more: u64) -> bool {
        if self.kept_bytes + more <= KEPT_MOST {
            return true;
        }
        let is_said = |odd: &Oddity| matches!(odd, Oddity::KeptTooMuch(_));
        if !self.oddities.iter().any(is_said) {
            let path = ImagePath::new(self.path(entry));
            self.oddities.push(Oddity::KeptTooMuch(path));
        }
        false
    }

    fn path(&self, entry: &Entry) -> &[u8] {
        let start = entry.path.start as usize;
        &self.names[start..start + entry.path.length as usize]
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

/// The path of the entry that a member of this name becomes, if it is no whiteout.
pub fn entry_path(name: &[u8]) -> ImagePath {
    shortened(ImagePath::new(name))
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

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write as _;
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::testkit::Case;

    static SIZE: Distiller = Distiller {
        magic: &[b""],
        whole: 100,
        boil: |sample| Some(sample.size().to_string().into_bytes()),
    };

    #[test]
    fn beginnings_and_essences_are_kept_alike_by_reading_and_by_seeking() {
        let case = Case::parse("f 9 a.head\nf 8 b\nf 7 c.head\nf 0 d\nf 6 e", Path::new(""));
        let keep = |file: &Candidate<'_>| match file.path.ends_with(b".head") {
            true => Want::Head(2),
            false => Want::Essence(&SIZE),
        };
        let tar = &case.layers[0];
        let stream = Stream::open(&tar[..], None, None).unwrap();
        let read = index_stream(stream, &keep, &|_| {}).unwrap();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(tar).unwrap();
        let file: Arc<File> = Arc::new(file);
        let window = Window::new(file, 0, tar.len() as u64);
        let sought = index_window(window, &keep, &|_| {}).unwrap();
        assert_eq!(read.kept, sought.kept);
        let kept: Vec<(u32, usize)> = read
            .kept
            .iter()
            .map(|(no, kept)| (*no, kept.len()))
            .collect();
        assert_eq!(kept, [(0, 2), (1, 1), (2, 2), (4, 1)]);
    }
}

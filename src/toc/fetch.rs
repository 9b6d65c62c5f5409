//! Parts of a blob, and the contents of files in them: neighbours in one request,
//! a few requests at once, each content checked as it passes by.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use xxhash_rust::xxh3::Xxh3;

use super::{Stop, TocError};
use crate::codec::{CodecError, Piece};
use crate::digest::{Digest, Hasher};
use crate::layer::{ContentHash, EntryNo, Layer, LayerError};
use crate::path::ImagePath;
use crate::source::Remote;
use crate::units::Bytes;

/// What may lie unused between two contents of one request: about what a server
/// sends while it would answer another one.
const GAP: u64 = 64 << 10;
/// The longest request for several contents: more of them go side by side.
const LONGEST: u64 = 8 << 20;
/// Requests at once, of one layer.
const AT_ONCE: usize = 8;

/// A blob that is fetched by parts, and how much of it was.
pub(super) struct Fetcher<'r> {
    remote: &'r dyn Remote,
    size: u64,
    fetched: AtomicU64,
}

/// A content to fetch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Want {
    /// Whose.
    pub(super) entry: EntryNo,
    /// Where it lies in the blob.
    pub(super) start: u64,
    /// Behind it; headers of other members may stand before.
    pub(super) end: u64,
    /// Its plain size.
    pub(super) size: u64,
    /// What it must be.
    pub(super) sha256: [u8; 32],
    /// How many leading bytes to keep.
    pub(super) keep: u64,
}

/// A content that is what the table says.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) entry: EntryNo,
    pub(super) leading: Vec<u8>,
    pub(super) hash: ContentHash,
}

impl<'r> Fetcher<'r> {
    /// Nothing is fetched yet.
    pub(super) fn new(remote: &'r dyn Remote, size: u64) -> Fetcher<'r> {
        Fetcher {
            remote,
            size,
            fetched: AtomicU64::new(0),
        }
    }

    /// The blob's size.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// What was asked for so far.
    pub(super) fn fetched(&self) -> Bytes {
        Bytes(self.fetched.load(Ordering::Relaxed))
    }

    /// A part of the blob; it must not be empty.
    pub(super) fn bytes(&self, part: Range<u64>) -> Result<Vec<u8>, Stop> {
        let mut bytes = Vec::new();
        self.open(part)?.read_to_end(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }

    pub(super) fn open(&self, part: Range<u64>) -> Result<Exact<Box<dyn Read + Send>>, Stop> {
        let left = part.end - part.start;
        let source = self.remote.part(part.start, left)?.ok_or(Stop::Whole)?;
        self.fetched.fetch_add(left, Ordering::Relaxed);
        Ok(Exact { source, left })
    }

    /// The blob from its first byte to the last that is wanted.
    pub(super) fn whole(&self, wants: &[Want]) -> Exact<Box<dyn Read + Send>> {
        let left = wants.last().map_or(0, |want| want.end);
        self.fetched.fetch_add(left, Ordering::Relaxed);
        let source = self.remote.stream();
        Exact { source, left }
    }
}

fn failed(error: io::Error) -> Stop {
    let error = LayerError::Codec(CodecError::Read(error));
    Stop::Failed(TocError::Layer(error))
}

/// So many bytes and no more; less is an error.
pub(super) struct Exact<R> {
    source: R,
    left: u64,
}

impl<R: Read> Read for Exact<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let want = self.left.min(buf.len() as u64) as usize;
        if want == 0 {
            return Ok(0);
        }
        let count = self.source.read(&mut buf[..want])?;
        if count == 0 {
            let words = "the server sent less than was asked for";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, words));
        }
        self.left -= count as u64;
        Ok(count)
    }
}

/// Fetches contents, which must stand in the order of the blob. [`Stop::Whole`]
/// where the server gives no parts.
pub(super) fn contents(
    fetcher: &Fetcher<'_>,
    layer: &Layer,
    wants: &[Want],
) -> Result<Vec<Found>, Stop> {
    let requests = requests(wants);
    let next = AtomicUsize::new(0);
    let stopped = AtomicBool::new(false);
    let done = Mutex::new(BTreeMap::new());
    let work = || {
        loop {
            let no = next.fetch_add(1, Ordering::Relaxed);
            let Some(wants) = requests.get(no) else { break };
            if stopped.load(Ordering::Relaxed) {
                break;
            }
            let found = request(fetcher, layer, wants);
            stopped.fetch_or(found.is_err(), Ordering::Relaxed);
            done.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(no, found);
        }
    };
    thread::scope(|scope| {
        for _ in 1..AT_ONCE.min(requests.len()) {
            scope.spawn(work);
        }
        work();
    });
    // Of several failures the first in the blob is told, whichever came first.
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut all = Vec::with_capacity(wants.len());
    for found in done.into_values() {
        all.extend(found?);
    }
    Ok(all)
}

/// The contents that go into one request each.
pub(super) fn requests(wants: &[Want]) -> Vec<&[Want]> {
    let mut requests = Vec::new();
    let mut rest = wants;
    while let Some(first) = rest.first() {
        let is_apart = |two: &[Want]| {
            two[1].start.saturating_sub(two[0].end) > GAP || two[1].end - first.start > LONGEST
        };
        let count = rest.windows(2).position(is_apart);
        let (request, others) = rest.split_at(count.map_or(rest.len(), |last| last + 1));
        requests.push(request);
        rest = others;
    }
    requests
}

fn request(fetcher: &Fetcher<'_>, layer: &Layer, wants: &[Want]) -> Result<Vec<Found>, Stop> {
    let (Some(first), Some(last)) = (wants.first(), wants.last()) else {
        return Ok(Vec::new());
    };
    let source = fetcher.open(first.start..last.end)?;
    serve(source, first.start, layer, wants)
}

/// Reads the blob from its first byte to the last that is wanted: for servers that
/// give no parts.
pub(super) fn streamed(
    fetcher: &Fetcher<'_>,
    layer: &Layer,
    wants: &[Want],
) -> Result<Vec<Found>, Stop> {
    serve(fetcher.whole(wants), 0, layer, wants)
}

/// Takes contents out of a part of the blob that begins at `at`.
fn serve(
    mut source: impl Read,
    mut at: u64,
    layer: &Layer,
    wants: &[Want],
) -> Result<Vec<Found>, Stop> {
    let mut all = Vec::with_capacity(wants.len());
    for want in wants {
        pass(&mut source, want.start - at)?;
        let mut piece = (&mut source).take(want.end - want.start);
        all.push(content(&mut piece, layer, want)?);
        let left = piece.limit();
        pass(&mut source, left)?;
        at = want.end;
    }
    Ok(all)
}

/// Passes over bytes.
pub(super) fn pass(source: &mut impl Read, count: u64) -> Result<(), Stop> {
    let passed = io::copy(&mut source.take(count), &mut io::sink());
    passed.map(drop).map_err(failed)
}

/// Makes a content plain and checks it; no more than is kept is in memory.
fn content(source: impl Read, layer: &Layer, want: &Want) -> Result<Found, Stop> {
    let mut plain = Plain::open(source, layer, want)?;
    let mut hash = Xxh3::new();
    let mut leading = Vec::new();
    let mut buf = vec![0; want.size.min(64 << 10) as usize];
    loop {
        let count = plain.next(&mut buf)?;
        if count == 0 {
            break;
        }
        hash.update(&buf[..count]);
        let room = (want.keep - leading.len() as u64).min(count as u64) as usize;
        leading.extend_from_slice(&buf[..room]);
    }
    leading.shrink_to_fit();
    Ok(Found {
        entry: want.entry,
        leading,
        hash: ContentHash(hash.digest128()),
    })
}

/// A content as it becomes plain. Its last bytes are given only if all of it is what the
/// table says.
pub(super) struct Plain<'l, R> {
    piece: Piece<R>,
    layer: &'l Layer,
    want: &'l Want,
    sha256: Hasher,
    left: u64,
    /// What stopped its reader.
    pub(super) failed: Option<Stop>,
}

impl<'l, R: Read> Plain<'l, R> {
    pub(super) fn open(source: R, layer: &'l Layer, want: &'l Want) -> Result<Plain<'l, R>, Stop> {
        let piece = Piece::open(source, layer.compression);
        Ok(Plain {
            piece: piece.map_err(|error| wrong(layer, want, error))?,
            layer,
            want,
            sha256: Hasher::like(None),
            left: want.size,
            failed: None,
        })
    }

    /// Some plain bytes; 0 at the end.
    fn next(&mut self, buf: &mut [u8]) -> Result<usize, Stop> {
        let most = self.left.min(buf.len() as u64) as usize;
        if most == 0 {
            return Ok(0);
        }
        let count = self.piece.read(&mut buf[..most]);
        let count = count.map_err(|error| wrong(self.layer, self.want, error))?;
        self.sha256.update(&buf[..count]);
        self.left -= count as u64;
        let is_end = self.left == 0;
        if count == 0 || is_end && self.digest() != Digest::Sha256(self.want.sha256) {
            return Err(another(self.layer, self.want));
        }
        Ok(count)
    }

    fn digest(&mut self) -> Digest {
        std::mem::replace(&mut self.sha256, Hasher::like(None)).finish()
    }
}

impl<R: Read> Read for Plain<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let failed = || io::Error::other("the content cannot be fetched");
        if self.failed.is_some() {
            return Err(failed());
        }
        self.next(buf).map_err(|stop| {
            self.failed = Some(stop);
            failed()
        })
    }
}

fn wrong(layer: &Layer, want: &Want, error: CodecError) -> Stop {
    match error {
        CodecError::Read(error) => failed(error),
        _ => another(layer, want),
    }
}

fn another(layer: &Layer, want: &Want) -> Stop {
    let entry = layer.entries.get(want.entry as usize);
    let path = entry.map_or(&b""[..], |entry| layer.path(entry));
    Stop::Failed(LayerError::Content(ImagePath::new(path)).into())
}

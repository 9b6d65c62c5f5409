//! Layers that are not downloaded. What comes in is a blob on a server and the
//! promise of a table of contents inside it; what goes out is the same [`Layer`]
//! that reading all of it would give, for a few of its bytes.
//!
//! Two formats have such a table: eStargz (stargz-snapshotter, docs/estargz.md) and
//! zstd:chunked (containers/storage, pkg/chunked). In both, each file's content is
//! compressed by itself, so that the few contents that somebody wants can be fetched
//! alone; and in both the blob is an ordinary tar too. The tar is the truth: where
//! the table cannot be used, the blob is read whole.
//!
//! Nothing of a table is believed, or even parsed, before its digest is found to be
//! what the manifest vouches for; and no content before it is what the table says.

mod fetch;
mod footer;
mod list;
mod show;
mod table;

use std::io::Read;
use std::ops::ControlFlow;

use crate::codec::{Compression, Piece, Stream};
use crate::digest::Digest;
use crate::layer::{
    Costs, EntryKind, EntryNo, Keep, Layer, LayerError, Learned, Oddity, index_stream,
};
use crate::path::ImagePath;
use crate::source::{Remote, SourceError, TocPromise};
use crate::units::Bytes;
use fetch::{Fetcher, Want};
use footer::Place;
use list::Listed;

/// The largest table, plain and compressed; 100,000 files take about 40 MiB and 6 MiB.
const LARGEST_PLAIN: u64 = 256 << 20;
const LARGEST_STORED: u64 = 64 << 20;

/// What the end of a blob is fetched by, in the hope that the table is in it: a
/// request takes as long as a few hundred kilobytes, and tables take about 1 %.
const TAIL_LEAST: u64 = 64 << 10;
const TAIL_MOST: u64 = 1 << 20;
const TAIL_SHARE: u64 = 128;

/// The name of an eStargz table: a file of the tar like any other.
const STARGZ_TABLE: &[u8] = b"stargz.index.json";

/// Why a blob could not be read by its table.
#[derive(Debug, thiserror::Error)]
pub enum TocError {
    /// The server failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// What it gave is not what was promised.
    #[error(transparent)]
    Layer(#[from] LayerError),
}

/// What came of a table of contents.
#[derive(Debug)]
pub enum Taken {
    /// The layer.
    Layer(Box<Layer>),
    /// Nothing: the blob is to be read whole. With the reason, where the table is
    /// not as it should be; without one, where the server gives no parts, or the
    /// table does not tell all that is needed, or reading all is as cheap.
    Whole(Option<Oddity>),
}

/// Why there is no layer, inside this room.
#[derive(Debug)]
enum Stop {
    /// To be read whole, and nothing is wrong.
    Whole,
    /// To be read whole, as the table is damaged or lies.
    Damaged(String),
    /// It failed.
    Failed(TocError),
}

impl From<SourceError> for Stop {
    fn from(error: SourceError) -> Stop {
        Stop::Failed(error.into())
    }
}

impl Stop {
    fn damaged(why: impl Into<String>) -> Stop {
        Stop::Damaged(why.into())
    }
}

/// A table that is what the manifest vouches for.
struct Table {
    json: Json,
    digest: Digest,
    compression: Compression,
    /// Where the contents must end.
    limit: u64,
}

/// Where the rows are.
enum Json {
    /// In a frame of their own.
    Apart(Vec<u8>),
    /// In the end of an eStargz tar, a layer of one file: the table itself.
    Inside(Box<Layer>),
}

impl Json {
    fn text(&self) -> &[u8] {
        match self {
            Json::Apart(text) => text,
            Json::Inside(end) => end.kept.get(&0).map(Vec::as_slice).unwrap_or_default(),
        }
    }
}

/// Reads a layer of `size` stored bytes by the table that `promise` vouches for,
/// and the contents that `keep` asks for.
///
/// Takes two or three requests and a few percent of the blob. The layer's entries,
/// their sizes and what is kept are those that the tar has; what files cost is
/// exact for zstd:chunked, and for eStargz to within the headers between files.
/// A table tells no fractions of seconds, and nothing of sparse files.
pub fn read(
    remote: &dyn Remote,
    promise: &TocPromise,
    size: Bytes,
    keep: &Keep<'_>,
) -> Result<Taken, TocError> {
    // What the first request would hold can as well be checked.
    if size.0 <= TAIL_LEAST {
        return Ok(Taken::Whole(None));
    }
    let fetcher = Fetcher::new(remote, size.0);
    match layer(&fetcher, promise, keep) {
        Ok(layer) => Ok(Taken::Layer(Box::new(layer))),
        Err(Stop::Whole) => Ok(Taken::Whole(None)),
        Err(Stop::Damaged(why)) => Ok(Taken::Whole(Some(Oddity::Toc(why)))),
        Err(Stop::Failed(error)) => Err(error),
    }
}

fn layer(fetcher: &Fetcher<'_>, promise: &TocPromise, keep: &Keep<'_>) -> Result<Layer, Stop> {
    let table = match promise {
        TocPromise::Stargz { digest } => stargz(fetcher, *digest)?,
        TocPromise::ZstdChunked { digest, position } => {
            let (place, bytes) = chunked_bytes(fetcher, position.as_deref())?;
            vouched(&bytes, *digest)?;
            chunked(&place, &bytes, *digest)?
        }
    };
    let Listed {
        mut listing,
        wanted,
        exact,
    } = list::list(table.json.text(), table.limit, fetcher.size(), keep)?;
    if let Json::Inside(end) = table.json {
        let too_much = |error: LayerError| Stop::damaged(error.to_string());
        listing.append(*end).map_err(too_much)?;
    }
    let mut layer = listing.finish(Costs {
        compression: table.compression,
        blob: Bytes(fetcher.size()),
        table: table.digest,
        exact,
    });
    let wants = wants(&layer, &wanted);
    for found in fetch::contents(fetcher, &layer, &wants)? {
        layer.keep(found.entry, found.leading, found.hash);
    }
    layer.learn(&Learned {
        hashes: Vec::new(),
        fetched: fetcher.fetched(),
    });
    Ok(layer)
}

/// Hashes contents of a layer that was read by its table, fetched by parts, as
/// reading all of it would have hashed them. At most the blob is fetched; each
/// content is checked against the table.
pub fn hash(remote: &dyn Remote, layer: &Layer, entries: &[EntryNo]) -> Result<Learned, TocError> {
    let fetcher = Fetcher::new(remote, layer.blob.0);
    let wanted: Vec<(EntryNo, u64)> = entries.iter().map(|&entry| (entry, 0)).collect();
    let wants = wants(layer, &wanted);
    let found = match fetch::contents(&fetcher, layer, &wants) {
        // It gave parts before: a proxy may change its mind.
        Err(Stop::Whole) => fetch::streamed(&fetcher, layer, &wants),
        found => found,
    };
    match found {
        Ok(found) => Ok(Learned {
            hashes: found.iter().map(|one| (one.entry, one.hash)).collect(),
            fetched: fetcher.fetched(),
        }),
        Err(Stop::Failed(error)) => Err(error),
        // What is wrong with a table was found when it was read.
        Err(_) => Ok(Learned::default()),
    }
}

/// Takes the content of an entry, which need not be read to its end; an error of the
/// reader need not be told.
pub type Take<'t> = dyn FnMut(EntryNo, &mut dyn Read) -> ControlFlow<()> + 't;

/// Shows the contents of entries of a layer that was read by its table, one after the
/// other; those of which the table tells no place are left out. What is read to its end
/// is checked against the table. `progress` hears how far in the blob it is.
pub fn show(
    remote: &dyn Remote,
    layer: &Layer,
    entries: &[EntryNo],
    take: &mut Take<'_>,
    progress: &dyn Fn(Bytes),
) -> Result<ControlFlow<()>, TocError> {
    let fetcher = Fetcher::new(remote, layer.blob.0);
    let wanted: Vec<(EntryNo, u64)> = entries.iter().map(|&entry| (entry, 0)).collect();
    let wants = wants(layer, &wanted);
    show::show(&fetcher, layer, &wants, take, progress).map_err(|stop| match stop {
        Stop::Failed(error) => error,
        // The table was in order when the layer was read by it.
        Stop::Whole | Stop::Damaged(_) => LayerError::Content(ImagePath::default()).into(),
    })
}

/// Where the contents of entries lie, in the order of the blob.
fn wants(layer: &Layer, wanted: &[(EntryNo, u64)]) -> Vec<Want> {
    let Some(toc) = layer.toc() else {
        return Vec::new();
    };
    let want = |&(no, keep): &(EntryNo, u64)| {
        let entry = layer.entries.get(no as usize)?;
        let content = toc.content(no)?;
        Some(Want {
            entry: no,
            start: content.start,
            end: content.start + entry.transfer.0,
            size: entry.size.0,
            sha256: content.sha256,
            keep,
        })
    };
    wanted.iter().filter_map(want).collect()
}

/// The end of the blob that [`TAIL_LEAST`] and its neighbours speak of.
fn tail(fetcher: &Fetcher<'_>) -> Result<(u64, Vec<u8>), Stop> {
    let length = (fetcher.size() / TAIL_SHARE).clamp(TAIL_LEAST, TAIL_MOST);
    let start = fetcher.size().saturating_sub(length);
    Ok((start, fetcher.bytes(start..fetcher.size())?))
}

/// `start..end` of the blob, of which the tail may have a part.
fn table_bytes(
    fetcher: &Fetcher<'_>,
    (tail_start, tail): (u64, Vec<u8>),
    place: &Place,
) -> Result<Vec<u8>, Stop> {
    let (start, end) = (place.start, place.end);
    if end - start > LARGEST_STORED {
        return Err(Stop::damaged("it is over 64 MiB"));
    }
    let cut = |at: u64| (at.saturating_sub(tail_start) as usize).min(tail.len());
    let mut bytes = match start < tail_start {
        true => fetcher.bytes(start..end.min(tail_start))?,
        false => Vec::new(),
    };
    bytes.extend_from_slice(&tail[cut(start)..cut(end)]);
    Ok(bytes)
}

/// The table of an eStargz: the last member of its tar.
fn stargz(fetcher: &Fetcher<'_>, digest: Digest) -> Result<Table, Stop> {
    let tail = tail(fetcher)?;
    // Tools of stargz-snapshotter vouch by their own annotation, for the plain table,
    // for zstd:chunked too.
    if let Ok(place) = footer::chunked(&tail.1, fetcher.size()) {
        let bytes = table_bytes(fetcher, tail, &place)?;
        let table = chunked(&place, &bytes, digest)?;
        return vouched(table.json.text(), digest).map(|()| table);
    }
    let place = footer::stargz(&tail.1, fetcher.size())?;
    let bytes = table_bytes(fetcher, tail, &place)?;
    let broken = |error: LayerError| Stop::damaged(error.to_string());
    let end = Stream::open(&bytes[..], None, None)
        .map_err(LayerError::from)
        .and_then(|stream| {
            index_stream(
                stream,
                &|file| crate::layer::Want::head(file.size.0.min(LARGEST_PLAIN)),
                &|_| {},
            )
        });
    let end = end.map_err(broken)?;
    let size = match &end.entries[..] {
        [table] if table.kind == EntryKind::File && end.path(table) == STARGZ_TABLE => table.size,
        _ => return Err(Stop::damaged("the footer does not lead to it")),
    };
    let json = Json::Inside(Box::new(end));
    if json.text().len() as u64 != size.0 {
        return Err(Stop::damaged("it is over 256 MiB"));
    }
    vouched(json.text(), digest)?;
    Ok(Table {
        json,
        digest,
        compression: Compression::Gzip,
        limit: place.start,
    })
}

/// The table of a zstd:chunked blob as stored, and its place there.
fn chunked_bytes(fetcher: &Fetcher<'_>, position: Option<&str>) -> Result<(Place, Vec<u8>), Stop> {
    let (place, tail) = match position {
        // One request is enough.
        Some(position) => {
            let place = footer::position(position, fetcher.size())?;
            (place, (fetcher.size(), Vec::new()))
        }
        None => {
            let tail = tail(fetcher)?;
            (footer::chunked(&tail.1, fetcher.size())?, tail)
        }
    };
    let bytes = table_bytes(fetcher, tail, &place)?;
    Ok((place, bytes))
}

/// The table of a zstd:chunked blob: in a skippable frame, no part of the tar.
fn chunked(place: &Place, bytes: &[u8], digest: Digest) -> Result<Table, Stop> {
    let json = Piece::open(bytes, Compression::Zstd)
        .and_then(|mut piece| piece.read_all(LARGEST_PLAIN))
        .map_err(|error| Stop::damaged(error.to_string()))?
        .ok_or_else(|| Stop::damaged("it is over 256 MiB"))?;
    Ok(Table {
        json: Json::Apart(json),
        digest,
        compression: Compression::Zstd,
        // The frame's own header stands before the table.
        limit: place.start - footer::FRAME_HEADER,
    })
}

fn vouched(bytes: &[u8], digest: Digest) -> Result<(), Stop> {
    match digest.matches(bytes) {
        true => Ok(()),
        false => Err(Stop::damaged("it is not what the manifest vouches for")),
    }
}

#[cfg(test)]
mod tests;

//! Images on a server that is none: blobs in memory, and how much was asked of them.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::Case;
use crate::codec::Stream;
use crate::source::{Blob, Image, ImageInfo, Remote, SourceError, TocPromise};
use crate::units::Bytes;

/// What was asked of a server.
#[derive(Debug, Default)]
pub struct Counts {
    /// Requests for parts.
    pub parts: AtomicUsize,
    /// Requests for whole blobs.
    pub wholes: AtomicUsize,
    /// Bytes that the answers hold.
    pub bytes: AtomicU64,
}

/// An image on a server.
pub struct RemoteImage {
    /// What it says of itself.
    pub info: ImageInfo,
    /// Its layers as stored.
    pub blobs: Vec<Arc<Vec<u8>>>,
    /// How many parts the server gives before it gives no more.
    pub parts: usize,
    /// What was asked.
    pub counts: Arc<Counts>,
}

impl Case {
    /// The case as an image on a server, its layers packed by `pack`, which tells of
    /// the table of contents that it made.
    ///
    /// # Panics
    /// If a blob cannot be read again.
    pub fn remote(&self, pack: impl Fn(&[u8]) -> (Vec<u8>, Option<TocPromise>)) -> RemoteImage {
        let packed = self.layers.iter().map(|tar| pack(tar));
        let (blobs, promises): (Vec<Vec<u8>>, Vec<_>) = packed.unzip();
        let mut info = self.info(&blobs);
        for ((layer, blob), promise) in info.layers.iter_mut().zip(&blobs).zip(promises) {
            let sums = Stream::open(&blob[..], None, None).and_then(Stream::finish);
            let sums = sums.unwrap_or_else(|error| panic!("the test kit: {error}"));
            layer.diff_id = Some(sums.diff_id);
            layer.toc = promise;
        }
        RemoteImage {
            info,
            blobs: blobs.into_iter().map(Arc::new).collect(),
            parts: usize::MAX,
            counts: Arc::default(),
        }
    }
}

impl RemoteImage {
    /// Requests for parts, for whole blobs, and the bytes of all answers, since the
    /// last time that somebody wanted to know.
    pub fn asked(&self) -> (usize, usize, Bytes) {
        let counts = &self.counts;
        (
            counts.parts.swap(0, Ordering::Relaxed),
            counts.wholes.swap(0, Ordering::Relaxed),
            Bytes(counts.bytes.swap(0, Ordering::Relaxed)),
        )
    }

    /// The size of all blobs.
    pub fn size(&self) -> Bytes {
        Bytes(self.blobs.iter().map(|blob| blob.len() as u64).sum())
    }
}

impl Image for RemoteImage {
    fn info(&self) -> &ImageInfo {
        &self.info
    }

    fn open_layer(&self, no: usize) -> Result<Blob, SourceError> {
        Ok(Blob::Remote(Arc::new(FakeRemote {
            blob: Arc::clone(&self.blobs[no]),
            parts: self.parts,
            counts: Arc::clone(&self.counts),
        })))
    }
}

struct FakeRemote {
    blob: Arc<Vec<u8>>,
    parts: usize,
    counts: Arc<Counts>,
}

impl Remote for FakeRemote {
    fn stream(&self) -> Box<dyn Read + Send> {
        self.counts.wholes.fetch_add(1, Ordering::Relaxed);
        let size = self.blob.len() as u64;
        self.counts.bytes.fetch_add(size, Ordering::Relaxed);
        Box::new(io::Cursor::new(self.blob.to_vec()))
    }

    fn part(&self, start: u64, length: u64) -> Result<Option<Box<dyn Read + Send>>, SourceError> {
        let end = start.checked_add(length);
        let inside = end.is_some_and(|end| end <= self.blob.len() as u64);
        assert!(length > 0 && inside, "asked for {length} from {start}");
        if self.counts.parts.fetch_add(1, Ordering::Relaxed) >= self.parts {
            return Ok(None);
        }
        self.counts.bytes.fetch_add(length, Ordering::Relaxed);
        let (start, length) = (start as usize, length as usize);
        let part = self.blob[start..start + length].to_vec();
        Ok(Some(Box::new(io::Cursor::new(part))))
    }
}

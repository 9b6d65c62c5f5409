//! Every layer indexed: in parallel, or as it passes by. What comes in is an opened
//! image and what to keep of it; what goes out is its layers, base first, each
//! checked against what the manifest promised.

mod again;
mod event;
mod pass;
mod replaced;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

pub use again::{AgainError, Open, Take, read_again};
pub use event::{Ending, Event, Held, Listener};
pub use pass::{Members, Passed, pass, pass_all};
pub use replaced::{hash_replaced, remember};

use crate::base::NotBase;
use crate::cache::{Cache, Key};
use crate::codec::{CodecError, Compression, Stream, is_bomb};
use crate::layer::{Keep, Layer, LayerError, MOST_ENTRIES, Oddity, index_stream, index_window};
use crate::rootfs::{LayerNo, StackError};
use crate::source::{Blob, Image, LayerInfo, Remark, Remote, SourceError};
use crate::tarfile::TarError;
use crate::toc::{self, Taken, TocError};
use crate::units::Bytes;

/// How to read the layers.
#[derive(Debug, Clone)]
pub struct How {
    /// How many layers at once.
    pub jobs: NonZeroUsize,
    /// Read every byte, so that every digest is checked, also where seeking or a
    /// table of contents would do.
    pub verify: bool,
    /// Where layers are looked up before they are opened, and kept once they are read.
    pub cache: Option<Arc<Cache>>,
}

impl Default for How {
    fn default() -> How {
        How {
            jobs: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            verify: false,
            cache: None,
        }
    }
}

/// The kernel mounts 500 at once (overlayfs), engines fewer.
const MOST_LAYERS: usize = 1000;

/// Why an image could not be scanned.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// A layer cannot be opened.
    #[error("cannot open layer {no} of {of}")]
    Open {
        /// Base layer 0.
        no: usize,
        /// How many there are.
        of: usize,
        /// Why.
        #[source]
        error: SourceError,
    },
    /// A layer cannot be read.
    #[error("cannot read layer {no} of {of}{}", name(.digest))]
    Layer {
        /// Base layer 0.
        no: usize,
        /// How many there are.
        of: usize,
        /// By the manifest.
        digest: Option<crate::digest::Digest>,
        /// Why.
        #[source]
        error: LayerError,
    },
    /// What passes by makes no image.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The layers do not make a tree.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The layers are small one by one, and not in sum.
    #[error("the layers {0}")]
    Sum(&'static str),
    /// The image does not stand on the base that the user named.
    #[error(transparent)]
    Base(#[from] NotBase),
    /// More layers than anything can mount.
    #[error("the image has {0} layers; imgsize reads up to {MOST_LAYERS}")]
    TooMany(usize),
}

fn name(digest: &Option<crate::digest::Digest>) -> String {
    digest.map_or_else(String::new, |digest| format!(" ({digest})"))
}

impl ScanError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            ScanError::Open { error, .. } | ScanError::Source(error) => error.hint(),
            ScanError::Layer { error, .. } => {
                failed_source(error).map_or_else(|| error.hint(), SourceError::hint)
            }
            ScanError::Base(error) => Some(error.hint()),
            ScanError::Stack(_) | ScanError::Sum(_) | ScanError::TooMany(_) => {
                Some("no engine would unpack this image; build it again")
            }
        }
    }
}

/// The source that failed under a layer while it was read.
fn failed_source(error: &LayerError) -> Option<&SourceError> {
    match error {
        LayerError::Codec(CodecError::Read(error))
        | LayerError::Tar(TarError::Codec(CodecError::Read(error))) => {
            error.get_ref()?.downcast_ref()
        }
        _ => None,
    }
}

/// Indexes every layer of an image; the same for any number of jobs.
pub fn scan(
    image: &dyn Image,
    keep: &Keep<'_>,
    how: &How,
    listener: &Listener<'_>,
) -> Result<Vec<Arc<Layer>>, ScanError> {
    let infos = &image.info().layers;
    if infos.len() > MOST_LAYERS {
        return Err(ScanError::TooMany(infos.len()));
    }
    // The longest first: the last to finish decides how long it takes.
    let mut order: Vec<usize> = (0..infos.len()).collect();
    order.sort_by_key(|&no| (std::cmp::Reverse(infos[no].size), no));

    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let done = Mutex::new(BTreeMap::new());
    let sum = Mutex::new(Sum::default());
    let work = || {
        while let Some(&no) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            if failed.load(Ordering::Relaxed) {
                break;
            }
            listener(Event::Begun(no as LayerNo));
            let layer = read(image, no, keep, how, listener).and_then(|(layer, ending)| {
                let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
                sum.add(&layer).map(|()| (layer, ending))
            });
            let (layer, ending) = match layer {
                Ok((layer, ending)) => (Ok(layer), ending),
                Err(error) => (Err(error), Ending::Failed),
            };
            if let Ok(layer) = &layer {
                listener(Event::Holds(no as LayerNo, Held::by(layer)));
            }
            listener(Event::Done(no as LayerNo, ending));
            failed.fetch_or(layer.is_err(), Ordering::Relaxed);
            done.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(no, layer);
        }
    };
    let others = how.jobs.get().min(infos.len()).saturating_sub(1);
    thread::scope(|scope| {
        for _ in 0..others {
            scope.spawn(work);
        }
        work();
    });
    // Of several failures the lowest layer's is told, whichever came first.
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.into_values()
        .map(|layer| layer.map(Arc::new))
        .collect()
}

/// What the layers hold together: one may be in an image many times.
#[derive(Default)]
struct Sum {
    entries: usize,
    plain: u64,
    stored: u64,
}

impl Sum {
    fn add(&mut self, layer: &Layer) -> Result<(), ScanError> {
        self.entries += layer.entries.len();
        self.plain = self.plain.saturating_add(layer.plain().0);
        self.stored = self.stored.saturating_add(layer.blob.0);
        if self.entries > MOST_ENTRIES {
            return Err(ScanError::Sum("have over 16 million entries"));
        }
        match is_bomb(self.plain, self.stored) {
            true => Err(ScanError::Sum(
                "unpack to over 8 GiB and over 200 times their size",
            )),
            false => Ok(()),
        }
    }
}

fn read(
    image: &dyn Image,
    no: usize,
    keep: &Keep<'_>,
    how: &How,
    listener: &Listener<'_>,
) -> Result<(Layer, Ending), ScanError> {
    let info = &image.info().layers[no];
    let passed = |bytes| listener(Event::Passed(no as LayerNo, Bytes(bytes)));
    // A layer that is not there stays so, also where another image brought it.
    let is_there = !image.info().remarks.contains(&Remark::Foreign(no));
    let known = Key::of(info).filter(|_| is_there).zip(how.cache.as_deref());
    // Who asks for every byte to be read is not answered from memory.
    if let Some((key, cache)) = known.as_ref().filter(|_| !how.verify)
        && let Some(layer) = cache.get(key)
    {
        return Ok((layer, Ending::Known));
    }
    let failed = |error| failed(image, no, error);
    let blob = image.open_layer(no).map_err(|error| failed(error.into()))?;
    let mut odd = None;
    if let Blob::Remote(remote) = &blob
        && !how.verify
    {
        match by_table(&**remote, info, keep, known.as_ref()).map_err(failed)? {
            ByTable::Known(layer) => return Ok((*layer, Ending::Known)),
            ByTable::Read(layer) => {
                passed(info.size.0);
                return Ok((*layer, Ending::Read));
            }
            ByTable::Whole(oddity) => odd = oddity,
        }
    }
    let layer = index(blob, info, keep, how.verify, &passed);
    let mut layer = layer.map_err(|error| failed(error.into()))?;
    if let Some((key, cache)) = known {
        cache.put(&key, &layer);
    }
    // Not in the cache: the same blob may be in an image that vouches for another table.
    layer.oddities.extend(odd);
    Ok((layer, Ending::Read))
}

/// What reading by a table of contents came to.
enum ByTable {
    /// It was read so before.
    Known(Box<Layer>),
    Read(Box<Layer>),
    /// The blob has to be read, and what is wrong with its table.
    Whole(Option<Oddity>),
}

/// Reads a layer by its table of contents, if the image vouches for one.
fn by_table(
    remote: &dyn Remote,
    info: &LayerInfo,
    keep: &Keep<'_>,
    known: Option<&(Key<'_>, &Cache)>,
) -> Result<ByTable, TocError> {
    let Some(promise) = &info.toc else {
        return Ok(ByTable::Whole(None));
    };
    if let Some(layer) = known.and_then(|(key, cache)| cache.get_by_table(key)) {
        return Ok(ByTable::Known(Box::new(layer)));
    }
    match toc::read(remote, promise, info.size, keep)? {
        Taken::Layer(layer) => {
            if let Some((key, cache)) = known {
                cache.put(key, &layer);
            }
            Ok(ByTable::Read(layer))
        }
        Taken::Whole(oddity) => Ok(ByTable::Whole(oddity)),
    }
}

/// An error with the layer that it is about.
fn failed(image: &dyn Image, no: usize, error: TocError) -> ScanError {
    let info = &image.info().layers[no];
    let of = image.info().layers.len();
    match error {
        TocError::Source(error) => ScanError::Open { no, of, error },
        TocError::Layer(error) => ScanError::Layer {
            no,
            of,
            digest: info.digest.or(info.diff_id),
            error,
        },
    }
}

fn index(
    blob: Blob,
    info: &LayerInfo,
    keep: &Keep<'_>,
    verify: bool,
    passed: &dyn Fn(u64),
) -> Result<Layer, LayerError> {
    let layer = match blob {
        // What has passed by, `pass` has kept.
        Blob::Absent | Blob::Passed(_) => return Ok(Layer::absent(info.size)),
        Blob::Window(window) => {
            if is_plain(&window)? && !verify {
                return index_window(window, keep, passed);
            }
            index_stream(
                Stream::open(window, info.digest, info.diff_id)?,
                keep,
                passed,
            )?
        }
        Blob::Remote(remote) => index_stream(
            Stream::open(remote.stream(), info.digest, info.diff_id)?,
            keep,
            passed,
        )?,
        Blob::Stream(stream) => index_stream(
            Stream::open(stream, info.digest, info.diff_id)?,
            keep,
            passed,
        )?,
    };
    as_promised(&layer, info)?;
    Ok(layer)
}

/// Is this layer what the manifest promises?
fn as_promised(layer: &Layer, info: &LayerInfo) -> Result<(), LayerError> {
    if layer.blob != info.size {
        return Err(LayerError::Size {
            promised: info.size.0,
            found: layer.blob.0,
        });
    }
    if let (Some(promised), Some(found)) = (info.digest, layer.digest)
        && promised != found
    {
        return Err(LayerError::Digest { promised, found });
    }
    Ok(())
}

/// Is this an uncompressed blob, so that bodies can be jumped over?
fn is_plain(window: &crate::codec::Window) -> Result<bool, LayerError> {
    use std::io::Read as _;
    let mut start = Vec::new();
    window
        .clone()
        .take(6)
        .read_to_end(&mut start)
        .map_err(crate::codec::CodecError::Read)?;
    Ok(!start.is_empty() && Compression::sniff(&start) == Compression::None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_layers_are_no_way_around_the_limit_of_one() {
        let mut layer = Layer::absent(Bytes(1 << 20));
        layer.overhead = Bytes(3 << 30);
        let mut sum = Sum::default();
        let results: Vec<bool> = (0..4).map(|_| sum.add(&layer).is_ok()).collect();
        assert_eq!(results, [true, true, false, false]);
    }
}

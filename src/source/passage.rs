//! An archive that passes by once, in its maker's order: the manifest comes first
//! or last, layers before anybody knows whose they are. What is small is kept;
//! all else is shown to whoever listens, and gone.

use std::io::{self, Cursor, Read};
use std::sync::Arc;

use super::index::LARGEST_INDEX;
use super::members::Members;
use super::store::{Passed, Store, broken, empty_tar, looks_like};
use super::{
    Blob, Choice, Image, ImageInfo, Origin, Place, Platforms, SourceError, docker, read, read_all,
};
use crate::codec::{self, CodecError, Compression, Tape};
use crate::digest::Digest;
use crate::tarfile::{self, TarError, Walk};
use crate::units::Bytes;

/// What the documents of an archive may take in memory, all together.
const MOST_KEPT: u64 = 64 << 20;
/// What is not JSON and yet kept: a version number, a document that is damaged.
const SMALL: u64 = 64 << 10;
/// What may stand behind the end of a tar: padding, and the end of what packs it.
const MOST_BEHIND: u64 = 64 << 20;

/// The bytes of an archive, once they are asked for.
type Start = Box<dyn FnOnce() -> Result<Box<dyn Read + Send>, SourceError> + Send>;

/// An archive that has not passed by yet.
pub struct Passage {
    origin: Origin,
    choice: Choice,
    promise: Option<Promise>,
    start: Option<Start>,
    walk: Walk<Flow>,
    /// What stopped a reader of a member.
    failed: Option<TarError>,
    members: Members<Passed>,
    /// How many of [`MOST_KEPT`] are left.
    room: u64,
    shown: usize,
    /// What was read of the present member to see what it is.
    head: Vec<u8>,
}

/// What is known of an image before its archive is asked for.
#[derive(Debug, Clone)]
pub struct Promise {
    /// What tells the image from every other: whoever says the same means the same.
    pub id: String,
    /// The diff IDs of its layers, base first.
    pub diff_ids: Vec<Digest>,
    /// About as much will pass by.
    pub size: Bytes,
}

/// A member that passes by and was not kept: perhaps a layer. May be read, or not.
pub struct Passing<'p> {
    /// By this number [`Blob::Passed`](super::Blob::Passed) will speak of it.
    pub no: usize,
    /// The digest that its path promises: which algorithm to hash by.
    pub digest: Option<Digest>,
    head: &'p [u8],
    walk: &'p mut Walk<Flow>,
    failed: &'p mut Option<TarError>,
}

impl Passage {
    /// The archive that `start` will begin to send.
    pub(super) fn new(
        origin: &Origin,
        choice: &Choice,
        promise: Option<Promise>,
        start: impl FnOnce() -> Result<Box<dyn Read + Send>, SourceError> + Send + 'static,
    ) -> Passage {
        Passage {
            origin: origin.clone(),
            choice: choice.clone(),
            promise,
            start: Some(Box::new(start)),
            walk: Walk::new(Flow::new(Box::new(io::empty()))),
            failed: None,
            members: Members::new(),
            room: MOST_KEPT,
            shown: 0,
            head: Vec::new(),
        }
    }

    /// The place that it comes from; what it is, it tells only once it has passed by.
    pub fn source(&self) -> String {
        match &self.origin.place {
            Place::At(keeper, name) => format!("{}:{name}", keeper.name()),
            place => place.to_string(),
        }
    }

    /// `None` where nobody says anything before the archive does.
    pub fn promise(&self) -> Option<&Promise> {
        self.promise.as_ref()
    }

    /// What the image said of itself when it passed by before, under today's name.
    pub fn remembered(&self, mut info: ImageInfo) -> Box<dyn Image> {
        self.origin.name(&mut info, "");
        Box::new(Remembered(info))
    }

    /// So many bytes of the archive have passed by, unpacked.
    pub fn passed(&self) -> Bytes {
        Bytes(self.walk.position())
    }

    /// The next member that is not kept, which may be a layer; `None` behind the last.
    pub fn member(&mut self) -> Result<Option<Passing<'_>>, SourceError> {
        if let Some(start) = self.start.take() {
            self.walk = Walk::new(Flow::begin(start()?, &self.origin)?);
        }
        loop {
            if let Some(error) = self.failed.take() {
                return Err(self.broken(error));
            }
            let member = match self.walk.next() {
                Ok(Some(member)) => member,
                Ok(None) => return Ok(None),
                Err(error) => return Err(self.broken(error)),
            };
            let mut shown = None;
            let (walk, head) = (&mut self.walk, &mut self.head);
            let body = || -> Result<Passed, Stop> {
                let length = member.stored;
                let why = match look(walk, head, length, self.room)? {
                    Look::Kept(bytes) => {
                        self.room -= length;
                        return Ok(Passed::Kept(bytes));
                    }
                    Look::Layer => "it is a layer, and no document",
                    Look::NoRoom => "the documents before it hold over 64 MiB",
                };
                let no = self.shown;
                self.shown += 1;
                shown = Some(no);
                Ok(Passed::Gone { no, length, why })
            };
            match self.members.add(&member, body) {
                Ok(()) => {}
                Err(Stop::Source(error)) => return Err(error),
                Err(Stop::Tar(error)) => return Err(self.broken(error)),
            }
            if let Some(no) = shown {
                let path = String::from_utf8_lossy(&member.path);
                return Ok(Some(Passing {
                    no,
                    digest: docker::digest_in(&path),
                    head: &self.head,
                    walk: &mut self.walk,
                    failed: &mut self.failed,
                }));
            }
        }
    }

    /// Behind the last member: the image that the documents tell of. Its layers are
    /// [`Blob::Passed`](super::Blob::Passed), but for what was kept.
    pub fn finish(self) -> Result<Box<dyn Image>, SourceError> {
        let (store, origin, choice) = self.store()?;
        read(store, &origin, &choice)
    }

    /// [`Passage::finish`], for every platform of the image.
    pub fn finish_all(self) -> Result<Platforms, SourceError> {
        let (store, origin, choice) = self.store()?;
        read_all(store, &origin, &choice)
    }

    fn store(self) -> Result<(Store, Origin, Choice), SourceError> {
        if self.members.is_empty() {
            return Err(empty_tar());
        }
        let Passage {
            origin,
            choice,
            walk,
            members,
            ..
        } = self;
        // Whoever writes into a pipe should not find it closed, and what packs the
        // archive may have a checksum at its end.
        let mut flow = walk.into_tape();
        flow.skip(MOST_BEHIND)
            .map_err(|error| broken_stream(&origin, error))?;
        Ok((Store::Passed(members), origin, choice))
    }

    fn broken(&self, error: TarError) -> SourceError {
        match error {
            TarError::Codec(error) => broken_stream(&self.origin, error),
            error => broken(error),
        }
    }
}

fn broken_stream(origin: &Origin, error: CodecError) -> SourceError {
    match error {
        CodecError::Read(error) => match error.downcast::<SourceError>() {
            Ok(error) => error,
            Err(error) => SourceError::Read(origin.place.to_string(), error),
        },
        error => SourceError::Unpack(error),
    }
}

/// What a member is, as far as it has been seen.
enum Look {
    Kept(Arc<[u8]>),
    Layer,
    NoRoom,
}

/// Looks at the first block of a member's body, and keeps all of it if it may be
/// a document. What is larger than any, or like none, can be a layer only.
fn look(
    walk: &mut Walk<Flow>,
    head: &mut Vec<u8>,
    length: u64,
    room: u64,
) -> Result<Look, TarError> {
    head.resize(length.min(512) as usize, 0);
    walk.read_body(head)?;
    let is_layer = Compression::sniff(head) != Compression::None || tarfile::begins(head);
    let is_json = matches!(head.trim_ascii_start(), [b'{' | b'[', ..]);
    let is_small = length <= SMALL || (is_json && length <= LARGEST_INDEX);
    if is_layer || !is_small {
        return Ok(Look::Layer);
    }
    if length > room {
        return Ok(Look::NoRoom);
    }
    let mut bytes = std::mem::take(head);
    // As long as the member says, which was found to be little.
    let seen = bytes.len();
    bytes.resize(length as usize, 0);
    walk.read_body(&mut bytes[seen..])?;
    Ok(Look::Kept(bytes.into()))
}

/// An image of which nothing is read again.
struct Remembered(ImageInfo);

impl Image for Remembered {
    fn info(&self) -> &ImageInfo {
        &self.0
    }

    fn open_layer(&self, _: usize) -> Result<Blob, SourceError> {
        Ok(Blob::Absent)
    }
}

/// What ends a look at a member.
enum Stop {
    Source(SourceError),
    Tar(TarError),
}

impl From<SourceError> for Stop {
    fn from(error: SourceError) -> Stop {
        Stop::Source(error)
    }
}

impl From<TarError> for Stop {
    fn from(error: TarError) -> Stop {
        Stop::Tar(error)
    }
}

impl Read for Passing<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if !self.head.is_empty() {
            return self.head.read(buf);
        }
        self.walk.read_body(buf).map_err(|error| {
            // Whoever reads takes it for a fault of the layer; it is one of the archive.
            *self.failed = Some(error);
            io::Error::other("the archive around it is broken")
        })
    }
}

/// A stream as a tape: what is skipped is read too.
struct Flow {
    source: Box<dyn Read + Send>,
    taken: u64,
}

impl Flow {
    fn new(source: Box<dyn Read + Send>) -> Flow {
        Flow { source, taken: 0 }
    }

    /// The plain bytes of an archive, if they look like one.
    fn begin(source: Box<dyn Read + Send>, origin: &Origin) -> Result<Flow, SourceError> {
        let unpack = |error| broken_stream(origin, error);
        let mut flow = Flow::new(codec::unpacked(source).map_err(unpack)?);
        let mut start = vec![0; 64];
        let count = Tape::read(&mut flow, &mut start).map_err(unpack)?;
        start.truncate(count);
        if let Some(error) = looks_like(&start) {
            return Err(error);
        }
        Ok(Flow::new(Box::new(Cursor::new(start).chain(flow.source))))
    }
}

impl Tape for Flow {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        let mut filled = 0;
        while filled < buf.len() {
            match self.source.read(&mut buf[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(codec::of_io(error)),
            }
        }
        self.taken += filled as u64;
        Ok(filled)
    }

    fn skip(&mut self, count: u64) -> Result<u64, CodecError> {
        let mut trash = vec![0; count.min(64 * 1024) as usize];
        let mut left = count;
        while left > 0 {
            let want = left.min(trash.len() as u64) as usize;
            let got = Tape::read(self, &mut trash[..want])?;
            left -= got as u64;
            if got < want {
                break;
            }
        }
        Ok(count - left)
    }

    fn taken(&self) -> u64 {
        self.taken
    }
}

//! Contents that were seen once, read again after the analysis: for whoever wants to
//! look at a file, or to have it. What is read is checked to be what was indexed.

mod content;
mod error;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io::{self, Read};
use std::ops::ControlFlow;

use super::is_plain;
use crate::codec::{Stream, Tape, Window};
use crate::digest::Digest;
use crate::layer::{EntryKind, EntryNo, Layer, entry_path};
use crate::path::ImagePath;
use crate::rootfs::{BodyId, LayerNo, Rootfs};
use crate::source::{Blob, Image, ImageInfo, Opened, Passage, Passing, Remote, SourceError};
use crate::tarfile::{Kind, Member, Walk};
use crate::toc::{self, TocError};
use crate::units::Bytes;
use content::{Content, Told};
pub use error::AgainError;
use error::of_layer;

/// Opens the image once more. Is asked once for an image that can be read anywhere, and
/// as often as it has to pass by for one that passes by.
pub type Open<'o> = dyn FnMut() -> Result<Opened, SourceError> + 'o;

/// Takes a content: as many bytes as the body's size, the holes of a sparse file as
/// zeros. Need not be read to its end. An error of the reader need not be told: it stops
/// [`read_again`] anyway.
pub type Take<'t> = dyn FnMut(BodyId, &mut dyn Read) -> ControlFlow<()> + 't;

/// Reads the contents of these bodies again, in whatever order they are named: layer by
/// layer, of an archive that passes by in the order of that. Each is taken once, also if
/// it is named twice; none once `take` broke off, which is no error.
///
/// A content that is read to its end is checked against the hash that the index has of
/// it, if it has one: its last bytes are an error instead if it is another.
///
/// `progress` hears how many of a layer's stored bytes have passed so far.
pub fn read_again(
    open: &mut Open<'_>,
    fs: &Rootfs,
    bodies: &[BodyId],
    take: &mut Take<'_>,
    progress: &dyn Fn(Bytes),
) -> Result<(), AgainError> {
    // Bodies are numbered in the order in which the layers store them.
    let mut bodies = bodies.to_vec();
    bodies.sort_unstable();
    bodies.dedup();
    let mut wanted: BTreeMap<LayerNo, Vec<BodyId>> = BTreeMap::new();
    for id in bodies {
        wanted.entry(fs.body(id).layer).or_default().push(id);
    }
    let mut again = Again {
        fs,
        wanted,
        take,
        progress,
    };
    let mut places = None;
    while !again.wanted.is_empty() {
        let read = match open()? {
            Opened::Image(image) => again.image(&*image),
            Opened::Passage(passage) => again.passage(*passage, &mut places),
        };
        match read {
            Ok(()) => {}
            Err(End::Enough) => break,
            Err(End::Failed(error)) => return Err(error),
        }
    }
    Ok(())
}

/// Which member of an archive is which layers: one may be in an image twice.
type Places = BTreeMap<usize, Vec<LayerNo>>;

/// Why reading ends before all was read.
enum End {
    /// Nobody wants more.
    Enough,
    Failed(AgainError),
}

impl From<AgainError> for End {
    fn from(error: AgainError) -> End {
        End::Failed(error)
    }
}

impl From<SourceError> for End {
    fn from(error: SourceError) -> End {
        End::Failed(error.into())
    }
}

struct Again<'a, 't> {
    fs: &'a Rootfs,
    /// What has not been read yet, in the order of each layer.
    wanted: BTreeMap<LayerNo, Vec<BodyId>>,
    take: &'a mut Take<'t>,
    progress: &'a dyn Fn(Bytes),
}

impl<'a> Again<'a, '_> {
    fn indexed(&self, no: LayerNo) -> &'a Layer {
        &self.fs.layers()[usize::from(no)]
    }

    fn image(&mut self, image: &dyn Image) -> Result<(), End> {
        while let Some((&no, _)) = self.wanted.first_key_value() {
            self.compare(no, image.info())?;
            let blob = image.open_layer(usize::from(no))?;
            self.blob(no, blob)?;
        }
        Ok(())
    }

    /// Lets an archive pass by. Its documents, which say whose its members are, may come
    /// last: a member whose path does not tell its digest is known the next time only.
    fn passage(&mut self, mut passage: Passage, places: &mut Option<Places>) -> Result<(), End> {
        let before = self.wanted.len();
        while let Some(mut member) = passage.member()? {
            let Some(no) = self.whose(&member, places.as_ref()) else {
                continue;
            };
            if let Err(end) = self.stream(no, &mut member) {
                // It may be the archive around it that is broken.
                if matches!(end, End::Failed(AgainError::Read(..))) {
                    passage.member()?;
                }
                return Err(end);
            }
            if self.wanted.is_empty() {
                return Ok(());
            }
        }
        match places {
            Some(_) if self.wanted.len() < before => Ok(()),
            Some(_) => {
                let no = self.wanted.keys().next().copied();
                Err(AgainError::Changed(no.unwrap_or_default()).into())
            }
            None => {
                *places = Some(self.places(&*passage.finish()?)?);
                Ok(())
            }
        }
    }

    /// The layer that a member is, of those that are wanted.
    fn whose(&self, member: &Passing<'_>, places: Option<&Places>) -> Option<LayerNo> {
        let is_it = |no: LayerNo| match places {
            Some(places) => places.get(&member.no).is_some_and(|all| all.contains(&no)),
            None => member.digest.is_some() && self.indexed(no).digest == member.digest,
        };
        self.wanted.keys().copied().find(|&no| is_it(no))
    }

    /// Where the layers that are wanted were, in an archive that has passed by; what was
    /// kept of it is read at once.
    fn places(&mut self, image: &dyn Image) -> Result<Places, End> {
        let mut places = Places::new();
        let all: Vec<LayerNo> = self.wanted.keys().copied().collect();
        for no in all {
            self.compare(no, image.info())?;
            match image.open_layer(usize::from(no))? {
                Blob::Passed(member) => places.entry(member).or_default().push(no),
                blob => self.blob(no, blob)?,
            }
        }
        Ok(places)
    }

    /// Does the image still promise the layer that was indexed?
    fn compare(&self, no: LayerNo, info: &ImageInfo) -> Result<(), AgainError> {
        let layer = self.indexed(no);
        let is_other = |promised: Option<Digest>, found: Option<Digest>| match (promised, found) {
            (Some(promised), Some(found)) => {
                promised.algorithm() == found.algorithm() && promised != found
            }
            _ => false,
        };
        match info.layers.get(usize::from(no)) {
            Some(promised)
                if promised.size == layer.blob
                    && !is_other(promised.digest, layer.digest)
                    && !is_other(promised.diff_id, layer.diff_id) =>
            {
                Ok(())
            }
            _ => Err(AgainError::Changed(no)),
        }
    }

    /// Reads what is wanted of a layer.
    fn blob(&mut self, no: LayerNo, blob: Blob) -> Result<(), End> {
        let is_listed = self.indexed(no).toc().is_some();
        match blob {
            Blob::Window(window) => {
                let is_plain = is_plain(&window).map_err(|error| of_layer(no, error))?;
                match is_plain && !is_listed {
                    true => self.window(no, &window),
                    false => self.stream(no, &mut { window }),
                }
            }
            Blob::Remote(remote) if is_listed => self.listed(no, &*remote),
            Blob::Remote(remote) => self.stream(no, &mut *remote.stream()),
            Blob::Stream(mut stream) => self.stream(no, &mut *stream),
            Blob::Passed(_) | Blob::Absent => Err(AgainError::Gone(no).into()),
        }
    }

    /// Where nothing is compressed: straight to each content, by way of its header.
    fn window(&mut self, no: LayerNo, window: &Window) -> Result<(), End> {
        for id in self.wanted.remove(&no).unwrap_or_default() {
            let (first, start) = before(self.indexed(no), self.fs.body(id).entry);
            let mut tape = window.clone();
            tape.seek(start);
            self.numbered(no, tape, first, start, &[id])?;
        }
        Ok(())
    }

    /// Through a blob, up to the last content that is wanted.
    fn stream(&mut self, no: LayerNo, source: &mut dyn Read) -> Result<(), End> {
        let bodies = self.wanted.remove(&no).unwrap_or_default();
        let layer = self.indexed(no);
        let tape = Stream::open(source, layer.digest, layer.diff_id);
        let tape = tape.map_err(|error| of_layer(no, error.into()))?;
        match layer.toc() {
            None => self.numbered(no, tape, 0, 0, &bodies),
            Some(_) => self.named(no, tape, &bodies),
        }
    }

    /// Content by content from a server; what the table of contents does not know of is
    /// the table itself, for which the blob is read.
    fn listed(&mut self, no: LayerNo, remote: &dyn Remote) -> Result<(), End> {
        let bodies = self.wanted.remove(&no).unwrap_or_default();
        let (fs, layer) = (self.fs, self.indexed(no));
        let mut known: Vec<EntryNo> = Vec::new();
        let mut ids = HashMap::new();
        let mut others = Vec::new();
        for id in bodies {
            let entry = fs.body(id).entry;
            match layer.toc().and_then(|toc| toc.content(entry)) {
                Some(_) => {
                    known.push(entry);
                    ids.insert(entry, id);
                }
                None if fs.body(id).size == Bytes::ZERO => self.give(id, &mut io::empty())?,
                None => others.push(id),
            }
        }
        let take = &mut *self.take;
        let mut give = |entry: EntryNo, content: &mut dyn Read| match ids.get(&entry) {
            Some(&id) => take(id, content),
            None => ControlFlow::Continue(()),
        };
        match toc::show(remote, layer, &known, &mut give, self.progress) {
            Ok(ControlFlow::Continue(())) => {}
            Ok(ControlFlow::Break(())) => return Err(End::Enough),
            Err(TocError::Source(error)) => return Err(error.into()),
            Err(TocError::Layer(error)) => return Err(of_layer(no, error).into()),
        }
        if others.is_empty() {
            return Ok(());
        }
        self.wanted.insert(no, others);
        self.stream(no, &mut *remote.stream())
    }

    /// Contents by their numbers; the tape stands at `start`, before the entry `first`.
    fn numbered(
        &mut self,
        no: LayerNo,
        tape: impl Tape,
        first: EntryNo,
        start: u64,
        bodies: &[BodyId],
    ) -> Result<(), End> {
        let (fs, layer) = (self.fs, self.indexed(no));
        let mut walk = self.walk(tape);
        let mut next = first;
        for &id in bodies {
            let body = fs.body(id);
            let member = loop {
                let member = walk.next().map_err(|error| of_layer(no, error.into()))?;
                let member = member.ok_or(AgainError::Changed(no))?;
                next += 1;
                if next > body.entry {
                    break member;
                }
            };
            let entry = fs.entry(body);
            let place = (start.saturating_add(member.body), member.stored);
            if place != entry.body
                || member.mtime != entry.mtime
                || Bytes(member.size) != body.size
                || member.kind != Kind::File
                || entry_path(&member.path).as_bytes() != layer.path(entry)
            {
                return Err(AgainError::Changed(no).into());
            }
            self.show(id, &mut walk, &member)?;
        }
        Ok(())
    }

    /// Contents by their names: a table of contents may leave out members of its tar.
    fn named(&mut self, no: LayerNo, tape: impl Tape, bodies: &[BodyId]) -> Result<(), End> {
        let (fs, layer) = (self.fs, self.indexed(no));
        let mut wanted: HashMap<(ImagePath, Bytes), VecDeque<BodyId>> = HashMap::new();
        for &id in bodies {
            let body = fs.body(id);
            let key = (ImagePath::new(layer.path(fs.entry(body))), body.size);
            wanted.entry(key).or_default().push_back(id);
        }
        let mut left = bodies.len();
        let mut walk = self.walk(tape);
        while left > 0 {
            let member = walk.next().map_err(|error| of_layer(no, error.into()))?;
            let member = member.ok_or(AgainError::Changed(no))?;
            if member.kind != Kind::File {
                continue;
            }
            let found = wanted.get_mut(&(entry_path(&member.path), Bytes(member.size)));
            if let Some(id) = found.and_then(VecDeque::pop_front) {
                self.show(id, &mut walk, &member)?;
                left -= 1;
            }
        }
        Ok(())
    }

    fn walk<T: Tape>(&self, tape: T) -> Walk<Told<'a, T>> {
        Walk::new(Told {
            tape,
            progress: self.progress,
        })
    }

    /// Shows the present member of a tar.
    fn show<T: Tape>(
        &mut self,
        id: BodyId,
        walk: &mut Walk<T>,
        member: &Member,
    ) -> Result<(), End> {
        let body = self.fs.body(id);
        let mut content = Content::new(walk, member, self.fs.entry(body).hash);
        let given = self.give(id, &mut content);
        match content.failed {
            Some(error) => Err(of_layer(body.layer, error.into()).into()),
            None if content.is_other => Err(AgainError::Changed(body.layer).into()),
            None => given,
        }
    }

    fn give(&mut self, id: BodyId, content: &mut dyn Read) -> Result<(), End> {
        match (self.take)(id, content) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(End::Enough),
        }
    }
}

/// An entry from which a walk comes to `no`, as near as can be, and where it stands in
/// the plain tar: behind a member that surely ends where its body does. Directories of
/// old archives have bodies that nobody sees.
fn before(layer: &Layer, no: EntryNo) -> (EntryNo, u64) {
    let entries = layer.entries.get(..no as usize).unwrap_or_default();
    let is_sure = |kind| {
        matches!(
            kind,
            EntryKind::File | EntryKind::Symlink | EntryKind::Hardlink | EntryKind::Special
        )
    };
    let found = entries.iter().rposition(|entry| is_sure(entry.kind));
    let place = found.and_then(|at| {
        let (start, length) = entries[at].body;
        let end = start.checked_add(length)?.checked_next_multiple_of(512)?;
        Some((at as EntryNo + 1, end))
    });
    place.unwrap_or_default()
}

#[cfg(test)]
mod tests;

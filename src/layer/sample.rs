//! A file that is too large to keep, boiled down while it is at hand. What comes in
//! is its content, passing by or behind a window; what goes out is the little that
//! somebody will want to know of it.

use std::io::{self, Read, Seek, SeekFrom};

use super::Candidate;
use crate::codec::{Tape, Window};

/// What to keep of a file's content.
#[derive(Clone, Copy)]
pub enum Want {
    /// Nothing.
    Nothing,
    /// So many bytes from its start.
    Head(u64),
    /// What this makes of it.
    Essence(&'static Distiller),
}

/// Makes little of much: of a program its sections, of an archive its list.
pub struct Distiller {
    /// Files that begin with one of these are its own, and no others.
    pub magic: &'static [&'static [u8]],
    /// Up to this size all of the content is there to be read. Of larger files it is
    /// the first [`HEAD`] and the last [`TAIL`] bytes, however they are stored.
    pub whole: u64,
    /// What is kept, up to [`LARGEST_ESSENCE`] bytes; `None` for nothing.
    pub boil: fn(&mut Sample<'_>) -> Option<Vec<u8>>,
}

/// See [`Distiller::whole`].
pub const HEAD: u64 = 64 << 10;
/// See [`Distiller::whole`].
pub const TAIL: u64 = 2 << 20;
/// The most that is kept of one file; more is kept as nothing.
pub const LARGEST_ESSENCE: usize = 4 << 20;

impl Want {
    /// So many bytes from the start of the file, if any.
    pub fn head(bytes: u64) -> Want {
        match bytes {
            0 => Want::Nothing,
            bytes => Want::Head(bytes),
        }
    }
}

/// How many leading bytes, where nothing is boiled down.
impl From<u64> for Want {
    fn from(bytes: u64) -> Want {
        Want::head(bytes)
    }
}

impl Distiller {
    /// Is a file with this beginning its own?
    pub(super) fn takes(&self, start: &[u8]) -> bool {
        self.magic.iter().any(|magic| start.starts_with(magic))
    }

    /// The parts of a file of this size that can be read: up to where, and from where.
    fn visible(&self, size: u64) -> (u64, u64) {
        match size <= self.whole {
            true => (size, size),
            false => (HEAD.min(size), size.saturating_sub(TAIL).max(HEAD)),
        }
    }

    /// Boils down a content.
    pub(super) fn boil(&self, mut sample: Sample<'_>) -> Option<Vec<u8>> {
        let essence = (self.boil)(&mut sample)?;
        (essence.len() <= LARGEST_ESSENCE).then_some(essence)
    }
}

/// A content that can be read in any order, where it is visible at all.
pub struct Sample<'s> {
    bytes: Source<'s>,
    visible: (u64, u64),
    size: u64,
    position: u64,
}

enum Source<'s> {
    Memory(&'s Gathered),
    /// A window, and where in it the content begins.
    Window(&'s mut Window, u64),
}

impl<'s> Sample<'s> {
    /// What was gathered as it passed by.
    pub(super) fn gathered(gathered: &'s Gathered) -> Sample<'s> {
        Sample {
            bytes: Source::Memory(gathered),
            visible: gathered.visible,
            size: gathered.size,
            position: 0,
        }
    }

    /// The content that begins at `start` in a window.
    pub(super) fn behind(
        window: &'s mut Window,
        start: u64,
        size: u64,
        distiller: &Distiller,
    ) -> Sample<'s> {
        Sample {
            bytes: Source::Window(window, start),
            visible: distiller.visible(size),
            size,
            position: 0,
        }
    }

    /// The content's size.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Some bytes of the content; `None` where they are not all there and visible.
    pub fn at(&mut self, start: u64, length: usize) -> Option<Vec<u8>> {
        let end = start.checked_add(length as u64)?;
        if end > self.size {
            return None;
        }
        let mut bytes = vec![0; length];
        self.position = start;
        self.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }
}

impl Read for Sample<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let (head, tail) = self.visible;
        let end = match self.position {
            at if at >= self.size => return Ok(0),
            at if at < head => head,
            at if at >= tail => self.size,
            _ => return Err(io::Error::other("this part of the file was not kept")),
        };
        let count = (end - self.position).min(buf.len() as u64) as usize;
        let buf = &mut buf[..count];
        let count = match &mut self.bytes {
            Source::Memory(gathered) => gathered.read(self.position, buf),
            Source::Window(window, start) => {
                window.seek(start.saturating_add(self.position));
                Tape::read(*window, buf).map_err(io::Error::other)?
            }
        };
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Sample<'_> {
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

/// The visible parts of a content, gathered as it passes by.
pub(super) struct Gathered {
    visible: (u64, u64),
    size: u64,
    passed: u64,
    bytes: Vec<u8>,
}

impl Gathered {
    /// Begins anew with the memory of `used`.
    pub(super) fn begin(mut used: Vec<u8>, size: u64, distiller: &Distiller) -> Gathered {
        used.clear();
        Gathered {
            visible: distiller.visible(size),
            size,
            passed: 0,
            bytes: used,
        }
    }

    /// The next piece.
    pub(super) fn push(&mut self, piece: &[u8]) {
        let (start, end) = (self.passed, self.passed + piece.len() as u64);
        let (head, tail) = self.visible;
        let part = |from: u64, to: u64| {
            let (from, to) = (from.max(start), to.min(end));
            let range = (from.saturating_sub(start)) as usize..(to.saturating_sub(start)) as usize;
            piece.get(range).unwrap_or_default()
        };
        self.bytes.extend_from_slice(part(0, head));
        self.bytes.extend_from_slice(part(tail, self.size));
        self.passed = end;
    }

    /// The memory, for another file.
    pub(super) fn into_memory(self) -> Vec<u8> {
        self.bytes
    }

    fn read(&self, position: u64, buf: &mut [u8]) -> usize {
        let (head, tail) = self.visible;
        let from = match position < head {
            true => position,
            false => position - tail + head,
        };
        let at_hand = self.bytes.get(from as usize..).unwrap_or_default();
        let count = at_hand.len().min(buf.len());
        buf[..count].copy_from_slice(&at_hand[..count]);
        count
    }
}

/// How many bytes of a file's content to keep, or what to make of it.
///
/// The one thing that travels against the stream: detectors know what they will
/// read, and neither room knows the other.
pub type Keep<'k> = dyn Fn(&Candidate<'_>) -> Want + Sync + 'k;

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;
    use std::sync::Arc;

    use super::*;

    static ENDS: Distiller = Distiller {
        magic: &[b"ab", b"#!"],
        whole: 100,
        boil: |sample| {
            let size = sample.size();
            let mut all = Vec::new();
            for at in [
                0,
                99,
                HEAD - 2,
                HEAD,
                size - TAIL.min(size),
                size - 2,
                size - 1,
            ] {
                all.extend(sample.at(at, 2).unwrap_or(b"--".to_vec()));
            }
            Some(all)
        },
    };

    fn both(size: u64) -> Vec<u8> {
        let content: Vec<u8> = (0..size).map(|at| b'a' + (at % 23) as u8).collect();
        let mut gathered = Gathered::begin(vec![1, 2], size, &ENDS);
        content.chunks(1000).for_each(|piece| gathered.push(piece));
        let passed = ENDS.boil(Sample::gathered(&gathered)).unwrap();

        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"before").unwrap();
        file.write_all(&content).unwrap();
        let file: Arc<File> = Arc::new(file);
        let mut window = Window::new(file, 0, size + 6);
        let sought = ENDS
            .boil(Sample::behind(&mut window, 6, size, &ENDS))
            .unwrap();
        assert_eq!(passed, sought, "{size}");
        passed
    }

    #[test]
    fn what_passes_by_and_what_is_sought_is_the_same() {
        // Nothing is hidden of what is no larger than its two ends.
        assert!(both(101).starts_with(b"abhi"));
        let large = both(TAIL + 2 * HEAD);
        assert_eq!(&large[..2], b"ab");
        assert_eq!(&large[6..8], b"--");
        assert!(!large[8..12].contains(&b'-'));
        assert_eq!(&large[12..], b"--");
    }

    #[test]
    fn only_its_own_files_are_taken() {
        assert!(ENDS.takes(b"#!/bin/sh"));
        assert!(!ENDS.takes(b"a"));
    }
}

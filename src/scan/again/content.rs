//! A content as it passes by once more, and the tape that it comes from.

use std::io::{self, Read};

use xxhash_rust::xxh3::Xxh3;

use crate::codec::{CodecError, Tape};
use crate::layer::ContentHash;
use crate::tarfile::{Member, TarError, Walk};
use crate::units::Bytes;

/// A tape that tells how far it is, also while much is passed over.
pub(super) struct Told<'p, T> {
    pub(super) tape: T,
    pub(super) progress: &'p dyn Fn(Bytes),
}

impl<T: Tape> Tape for Told<'_, T> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        let count = self.tape.read(buf)?;
        (self.progress)(Bytes(self.tape.taken()));
        Ok(count)
    }

    fn skip(&mut self, count: u64) -> Result<u64, CodecError> {
        const STEP: u64 = 8 << 20;
        let mut left = count;
        while left > 0 {
            let want = left.min(STEP);
            let got = self.tape.skip(want)?;
            left -= got;
            (self.progress)(Bytes(self.tape.taken()));
            if got < want {
                break;
            }
        }
        Ok(count - left)
    }

    fn taken(&self) -> u64 {
        self.tape.taken()
    }
}

/// A member's content, with its holes.
pub(super) struct Content<'w, T> {
    walk: &'w mut Walk<T>,
    size: u64,
    /// How much of it was given.
    at: u64,
    /// The regions that have data, as (offset, length), the next one last.
    regions: Vec<(u64, u64)>,
    /// Of what is stored of it so far, and what it must become.
    hash: Option<(Xxh3, ContentHash)>,
    /// It was read to its end, and is not what was indexed.
    pub(super) is_other: bool,
    /// What stopped its reader.
    pub(super) failed: Option<TarError>,
}

impl<'w, T: Tape> Content<'w, T> {
    /// The content of the present member; `expected` is its hash, if the index has one.
    pub(super) fn new(
        walk: &'w mut Walk<T>,
        member: &Member,
        expected: Option<ContentHash>,
    ) -> Content<'w, T> {
        let mut hasher = Xxh3::new();
        // As the indexer hashes it.
        for (offset, length) in member.sparse.iter().flatten() {
            hasher.update(&offset.to_le_bytes());
            hasher.update(&length.to_le_bytes());
        }
        let whole = || vec![(0, member.stored)];
        let mut regions = member.sparse.clone().unwrap_or_else(whole);
        regions.reverse();
        Content {
            walk,
            size: member.size,
            at: 0,
            regions,
            hash: expected.map(|expected| (hasher, expected)),
            is_other: false,
            failed: None,
        }
    }

    fn next(&mut self, buf: &mut [u8]) -> Result<usize, TarError> {
        while self
            .regions
            .pop_if(|(offset, length)| *offset + *length <= self.at)
            .is_some()
        {}
        let (offset, length) = self.regions.last().copied().unwrap_or((self.size, 0));
        let is_hole = self.at < offset;
        let end = if is_hole { offset } else { offset + length };
        let want = (end - self.at).min(buf.len() as u64) as usize;
        let buf = &mut buf[..want];
        let count = match is_hole {
            true => {
                buf.fill(0);
                want
            }
            false => self.stored(buf)?,
        };
        self.at += count as u64;
        if self.at == self.size {
            self.check()?;
        }
        Ok(count)
    }

    fn stored(&mut self, buf: &mut [u8]) -> Result<usize, TarError> {
        let count = self.walk.read_body(buf)?;
        if let Some((hasher, _)) = &mut self.hash {
            hasher.update(&buf[..count]);
        }
        Ok(count)
    }

    /// At the end: is it what was indexed?
    fn check(&mut self) -> Result<(), TarError> {
        // More may be stored than the map of a sparse file speaks of.
        let mut rest = [0; 512];
        while self.walk.body_left() > 0 {
            self.stored(&mut rest)?;
        }
        if let Some((hasher, expected)) = self.hash.take() {
            self.is_other = ContentHash(hasher.digest128()) != expected;
        }
        Ok(())
    }
}

impl<T: Tape> Read for Content<'_, T> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.is_other || self.failed.is_some() {
            return Err(io::Error::other("the layer cannot be read again"));
        }
        if buf.is_empty() || self.at == self.size {
            return Ok(0);
        }
        match self.next(buf) {
            Ok(_) if self.is_other => Err(io::Error::other("the image has changed")),
            Ok(count) => Ok(count),
            Err(error) => {
                self.failed = Some(error);
                Err(io::Error::other("the layer cannot be read again"))
            }
        }
    }
}

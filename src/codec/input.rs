//! Stored bytes on their way into a decoder: buffered, counted, hashed.

use std::io::{self, Read};

use crate::digest::{Digest, Hasher};

/// A buffer in front of a reader that counts what is used, not what is fetched.
pub(super) struct Input<R> {
    source: R,
    hasher: Hasher,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    consumed: u64,
    ended: bool,
}

impl<R: Read> Input<R> {
    pub(super) fn new(source: R, promised: Option<Digest>) -> Input<R> {
        Input {
            source,
            hasher: Hasher::like(promised),
            // Room for a whole zstd block and what stands around it.
            buffer: vec![0; 256 * 1024].into_boxed_slice(),
            start: 0,
            end: 0,
            consumed: 0,
            ended: false,
        }
    }

    /// What is at hand; fetches more only when nothing is. Empty at the end.
    pub(super) fn fill(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
            self.fetch()?;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// The next `count` bytes without using them; fewer only at the end.
    pub(super) fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        if self.end - self.start < count && self.start + count > self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        while self.end - self.start < count && !self.ended {
            self.fetch()?;
        }
        let end = self.end.min(self.start + count);
        Ok(&self.buffer[self.start..end])
    }

    /// Fills the buffer. How far a decoder looks ahead must not depend on how a
    /// pipe or a network cuts its bytes: costs would differ from run to run.
    fn fetch(&mut self) -> io::Result<()> {
        while !self.ended && self.end < self.buffer.len() {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.ended = true,
                Ok(count) => {
                    self.hasher.update(&self.buffer[self.end..self.end + count]);
                    self.end += count;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    pub(super) fn consume(&mut self, count: usize) {
        self.start += count;
        self.consumed += count as u64;
    }

    pub(super) fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let at_hand = self.fill()?;
        let count = at_hand.len().min(buf.len());
        buf[..count].copy_from_slice(&at_hand[..count]);
        self.consume(count);
        Ok(count)
    }

    /// Stored bytes that the decoder has used.
    pub(super) fn consumed(&self) -> u64 {
        self.consumed
    }

    /// Uses up what is left; returns how much that was.
    pub(super) fn drain(&mut self) -> io::Result<u64> {
        let before = self.consumed;
        loop {
            let count = self.fill()?.len();
            if count == 0 {
                return Ok(self.consumed - before);
            }
            self.consume(count);
        }
    }

    /// The digest of everything fetched: of the blob, once it is drained.
    pub(super) fn finish(self) -> Digest {
        self.hasher.finish()
    }

    /// The reader again, with what was only peeked at put back.
    pub(super) fn into_reader(self) -> impl Read {
        let at_hand = self.buffer[self.start..self.end].to_vec();
        io::Cursor::new(at_hand).chain(self.source)
    }
}

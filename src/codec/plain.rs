//! A part of a file that is not compressed: bodies are jumped over, not read.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::{CodecError, Tape};

/// `length` bytes of a file from `start`; reading past them is reading past the end.
///
/// Reads carry their own position, so any number of windows of one file may be
/// read at once from several threads.
#[derive(Debug, Clone)]
pub struct Window {
    file: Arc<File>,
    start: u64,
    length: u64,
    position: u64,
    buffer: Vec<u8>,
    /// Where in the window the buffer begins.
    buffered: u64,
}

/// What is fetched at a time: a header and a small file behind it. More would
/// copy bodies that nobody asked for: with 16 KiB an image takes three times as long.
const FETCH: usize = 2 * 1024;

impl Window {
    /// A window on `file`.
    pub fn new(file: Arc<File>, start: u64, length: u64) -> Window {
        Window {
            file,
            start,
            length,
            position: 0,
            buffer: Vec::new(),
            buffered: 0,
        }
    }

    /// The whole window's length.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Is there nothing to see?
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Goes to a place in the window.
    pub fn seek(&mut self, position: u64) {
        self.position = position;
    }

    fn fetch(&self, buf: &mut [u8], position: u64) -> io::Result<usize> {
        let want = (self.length.saturating_sub(position)).min(buf.len() as u64) as usize;
        let mut filled = 0;
        while filled < want {
            let from = self.start + position + filled as u64;
            match self.file.read_at(&mut buf[filled..want], from) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

impl Read for Window {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let offset = self.position.wrapping_sub(self.buffered);
        if offset >= self.buffer.len() as u64 {
            if buf.len() >= FETCH {
                let count = self.fetch(buf, self.position)?;
                self.position += count as u64;
                return Ok(count);
            }
            let mut buffer = std::mem::take(&mut self.buffer);
            buffer.resize(FETCH, 0);
            let count = self.fetch(&mut buffer, self.position)?;
            buffer.truncate(count);
            self.buffer = buffer;
            self.buffered = self.position;
        }
        let at_hand = &self.buffer[(self.position - self.buffered) as usize..];
        let count = at_hand.len().min(buf.len());
        buf[..count].copy_from_slice(&at_hand[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl Tape for Window {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        let mut filled = 0;
        while filled < buf.len() {
            match Read::read(self, &mut buf[filled..])? {
                0 => break,
                count => filled += count,
            }
        }
        Ok(filled)
    }

    fn skip(&mut self, count: u64) -> Result<u64, CodecError> {
        let count = count.min(self.length.saturating_sub(self.position));
        self.position += count;
        Ok(count)
    }

    fn taken(&self) -> u64 {
        self.position
    }
}

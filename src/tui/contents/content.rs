//! A content that was read. What comes in is a body and how to open its image once more;
//! what goes out is its first bytes, what they are, and where their lines begin, or why
//! there is nothing. This is the worker's: it may take as long as the layer does.

use std::io::Read as _;
use std::ops::ControlFlow;
use std::sync::Arc;

use imgsize::rootfs::BodyId;
use imgsize::scan::{Take, read_again};

use super::lines::columns;
use crate::tui::model::Model;
use crate::tui::worker::{Reopen, failed};

/// How much of a content is read: enough to see what it is.
const MOST: u64 = 1 << 20;

/// A content that was read, or why it was not.
#[derive(Debug)]
pub(crate) struct Content {
    pub(super) body: BodyId,
    /// Or why not, in words that are safe.
    pub(super) read: Result<Read, String>,
}

/// The beginning of a content.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) bytes: Vec<u8>,
    /// Where each line begins.
    starts: Vec<usize>,
    /// The columns of the widest line.
    pub(super) widest: usize,
    is_text: bool,
}

impl Read {
    pub(super) fn new(bytes: Vec<u8>) -> Read {
        let ends = line_ends(&bytes);
        let mut starts = vec![0];
        // Behind the last line break there is no line.
        starts.extend(ends.map(|end| end + 1).filter(|start| *start < bytes.len()));
        let is_text = is_text(&bytes);
        let mut read = Read {
            bytes,
            starts,
            widest: 0,
            is_text,
        };
        let widths = (0..read.lines()).map(|row| columns(read.line(row)));
        read.widest = widths.max().unwrap_or_default();
        read
    }

    pub(super) fn lines(&self) -> usize {
        self.starts.len()
    }

    /// Where a line begins.
    pub(super) fn start_of(&self, row: usize) -> usize {
        self.starts.get(row).copied().unwrap_or(self.bytes.len())
    }

    /// The line that a byte is in.
    pub(super) fn line_at(&self, at: usize) -> usize {
        let behind = self.starts.partition_point(|start| *start <= at);
        behind.saturating_sub(1)
    }

    /// A line without its end.
    pub(super) fn line(&self, row: usize) -> &[u8] {
        let line = self.bytes.get(self.start_of(row)..self.start_of(row + 1));
        let line = line.unwrap_or_default();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        line.strip_suffix(b"\r").unwrap_or(line)
    }

    pub(super) fn is_text(&self) -> bool {
        self.is_text
    }

    /// What it is, in a word or two.
    pub(super) fn what(&self) -> &'static str {
        /// What files of a format begin with.
        const MAGIC: [(&[u8], &str); 12] = [
            (b"\x7fELF", "ELF program or library"),
            (b"PK\x03\x04", "zip archive"),
            (b"\x1f\x8b", "gzip"),
            (b"\x28\xb5\x2f\xfd", "zstd"),
            (b"\xfd7zXZ\0", "xz"),
            (b"BZh", "bzip2"),
            (b"SQLite format 3\0", "SQLite database"),
            (b"!<arch>\n", "ar archive"),
            (b"\x89PNG\r\n", "PNG picture"),
            (b"\xff\xd8\xff", "JPEG picture"),
            (b"%PDF-", "PDF"),
            (b"#!", "script"),
        ];
        let known = MAGIC
            .iter()
            .find(|(magic, _)| self.bytes.starts_with(magic));
        match known {
            Some((_, what)) => what,
            None if self.bytes.get(257..262) == Some(b"ustar") => "tar archive",
            None if self.is_text => "text",
            None => "binary",
        }
    }
}

fn line_ends(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let ends = bytes.iter().enumerate();
    ends.filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at)
}

/// Is it for eyes? Nearly all of its beginning is UTF-8, and no zero is in it.
fn is_text(bytes: &[u8]) -> bool {
    let sample = bytes.get(..8192).unwrap_or(bytes);
    let mut odd = sample.iter().filter(|byte| is_odd(**byte)).count();
    odd += sample
        .utf8_chunks()
        .map(|chunk| chunk.invalid().len())
        .sum::<usize>();
    !sample.contains(&0) && odd * 10 <= sample.len().max(10)
}

/// A control character that texts do not have; colours begin with an escape.
fn is_odd(byte: u8) -> bool {
    byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b)
}

/// Reads the beginning of a content.
pub(crate) fn read(model: &Arc<Model>, body: BodyId, reopen: &Reopen) -> Content {
    let mut bytes = Vec::new();
    let take: &mut Take<'_> = &mut |_, content| {
        // Its error is that of `read_again`, too.
        let _ = content.take(MOST).read_to_end(&mut bytes);
        ControlFlow::Break(())
    };
    let read = read_again(&mut || reopen(), model.fs(), &[body], take, &|_| {});
    Content {
        body,
        read: match read {
            Ok(()) => Ok(Read::new(bytes)),
            Err(error) => Err(failed(&error, error.hint())),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_wherever_they_end() {
        let read = Read::new(b"one\r\ntwo\n\nlast".to_vec());
        let lines: Vec<&[u8]> = (0..read.lines()).map(|row| read.line(row)).collect();
        assert_eq!(lines, [&b"one"[..], b"two", b"", b"last"]);
        assert_eq!(Read::new(b"one\n".to_vec()).lines(), 1);
        assert_eq!(
            (read.line_at(0), read.line_at(5), read.line_at(9)),
            (0, 1, 2)
        );
        assert_eq!((read.widest, read.start_of(3)), (4, 10));
    }

    #[test]
    fn what_is_for_eyes_is_told_from_what_is_not() {
        let is_text = |bytes: &[u8]| Read::new(bytes.to_vec()).is_text();
        assert!(is_text(b"x"));
        assert!(is_text("größer\n\u{1b}[31mrot\n".as_bytes()));
        assert!(is_text(b"one \xe9 among many letters of Latin-1"));
        assert!(!is_text(b"abc\0def"));
        assert!(!is_text(&[0x80; 100]));
        let what = |bytes: &[u8]| Read::new(bytes.to_vec()).what();
        assert_eq!(what(b"#!/bin/sh\n"), "script");
        assert_eq!(what(b"\x7fELF\x02"), "ELF program or library");
        assert_eq!((what(b"hello"), what(b"\0\x01")), ("text", "binary"));
    }
}

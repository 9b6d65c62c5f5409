//! Reads the write-ahead log of an `SQLite` database: what comes in is the `-wal` file. What goes out
//! is the pages in it that replace those of the database.
//!
//! After a header of 32 bytes come frames: 24 bytes (page number, size of the database if this frame
//! ends a transaction, two salts, two checksums), then the page. A log is started over without being
//! emptied, so that old frames stand behind the new ones; they are told by their salts. A frame of an
//! unfinished transaction or with a wrong checksum was never part of the database.

use std::collections::HashMap;

use super::database::{array, be_u32, place};

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// The pages of a log that count, by number.
pub(super) type Pages<'w> = HashMap<u32, &'w [u8]>;

/// The committed pages of a log, or none if its header does not hold, which is how `SQLite` itself
/// starts: without a word.
pub(super) fn committed(log: &[u8], page_size: usize) -> Pages<'_> {
    read(log, page_size).unwrap_or_default()
}

fn read(log: &[u8], page_size: usize) -> Option<Pages<'_>> {
    let magic = be_u32(log, 0)?;
    if magic & !1 != 0x377f_0682 || place(be_u32(log, 8)?) != page_size {
        return None;
    }
    let mut checksum = Checksum {
        big: magic & 1 == 1,
        sums: (0, 0),
    };
    let salts: [u8; 8] = array(log, 16)?;
    checksum.add(log.get(..24)?);
    if !checksum.is(log, 24) {
        return None;
    }

    let mut committed = Pages::new();
    let mut pending = Vec::new();
    let frames = log.get(HEADER..)?.chunks_exact(FRAME_HEADER + page_size);
    for frame in frames {
        let (head, page) = frame.split_at_checked(FRAME_HEADER)?;
        checksum.add(head.get(..8)?);
        checksum.add(page);
        if array(head, 8) != Some(salts) || !checksum.is(head, 16) {
            break;
        }
        pending.push((be_u32(head, 0)?, page));
        if be_u32(head, 4)? != 0 {
            committed.extend(pending.drain(..));
        }
    }
    Some(committed)
}

/// The running checksum over everything in the log so far.
struct Checksum {
    /// Whether the words are summed as big-endian numbers: the writer's choice.
    big: bool,
    sums: (u32, u32),
}

impl Checksum {
    fn add(&mut self, bytes: &[u8]) {
        let (words, _) = bytes.as_chunks::<4>();
        let (pairs, _) = words.as_chunks::<2>();
        for [first, second] in pairs {
            let [first, second] = [*first, *second].map(|word| {
                if self.big {
                    u32::from_be_bytes(word)
                } else {
                    u32::from_le_bytes(word)
                }
            });
            let (a, b) = self.sums;
            let a = a.wrapping_add(first).wrapping_add(b);
            let b = b.wrapping_add(second).wrapping_add(a);
            self.sums = (a, b);
        }
    }

    /// Whether the sums stand at `at`, big-endian whatever the words are.
    fn is(&self, bytes: &[u8], at: usize) -> bool {
        be_u32(bytes, at) == Some(self.sums.0) && be_u32(bytes, at + 4) == Some(self.sums.1)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const PAGE: usize = 512;

    /// A log with the frames `(page number, database size or 0, byte that fills the page)`.
    pub(in super::super) fn log(salt: u8, big: bool, frames: &[(u32, u32, [u8; PAGE])]) -> Vec<u8> {
        let mut sums = (0u32, 0u32);
        let mut sum = |bytes: &[u8]| {
            for pair in bytes.chunks(8) {
                let word = |at: usize| {
                    let word = pair[at..at + 4].try_into().unwrap();
                    if big {
                        u32::from_be_bytes(word)
                    } else {
                        u32::from_le_bytes(word)
                    }
                };
                sums.0 = sums.0.wrapping_add(word(0)).wrapping_add(sums.1);
                sums.1 = sums.1.wrapping_add(word(4)).wrapping_add(sums.0);
            }
            [sums.0.to_be_bytes(), sums.1.to_be_bytes()].concat()
        };
        let mut log = Vec::new();
        for number in [0x377f_0682 + u32::from(big), 3_007_000, 512, 0] {
            log.extend(number.to_be_bytes());
        }
        log.extend([salt; 8]);
        log.extend(sum(&log));
        for (number, size, page) in frames {
            let start = [number.to_be_bytes(), size.to_be_bytes()].concat();
            sum(&start);
            log.extend([start, vec![salt; 8], sum(page), page.to_vec()].concat());
        }
        log
    }

    fn page(byte: u8) -> [u8; PAGE] {
        [byte; PAGE]
    }

    /// The number of each page that counts, and its first byte.
    fn pages(log: &[u8]) -> Vec<(u32, u8)> {
        let pages = committed(log, PAGE).into_iter();
        let mut pages: Vec<_> = pages.map(|(number, page)| (number, page[0])).collect();
        pages.sort_unstable();
        pages
    }

    #[test]
    fn the_last_commit_decides() {
        for big in [false, true] {
            let frames = [
                (2, 0, page(b'a')),
                (3, 5, page(b'b')),
                (2, 5, page(b'c')),
                (3, 0, page(b'd')), // never committed
            ];
            assert_eq!(pages(&log(7, big, &frames)), [(2, b'c'), (3, b'b')]);
        }
    }

    #[test]
    fn frames_of_an_older_log_do_not_count() {
        let old = log(1, false, &[(2, 5, page(b'a')), (3, 5, page(b'b'))]);
        let new = log(2, false, &[(2, 5, page(b'c'))]);
        let both = [&new[..], &old[new.len()..]].concat();
        assert_eq!(pages(&both), [(2, b'c')]);
    }

    #[test]
    fn a_damaged_frame_ends_the_log() {
        let frames = [(2, 5, page(b'a')), (3, 5, page(b'b')), (4, 5, page(b'c'))];
        let whole = log(7, false, &frames);
        let second = HEADER + FRAME_HEADER + PAGE;
        for at in [second, second + 9, second + 17, second + 100] {
            let mut log = whole.clone();
            log[at] ^= 1;
            assert_eq!(pages(&log), [(2, b'a')], "{at}");
        }
        assert_eq!(pages(&whole[..whole.len() - 1]), [(2, b'a'), (3, b'b')]);
    }

    #[test]
    fn a_log_with_a_damaged_start_is_none() {
        let whole = log(7, false, &[(2, 5, page(b'a'))]);
        for at in [0, 8, 16, 24] {
            let mut log = whole.clone();
            log[at] ^= 1;
            assert_eq!(pages(&log), [], "{at}");
        }
        assert_eq!(pages(b""), []);
        assert!(committed(&whole, 1024).is_empty());
    }
}

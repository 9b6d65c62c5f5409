//! What little of a tar is written here. What comes in is a name and a size; what goes
//! out is the blocks that stand before a body.
//!
//! Facts: a name over 100 bytes stands in a block of its own kind before the header,
//! `././@LongLink` with the flag `L` (GNU tar manual, "Basic Tar Format"); a size over
//! 8 GiB is written in base 256 (the same).

use tar::{EntryType, Header};

/// The end of a tar: two blocks of zeros.
pub const END: [u8; 1024] = [0; 1024];

const BLOCK: usize = 512;
const LONGEST_NAME: usize = 100;

/// The header of a regular file, with what has to stand before it.
pub fn file_header(name: &[u8], size: u64, mode: u32, mtime: u64) -> Vec<u8> {
    let mut blocks = Vec::new();
    if name.len() > LONGEST_NAME {
        let mut text = name.to_vec();
        text.push(0);
        let long = header(b"././@LongLink", EntryType::GNULongName, text.len() as u64);
        blocks.extend_from_slice(sealed(long).as_bytes());
        text.resize(text.len().next_multiple_of(BLOCK), 0);
        blocks.extend(text);
    }
    let mut own = header(name, EntryType::Regular, size);
    own.set_mode(mode);
    own.set_mtime(mtime);
    blocks.extend_from_slice(sealed(own).as_bytes());
    blocks
}

fn header(name: &[u8], kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_gnu();
    let short = &name[..name.len().min(LONGEST_NAME)];
    header.as_old_mut().name[..short.len()].copy_from_slice(short);
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

fn sealed(mut header: Header) -> Header {
    header.set_cksum();
    header
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;
    use crate::codec::Stream;
    use crate::tarfile::Walk;

    #[test]
    fn what_is_written_is_read_again() {
        for (length, size) in [(1, 0), (100, 5), (101, 9 << 30), (3000, 7)] {
            let name = vec![b'n'; length];
            let tar = file_header(&name, size, 0o644, 3);
            let mut walk = Walk::new(Stream::open(&tar[..], None, None).unwrap());
            let member = walk.next().unwrap().unwrap();
            assert_eq!((member.path, member.size), (name, size));
            assert_eq!((member.mode, member.mtime), (0o644, 3));
        }
    }
}

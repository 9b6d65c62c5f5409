//! gzip (RFC 1952), member after member.
//!
//! Done over the raw inflater, because `total_in` at the moment when exactly
//! the bytes up to a boundary have come out is what those bytes cost; every
//! ready-made reader hides it behind a buffer.

use std::io::Read;

use flate2::{Decompress, FlushDecompress, Status};

use super::CodecError;
use super::input::Input;

const NAME: &str = "gzip";

enum State {
    /// Before a member's header; `first` until one has been read.
    Header { first: bool },
    /// In the deflate stream.
    Body,
    /// Before the CRC and the size.
    Trailer,
    /// Behind the last member.
    End,
}

pub(super) struct Gzip {
    inflate: Decompress,
    state: State,
    crc: crc32fast::Hasher,
    size: u32,
}

impl Gzip {
    pub(super) fn new() -> Gzip {
        Gzip {
            inflate: Decompress::new(false),
            state: State::Header { first: true },
            crc: crc32fast::Hasher::new(),
            size: 0,
        }
    }

    /// Some plain bytes; 0 at the end. What stands behind the last member stays in `input`.
    pub(super) fn read<R: Read>(
        &mut self,
        input: &mut Input<R>,
        buf: &mut [u8],
    ) -> Result<usize, CodecError> {
        loop {
            match self.state {
                State::Header { first } => {
                    // Anything but another member behind the last one is not ours.
                    if !first && input.peek(2)? != [0x1f, 0x8b] {
                        self.state = State::End;
                        continue;
                    }
                    header(input)?;
                    self.inflate.reset(false);
                    self.crc.reset();
                    self.size = 0;
                    self.state = State::Body;
                }
                State::Body => {
                    let at_hand = input.fill()?;
                    let ended = at_hand.is_empty();
                    let (in_before, out_before) =
                        (self.inflate.total_in(), self.inflate.total_out());
                    let status = self
                        .inflate
                        .decompress(at_hand, buf, FlushDecompress::None)
                        .map_err(|_| CodecError::Damaged(NAME, "its deflate data is not valid"))?;
                    let used = (self.inflate.total_in() - in_before) as usize;
                    let made = (self.inflate.total_out() - out_before) as usize;
                    input.consume(used);
                    self.crc.update(&buf[..made]);
                    self.size = self.size.wrapping_add(made as u32);
                    if status == Status::StreamEnd {
                        self.state = State::Trailer;
                    } else if used == 0 && made == 0 && ended {
                        return Err(CodecError::Cut(NAME));
                    }
                    if made > 0 {
                        return Ok(made);
                    }
                }
                State::Trailer => {
                    let trailer = take::<8, _>(input)?;
                    let (crc, size) = trailer.split_at(4);
                    if crc != self.crc.clone().finalize().to_le_bytes() {
                        return Err(CodecError::Damaged(
                            NAME,
                            "its CRC does not match its contents",
                        ));
                    }
                    if size != self.size.to_le_bytes() {
                        return Err(CodecError::Damaged(
                            NAME,
                            "its size does not match its contents",
                        ));
                    }
                    self.state = State::Header { first: false };
                }
                State::End => return Ok(0),
            }
        }
    }
}

fn take<const N: usize, R: Read>(input: &mut Input<R>) -> Result<[u8; N], CodecError> {
    let bytes: [u8; N] = input
        .peek(N)?
        .try_into()
        .map_err(|_| CodecError::Cut(NAME))?;
    input.consume(N);
    Ok(bytes)
}

/// Passes over a member's header: section 2.3.
fn header<R: Read>(input: &mut Input<R>) -> Result<(), CodecError> {
    const HEADER_CRC: u8 = 2;
    const EXTRA: u8 = 4;
    const FILE_NAME: u8 = 8;
    const COMMENT: u8 = 16;
    let [_, _, method, flags, ..] = take::<10, _>(input)?;
    if method != 8 {
        return Err(CodecError::Damaged(NAME, "its method is not deflate"));
    }
    if flags & EXTRA != 0 {
        let length = u16::from_le_bytes(take::<2, _>(input)?);
        for _ in 0..length {
            take::<1, _>(input)?;
        }
    }
    for text in [FILE_NAME, COMMENT] {
        while flags & text != 0 && take::<1, _>(input)? != [0] {}
    }
    if flags & HEADER_CRC != 0 {
        take::<2, _>(input)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::{Stream, Tape};
    use super::*;

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn plain(blob: &[u8]) -> Result<Vec<u8>, CodecError> {
        let mut stream = Stream::open(blob, None, None)?;
        let mut out = vec![0; 100_000];
        let count = stream.read(&mut out)?;
        out.truncate(count);
        assert_eq!(stream.finish()?.stored, blob.len() as u64);
        Ok(out)
    }

    #[test]
    fn members_follow_each_other() {
        let blob = [gzip(b"one"), gzip(b""), gzip(b"two")].concat();
        assert_eq!(plain(&blob).unwrap(), b"onetwo");
    }

    #[test]
    fn what_stands_behind_the_last_member_is_counted_and_not_read() {
        let blob = [gzip(b"one"), b"garbage".to_vec()].concat();
        assert_eq!(plain(&blob).unwrap(), b"one");
        assert_eq!(
            Stream::open(&blob[..], None, None)
                .unwrap()
                .finish()
                .unwrap()
                .trailing,
            7
        );
    }

    #[test]
    fn a_cut_is_told_from_damage() {
        let whole = gzip(&[7; 5000]);
        // The first two bytes are the magic: less of them is another format.
        for end in 2..whole.len() {
            assert!(plain(&whole[..end]).is_err(), "cut at {end}");
        }
        let mut wrong = whole.clone();
        let at = wrong.len() - 6;
        wrong[at] ^= 1;
        assert!(matches!(plain(&wrong), Err(CodecError::Damaged(..))));
    }

    #[test]
    fn taken_grows_with_the_cost_of_what_was_read() {
        // Noise costs what it weighs, zeros cost next to nothing.
        let mut noise = super::super::tests::noise(20_000);
        noise.extend([0; 20_000]);
        let blob = gzip(&noise);
        let mut stream = Stream::open(&blob[..], None, None).unwrap();
        stream.skip(20_000).unwrap();
        let dear = stream.taken();
        stream.skip(20_000).unwrap();
        let cheap = stream.taken() - dear;
        assert!(dear > 15_000 && cheap < 200, "{dear} {cheap}");
    }
}

//! Zstandard (RFC 8878), frame after frame, block after block.
//!
//! A decoder takes a whole block before it gives any of it, so the cost of an
//! entry inside a block can only be estimated. The blocks are fed one by one:
//! each block's own cost is exact, and inside it the cost is laid on the bytes
//! that differ from the one before them, as zeros and padding cost nothing.

use std::io::Read;

use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

use super::CodecError;
use super::input::Input;

const NAME: &str = "zstd";
/// RFC 8878, 3.1.1.2.4: a block holds at most 128 KiB, stored or plain.
const LARGEST_BLOCK: usize = 128 * 1024;
/// zstd's own default, and our limit: a frame may ask for gigabytes of window.
const WINDOW_LOG_MAX: u32 = 27;

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Before a frame; `first` until one has been read.
    Frame { first: bool },
    /// Before a block of a frame.
    Block { checksum: bool },
    /// Behind the last frame.
    End,
}

pub(super) struct Zstd {
    decoder: Decoder<'static>,
    state: State,
    /// The plain bytes of the present block.
    block: Vec<u8>,
    /// How many of them have been handed out.
    given: usize,
    /// Stored bytes up to the present block, and with it.
    before: u64,
    after: u64,
    /// The weight of the block's bytes: of all, and of those handed out.
    weight: u64,
    weight_given: u64,
    weighed: usize,
}

impl Zstd {
    pub(super) fn new() -> Result<Zstd, CodecError> {
        let mut decoder = Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MAX))?;
        Ok(Zstd {
            decoder,
            state: State::Frame { first: true },
            block: Vec::with_capacity(LARGEST_BLOCK),
            given: 0,
            before: 0,
            after: 0,
            weight: 0,
            weight_given: 0,
            weighed: 0,
        })
    }

    /// Some plain bytes; 0 at the end. What stands behind the last frame stays in `input`.
    pub(super) fn read<R: Read>(
        &mut self,
        input: &mut Input<R>,
        buf: &mut [u8],
    ) -> Result<usize, CodecError> {
        while self.given == self.block.len() && self.state != State::End {
            self.step(input)?;
        }
        let rest = &self.block[self.given..];
        let count = rest.len().min(buf.len());
        buf[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        self.weigh();
        Ok(count)
    }

    /// See [`super::Tape::taken`].
    pub(super) fn taken(&self) -> u64 {
        if self.given == self.block.len() {
            return self.after;
        }
        let cost = u128::from(self.after - self.before);
        let part = cost * u128::from(self.weight_given) / u128::from(self.weight.max(1));
        self.before + part as u64
    }

    /// Keeps `weight_given` at the weight of what was handed out.
    fn weigh(&mut self) {
        self.weight_given += weight(&self.block, self.weighed, self.given);
        self.weighed = self.given;
    }

    /// Reads one block, one frame header or one skippable frame.
    fn step<R: Read>(&mut self, input: &mut Input<R>) -> Result<(), CodecError> {
        self.block.clear();
        self.given = 0;
        self.weighed = 0;
        self.weight_given = 0;
        self.before = input.consumed();
        match self.state {
            State::Frame { first } => self.frame(input, first)?,
            State::Block { checksum } => self.block(input, checksum)?,
            State::End => {}
        }
        self.after = input.consumed();
        self.weight = weight(&self.block, 0, self.block.len());
        Ok(())
    }

    fn frame<R: Read>(&mut self, input: &mut Input<R>, first: bool) -> Result<(), CodecError> {
        let start = input.peek(18)?;
        match *start {
            [0x28, 0xb5, 0x2f, 0xfd, descriptor, ..] => {
                let length = header_length(descriptor);
                if start.len() < length {
                    return Err(CodecError::Cut(NAME));
                }
                let header = start[..length].to_vec();
                if dictionary(&header, descriptor) {
                    return Err(CodecError::Unsupported(NAME, "it needs a dictionary"));
                }
                input.consume(length);
                self.feed(&header)?;
                self.state = State::Block {
                    checksum: descriptor & 4 != 0,
                };
            }
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, a, b, c, d, ..] => {
                input.consume(8);
                let mut left = u32::from_le_bytes([a, b, c, d]) as usize;
                while left > 0 {
                    let count = input.fill()?.len().min(left);
                    if count == 0 {
                        return Err(CodecError::Cut(NAME));
                    }
                    input.consume(count);
                    left -= count;
                }
                self.state = State::Frame { first: false };
            }
            _ if first => return Err(CodecError::Cut(NAME)),
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
                return Err(CodecError::Cut(NAME));
            }
            _ => self.state = State::End,
        }
        Ok(())
    }

    fn block<R: Read>(&mut self, input: &mut Input<R>, checksum: bool) -> Result<(), CodecError> {
        let &[a, b, c] = input.peek(3)? else {
            return Err(CodecError::Cut(NAME));
        };
        let header = u32::from_le_bytes([a, b, c, 0]);
        let (last, kind, size) = (header & 1 == 1, header >> 1 & 3, (header >> 3) as usize);
        let stored = match kind {
            1 => 1, // one byte, to be repeated `size` times
            3 => return Err(CodecError::Damaged(NAME, "a block of a reserved type")),
            _ => size,
        };
        let tail = if last && checksum { 4 } else { 0 };
        if stored > LARGEST_BLOCK {
            return Err(CodecError::Damaged(NAME, "a block over 128 KiB"));
        }
        let whole = input.peek(3 + stored + tail)?;
        if whole.len() < 3 + stored + tail {
            return Err(CodecError::Cut(NAME));
        }
        let whole = whole.to_vec();
        input.consume(whole.len());
        self.feed(&whole)?;
        if last {
            self.state = State::Frame { first: false };
        }
        Ok(())
    }

    /// Gives the decoder these stored bytes and takes all that they yield.
    fn feed(&mut self, stored: &[u8]) -> Result<(), CodecError> {
        let mut source = InBuffer::around(stored);
        loop {
            let old = self.block.len();
            if old > LARGEST_BLOCK {
                return Err(CodecError::Damaged(NAME, "a block over 128 KiB"));
            }
            self.block.resize(old + LARGEST_BLOCK, 0);
            let mut sink = OutBuffer::around_pos(&mut self.block[..], old);
            let run = self.decoder.run(&mut source, &mut sink);
            let end = sink.pos();
            self.block.truncate(end);
            run.map_err(|error| match error.to_string() {
                words if words.contains("memory") => {
                    CodecError::Unsupported(NAME, "it asks for a window over 128 MiB")
                }
                words if words.contains("checksum") => {
                    CodecError::Damaged(NAME, "its checksum does not match its contents")
                }
                _ => CodecError::Damaged(NAME, "its data is not valid"),
            })?;
            if source.pos == stored.len() && end < old + LARGEST_BLOCK {
                return Ok(());
            }
        }
    }
}

/// The length of a frame's header: RFC 8878, 3.1.1.1.
fn header_length(descriptor: u8) -> usize {
    let single_segment = descriptor & 0x20 != 0;
    let window = usize::from(!single_segment);
    let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let size = match descriptor >> 6 {
        0 => usize::from(single_segment),
        1 => 2,
        2 => 4,
        _ => 8,
    };
    5 + window + dictionary + size
}

/// Does this header name a dictionary? An ID of 0 names none.
fn dictionary(header: &[u8], descriptor: u8) -> bool {
    let start = if descriptor & 0x20 != 0 { 5 } else { 6 };
    let length = [0, 1, 2, 4][usize::from(descriptor & 3)];
    header
        .get(start..start + length)
        .is_some_and(|id| id.iter().any(|&byte| byte != 0))
}

/// What `block[from..to]` weighs: bytes like their predecessor next to nothing.
fn weight(block: &[u8], from: usize, to: usize) -> u64 {
    let Some(bytes) = block.get(from..to) else {
        return 0;
    };
    let mut before = if from == 0 { 0 } else { block[from - 1] };
    let mut changes = 0_u64;
    for &byte in bytes {
        changes += u64::from(byte != before);
        before = byte;
    }
    changes * 63 + bytes.len() as u64
}

#[cfg(test)]
mod tests {
    use super::super::tests::noise;
    use super::super::{Stream, Tape};
    use super::*;

    fn plain(blob: &[u8]) -> Result<Vec<u8>, CodecError> {
        let mut stream = Stream::open(blob, None, None)?;
        let mut out = vec![0; 1_000_000];
        let count = stream.read(&mut out)?;
        out.truncate(count);
        assert_eq!(
            stream.taken() + stream.finish()?.trailing,
            blob.len() as u64
        );
        Ok(out)
    }

    fn pack(data: &[u8]) -> Vec<u8> {
        zstd::stream::encode_all(data, 3).unwrap()
    }

    #[test]
    fn frames_and_skippable_frames_follow_each_other() {
        let skippable = [&[0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
        let long = noise(500_000);
        let blob = [skippable.clone(), pack(b"one"), skippable, pack(&long)].concat();
        assert_eq!(plain(&blob).unwrap(), [b"one".to_vec(), long].concat());
    }

    #[test]
    fn every_cut_is_an_error() {
        let whole = pack(&noise(3000));
        // The first four bytes are the magic: less of them is another format.
        for end in 4..whole.len() {
            assert!(plain(&whole[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn a_wide_window_is_refused_before_it_is_allocated() {
        // Frame header: no single segment, window descriptor of 2 GiB.
        let blob = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00];
        assert!(matches!(plain(&blob), Err(CodecError::Unsupported(..))));
    }

    #[test]
    fn inside_a_block_the_cost_lies_on_what_changes() {
        let data = [noise(10_000), vec![0; 10_000], noise(10_000)].concat();
        let blob = pack(&data);
        let mut stream = Stream::open(&blob[..], None, None).unwrap();
        let mut taken = Vec::new();
        for _ in 0..3 {
            stream.skip(10_000).unwrap();
            taken.push(stream.taken());
        }
        assert_eq!(taken[2], blob.len() as u64);
        assert!(taken[1] - taken[0] < taken[0] / 20, "{taken:?}");
    }
}

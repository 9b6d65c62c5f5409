//! A piece out of the middle of a blob that stands for itself: gzip members or
//! zstd frames, made plain without anything around them.

use std::io::Read;

use super::gzip::Gzip;
use super::input::Input;
use super::zstd::Zstd;
use super::{CodecError, Compression};

enum Decoder {
    Gzip(Box<Gzip>),
    Zstd(Box<Zstd>),
}

/// The plain bytes of whole gzip members or zstd frames; no digest is computed.
pub struct Piece<R> {
    input: Input<R>,
    decoder: Decoder,
}

impl<R: Read> Piece<R> {
    /// Opens a piece of a blob that is compressed as it is said to be: where a
    /// piece begins, another format is as wrong as noise.
    pub fn open(source: R, compression: Compression) -> Result<Piece<R>, CodecError> {
        let mut input = Input::new(source, None);
        let found = Compression::sniff(input.peek(6)?);
        let decoder = match compression {
            _ if found != compression => {
                return Err(CodecError::Damaged(
                    compression.name(),
                    "it does not begin where it should",
                ));
            }
            Compression::Gzip => Decoder::Gzip(Box::new(Gzip::new())),
            Compression::Zstd => Decoder::Zstd(Box::new(Zstd::new()?)),
            _ => return Err(CodecError::Unsupported(compression.name(), "in pieces")),
        };
        Ok(Piece { input, decoder })
    }

    /// Some plain bytes; 0 at the end, and behind it never any more.
    pub fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        match &mut self.decoder {
            Decoder::Gzip(gzip) => gzip.read(&mut self.input, buf),
            Decoder::Zstd(zstd) => zstd.read(&mut self.input, buf),
        }
    }

    /// All plain bytes; `None` if there are more than `most`.
    pub fn read_all(&mut self, most: u64) -> Result<Option<Vec<u8>>, CodecError> {
        let mut plain = Vec::new();
        let mut buf = vec![0; 64 * 1024];
        loop {
            match self.read(&mut buf)? {
                0 => return Ok(Some(plain)),
                count => plain.extend_from_slice(&buf[..count]),
            }
            if plain.len() as u64 > most {
                return Ok(None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;
    use crate::testkit::{gzip, zstd};

    #[test]
    fn a_piece_is_members_or_frames_of_the_format_that_was_said() {
        for (compression, pack) in [
            (Compression::Gzip, gzip as fn(&[u8]) -> Vec<u8>),
            (Compression::Zstd, zstd),
        ] {
            let blob = [pack(b"one"), pack(b"two")].concat();
            let all = |most| {
                let mut piece = Piece::open(&blob[..], compression).unwrap();
                piece.read_all(most).unwrap()
            };
            assert_eq!(all(6), Some(b"onetwo".to_vec()));
            assert_eq!(all(5), None);
            for wrong in [&blob[1..], &b""[..], b"noise that is no format"] {
                assert!(Piece::open(wrong, compression).is_err());
            }
        }
        assert!(Piece::open(&gzip(b"x")[..], Compression::Zstd).is_err());
    }
}

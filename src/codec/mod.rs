//! From stored bytes to plain bytes. What comes in is a layer or an archive as
//! it is stored; what goes out is its plain bytes, read strictly in order, and
//! at every point the number of stored bytes that they took.
//!
//! That number is why this room exists: asked for exactly the bytes up to the
//! next boundary of a tar, a decoder says what the entry cost in the download.

mod gzip;
mod input;
mod piece;
mod plain;
mod trial;
mod zstd;

use std::io::{self, Read};

use crate::digest::{AsideHasher, Digest};
use gzip::Gzip;
use input::Input;
pub use piece::Piece;
pub use plain::Window;
pub use trial::{LEVEL, Trial, try_zstd};
use zstd::Zstd;

/// A source of plain bytes that knows what they cost.
pub trait Tape {
    /// Fills `buf` as far as there are bytes; less than all only at the end.
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError>;
    /// Passes over `count` bytes; returns how many there were.
    fn skip(&mut self, count: u64) -> Result<u64, CodecError>;
    /// The stored bytes that everything read or skipped so far has taken.
    ///
    /// Exact to within a few bytes for gzip (the decoder looks ahead), an
    /// estimate within a block of at most 128 KiB for zstd.
    fn taken(&self) -> u64;
}

/// How a blob is compressed, found by its first bytes and never by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Compression {
    /// Not at all.
    None,
    /// RFC 1952, one member or many.
    Gzip,
    /// RFC 8878, one frame or many, skippable ones too.
    Zstd,
    /// The .xz format: outer archives only, no registry stores it.
    Xz,
    /// Known by its magic so that the error can name it; not read.
    Bzip2,
}

impl Compression {
    /// What these first bytes (six are enough) say.
    pub fn sniff(start: &[u8]) -> Compression {
        match start {
            [0x1f, 0x8b, ..] => Compression::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Compression::Xz,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Compression::Bzip2,
            _ => Compression::None,
        }
    }

    /// `none`, `gzip`, `zstd` …, as reports and media types spell it.
    pub fn name(self) -> &'static str {
        match self {
            Compression::None => "none",
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
            Compression::Xz => "xz",
            Compression::Bzip2 => "bzip2",
        }
    }
}

/// Why stored bytes could not be made plain.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// The source failed.
    #[error("the bytes could not be read")]
    Read(#[from] io::Error),
    /// The compressed stream stops in its middle.
    #[error("the {0} stream ends too early")]
    Cut(&'static str),
    /// The compressed stream breaks its own format.
    #[error("the {0} stream is damaged: {1}")]
    Damaged(&'static str, &'static str),
    /// The stream is well formed, and not for us.
    #[error("the {0} stream cannot be read: {1}")]
    Unsupported(&'static str, &'static str),
    /// It stores next to nothing and unpacks to next to everything.
    #[error("the {0} stream unpacks to over 8 GiB and over 200 times its size")]
    Bomb(&'static str),
    /// There is not one byte.
    #[error("the blob is empty: not even an empty tar")]
    Empty,
}

impl CodecError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            CodecError::Cut(_) | CodecError::Empty => {
                Some("it looks cut short; save or download the image again")
            }
            CodecError::Damaged(..) => {
                Some("the blob is damaged; save or download the image again")
            }
            CodecError::Unsupported(..) => {
                Some("recompress the image as gzip or zstd, for example with `skopeo copy`")
            }
            CodecError::Bomb(_) => {
                Some("no image needs that; if this one does, store it uncompressed")
            }
            CodecError::Read(_) => None,
        }
    }
}

/// Would this be read for hours? Real layers unpack to ten times their size, and
/// what is small may be all zeros.
pub fn is_bomb(plain: u64, stored: u64) -> bool {
    const FREE: u64 = 8 << 30;
    const MOST_TIMES: u64 = 200;
    plain > FREE.saturating_add(stored.saturating_mul(MOST_TIMES))
}

enum Decoder {
    Plain,
    Gzip(Box<Gzip>),
    Zstd(Box<Zstd>),
}

/// A blob that is read once, from its first byte to its last, and hashed on
/// both sides of the decoder.
pub struct Stream<R> {
    input: Input<R>,
    decoder: Decoder,
    compression: Compression,
    plain: Option<AsideHasher>,
    produced: u64,
    trash: Vec<u8>,
}

/// What a [`Stream`] was, known once it is at its end.
#[derive(Debug, Clone, Copy)]
pub struct Sums {
    /// Digest of the blob as stored.
    pub digest: Digest,
    /// Digest of the plain bytes: the diff ID.
    pub diff_id: Digest,
    /// Stored bytes.
    pub stored: u64,
    /// Plain bytes.
    pub plain: u64,
    /// Bytes that stand behind the compressed stream and are no part of it.
    pub trailing: u64,
}

impl<R: Read> Stream<R> {
    /// Opens a blob; the promised digests say by which algorithms to hash.
    pub fn open(
        source: R,
        digest: Option<Digest>,
        diff_id: Option<Digest>,
    ) -> Result<Stream<R>, CodecError> {
        let mut input = Input::new(source, digest);
        let start = input.peek(6)?;
        if start.is_empty() {
            return Err(CodecError::Empty);
        }
        let compression = Compression::sniff(start);
        let decoder = match compression {
            Compression::None => Decoder::Plain,
            Compression::Gzip => Decoder::Gzip(Box::new(Gzip::new())),
            Compression::Zstd => Decoder::Zstd(Box::new(Zstd::new()?)),
            Compression::Xz => return Err(CodecError::Unsupported("xz", "no image stores it")),
            Compression::Bzip2 => {
                return Err(CodecError::Unsupported("bzip2", "no image stores it"));
            }
        };
        // Without compression both digests are the same: hash once.
        let plain = match compression {
            Compression::None => None,
            _ => Some(AsideHasher::like(diff_id)),
        };
        Ok(Stream {
            input,
            decoder,
            compression,
            plain,
            produced: 0,
            trash: Vec::new(),
        })
    }

    /// How the blob is compressed.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// Reads to the last stored byte, so that the digests are those of all of it.
    pub fn finish(mut self) -> Result<Sums, CodecError> {
        while self.skip(u64::MAX)? > 0 {}
        let trailing = self.input.drain()?;
        let stored = self.input.consumed();
        let digest = self.input.finish();
        Ok(Sums {
            digest,
            diff_id: self.plain.map_or(digest, AsideHasher::finish),
            stored,
            plain: self.produced,
            trailing,
        })
    }
}

impl<R: Read> Tape for Stream<R> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        let mut filled = 0;
        while filled < buf.len() {
            let rest = &mut buf[filled..];
            let count = match &mut self.decoder {
                Decoder::Plain => self.input.read(rest)?,
                Decoder::Gzip(gzip) => gzip.read(&mut self.input, rest)?,
                Decoder::Zstd(zstd) => zstd.read(&mut self.input, rest)?,
            };
            if count == 0 {
                break;
            }
            filled += count;
        }
        if let Some(hasher) = &mut self.plain {
            hasher.update(&buf[..filled]);
        }
        self.produced += filled as u64;
        if is_bomb(self.produced, self.input.consumed()) {
            return Err(CodecError::Bomb(self.compression.name()));
        }
        Ok(filled)
    }

    fn skip(&mut self, count: u64) -> Result<u64, CodecError> {
        let mut trash = std::mem::take(&mut self.trash);
        trash.resize(PIECE, 0);
        let mut left = count;
        let result = loop {
            let want = left.min(PIECE as u64) as usize;
            match self.read(&mut trash[..want]) {
                Ok(0) => break Ok(count - left),
                Ok(got) => left -= got as u64,
                Err(error) => break Err(error),
            }
        };
        self.trash = trash;
        result
    }

    fn taken(&self) -> u64 {
        match &self.decoder {
            Decoder::Plain | Decoder::Gzip(_) => self.input.consumed(),
            Decoder::Zstd(zstd) => zstd.taken(),
        }
    }
}

/// How much is decoded at a time where nobody needs the bytes.
const PIECE: usize = 64 * 1024;

/// The plain bytes of an outer archive, whichever way it is compressed.
pub fn unpacked<'r>(
    source: impl Read + Send + 'r,
) -> Result<Box<dyn Read + Send + 'r>, CodecError> {
    let mut input = Input::new(source, None);
    match Compression::sniff(input.peek(6)?) {
        Compression::None => Ok(Box::new(input.into_reader())),
        Compression::Gzip | Compression::Zstd => Ok(Box::new(Plain(Stream::open(
            input.into_reader(),
            None,
            None,
        )?))),
        // A stream made with `xz -9` takes 65 MiB to decode; a lying one may
        // ask for gigabytes.
        Compression::Xz => {
            let stream = liblzma::stream::Stream::new_stream_decoder(
                128 << 20,
                liblzma::stream::CONCATENATED,
            )
            .map_err(|_| CodecError::Unsupported("xz", "the decoder could not be made"))?;
            let decoder = liblzma::read::XzDecoder::new_stream(input.into_reader(), stream);
            Ok(Box::new(Xz(decoder)))
        }
        Compression::Bzip2 => Err(CodecError::Unsupported(
            "bzip2",
            "imgsize knows gzip, zstd and xz",
        )),
    }
}

/// A [`Stream`] as an ordinary reader.
struct Plain<R>(Stream<R>);

impl<R: Read> Read for Plain<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        Tape::read(&mut self.0, buf).map_err(as_io)
    }
}

struct Xz<R: Read>(liblzma::read::XzDecoder<R>);

impl<R: Read> Read for Xz<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buf).map_err(|error| match error.kind() {
            _ if error.raw_os_error().is_some() => error,
            io::ErrorKind::UnexpectedEof => as_io(CodecError::Cut("xz")),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
                as_io(CodecError::Damaged("xz", "its data is not valid"))
            }
            _ => error,
        })?;
        if is_bomb(self.0.total_out(), self.0.total_in()) {
            return Err(as_io(CodecError::Bomb(Compression::Xz.name())));
        }
        Ok(count)
    }
}

/// The error of a reader in the words of its codec, if it is one of [`unpacked`].
pub fn of_io(error: io::Error) -> CodecError {
    error
        .downcast::<CodecError>()
        .unwrap_or_else(CodecError::Read)
}

fn as_io(error: CodecError) -> io::Error {
    match error {
        CodecError::Read(error) => error,
        error => io::Error::new(io::ErrorKind::InvalidData, error),
    }
}

#[cfg(test)]
mod tests {
    /// Bytes that no compressor makes smaller.
    pub(super) fn noise(count: usize) -> Vec<u8> {
        let mut state = 1_u64;
        std::iter::repeat_with(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56) as u8
        })
        .take(count)
        .collect()
    }
}

//! Plain bytes packed as their layer was. What comes in is plain bytes; what goes out
//! is the blob, and the digest of what came in.

use std::io::{self, Write};

use flate2::write::GzEncoder;

use crate::codec::Compression;
use crate::digest::{AsideHasher, Digest};

/// As Go's compress/gzip and `gzip` take it where nobody says more.
const GZIP_LEVEL: u32 = 6;
/// As BuildKit and containers/storage take it where nobody says more.
const ZSTD_LEVEL: i32 = 3;

/// Packs what is written to it.
pub(super) struct Packer<W: Write> {
    plain: AsideHasher,
    packed: Packed<W>,
}

enum Packed<W: Write> {
    Plain(W),
    Gzip(GzEncoder<W>),
    Zstd(zstd::stream::write::Encoder<'static, W>),
}

impl<W: Write> Packer<W> {
    /// Packs into `out`.
    pub(super) fn new(out: W, compression: Compression) -> io::Result<Packer<W>> {
        let packed = match compression {
            Compression::Gzip => {
                Packed::Gzip(GzEncoder::new(out, flate2::Compression::new(GZIP_LEVEL)))
            }
            Compression::Zstd => {
                let mut encoder = zstd::stream::write::Encoder::new(out, ZSTD_LEVEL)?;
                encoder.include_checksum(true)?;
                Packed::Zstd(encoder)
            }
            _ => Packed::Plain(out),
        };
        Ok(Packer {
            plain: AsideHasher::like(None),
            packed,
        })
    }

    /// The digest of the plain bytes, once all is packed.
    pub(super) fn finish(self) -> io::Result<Digest> {
        match self.packed {
            Packed::Plain(mut out) => out.flush()?,
            Packed::Gzip(encoder) => encoder.finish()?.flush()?,
            Packed::Zstd(encoder) => encoder.finish()?.flush()?,
        }
        Ok(self.plain.finish())
    }
}

impl<W: Write> Write for Packer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = match &mut self.packed {
            Packed::Plain(out) => out.write(bytes),
            Packed::Gzip(encoder) => encoder.write(bytes),
            Packed::Zstd(encoder) => encoder.write(bytes),
        }?;
        self.plain.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.packed {
            Packed::Plain(out) => out.flush(),
            Packed::Gzip(encoder) => encoder.flush(),
            Packed::Zstd(encoder) => encoder.flush(),
        }
    }
}

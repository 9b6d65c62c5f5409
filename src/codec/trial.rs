//! What another compression would make of a blob. What comes in is the blob; what goes
//! out is what a sample of it takes now, and what it would take as zstd.

use std::io::{self, Read, Write};

use super::{CodecError, Compression, Stream, Tape as _};

/// As `buildx build --output compression=zstd,compression-level=10` compresses.
pub const LEVEL: i32 = 10;
/// So much of a blob is tried: its first plain bytes. Enough for the window of that
/// level many times over.
const SAMPLE: u64 = 32 << 20;

/// A sample of a blob, and what it takes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Trial {
    /// Plain bytes.
    pub plain: u64,
    /// As the blob stores them.
    pub stored: u64,
    /// As zstd would.
    pub zstd: u64,
}

/// Tries zstd on the beginning of a blob; `None` where the blob is not compressed with
/// gzip.
pub fn try_zstd(blob: impl Read) -> Result<Option<Trial>, CodecError> {
    let mut stream = Stream::open(blob, None, None)?;
    if stream.compression() != Compression::Gzip {
        return Ok(None);
    }
    let mut encoder = zstd::stream::write::Encoder::new(Count(0), LEVEL)?;
    let mut piece = vec![0; 256 << 10];
    let mut trial = Trial::default();
    while trial.plain < SAMPLE {
        let count = stream.read(&mut piece)?;
        if count == 0 {
            break;
        }
        encoder.write_all(&piece[..count])?;
        trial.plain += count as u64;
    }
    trial.stored = stream.taken();
    trial.zstd = encoder.finish()?.0;
    Ok(Some(trial))
}

/// Counts what is written, and keeps nothing.
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::{gzip, plain, zstd};

    #[test]
    fn a_sample_tells_what_zstd_would_make_of_it() {
        let text: Vec<u8> = (0..2_000_000u32)
            .flat_map(|no| (no / 7).to_le_bytes())
            .collect();
        let packed = gzip(&text);
        let trial = try_zstd(&packed[..]).unwrap().unwrap();
        assert_eq!(trial.plain, text.len() as u64);
        // The decoder looks ahead by a few bytes.
        assert!(packed.len() as u64 - trial.stored < 64, "{trial:?}");
        assert!(0 < trial.zstd && trial.zstd < trial.stored, "{trial:?}");
        assert_eq!(try_zstd(&zstd(&text)[..]).unwrap(), None);
        assert_eq!(try_zstd(&plain(&text)[..]).unwrap(), None);
        assert!(try_zstd(&packed[..packed.len() / 2]).is_err());
    }
}

//! One tar, shorter. What comes in is the stored bytes of a layer and the members that
//! go; what goes out is the plain tar without them: every other byte as it was.

use std::io::{self, Read, Write};

use super::TrimError;
use super::error::of_layer;
use super::plan::Cut;
use crate::codec::{CodecError, Stream, Sums, Tape};
use crate::layer::{EntryNo, whiteout};
use crate::rootfs::LayerNo;
use crate::tarfile::{Walk, file_header};

/// Headers of one member: a name, a link and records, each at most 1 MiB; and whatever
/// a stranger puts before them.
const MOST_HELD: usize = 64 << 20;
const PIECE: usize = 64 * 1024;

/// Writes the tar without the members that go.
pub(super) fn cut(
    no: LayerNo,
    stream: Stream<impl Read>,
    cut: &Cut,
    out: &mut dyn Write,
) -> Result<Sums, CutError> {
    let mut walk = Walk::new(Copier {
        tape: stream,
        out,
        held: Vec::new(),
        mode: Mode::Hold,
        failed: None,
    });
    let mut entry: EntryNo = 0;
    let result = loop {
        match member(&mut walk, entry, cut) {
            Ok(true) => entry = entry.saturating_add(1),
            Ok(false) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    let mut copier = walk.into_tape();
    let rest = result.and_then(|()| copier.rest().map_err(Into::into));
    if let Some(error) = copier.failed.take() {
        return Err(CutError::Write(error));
    }
    rest.map_err(|error| CutError::Trim(TrimError::Layer(no, error)))?;
    let sums = copier.tape.finish();
    sums.map_err(|error| CutError::Trim(of_layer(no)(error)))
}

/// Who failed: whoever reads, or whoever writes.
pub(super) enum CutError {
    Trim(TrimError),
    Write(io::Error),
}

/// Passes over one member, and lets it through or not; `false` at the end.
fn member<R: Read>(
    walk: &mut Walk<Copier<'_, R>>,
    entry: EntryNo,
    cut: &Cut,
) -> Result<bool, crate::tarfile::TarError> {
    walk.tape_mut().mode = Mode::Hold;
    let Some(member) = walk.next()? else {
        return Ok(false);
    };
    let copier = walk.tape_mut();
    match cut.get(&entry) {
        None => copier.let_through()?,
        Some(_) => copier.hold_back(),
    }
    walk.skip_rest()?;
    walk.skip_padding()?;
    if let Some(Some(path)) = cut.get(&entry) {
        let name = whiteout::hiding(path.as_bytes());
        let mtime = u64::try_from(member.mtime).unwrap_or_default();
        let header = file_header(&name, 0, 0, mtime);
        walk.tape_mut().write(&header)?;
    }
    Ok(true)
}

/// A tape that writes down what passes.
struct Copier<'o, R> {
    tape: Stream<R>,
    out: &'o mut dyn Write,
    /// Headers of a member of which nobody knows yet whether it goes.
    held: Vec<u8>,
    mode: Mode,
    /// What went wrong in writing.
    failed: Option<io::Error>,
}

#[derive(Clone, Copy)]
enum Mode {
    Hold,
    Pass,
    Drop,
}

impl<R: Read> Copier<'_, R> {
    fn let_through(&mut self) -> Result<(), CodecError> {
        self.mode = Mode::Pass;
        let held = std::mem::take(&mut self.held);
        self.write(&held)?;
        self.held = held;
        self.held.clear();
        Ok(())
    }

    fn hold_back(&mut self) {
        self.mode = Mode::Drop;
        self.held.clear();
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        self.out.write_all(bytes).map_err(|error| {
            let words = io::Error::from(error.kind());
            self.failed = Some(error);
            CodecError::Read(words)
        })
    }

    fn note(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        match self.mode {
            Mode::Pass => self.write(bytes),
            Mode::Drop => Ok(()),
            Mode::Hold if self.held.len() + bytes.len() > MOST_HELD => Err(
                CodecError::Unsupported("tar", "the headers of one entry are over 64 MiB"),
            ),
            Mode::Hold => {
                self.held.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// The end marker, and all that stands behind it.
    fn rest(&mut self) -> Result<(), CodecError> {
        self.let_through()?;
        let mut piece = vec![0; PIECE];
        while self.read(&mut piece)? > 0 {}
        Ok(())
    }
}

impl<R: Read> Tape for Copier<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        let count = self.tape.read(buf)?;
        self.note(&buf[..count])?;
        Ok(count)
    }

    fn skip(&mut self, count: u64) -> Result<u64, CodecError> {
        let mut piece = vec![0; PIECE.min(usize::try_from(count).unwrap_or(PIECE))];
        let mut left = count;
        while left > 0 {
            let want = left.min(piece.len() as u64) as usize;
            match self.read(&mut piece[..want])? {
                0 => break,
                got => left -= got as u64,
            }
        }
        Ok(count - left)
    }

    fn taken(&self) -> u64 {
        self.tape.taken()
    }
}

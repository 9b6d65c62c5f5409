//! The only hand that writes: nothing but what is new. What is there already is never
//! opened, so that no link can be followed; and nothing begins while the program ends.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, symlink};
use std::path::{Path, PathBuf};

use super::ExtractError;
use super::error::of_write;
use super::names::numbered;
use crate::interrupt;

/// How much is copied at a time.
const PIECE: usize = 64 * 1024;
/// So many things of one name are in no folder.
const MOST_NUMBERS: u32 = 1000;

/// Makes something new at a path, or under the first numbered form of its name that is
/// free: on some disks names are alike that differ in an image.
pub(super) fn place<T>(
    folder: &Path,
    name: &str,
    make: impl Fn(&Path) -> io::Result<T>,
) -> io::Result<(PathBuf, T)> {
    let mut number = 0;
    loop {
        let path = match number {
            0 => folder.join(name),
            number => folder.join(numbered(name, number)),
        };
        let _unfinished = interrupt::unfinished();
        match make(&path) {
            Ok(made) => return Ok((path, made)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
        if number > MOST_NUMBERS {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
    }
}

/// A new folder.
pub(super) fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o755).create(path)
}

/// A new file; that it may be executed is all that is left of its mode.
pub(super) fn file(path: &Path, executable: bool) -> io::Result<File> {
    let mode = if executable { 0o755 } else { 0o644 };
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true).mode(mode);
    options.open(path)
}

/// A new symbolic link.
pub(super) fn link(path: &Path, target: &Path) -> io::Result<()> {
    symlink(target, path)
}

/// Why a content was not copied.
pub(super) enum Failed {
    /// Whoever reads it knows why.
    Reading,
    Writing(ExtractError),
}

impl From<ExtractError> for Failed {
    fn from(error: ExtractError) -> Failed {
        Failed::Writing(error)
    }
}

/// Writes all of a content, which is as long as it says; of a `sparse` one what is
/// nothing but zeros becomes a hole.
pub(super) fn copy(
    from: &mut dyn Read,
    to: &File,
    sparse: bool,
    path: &Path,
) -> Result<u64, Failed> {
    let failed = of_write(path);
    let mut piece = vec![0; PIECE];
    let mut size = 0_u64;
    loop {
        let count = match from.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return Err(Failed::Reading),
        };
        size += count as u64;
        write(to, &piece[..count], sparse).map_err(&failed)?;
    }
    if sparse {
        to.set_len(size).map_err(&failed)?;
    }
    Ok(size)
}

fn write(mut to: &File, piece: &[u8], sparse: bool) -> io::Result<()> {
    match sparse && piece.iter().all(|&byte| byte == 0) {
        true => to.seek_relative(piece.len() as i64),
        false => to.write_all(piece),
    }
}

/// [`copy`] of a file that was just written.
pub(super) fn copy_file(
    from: &mut File,
    to: &File,
    sparse: bool,
    path: &Path,
) -> Result<u64, Failed> {
    from.rewind().map_err(of_write(path))?;
    match copy(from, to, sparse, path) {
        Err(Failed::Reading) => Err(of_write(path)(io::ErrorKind::Other.into()).into()),
        copied => copied,
    }
}

//! Where the new image is put together: beside its target, under another name, until
//! all of it is there and proven. What comes in is blobs and documents; what goes out
//! is an archive or a folder, at once or not at all.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::{Target, TrimError};
use crate::digest::{Digest, Hasher};
use crate::interrupt::{self, Doomed};
use crate::source::Format;
use crate::tarfile::{END, file_header};

/// An image in the making.
pub(super) struct Sink {
    target: PathBuf,
    replace: bool,
    kind: Kind,
    /// What is in it already: a layer may be in an image twice.
    names: HashSet<String>,
    /// Last: what is not kept is removed, whatever else goes wrong.
    _doomed: Doomed,
}

enum Kind {
    Folder(tempfile::TempDir),
    Archive(tempfile::NamedTempFile),
}

/// A blob that was put in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Put {
    pub(super) digest: Digest,
    pub(super) size: u64,
}

const BLOCK: u64 = 512;
const PREFIX: &str = ".imgsize-";

impl Sink {
    pub(super) fn new(target: &Target) -> Result<Sink, TrimError> {
        let path = &target.path;
        let is_folder = target.format == Format::OciLayout;
        if let Ok(there) = fs::symlink_metadata(path) {
            let fits = match is_folder {
                true => is_layout(path),
                false => there.is_file(),
            };
            if !target.replace || !fits {
                return Err(TrimError::Exists(words(path)));
            }
        }
        let failed = |error: io::Error| TrimError::Write(words(path), error.kind().into());
        let _unfinished = interrupt::unfinished();
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        as_any_other(&mut builder, is_folder);
        let beside = beside(path);
        let kind = match is_folder {
            true => {
                let folder = builder.tempdir_in(beside).map_err(failed)?;
                fs::create_dir_all(folder.path().join("blobs/sha256")).map_err(failed)?;
                Kind::Folder(folder)
            }
            false => Kind::Archive(builder.tempfile_in(beside).map_err(failed)?),
        };
        let temporary = match &kind {
            Kind::Folder(folder) => folder.path(),
            Kind::Archive(file) => file.path(),
        };
        Ok(Sink {
            target: path.clone(),
            replace: target.replace,
            names: HashSet::new(),
            _doomed: interrupt::doomed(temporary),
            kind,
        })
    }

    /// Where it is now.
    pub(super) fn path(&self) -> &Path {
        match &self.kind {
            Kind::Folder(folder) => folder.path(),
            Kind::Archive(file) => file.path(),
        }
    }

    /// An error of writing, with the name that the user knows.
    pub(super) fn failed(&self, error: io::Error) -> TrimError {
        TrimError::Write(words(&self.target), error)
    }

    /// Puts a blob in, whose digest is known once it is written.
    pub(super) fn blob<T>(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> Result<T, BlobError>,
    ) -> Result<(Put, T), TrimError> {
        let told = |error: BlobError, sink: &Sink| match error {
            BlobError::Write(error) => sink.failed(error),
            BlobError::Trim(error) => error,
        };
        match &self.kind {
            Kind::Folder(folder) => {
                let blobs = folder.path().join("blobs/sha256");
                let new = blobs.join("new");
                let made = (|| -> Result<(Put, T), BlobError> {
                    let (put, told) = hashed(created(&new)?, write)?;
                    fs::rename(&new, blobs.join(put.digest.hex()))?;
                    Ok((put, told))
                })();
                made.map_err(|error| told(error, self))
            }
            Kind::Archive(file) => {
                let names = &mut self.names;
                let made = in_archive(file.as_file(), names, write);
                made.map_err(|error| told(error, self))
            }
        }
    }

    /// Puts a small file in.
    pub(super) fn document(&mut self, name: &str, bytes: &[u8]) -> Result<(), TrimError> {
        let made = match &self.kind {
            Kind::Folder(folder) => {
                created(&folder.path().join(name)).and_then(|mut file| file.write_all(bytes))
            }
            Kind::Archive(file) => {
                let mut file = file.as_file();
                let header = file_header(name.as_bytes(), bytes.len() as u64, 0o644, 0);
                file.write_all(&header)
                    .and_then(|()| file.write_all(bytes))
                    .and_then(|()| padding(file, bytes.len() as u64))
            }
        };
        made.map_err(|error| self.failed(error))
    }

    /// All is in it.
    pub(super) fn finish(&mut self) -> Result<(), TrimError> {
        match &self.kind {
            Kind::Folder(_) => Ok(()),
            Kind::Archive(file) => file
                .as_file()
                .write_all(&END)
                .map_err(|error| self.failed(error)),
        }
    }

    /// Gives it its name.
    pub(super) fn keep(self) -> Result<(), TrimError> {
        let Sink {
            target,
            replace,
            kind,
            _doomed,
            ..
        } = self;
        let _unfinished = interrupt::unfinished();
        let result = match kind {
            Kind::Archive(file) if replace => file.persist(&target).map(drop),
            Kind::Archive(file) => file.persist_noclobber(&target).map(drop),
            Kind::Folder(folder) => {
                let moved = replace_folder(folder.path(), &target, replace);
                return moved.map_err(|error| TrimError::Write(words(&target), error));
            }
        };
        result.map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => TrimError::Exists(words(&target)),
            _ => TrimError::Write(words(&target), error.error),
        })
    }
}

/// Why a blob was not put in.
pub(super) enum BlobError {
    Trim(TrimError),
    Write(io::Error),
}

impl From<io::Error> for BlobError {
    fn from(error: io::Error) -> BlobError {
        BlobError::Write(error)
    }
}

impl From<TrimError> for BlobError {
    fn from(error: TrimError) -> BlobError {
        BlobError::Trim(error)
    }
}

/// A blob as a member of an archive: its header is written once its name is known.
fn in_archive<T>(
    mut file: &File,
    names: &mut HashSet<String>,
    write: impl FnOnce(&mut dyn Write) -> Result<T, BlobError>,
) -> Result<(Put, T), BlobError> {
    let start = file.stream_position()?;
    file.write_all(&[0; BLOCK as usize])?;
    let (put, told) = hashed(file, write)?;
    let name = format!("blobs/sha256/{}", put.digest.hex());
    if !names.insert(name.clone()) {
        file.set_len(start)?;
        file.seek(SeekFrom::Start(start))?;
        return Ok((put, told));
    }
    padding(file, put.size)?;
    let end = file.stream_position()?;
    file.seek(SeekFrom::Start(start))?;
    // Its name is short, so that it is one block.
    file.write_all(&file_header(name.as_bytes(), put.size, 0o644, 0))?;
    file.seek(SeekFrom::Start(end))?;
    Ok((put, told))
}

fn hashed<T>(
    out: impl Write,
    write: impl FnOnce(&mut dyn Write) -> Result<T, BlobError>,
) -> Result<(Put, T), BlobError> {
    let mut hashing = Hashing {
        out: BufWriter::with_capacity(1 << 18, out),
        hasher: Hasher::like(None),
        size: 0,
    };
    let told = write(&mut hashing)?;
    hashing.flush()?;
    let put = Put {
        digest: hashing.hasher.finish(),
        size: hashing.size,
    };
    Ok((put, told))
}

struct Hashing<W: Write> {
    out: BufWriter<W>,
    hasher: Hasher,
    size: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn padding(mut file: &File, size: u64) -> io::Result<()> {
    let zeros = [0; BLOCK as usize];
    file.write_all(&zeros[..(size.wrapping_neg() % BLOCK) as usize])
}

/// A new file in a folder that is removed if the program is ended: none is begun then.
fn created(path: &Path) -> io::Result<File> {
    let _unfinished = interrupt::unfinished();
    File::create(path)
}

/// As any new file: the umask takes away what the user wants away.
fn as_any_other(builder: &mut tempfile::Builder<'_, '_>, is_folder: bool) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = if is_folder { 0o777 } else { 0o666 };
        builder.permissions(fs::Permissions::from_mode(mode));
    }
}

fn beside(path: &Path) -> &Path {
    let folder = path.parent();
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

fn words(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Nothing else is replaced: a folder may hold anything.
fn is_layout(path: &Path) -> bool {
    path.is_dir() && path.join("oci-layout").is_file()
}

/// Moves a folder into place; what was there goes once the new one is there.
fn replace_folder(new: &Path, target: &Path, replace: bool) -> io::Result<()> {
    if fs::symlink_metadata(target).is_err() {
        return fs::rename(new, target);
    }
    if !replace {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let old = tempfile::Builder::new()
        .prefix(PREFIX)
        .tempdir_in(beside(target))?;
    let aside = old.path().join("old");
    fs::rename(target, &aside)?;
    fs::rename(new, target).inspect_err(|_| {
        // Back, as far as possible: nobody is to lose what was there.
        let _ = fs::rename(&aside, target);
    })
}

//! Where the files of an image lie: in a tar, in a folder, or nowhere any more,
//! once they have passed by. Read, never unpacked.

use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::members::Members;
use super::{Blob, SourceError};
use crate::codec::{Compression, Window};
use crate::path::ImagePath;
use crate::tarfile::{TarError, Walk};

/// A set of named files.
pub(super) enum Store {
    /// A tar, seekable, and where its members begin and how long they are.
    Tar(Arc<File>, Members<(u64, u64)>),
    /// A folder.
    Folder(PathBuf),
    /// A tar that was a stream.
    Passed(Members<Passed>),
}

/// What is left of a file that has passed by.
pub(super) enum Passed {
    /// All of it: it is small.
    Kept(Arc<[u8]>),
    /// Its length; whoever wanted to see it has seen it under this number.
    Gone {
        no: usize,
        length: u64,
        /// Why it was not kept.
        why: &'static str,
    },
}

/// What is at a path.
pub(super) enum Found {
    Store(Store),
    /// Can be read once only: a pipe, a device, a compressed archive.
    Stream(File),
}

/// Looks at a file or a folder.
pub(super) fn find(path: &Path) -> Result<Found, SourceError> {
    let shown = path.to_string_lossy().into_owned();
    let read = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => SourceError::NotFound(shown.clone()),
        _ => SourceError::Read(shown.clone(), error),
    };
    let kind = fs::metadata(path).map_err(read)?;
    if kind.is_dir() {
        return Ok(Found::Store(Store::Folder(path.to_owned())));
    }
    let file = File::open(path).map_err(read)?;
    if !kind.is_file() {
        return Ok(Found::Stream(file));
    }
    let file = Arc::new(file);
    let length = file.metadata().map_err(read)?.len();
    let window = Window::new(Arc::clone(&file), 0, length);
    let mut start = Vec::new();
    window
        .clone()
        .take(64)
        .read_to_end(&mut start)
        .map_err(read)?;
    if Compression::sniff(&start) != Compression::None {
        return Ok(Found::Stream(File::open(path).map_err(read)?));
    }
    if let Some(error) = looks_like(&start) {
        return Err(error);
    }
    let mut walk = Walk::new(window);
    let mut members = Members::new();
    while let Some(member) = walk.next().map_err(broken)? {
        members.add(&member, || {
            Ok::<_, SourceError>((member.body, member.stored))
        })?;
    }
    match members.is_empty() {
        true => Err(empty_tar()),
        false => Ok(Found::Store(Store::Tar(file, members))),
    }
}

impl Store {
    pub(super) fn is_folder(&self) -> bool {
        matches!(self, Store::Folder(_))
    }

    /// Is there a file of this name?
    pub(super) fn has(&self, path: &str) -> bool {
        match self {
            Store::Tar(_, members) => members.has(path),
            Store::Passed(members) => members.has(path),
            Store::Folder(folder) => folder.join(path).is_file(),
        }
    }

    /// How long a file is.
    pub(super) fn length(&self, path: &str) -> Result<u64, SourceError> {
        Ok(match self {
            Store::Tar(_, members) => members.find(path)?.1,
            Store::Passed(members) => match members.find(path)? {
                Passed::Kept(bytes) => bytes.len() as u64,
                Passed::Gone { length, .. } => *length,
            },
            Store::Folder(folder) => inside(folder, path)?.len(),
        })
    }

    /// A file's bytes.
    pub(super) fn blob(&self, path: &str) -> Result<Blob, SourceError> {
        Ok(match self {
            Store::Tar(file, members) => {
                let &(start, length) = members.find(path)?;
                Blob::Window(Window::new(Arc::clone(file), start, length))
            }
            Store::Passed(members) => match members.find(path)? {
                Passed::Kept(bytes) => Blob::Stream(Box::new(Cursor::new(Arc::clone(bytes)))),
                Passed::Gone { no, .. } => Blob::Passed(*no),
            },
            Store::Folder(folder) => Blob::Window(inside(folder, path)?),
        })
    }

    /// The whole of a small file.
    pub(super) fn small(&self, path: &str, limit: u64) -> Result<Vec<u8>, SourceError> {
        let length = self.length(path)?;
        if length > limit {
            return Err(SourceError::TooLarge {
                what: path.to_owned(),
                limit,
            });
        }
        let mut bytes = Vec::new();
        let read = match self.blob(path)? {
            Blob::Window(mut window) => window.read_to_end(&mut bytes),
            Blob::Stream(mut stream) => stream.read_to_end(&mut bytes),
            _ => return Err(self.not_kept(path)),
        };
        read.map_err(|error| SourceError::Read(path.to_owned(), error))?;
        match bytes.len() as u64 {
            found if found != length => Err(SourceError::Size {
                what: path.to_owned(),
                promised: length,
                found,
            }),
            _ => Ok(bytes),
        }
    }

    fn not_kept(&self, path: &str) -> SourceError {
        let why = match self {
            Store::Passed(members) => match members.find(path) {
                Ok(Passed::Gone { why, .. }) => why,
                _ => "",
            },
            _ => "",
        };
        SourceError::Document {
            what: path.to_owned(),
            why: why.to_owned(),
        }
    }

    /// What this is instead, where it has neither manifest.json nor index.json.
    pub(super) fn no_image(&self) -> SourceError {
        if self.is_folder() {
            return no_image("the folder has no index.json and no manifest.json");
        }
        if self.has("repositories") || self.has("oci-layout") {
            return no_image("the archive has no manifest.json and no index.json");
        }
        SourceError::NoImage {
            what: "a tar without manifest.json or index.json, perhaps a container's filesystem"
                .to_owned(),
            hint: "an image comes from `docker save` or `podman save`, not from `export`",
        }
    }
}

/// A file in a folder. No link is followed, neither to the file nor to a folder on
/// the way: it may lead anywhere on the host.
fn inside(folder: &Path, path: &str) -> Result<Window, SourceError> {
    use io::ErrorKind::{InvalidFilename, InvalidInput, NotADirectory, NotFound};
    // Normal form: `..` cannot lead out.
    let inside = ImagePath::new(path);
    let inside = String::from_utf8_lossy(inside.as_bytes());
    let read = |error: io::Error| match error.kind() {
        // A name that no file can have is the name of none.
        NotFound | NotADirectory | InvalidFilename | InvalidInput => {
            SourceError::Missing(path.to_owned())
        }
        _ => SourceError::Read(path.to_owned(), error),
    };
    let whole = folder.canonicalize().map_err(read)?.join(&*inside);
    let kind = fs::symlink_metadata(&whole).map_err(read)?;
    if !kind.is_file() || whole.canonicalize().map_err(read)? != whole {
        return Err(SourceError::Document {
            what: path.to_owned(),
            why: "it is no regular file; links are not followed here".to_owned(),
        });
    }
    let file = File::open(&whole).map_err(read)?;
    Ok(Window::new(Arc::new(file), 0, kind.len()))
}

/// What the first bytes say this is, if it is nothing for us; there are none only
/// of an empty file.
pub(super) fn looks_like(start: &[u8]) -> Option<SourceError> {
    let text = String::from_utf8_lossy(start)
        .trim_start()
        .to_ascii_lowercase();
    let what = if start.is_empty() {
        "the file is empty"
    } else if start.get(32..42) == Some(b"SIF_MAGIC\0") {
        "a Singularity image file (SIF), which imgsize does not read"
    } else if text.starts_with("<!doctype")
        || text.starts_with("<html")
        || text.starts_with("<?xml")
    {
        "a web page, perhaps an error that a download saved"
    } else if start.starts_with(b"\x7fELF") {
        "a program"
    } else if text.starts_with('{') || text.starts_with("[{") {
        "a JSON document"
    } else {
        return None;
    };
    Some(no_image(what))
}

/// An archive's own tar is broken, or what it is read from.
pub(super) fn broken(error: TarError) -> SourceError {
    match error {
        TarError::NoTar => no_image("neither a tar nor anything that unpacks to one"),
        error => SourceError::Archive(error),
    }
}

pub(super) fn empty_tar() -> SourceError {
    SourceError::NoImage {
        what: "it is a tar with nothing in it".to_owned(),
        hint: "it looks cut short; save or download the image again",
    }
}

fn no_image(what: &str) -> SourceError {
    SourceError::NoImage {
        what: what.to_owned(),
        hint: "name a saved image: a file made by `docker save NAME -o image.tar`, or an OCI layout",
    }
}

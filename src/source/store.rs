//! Where the files of an image lie: in a tar, or in a folder. Read, never unpacked.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use super::{Place, SourceError};
use crate::codec::{self, Compression, Window};
use crate::interrupt;
use crate::path::ImagePath;
use crate::tarfile::{Kind, Walk};

/// How many links inside an archive a name may follow.
const MOST_HOPS: usize = 40;

/// A set of named files.
pub(super) enum Store {
    /// A tar, seekable, and where its members lie.
    Tar {
        file: Arc<File>,
        members: HashMap<ImagePath, Member>,
    },
    /// A folder.
    Folder(PathBuf),
}

/// Something in a tar.
pub(super) enum Member {
    File {
        start: u64,
        length: u64,
    },
    /// Another name of a member.
    Link(ImagePath),
    /// Cannot be taken at its word, and why.
    Unusable(&'static str),
}

impl Store {
    pub(super) fn open(place: &Place) -> Result<Store, SourceError> {
        let (file, shown) = match place {
            // Not a place of files.
            Place::At(_, name) | Place::Anywhere(name) => {
                return Err(SourceError::NotFound(name.clone()));
            }
            Place::Stdin => (spool(io::stdin().lock())?, "stdin".to_owned()),
            Place::Path(path) => {
                let shown = path.to_string_lossy().into_owned();
                let read = |error: io::Error| match error.kind() {
                    io::ErrorKind::NotFound => SourceError::NotFound(shown.clone()),
                    _ => SourceError::Read(shown.clone(), error),
                };
                let kind = fs::metadata(path).map_err(read)?;
                if kind.is_dir() {
                    return Ok(Store::Folder(path.clone()));
                }
                let file = File::open(path).map_err(read)?;
                // A pipe or a device cannot be read at any place.
                let file = if kind.is_file() { file } else { spool(file)? };
                (file, shown)
            }
        };
        Store::tar(file, &shown)
    }

    fn tar(file: File, shown: &str) -> Result<Store, SourceError> {
        let read = |error| SourceError::Read(shown.to_owned(), error);
        let mut file = Arc::new(file);
        let mut length = file.metadata().map_err(read)?.len();
        let mut start = Vec::new();
        Window::new(Arc::clone(&file), 0, length)
            .take(64)
            .read_to_end(&mut start)
            .map_err(read)?;
        if Compression::sniff(&start) != Compression::None {
            let window = Window::new(Arc::clone(&file), 0, length);
            let plain = codec::unpacked(window).map_err(SourceError::Unpack)?;
            file = Arc::new(spool(plain)?);
            length = file.metadata().map_err(read)?.len();
            start.clear();
        }
        if let Some(error) = looks_like(&start, length) {
            return Err(error);
        }
        let mut walk = Walk::new(Window::new(Arc::clone(&file), 0, length));
        let mut members = HashMap::new();
        let mut count = 0_usize;
        loop {
            let member = match walk.next() {
                Ok(Some(member)) => member,
                Ok(None) => break,
                Err(crate::tarfile::TarError::NoTar) => return Err(no_tar()),
                Err(error) => return Err(SourceError::Archive(error)),
            };
            count += 1;
            let path = ImagePath::new(&member.path);
            let found = match member.kind {
                Kind::File if member.sparse.is_some() => {
                    Member::Unusable("it is stored as a sparse file")
                }
                Kind::File => Member::File {
                    start: member.body,
                    length: member.stored,
                },
                Kind::Hardlink => Member::Link(ImagePath::new(&member.link)),
                Kind::Symlink => Member::Link(beside(&path, &member.link)),
                Kind::Dir | Kind::Special => continue,
            };
            members
                .entry(path)
                .and_modify(|found| *found = Member::Unusable("it is in the archive twice"))
                .or_insert(found);
        }
        if count == 0 {
            return Err(SourceError::NoImage {
                what: "it is a tar with nothing in it".to_owned(),
                hint: "it looks cut short; save or download the image again",
            });
        }
        Ok(Store::Tar { file, members })
    }

    pub(super) fn is_folder(&self) -> bool {
        matches!(self, Store::Folder(_))
    }

    /// Is there a file of this name?
    pub(super) fn has(&self, path: &str) -> bool {
        match self {
            Store::Tar { members, .. } => members.contains_key(&ImagePath::new(path)),
            Store::Folder(folder) => folder.join(path).is_file(),
        }
    }

    /// The bytes of a file. In a folder no link is followed, neither to the file
    /// nor to a folder on the way: it may lead anywhere on the host.
    pub(super) fn window(&self, path: &str) -> Result<Window, SourceError> {
        let broken = |why: &str| SourceError::Document {
            what: path.to_owned(),
            why: why.to_owned(),
        };
        match self {
            Store::Tar { file, members } => {
                let mut at = ImagePath::new(path);
                for _ in 0..MOST_HOPS {
                    match members.get(&at) {
                        Some(Member::Link(target)) => at = target.clone(),
                        Some(&Member::File { start, length }) => {
                            return Ok(Window::new(Arc::clone(file), start, length));
                        }
                        Some(Member::Unusable(why)) => return Err(broken(why)),
                        None => return Err(SourceError::Missing(path.to_owned())),
                    }
                }
                Err(broken("it is a link that leads in a circle"))
            }
            Store::Folder(folder) => {
                // Normal form: `..` cannot lead out.
                let inside = ImagePath::new(path);
                let inside = String::from_utf8_lossy(inside.as_bytes());
                use io::ErrorKind::{InvalidFilename, InvalidInput, NotADirectory, NotFound};
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
                    return Err(broken("it is no regular file; links are not followed here"));
                }
                let file = File::open(&whole).map_err(read)?;
                Ok(Window::new(Arc::new(file), 0, kind.len()))
            }
        }
    }

    /// The whole of a small file.
    pub(super) fn small(&self, path: &str, limit: u64) -> Result<Vec<u8>, SourceError> {
        let mut window = self.window(path)?;
        if window.len() > limit {
            return Err(SourceError::TooLarge {
                what: path.to_owned(),
                limit,
            });
        }
        let mut bytes = Vec::new();
        window
            .read_to_end(&mut bytes)
            .map_err(|error| SourceError::Read(path.to_owned(), error))?;
        if bytes.len() as u64 != window.len() {
            let (promised, found) = (window.len(), bytes.len() as u64);
            return Err(SourceError::Size {
                what: path.to_owned(),
                promised,
                found,
            });
        }
        Ok(bytes)
    }

    /// What this is instead, where it has neither manifest.json nor index.json.
    pub(super) fn no_image(&self) -> SourceError {
        let folder = |what: &str| SourceError::NoImage {
            what: what.to_owned(),
            hint: "name a saved image: a file made by `docker save NAME -o image.tar`, or an OCI layout",
        };
        if self.is_folder() {
            return folder("the folder has no index.json and no manifest.json");
        }
        if self.has("repositories") || self.has("oci-layout") {
            return folder("the archive has no manifest.json and no index.json");
        }
        SourceError::NoImage {
            what: "a tar without manifest.json or index.json, perhaps a container's filesystem"
                .to_owned(),
            hint: "an image comes from `docker save` or `podman save`, not from `export`",
        }
    }
}

/// Where a link beside `path` leads.
fn beside(path: &ImagePath, target: &[u8]) -> ImagePath {
    if target.first() == Some(&b'/') {
        return ImagePath::new(target);
    }
    let parts: Vec<&[u8]> = path.parts().collect();
    let folder = parts
        .split_last()
        .map_or(Vec::new(), |(_, folder)| folder.join(&b'/'));
    ImagePath::new([&folder, target].join(&b'/'))
}

/// What the first bytes say this is, if it is nothing for us.
fn looks_like(start: &[u8], length: u64) -> Option<SourceError> {
    let text = String::from_utf8_lossy(start)
        .trim_start()
        .to_ascii_lowercase();
    let what = if length == 0 {
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
    Some(SourceError::NoImage {
        what: what.to_owned(),
        hint: "name a saved image: a file made by `docker save NAME -o image.tar`, or an OCI layout",
    })
}

fn no_tar() -> SourceError {
    SourceError::NoImage {
        what: "neither a tar nor anything that unpacks to one".to_owned(),
        hint: "name a saved image: a file made by `docker save NAME -o image.tar`, or an OCI layout",
    }
}

/// A seekable copy of a stream, in a file that has no name and so cannot be left behind.
fn spool(mut source: impl Read) -> Result<File, SourceError> {
    let mut file = nameless().map_err(SourceError::Spool)?;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let count = match source.read(&mut buffer) {
            Ok(0) => return Ok(file),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(unpack_error(error)),
        };
        io::Write::write_all(&mut file, &buffer[..count]).map_err(SourceError::Spool)?;
    }
}

fn nameless() -> io::Result<File> {
    // Where the filesystem knows no such files it has a name for a moment.
    let _unfinished = interrupt::unfinished();
    tempfile::tempfile()
}

/// A failing read of a compressed archive, in the words of its codec.
fn unpack_error(error: io::Error) -> SourceError {
    use crate::codec::CodecError;
    let kind = error.kind();
    match error.downcast::<CodecError>() {
        Ok(codec) => SourceError::Unpack(codec),
        Err(error) => match kind {
            io::ErrorKind::UnexpectedEof => SourceError::Unpack(CodecError::Cut("xz")),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
                SourceError::Unpack(CodecError::Damaged("xz", "its data is not valid"))
            }
            _ => SourceError::Unpack(CodecError::Read(error)),
        },
    }
}

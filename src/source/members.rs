//! What an archive holds, by name: files, and links between them.

use std::collections::HashMap;

use super::SourceError;
use crate::path::ImagePath;
use crate::tarfile::{Kind, Member};

/// How many links inside an archive a name may follow.
const MOST_HOPS: usize = 40;
/// What the names of an archive may take in memory; millions of members need less.
const MOST_NAMES: u64 = 512 << 20;

/// The members of an archive; `B` is what is known of a file's body.
pub(super) struct Members<B> {
    by_path: HashMap<ImagePath, Found<B>>,
    /// Folders too.
    count: usize,
    names: u64,
}

enum Found<B> {
    File(B),
    /// Another name of a member.
    Link(ImagePath),
    /// Cannot be taken at its word, and why.
    Unusable(&'static str),
}

impl<B> Members<B> {
    pub(super) fn new() -> Members<B> {
        Members {
            by_path: HashMap::new(),
            count: 0,
            names: 0,
        }
    }

    /// Takes the next member in; `body` is asked for only of a file that can be used.
    pub(super) fn add<E: From<SourceError>>(
        &mut self,
        member: &Member,
        body: impl FnOnce() -> Result<B, E>,
    ) -> Result<(), E> {
        self.count += 1;
        self.names += 128 + (member.path.len() + member.link.len()) as u64;
        if self.names > MOST_NAMES {
            return Err(E::from(SourceError::TooLarge {
                what: "what the names in the archive take".to_owned(),
                limit: MOST_NAMES,
            }));
        }
        let path = ImagePath::new(&member.path);
        let found = match member.kind {
            Kind::Dir | Kind::Special => return Ok(()),
            _ if self.by_path.contains_key(&path) => Found::Unusable("it is in the archive twice"),
            Kind::File if member.sparse.is_some() => {
                Found::Unusable("it is stored as a sparse file")
            }
            Kind::File => Found::File(body()?),
            Kind::Hardlink => Found::Link(ImagePath::new(&member.link)),
            Kind::Symlink => Found::Link(beside(&path, &member.link)),
        };
        self.by_path.insert(path, found);
        Ok(())
    }

    /// Is there not one, not even a folder?
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.by_path.contains_key(&ImagePath::new(path))
    }

    /// The file of this name, behind whatever links.
    pub(super) fn find(&self, path: &str) -> Result<&B, SourceError> {
        let broken = |why: &str| SourceError::Document {
            what: path.to_owned(),
            why: why.to_owned(),
        };
        let mut at = &ImagePath::new(path);
        for _ in 0..MOST_HOPS {
            match self.by_path.get(at) {
                Some(Found::Link(target)) => at = target,
                Some(Found::File(body)) => return Ok(body),
                Some(Found::Unusable(why)) => return Err(broken(why)),
                None => return Err(SourceError::Missing(path.to_owned())),
            }
        }
        Err(broken("it is a link that leads in a circle"))
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

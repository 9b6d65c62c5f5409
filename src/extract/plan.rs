//! What is to be written, and under which names: decided before anything is.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::error::of_write;
use super::names::{Names, on_disk};
use super::{ExtractError, disk};
use crate::codec::is_bomb;
use crate::rootfs::{BodyId, NodeId, NodeKind, Rootfs};
use crate::units::Bytes;

/// Ten times more than large images have; each takes some hundred bytes until it is written.
const MOST: usize = 4_000_000;
/// What a path in the extracted folder may take, in bytes: kernels take 4096 (PATH_MAX),
/// and the folder lies somewhere too.
const LONGEST_PATH: usize = 3072;

/// A name in a folder, which is told by its number.
pub(super) struct Place {
    folder: usize,
    name: String,
}

/// A folder with everything in it.
#[derive(Default)]
pub(super) struct Plan {
    /// Parents before children; the first is the top, whose name is not decided here.
    pub(super) folders: Vec<Place>,
    /// The contents, each with the places that are to have it: hard links become copies.
    pub(super) files: BTreeMap<BodyId, Vec<Place>>,
    /// Symbolic links, and where they lead.
    pub(super) links: Vec<(Place, PathBuf)>,
    pub(super) renamed: u64,
    pub(super) left_out: u64,
    count: usize,
}

/// A folder that is to be looked into.
struct Open {
    node: NodeId,
    /// Its number.
    folder: usize,
    /// How many folders below the top.
    depth: usize,
    /// Of its path below the top, in bytes.
    length: usize,
}

impl Plan {
    /// Plans what is below a folder.
    pub(super) fn new(fs: &Rootfs, top: NodeId) -> Result<Plan, ExtractError> {
        let mut plan = Plan::default();
        let mut open = vec![plan.folder(top, Place::top(), 0, 0)];
        while let Some(next) = open.pop() {
            plan.look_into(fs, &next, &mut open)?;
        }
        let contents = plan.files.iter();
        check(fs, top, contents.map(|(&id, places)| (id, places.len())))?;
        Ok(plan)
    }

    fn folder(&mut self, node: NodeId, place: Place, depth: usize, length: usize) -> Open {
        let folder = self.folders.len();
        self.folders.push(place);
        Open {
            node,
            folder,
            depth,
            length,
        }
    }

    fn look_into(
        &mut self,
        fs: &Rootfs,
        parent: &Open,
        open: &mut Vec<Open>,
    ) -> Result<(), ExtractError> {
        // Names that stay as they are come first, so that none of them gives way to one
        // that only becomes like it.
        let mut children: Vec<(bool, &[u8], String, NodeId)> = Vec::new();
        for child in fs.children(parent.node) {
            self.count += 1;
            if self.count > MOST {
                return Err(ExtractError::TooMany);
            }
            let name = fs.name(child);
            let safe = on_disk(name);
            children.push((safe.as_bytes() != name, name, safe, child));
        }
        children.sort_unstable();
        let mut names = Names::default();
        for (_, name, safe, child) in children {
            let place = Place {
                folder: parent.folder,
                name: names.give(safe),
            };
            let is_renamed = place.name.as_bytes() != name;
            let length = parent.length + 1 + place.name.len();
            if length > LONGEST_PATH {
                return Err(ExtractError::TooDeep(fs.path(child)));
            }
            let target = fs.link_target(child);
            let target = target.and_then(|target| inside(target, parent.depth));
            match (fs.kind(child), fs.body_of(child), target) {
                (NodeKind::Dir, ..) => {
                    open.push(self.folder(child, place, parent.depth + 1, length));
                }
                (NodeKind::File, Some(body), _) => {
                    self.files.entry(body).or_default().push(place);
                }
                (NodeKind::Symlink, _, Some(target)) => self.links.push((place, target)),
                _ => {
                    self.left_out += 1;
                    continue;
                }
            }
            self.renamed += u64::from(is_renamed);
        }
        Ok(())
    }

    /// Makes all folders but the top, which is there.
    pub(super) fn make_folders(&mut self, top: &Path) -> Result<(), ExtractError> {
        for no in 1..self.folders.len() {
            let (path, ()) = self.make(top, &self.folders[no], disk::folder)?;
            // By the name that the disk had left for it.
            if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
                self.folders[no].name = name.to_owned();
            }
        }
        Ok(())
    }

    /// Makes something new at a place whose folder is made.
    pub(super) fn make<T>(
        &self,
        top: &Path,
        place: &Place,
        make: impl Fn(&Path) -> io::Result<T>,
    ) -> Result<(PathBuf, T), ExtractError> {
        let folder = self.path(top, place.folder);
        let placed = disk::place(&folder, &place.name, make);
        placed.map_err(of_write(&folder.join(&place.name)))
    }

    fn path(&self, top: &Path, folder: usize) -> PathBuf {
        let mut names = Vec::new();
        let mut at = folder;
        while at > 0 {
            names.push(&self.folders[at].name);
            at = self.folders[at].folder;
        }
        let mut path = top.to_owned();
        path.extend(names.iter().rev());
        path
    }
}

impl Place {
    fn top() -> Place {
        Place {
            folder: 0,
            name: String::new(),
        }
    }
}

/// Refuses what would fill any disk out of nearly nothing: a sparse file may claim to be
/// as large as it likes, and a content may have a million names. The contents come with
/// how often each is to be written.
pub(super) fn check(
    fs: &Rootfs,
    top: NodeId,
    contents: impl Iterator<Item = (BodyId, usize)>,
) -> Result<(), ExtractError> {
    let (mut size, mut stored) = (0_u64, 0_u64);
    for (id, times) in contents {
        let body = fs.body(id);
        size = size.saturating_add(body.size.0.saturating_mul(times as u64));
        stored = stored.saturating_add(fs.entry(body).body.1);
    }
    match is_bomb(size, stored) {
        true => Err(ExtractError::TooLarge(fs.path(top), Bytes(size))),
        false => Ok(()),
    }
}

/// Where a symbolic link leads that stands so many folders below the top, in names as
/// they are on the disk; `None` if it may lead outside.
///
/// Up only at its beginning, where it goes through folders that are none but folders;
/// behind that, another link of the image may be on the way, and a step up from where
/// that leads can be one too many.
fn inside(target: &[u8], depth: usize) -> Option<PathBuf> {
    if matches!(target, [] | [b'/', ..]) {
        return None;
    }
    let mut path = PathBuf::new();
    let mut ups = 0;
    let mut is_down = false;
    for part in target.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if is_down || ups == depth => return None,
            b".." => {
                ups += 1;
                path.push("..");
            }
            name => {
                is_down = true;
                path.push(on_disk(name));
            }
        }
    }
    if path == Path::new("") {
        path.push(".");
    }
    // Escapes may have made it longer than a link can be.
    (path.as_os_str().len() <= LONGEST_PATH).then_some(path)
}

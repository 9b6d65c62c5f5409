//! Files of the image, written to disk. What comes in is the merged filesystem, what of
//! it is wanted, and a folder that the user chose; what goes out is a file or a folder
//! in it that was not there before, and [`Extracted`]: how much that was.
//!
//! An image is a stranger. Nothing of it is written outside of the chosen folder, over
//! anything, or through a link; no name acts on a terminal, and no file has more rights
//! than to be executed. It is there as a whole or, once something fails, not at all.

mod disk;
mod error;
mod names;
mod plan;

use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

pub use error::ExtractError;

use crate::interrupt;
use crate::rootfs::{BodyId, NodeId, NodeKind, Rootfs};
use crate::scan::{Open, read_again};
use crate::units::Bytes;
use disk::Failed;
use error::of_write;
use names::on_disk;
use plan::Plan;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extracted {
    /// Regular files: of hard links each is one.
    pub files: u64,
    /// The size of their contents.
    pub bytes: Bytes,
    /// Folders, the outermost too.
    pub folders: u64,
    /// Symbolic links.
    pub links: u64,
    /// The file or folder that is new, in the folder that was named.
    pub to: PathBuf,
    /// Names that are others than in the image, as they could have acted on something or
    /// were taken.
    pub renamed: u64,
    /// Devices, pipes, and links that lead outside or might: not written.
    pub left_out: u64,
}

/// Writes a live file, or a folder and everything in it, into a folder that is there; a
/// taken name gets a number behind it: `etc (1)`.
///
/// Modes are 0644 or 0755, less the umask; owners, times and special bits stay behind.
/// Hard links become copies. `open` and `progress` are those of [`read_again`].
pub fn extract(
    fs: &Rootfs,
    node: NodeId,
    into: &Path,
    open: &mut Open<'_>,
    progress: &dyn Fn(Bytes),
) -> Result<Extracted, ExtractError> {
    let nothing = |what| ExtractError::Nothing {
        path: fs.path(node),
        what,
    };
    match fs.kind(node) {
        NodeKind::Dir => folder(fs, node, into, open, progress),
        NodeKind::File => {
            let body = fs.body_of(node).ok_or_else(|| nothing("without content"))?;
            file(fs, body, fs.name(node), into, open, progress)
        }
        NodeKind::Symlink => Err(nothing("a link")),
        NodeKind::Special => Err(nothing("a device or a pipe")),
        NodeKind::Absent => Err(nothing("deleted")),
    }
}

/// [`extract`] for one content, live or lost, under the first name that it had.
pub fn extract_body(
    fs: &Rootfs,
    body: BodyId,
    into: &Path,
    open: &mut Open<'_>,
    progress: &dyn Fn(Bytes),
) -> Result<Extracted, ExtractError> {
    let name = fs.name(fs.body(body).node);
    file(fs, body, name, into, open, progress)
}

fn file(
    fs: &Rootfs,
    id: BodyId,
    name: &[u8],
    into: &Path,
    open: &mut Open<'_>,
    progress: &dyn Fn(Bytes),
) -> Result<Extracted, ExtractError> {
    plan::check(fs, fs.body(id).node, [(id, 1)].into_iter())?;
    is_folder(into)?;
    let safe = on_disk(name);
    let mut extracted = Extracted::nothing(into.join(&safe));
    extracted.renamed = u64::from(safe.as_bytes() != name);
    let mut doomed = None;
    read(fs, &[id], open, progress, &mut |id, content| {
        let placed = disk::place(into, &safe, |path| {
            let file = disk::file(path, is_executable(fs, id))?;
            Ok((file, interrupt::doomed(path)))
        });
        let (to, (file, guard)) = placed.map_err(of_write(&into.join(&safe)))?;
        doomed = Some(guard);
        extracted.to = to;
        let size = disk::copy(content, &file, is_sparse(fs, id), &extracted.to)?;
        extracted.count(size);
        Ok(())
    })?;
    if let Some(doomed) = doomed {
        doomed.keep();
    }
    Ok(extracted)
}

fn folder(
    fs: &Rootfs,
    node: NodeId,
    into: &Path,
    open: &mut Open<'_>,
    progress: &dyn Fn(Bytes),
) -> Result<Extracted, ExtractError> {
    let mut plan = Plan::new(fs, node)?;
    is_folder(into)?;
    let name = match fs.name(node) {
        b"" => &b"rootfs"[..],
        name => name,
    };
    let safe = on_disk(name);
    let placed = disk::place(into, &safe, |path| {
        disk::folder(path)?;
        Ok(interrupt::doomed(path))
    });
    let (top, doomed) = placed.map_err(of_write(&into.join(&safe)))?;

    let mut extracted = Extracted::nothing(top.clone());
    extracted.renamed = plan.renamed + u64::from(safe.as_bytes() != name);
    extracted.left_out = plan.left_out;
    plan.make_folders(&top)?;
    extracted.folders = plan.folders.len() as u64;
    let bodies: Vec<BodyId> = plan.files.keys().copied().collect();
    read(fs, &bodies, open, progress, &mut |id, mut content| {
        let mut first: Option<File> = None;
        for place in plan.files.get(&id).into_iter().flatten() {
            let make = |path: &Path| disk::file(path, is_executable(fs, id));
            let (path, file) = plan.make(&top, place, make)?;
            let size = match &mut first {
                None => disk::copy(&mut content, &file, is_sparse(fs, id), &path)?,
                Some(first) => disk::copy_file(first, &file, is_sparse(fs, id), &path)?,
            };
            extracted.count(size);
            first = first.or(Some(file));
        }
        Ok(())
    })?;
    // Last: nothing is written by way of a link.
    for (place, target) in &plan.links {
        plan.make(&top, place, |path| disk::link(path, target))?;
        extracted.links += 1;
    }
    doomed.keep();
    Ok(extracted)
}

/// [`read_again`], for a taker that may fail.
fn read(
    fs: &Rootfs,
    bodies: &[BodyId],
    open: &mut Open<'_>,
    progress: &dyn Fn(Bytes),
    take: &mut dyn FnMut(BodyId, &mut dyn Read) -> Result<(), Failed>,
) -> Result<(), ExtractError> {
    let mut failed = None;
    let mut take = |id, content: &mut dyn Read| match take(id, content) {
        Ok(()) => ControlFlow::Continue(()),
        Err(Failed::Reading) => ControlFlow::Break(()),
        Err(Failed::Writing(error)) => {
            failed = Some(error);
            ControlFlow::Break(())
        }
    };
    read_again(open, fs, bodies, &mut take, progress)?;
    failed.map_or(Ok(()), Err)
}

fn is_folder(into: &Path) -> Result<(), ExtractError> {
    match into.is_dir() {
        true => Ok(()),
        false => Err(ExtractError::NoFolder(into.to_string_lossy().into_owned())),
    }
}

fn is_executable(fs: &Rootfs, id: BodyId) -> bool {
    fs.entry(fs.body(id)).mode & 0o111 != 0
}

fn is_sparse(fs: &Rootfs, id: BodyId) -> bool {
    let body = fs.body(id);
    body.size > Bytes(fs.entry(body).body.1)
}

impl Extracted {
    fn nothing(to: PathBuf) -> Extracted {
        Extracted {
            files: 0,
            bytes: Bytes::ZERO,
            folders: 0,
            links: 0,
            to,
            renamed: 0,
            left_out: 0,
        }
    }

    fn count(&mut self, size: u64) {
        self.files += 1;
        self.bytes += Bytes(size);
    }
}

#[cfg(test)]
mod tests;

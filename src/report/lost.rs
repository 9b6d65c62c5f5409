//! Lost files, rolled up to the folders that tell the story: of 9,000 lost
//! files below `/root/.cache/pip`, that folder is the row.

use std::collections::BTreeMap;

use super::LostRow;
use crate::path::json_parts;
use crate::rootfs::Cause;
use crate::units::Bytes;

/// Lost bytes at or below one path, with one history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) path: String,
    pub(super) bytes: Bytes,
    pub(super) files: usize,
    pub(super) cause: Cause,
    pub(super) layer: usize,
    pub(super) lost_in: usize,
    /// The owner of most of the bytes, and how many others there are.
    pub(super) owner: String,
}

/// A folder with lost files in it, or a lost file.
struct Folder<'r> {
    name: &'r str,
    parent: usize,
    depth: usize,
    bytes: Bytes,
    files: usize,
    row: Option<&'r LostRow>,
    children: BTreeMap<&'r str, usize>,
}

/// The folders of all histories. They name each other by number: a path may be
/// deep, and what is nested so deep cannot even be dropped.
#[derive(Default)]
struct Folders<'r>(Vec<Folder<'r>>);

/// Groups by cause, layer and path, largest first.
pub(super) fn groups(rows: &[LostRow]) -> Vec<Group> {
    let mut folders = Folders::default();
    let mut roots: BTreeMap<(Cause, usize, usize), usize> = BTreeMap::new();
    for row in rows {
        let mut at = *roots
            .entry((row.cause, row.layer, row.lost_in))
            .or_insert_with(|| folders.make("", None));
        folders.0[at].add(row);
        for part in json_parts(&row.path) {
            at = folders.child(at, part);
            folders.0[at].add(row);
        }
        folders.0[at].row = Some(row);
    }
    let mut groups = Vec::new();
    for (&(cause, layer, lost_in), &root) in &roots {
        let mut open = vec![root];
        while let Some(at) = open.pop() {
            let folder = &folders.0[at];
            if !folders.is_the_story(folder) {
                open.extend(folder.children.values());
                continue;
            }
            let mark = if folder.row.is_some() { "" } else { "/" };
            groups.push(Group {
                path: folders.path(at) + mark,
                bytes: folder.bytes,
                files: folder.files,
                cause,
                layer,
                lost_in,
                owner: folders.owner(at),
            });
        }
    }
    groups.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.path.cmp(&b.path)));
    groups
}

impl<'r> Folders<'r> {
    fn make(&mut self, name: &'r str, parent: Option<usize>) -> usize {
        let at = self.0.len();
        self.0.push(Folder {
            name,
            parent: parent.unwrap_or(at),
            depth: parent.map_or(0, |parent| self.0[parent].depth + 1),
            bytes: Bytes::ZERO,
            files: 0,
            row: None,
            children: BTreeMap::new(),
        });
        at
    }

    fn child(&mut self, parent: usize, name: &'r str) -> usize {
        if let Some(&at) = self.0[parent].children.get(name) {
            return at;
        }
        let at = self.make(name, Some(parent));
        self.0[parent].children.insert(name, at);
        at
    }

    fn path(&self, mut at: usize) -> String {
        let mut parts = Vec::new();
        while self.0[at].depth > 0 {
            parts.push(self.0[at].name);
            at = self.0[at].parent;
        }
        parts.iter().rev().flat_map(|part| ["/", part]).collect()
    }

    /// Is this where to stop: a file, or a folder that no one child nearly fills
    /// and that lies deep enough to mean something?
    fn is_the_story(&self, folder: &Folder<'r>) -> bool {
        let children = folder.children.values().map(|&child| self.0[child].bytes);
        match children.max() {
            None => true,
            Some(largest) => folder.depth >= 1 && (largest.0 as f64) < 0.8 * folder.bytes.0 as f64,
        }
    }

    /// The owner of most of the bytes: what many have lost is not to look like his alone.
    fn owner(&self, at: usize) -> String {
        let mut bytes: BTreeMap<&str, Bytes> = BTreeMap::new();
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            let folder = &self.0[at];
            if let Some(row) = folder.row {
                *bytes.entry(row.owner.as_str()).or_default() += row.bytes;
            }
            open.extend(folder.children.values());
        }
        let most = bytes.iter().max_by_key(|&(_, &bytes)| bytes);
        let most = most.map_or("", |(owner, _)| owner);
        match bytes.len().saturating_sub(1) {
            0 => most.to_owned(),
            1 => format!("{most} and another"),
            others => format!("{most} and {others} others"),
        }
    }
}

impl Folder<'_> {
    fn add(&mut self, row: &LostRow) {
        self.bytes += row.bytes;
        self.files += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(path: &str, bytes: u64) -> LostRow {
        LostRow {
            path: path.to_owned(),
            bytes: Bytes(bytes),
            download: Bytes(bytes),
            cause: Cause::Deleted,
            layer: 1,
            lost_in: 2,
            owner: "pip cache".to_owned(),
        }
    }

    #[test]
    fn many_files_of_a_folder_are_one_row() {
        let mut rows: Vec<LostRow> = (0..50)
            .map(|n| row(&format!("/root/.cache/pip/http/{n}"), 100))
            .collect();
        rows.push(row("/root/.cache/pip/selfcheck", 1));
        rows.push(row("/etc/x", 7));
        let told: Vec<(String, u64, usize)> = groups(&rows)
            .into_iter()
            .map(|g| (g.path, g.bytes.0, g.files))
            .collect();
        assert_eq!(
            told,
            [
                ("/root/.cache/pip/http/".to_owned(), 5000, 50),
                ("/etc/x".to_owned(), 7, 1),
                ("/root/.cache/pip/selfcheck".to_owned(), 1, 1),
            ]
        );
    }

    #[test]
    fn a_deep_path_needs_no_deep_stack() {
        let path = "/d".repeat(500_000);
        assert_eq!(groups(&[row(&path, 1)])[0].path, path);
    }

    #[test]
    fn a_row_names_its_largest_owner_and_counts_the_others() {
        let owned = |path: &str, bytes, owner: &str| LostRow {
            owner: owner.to_owned(),
            ..row(path, bytes)
        };
        let mut rows = vec![owned("/a/x", 5, "pip:x"), owned("/a/y", 4, "pip:y")];
        assert_eq!(groups(&rows)[0].owner, "pip:x and another");
        rows.push(owned("/a/z", 4, "pip:z"));
        assert_eq!(groups(&rows)[0].owner, "pip:x and 2 others");
    }
}

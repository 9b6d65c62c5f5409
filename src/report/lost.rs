//! Lost files, rolled up to the folders that tell the story: of 9,000 lost
//! files below `/root/.cache/pip`, that folder is the row.

use std::collections::BTreeMap;

use super::LostRow;
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
    /// The owner of most of the bytes.
    pub(super) owner: String,
}

#[derive(Default)]
struct Folder<'r> {
    bytes: Bytes,
    files: usize,
    row: Option<&'r LostRow>,
    children: BTreeMap<&'r str, Folder<'r>>,
}

/// Groups by cause, layer and path, largest first.
pub(super) fn groups(rows: &[LostRow]) -> Vec<Group> {
    let mut trees: BTreeMap<(Cause, usize, usize), Folder<'_>> = BTreeMap::new();
    for row in rows {
        let mut folder = trees
            .entry((row.cause, row.layer, row.lost_in))
            .or_default();
        folder.add(row);
        // `//` begins an escaped byte, not a component.
        for part in parts(&row.path) {
            folder = folder.children.entry(part).or_default();
            folder.add(row);
        }
        folder.row = Some(row);
    }
    let mut groups = Vec::new();
    for ((cause, layer, lost_in), root) in &trees {
        let mut open = vec![(String::new(), root)];
        while let Some((path, folder)) = open.pop() {
            if folder.is_the_story(&path) {
                let owner = folder.owner();
                let (bytes, files) = (folder.bytes, folder.files);
                let mark = if folder.row.is_some() { "" } else { "/" };
                groups.push(Group {
                    path: format!("{path}{mark}"),
                    bytes,
                    files,
                    cause: *cause,
                    layer: *layer,
                    lost_in: *lost_in,
                    owner,
                });
                continue;
            }
            for (name, child) in &folder.children {
                open.push((format!("{path}/{name}"), child));
            }
        }
    }
    groups.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.path.cmp(&b.path)));
    groups
}

fn parts(path: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 1;
    let bytes = path.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        if bytes[at] == b'/' {
            let escaped = bytes.get(at + 1) == Some(&b'/') && bytes.get(at + 2) != Some(&b'/');
            if escaped {
                at += 4;
                continue;
            }
            parts.push(&path[start..at]);
            start = at + 1;
        }
        at += 1;
    }
    parts.push(path.get(start..).unwrap_or_default());
    parts
}

impl<'r> Folder<'r> {
    fn add(&mut self, row: &LostRow) {
        self.bytes += row.bytes;
        self.files += 1;
    }

    /// Is this where to stop: a file, or a folder that no one child nearly fills
    /// and that lies deep enough to mean something?
    fn is_the_story(&self, path: &str) -> bool {
        let depth = path.matches('/').count();
        let largest = self
            .children
            .values()
            .map(|child| child.bytes)
            .max()
            .unwrap_or_default();
        let is_filled = largest.0 as f64 >= 0.8 * self.bytes.0 as f64;
        self.children.is_empty() || (depth >= 1 && !is_filled)
    }

    fn owner(&self) -> String {
        let mut bytes: BTreeMap<&str, Bytes> = BTreeMap::new();
        let mut open = vec![self];
        while let Some(folder) = open.pop() {
            if let Some(row) = folder.row {
                *bytes.entry(row.owner.as_str()).or_default() += row.bytes;
            }
            open.extend(folder.children.values());
        }
        let most = bytes.iter().max_by_key(|&(_, &bytes)| bytes);
        most.map_or_else(String::new, |(owner, _)| (*owner).to_owned())
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
    fn escaped_bytes_part_nothing() {
        assert_eq!(parts("/a//e9b/c"), ["a//e9b", "c"]);
        assert_eq!(parts("/a///e9"), ["a", "//e9"]);
    }
}

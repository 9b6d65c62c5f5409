//! What editors and desktops leave in folders.

use crate::advice::{Finding, Risk, Rule, View};
use crate::rootfs::NodeId;
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "editor-os-junk",
    summary: "files of editors and desktops: .DS_Store, .idea, *.swp, backups",
    explain: "\
Editors and desktops leave files in the folders of a project, and `COPY . .` takes them
along: .DS_Store, Thumbs.db, ._*, .idea, .vscode, *.swp, *.rej. A backup (*.bak, *.orig,
*~) counts where the file that it is of lies beside it. No program reads them; they may
tell names and paths of the developer. List them in .dockerignore. Files of packages are
left alone. It cannot see an image that is itself an editor.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let folders = [".idea", ".vscode", ".history", ".fleet"];
    let folders = folders.iter().flat_map(|name| view.outermost(name));
    let files = view.named(|name| {
        matches!(name, b".DS_Store" | b"Thumbs.db" | b"desktop.ini")
            || name.starts_with(b"._")
            || [b".swp".as_slice(), b".swo", b".rej"]
                .iter()
                .any(|end| name.ends_with(end))
    });
    let backups = view.named(|name| original(name).is_some()).into_iter();
    let backups = backups.filter(|&file| {
        let folder = view.fs.parent(file);
        original(view.fs.name(file)).is_some_and(|name| view.fs.child(folder, name).is_some())
    });
    let mut junk: Vec<NodeId> = folders.chain(files).chain(backups).collect();
    junk.retain(|&node| is_authors(view, node));
    junk.sort_unstable();
    junk.dedup();
    let bodies = view.bodies(junk.iter().flat_map(|&node| view.below(node)));
    if view.size_of(&bodies) == Bytes::ZERO {
        return Vec::new();
    }
    let title = format!(
        "{} files or folders of editors and desktops are in the image",
        junk.len()
    );
    vec![Finding::new(title).left_out(view, &junk).risk(Risk::Safe)]
}

/// The file that a backup is of, by their names.
fn original(name: &[u8]) -> Option<&[u8]> {
    let ends: [&[u8]; 3] = [b".bak", b".orig", b"~"];
    let mut names = ends.iter().filter_map(|end| name.strip_suffix(*end));
    names.next().filter(|name| !name.is_empty())
}

/// Is all that is at or below a node the author's, and is there something?
pub(super) fn is_authors(view: &View<'_>, node: NodeId) -> bool {
    let files = view.below(node);
    !files.is_empty()
        && !view.is_in_packages(node)
        && files.iter().all(|&file| view.is_authors(file))
}

//! Archives that were unpacked or installed, and left.

use crate::advice::{Confidence, Edit, Finding, Risk, Rule, View};
use crate::essence::Essence;
use crate::rootfs::NodeId;
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "archive-left",
    summary: "archives and packages that stayed after they were unpacked or installed",
    explain: "\
An archive is copied or downloaded, unpacked, and forgotten: it is stored beside what came
out of it. Let the RUN that unpacks mount it (`RUN --mount=type=bind,source=wheels,target=/w
pip install /w/*.whl`), or delete it in the RUN that downloads. Archives of 1 MB or more
count that are the author's or nobody's; not in folders of packages, of tests, of data that
is served (static, public, assets, downloads), and not what the command or a script of the
app names, nor zip files that Python runs. It cannot see a program that opens an archive by
a name that is put together. hadolint calls a part of this DL3010.",
    check,
};

const SMALLEST: Bytes = Bytes(1_000_000);
const ENDINGS: &[&str] = &[
    "tar", "tgz", "tbz2", "txz", "zip", "whl", "deb", "rpm", "apk", "7z",
];
const PACKED: &[&str] = &["gz", "bz2", "xz", "zst", "original"];
/// What is served, tested or kept there is no leftover.
const SERVED: &[&str] = &[
    "static",
    "public",
    "assets",
    "media",
    "downloads",
    "htdocs",
    "www",
    "html",
    "uploads",
    "tests",
    "test",
    "testdata",
    "fixtures",
    "nltk_data",
    "templates",
    "_bundled",
];

fn check(view: &View<'_>) -> Vec<Finding> {
    let plain = ENDINGS.iter().flat_map(|ending| view.with_ending(ending));
    let packed = PACKED.iter().flat_map(|ending| view.with_ending(ending));
    let packed = packed.filter(|&&file| {
        let name = view.fs.name(file);
        memchr::memmem::find(name, b".tar.").is_some() || name.ends_with(b".jar.original")
    });
    let mut archives: Vec<NodeId> = plain.chain(packed).copied().collect();
    archives.retain(|&file| view.weigh(&[file]) >= SMALLEST && is_left(view, file));
    archives.sort_unstable();
    let Some(&first) = archives.first() else {
        return Vec::new();
    };
    let title = match archives.len() {
        1 => format!("an archive is left in the image: {}", view.shown(first)),
        count => format!(
            "{count} archives are left in the image: {} …",
            view.shown(first)
        ),
    };
    let mut finding = Finding::new(title).left_out(view, &archives);
    // A build that needs them must get them in another way.
    finding
        .edits
        .retain(|edit| !matches!(edit, Edit::Ignore { .. }));
    let fix = format!(
        "{}\nRUN --mount=type=bind,source=…,target=… …   # in place of a COPY",
        finding.fix
    );
    vec![
        finding
            .risk(Risk::Check)
            .confidence(Confidence::Medium)
            .note("see that the program does not open them")
            .fix(fix),
    ]
}

fn is_left(view: &View<'_>, file: NodeId) -> bool {
    let name = String::from_utf8_lossy(view.fs.name(file));
    // A wheel that nobody installed is a package by itself.
    let is_wheel = view.owner(file).1.ecosystem == "zipapp" && name.ends_with(".whl");
    (view.is_authors(file) || is_wheel) && is_unread(view, file) && !is_program(view, file)
}

/// Does nobody seem to read a file of the app: is it in no package and in no folder that
/// is served, and named nowhere?
pub(super) fn is_unread(view: &View<'_>, file: NodeId) -> bool {
    let name = String::from_utf8_lossy(view.fs.name(file));
    view.owner(file).1.ecosystem != "system"
        && !view.is_in_packages(file)
        && !SERVED.iter().any(|folder| view.is_in(file, folder))
        && !view.is_named(&name)
}

/// A zip file that Python runs: it begins with `#!`.
fn is_program(view: &View<'_>, file: NodeId) -> bool {
    let kept = view.fs.read(file);
    let is_script =
        kept.is_some_and(|kept| matches!(Essence::read(kept), Some(Essence::Script(_))));
    let may_run = view
        .fs
        .entry_of(file)
        .is_some_and(|entry| entry.mode & 0o111 != 0);
    is_script || (may_run && view.fs.name(file).ends_with(b".zip"))
}

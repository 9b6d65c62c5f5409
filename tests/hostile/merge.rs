//! Layers that try to confuse their stacking (cases 44 to 52).

use crate::kit::{Layout, Tar, layers, one};
use crate::run::{all, fine, refused, warned};

pub(crate) fn stack<const N: usize>(tars: [Tar; N]) -> Layout {
    layers(tars.into_iter().map(Tar::end).collect())
}

pub(crate) fn tar() -> Tar {
    Tar::new()
}

#[test]
fn the_tree_stays_below_its_root() {
    all(vec![
        warned(
            "name-climbs-out",
            one(tar().file("../../etc/passwd", "abc").end()),
            "name-climbs-out",
        )
        .totals(&[("live", 3), ("paths", 2)]),
        warned(
            "name-climbs-out-of-a-folder",
            one(tar().file("a/../../b", "abc").end()),
            "name-climbs-out",
        )
        .totals(&[("live", 3), ("paths", 1)]),
        warned(
            "name-is-root",
            one(tar().file("./", "abc").end()),
            "root-is-no-folder",
        )
        .totals(&[("lost", 3), ("paths", 0)]),
        warned(
            "name-is-empty",
            one(tar().file("", "abc").end()),
            "root-is-no-folder",
        )
        .totals(&[("lost", 3), ("paths", 0)]),
        warned(
            "name-is-dots",
            one(tar().symlink("a/..", "/etc").file("b", "x").end()),
            "root-is-no-folder",
        )
        .totals(&[("live", 1), ("paths", 1)]),
        fine(
            "root-is-a-folder",
            one(tar().dir("./").dir("/").dir("").file("/a", "x").end()),
        )
        .totals(&[("live", 1), ("paths", 1)]),
        fine("absolute-name", one(tar().file("/etc/a", "abc").end())).totals(&[("paths", 2)]),
        fine(
            "link-climbs-out",
            stack([tar().symlink("a", "../../../.."), tar().file("a/b", "abc")]),
        )
        .totals(&[("live", 3), ("paths", 2)]),
    ]);
}

#[test]
fn a_file_counts_once_wherever_links_lead() {
    all(vec![
        fine(
            "file-through-link",
            stack([
                tar().dir("real").symlink("link", "real"),
                tar().file("link/a", "abc"),
                tar().file("real/a", "defgh"),
            ]),
        )
        .totals(&[("live", 5), ("lost", 3), ("files", 1)]),
        fine(
            "whiteout-through-link",
            stack([
                tar().file("real/a", "abc").symlink("link", "real"),
                tar().file("link/.wh.a", ""),
            ]),
        )
        .totals(&[("live", 0), ("lost", 3)]),
        fine(
            "whiteout-of-link",
            stack([
                tar().file("real/a", "abc").symlink("link", "real"),
                tar().file(".wh.link", ""),
            ]),
        )
        .totals(&[("live", 3), ("paths", 2)]),
        fine(
            "link-becomes-folder",
            stack([
                tar().file("real/a", "abc").symlink("link", "real"),
                tar().dir("link").file("link/a", "de"),
            ]),
        )
        .totals(&[("live", 5), ("files", 2)]),
        fine(
            "opaque-through-link",
            stack([
                tar().file("real/a", "abc").symlink("link", "real"),
                tar().file("link/.wh..wh..opq", ""),
            ]),
        )
        .totals(&[("live", 0), ("lost", 3)]),
        fine(
            "hardlink-below",
            stack([tar().file("a", "abc"), tar().hardlink("b", "a")]),
        )
        .totals(&[("live", 3), ("files", 1), ("file_names", 2)]),
        fine(
            "hardlink-to-symlink",
            one(tar().symlink("a", "x").hardlink("b", "a").end()),
        )
        .totals(&[("paths", 2)]),
        warned(
            "hardlink-through-link",
            stack([
                tar().file("real/a", "abc").symlink("link", "real"),
                tar().hardlink("b", "link/a").file(".wh.real", ""),
            ]),
            "dead-hard-link",
        )
        .totals(&[("live", 0), ("lost", 3)]),
        warned(
            "hardlink-to-nothing",
            one(tar().hardlink("a", "nowhere").end()),
            "dead-hard-link",
        )
        .totals(&[("paths", 0)]),
        warned(
            "hardlink-to-itself",
            one(tar().hardlink("a", "a").end()),
            "dead-hard-link",
        )
        .totals(&[("paths", 0)]),
        warned(
            "hardlink-to-itself-below",
            stack([tar().file("a", "abc"), tar().hardlink("a", "./a")]),
            "dead-hard-link",
        )
        .totals(&[("live", 3)]),
        warned(
            "hardlink-forward",
            one(tar().hardlink("a", "b").file("b", "abc").end()),
            "dead-hard-link",
        )
        .totals(&[("live", 3)]),
        warned(
            "hardlink-to-folder",
            one(tar().dir("d").hardlink("a", "d").end()),
            "dead-hard-link",
        )
        .totals(&[("paths", 1)]),
        warned(
            "hardlink-outside",
            one(tar().hardlink("a", "../../etc/passwd").end()),
            "dead-hard-link",
        ),
        warned(
            "hardlink-into-itself",
            stack([tar().file("a", "abc"), tar().hardlink("a/b", "a")]),
            "dead-hard-link",
        )
        .totals(&[("lost", 3)]),
        fine(
            "same-name-twice",
            one(tar().file("a", "abc").file("./a", "de").end()),
        )
        .totals(&[("live", 2), ("lost", 3)]),
        fine(
            "file-becomes-folder",
            stack([tar().file("a", "abc"), tar().file("a/b", "de")]),
        )
        .totals(&[("live", 2), ("lost", 3)]),
        fine(
            "folder-becomes-file",
            stack([tar().file("a/b/c", "abc"), tar().file("a", "de")]),
        )
        .totals(&[("live", 2), ("lost", 3)]),
    ]);
}

#[test]
fn links_in_circles_end() {
    let chain = |length: usize| {
        (0..length).fold(tar(), |tar, n| {
            tar.symlink(format!("l{n}"), format!("l{}", n + 1))
        })
    };
    let release = tar()
        .symlink("etc/os-release", "../usr/lib/os-release")
        .symlink("usr/lib/os-release", "../../etc/os-release");
    all(vec![
        fine(
            "link-loop",
            one(tar()
                .symlink("a", "b")
                .symlink("b", "a")
                .symlink("c", "c")
                .end()),
        )
        .totals(&[("paths", 3)]),
        fine("os-release-link-loop", one(release.end())),
        fine(
            "os-release-link-climbs",
            one(tar()
                .symlink("etc/os-release", "../../../../etc/hostname")
                .end()),
        ),
        warned(
            "file-below-link-loop",
            stack([
                tar().symlink("a", "b").symlink("b", "a"),
                tar().file("a/x", "abc"),
            ]),
            "link-loop",
        )
        .totals(&[("live", 3)]),
        warned(
            "file-below-itself",
            stack([tar().symlink("a", "a/b"), tar().file("a/x", "abc")]),
            "link-loop",
        )
        .totals(&[("live", 3)]),
        fine(
            "whiteout-below-link-loop",
            stack([tar().symlink("a", "a"), tar().file("a/.wh.x", "")]),
        ),
        fine(
            "link-chain",
            stack([chain(40).dir("l40"), tar().file("l0/x", "abc")]),
        )
        .totals(&[("live", 3)]),
        warned(
            "link-chain-too-long",
            stack([chain(900), tar().file("l0/x", "abc")]),
            "link-loop",
        )
        .totals(&[("live", 3)]),
    ]);
}

#[test]
fn whiteouts_speak_of_layers_below() {
    let base = || tar().file("d/a", "abc").file("d/b", "de");
    all(vec![
        refused(
            "whiteout-of-nothing-named",
            one(tar().file("d/.wh.", "").end()),
            "is no valid whiteout",
        ),
        refused(
            "whiteout-of-itself",
            one(tar().file("d/.wh..", "").end()),
            "is no valid whiteout",
        ),
        refused(
            "whiteout-of-parents",
            one(tar().file("d/.wh...", "").end()),
            "is no valid whiteout",
        ),
        fine(
            "whiteout-of-nothing",
            stack([base(), tar().file("x/.wh.y", "")]),
        )
        .totals(&[("live", 5)]),
        fine(
            "whiteout-in-first-layer",
            one(tar().file(".wh.d", "").file("d/a", "abc").end()),
        )
        .totals(&[("live", 3)]),
        fine(
            "whiteout-with-bytes",
            stack([base(), tar().file("d/.wh.a", "bytes")]),
        )
        .totals(&[("live", 2), ("lost", 8)]),
        fine("whiteout-is-folder", stack([base(), tar().dir("d/.wh.a/")]))
            .totals(&[("live", 2), ("lost", 3)]),
        fine(
            "aufs-leftovers",
            one(tar()
                .file(".wh..wh.aufs", "")
                .dir(".wh..wh.plnk")
                .file("a", "x")
                .end()),
        )
        .totals(&[("live", 1), ("paths", 1)]),
        fine(
            "whiteout-and-file",
            stack([base(), tar().file("d/a", "new!").file("d/.wh.a", "")]),
        )
        .totals(&[("live", 6), ("lost", 3)]),
        fine(
            "opaque-last",
            stack([base(), tar().file("d/c", "new!").file("d/.wh..wh..opq", "")]),
        )
        .totals(&[("live", 4), ("lost", 5)]),
        fine(
            "opaque-root",
            stack([base(), tar().file("c", "new!").file(".wh..wh..opq", "")]),
        )
        .totals(&[("live", 4), ("lost", 5), ("paths", 1)]),
        fine(
            "whiteout-twice",
            stack([
                base(),
                tar()
                    .file("d/.wh.a", "")
                    .file("d/.wh.a", "")
                    .file(".wh.d", ""),
            ]),
        )
        .totals(&[("live", 0), ("lost", 5)]),
    ]);
}

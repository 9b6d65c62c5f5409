//! Trees that are too deep or too broad, and what makes stacking slow (case 52).

use std::fmt::Write as _;

use imgsize::digest::Digest;
use imgsize::testkit::zstd;

use crate::kit::{Layout, Tar, one, packed};
use crate::merge::{stack, tar};
use crate::run::{Case, all, fine, refused, warned};

/// Large layers, stored small.
fn squeezed<const N: usize>(tars: [Tar; N]) -> Layout {
    let tars = tars.into_iter().map(Tar::end);
    packed(tars.map(|tar| (zstd(&tar), Digest::sha256(&tar))).collect())
}

/// A folder that is so many folders deep.
fn deep(folders: usize) -> String {
    vec!["d"; folders].join("/")
}

/// Entries that each lead through links to a folder of their own, so that a short
/// name makes two thousand folders.
fn through_links(count: usize) -> Tar {
    let start = tar().symlink("s", deep(2000));
    (0..count).fold(start, |tar, n| {
        tar.hardlink(format!("{n}/s"), "s")
            .file(format!("{n}/s/x"), "")
    })
}

/// A folder that is deeper with every link.
fn ever_deeper(count: usize) -> Tar {
    let mut tar = tar().symlink("s0", deep(1900));
    for n in 0..count {
        tar = tar.symlink(format!("s{}", n + 1), format!("s{n}/{}", deep(1900)));
        tar = tar.file(format!("s{}/x", n + 1), "x");
    }
    tar
}

#[test]
fn depth_and_breadth_have_limits() {
    let lost = |folders: usize| {
        stack([
            tar().file(format!("{}/x", deep(folders)), "abc"),
            tar().file(".wh.d", ""),
        ])
    };
    let opaque_again = {
        let below = (0..100_000).fold(tar(), |tar, n| tar.file(n.to_string(), ""));
        let marks = (0..100_000).fold(tar(), |tar, _| tar.file(".wh..wh..opq", ""));
        squeezed([below, marks])
    };
    let to_and_fro = {
        let below = (0..100_000).fold(tar(), |tar, n| tar.file(format!("d/{n}"), ""));
        (0..100_000).fold(below, |tar, _| tar.symlink("d", "x").dir("d"))
    };
    let crossing = {
        // Two folders in turn, so that no cache of one helps.
        let target = |end: &str| format!("{}/{end}", vec!["."; 2000].join("/"));
        let links = tar().symlink("a", target("x")).symlink("b", target("y"));
        (0..10_000).fold(links, |tar, n| {
            tar.file(format!("a/{n}"), "").file(format!("b/{n}"), "")
        })
    };
    let dots = vec!["."; 1900].join("/");
    let in_a_row = (0..3).fold(tar(), |tar, n| {
        tar.symlink(format!("{n}"), format!("{dots}/{}", n + 1))
    });
    let in_a_row = in_a_row.file("0/x", "abc");
    let long = "n".repeat(60_000);
    let longest = (0..300).fold(tar(), |tar, n| tar.file(format!("{long}{n}"), "x"));
    let whiteouts = (0..300).fold(tar(), |tar, n| tar.file(format!(".wh.{long}{n}"), ""));
    let slow: fn(Case) -> Case = |case| case.within(30).once();
    all(vec![
        fine("path-of-5000-folders", lost(5000)).totals(&[("lost", 3)]),
        refused("path-of-30000-folders", lost(30_000), "folders deep"),
        slow(fine("opaque-again-and-again", opaque_again)),
        slow(fine("folder-link-folder", squeezed([to_and_fro]))),
        slow(fine("long-links-in-turn", squeezed([crossing]))),
        warned("long-links-in-a-row", one(in_a_row.end()), "link-loop"),
        refused(
            "link-of-5000-bytes",
            one(tar().symlink("a", "x".repeat(5000)).end()),
            "4096 bytes far",
        ),
        slow(refused(
            "folders-behind-links",
            squeezed([through_links(20_000)]),
            "over",
        ))
        .memory(2048),
        slow(warned(
            "ever-deeper",
            squeezed([ever_deeper(1000)]),
            "link-loop",
        )),
        slow(fine("long-names-lost", squeezed([longest, whiteouts]))).totals(&[("lost", 300)]),
        {
            let mut dead = tar();
            let mut name = String::new();
            for n in 0..2000 {
                name.clear();
                let _ = write!(name, "{long}{n}");
                dead = dead.hardlink(&name, "nowhere");
            }
            slow(warned(
                "long-names-in-warnings",
                squeezed([dead]),
                "dead-hard-link",
            ))
            .check(|report, _| {
                assert!(report["warnings"].to_string().len() < 1_000_000);
            })
        },
    ]);
}

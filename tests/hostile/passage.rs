//! Archives that pass by: what is kept of them is little, whatever they hold.

use imgsize::digest::Digest;
use imgsize::testkit::{gzip, zstd};
use serde_json::json;

use crate::kit::{Input, Tar, one};
use crate::run::{all, fine, refused};

fn layer(name: &str) -> Vec<u8> {
    Tar::new().file(name, "abc").end()
}

fn config(layer: &[u8]) -> String {
    json!({"rootfs": {"diff_ids": [Digest::sha256(layer).to_string()]}}).to_string()
}

/// Two images, of which the second has a layer that is none; before all of it, `start`.
fn two(start: Tar, bad: Vec<u8>) -> Vec<u8> {
    let list = json!([
        {"Config": "a.json", "RepoTags": ["a:1"], "Layers": ["a"]},
        {"Config": "b.json", "RepoTags": ["b:1"], "Layers": ["b"]},
    ]);
    let tar = start.file("a", layer("x")).file("b", bad);
    let tar = tar.file("a.json", config(&layer("x")));
    let tar = tar.file("b.json", config(&layer("x")));
    tar.file("manifest.json", list.to_string()).end()
}

#[test]
fn what_no_image_needs_may_be_anything() {
    let cut = || gzip(&layer("y").repeat(3))[..60].to_vec();
    let many = |what: &[u8], count: usize| {
        (0..count).fold(Tar::new(), |tar, n| tar.file(format!("junk{n}"), what))
    };
    let stdin = |archive: Vec<u8>| Input::Stdin(archive);
    let large = vec![b'x'; 1 << 20];
    all(vec![
        fine("passed-bad-unused", stdin(two(Tar::new(), cut())))
            .with(&["--image", "a:1"])
            .totals(&[("live", 3)]),
        refused(
            "passed-bad-used",
            stdin(two(Tar::new(), cut())),
            "gzip stream ends too early",
        )
        .with(&["--image", "b:1"]),
        refused(
            "passed-text-used",
            stdin(two(Tar::new(), b"no tar".to_vec())),
            "it is no tar",
        )
        .with(&["--image", "b:1"]),
        refused(
            "passed-large-text-used",
            stdin(two(Tar::new(), large.clone())),
            "it is no tar",
        )
        .with(&["--image", "b:1"]),
        fine("passed-much-text", stdin(two(many(&large, 40), large)))
            .with(&["--image", "a:1"])
            .totals(&[("live", 3)]),
        fine("passed-tars", stdin(two(many(&layer("z"), 500), vec![])))
            .with(&["--image", "a:1"])
            .totals(&[("live", 3)]),
        refused(
            "passed-many-bad",
            stdin(two(many(&cut(), 17), vec![])),
            "over 16 of them",
        )
        .with(&["--image", "a:1"]),
        refused(
            "passed-layer-as-config",
            stdin(
                Tar::new()
                    .file("a", layer("x"))
                    .file("manifest.json", r#"[{"Config":"a","Layers":["a"]}]"#)
                    .end(),
            ),
            "a layer, and no document",
        ),
    ]);
}

#[test]
fn documents_are_kept_up_to_a_limit() {
    let bomb = |size: usize, count: usize| {
        let list = format!("[{}]", "1,".repeat(size / 2));
        let documents = (0..count).fold(Tar::new(), |tar, n| tar.file(format!("{n}"), &list));
        let image = one(layer("x")).files();
        let add = |tar: Tar, (path, bytes)| tar.file(path, bytes);
        Input::Stdin(zstd(&image.iter().fold(documents, add).end()))
    };
    all(vec![
        // There is still room for small ones.
        fine("passed-large-documents", bomb(10 << 20, 20))
            .memory(400)
            .totals(&[("live", 3)]),
        refused(
            "passed-all-documents",
            bomb((64 << 10) - 2, 1030),
            "hold over 64 MiB",
        )
        .memory(400),
    ]);
}

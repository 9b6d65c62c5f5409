//! Archives and layouts that are none, or only almost (cases 1 to 8).

use std::collections::BTreeMap;
use std::io::Write as _;

use imgsize::testkit::{gzip, zstd};
use serde_json::json;

use crate::kit::{Input, Tar, archive, files, layers, one};
use crate::run::{Case, all, fine, refused};

fn small() -> Vec<u8> {
    Tar::new().file("a", "abc").file("b", "defgh").end()
}

/// An image as an OCI archive.
fn whole() -> Vec<u8> {
    archive(&one(small()).files())
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn half(bytes: Vec<u8>) -> Vec<u8> {
    bytes[..bytes.len() / 2].to_vec()
}

/// Bytes that are nothing.
fn noise(count: usize) -> Vec<u8> {
    (0..count as u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect()
}

#[test]
fn what_is_no_image_is_refused_by_name() {
    let outer = one(noise(100_000)).files();
    all(vec![
        refused("empty-file", vec![], "the file is empty"),
        refused("zeros-only", vec![0; 10_240], "nothing in it"),
        refused("not-a-tar", noise(5000), "neither a tar"),
        refused("one-byte", vec![b'x'], "neither a tar"),
        refused(
            "html-page",
            b"\n <!DOCTYPE html><html>x".to_vec(),
            "a web page",
        ),
        refused(
            "program",
            [b"\x7fELF".to_vec(), noise(900)].concat(),
            "a program",
        ),
        refused("json", b"{\"errors\":[]}".to_vec(), "a JSON document"),
        refused("bzip2", b"BZh91AY&SY".to_vec(), "bzip2"),
        refused("gzip-of-noise", gzip(&noise(5000)), "neither a tar"),
        refused("gzip-of-gzip", gzip(&gzip(&whole())), "neither a tar"),
        refused("gzip-of-nothing", gzip(b""), "the file is empty"),
        refused(
            "gzip-magic-only",
            b"\x1f\x8b".to_vec(),
            "gzip stream ends too early",
        ),
        refused(
            "xz-damaged",
            [b"\xfd7zXZ\0".to_vec(), noise(90)].concat(),
            "the xz stream",
        ),
        refused(
            "a-file-system",
            small(),
            "without manifest.json or index.json",
        ),
        refused("cut-short", half(archive(&outer)), "the tar ends too early"),
        refused(
            "cut-in-a-header",
            whole()[..700].to_vec(),
            "the tar ends too early",
        ),
        refused(
            "outer-gzip-cut",
            half(gzip(&archive(&outer))),
            "gzip stream ends too early",
        ),
        refused(
            "outer-zstd-cut",
            half(zstd(&archive(&outer))),
            "zstd stream ends too early",
        ),
        refused(
            "outer-xz-cut",
            half(xz(&archive(&outer))),
            "xz stream ends too early",
        ),
        refused(
            "stdin-cut",
            Input::Stdin(half(archive(&outer))),
            "the tar ends too early",
        ),
        refused("stdin-empty", Input::Stdin(vec![]), "the file is empty"),
        fine("stdin-gzip", Input::Stdin(gzip(&whole()))).totals(&[("live", 8)]),
        fine("stdin-xz", Input::Stdin(xz(&whole()))).totals(&[("live", 8)]),
    ]);
}

/// A layout with another index.json.
fn indexed(text: Option<&[u8]>) -> BTreeMap<String, Vec<u8>> {
    let mut files = one(small()).files();
    files.remove("index.json");
    files.extend(text.map(|text| ("index.json".to_owned(), text.to_vec())));
    files
}

#[test]
fn a_layout_needs_its_index() {
    let deep = "[".repeat(200_000);
    let cases: Vec<(_, Option<&[u8]>, _)> = vec![
        ("no-index", None, "no manifest.json and no index.json"),
        ("index-no-json", Some(b"not json"), "index.json is damaged"),
        (
            "index-cut",
            Some(br#"{"manifests":[{"#),
            "index.json is damaged",
        ),
        ("index-empty", Some(b""), "index.json is damaged"),
        ("index-is-a-list", Some(b"[]"), "index.json is damaged"),
        (
            "index-of-nothing",
            Some(br#"{"manifests":[]}"#),
            "it lists no image",
        ),
        ("index-null", Some(b"null"), "index.json is damaged"),
        (
            "index-no-utf-8",
            Some(b"{\"\xff\":0}"),
            "index.json is damaged",
        ),
        ("index-deep", Some(deep.as_bytes()), "index.json is damaged"),
        (
            "index-wrong-types",
            Some(br#"{"manifests":{"a":7}}"#),
            "index.json is damaged",
        ),
    ];
    for (name, text, words) in cases {
        all(vec![refused(name, archive(&indexed(text)), words)]);
        let words = if name == "no-index" {
            "has no index.json"
        } else {
            words
        };
        all(vec![refused(name, Input::Folder(indexed(text)), words)]);
    }
}

#[test]
fn nothing_outside_is_read() {
    let real = one(small()).files();
    let layer = real
        .keys()
        .find(|path| real[*path] == small())
        .unwrap()
        .clone();
    let mut without = real.clone();
    without.remove(&layer);
    let linked = |target: &str| {
        let tar = without
            .iter()
            .fold(Tar::new(), |tar, (path, bytes)| tar.file(path, bytes));
        tar.symlink(&layer, target).end()
    };
    let outside = || {
        let mut files = without.clone();
        files.insert("elsewhere".to_owned(), small());
        files
    };
    // A layout whose blobs folder is a link to where they really are.
    let moved: BTreeMap<_, _> = real
        .iter()
        .map(|(path, bytes)| (path.replace("blobs/", "moved/"), bytes.clone()))
        .collect();
    let link = |from: &str, to: &str| vec![(from.to_owned(), to.to_owned())];
    let index = indexed(None);
    let climbing = |config: &str, layer: &str| {
        let list = json!([{"Config": config, "RepoTags": ["a:1"], "Layers": [layer]}]);
        let config = json!({"rootfs": {"diff_ids": []}}).to_string();
        files([
            ("manifest.json", list.to_string().into_bytes()),
            ("c.json", config.into_bytes()),
        ])
    };
    let mut cases = vec![
        refused(
            "blob-is-symlink",
            Input::Linked(outside(), link(&layer, "../../elsewhere")),
            "links are not followed",
        ),
        refused(
            "blobs-folder-is-symlink",
            Input::Linked(moved, link("blobs", "moved")),
            "links are not followed",
        ),
        refused(
            "index-is-symlink",
            Input::Linked(index, link("index.json", "oci-layout")),
            "links are not followed",
        ),
        refused(
            "blob-is-symlink-in-tar",
            linked("/etc/hostname"),
            "is not there",
        ),
        refused(
            "blob-is-symlink-that-climbs",
            linked("../../../../../etc/hostname"),
            "is not there",
        ),
        refused(
            "folder-as-docker",
            Input::Linked(climbing("x/passwd", "c.json"), link("x", "/etc")),
            "links are not followed",
        ),
        refused(
            "docker-layer-link-loop",
            docker_tar(|tar| tar.symlink("l", "l")),
            "circle",
        ),
        refused(
            "docker-layer-link-ring",
            docker_tar(|tar| tar.symlink("l", "m").symlink("m", "l")),
            "circle",
        ),
        refused(
            "docker-layer-twice",
            docker_tar(|tar| tar.file("l", small()).file("l", "")),
            "twice",
        ),
        refused(
            "docker-layer-is-folder",
            docker_tar(|tar| tar.dir("l")),
            "l is not there",
        ),
        fine(
            "docker-layer-is-link",
            docker_tar(|tar| tar.file("x/m", small()).symlink("l", "./x/../x/m")),
        )
        .totals(&[("live", 8)]),
    ];
    for (name, config, layer) in [
        ("docker-layer-outside", "c.json", "../../etc/hostname"),
        ("docker-layer-absolute", "c.json", "/etc/hostname"),
        ("docker-config-outside", "../../etc/hostname", "l"),
    ] {
        cases.push(refused(
            name,
            archive(&climbing(config, layer)),
            "etc/hostname is not there",
        ));
    }
    let folder = Input::Folder(climbing("c.json", "../../../../../../etc/hostname"));
    cases.push(refused(
        "folder-layer-outside",
        folder,
        "etc/hostname is not there",
    ));
    all(cases);
}

/// The image of `small` as `docker save` writes it, without its layer `l`.
fn docker_tar(layer: impl Fn(Tar) -> Tar) -> Vec<u8> {
    let list = json!([{"Config": "c.json", "RepoTags": null, "Layers": ["l"]}]);
    let tar = Tar::new().file("manifest.json", list.to_string());
    layer(tar.file("c.json", docker_config())).end()
}

fn docker_config() -> String {
    let id = imgsize::digest::Digest::sha256(&small()).to_string();
    json!({"rootfs": {"type": "layers", "diff_ids": [id]}}).to_string()
}

fn docker(list: &str) -> Vec<u8> {
    archive(&files([
        ("manifest.json", list.as_bytes().to_vec()),
        ("c.json", docker_config().into_bytes()),
        ("l", small()),
    ]))
}

#[test]
fn docker_archives_in_every_spelling() {
    let good = r#"[{"Config":"c.json","RepoTags":["a:1"],"Layers":["l"]}]"#;
    let entry = good.trim_matches(['[', ']']);
    let other = entry.replace("a:1", "b:1");
    let lower = r#"[{"config":"c.json","repoTags":["a:1"],"layers":["l"]}]"#;
    let dotted = |start: &str| {
        let put = |tar: Tar, name: &str, bytes: Vec<u8>| tar.file(format!("{start}{name}"), bytes);
        let tar = put(Tar::new(), "manifest.json", good.as_bytes().to_vec());
        let tar = put(tar, "c.json", docker_config().into_bytes());
        put(tar, "l", small()).end()
    };
    let two_files = Tar::new()
        .file("manifest.json", good)
        .file("manifest.json", other.clone())
        .file("c.json", docker_config())
        .file("l", small());
    let live: fn(Case) -> Case = |case| case.totals(&[("live", 8)]);
    let two = format!("[{entry},{other}]");
    all(vec![
        live(fine("docker", docker(good))),
        live(fine("docker-lower-case-keys", docker(lower))),
        live(fine("dotted-members", dotted("./"))),
        live(fine("absolute-members", dotted("/"))),
        live(fine(
            "no-folder-entries",
            archive(&layers(vec![small()]).files()),
        )),
        refused("docker-two-manifests", two_files.end(), "twice"),
        refused("docker-two-images", docker(&two), "which one"),
        live(fine("docker-two-images-chosen", docker(&two)).with(&["--image", "b:1"])),
        refused("docker-no-such-image", docker(good), "no image `x`").with(&["--image", "x"]),
        refused(
            "docker-null-manifest",
            docker("null"),
            "manifest.json is damaged",
        ),
        refused(
            "docker-null-image",
            docker("[null]"),
            "manifest.json is damaged",
        ),
        refused("docker-empty-list", docker("[]"), "it lists no image"),
        refused("docker-object", docker("{}"), "manifest.json is damaged"),
        refused(
            "docker-image-as-list",
            docker(r#"[["c.json",["a:1"],["l"]]]"#),
            "expected an object",
        ),
        refused(
            "docker-no-config",
            docker(r#"[{"Layers":["l"]}]"#),
            "an image without a config",
        ),
        refused(
            "docker-no-layers",
            docker(r#"[{"Config":"c.json","Layers":null}]"#),
            "1 diff IDs for 0 layers",
        ),
        refused(
            "docker-layer-absent",
            docker(&good.replace("[\"l\"]", "[\"m\"]")),
            "m is not there",
        ),
        refused(
            "docker-config-absent",
            docker(&good.replace("c.json", "d.json")),
            "d.json is not there",
        ),
        refused(
            "docker-config-wrong-digest",
            {
                let hex = "a".repeat(64);
                let list = good.replace("c.json", &format!("{hex}.json"));
                let config = docker_config().into_bytes();
                archive(&files([
                    ("manifest.json", list.into_bytes()),
                    (&format!("{hex}.json"), config),
                    ("l", small()),
                ]))
            },
            "not what its name promises",
        ),
    ]);
}

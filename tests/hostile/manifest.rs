//! Documents that lie about each other (cases 9 to 22).

use imgsize::digest::Digest;
use imgsize::testkit::gzip;
use serde_json::{Value, json};

use crate::kit::{INDEX, Input, Layout, MANIFEST, Tar, archive, blob, layers, packed};
use crate::run::{all, fine, refused, warned};

fn small() -> Vec<u8> {
    Tar::new().file("a", "abc").end()
}

/// A small image with one gzip layer, so that every byte of it is read.
pub(crate) fn image() -> Layout {
    blob(gzip(&small()), &small())
}

/// A layout in which some blob has other bytes than its digest says.
fn spoilt(of: fn(&[u8]) -> bool, spoil: fn(&mut Vec<u8>)) -> Layout {
    let mut layout = image();
    // The documents are made once before, so that they are there to be spoilt.
    let index = layout.seal();
    let mut spoilt = 0;
    for bytes in layout.blobs.values_mut().filter(|bytes| of(bytes)) {
        spoil(bytes);
        spoilt += 1;
    }
    assert_eq!(spoilt, 1);
    raw(layout, index)
}

/// A layout whose index.json is this, and whose own manifest is not used.
pub(crate) fn raw(layout: Layout, index: Value) -> Layout {
    layout.index(move |made| *made = index.clone())
}

fn is_layer(bytes: &[u8]) -> bool {
    bytes[0] == 0x1f
}

fn is_config(bytes: &[u8]) -> bool {
    bytes.windows(8).any(|part| part == b"diff_ids")
}

fn is_manifest(bytes: &[u8]) -> bool {
    bytes.windows(13).any(|part| part == b"schemaVersion")
}

/// The last digit of something in JSON becomes another.
fn other_digit(bytes: &mut [u8]) {
    let digit = bytes.iter_mut().rev().find(|byte| byte.is_ascii_digit());
    let digit = digit.unwrap();
    *digit = if *digit == b'1' { b'2' } else { b'1' };
}

#[test]
fn contents_must_be_what_their_names_promise() {
    all(vec![
        fine("as-promised", image()).totals(&[("live", 3)]),
        // Sealing a spoilt layout adds its right documents again, under the same
        // names: only the layer can be spoilt in place.
        refused(
            "layer-wrong-digest",
            spoilt(is_layer, |bytes| bytes[9] ^= 1),
            "its digest is sha256:",
        ),
        refused(
            "config-wrong-digest",
            spoilt_files(is_config, |bytes| other_digit(bytes)),
            "its digest is sha256:",
        ),
        refused(
            "manifest-wrong-digest",
            spoilt_files(is_manifest, |bytes| other_digit(bytes)),
            "its digest is sha256:",
        ),
        refused(
            "layer-trailing-bytes",
            spoilt(is_layer, |bytes| bytes.extend([0; 9])),
            "not the",
        ),
        refused(
            "config-trailing-bytes",
            spoilt_files(is_config, |bytes| bytes.push(b'\n')),
            "not the",
        ),
        refused("layer-empty", spoilt(is_layer, Vec::clear), "has 0 bytes"),
        refused("layer-absent", absent(is_layer), "the layer sha256:"),
        refused("config-absent", absent(is_config), "is not there"),
        refused("manifest-absent", absent(is_manifest), "is not there"),
        warned(
            "diff-id-wrong",
            image().config(|c| c["rootfs"]["diff_ids"] = json!([Digest::sha256(b"x").to_string()])),
            "diff-id-mismatch",
        ),
        refused(
            "diff-ids-too-few",
            image().config(|c| c["rootfs"]["diff_ids"] = json!([])),
            "0 diff IDs for 1 layers",
        ),
        refused(
            "diff-ids-too-many",
            image().config(|c| {
                c["rootfs"]["diff_ids"] = json!(vec![Digest::sha256(b"x").to_string(); 50_000])
            }),
            "50000 diff IDs for 1 layers",
        ),
        refused(
            "diff-id-noise",
            image().config(|c| c["rootfs"]["diff_ids"] = json!(["sha256:../../x"])),
            "is no digest",
        ),
        refused(
            "rootfs-absent",
            image().config(|c| c["rootfs"] = Value::Null),
            "0 diff IDs for 1 layers",
        ),
    ]);
}

fn spoilt_files(of: fn(&[u8]) -> bool, spoil: fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut files = image().files();
    let blobs = files
        .iter_mut()
        .filter(|(path, bytes)| path.starts_with("blobs") && of(bytes));
    blobs.for_each(|(_, bytes)| spoil(bytes));
    archive(&files)
}

fn absent(of: fn(&[u8]) -> bool) -> Vec<u8> {
    let mut files = image().files();
    files.retain(|path, bytes| !path.starts_with("blobs") || !of(bytes));
    archive(&files)
}

/// An image with one word of its layer's descriptor changed.
fn described(key: &'static str, value: Value) -> Layout {
    image().layer(move |layer| layer[key] = value.clone())
}

#[test]
fn descriptors_are_not_believed() {
    let hex = "a".repeat(64);
    // Numbers that serde_json's macro would not write.
    let sized = |size: &str| {
        let mut layout = image().layer(|layer| layer["size"] = json!(0));
        let mut index = layout.seal();
        let manifest = layout.blobs.values().find(|bytes| is_manifest(bytes));
        let manifest = String::from_utf8(manifest.unwrap().clone()).unwrap();
        let at = manifest.rfind("\"size\":0").unwrap();
        let spoilt = format!("{}\"size\":{size}{}", &manifest[..at], &manifest[at + 8..]);
        index["manifests"][0] = layout.put(MANIFEST, spoilt.into_bytes());
        raw(layout, index)
    };
    all(vec![
        refused(
            "layer-size-too-small",
            described("size", json!(1)),
            "not the 1 that",
        ),
        refused(
            "layer-size-too-big",
            described("size", json!(1 << 20)),
            "not the 1048576 that",
        ),
        refused(
            "layer-size-2-62",
            described("size", json!(1_u64 << 62)),
            "not the 4611686018427387904 that",
        ),
        refused(
            "layer-size-largest",
            described("size", json!(u64::MAX)),
            "not the 18446744073709551615 that",
        ),
        refused("layer-size-negative", sized("-1"), "is damaged: invalid"),
        refused(
            "layer-size-over-u64",
            sized("18446744073709551616"),
            "is damaged: invalid",
        ),
        refused(
            "layer-size-no-number",
            described("size", json!("7")),
            "is damaged: invalid",
        ),
        refused("layer-size-fraction", sized("1.5"), "is damaged: invalid"),
        refused(
            "layer-null",
            image().manifest(|m| m["layers"] = json!([null])),
            "is damaged: invalid",
        ),
        refused(
            "layer-as-list",
            image().manifest(|m| m["layers"] = json!([["", "sha256:x", 1]])),
            "is damaged",
        ),
        refused(
            "digest-climbs-out",
            described("digest", json!("sha256:../../../../etc/hostname")),
            "is no digest",
        ),
        refused(
            "digest-too-short",
            described("digest", json!(format!("sha256:{}", &hex[1..]))),
            "is no digest",
        ),
        refused(
            "digest-upper-case",
            described("digest", json!(format!("sha256:{}", "A".repeat(64)))),
            "is no digest",
        ),
        refused(
            "digest-unknown-algorithm",
            described("digest", json!(format!("md5:{}", &hex[32..]))),
            "is no digest",
        ),
        refused(
            "digest-of-4-mib",
            described("digest", json!("x".repeat(4_000_000))),
            "is no digest",
        ),
        refused(
            "digest-escape-codes",
            described("digest", json!("\u{1b}]0;x\u{7}\n::error::x")),
            "is no digest",
        ),
        refused(
            "digest-absent",
            image().manifest(|m| m["config"] = json!({"size": 1})),
            "is no digest",
        ),
    ]);
}

#[test]
fn what_is_no_plain_image_says_what_it_is() {
    let own_index =
        json!([{"mediaType": MANIFEST, "digest": Digest::sha256(b"x").to_string(), "size": 1}]);
    let typed = |media_type: &'static str| {
        image().index(move |i| i["manifests"][0]["mediaType"] = json!(media_type))
    };
    let artifact = |media_type: &'static str| {
        image().manifest(move |m| m["config"]["mediaType"] = json!(media_type))
    };
    let schema_1 = |m: &mut Value| {
        *m = json!({"schemaVersion": 1, "name": "x", "fsLayers": [{"blobSum": "x"}], "history": []})
    };
    let attested = {
        let mut layout = image();
        let beside = layout.put_json(MANIFEST, &json!({"schemaVersion": 2, "layers": []}));
        layout.index(move |index| {
            let mut beside = beside.clone();
            beside["platform"] = json!({"os": "unknown", "architecture": "unknown"});
            beside["annotations"] = json!({"vnd.docker.reference.type": "attestation-manifest"});
            index["manifests"].as_array_mut().unwrap().push(beside);
        })
    };
    let foreign = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
    let mut not_here = described("mediaType", json!(foreign)).files();
    not_here.retain(|path, bytes| !path.starts_with("blobs") || !is_layer(bytes));
    let both = own_index.clone();
    all(vec![
        refused(
            "manifest-and-index",
            image().manifest(move |m| m["manifests"] = both.clone()),
            "and is an index",
        ),
        refused("media-type-says-index", typed(INDEX), "index"),
        refused(
            "own-media-type-says-index",
            image().manifest(|m| m["mediaType"] = json!(INDEX)),
            "says that it is an index",
        ),
        refused(
            "index-called-manifest",
            image().manifest(move |m| {
                *m = json!({"schemaVersion": 2, "manifests": own_index.clone()})
            }),
            "and is an index",
        ),
        refused(
            "manifest-is-a-list",
            image().manifest(|m| *m = json!([])),
            "is damaged",
        ),
        refused(
            "manifest-is-text",
            image().manifest(|m| *m = json!("text")),
            "is damaged",
        ),
        refused(
            "no-config",
            image().manifest(|m| m["config"] = Value::Null),
            "it names no config",
        ),
        fine("no-media-type", typed("")).totals(&[("live", 3)]),
        refused("schema-1", image().manifest(schema_1), "schema version 1"),
        refused(
            "encrypted-layer",
            described(
                "mediaType",
                json!("application/vnd.oci.image.layer.v1.tar+gzip+encrypted"),
            ),
            "is encrypted",
        ),
        refused(
            "artifact-only",
            artifact("application/vnd.cncf.helm.config.v1+json"),
            "an artifact of type application/vnd.cncf.helm",
        ),
        refused(
            "artifact-escape-codes",
            artifact("a\u{1b}[2J\n::error::b"),
            "an artifact of type a\\x1b",
        ),
        refused(
            "attestation-only",
            described("mediaType", json!("application/vnd.in-toto+json")),
            "an attestation",
        ),
        warned("foreign-layer", archive(&not_here), "foreign-layer").totals(&[("live", 0)]),
        fine("attestation-beside", attested).totals(&[("live", 3)]),
    ]);
}

#[test]
fn histories_and_layers_in_any_number() {
    let told = |history: Value| image().config(move |c| c["history"] = history.clone());
    let steps = |count: usize| told(json!(vec![json!({"created_by": "RUN x"}); count]));
    let many: Vec<Vec<u8>> = (0..500)
        .map(|n| Tar::new().file(format!("{n}"), "x").file("same", "y").end())
        .collect();
    let too_many = layers(vec![small(); 1001]);
    let same = (gzip(&small()), Digest::sha256(&small()));
    all(vec![
        warned("history-too-long", steps(5), "history-mismatch"),
        warned("history-far-too-long", steps(50_000), "history-mismatch"),
        fine("history-absent", told(Value::Null)),
        fine("history-empty", told(json!([]))),
        fine(
            "history-all-empty",
            told(json!([{"empty_layer": true}, {"empty_layer": true}])),
        ),
        fine(
            "history-null-steps",
            told(json!([null, {"created_by": null}, null])),
        ),
        refused("history-of-noise", told(json!([7])), "is damaged: invalid"),
        fine("same-layer-twice", packed(vec![same.clone(), same]))
            .totals(&[("live", 3), ("lost", 3)]),
        fine("no-layers", packed(vec![])).totals(&[("stored", 0), ("download", 0)]),
        refused("thousand-and-one-layers", too_many, "reads up to 1000"),
        fine("five-hundred-layers", layers(many)).totals(&[("live", 501), ("lost", 499)]),
    ]);
}

#[test]
fn digests_of_the_other_algorithm() {
    let mut files = image().files();
    let layer = files
        .keys()
        .find(|path| is_layer(&files[*path]))
        .unwrap()
        .clone();
    let bytes = files.remove(&layer).unwrap();
    let mut hasher = imgsize::digest::Hasher::Sha512(Default::default());
    hasher.update(&bytes);
    let digest = hasher.finish().to_string();
    let put = |bytes: Vec<u8>| {
        let mut layout = described("digest", json!(digest));
        layout
            .blobs
            .insert(format!("blobs/{}", digest.replace(':', "/")), bytes);
        layout
    };
    let mut wrong = bytes.clone();
    wrong[9] ^= 1;
    all(vec![
        fine("sha512", put(bytes)).totals(&[("live", 3)]),
        refused("sha512-wrong", put(wrong), "its digest is sha512:"),
        refused(
            "sha512-folder-is-file",
            Input::File(files.remove("oci-layout").unwrap()),
            "a JSON document",
        ),
    ]);
}

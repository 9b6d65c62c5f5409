//! Images on a server whose layers have tables of contents: read by them, an image
//! is the same as read whole, for a few of its bytes.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use common::{forget, law};
use imgsize::analysis::{Analysis, Warning, Wishes, analyze};
use imgsize::cache::{Cache, LIMIT};
use imgsize::digest::Digest;
use imgsize::layer::Oddity;
use imgsize::report::{FORMATS, Report, Sort, Style};
use imgsize::scan::{How, ScanError};
use imgsize::source::{Blob, Choice, Image, Net, Opened, Origin, TocPromise, open};
use imgsize::testkit::{
    Case, RemoteImage, estargz, estargz_of, gzip, old_zstd_chunked, zstd, zstd_chunked,
};
use imgsize::units::{Bytes, Units};
use serde_json::Value;

type Packed = (Vec<u8>, Option<TocPromise>);

fn estargz_layer(tar: &[u8]) -> Packed {
    let (blob, promise) = estargz(tar);
    (blob, Some(promise))
}

fn chunked_layer(tar: &[u8]) -> Packed {
    let (blob, promise) = zstd_chunked(tar);
    (blob, Some(promise))
}

fn old_chunked_layer(tar: &[u8]) -> Packed {
    let (blob, promise) = old_zstd_chunked(tar);
    (blob, Some(promise))
}

fn gzip_layer(tar: &[u8]) -> Packed {
    (gzip(tar), None)
}

fn zstd_layer(tar: &[u8]) -> Packed {
    (zstd(tar), None)
}

/// Every packing with a table.
const PACKINGS: [fn(&[u8]) -> Packed; 3] = [estargz_layer, chunked_layer, old_chunked_layer];

/// A distribution, its packages, an app, and every way to lose bytes.
const RICH: &str = "
t etc/os-release os-release
t var/lib/dpkg/status dpkg-status
t var/lib/dpkg/info/hello.list dpkg-hello.list
f 900 usr/bin/hello
f 60 etc/hello.conf
f 400000 bin/tool
h bin/tool2 bin/tool
d srv
l lib usr/lib
f 300000 usr/lib/libbig.so
f 0 srv/empty
---
t usr/local/lib/python3.11/site-packages/demo-1.2.dist-info/METADATA pip-METADATA
t usr/local/lib/python3.11/site-packages/demo-1.2.dist-info/RECORD pip-RECORD
f 5000 usr/local/lib/python3.11/site-packages/demo/__init__.py
f 2500 usr/local/lib/python3.11/site-packages/demo/tests/test_demo.py
f 30000 root/.cache/pip/http/a
f 200000 root/.cache/pip/http/b
f 9 root/.cache/.wh.full
---
f 1500 app/main.py
f 70000 app/data
f 700 app/node_modules/left-pad/index.js
t app/node_modules/left-pad/package.json npm-package.json
f 300 app/dist/main.js
---
m 1500 app/main.py
m 70000 app/data
m 300000 usr/lib/libbig.so
f 60 etc/hello.conf v2
f 400000 bin/tool v2
---
w root/.cache
h broken/link no/such/file
o srv
f 80000 srv/new
";

fn case(text: &str) -> Case {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/report");
    Case::parse(text, &folder)
}

fn verify() -> How {
    How {
        verify: true,
        ..How::default()
    }
}

fn analysis(image: &dyn Image, how: &How) -> Analysis {
    analyze(image, how, &Wishes::default(), &|_| {}).unwrap()
}

fn json(image: &dyn Image, how: &How) -> Value {
    let style = Style {
        units: Units::Exact,
        width: 100,
        top: None,
        sort: Sort::Size,
    };
    let format = FORMATS.iter().find(|format| format.id == "json").unwrap();
    let mut out = Vec::new();
    let report = Report::new(&analysis(image, how));
    (format.write)(&report, &style, &mut out).unwrap();
    let report = serde_json::from_slice(&out).unwrap();
    law("toc", &report);
    report
}

/// The report without shares of the download, and what says how it was read.
fn facts(mut report: Value) -> Value {
    for part in ["packages", "places"] {
        for row in report[part].as_array_mut().unwrap() {
            forget(&mut row["by_layer"], &["download"]);
        }
    }
    for part in ["categories", "packages", "places", "folders", "lost"] {
        forget(&mut report[part], &["download", "download_lost"]);
    }
    let of_layers = [
        "verified",
        "download_overhead",
        "download_exact",
        "overhead",
        "read",
        "fetched",
        "content",
    ];
    forget(&mut report["layers"], &of_layers);
    for field in ["download_overhead", "overhead"] {
        report["totals"][field].take();
    }
    report["image"]["verified"].take();
    // Of a layer that is read by its table nobody knows what its scripts load, and what
    // is not known to be safe is not called so.
    report["findings"].take();
    report["advice"].take();
    report
}

fn read(report: &Value) -> Vec<&str> {
    let layers = report["layers"].as_array().unwrap();
    layers
        .iter()
        .map(|row| row["read"].as_str().unwrap())
        .collect()
}

#[test]
fn a_table_and_the_whole_blob_tell_the_same_report() {
    for pack in PACKINGS {
        let image = case(RICH).remote(pack);
        let (toc, whole) = (json(&image, &How::default()), json(&image, &verify()));
        assert_eq!(read(&whole), ["whole"; 5]);
        assert!(read(&toc).contains(&"toc"));
        // Overhead is the least that it can be.
        for (toc, whole) in toc["layers"]
            .as_array()
            .unwrap()
            .iter()
            .zip(whole["layers"].as_array().unwrap())
        {
            assert!(toc["overhead"].as_u64() <= whole["overhead"].as_u64());
            assert!(toc["fetched"].as_u64() <= whole["fetched"].as_u64());
        }
        assert_eq!(facts(toc), facts(whole));
    }
}

#[test]
fn layers_with_and_without_tables_mix() {
    // Every pair of neighbours: what was read has one kind of hash, what a table
    // names has another, and both are asked whether a content is the same.
    let all: [fn(&[u8]) -> Packed; 4] = [estargz_layer, chunked_layer, gzip_layer, zstd_layer];
    for first in 0..all.len() {
        for second in 0..all.len() {
            let no = std::cell::Cell::new(0);
            let image = case(RICH).remote(|tar| {
                no.set(no.get() + 1);
                all[if no.get() % 2 == 1 { first } else { second }](tar)
            });
            let toc = json(&image, &How::default());
            let causes = toc["lost"].as_array().unwrap().iter();
            let same = causes.filter(|row| row["cause"] == "metadata-only" && row["bytes"] != 1);
            assert_eq!(same.count(), 3);
            assert_eq!(
                facts(toc),
                facts(json(&image, &verify())),
                "{first} {second}"
            );
        }
    }
}

#[test]
fn verify_reads_every_byte_and_no_table() {
    for pack in PACKINGS {
        let image = case(RICH).remote(pack);
        let report = json(&image, &verify());
        assert_eq!(image.asked(), (0, 5, image.size()));
        assert_eq!(report["image"]["verified"], true);
        for row in report["layers"].as_array().unwrap() {
            assert_eq!(row["fetched"], row["download"]);
        }
    }
}

#[test]
fn of_an_image_with_much_payload_less_than_3_percent_is_fetched() {
    let text = RICH.replace(
        "f 400000 bin/tool\n",
        "f 4000000 bin/tool\nf 4000000 usr/bin/other\n",
    );
    let text = text
        .replace("f 70000 app", "f 5000000 app")
        .replace("m 70000 app", "m 5000000 app");
    for pack in PACKINGS {
        let image = case(&text).remote(pack);
        let report = json(&image, &How::default());
        let (parts, wholes, bytes) = image.asked();
        // The small layers are read whole; of the others the tables and databases.
        let fetched: u64 = report["layers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["fetched"].as_u64().unwrap())
            .sum();
        assert_eq!(bytes, Bytes(fetched));
        assert!(
            bytes.0 * 100 < image.size().0 * 3,
            "{bytes} of {}",
            image.size()
        );
        assert!(parts <= 12 && wholes <= 1, "{parts} {wholes}");
    }
}

#[test]
fn contents_are_compared_by_tables_without_being_fetched() {
    let text = "f 3000000 app/data\n---\nm 3000000 app/data\n---\nf 3000000 app/data v2\n";
    let image = case(text).remote(estargz_layer);
    let report = json(&image, &How::default());
    assert!(image.asked().2 < Bytes(300_000));
    assert_eq!(report["lost"][0]["cause"], "metadata-only");
    assert_eq!(report["lost"][1]["cause"], "overwritten");
}

#[test]
fn a_second_look_fetches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for (no, pack) in PACKINGS.into_iter().enumerate() {
        let how = How {
            cache: Some(Arc::new(Cache::new(
                folder.path().join(no.to_string()),
                LIMIT,
            ))),
            ..How::default()
        };
        // A layer without a table, so that contents are fetched for a comparison.
        let layer = std::cell::Cell::new(0);
        let mut image = case(RICH).remote(|tar| {
            layer.set(layer.get() + 1);
            if layer.get() == 4 {
                gzip_layer(tar)
            } else {
                pack(tar)
            }
        });
        let first = json(&image, &how);
        assert!(image.asked().2 > Bytes::ZERO);
        assert_eq!(json(&image, &how), first);
        assert_eq!(image.asked(), (0, 0, Bytes::ZERO));

        // With `--verify` all is read, and then preferred to what the tables told.
        let whole = json(
            &image,
            &How {
                verify: true,
                ..how.clone()
            },
        );
        assert_eq!(image.asked().1, 5);
        assert_eq!(json(&image, &how), whole);
        assert_eq!(read(&whole), ["whole"; 5]);
        assert_eq!(image.asked(), (0, 0, Bytes::ZERO));

        // Without the whole layers another table is another layer.
        for file in fs::read_dir(how.cache.as_ref().unwrap().folder()).unwrap() {
            let file = file.unwrap();
            if file.file_name().to_string_lossy().starts_with("blob-") {
                fs::remove_file(file.path()).unwrap();
            }
        }
        let promise = image.info.layers[0].toc.as_mut().unwrap();
        let (TocPromise::Stargz { digest } | TocPromise::ZstdChunked { digest, .. }) = promise;
        *digest = Digest::sha256(b"another");
        let other = json(&image, &how);
        assert_eq!(other["layers"][0]["read"], "whole");
        assert_eq!(other["warnings"][0]["code"], "toc-unusable");
        assert!(image.asked().1 > 0);
        how.cache.unwrap().clear().unwrap();
        assert_eq!(
            fs::read_dir(folder.path().join(no.to_string()))
                .unwrap()
                .count(),
            0
        );
    }
}

#[test]
fn a_server_without_parts_is_read_whole_without_a_warning() {
    for pack in PACKINGS {
        let mut image = case(RICH).remote(pack);
        let wanted = json(&image, &verify());
        // It may stop giving parts at any time.
        for parts in 0..4 {
            image.parts = parts;
            assert_eq!(facts(json(&image, &How::default())), facts(wanted.clone()));
        }
        image.parts = 0;
        assert_eq!(json(&image, &How::default()), wanted);
    }
}

#[test]
fn a_table_that_lies_is_a_warning_and_the_tar_is_the_truth() {
    let image = case(RICH).remote(|tar| {
        let lie = |table: Vec<u8>| {
            let mut table: Value = serde_json::from_slice(&table).unwrap();
            let rows = table["entries"].as_array_mut().unwrap();
            rows.reverse();
            table.to_string().into_bytes()
        };
        let (blob, promise) = estargz_of(tar, lie);
        (blob, Some(promise))
    });
    let how = How::default();
    let found = analysis(&image, &how);
    let odd = |warning: &Warning| matches!(warning, Warning::Layer(_, Oddity::Toc(_)));
    assert!(found.warnings.iter().any(odd));
    let (mut lying, mut whole) = (json(&image, &how), json(&image, &verify()));
    lying["warnings"].take();
    whole["warnings"].take();
    assert_eq!(lying, whole);
}

#[test]
fn a_content_that_is_exchanged_is_an_error_and_never_a_wrong_number() {
    for pack in PACKINGS {
        let mut image = case(RICH).remote(pack);
        let good = json(&image, &How::default());
        let blob = image.blobs[0].to_vec();
        let mut refused = 0;
        // The databases stand in front, the table at the end.
        for at in (0..3000).chain(blob.len() - 5000..blob.len()).step_by(31) {
            let mut wrong = blob.clone();
            wrong[at] ^= 0x55;
            image.blobs[0] = Arc::new(wrong);
            match analyze(&image, &How::default(), &Wishes::default(), &|_| {}) {
                Ok(found) => {
                    let stored: Bytes = found.fs.layers().iter().map(|layer| layer.stored()).sum();
                    assert_eq!(good["totals"]["stored"], stored.0);
                }
                Err(error) => {
                    assert!(matches!(error, ScanError::Layer { no: 0, .. }), "{error}");
                    refused += 1;
                }
            }
        }
        assert!(refused > 0);
    }
}

/// Real blobs with their real annotations; none of this was written here.
#[test]
fn real_blobs_are_read_by_their_tables_as_they_are_whole() {
    let Some(folder) = std::env::var_os("IMGSIZE_FIXTURES") else {
        return;
    };
    for name in ["made-busybox-estargz", "made-busybox-zstd-chunked"] {
        let file = Path::new(&folder).join(format!("images/{name}.oci.tar"));
        let origin = Origin::parse(file.to_str().unwrap());
        let Opened::Image(local) = open(&origin, &Choice::default(), &Net::default()).unwrap()
        else {
            panic!("an archive that is not compressed can be read at any place");
        };
        let Blob::Window(mut window) = local.open_layer(0).unwrap() else {
            panic!("{name} is a file");
        };
        let mut blob = Vec::new();
        std::io::Read::read_to_end(&mut window, &mut blob).unwrap();
        let image = RemoteImage {
            info: local.info().clone(),
            blobs: vec![Arc::new(blob)],
            parts: usize::MAX,
            counts: Arc::default(),
        };
        let toc = json(&image, &How::default());
        assert_eq!(read(&toc), ["toc"], "{name}");
        let (parts, wholes, bytes) = image.asked();
        assert!(wholes == 0 && parts == 1, "{name}: {parts}");
        assert!(bytes <= Bytes(65_536), "{name}: {bytes}");
        let whole = json(&image, &verify());
        assert_eq!(facts(toc), facts(whole), "{name}");
    }
}

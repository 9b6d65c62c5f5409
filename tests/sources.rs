//! One image through every door, and through doors that jam.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::fs;
use std::io::{self, Read, Write as _};
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{forget, law};
use imgsize::analysis::{Wishes, analyze, analyze_opened};
use imgsize::report::{FORMATS, Report, Sort, Style};
use imgsize::scan::How;
use imgsize::source::{Blob, Choice, Image, ImageInfo, Net, Origin, SourceError, open};
use imgsize::testkit::{Case, FakeImage, gzip, plain, zstd};
use imgsize::units::Units;
use serde_json::Value;

/// A little of everything that layers do.
const CASE: &str = "
t etc/os-release os-release
f 9000 usr/lib/libbig.so
f 70 usr/share/doc/x
d srv
l lib usr/lib
h usr/lib/libbig.so.1 usr/lib/libbig.so
---
f 300 app/main.py
f 200000 root/.cache/pip/http/a
w usr/share/doc/x
---
m 300 app/main.py
w root/.cache
f 4000 lib/libsmall.so
h broken nowhere
---
o usr/share
f 8 usr/share/y
";

fn case() -> Case {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/report");
    Case::parse(CASE, &folder)
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 6);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The folder as a tar.
fn archived(folder: &Path) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    tar.append_dir_all(".", folder).unwrap();
    tar.into_inner().unwrap()
}

/// The program's JSON.
fn report(arguments: &[&str], stdin: Stdio) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_imgsize"))
        .env("IMGSIZE_CACHE_DIR", "/dev/null/cache")
        .env("TMPDIR", "/nowhere")
        .args(["report", "--json"])
        .args(arguments)
        .stdin(stdin)
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {words}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The report without what depends on how the image is stored and packed.
fn facts(mut report: Value) -> Value {
    law("facts", &report);
    report["image"].take();
    for part in ["packages", "places"] {
        for row in report[part].as_array_mut().unwrap() {
            forget(&mut row["by_layer"], &["download"]);
        }
    }
    for part in ["categories", "packages", "places", "folders", "lost"] {
        forget(&mut report[part], &["download", "download_lost"]);
    }
    let of_layers = [
        "digest",
        "media_type",
        "compression",
        "verified",
        "read",
        "fetched",
        "content",
        "download",
        "download_overhead",
        "download_exact",
    ];
    forget(&mut report["layers"], &of_layers);
    let totals = &mut report["totals"];
    totals["download"].take();
    totals["download_overhead"].take();
    // What advice would save of the download.
    let findings = report["findings"].as_array_mut().unwrap();
    findings.retain(|row| row["rule"] != "compression-zstd");
    for row in findings {
        row["by_layer"].take();
        for saving in ["saves", "adds"] {
            row[saving]["download"].take();
        }
    }
    for sum in ["all", "safe"] {
        report["advice"][sum]["download"].take();
    }
    report
}

#[test]
fn every_door_and_every_packing_tell_the_same() {
    type Pack = fn(&[u8]) -> Vec<u8>;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("image");
    let place = file.to_str().unwrap().to_owned();
    let layers: [Pack; 3] = [plain, gzip, zstd];
    let outers: [Pack; 4] = [plain, gzip, zstd, xz];
    let mut all: Vec<(String, Value)> = Vec::new();
    for (no, pack) in layers.into_iter().enumerate() {
        let layout = folder.path().join(format!("layout{no}"));
        case().oci_layout(&layout, "app:1", pack);
        let docker = case().docker_archive("app:1", pack);
        for (door, archive) in [("docker", docker), ("oci", archived(&layout))] {
            for (outer, around) in outers.into_iter().enumerate() {
                let what = format!("{door}, layers {no}, outer {outer}");
                fs::write(&file, around(&archive)).unwrap();
                let prefixed = format!("{door}-archive:{place}");
                all.push((what.clone(), report(&[&place], Stdio::null())));
                all.push((
                    what.clone(),
                    report(&[&prefixed, "--verify"], Stdio::null()),
                ));
                let stdin = fs::File::open(&file).unwrap();
                all.push((what + ", stdin", report(&["-"], stdin.into())));
            }
        }
        let layout = layout.to_str().unwrap();
        all.push((format!("folder {no}"), report(&[layout], Stdio::null())));
        let tagged = format!("oci:{layout}:app:1");
        all.push((
            format!("tagged {no}"),
            report(&[&tagged, "--verify"], Stdio::null()),
        ));
    }
    let wanted = facts(all[0].1.clone());
    for (what, report) in all {
        assert_eq!(facts(report), wanted, "{what}");
    }
}

#[test]
fn a_named_pipe_is_read_once_and_without_a_copy() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let archive = case().docker_archive("app:1", plain);
    let file = folder.path().join("file");
    fs::write(&file, &archive).unwrap();
    let wanted = facts(report(&[file.to_str().unwrap()], Stdio::null()));
    let writer = std::thread::spawn({
        let pipe = pipe.clone();
        // It finds no closed pipe: even what stands behind the end is taken.
        move || fs::write(pipe, [archive, vec![0; 1 << 20]].concat())
    });
    let found = report(&[pipe.to_str().unwrap()], Stdio::null());
    writer.join().unwrap().unwrap();
    assert_eq!(found["image"]["name"], "app:1");
    assert_eq!(facts(found), wanted);
}

#[test]
fn the_number_of_jobs_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for (name, pack) in [
        ("plain", plain as fn(&[u8]) -> Vec<u8>),
        ("gzip", gzip),
        ("zstd", zstd),
    ] {
        let file = folder.path().join(name);
        fs::write(&file, case().docker_archive("app:1", pack)).unwrap();
        let place = file.to_str().unwrap();
        let wanted = report(&[place, "--jobs", "1"], Stdio::null());
        for jobs in ["2", "8", "1000"] {
            assert_eq!(
                report(&[place, "--jobs", jobs], Stdio::null()),
                wanted,
                "{name} {jobs}"
            );
        }
    }
}

/// How a reader misbehaves.
#[derive(Clone, Copy)]
enum Fault {
    /// It gives one byte at a time, and is interrupted before each.
    Drips,
    /// It fails there.
    Fails(usize),
    /// It ends there.
    Ends(usize),
}

struct Faulty {
    bytes: Vec<u8>,
    at: usize,
    fault: Fault,
    interrupted: bool,
}

impl Read for Faulty {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let end = match self.fault {
            Fault::Drips => {
                self.interrupted = !self.interrupted;
                if self.interrupted {
                    return Err(io::ErrorKind::Interrupted.into());
                }
                self.bytes.len().min(self.at + 1)
            }
            Fault::Fails(at) if self.at >= at => return Err(io::Error::other("it fails")),
            Fault::Fails(at) | Fault::Ends(at) => at,
        };
        let rest = &self.bytes[self.at..end.max(self.at)];
        let count = rest.len().min(buf.len());
        buf[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

/// An image of which one layer is read through a faulty reader.
struct FaultyImage<'i> {
    image: &'i FakeImage,
    layer: usize,
    fault: Fault,
}

impl Image for FaultyImage<'_> {
    fn info(&self) -> &ImageInfo {
        &self.image.info
    }

    fn open_layer(&self, no: usize) -> Result<Blob, SourceError> {
        if no != self.layer {
            return self.image.open_layer(no);
        }
        Ok(Blob::Stream(Box::new(Faulty {
            bytes: self.image.blobs[no].clone(),
            at: 0,
            fault: self.fault,
            interrupted: false,
        })))
    }
}

/// The JSON of an image, without a program around it.
fn told(image: &dyn Image) -> Option<Vec<u8>> {
    let how = How {
        jobs: NonZeroUsize::MIN,
        ..How::default()
    };
    let analysis = analyze(image, &how, &Wishes::default(), &|_| {}).ok()?;
    let style = Style {
        units: Units::Exact,
        width: 100,
        top: None,
        sort: Sort::Size,
    };
    let json = FORMATS.iter().find(|format| format.id == "json").unwrap();
    let mut out = Vec::new();
    (json.write)(&Report::new(&analysis), &style, &mut out).unwrap();
    Some(out)
}

#[test]
fn a_reader_that_jams_ends_in_an_error_or_in_the_same_report() {
    // Small: it is read once for every byte of it.
    let case = Case::parse("f 40 a/b\nl c a\n---\nw a/b\nf 9 c/d\n", Path::new("."));
    for pack in [plain, gzip, zstd] {
        let image = case.image(pack);
        let wanted = told(&image).unwrap();
        for layer in 0..image.blobs.len() {
            let with = |fault| {
                told(&FaultyImage {
                    image: &image,
                    layer,
                    fault,
                })
            };
            assert!(
                with(Fault::Drips) == Some(wanted.clone()),
                "layer {layer} drips"
            );
            for at in 0..image.blobs[layer].len() {
                assert!(
                    with(Fault::Fails(at)).is_none(),
                    "layer {layer} fails at {at}"
                );
                assert!(
                    with(Fault::Ends(at)).is_none(),
                    "layer {layer} ends at {at}"
                );
            }
        }
    }
}

/// The report of a file, read in full; `None` if it was refused.
fn read(file: &Path, verify: bool) -> Option<Vec<u8>> {
    let origin = Origin::parse(file.to_str().unwrap());
    let image = open(&origin, &Choice::default(), &Net::default()).ok()?;
    let how = How {
        jobs: NonZeroUsize::MIN,
        verify,
        ..How::default()
    };
    let analysis = analyze_opened(image, &how, &Wishes::default(), &|_| {}).ok()?;
    Some(format!("{:?}", Report::new(&analysis)).into_bytes())
}

#[test]
fn a_file_that_is_cut_ends_in_an_error_or_in_the_same_report() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("image");
    let case = Case::parse("f 40 a/b\n---\nw a/b\nf 9 c\n", Path::new("."));
    let layout = folder.path().join("layout");
    case.oci_layout(&layout, "a:1", gzip);
    for archive in [case.docker_archive("a:1", plain), archived(&layout)] {
        fs::write(&file, &archive).unwrap();
        let wanted = read(&file, false).unwrap();
        // Every place where something begins or ends, and one in its middle.
        let places = (0..archive.len()).filter(|at| matches!(at % 512, 0 | 1 | 100 | 511));
        for at in places {
            fs::write(&file, &archive[..at]).unwrap();
            let found = read(&file, false);
            assert!(found.is_none_or(|found| found == wanted), "cut at {at}");
        }
    }
}

#[test]
fn a_byte_that_is_flipped_in_a_blob_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let case = Case::parse("f 40 a/b\n---\nw a/b\nf 9 c\n", Path::new("."));
    for pack in [plain, gzip, zstd] {
        let layout = folder.path().join("layout");
        case.oci_layout(&layout, "a:1", pack);
        assert!(read(&layout, true).is_some());
        for blob in fs::read_dir(layout.join("blobs/sha256")).unwrap() {
            let blob = blob.unwrap().path();
            let right = fs::read(&blob).unwrap();
            for at in 0..right.len() {
                let mut wrong = right.clone();
                wrong[at] ^= 1 << (at % 8);
                fs::write(&blob, wrong).unwrap();
                assert!(read(&layout, true).is_none(), "{} at {at}", blob.display());
            }
            fs::write(&blob, right).unwrap();
        }
        fs::remove_dir_all(layout).unwrap();
    }
}

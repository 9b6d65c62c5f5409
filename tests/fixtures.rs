//! Every image of `IMGSIZE_FIXTURES`, which nobody here wrote, against facts that
//! other programs worked out (`expected.json` there). Does nothing where the
//! variable is not set; `.ci/run` sets it.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may stop and may talk"
)]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::law;
use serde_json::Value;

fn fixtures() -> Option<PathBuf> {
    std::env::var_os("IMGSIZE_FIXTURES").map(PathBuf::from)
}

fn imgsize(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_imgsize"))
        .args(args)
        // A folder that cannot be: every layer is read.
        .env("IMGSIZE_CACHE_DIR", "/dev/null/cache")
        .output()
        .unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The arguments that pick one image out of a source.
fn arguments(path: &Path, image: &Value, is_docker: bool) -> Vec<String> {
    let place = path.display();
    let mut arguments = vec!["report".to_owned(), "--json".to_owned()];
    match is_docker {
        true => arguments.push(format!("docker-archive:{place}")),
        false if path.is_dir() => arguments.push(format!("oci-dir:{place}")),
        false => arguments.push(format!("oci-archive:{place}")),
    }
    let chosen = image["tags"][0].as_str().or(image["digest"].as_str());
    if let Some(chosen) = chosen {
        arguments.extend(["--image".to_owned(), chosen.to_owned()]);
    }
    arguments
}

/// One line that says what, one that says what to do, and the code that says so.
fn assert_refused(what: &str, output: &Output) {
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{what}: {words}");
    assert!(output.stdout.is_empty(), "{what}: a partial report");
    for line in ["error: ", "  hint: "] {
        let count = words
            .lines()
            .filter(|words| words.starts_with(line))
            .count();
        assert_eq!(count, 1, "{what}: {words}");
    }
}

/// The facts of one image, ours beside theirs.
fn compare(what: &str, report: &Value, image: &Value) {
    let totals = &report["totals"];
    let merged = &image["merged"];
    for (ours, theirs) in [
        (&totals["stored"], &image["total_file_bytes"]),
        (&totals["entries"], &image["total_entries"]),
        (&totals["download"], &image["total_compressed_size"]),
        (&totals["live"], &merged["bytes"]),
        (&totals["file_names"], &merged["files"]),
        (&totals["paths"], &merged["entries"]),
    ] {
        assert_eq!(ours, theirs, "{what}: {totals} {merged}");
    }
    let layers = report["layers"].as_array().unwrap();
    assert_eq!(
        layers.len() as u64,
        image["layer_count"].as_u64().unwrap(),
        "{what}"
    );
    for (ours, theirs) in layers.iter().zip(image["layers"].as_array().unwrap()) {
        for (field, fact) in [
            ("compression", "compression"),
            ("stored", "file_bytes"),
            ("download", "compressed_size"),
            ("entries", "entries"),
        ] {
            assert_eq!(ours[field], theirs[fact], "{what}: {field}");
        }
        if !ours["digest"].is_null() {
            assert_eq!(ours["digest"], theirs["digest"], "{what}");
        }
        let right = theirs["diff_id_matches_config"] == true;
        assert_eq!(
            ours["diff_id"] == theirs["diff_id"],
            right,
            "{what}: diff ID"
        );
    }
    law(what, report);
}

#[test]
fn every_image_is_as_other_programs_say() {
    let Some(fixtures) = fixtures() else { return };
    let expected = json(&fixtures.join("expected.json"));
    let (mut read, mut refused) = (0, 0);
    for (name, facts) in expected["images"].as_object().unwrap() {
        let path = fixtures.join("images").join(name);
        let images = facts["images"].as_array().cloned().unwrap_or_default();
        let docker = facts["docker_images"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let is_docker = facts["kind"] == "docker-archive";
        let all = images
            .iter()
            .map(|image| (image, is_docker))
            .chain(docker.iter().map(|image| (image, true)));
        let mut any = false;
        for (image, is_docker) in all {
            any = true;
            let arguments = arguments(&path, image, is_docker);
            let what = arguments.join(" ");
            let output = imgsize(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
            let layers = image["layers"].as_array().cloned().unwrap_or_default();
            let broken = image["error"].is_string()
                || image["artifact"] == true
                || image["artifact_type"].is_string()
                || layers.iter().any(|layer| layer["tar_error"].is_string());
            if broken {
                assert_refused(&what, &output);
                refused += 1;
                continue;
            }
            let words = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{what}: {words}");
            compare(
                &what,
                &serde_json::from_slice(&output.stdout).unwrap(),
                image,
            );
            read += 1;
        }
        if !any {
            assert_refused(
                name,
                &imgsize(&["report", "--json", path.to_str().unwrap()]),
            );
            refused += 1;
        }
    }
    println!("{read} images read, {refused} refused");
    assert!(
        read >= 50 && refused >= 20,
        "{read} read, {refused} refused"
    );
}

/// Tars that Python's reader, which worked the facts out, reads, and that Go's,
/// which the engines use and we follow, refuses; with the reason.
const GO_REFUSES: &[(&str, &str)] = &[
    ("go-pax-nul-path.tar", "a NUL in a PAX path"),
    (
        "go-pax-bad-hdr-file.tar",
        "a PAX record that does not end with a new line",
    ),
    (
        "tokio-tar-diff-014-unterminated-pax.tar",
        "another such record",
    ),
];

#[test]
fn odd_tars_are_as_other_programs_say() {
    let Some(fixtures) = fixtures() else { return };
    let expected = json(&fixtures.join("expected.json"));
    let mut failures = Vec::new();
    for folder in ["tars", "layers"] {
        for (name, facts) in expected[folder].as_object().unwrap() {
            let bytes = std::fs::read(fixtures.join(folder).join(name)).unwrap();
            let layer = imgsize::codec::Stream::open(&bytes[..], None, None)
                .map_err(imgsize::layer::LayerError::from)
                .and_then(|stream| {
                    imgsize::layer::index_stream(
                        stream,
                        &|_| imgsize::layer::Want::Nothing,
                        &|_| {},
                    )
                });
            let ours = layer
                .as_ref()
                .ok()
                .map(|layer| (layer.entries.len() as u64, layer.stored().0));
            let stated = (
                facts["entries"].as_u64().unwrap(),
                facts["file_bytes"].as_u64().unwrap(),
            );
            let theirs = (!facts["tar_error"].is_string()).then_some(stated);
            let refused = GO_REFUSES.iter().any(|(other, _)| other == name);
            if ours != theirs.filter(|_| !refused) {
                failures.push(format!(
                    "{name}: ours {ours:?}, theirs {theirs:?}, {:?}",
                    layer.err()
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

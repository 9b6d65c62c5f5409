//! `imgsize diff` as a shell sees it: images and saved reports, and what it refuses.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use imgsize::testkit::{gzip, pair, plain};
use serde_json::Value;

fn imgsize(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_imgsize"))
        .args(args)
        .current_dir(folder)
        .env("COLUMNS", "100")
        .env("IMGSIZE_CACHE_DIR", "/dev/null/cache")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn json(folder: &Path, args: &[&str]) -> Value {
    let output = imgsize(folder, args);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {stderr}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The pair as layouts, and as what `docker save` writes of plain layers.
fn stage() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = pair(1_200_000);
    for (name, case) in [("old", old), ("new", new)] {
        let path = folder.path().join(name);
        case.oci_layout(&path, "app:1", gzip);
        let archive = case.docker_archive("app:1", plain);
        fs::write(path.with_extension("tar"), archive).unwrap();
    }
    folder
}

fn fates(diff: &Value) -> Vec<&str> {
    let layers = diff["layers"].as_array().unwrap();
    layers
        .iter()
        .map(|row| row["fate"].as_str().unwrap())
        .collect()
}

#[test]
fn images_and_saved_reports_of_them_give_the_same() {
    let folder = stage();
    let folder = folder.path();
    for name in ["old", "new"] {
        let saved = format!("{name}.json");
        let output = imgsize(folder, &["report", "--json", "-o", &saved, name]);
        assert!(output.status.success());
    }
    let images = json(folder, &["diff", "--json", "old", "new"]);
    assert_eq!(
        fates(&images),
        ["changed", "changed", "rebuilt", "kept", "changed"]
    );
    for (old, new) in [
        ("old.json", "new.json"),
        ("old", "new.json"),
        ("old.json", "new"),
    ] {
        assert_eq!(
            json(folder, &["diff", "--json", old, new]),
            images,
            "{old} {new}"
        );
    }
    let causes = images["causes"].as_array().unwrap();
    for side in ["old", "new"] {
        for measure in ["stored", "download"] {
            let sum: u64 = causes
                .iter()
                .map(|row| row["bytes"][side][measure].as_u64().unwrap())
                .sum();
            assert_eq!(
                sum,
                images[side][measure].as_u64().unwrap(),
                "{side} {measure}"
            );
        }
    }
    // The table is of the same.
    let table = imgsize(folder, &["diff", "old", "new", "--bytes"]);
    let table = String::from_utf8(table.stdout).unwrap();
    for wanted in [
        "/app/payload.dat",
        "+1,200,000",
        "upgraded 1.9.0 -> 1.10.0",
        "rebuilt",
        "for nothing",
    ] {
        assert!(table.contains(wanted), "{wanted}: {table}");
    }
}

/// What was jumped over is read where it decides; a saved report cannot be read again.
#[test]
fn contents_are_read_where_they_decide() {
    let folder = stage();
    let folder = folder.path();
    let fate = |diff: &Value| (fates(diff)[2].to_owned(), diff["update"]["needless"] != 0);
    let diff = json(folder, &["diff", "--json", "old.tar", "new.tar"]);
    assert_eq!(fate(&diff), ("rebuilt".to_owned(), true));
    assert_eq!(diff["update"]["plain"], 4);
    for (verify, wanted) in [
        (&[][..], ("changed", false)),
        (&["--verify"], ("rebuilt", true)),
    ] {
        for name in ["old", "new"] {
            let (saved, image) = (format!("{name}.json"), format!("{name}.tar"));
            let args = [&["report", "--json", "-o", &saved, &image][..], verify].concat();
            assert!(imgsize(folder, &args).status.success());
        }
        let diff = json(folder, &["diff", "--json", "old.json", "new.json"]);
        assert_eq!(fate(&diff), (wanted.0.to_owned(), wanted.1));
    }
    // What an engine hands out of an image is that image.
    let diff = json(folder, &["diff", "--json", "old.tar", "old"]);
    assert_eq!(fates(&diff), ["kept"; 5]);
    assert_eq!(diff["update"]["download"], 0);
}

#[test]
fn what_cannot_be_compared_is_an_error() {
    let folder = stage();
    let folder = folder.path();
    fs::write(folder.join("no.json"), "{\"schema\": 1}").unwrap();
    let report = imgsize(folder, &["report", "--json", "old"]).stdout;
    let mut other: Value = serde_json::from_slice(&report).unwrap();
    other["schema"] = 99.into();
    fs::write(folder.join("other.json"), other.to_string()).unwrap();
    for (args, wanted) in [
        (&["old", "none"][..], "none"),
        (&["no.json", "new"], "is no report"),
        (&["old", "other.json"], "its schema is 99"),
        (&["old", "new", "--platform", "all"], "one platform"),
        (&["-", "-"], "only one of two images"),
        (&["old"], "NEW"),
    ] {
        let output = imgsize(folder, &[&["diff"], args].concat());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        assert!(stderr.contains(wanted), "{args:?}: {stderr}");
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn the_schema_knows_every_field() {
    let folder = stage();
    let folder = folder.path();
    let schema = json(folder, &["schema", "--diff"]);
    let diff = json(folder, &["diff", "--json", "old", "new"]);
    for (row, fields) in [
        (&diff, &schema["properties"]),
        (&diff["update"], &schema["$defs"]["Update"]["properties"]),
        (
            &diff["causes"][0],
            &schema["$defs"]["CauseRow"]["properties"],
        ),
        (
            &diff["causes"][0]["items"][0],
            &schema["$defs"]["ItemRow"]["properties"],
        ),
        (
            &diff["layers"][0],
            &schema["$defs"]["LayerChange"]["properties"],
        ),
    ] {
        let names =
            |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
        assert_eq!(names(row), names(fields));
    }
}

/// For `testdata/diff/prove.sh`: writes the pair, with a file of 30 MB, to where
/// IMGSIZE_PAIR says.
#[test]
#[ignore = "writes for a script"]
fn write_the_pair() {
    let folder = PathBuf::from(std::env::var_os("IMGSIZE_PAIR").unwrap());
    let (old, new) = pair(30_000_000);
    old.oci_layout(&folder.join("old"), "app:1", gzip);
    new.oci_layout(&folder.join("new"), "app:2", gzip);
}

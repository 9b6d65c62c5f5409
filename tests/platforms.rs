//! One image for several platforms, side by side: `--platform all`.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::law;
use imgsize::testkit::{Case, gzip, oci_index, plain};
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn imgsize(folder: &Path, args: &[&str], columns: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_imgsize"))
        .args(args)
        .current_dir(folder)
        .env("COLUMNS", columns)
        .env("IMGSIZE_CACHE_DIR", "/dev/null/cache")
        .output()
        .unwrap()
}

fn said(folder: &Path, args: &[&str], columns: &str) -> String {
    let output = imgsize(folder, args, columns);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {words}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(folder: &Path, args: &[&str]) -> Value {
    let args = [&["report", "--json"], args].concat();
    serde_json::from_str(&said(folder, &args, "100")).unwrap()
}

/// The words of an error.
fn refused(folder: &Path, args: &[&str]) -> String {
    let output = imgsize(folder, args, "100");
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8(output.stderr).unwrap()
}

fn golden(name: &str, text: String) {
    insta::with_settings!({
        snapshot_path => root().join("testdata/golden"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!(name, text) });
}

fn case(platform: &str, text: &str) -> Case {
    Case {
        platform: platform.parse().unwrap(),
        ..Case::parse(text, &root().join("testdata/report"))
    }
}

/// An image for four platforms, of which two differ by their variant only.
fn layout(folder: &Path) -> imgsize::digest::Digest {
    let os = "t etc/os-release os-release\nf 9000 usr/lib/libc.so\n";
    let cases = [
        case("linux/amd64", &format!("{os}---\nf 70000 app/server\n")),
        case(
            "linux/arm64",
            &format!("{os}---\nf 61000 app/server\n---\nf 6 app/server\n"),
        ),
        case("linux/arm/v6", &format!("{os}---\nf 51000 app/server\n")),
        case(
            "linux/arm/v7",
            &format!("{os}---\nf 52000 app/server\nh x nowhere\n"),
        ),
    ];
    oci_index(&folder.join("app"), "app:1", &cases)
}

#[test]
fn each_platform_has_the_report_that_it_has_alone() {
    let folder = tempfile::tempdir().unwrap();
    let index = layout(folder.path());
    let all = json(folder.path(), &["app", "--platform", "all"]);
    let schema = said(folder.path(), &["schema", "--platforms"], "100");
    let schema = serde_json::from_str(&schema).unwrap();
    if let Err(error) = jsonschema::validate(&schema, &all) {
        panic!("{error}");
    }
    assert_eq!(all["schema"], 1);
    assert_eq!(all["image"]["name"], "app:1");
    assert_eq!(all["image"]["source"], "oci-dir:app");
    assert_eq!(all["image"]["digest"], index.to_string());
    let platforms = all["platforms"].as_array().unwrap();
    let names: Vec<&Value> = platforms
        .iter()
        .map(|one| &one["image"]["platform"])
        .collect();
    assert_eq!(
        names,
        ["linux/amd64", "linux/arm64", "linux/arm/v6", "linux/arm/v7"]
    );
    for one in platforms {
        law("one of all", one);
        let platform = one["image"]["platform"].as_str().unwrap();
        assert_eq!(*one, json(folder.path(), &["app", "--platform", platform]));
    }
    let chosen = ["app", "--platform", "all", "--image", &index.to_string()];
    assert_eq!(json(folder.path(), &chosen), all);
}

#[test]
fn an_archive_that_passes_by_has_every_platform_too() {
    let folder = tempfile::tempdir().unwrap();
    layout(folder.path());
    let mut tar = tar::Builder::new(Vec::new());
    tar.append_dir_all(".", folder.path().join("app")).unwrap();
    let tar = tar.into_inner().unwrap();
    fs::write(folder.path().join("app.tar"), &tar).unwrap();
    fs::write(folder.path().join("app.gz"), gzip(&tar)).unwrap();
    let told = |file: &str| {
        // Seeking hashes no digest, and what passes by is read whole.
        let args = [file, "--platform", "all", "--verify"];
        let mut report = json(folder.path(), &args);
        report["image"]["source"].take();
        for one in report["platforms"].as_array_mut().unwrap() {
            one["image"]["source"].take();
        }
        report
    };
    assert_eq!(told("app.gz"), told("app.tar"));
    assert_eq!(told("app.gz")["platforms"].as_array().unwrap().len(), 4);
    let missing = ["report", "app.gz", "--platform", "all", "--image", "b"];
    assert!(refused(folder.path(), &missing).contains("it holds no image `b`"));
}

#[test]
fn what_does_not_fit_beside_goes_below() {
    let folder = tempfile::tempdir().unwrap();
    layout(folder.path());
    for columns in ["100", "50"] {
        let table = said(
            folder.path(),
            &["report", "app", "--platform", "all"],
            columns,
        );
        for line in table.split("\nWarnings\n").next().unwrap().lines() {
            let fits = line.len() <= columns.parse().unwrap();
            assert!(fits || line.starts_with("sha256:"), "{line}");
        }
        golden(&format!("platforms-table-{columns}"), table);
    }
}

#[test]
fn an_image_for_one_platform_is_a_table_of_one_column() {
    let image = "testdata/images/small/app.oci.tar";
    let all = json(&root(), &[image, "--platform", "all"]);
    assert_eq!(all["platforms"].as_array().unwrap().len(), 1);
    assert_eq!(all["platforms"][0], json(&root(), &[image]));
    assert_eq!(all["image"]["digest"], Value::Null);
    let table = said(&root(), &["report", image, "--platform", "all"], "100");
    assert!(
        table.contains("app:1.0  1 platform  oci-archive:"),
        "{table}"
    );
}

#[test]
fn a_docker_archive_has_platforms_too() {
    let folder = tempfile::tempdir().unwrap();
    let amd = case("linux/amd64", "f 9 a\n");
    let archive = folder.path().join("one.tar");
    fs::write(&archive, amd.docker_archive("app:1", plain)).unwrap();
    let all = json(folder.path(), &["one.tar", "--platform", "all"]);
    assert_eq!(all["platforms"][0], json(folder.path(), &["one.tar"]));
    assert_eq!(all["image"]["source"], "docker-archive:one.tar");

    let both = [amd, case("linux/s390x", "f 8 a\n")];
    let two = |tags: [&str; 2]| {
        let archive = Case::docker_archive_of(&[(tags[0], &both[0]), (tags[1], &both[1])], plain);
        fs::write(folder.path().join("two.tar"), archive).unwrap();
    };
    two(["app:1", "app:1"]);
    let all = json(folder.path(), &["two.tar", "--platform", "all"]);
    let live: Vec<&Value> = [0, 1]
        .map(|no| &all["platforms"][no]["totals"]["live"])
        .into();
    assert_eq!(live, [9, 8]);
    two(["app:1", "app:2"]);
    let all = json(
        folder.path(),
        &["two.tar", "--platform", "all", "--image", "app:2"],
    );
    assert_eq!(all["platforms"].as_array().unwrap().len(), 1);
    let words = refused(folder.path(), &["report", "two.tar", "--platform", "all"]);
    assert!(words.contains("it holds 2 images; which one?"), "{words}");
    let other = ["report", "two.tar", "--platform", "all", "--image", "app:3"];
    assert!(refused(folder.path(), &other).contains("no image `app:3`"));
}

#[test]
fn platforms_that_were_never_pulled_are_named() {
    let folder = tempfile::tempdir().unwrap();
    layout(folder.path());
    let all = json(folder.path(), &["app", "--platform", "all"]);
    let blob = |digest: &Value| {
        let name = digest.as_str().unwrap().replace(':', "/");
        folder.path().join("app/blobs").join(name)
    };
    // A manifest that is not there, and one whose layers are not.
    fs::remove_file(blob(&all["platforms"][1]["image"]["digest"])).unwrap();
    fs::remove_file(blob(&all["platforms"][2]["layers"][1]["digest"])).unwrap();
    let some = json(folder.path(), &["app", "--platform", "all"]);
    let absent: Vec<&Value> = some["image"]["absent"].as_array().unwrap().iter().collect();
    assert_eq!(absent, ["linux/arm64", "linux/arm/v6"]);
    assert_eq!(some["platforms"][1], all["platforms"][3]);
    let table = said(
        folder.path(),
        &["report", "app", "--platform", "all"],
        "100",
    );
    assert!(
        table.contains("\nnot here: linux/arm64, linux/arm/v6\n"),
        "{table}"
    );
    for no in [0, 3] {
        fs::remove_file(blob(&all["platforms"][no]["image"]["digest"])).unwrap();
    }
    let words = refused(folder.path(), &["report", "app", "--platform", "all"]);
    assert!(words.contains("is incomplete"), "{words}");
}

#[test]
fn of_a_platform_that_cannot_be_read_one_is_told_which() {
    let folder = tempfile::tempdir().unwrap();
    layout(folder.path());
    let all = json(folder.path(), &["app", "--platform", "all"]);
    let digest = all["platforms"][3]["layers"][1]["digest"].as_str().unwrap();
    let blob = folder
        .path()
        .join("app/blobs")
        .join(digest.replace(':', "/"));
    let mut bytes = fs::read(&blob).unwrap();
    bytes[100] ^= 1;
    fs::write(&blob, bytes).unwrap();
    let words = refused(folder.path(), &["report", "app", "--platform", "all"]);
    let line = words.lines().next().unwrap();
    assert!(
        line.starts_with("error: cannot read layer 1 of 2"),
        "{line}"
    );
    assert!(line.ends_with(", for linux/arm/v7"), "{line}");
}

#[test]
fn two_images_are_not_one_for_two_platforms() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("app");
    case("linux/amd64", "f 9 a\n").oci_layout(&place, "app:1", plain);
    let first: Value =
        serde_json::from_slice(&fs::read(place.join("index.json")).unwrap()).unwrap();
    case("linux/arm64", "f 9 a\n").oci_layout(&place, "app:2", plain);
    let second: Value =
        serde_json::from_slice(&fs::read(place.join("index.json")).unwrap()).unwrap();
    let list = |one: &Value, two: &Value| {
        let index = serde_json::json!({"manifests": [one["manifests"][0], two["manifests"][0]]});
        fs::write(place.join("index.json"), index.to_string()).unwrap();
    };
    list(&first, &second);
    let words = refused(folder.path(), &["report", "app", "--platform", "all"]);
    assert!(words.contains("which one?\n  app:1\n  app:2\n"), "{words}");
    // Under one name they are one.
    let mut second = second;
    second["manifests"][0]["annotations"] = first["manifests"][0]["annotations"].clone();
    list(&first, &second);
    let all = json(folder.path(), &["app", "--platform", "all"]);
    assert_eq!(all["platforms"].as_array().unwrap().len(), 2);
    assert_eq!(all["image"]["digest"], Value::Null);
}

#[test]
fn a_foreign_image_for_two_platforms() {
    let Some(fixtures) = std::env::var_os("IMGSIZE_FIXTURES") else {
        return;
    };
    let fixtures = PathBuf::from(fixtures);
    let images = fixtures.join("images");
    let facts = fs::read(fixtures.join("expected.json")).unwrap();
    let facts: Value = serde_json::from_slice(&facts).unwrap();
    let facts = &facts["images"]["apko-base-multiarch"]["images"];
    let all = json(&images, &["apko-base-multiarch", "--platform", "all"]);
    let names = [0, 1].map(|no| all["platforms"][no]["image"]["platform"].clone());
    assert_eq!(names, ["linux/amd64", "linux/arm64"]);
    for no in [0, 1] {
        let live = &all["platforms"][no]["totals"]["live"];
        assert_eq!(*live, facts[no]["merged"]["bytes"]);
    }
    // Its index.json is there for form's sake, and lists nothing.
    let all = json(&images, &["ggcr-hello-world-v25.tar", "--platform", "all"]);
    assert_eq!(all["platforms"].as_array().unwrap().len(), 1);
}

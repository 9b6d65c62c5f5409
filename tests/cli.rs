//! The program as a shell sees it: exit codes, streams, files.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The small real image of the README.
fn image() -> String {
    root()
        .join("testdata/images/small/app.oci.tar")
        .to_string_lossy()
        .into_owned()
}

fn imgsize(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_imgsize"))
        .args(args)
        .current_dir(root())
        .env("COLUMNS", "100")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn golden(name: &str, text: String) {
    insta::with_settings!({
        snapshot_path => root().join("testdata/golden"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!(name, text) });
}

#[test]
fn the_small_image_is_as_other_tools_say() {
    let facts: Value =
        serde_json::from_slice(&fs::read(root().join("testdata/images/small/facts.json")).unwrap())
            .unwrap();
    let output = imgsize(&["report", "--json", &image()]);
    assert_eq!(text(&output.stderr), "");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let totals = &report["totals"];
    assert_eq!(totals["live"], facts["live"]);
    assert_eq!(totals["files"], facts["files"]);
    assert_eq!(totals["download"], facts["download"]);
    let packages = report["packages"].as_array().unwrap();
    let dpkg = packages
        .iter()
        .filter(|row| row["ecosystem"] == "dpkg")
        .count();
    assert_eq!(dpkg as u64, facts["dpkg_packages"].as_u64().unwrap());
    let six = packages.iter().find(|row| row["name"] == "six").unwrap();
    assert_eq!(six["live"], facts["six"]);
}

#[test]
fn the_readme_shows_what_the_program_prints() {
    let output = imgsize(&["report", "testdata/images/small/app.oci.tar", "--top", "8"]);
    golden("readme", text(&output.stdout));
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let shown = text(&output.stdout);
    assert!(
        readme.contains(shown.trim_end()),
        "README.md shows another report:\n{shown}"
    );
}

#[test]
fn helps_are_as_they_were() {
    for (name, args) in [
        ("help", &["--help"][..]),
        ("help-report", &["report", "--help"]),
    ] {
        let output = imgsize(args);
        assert!(output.status.success());
        golden(name, text(&output.stdout));
    }
}

#[test]
fn what_cannot_be_done_is_exit_code_2_with_a_reason_and_a_hint() {
    let image = image();
    for (name, args) in [
        ("error-no-file", vec!["report", "no/such/file.tar"]),
        ("error-no-image", vec!["report", "Cargo.toml"]),
        ("error-no-image-folder", vec!["report", "src"]),
        (
            "error-wrong-tag",
            vec!["report", &image, "--image", "other:2.0"],
        ),
        (
            "error-wrong-platform",
            vec!["report", &image, "--platform", "linux/s390x"],
        ),
        (
            "error-no-platform",
            vec!["report", &image, "--platform", "s390x"],
        ),
        (
            "error-output",
            vec!["report", &image, "--output", "no/such/folder/x.json"],
        ),
    ] {
        let output = imgsize(&args);
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert_eq!(text(&output.stdout), "", "{name}");
        golden(name, text(&output.stderr));
    }
    for wrong in [
        vec![],
        vec!["report"],
        vec!["report", &image, "--top", "0"],
        vec!["frobnicate"],
    ] {
        assert_eq!(imgsize(&wrong).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn a_reader_that_goes_away_is_fine() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_imgsize"))
        .args(["report", "--json", &image()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stderr), "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_imgsize"))
        .args(["report", &image()])
        .stdout(full)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
        .wait_with_output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("hint: free some space"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn a_file_is_replaced_at_once_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.json");
    fs::write(&file, "what was there, and longer than nothing").unwrap();
    let name = file.to_string_lossy().into_owned();
    assert_eq!(
        imgsize(&["report", "no-such", "--json", "-o", &name])
            .status
            .code(),
        Some(2)
    );
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        "what was there, and longer than nothing"
    );

    let output = imgsize(&["report", &image(), "--json", "-o", &name]);
    assert!(output.status.success() && output.stdout.is_empty());
    assert_eq!(
        fs::read(&file).unwrap(),
        imgsize(&["report", &image(), "--json"]).stdout
    );
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "something was left behind"
    );
}

#[test]
fn the_schema_is_published() {
    let output = imgsize(&["schema"]);
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(schema["title"], "Report");
}

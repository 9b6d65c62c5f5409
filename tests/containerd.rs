//! `containerd:NAME`, by the files of a real containerd.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::law;
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The program, with what `make.sh` had a containerd keep.
fn imgsize(args: &[&str], settings: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_imgsize"))
        .arg("report")
        .args(args)
        .current_dir(root())
        .env_remove("CONTAINERD_NAMESPACE")
        .env("IMGSIZE_CONTAINERD_ROOT", "testdata/source/containerd/root")
        .env("IMGSIZE_CACHE_DIR", "/dev/null/cache")
        .envs(settings.iter().copied())
        .output()
        .unwrap()
}

fn json(args: &[&str], settings: &[(&str, &str)]) -> Value {
    let output = imgsize(&[&["--json"], args].concat(), settings);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {words}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn golden(name: &str, text: &[u8]) {
    insta::with_settings!({
        snapshot_path => root().join("testdata/golden"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!(name, String::from_utf8_lossy(text)) });
}

#[test]
fn an_image_is_read_where_containerd_keeps_it() {
    for (platform, words) in [
        ("linux/amd64", "of ctr on amd64\n"),
        ("linux/arm64", "of ctr on arm64\n"),
    ] {
        let report = json(&["containerd:tiny", "--platform", platform], &[]);
        law(platform, &report);
        assert_eq!(report["image"]["name"], "docker.io/library/tiny:latest");
        assert_eq!(report["image"]["source"], "containerd:tiny");
        assert_eq!(report["image"]["platform"], platform);
        assert_eq!(report["image"]["verified"], true);
        assert_eq!(report["totals"]["live"], words.len());
    }
    let forced = [("CONTAINERD_NAMESPACE", "k8s.io")];
    let report = json(&["containerd:tiny", "--platform", "linux/amd64"], &forced);
    assert_eq!(report["totals"]["live"], "of Kubernetes on amd64\n".len());
    let report = json(
        &[
            "containerd:registry.example/team-9/app:1",
            "--platform",
            "all",
        ],
        &[],
    );
    assert_eq!(report["platforms"].as_array().unwrap().len(), 2);
    let report = json(&["containerd:half", "--platform", "all"], &[]);
    assert_eq!(
        report["image"]["absent"],
        serde_json::json!(["linux/arm64"])
    );
}

#[test]
fn what_containerd_does_not_have_is_told_with_what_to_do() {
    let here = [("CONTAINERD_NAMESPACE", "default")];
    let elsewhere = [("IMGSIZE_CONTAINERD_ROOT", "/no/such/folder")];
    for (name, args, settings) in [
        ("name", &["containerd:alpine"][..], &here[..]),
        (
            "platform",
            &["containerd:half", "--platform", "linux/arm64"],
            &here,
        ),
        (
            "no-platform",
            &["containerd:half", "--platform", "linux/s390x"],
            &here,
        ),
        ("root", &["containerd:tiny"], &elsewhere),
    ] {
        let output = imgsize(args, settings);
        assert_eq!(output.status.code(), Some(2), "{name}");
        golden(&format!("error-containerd-{name}"), &output.stderr);
    }
}

/// As a user who may not look there; does nothing where the tests are not root's.
#[cfg(target_os = "linux")]
#[test]
fn what_belongs_to_root_is_told_so() {
    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::os::unix::process::CommandExt as _;
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("imgsize");
    fs::copy(env!("CARGO_BIN_EXE_imgsize"), &program).unwrap();
    let copy = |from: &Path, to: &Path| {
        let copied = Command::new("cp").arg("-r").args([from, to]).status();
        assert!(copied.unwrap().success());
    };
    let kept = folder.path().join("kept");
    copy(&root().join("testdata/source/containerd/root"), &kept);
    // As containerd makes them: the names may be looked at, the blobs may not.
    for closed in [
        "io.containerd.content.v1.content",
        "io.containerd.metadata.v1.bolt",
    ] {
        let closed = kept.join(closed);
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
        let output = Command::new(&program)
            .args(["report", "--no-cache", "containerd:tiny"])
            .env("IMGSIZE_CONTAINERD_ROOT", &kept)
            .current_dir("/")
            .uid(65534)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            said.contains("no permission for containerd's files"),
            "{said}"
        );
        assert!(said.contains("sudo"), "{said}");
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

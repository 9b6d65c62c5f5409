//! dive's own numbers, as `expected.json` of `IMGSIZE_FIXTURES` holds them, beside
//! `--dive-compat`. Does nothing where the variable is not set; `.ci/run` sets it.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

fn imgsize(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_imgsize"))
        .args(args)
        // A folder that cannot be: every layer is read.
        .env("IMGSIZE_CACHE_DIR", "/dev/null/cache")
        .output()
        .unwrap()
}

fn report(path: &Path, is_docker: bool, image: &Value) -> Value {
    let kind = match (is_docker, path.is_dir()) {
        (true, _) => "docker-archive",
        (_, true) => "oci-dir",
        _ => "oci-archive",
    };
    let place = format!("{kind}:{}", path.display());
    let mut args = vec!["report", "--dive-compat", "--json", &place];
    let chosen = image["tags"][0].as_str().or(image["digest"].as_str());
    if let Some(chosen) = chosen {
        args.extend(["--image", chosen]);
    }
    let output = imgsize(&args);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{place} {chosen:?}: {words}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_numbers_of_every_image_are_those_of_dive() {
    let Some(fixtures) = std::env::var_os("IMGSIZE_FIXTURES").map(PathBuf::from) else {
        return;
    };
    let facts = std::fs::read(fixtures.join("expected.json")).unwrap();
    let facts: Value = serde_json::from_slice(&facts).unwrap();
    let (mut compared, mut wasteful) = (0, 0);
    for (name, source) in facts["images"].as_object().unwrap() {
        let is_docker = source["kind"] == "docker-archive";
        for image in source["images"].as_array().into_iter().flatten() {
            let theirs = &image["tools"]["dive"];
            if theirs["sizeBytes"].is_null() {
                continue;
            }
            let report = report(&fixtures.join("images").join(name), is_docker, image);
            let ours = &report["dive"];
            for (field, fact) in [
                ("size_bytes", "sizeBytes"),
                ("inefficient_bytes", "inefficientBytes"),
            ] {
                assert_eq!(ours[field], theirs[fact], "{name} {image}: {field}");
            }
            // The same quotient of the same numbers: to the last digit.
            let score = |value: &Value| value.as_f64().unwrap();
            let (our, their) = (
                score(&ours["efficiency_score"]),
                score(&theirs["efficiencyScore"]),
            );
            assert_eq!(our, their, "{name}");
            let layers = theirs["layers"].as_array().unwrap().iter();
            let user: u64 = layers.skip(1).map(|size| size.as_u64().unwrap()).sum();
            assert_eq!(ours["user_size_bytes"], json!(user), "{name}");
            compared += 1;
            wasteful += u32::from(theirs["inefficientBytes"] != json!(0));
        }
    }
    assert!(compared >= 20 && wasteful >= 4, "{compared} {wasteful}");
}

#[test]
fn what_dive_says_is_about_one_image_and_on_wish() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("image.tar");
    let case = imgsize::testkit::Case::parse("f 900 a\n---\nf 90 b\n---\nf 90 b v2", Path::new(""));
    let archive = case.docker_archive("app:1", imgsize::testkit::plain);
    std::fs::write(&file, archive).unwrap();
    let file = file.to_str().unwrap();
    let text = |args: &[&str]| {
        let output = imgsize(args);
        assert!(output.status.success(), "{args:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let table = text(&["report", file, "--dive-compat"]);
    assert!(
        table.contains("As dive counts") && table.contains("2 times  /b"),
        "{table}"
    );
    assert!(!text(&["report", file]).contains("As dive counts"));
    let json: Value = serde_json::from_str(&text(&["report", file, "--json"])).unwrap();
    assert_eq!(json["dive"], Value::Null);
    let json = text(&["report", file, "--json", "--dive-compat"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["dive"]["inefficient_bytes"], json!(180));
    assert_eq!(json["dive"]["user_wasted_percent"], json!(1.0));
    assert_eq!(json["totals"]["lost"], json!(90));
    for args in [
        &["report", file, file, "--dive-compat"][..],
        &["report", file, "--dive-compat", "--platform", "all"],
        &["report", file, "--dive-compat", "--quick"],
    ] {
        assert_eq!(imgsize(args).status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn a_second_look_tells_dives_numbers_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("image.tar");
    let case = imgsize::testkit::Case::parse("f 900 a\n---\nf 90 b\n---\nw b", Path::new(""));
    std::fs::write(&file, case.docker_archive("app:1", imgsize::testkit::gzip)).unwrap();
    let look = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_imgsize"))
            .args(["report", "--json"])
            .arg(&file)
            .args(args)
            .env("IMGSIZE_CACHE_DIR", folder.path().join("cache"))
            .output()
            .unwrap();
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    for (args, wasted) in [
        (&["--verify"][..], Value::Null),
        (&[], Value::Null),
        (&["--dive-compat"], json!(90)),
        (&[], Value::Null),
        (&["--dive-compat"], json!(90)),
    ] {
        assert_eq!(look(args)["dive"]["inefficient_bytes"], wasted, "{args:?}");
    }
}

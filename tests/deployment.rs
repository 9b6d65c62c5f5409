//! Several images as one table: `report A B`, `report --compose FILE`.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use imgsize::testkit::{Case, gzip};
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn program(folder: &Path, args: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_imgsize"));
    program
        .args(args)
        .current_dir(folder)
        .env("COLUMNS", "80")
        .env_remove("TAG")
        .env("IMGSIZE_CACHE_DIR", folder.join("cache"));
    program
}

fn imgsize(folder: &Path, args: &[&str]) -> Output {
    program(folder, args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json(folder: &Path, args: &[&str]) -> Value {
    let output = imgsize(folder, &[&["report", "--json", "-q"], args].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The words of an error; nothing is on stdout.
fn refused(folder: &Path, args: &[&str]) -> String {
    let output = imgsize(folder, &[&["report"], args].concat());
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stdout), "");
    text(&output.stderr)
}

/// `web` and `worker` on one base, and `db`.
fn images() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let base = "t etc/os-release os-release\nf 9000 usr/lib/libc.so\n";
    for (name, tag, layers) in [
        ("web", "shop/web:1", format!("{base}---\nf 5000 app/web\n")),
        (
            "worker",
            "shop/worker:1",
            format!("{base}---\nf 700 app/worker\n---\nw app/worker\n"),
        ),
        ("db", "db:17", "f 3000 db\n".to_owned()),
    ] {
        let case = Case::parse(&layers, &root().join("testdata/report"));
        case.oci_layout(&folder.path().join(name), tag, gzip);
    }
    folder
}

#[test]
fn several_images_are_one_document_that_keeps_to_its_schema() {
    let folder = images();
    let folder = folder.path();
    let all = json(folder, &["web", "worker", "db"]);
    let schema = imgsize(folder, &["schema", "--deployment"]).stdout;
    let schema = serde_json::from_slice(&schema).unwrap();
    if let Err(error) = jsonschema::validate(&schema, &all) {
        panic!("{error}");
    }
    assert_eq!(all["schema"], 1);
    let mut stored = 0;
    for (no, name) in ["web", "worker", "db"].into_iter().enumerate() {
        let (row, one) = (&all["images"][no], json(folder, &[name]));
        assert_eq!(row["name"], one["image"]["name"]);
        assert_eq!(row["digest"], one["image"]["digest"]);
        assert_eq!(row["layers"], one["layers"].as_array().unwrap().len());
        for sum in ["stored", "live", "lost", "download"] {
            assert_eq!(row["totals"][sum], one["totals"][sum], "{name}: {sum}");
        }
        stored += one["totals"]["stored"].as_u64().unwrap();
    }
    let totals = &all["totals"];
    assert_eq!(totals["images"]["stored"], stored);
    let base = &all["shared"][0]["stored"];
    assert_eq!(totals["saved"]["stored"], *base);
    assert_eq!(all["images"][0]["shared"]["stored"], *base);
    assert_eq!(all["bases"][0]["images"], serde_json::json!([0, 1]));
    assert_eq!(all["alone"], serde_json::json!([2]));
    // Known or not, and also where every byte is read anew.
    for more in ["--no-cache", "--verify"] {
        let mut again = json(folder, &["web", "worker", "db", more]);
        for image in again["images"].as_array_mut().unwrap() {
            image["verified"] = Value::from(true);
        }
        let mut all = all.clone();
        for image in all["images"].as_array_mut().unwrap() {
            image["verified"] = Value::from(true);
        }
        assert_eq!(again, all, "{more}");
    }
}

#[test]
fn an_image_named_twice_has_two_rows_and_shares_all() {
    let folder = images();
    let all = json(folder.path(), &["web", "web"]);
    let totals = &all["totals"];
    assert_eq!(
        totals["once"]["stored"],
        all["images"][0]["totals"]["stored"]
    );
    assert_eq!(totals["saved"], all["images"][1]["shared"]);
}

#[test]
fn one_that_fails_is_named_and_nothing_is_printed() {
    let folder = images();
    let folder = folder.path();
    let words = refused(folder, &["web", "./nowhere", "db"]);
    let line = "error: ./nowhere: there is no file or folder `./nowhere`";
    assert!(words.contains(line), "{words}");
    assert!(
        words.starts_with("1 of 3: web\n2 of 3: ./nowhere\n"),
        "{words}"
    );
    // A layer that is damaged, of an image that could be opened.
    let digest = json(folder, &["db"])["layers"][0]["digest"].clone();
    let blob = digest.as_str().unwrap().replace(':', "/");
    let blob = folder.join("db/blobs").join(blob);
    let mut bytes = fs::read(&blob).unwrap();
    bytes[30] ^= 1;
    fs::write(&blob, bytes).unwrap();
    let words = refused(folder, &["web", "db", "-q", "--no-cache"]);
    assert!(
        words.starts_with("error: db: cannot read layer 0 of 1"),
        "{words}"
    );
    assert!(words.contains("\n  because: "), "{words}");
}

#[test]
fn what_is_meant_of_one_image_is_refused_for_several() {
    let folder = images();
    for (args, words) in [
        (
            &["web", "db", "--quick"][..],
            "`--quick` is about one image",
        ),
        (&["web", "db", "--image", "x"], "`--image` chooses in one"),
        (&["web", "db", "--platform", "all"], "`--platform all` is"),
        (&["web", "--compose", "x.yml"], "cannot be used with"),
        (&["--compose", "x.yml", "--quick"], "`--quick` is about one"),
        (&[], "required"),
    ] {
        let found = refused(folder.path(), args);
        assert!(found.contains(words), "{found}");
    }
    // For all of them.
    let words = refused(folder.path(), &["web", "db", "--platform", "linux/s390x"]);
    assert!(words.contains("error: web: "), "{words}");
}

const COMPOSE: &str = "\
services:
  web: {image: 'web${TAG:-}'}
  worker:
    image: $WORKER
  admin: {image: web, profiles: [later]}
  docs: {build: .}
  db: {image: db, platform: linux/amd64}
";

#[test]
fn a_compose_file_names_the_images() {
    let folder = images();
    let folder = folder.path();
    fs::create_dir(folder.join("shop")).unwrap();
    fs::write(folder.join("shop/compose.yml"), COMPOSE).unwrap();
    fs::write(folder.join("shop/.env"), "WORKER='worker' # a folder\n").unwrap();
    // Files instead of names, as no engine runs here.
    let args = [
        "report",
        "--compose",
        "shop/compose.yml",
        "--source",
        "file",
    ];
    let output = imgsize(folder, &args);
    let told = [
        "warning: service `docs` is left out: it states no image, and what is only built here has no name to look for",
        "1 of 3: web",
        "2 of 3: worker",
        "3 of 3: db",
    ];
    assert_eq!(text(&output.stderr).lines().collect::<Vec<_>>(), told);
    insta::with_settings!({
        snapshot_path => root().join("testdata/golden"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!("deployment-compose-80", text(&output.stdout)) });
    let output = program(folder, &args).arg("--json").output().unwrap();
    let all: Value = serde_json::from_slice(&output.stdout).unwrap();
    let services = all["images"].as_array().unwrap().iter();
    let services: Vec<String> = services.map(|row| row["services"].to_string()).collect();
    assert_eq!(
        services,
        [r#"["web","admin"]"#, r#"["worker"]"#, r#"["db"]"#]
    );
    // The environment's goes first, and a platform is for all.
    let output = program(folder, &args)
        .env("WORKER", "./no")
        .output()
        .unwrap();
    assert!(text(&output.stderr).contains("error: ./no: there is no file"));
    let output = program(folder, &args)
        .args(["--platform", "linux/arm64"])
        .output();
    assert!(text(&output.unwrap().stderr).contains("error: web: "));
}

#[test]
fn a_compose_file_of_no_use_is_told() {
    let folder = images();
    let path = folder.path().join("compose.yml");
    for (file, words) in [
        (None, "`compose.yml` cannot be read"),
        (Some("services: [a]"), "is no Compose file: "),
        (
            Some("services: {a: {build: .}}"),
            "no service in `compose.yml` states an image",
        ),
        (
            Some("services: {a: {image: '${X:?set it}'}}"),
            "service `a`: `X` has to be set: set it",
        ),
        (Some("services: {a: {image: 'A B'}}"), "error: A B: "),
        (
            Some("services: {a: {image: x, platform: all}}"),
            "error: x: ",
        ),
    ] {
        if let Some(file) = file {
            fs::write(&path, file).unwrap();
        }
        let found = refused(folder.path(), &["--compose", "compose.yml"]);
        assert!(found.contains(words), "{found}");
    }
}

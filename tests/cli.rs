//! The program as a shell sees it: exit codes, streams, files.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::fs;
use std::path::{Path, PathBuf};
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

/// The program, with a cache folder that cannot be: the user's own stays as it is.
fn program(args: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_imgsize"));
    program
        .args(args)
        .current_dir(root())
        .env("COLUMNS", "100")
        .env("IMGSIZE_CACHE_DIR", "/dev/null/cache");
    program
}

fn imgsize(args: &[&str]) -> Output {
    program(args).output().unwrap()
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
        ("help-check", &["check", "--help"]),
        ("help-cache", &["cache", "--help"]),
        ("help-cache-prune", &["cache", "prune", "--help"]),
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
    let mut child = program(&["report", "--json", &image()])
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
    let output = program(&["report", &image()])
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

/// Zeros over every layer's blob of an archive; its documents stay as they are.
fn damage_layers(archive: &Path, report: &Value) {
    let mut tar = tar::Archive::new(fs::File::open(archive).unwrap());
    let layers = report["layers"].as_array().unwrap();
    let mut damaged = 0;
    let mut bytes = fs::read(archive).unwrap();
    for member in tar.entries().unwrap() {
        let member = member.unwrap();
        let path = member.path().unwrap().to_string_lossy().into_owned();
        let is_layer = |layer: &Value| {
            let digest = layer["digest"].as_str().unwrap();
            path == format!("blobs/{}", digest.replace(':', "/"))
        };
        if layers.iter().any(is_layer) {
            let start = member.raw_file_position() as usize;
            bytes[start..start + member.size() as usize].fill(0);
            damaged += 1;
        }
    }
    assert_eq!(damaged, layers.len());
    fs::write(archive, bytes).unwrap();
}

#[test]
fn a_second_look_reads_no_layer() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("app.oci.tar");
    fs::copy(image(), &copy).unwrap();
    let cache = folder.path().join("cache");
    let look = |more: &[&str]| {
        let mut args = vec!["report", "--json", copy.to_str().unwrap()];
        args.extend(more);
        let cache = cache.as_os_str();
        program(&args)
            .env("IMGSIZE_CACHE_DIR", cache)
            .output()
            .unwrap()
    };
    let without = look(&["--no-cache"]);
    assert!(without.status.success());
    assert!(!cache.exists(), "--no-cache kept something");
    let first = look(&[]);
    let report: Value = serde_json::from_slice(&first.stdout).unwrap();
    let layers = report["layers"].as_array().unwrap().len();
    // And one note: the report itself.
    assert_eq!(fs::read_dir(&cache).unwrap().count(), layers + 1);

    damage_layers(&copy, &report);
    let second = look(&[]);
    assert_eq!(text(&second.stderr), "");
    assert_eq!(text(&second.stdout), text(&first.stdout));
    assert_eq!(text(&second.stdout), text(&without.stdout));
    // Layers that are known make the same report where it is not known itself.
    for file in fs::read_dir(&cache).unwrap() {
        let path = file.unwrap().path();
        if path
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with("note-")
        {
            fs::remove_file(path).unwrap();
        }
    }
    assert_eq!(fs::read_dir(&cache).unwrap().count(), layers);
    assert_eq!(text(&look(&[]).stdout), text(&first.stdout));
    for reading in ["--no-cache", "--verify"] {
        assert_eq!(look(&[reading]).status.code(), Some(2), "{reading}");
    }
}

#[test]
fn the_cache_can_be_looked_at_shrunk_and_emptied() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    let name = cache.to_str().unwrap();
    let said = |args: &[&str]| {
        let output = imgsize(&[&["cache"], args, &["--cache-dir", name]].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    assert!(said(&["info"]).contains("size     0 B (0 layers)"));
    assert!(!cache.exists());
    imgsize(&["report", &image(), "--cache-dir", name]);
    let info = said(&["info"]);
    assert!(
        info.contains(name) && info.contains("(5 layers, 1 image)"),
        "{info}"
    );
    assert!(said(&["prune"]).contains("removed  0 B (0 layers)"));
    assert!(said(&["prune", "--limit", "1"]).contains("(0 layers)"));
    imgsize(&["report", &image(), "--cache-dir", name]);
    fs::write(cache.join("mine"), "").unwrap();
    assert!(said(&["clear"]).contains("size     0 B (0 layers)"));
    assert_eq!(fs::read_dir(&cache).unwrap().count(), 1);
    let wrong = imgsize(&["cache", "info", "--cache-dir", "Cargo.toml"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("hint: "));
}

#[test]
fn the_cache_is_where_the_user_keeps_such_things() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let said = |dir: &str, xdg: &str| {
        let mut program = program(&["cache", "info"]);
        program.env("IMGSIZE_CACHE_DIR", dir).env("HOME", home);
        let output = program.env("XDG_CACHE_HOME", xdg).output().unwrap();
        let first = text(&output.stdout).lines().next().unwrap().to_owned();
        PathBuf::from(first.strip_prefix("folder   ").unwrap())
    };
    let own = match cfg!(target_os = "macos") {
        true => "Library/Caches/imgsize",
        false => ".cache/imgsize",
    };
    assert_eq!(said("", ""), home.join(own));
    assert_eq!(said("", "not/absolute"), home.join(own));
    assert_eq!(said("", "/xdg"), Path::new("/xdg/imgsize"));
    assert_eq!(said("/named", "/xdg"), Path::new("/named"));
}

#[test]
fn a_quick_look_reads_no_layer_and_keeps_to_its_schema() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("app.oci.tar");
    fs::copy(image(), &copy).unwrap();
    let full = imgsize(&["report", "--json", copy.to_str().unwrap()]);
    let full: Value = serde_json::from_slice(&full.stdout).unwrap();
    damage_layers(&copy, &full);
    let quick = imgsize(&["report", "--quick", "--json", copy.to_str().unwrap()]);
    let quick: Value = serde_json::from_slice(&quick.stdout).unwrap();
    let schema = imgsize(&["schema", "--quick"]);
    let schema: Value = serde_json::from_slice(&schema.stdout).unwrap();
    assert!(jsonschema::is_valid(&schema, &quick), "{quick}");
    assert_eq!(quick["totals"]["download"], full["totals"]["download"]);
    assert_eq!(quick["image"]["digest"], full["image"]["digest"]);
    let rows = |report: &Value, field: &str| -> Vec<Value> {
        let layers = report["layers"].as_array().unwrap().iter();
        layers.map(|row| row[field].clone()).collect()
    };
    for field in ["digest", "diff_id", "download", "created_by", "media_type"] {
        assert_eq!(rows(&quick, field), rows(&full, field), "{field}");
    }
    golden(
        "quick",
        text(&imgsize(&["report", "--quick", "testdata/images/small/app.oci.tar"]).stdout),
    );
    let both = imgsize(&["report", "--quick", "--platform", "all", &image()]);
    assert_eq!(both.status.code(), Some(2));
}

/// The program in a folder of its own, where this is the `imgsize.toml`.
fn with_config(text: &str, args: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("imgsize.toml"), text).unwrap();
    let mut program = program(&[&["report", &image()], args].concat());
    program.current_dir(&folder).output().unwrap()
}

const TEAM: &str = "[[owner]]\nname = \"Team\"\npaths = [\"/usr/lib/python3*\", \"*.py\"]\n";

/// What a report says of the team's place, and of a category.
fn team(output: &Output, category: &str) -> (Option<u64>, u64) {
    assert_eq!(text(&output.stderr), "");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = |list: &str, key: &str, name: &str| {
        let rows = report[list].as_array().unwrap().iter();
        let mut rows = rows.filter(|row| row[key] == name);
        rows.next().map(|row| row["live"].as_u64().unwrap())
    };
    let sum = report["categories"].as_array().unwrap().iter();
    let sum: u64 = sum.map(|row| row["live"].as_u64().unwrap()).sum();
    assert_eq!(report["totals"]["live"], sum);
    (
        of("places", "name", "Team"),
        of("categories", "id", category).unwrap(),
    )
}

#[test]
fn the_user_says_whose_files_are_whoever_lists_them() {
    let (nobody, app) = team(&with_config("", &["--json"]), "app");
    assert_eq!(nobody, None);
    // Files of pip's packages among them.
    let (all, more) = team(&with_config(TEAM, &["--json"]), "app");
    assert!(all.unwrap() > 100_000 && more > app, "{all:?} {app} {more}");
    let leftovers = format!("{TEAM}category = \"leftovers\"\n");
    let (same, now) = team(&with_config(&leftovers, &["--json"]), "leftovers");
    assert!(same == all && now >= all.unwrap());
    let without = with_config(TEAM, &["--json", "--no-config"]);
    assert_eq!(team(&without, "app"), (None, app));
}

#[test]
fn a_report_that_is_remembered_is_of_the_same_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    let file = folder.path().join("mine.toml");
    let look = |mapping: &str| {
        fs::write(&file, mapping).unwrap();
        let file = file.to_str().unwrap();
        let output = program(&["report", &image(), "--json", "--config", file])
            .env("IMGSIZE_CACHE_DIR", &cache)
            .output()
            .unwrap();
        team(&output, "app")
    };
    let first = look("");
    let second = look(TEAM);
    assert_ne!(first, second);
    assert_eq!((look(""), look(TEAM)), (first, second));
}

#[test]
fn a_configuration_that_means_nothing_is_told_with_its_line() {
    for (name, config) in [
        (
            "error-config-key",
            "[[owner]]\nname = \"Team\"\npath = [\"*.py\"]\n".to_owned(),
        ),
        (
            "error-config-table",
            "[budgets]\nlive = \"1GB\"\n".to_owned(),
        ),
        ("error-config-glob", TEAM.replace("*.py", "[*.py")),
        (
            "error-config-category",
            format!("{TEAM}category = \"apps\"\n"),
        ),
    ] {
        let output = with_config(&config, &["--json"]);
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert_eq!(text(&output.stdout), "", "{name}");
        golden(name, text(&output.stderr));
    }
    let output = imgsize(&["report", &image(), "--config", "no/such/imgsize.toml"]);
    assert_eq!(output.status.code(), Some(2));
    golden("error-config-none", text(&output.stderr));
}

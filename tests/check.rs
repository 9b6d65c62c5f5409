//! `imgsize check` and `imgsize init` as a shell sees them: the cases of
//! testdata/budget, and the script that a CI would run.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use imgsize::testkit::{Case, plain};
use serde_json::Value;

/// What the issue promises.
const FEWEST_CASES: usize = 40;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/budget")
}

/// A folder with the images of testdata/budget as archives.
fn place() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    for name in ["app", "old", "base", "empty"] {
        let text = fs::read_to_string(data().join(format!("{name}.image"))).unwrap();
        let archive = Case::parse(&text, &data()).docker_archive(&format!("{name}:1"), plain);
        fs::write(place.path().join(format!("{name}.tar")), archive).unwrap();
    }
    place
}

fn imgsize(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_imgsize"))
        .args(args)
        .current_dir(folder)
        .env("IMGSIZE_CACHE_DIR", "/dev/null/cache")
        .env("COLUMNS", "120")
        .output()
        .unwrap()
}

/// Runs a case: files are put beside the images, and each `$` line is a command whose
/// outcome the lines below it tell.
fn run(title: &str, lines: &[&str]) {
    let place = place();
    let folder = place.path();
    let mut output: Option<Output> = None;
    let mut lines = lines.iter().peekable();
    let mut told = 0;
    while let Some(line) = lines.next() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (stdout, stderr) = output.as_ref().map_or_else(Default::default, |output| {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            (text(&output.stdout), text(&output.stderr))
        });
        let context = format!("{title}: {line}\n{stdout}\n{stderr}");
        let verdict = || serde_json::from_str::<Value>(&stdout).expect(&context);
        match word {
            "" | "#" => {}
            "file" => {
                let mut text = String::new();
                while let Some(line) = lines.next_if(|line| line.starts_with("| ") || **line == "|")
                {
                    text.push_str(line.strip_prefix("| ").unwrap_or_default());
                    text.push('\n');
                }
                fs::write(folder.join(rest), text).unwrap();
            }
            "$" => {
                let args: Vec<&str> = rest.split_whitespace().collect();
                output = Some(imgsize(folder, &args));
                continue;
            }
            "exit" => {
                let code = output.as_ref().unwrap().status.code();
                assert_eq!(code, rest.parse().ok(), "{context}");
                told += 1;
            }
            "last" => assert_eq!(stderr.lines().last(), Some(rest), "{context}"),
            "err" => assert!(stderr.contains(rest), "{context}"),
            "out" => assert!(stdout.contains(rest), "{context}"),
            "has" => {
                let (name, text) = rest.split_once(' ').unwrap();
                let there = fs::read_to_string(folder.join(name)).expect(&context);
                assert!(there.contains(text), "{context}\n{there}");
            }
            // Of the last image: STATE ACTUAL ID
            "limit" => {
                let mut words = rest.splitn(3, ' ');
                let mut word = || words.next().unwrap();
                let (state, actual, id) = (word(), word().parse::<f64>().unwrap(), word());
                let verdict = verdict();
                let image = verdict["images"].as_array().unwrap().last().unwrap();
                let mut limits = image["limits"].as_array().unwrap().iter();
                let limit = limits.find(|limit| limit["id"] == id).expect(&context);
                assert_eq!(limit["state"], state, "{context}\n{limit}");
                let off = (limit["actual"].as_f64().unwrap() - actual).abs();
                assert!(off < 1e-4, "{context}\n{limit}");
            }
            _ => panic!("{title}: {line}: what is that?"),
        }
    }
    assert!(told > 0, "{title} tells no exit code");
}

#[test]
fn budgets_mean_what_the_cases_say() {
    let mut cases = 0;
    let mut wrong = Vec::new();
    let mut files: Vec<PathBuf> = fs::read_dir(data())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "case"))
        .collect();
    files.sort();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for case in text.split("=== ").skip(1) {
            let mut lines = case.lines();
            let title = format!("{}: {}", file.display(), lines.next().unwrap());
            let lines: Vec<&str> = lines.collect();
            // All that are wrong are told, not the first alone.
            if std::panic::catch_unwind(|| run(&title, &lines)).is_err() {
                wrong.push(title);
            }
            cases += 1;
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(cases >= FEWEST_CASES, "{cases}");
}

/// Runs the script of testdata/budget: its exit code and its output.
fn ci(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new("sh")
        .arg(data().join("ci.sh"))
        .arg(env!("CARGO_BIN_EXE_imgsize"))
        .args(args)
        .current_dir(folder)
        .env("IMGSIZE_CACHE_DIR", "/dev/null/cache")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), text)
}

#[cfg(unix)]
#[test]
fn a_script_goes_by_the_exit_code_and_has_verdict_and_report_of_one_run() {
    let json = |folder: &Path, name: &str| {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()
    };
    for (args, code, text, state) in [
        (
            ["app.tar", "--max-total", "1MB"],
            0,
            "merge\nverdict: pass reason=within-budget\n",
            "pass",
        ),
        (
            ["app.tar", "--max-total", "1kB"],
            1,
            "do not merge\nverdict: fail reason=over-limit\n",
            "fail",
        ),
    ] {
        let place = place();
        let folder = place.path();
        assert_eq!(ci(folder, &args), (Some(code), text.to_owned()));
        let (verdict, report) = (json(folder, "verdict.json"), json(folder, "report.json"));
        assert_eq!(verdict["state"], state);
        assert_eq!(verdict["images"][0]["totals"], report["totals"]);
        let table = fs::read_to_string(folder.join("verdict.txt")).unwrap();
        assert!(table.starts_with(&state.to_uppercase()), "{table}");
    }
    let place = place();
    let growth = ["app.tar", "--max-growth", "1kB"];
    let text = "nobody knows\nverdict: error reason=baseline\n";
    assert_eq!(ci(place.path(), &growth), (Some(2), text.to_owned()));
}

#[test]
fn a_reader_that_goes_away_turns_nothing_green() {
    let place = place();
    let script = "\"$0\" check app.tar --max-total 1 --json | true; exit ${PIPESTATUS[0]}";
    let output = Command::new("bash")
        .args(["-c", script, env!("CARGO_BIN_EXE_imgsize")])
        .current_dir(place.path())
        .env("IMGSIZE_CACHE_DIR", "/dev/null/cache")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

#[test]
fn a_verdict_is_what_its_schema_says() {
    let place = place();
    let schema = imgsize(place.path(), &["schema", "--check"]).stdout;
    let schema: Value = serde_json::from_slice(&schema).unwrap();
    let flags = ["--max-total", "1", "--forbid-package", "gcc*"];
    let growth = ["--baseline", "old.tar", "--max-growth", "1"];
    let args = [&["check", "app.tar", "--json"], &flags[..], &growth[..]].concat();
    let verdict = imgsize(place.path(), &args).stdout;
    let verdict: Value = serde_json::from_slice(&verdict).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    if let Err(error) = validator.validate(&verdict) {
        panic!("{error}");
    }
}

#[test]
fn an_image_on_a_pipe_is_checked() {
    let place = place();
    let script = "\"$0\" check - --max-total 155269 --forbid-path /nowhere < app.tar";
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_imgsize")])
        .current_dir(place.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

/// A saved report may say anything: nothing of it acts on a terminal or a CI.
#[test]
fn a_hostile_report_is_shown_as_text() {
    let place = place();
    let folder = place.path();
    let save = [
        "check",
        "app.tar",
        "--max-total",
        "1",
        "--report-json",
        "r.json",
    ];
    imgsize(folder, &save);
    let mut report: Value =
        serde_json::from_slice(&fs::read(folder.join("r.json")).unwrap()).unwrap();
    let bad = "\u{1b}[2J\n::error::x\u{202e}";
    for at in [
        "/image/name",
        "/image/digest",
        "/image/platform",
        "/findings/0/title",
    ] {
        *report.pointer_mut(at).unwrap() = bad.into();
    }
    for row in report["packages"].as_array_mut().unwrap() {
        row["name"] = bad.into();
        row["live"] = u64::MAX.into();
    }
    for row in report["layers"].as_array_mut().unwrap() {
        row["created_by"] = bad.into();
    }
    fs::write(folder.join("r.json"), report.to_string()).unwrap();
    let flags = [
        "--max-total",
        "1",
        "--max-layers",
        "1",
        "--forbid-package",
        "*",
    ];
    let growth = ["--baseline", "r.json", "--max-growth", "1MB"];
    for format in [&[][..], &["--json"]] {
        let args = [&["check", "r.json"], &flags[..], &growth[..], format].concat();
        let output = imgsize(folder, &args);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let acts = |c: char| c != '\n' && imgsize::path::acts_on_a_terminal(c);
        assert!(!text.contains(acts), "{text}");
        assert!(!text.lines().any(|line| line.starts_with("::")), "{text}");
    }
}

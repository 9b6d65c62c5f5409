//! `imgsize check` and `imgsize init` as a shell sees them: the cases of
//! testdata/budget, and the script that a CI would run.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use imgsize::testkit::Case;
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
        let plain = |tar: &[u8]| tar.to_vec();
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
                while let Some(line) = lines.next_if(|line| line.starts_with("| ") || **line == "|") {
                    text.push_str(line.trim_start_matches('|').trim_start_matches(' '));
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
                assert_eq!(limit["state"], state, "{context}");
                let off = (limit["actual"].as_f64().unwrap() - actual).abs();
                assert!(off < 1e-4, "{context}");
            }
            _ => panic!("{title}: {line}: what is that?"),
        }
    }
    assert!(told > 0, "{title} tells no exit code");
}

#[test]
fn budgets_mean_what_the_cases_say() {
    let mut cases = 0;
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
            run(&title, &lines.collect::<Vec<_>>());
            cases += 1;
        }
    }
    assert!(cases >= FEWEST_CASES, "{cases}");
}

//! A case in `testdata/dockerfile/<name>/` is a Dockerfile, a history, edits, and what
//! becomes of them. A line of the history begins with `- ` if it left no layer, and the
//! lines `base 2` and `target app` say where the base ends and which stage was built.
//! With `IMGSIZE_BLESS` set the expected files are written; then read them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;

use super::*;
use crate::testkit::{Case, plain};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/dockerfile");
    let folders = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let mut folders: Vec<PathBuf> = folders.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

#[derive(Default)]
struct Told {
    base: LayerNo,
    target: Option<String>,
    steps: Vec<crate::source::Step>,
}

fn history(text: &str) -> Told {
    let mut told = Told::default();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(base) = line.strip_prefix("base ") {
            told.base = base.parse().unwrap();
        } else if let Some(target) = line.strip_prefix("target ") {
            told.target = Some(target.to_owned());
        } else {
            let empty = line.strip_prefix("- ");
            told.steps.push(crate::source::Step {
                created_by: empty.unwrap_or(line).replace("\\n", "\n"),
                has_layer: empty.is_none(),
                created: None,
                comment: String::new(),
            });
        }
    }
    told
}

fn image(steps: Vec<crate::source::Step>) -> ImageInfo {
    let case = Case::parse("", Path::new("."));
    ImageInfo {
        steps,
        layers: Vec::new(),
        ..case.image(plain).info
    }
}

/// What a case comes to: what is told, and the edited file.
fn come(text: &str, history_text: &str, edits: &str) -> (String, Edited) {
    let told = history(history_text);
    let layers = told.steps.iter().filter(|step| step.has_layer).count();
    let dockerfile = Dockerfile::parse(text).unwrap();
    let image = image(told.steps);
    let tied = dockerfile
        .tie(&image, told.base, told.target.as_deref())
        .unwrap();
    let mut out = String::new();
    for layer in 0..u16::try_from(layers).unwrap() {
        out += &match tied.lines(layer) {
            Ok(lines) => format!("layer {layer}: {lines}\n"),
            Err(why) => format!("layer {layer}: {why}\n"),
        };
    }
    let findings: Vec<Vec<Edit>> = serde_json::from_str(edits).unwrap();
    let lists: Vec<&[Edit]> = findings.iter().map(Vec::as_slice).collect();
    let edited = tied.apply(&lists, "Dockerfile");
    for (edits, outcomes) in findings.iter().zip(&edited.outcomes) {
        for (edit, outcome) in edits.iter().zip(outcomes) {
            out += &format!("{outcome:?}: {}\n", serde_json::to_string(edit).unwrap());
        }
    }
    for line in ignore_lines(findings.iter().flatten(), "") {
        out += &format!("ignore {line}\n");
    }
    (out, edited)
}

fn applies(old: &str, edited: &Edited) {
    if edited.diff.is_empty() {
        assert_eq!(old, edited.text);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Dockerfile"), old).unwrap();
    fs::write(folder.path().join("p.diff"), &edited.diff).unwrap();
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        let git = git.args(arguments).current_dir(folder.path());
        git.env("GIT_CEILING_DIRECTORIES", folder.path().parent().unwrap());
        git.args(["p.diff"]).output()
    };
    // Where there is no git, nobody can ask it.
    let Ok(check) = git(&["apply", "--check"]) else {
        return;
    };
    let said = String::from_utf8_lossy(&check.stderr);
    assert!(check.status.success(), "{said}\n{}", edited.diff);
    git(&["apply", "--whitespace=nowarn"]).unwrap();
    let new = fs::read_to_string(folder.path().join("Dockerfile")).unwrap();
    assert_eq!(new, edited.text);
}

#[test]
fn every_case_comes_to_what_it_says() {
    let bless = std::env::var_os("IMGSIZE_BLESS").is_some();
    for folder in cases() {
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
        let text = read("Dockerfile");
        let (told, edited) = come(&text, &read("history.txt"), &read("edits.json"));
        applies(&text, &edited);
        let expected = [("expected.txt", &told), ("expected.diff", &edited.diff)];
        for (name, is) in expected {
            if bless {
                fs::write(folder.join(name), is).unwrap();
            }
            assert_eq!(&read(name), is, "{}", folder.join(name).display());
        }
    }
}

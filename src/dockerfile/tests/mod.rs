//! A Dockerfile, a history and edits: what they come to together.

mod cases;
mod edits;
mod strange;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::*;
use crate::testkit::{Case, plain};

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

/// What becomes of one edit of a file whose history is the file, read line by line.
fn edited(text: &str, edit: &Edit) -> Result<String, String> {
    let dockerfile = Dockerfile::parse(text).unwrap();
    let told = history(
        &text
            .lines()
            .skip(1)
            .map(|it| it.to_owned() + "\n")
            .collect::<String>(),
    );
    let image = image(told.steps);
    let tied = dockerfile.tie(&image, 0, None).unwrap();
    let edits = [edit.clone()];
    let edited = tied.apply(&[&edits], "Dockerfile");
    applies(text, &edited);
    match &edited.outcomes[0][0] {
        Outcome::Not(why) => Err(why.clone()),
        _ => Ok(edited.text),
    }
}

fn append(command: &str) -> Edit {
    Edit::Append {
        layer: 0,
        command: command.to_owned(),
    }
}

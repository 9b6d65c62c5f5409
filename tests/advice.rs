//! Advice as a shell sees it: the rules in words, the README's list of them, findings
//! in a report.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use imgsize::advice::all_rules;
use serde_json::Value;

const IMAGE: &str = "testdata/images/small/app.oci.tar";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn imgsize(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_imgsize"))
        .args(args)
        .current_dir(root())
        .env("COLUMNS", "100")
        .env("IMGSIZE_CACHE_DIR", "/dev/null/cache")
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn every_rule_is_listed_and_explained() {
    let list = stdout(&imgsize(&["rules"]));
    assert_eq!(list.lines().count(), all_rules().count());
    let json: Value = serde_json::from_slice(&imgsize(&["rules", "--json"]).stdout).unwrap();
    assert_eq!(json["rules"].as_array().unwrap().len(), all_rules().count());
    for rule in all_rules() {
        assert!(list.contains(&format!("{} ", rule.id)));
        let output = imgsize(&["explain", rule.id]);
        assert!(output.status.success());
        let told = stdout(&output);
        assert!(
            told.contains(rule.summary) && told.contains(rule.explain),
            "{told}"
        );
    }
    let output = imgsize(&["explain", "apt-list"]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("apt-lists"), "{told}");
}

/// `INSTA_UPDATE=always` writes the list anew.
#[test]
fn the_readme_lists_the_rules() {
    const START: &str = "<!-- rules: by INSTA_UPDATE=always cargo test --test advice -->\n";
    const END: &str = "<!-- end of rules -->";
    let rows = all_rules().map(|rule| format!("| `{}` | {} |\n", rule.id, rule.summary));
    let table = format!(
        "| rule | what it finds |\n| --- | --- |\n{}",
        rows.collect::<String>()
    );
    let path = root().join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(START).unwrap();
    let (listed, after) = rest.split_once(END).unwrap();
    if listed != table && std::env::var("INSTA_UPDATE").is_ok_and(|how| how == "always") {
        fs::write(&path, format!("{before}{START}{table}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(listed, table, "the README lists other rules");
}

#[test]
fn findings_are_exact_and_their_sum_is_no_more_than_the_image() {
    let report: Value =
        serde_json::from_slice(&imgsize(&["report", "--json", IMAGE]).stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let chown = findings
        .iter()
        .find(|row| row["rule"] == "layer-metadata-rewrite")
        .unwrap();
    // `chown -R` after COPY: all that layer 2 stores is lost.
    assert_eq!(chown["saves"]["stored"], report["layers"][2]["stored"]);
    assert_eq!(chown["layer"], 3);
    assert_eq!(chown["risk"], "safe");
    let bytes = |row: &Value| row["stored"].as_u64().unwrap();
    let adds: u64 = findings.iter().map(|row| bytes(&row["adds"])).sum();
    assert_eq!(adds, bytes(&report["advice"]["all"]));
    assert!(adds <= bytes(&report["totals"]));
    assert!(bytes(&report["advice"]["safe"]) <= adds);
    for row in findings {
        let layers: u64 = row["by_layer"].as_array().unwrap().iter().map(bytes).sum();
        assert_eq!(layers, bytes(&row["saves"]), "{row}");
    }
}

const DOCKERFILE: &str = "\
# syntax=docker/dockerfile:1
FROM scratch
COPY debian-root /
RUN pip install six idna click

# The app.
COPY app /app
RUN chown -R 1000:1000 /app
RUN rm -rf /root/.cache
";

#[test]
fn advice_becomes_a_diff_that_git_applies() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Dockerfile"), DOCKERFILE).unwrap();
    fs::write(folder.path().join(".dockerignore"), ".git\n").unwrap();
    let image = root().join(IMAGE);
    let run = |args: &[&str]| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_imgsize"));
        program.arg("report").arg(&image).args(args);
        program.current_dir(folder.path());
        program
            .env("IMGSIZE_CACHE_DIR", "/dev/null/cache")
            .output()
            .unwrap()
    };
    let json = run(&["--json", "--dockerfile", "Dockerfile"]);
    let report: Value = serde_json::from_slice(&json.stdout).unwrap();
    let lines = |no: usize| report["layers"][no]["lines"].clone();
    assert_eq!(lines(1), serde_json::json!([4, 4]));
    assert_eq!(lines(3), serde_json::json!([8, 8]));
    assert!(report["layers"][0]["untied"].is_string());

    let diff = stdout(&run(&[
        "--diff",
        "--dockerfile",
        "./Dockerfile",
        "--fix",
        "layer-metadata-rewrite",
    ]));
    assert!(
        diff.contains("+COPY --chown=1000:1000 app /app\n"),
        "{diff}"
    );
    assert!(diff.contains("-RUN chown -R 1000:1000 /app\n"), "{diff}");
    fs::write(folder.path().join("diff"), &diff).unwrap();
    let git = Command::new("git")
        .args(["apply", "diff"])
        .current_dir(folder.path())
        .status();
    if git.is_ok_and(|status| status.success()) {
        let text = fs::read_to_string(folder.path().join("Dockerfile")).unwrap();
        assert!(
            text.contains("COPY --chown=1000:1000 app /app\nRUN rm"),
            "{text}"
        );
    }

    for args in [
        &["--dockerfile", "Other"][..],
        &["--dockerfile", "Dockerfile", "--fix", "no-such-rule"],
        &["--dockerfile", "Dockerfile", "--target", "no-such-stage"],
        &["--diff"],
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty());
    }
}

/// Who opens a pipe waits for its other end, which here nobody has.
#[cfg(unix)]
#[test]
fn a_pipe_is_no_dockerfile() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("Dockerfile");
    let made = Command::new("mkfifo").arg(&pipe).status();
    if !made.is_ok_and(|status| status.success()) {
        return;
    }
    let output = imgsize(&["report", IMAGE, "--dockerfile", pipe.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("no regular file"), "{told}");
}

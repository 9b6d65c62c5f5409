//! `imgsize trim` as a shell sees it: what goes, what is written, what is left behind.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use imgsize::testkit::{Case, gzip, zstd};
use serde_json::Value;

/// A base, lists of apt in a `RUN`, and a copy on top that stays.
const LISTS: &str = "\
base 1
f 9 etc/a
---
i RUN /bin/sh -c apt-get update && apt-get install -y curl
d var
d var/lib/apt/lists
f 0 var/lib/apt/lists/lock
f 200000 var/lib/apt/lists/deb_Packages.lz4
f 3000 var/lib/apt/lists/deb_InRelease
f 700 usr/bin/curl
---
i COPY app /app
f 90000 app/data";

struct Place(tempfile::TempDir);

impl Place {
    fn new(text: &str, pack: fn(&[u8]) -> Vec<u8>) -> Place {
        let place = Place(tempfile::tempdir().unwrap());
        let archive = Case::parse(text, Path::new("")).docker_archive("app:1", pack);
        fs::write(place.0.path().join("app.tar"), archive).unwrap();
        place
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_imgsize"))
            .args(args)
            .current_dir(self.0.path())
            .env("IMGSIZE_CACHE_DIR", "/dev/null/cache")
            .output()
            .unwrap()
    }

    fn json(&self, args: &[&str]) -> Value {
        let output = self.run(args);
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn trim<'a>(rules: &'a str, output: &'a str) -> [&'a str; 6] {
    ["trim", "app.tar", "--rules", rules, "-o", output]
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_was_promised_is_achieved_and_a_report_says_the_same() {
    for pack in [gzip as fn(&[u8]) -> Vec<u8>, zstd] {
        for output in ["oci-archive:new", "oci-dir:new", "docker-archive:new"] {
            let place = Place::new(LISTS, pack);
            let outcome = place.json(&[&trim("safe", output)[..], &["--json"]].concat());
            assert_eq!(outcome["promised"]["stored"], 203_000);
            assert_eq!(outcome["achieved"]["stored"], 203_000);
            assert_eq!(outcome["achieved"]["live"], 203_000);
            assert_eq!(outcome["tag"], "app:1-trimmed");
            let layers = outcome["layers"].as_array().unwrap().iter();
            let cut = layers.filter(|layer| layer["members"] != 0);
            assert_eq!(cut.count(), 1);
            let schema = place.json(&["schema", "--trim"]);
            assert!(jsonschema::is_valid(&schema, &outcome), "{outcome}");

            let before = place.json(&["report", "app.tar", "--json"]);
            let after = place.json(&["report", output, "--json"]);
            let number = |report: &Value, name: &str| report["totals"][name].as_u64().unwrap();
            for name in ["stored", "live", "lost", "download"] {
                assert_eq!(
                    number(&before, name).saturating_sub(number(&after, name)),
                    outcome["achieved"][name].as_u64().unwrap(),
                    "{name}"
                );
            }
            assert_eq!(after["warnings"], before["warnings"]);
            let instruction = |report: &Value| report["layers"][1]["created_by"].clone();
            assert_eq!(instruction(&after), instruction(&before));
            assert_eq!(place.files(), ["app.tar", "new"]);
        }
    }
}

#[test]
fn what_is_there_stays_unless_force_is_used() {
    let place = Place::new(LISTS, gzip);
    fs::write(place.0.path().join("new.tar"), "mine").unwrap();
    let trim = trim("safe", "oci-archive:new.tar");
    let refused = place.run(&trim);
    assert_eq!(refused.status.code(), Some(2));
    assert!(words(&refused).contains("--force"), "{}", words(&refused));
    assert_eq!(fs::read(place.0.path().join("new.tar")).unwrap(), b"mine");
    let done = place.run(&[&trim[..], &["--force"]].concat());
    assert!(done.status.success(), "{}", words(&done));
    let table = String::from_utf8(done.stdout).unwrap();
    assert!(
        table.contains("203.0 kB") && table.contains("apt-lists"),
        "{table}"
    );
    assert_eq!(place.files(), ["app.tar", "new.tar"]);
}

#[test]
fn what_cannot_be_done_is_said_and_nothing_is_written() {
    let place = Place::new("f 9 a\n---\nf 8 b", gzip);
    let run = |image: &str, rules: &str, output: &str| {
        let output = place.run(&["trim", image, "--rules", rules, "-o", output]);
        assert_eq!(output.status.code(), Some(2), "{image} {rules}");
        assert_eq!(place.files(), ["app.tar"]);
        words(&output)
    };
    let good = "oci-archive:new.tar";
    assert!(run("app.tar", "safe", good).contains("no finding is left"));
    assert!(run("app.tar", "everything", good).contains("no rule `everything`"));
    assert!(run("app.tar", "safe", "new.tar").contains("oci-archive:FILE"));
    assert!(run("-", "safe", good).contains("save it to a file"));
}

#[test]
fn a_base_file_that_was_rewritten_keeps_its_copy_and_its_rewriter_goes_alone() {
    // A chown of a large file: the first copy is lost weight of the layer below.
    let text = "f 9 etc/a\n---\ni COPY app /app\nf 2000000 app/data\nf 5 app/x\n---\n\
                i RUN chown -R app /app\nm 2000000 app/data";
    let place = Place::new(&text.replace("f 9 etc/a", "base 1\nf 9 etc/a"), gzip);
    let trim = trim("layer-metadata-rewrite", "oci-archive:n");
    let outcome = place.json(&[&trim[..], &["--json"]].concat());
    assert_eq!(outcome["achieved"]["lost"], 2_000_000);
    assert_eq!(outcome["achieved"]["live"], 0);
    assert_eq!(outcome["after"]["lost"], 0);
}

#[test]
fn reports_from_before_and_after_say_what_became_of_each_finding() {
    let place = Place::new(LISTS, gzip);
    let trim = trim("safe", "oci-archive:new");
    assert!(place.run(&trim).status.success());
    let finding = serde_json::json!({
        "rule": "apt-lists", "title": "lists", "risk": "safe", "layer": 1, "fix": "",
        "saves": {"stored": 203_000, "download": 200_000}, "paths": [],
        "instruction": "RUN /bin/sh -c apt-get update && apt-get install -y curl",
    });
    for (image, json, findings) in [
        ("app.tar", "before.json", vec![finding.clone()]),
        ("new", "after.json", vec![]),
    ] {
        let mut report = place.json(&["report", image, "--json"]);
        report["findings"] = Value::from(findings);
        fs::write(place.0.path().join(json), report.to_string()).unwrap();
    }
    let verified = place.json(&["verify", "before.json", "after.json", "--json"]);
    let schema = place.json(&["schema", "--verify"]);
    assert!(jsonschema::is_valid(&schema, &verified), "{verified}");
    assert_eq!(verified["findings"][0]["followed"], "yes");
    assert_eq!(verified["findings"][0]["achieved"], 203_000);
    let stored = |side: &str| verified[side]["stored"].as_u64().unwrap();
    assert_eq!(stored("before") - stored("after"), 203_000);
    let other = place.json(&["verify", "after.json", "before.json", "--json"]);
    assert_eq!(other["new"][0]["rule"], "apt-lists");
    // Images may stand for their reports.
    let table = place.run(&["verify", "before.json", "oci-archive:new"]);
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(
        table.contains("followed") && table.contains("-203.0 kB"),
        "{table}"
    );
    fs::write(place.0.path().join("bad.json"), "{}").unwrap();
    let bad = place.run(&["verify", "bad.json", "after.json"]);
    assert_eq!(bad.status.code(), Some(2));
    assert!(words(&bad).contains("is no report"), "{}", words(&bad));
}

#[cfg(unix)]
#[test]
fn whenever_it_is_ended_nothing_unfinished_is_left() {
    let text = format!("{LISTS}\nf 3000000 app/more");
    for output in ["oci-archive:new", "oci-dir:new"] {
        let place = Place::new(&text, gzip);
        for delay in (0..600).step_by(40) {
            let mut child = Command::new(env!("CARGO_BIN_EXE_imgsize"))
                .args(trim("safe", output))
                .arg("--force")
                .current_dir(place.0.path())
                .env("IMGSIZE_CACHE_DIR", "/dev/null/cache")
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap();
            std::thread::sleep(std::time::Duration::from_millis(delay));
            let sent = Command::new("kill")
                .args(["-TERM", &child.id().to_string()])
                .stderr(std::process::Stdio::null())
                .status();
            sent.unwrap();
            child.wait().unwrap();
            let is_unfinished = |name: &String| name.starts_with('.');
            assert!(!place.files().iter().any(is_unfinished), "after {delay} ms");
        }
    }
}

//! Advice as a shell sees it: the rules in words, the README's list of them, findings
//! in a report.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use imgsize::advice::RULES;
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
    assert_eq!(list.lines().count(), RULES.len());
    let json: Value = serde_json::from_slice(&imgsize(&["rules", "--json"]).stdout).unwrap();
    assert_eq!(json["rules"].as_array().unwrap().len(), RULES.len());
    for rule in RULES {
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
    let rows = RULES
        .iter()
        .map(|rule| format!("| `{}` | {} |\n", rule.id, rule.summary));
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

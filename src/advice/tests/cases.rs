//! Each rule against its cases. A case in `testdata/advice/<id>/` is an image as text
//! (see `src/testkit/mod.rs`); behind `===` stands what this one rule says of it.

use std::collections::BTreeSet;

use super::*;
use crate::path::shown;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/advice")
}

/// What a rule says of a case, a few lines for each finding.
fn told(rule: &'static Rule, case: &Case) -> String {
    let analysis = analysis_of(case);
    let found = (rule.check)(&View::new(&analysis)).into_iter();
    let found = found.map(|finding| Finding {
        rule: rule.id,
        ..finding
    });
    let advice = settle(&analysis, found);
    let mut text = String::new();
    for one in &advice.findings {
        let finding = &one.finding;
        let risk = finding.risk.name();
        text += &format!("{} {risk} {}\n", one.saves.stored.0, finding.title);
        if let Some(estimate) = finding.estimate {
            text += &format!("  estimate {}\n", estimate.stored.0);
        }
        if let Some(layer) = one.layer() {
            text += &format!("  layer {layer}\n");
        }
        let name = |node: NodeId| shown(analysis.fs.path(node).as_bytes()).into_owned();
        let bodies = finding.bodies.iter();
        let shrunk = finding.shrink.iter().map(|(id, _)| id);
        let paths: BTreeSet<String> = bodies
            .chain(shrunk)
            .map(|&id| name(analysis.fs.body(id).node))
            .collect();
        for path in paths {
            text += &format!("  {path}\n");
        }
        for edit in &finding.edits {
            text += &format!("  edit {}\n", serde_json::to_string(edit).unwrap());
        }
        for note in &finding.notes {
            text += &format!("  note {note}\n");
        }
        // Told where a case asks for it, up to a comment, as a case has its own.
        if case.expected.contains("  fix") {
            for line in finding.fix.lines() {
                let line = format!("  fix {line}");
                text += line.split(" #").next().unwrap_or_default().trim_end();
                text.push('\n');
            }
        }
        assert!(
            !finding.title.is_empty() && !finding.fix.is_empty(),
            "{}",
            rule.id
        );
    }
    text
}

fn cases(rule: &Rule) -> Vec<PathBuf> {
    let folder = fs::read_dir(folder().join(rule.id));
    let files = folder
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|end| end == "case"))
        .collect();
    cases.sort();
    cases
}

fn is_called(path: &Path, start: &str) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with(start))
}

#[test]
fn every_rule_speaks_and_is_silent_where_it_should() {
    let mut wrong = Vec::new();
    for rule in RULES {
        let cases = cases(rule);
        for wanted in ["loud.case", "quiet.case"] {
            let is_there = cases.iter().any(|path| is_called(path, wanted));
            assert!(is_there, "{} has no {wanted}", rule.id);
        }
        for path in cases {
            let case = Case::load(&path);
            let told = told(rule, &case);
            let should_speak = is_called(&path, "loud");
            // Writes down what is said now; look at what that changes before it is kept.
            if told != case.expected && std::env::var_os("IMGSIZE_BLESS").is_some() {
                let text = fs::read_to_string(&path).unwrap();
                let (image, _) = text.split_once("\n===").unwrap();
                fs::write(&path, format!("{image}\n===\n{told}")).unwrap();
                continue;
            }
            if told.is_empty() == should_speak || told != case.expected {
                wrong.push(format!(
                    "{}\n--- expected\n{}--- said\n{told}",
                    path.display(),
                    case.expected
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rules_are_files_and_their_words_are_whole() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/advice/rules");
    let files = fs::read_dir(source).unwrap().map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.trim_end_matches(".rs").replace('_', "-")
    });
    let files: BTreeSet<String> = files.filter(|name| name != "mod").collect();
    let ids: BTreeSet<String> = RULES.iter().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(files, ids);
    assert_eq!(ids.len(), RULES.len(), "two rules have one id");
    for rule in RULES {
        assert!(
            !rule.summary.ends_with('.') && rule.summary.len() < 100,
            "{}",
            rule.id
        );
        assert!(
            rule.explain.len() > 100 && rule.explain.ends_with('.'),
            "{}",
            rule.id
        );
    }
}

/// False positives of others: `never` may be in no finding at all, `not-safe` in none
/// that is called safe. All rules look at each case.
#[test]
fn what_may_not_go_is_never_proposed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/advice-never");
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let case = Case::load(&path);
        let analysis = analysis_of(&case);
        let advice = advise(&analysis);
        for line in case.expected.lines() {
            let (how, file) = line.split_once(' ').unwrap();
            let node = analysis
                .fs
                .find(file)
                .unwrap_or_else(|| panic!("no {file}"));
            let body = analysis.fs.body_of(node).unwrap();
            let findings = advice.findings.iter().map(|one| &one.finding);
            let found = findings.filter(|finding| {
                finding.bodies.contains(&body)
                    || finding.shrink.iter().any(|&(shrunk, _)| shrunk == body)
            });
            let found = found.filter(|finding| match how {
                "never" => true,
                "not-safe" => finding.risk == Risk::Safe,
                _ => panic!("{line}"),
            });
            wrong.extend(found.map(|f| format!("{}: {}: {file}", path.display(), f.rule)));
            count += 1;
        }
    }
    assert!(count > 30);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

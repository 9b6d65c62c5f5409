//! What machines read: each format as its reader takes it apart.

use std::collections::BTreeMap;

use super::super::words::{keys, without_tag};
use super::data::{fail, hostile, huge, pass, several, warn};
use super::*;
use crate::gate::State;

fn trouble_of(verdict: &Verdict) -> usize {
    let limits = verdict.images.iter().flat_map(|image| &image.limits);
    limits.filter(|row| row.state != State::Pass).count()
}

#[test]
fn an_annotation_is_one_line_and_holds_no_second_one() {
    for verdict in [pass(), warn(), fail(), several(), hostile(), huge()] {
        let text = written("annotations", &verdict);
        let count = |command: &str| {
            text.lines()
                .filter(|line| line.starts_with(command))
                .count()
        };
        let (errors, warnings) = (count("::error "), count("::warning "));
        assert_eq!(errors + warnings, text.lines().count(), "{text}");
        assert!(errors <= 10 && warnings <= 10);
        for line in text.lines() {
            // As the runner parses: properties up to the next `::`, parted by commas.
            let (head, data) = line[2..].split_once("::").unwrap();
            let (_, properties) = head.split_once(' ').unwrap();
            let names: Vec<&str> = properties
                .split(',')
                .map(|p| p.split_once('=').unwrap().0)
                .collect();
            let known = [
                &["title"][..],
                &["file", "title"],
                &["file", "line", "title"],
            ];
            assert!(known.contains(&&names[..]), "{line}");
            assert!(!data.contains("%0A"), "{line}");
        }
        if trouble_of(&verdict) <= 10 {
            assert_eq!(text.lines().count(), trouble_of(&verdict));
        }
    }
    assert!(written("annotations", &huge()).contains("more limits"));
}

/// The outputs as the runner reads them.
fn parsed(text: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let equals = line.find('=').unwrap_or(usize::MAX);
        let (key, value) = match line.find("<<") {
            Some(at) if at < equals => {
                let end = &line[at + 2..];
                let inside: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
                (&line[..at], inside.join("\n"))
            }
            _ => (&line[..equals], line[equals + 1..].to_owned()),
        };
        assert!(
            values.insert(key.to_owned(), value).is_none(),
            "{key} twice"
        );
    }
    values
}

#[test]
fn a_step_gets_outputs_and_a_summary_at_the_end_of_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let files = GithubFiles {
        summary: Some(folder.path().join("summary.md")),
        output: Some(folder.path().join("output")),
    };
    let path = |file: &Option<std::path::PathBuf>| file.clone().unwrap();
    for verdict in [pass(), warn(), fail(), several(), hostile()] {
        std::fs::write(path(&files.output), "other=1").unwrap();
        std::fs::write(path(&files.summary), "before\n").unwrap();
        let mut out = Vec::new();
        write_github(&verdict, &style(), &files, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            written("annotations", &verdict)
        );
        let values = parsed(&std::fs::read_to_string(path(&files.output)).unwrap());
        let last = verdict.images.last().unwrap();
        let number = |key: &str| values[key].parse::<i64>().ok();
        assert_eq!(values["other"], "1");
        assert_eq!(values["verdict"], verdict.state.name());
        assert_eq!(values.len(), 9, "{values:?}");
        assert_eq!(number("total"), Some(last.totals.stored.0 as i64));
        assert_eq!(values["reason"].is_empty(), verdict.state == State::Pass);
        let then = last
            .baseline
            .as_ref()
            .and_then(|b| b.totals.as_ref())
            .map(|t| t.stored.0 as i64);
        assert_eq!(number("baseline-total"), then);
        assert_eq!(
            number("diff"),
            then.map(|then| last.totals.stored.0 as i64 - then)
        );
        assert_eq!(values["diff-percent"].is_empty(), then.is_none());
        let summary = std::fs::read_to_string(path(&files.summary)).unwrap();
        assert!(summary.starts_with("before\n<!-- imgsize:") && summary.contains("###"));
    }
}

#[test]
fn a_full_summary_is_left_alone_and_a_missing_folder_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let summary = folder.path().join("summary.md");
    std::fs::write(&summary, vec![b'x'; 1024 * 1024 - 100]).unwrap();
    let mut files = GithubFiles {
        summary: Some(summary.clone()),
        output: None,
    };
    let mut out = Vec::new();
    write_github(&fail(), &style(), &files, &mut out).unwrap();
    assert_eq!(
        std::fs::metadata(&summary).unwrap().len(),
        1024 * 1024 - 100
    );
    assert!(
        String::from_utf8(out)
            .unwrap()
            .contains("summary of this step is full")
    );
    files.output = Some(folder.path().join("none/output"));
    let error = write_github(&fail(), &style(), &files, &mut Vec::new()).unwrap_err();
    assert!(error.to_string().contains("none/output"), "{error}");
}

#[test]
fn sarif_has_a_result_for_all_that_is_over_and_a_rule_for_each() {
    for verdict in [pass(), warn(), fail(), several(), hostile()] {
        let log: serde_json::Value = serde_json::from_str(&written("sarif", &verdict)).unwrap();
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), trouble_of(&verdict));
        let mut prints = Vec::new();
        for result in results {
            let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
            assert_eq!(rule["id"], result["ruleId"]);
            let place = &result["locations"][0]["physicalLocation"];
            assert_eq!(place.is_null(), verdict.budget == "flags", "{place}");
            prints.push(result["partialFingerprints"].to_string());
        }
        let ids: Vec<&str> = rules
            .iter()
            .map(|rule| rule["id"].as_str().unwrap())
            .collect();
        assert!(
            ids.iter()
                .enumerate()
                .all(|(at, id)| !ids[..at].contains(id)),
            "{ids:?}"
        );
        let count = prints.len();
        prints.sort();
        prints.dedup();
        assert_eq!(prints.len(), count);
    }
    let text = written("sarif", &hostile());
    assert!(
        text.contains("\"uri\": \"bud%20get/%7C%60%2C%3A%25%3Cb%3E.toml\""),
        "{text}"
    );
}

#[test]
fn an_image_keeps_its_key_from_tag_to_tag() {
    for (name, key) in [
        ("app:1", "app"),
        ("app", "app"),
        ("host:5000/app", "host:5000/app"),
        ("host:5000/app:1@sha256:00", "host:5000/app"),
        (":1", ":1"),
    ] {
        assert_eq!(without_tag(name), key);
    }
    assert_eq!(
        keys(&several()),
        [
            "shop/web",
            "shop/api:1.4.2",
            "shop/api:worker",
            "all images"
        ]
    );
    let mut twice = pass();
    twice.images.push(twice.images[0].clone());
    let name = twice.images[0].name.clone();
    assert_eq!(keys(&twice), [name.clone(), format!("{name} #2")]);
}

#[test]
fn junit_counts_what_it_holds() {
    for verdict in [pass(), warn(), fail(), several(), hostile()] {
        let text = written("junit", &verdict);
        let limits = verdict.images.iter().flat_map(|image| &image.limits);
        let failed = limits
            .clone()
            .filter(|row| row.state == State::Fail)
            .count();
        assert_eq!(text.matches("<testcase ").count(), limits.count());
        assert_eq!(text.matches("<failure ").count(), failed);
        assert!(
            text.contains(&format!("failures=\"{failed}\" errors=\"0\">")),
            "{text}"
        );
        // What XML 1.0 cannot hold.
        assert!(
            !text
                .chars()
                .any(|c| (c < ' ' && c != '\n') || matches!(c, '\u{fffe}' | '\u{ffff}'))
        );
    }
}

/// Cells of a CSV text, by the book.
fn cells(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let row = rows.last_mut().unwrap();
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                row.last_mut().unwrap().push(chars.next().unwrap())
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\n' if !quoted => rows.push(vec![String::new()]),
            c => row.last_mut().unwrap().push(c),
        }
    }
    rows.pop();
    rows
}

#[test]
fn no_cell_of_a_csv_is_a_formula() {
    for verdict in [pass(), warn(), fail(), several(), hostile()] {
        let rows = cells(&written("csv", &verdict));
        let limits: usize = verdict.images.iter().map(|image| image.limits.len()).sum();
        assert_eq!(rows.len(), limits + 1);
        for row in &rows {
            assert_eq!(row.len(), rows[0].len(), "{row:?}");
            for cell in row {
                // Numbers are ours.
                let ours = cell.parse::<f64>().is_ok();
                assert!(
                    ours || !cell.trim_start().starts_with(['=', '+', '-', '@']),
                    "{cell}"
                );
            }
        }
    }
    let rows = cells(&written("csv", &hostile()));
    assert!(
        rows.iter()
            .any(|row| row.iter().any(|cell| cell == "'=cmd|' /C calc'!A0"))
    );
}

#[test]
fn metrics_end_and_no_two_have_the_same_name_and_labels() {
    for verdict in [pass(), warn(), fail(), several(), hostile(), huge()] {
        let text = written("openmetrics", &verdict);
        assert!(text.ends_with("\n# EOF\n"));
        let mut seen = std::collections::BTreeSet::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (series, number) = line.rsplit_once(' ').unwrap();
            assert!(number.parse::<f64>().is_ok(), "{line}");
            assert!(seen.insert(series.to_owned()), "{line}");
        }
        assert!(
            text.lines()
                .any(|line| line.starts_with("imgsize_total_bytes{image=\""))
        );
    }
    let text = written("openmetrics", &several());
    assert!(
        text.contains("imgsize_total_bytes{image=\"shop/web\"} 98000000\n"),
        "{text}"
    );
}

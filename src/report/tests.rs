use std::path::Path;

use super::*;
use crate::analysis::{Wishes, analyze};
use crate::scan::How;
use crate::testkit::{Case, estargz, gzip};
use crate::units::Bytes;

/// An image with something of everything.
fn report() -> Report {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/report");
    let image = Case::load(&folder.join("mixed.case")).image(gzip);
    Report::new(&analyze(&image, &How::default(), &Wishes::default(), &|_| {}).unwrap())
}

pub(super) fn golden(name: &str, text: &[u8]) {
    let text = String::from_utf8(text.to_vec()).unwrap();
    assert!(
        !text
            .replace('\n', "")
            .chars()
            .any(crate::path::acts_on_a_terminal)
    );
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/golden"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!(name, text) });
}

fn written(id: &str, style: &Style) -> Vec<u8> {
    let format = FORMATS.iter().find(|format| format.id == id).unwrap();
    let mut out = Vec::new();
    (format.write)(&report(), style, &mut out).unwrap();
    out
}

pub(super) fn style(width: usize) -> Style {
    Style {
        units: Units::Si,
        width,
        top: Some(5),
        sort: Sort::Size,
    }
}

#[test]
fn tables_fit_their_width() {
    for width in [60, 80, 120] {
        let text = written("table", &style(width));
        let shown = String::from_utf8_lossy(&text);
        // Warnings are sentences: a terminal may break them.
        let tables = shown.split("\nWarnings\n").next().unwrap();
        // What is to be copied is not broken.
        let is_fix = |line: &&str| line.starts_with("  fix: ") || line.starts_with("       ");
        for line in tables.lines().filter(|line| !is_fix(line)) {
            let columns = unicode_width::UnicodeWidthStr::width(line);
            // The head names source and digest in full: cut short they are none.
            assert!(
                columns <= width || line.contains("testkit:") || line.contains("sha256:"),
                "{columns} > {width}: {line}"
            );
        }
        golden(&format!("report-table-{width}"), &text);
    }
    golden(
        "report-table-all-bytes",
        &written(
            "table",
            &Style {
                units: Units::Exact,
                width: 160,
                top: None,
                sort: Sort::Name,
            },
        ),
    );
}

#[test]
fn what_a_report_rests_on_is_said_in_its_head() {
    let text = "f 900000 usr/bin/a\n---\nf 500000 usr/bin/b\n---\nf 5 c\n";
    let image = Case::parse(text, Path::new("")).remote(|tar| {
        let (blob, promise) = estargz(tar);
        (blob, Some(promise))
    });
    let head = |report: &Report| {
        let mut out = Vec::new();
        (table::FORMAT.write)(report, &style(60), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines = text.lines().skip(2).take_while(|line| !line.is_empty());
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let mut report =
        Report::new(&analyze(&image, &How::default(), &Wishes::default(), &|_| {}).unwrap());
    let by_table = [
        "2 of 3 layers read by their table of contents",
        "(131.1 kB of 1.4 MB fetched): --verify reads every byte",
    ];
    assert_eq!(head(&report), by_table);
    report.layers[2].verified = false;
    let not_verified = "digests not verified: --verify reads every byte";
    assert_eq!(head(&report), [&[not_verified], &by_table[..]].concat());
    for row in &mut report.layers {
        (row.read, row.verified) = ("headers".to_owned(), false);
    }
    assert_eq!(head(&report), [not_verified]);
}

#[test]
fn the_json_is_pinned_to_its_schema_number() {
    let text = written("json", &style(80));
    golden("report-json-1", &text);
    let mut schema = Vec::new();
    super::schema(&mut schema).unwrap();
    golden("schema-1", &schema);
    let mut of_platforms = Vec::new();
    super::platforms_schema(&mut of_platforms).unwrap();
    golden("schema-platforms-1", &of_platforms);
    let schema = serde_json::from_slice(&schema).unwrap();
    let report = serde_json::from_slice(&text).unwrap();
    if let Err(error) = jsonschema::validate(&schema, &report) {
        panic!("{error}");
    }
}

#[test]
fn a_category_and_a_place_stand_in_the_sums_of_the_report() {
    let report = report();
    let live: Bytes = report.categories.iter().map(|row| row.live).sum();
    assert_eq!(live, report.totals.live);
    let owners: Bytes = report
        .packages
        .iter()
        .map(|row| row.live)
        .chain(report.places.iter().map(|row| row.live))
        .sum();
    assert_eq!(owners, report.totals.live);
}

/// What the table says of advice for an image of this text.
fn advice_of(case: &str) -> String {
    let image = Case::parse(case, Path::new(".")).image(gzip);
    let analysis = analyze(&image, &How::default(), &Wishes::default(), &|_| {}).unwrap();
    let mut out = Vec::new();
    let format = FORMATS.iter().find(|format| format.id == "table").unwrap();
    (format.write)(&Report::new(&analysis), &style(100), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn that_there_is_no_advice_is_said_and_so_is_what_costs_no_bytes() {
    let rules = crate::advice::RULES.len();
    let told = advice_of("f 9 a");
    let none = format!("\nAdvice: none, {rules} rules found nothing\n");
    assert!(told.ends_with(&none), "{told}");
    let told = advice_of("c Cmd [\"/a\"]\nf 9 a");
    assert!(
        told.contains("  root-user: the program runs as root [check]\n") && !told.contains("--all"),
        "{told}"
    );
}

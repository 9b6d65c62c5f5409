//! dive's numbers on images made by hand, and its rules on files made by hand. Every
//! number of [`COUNTED`] is dive's own: its code was run on these images.

use std::path::Path;

use super::*;
use crate::analysis::{Wishes, analyze};
use crate::gate::{LimitRow, State};
use crate::report::{Report, Sort, Style};
use crate::scan::How;
use crate::testkit::{Case, plain};
use crate::units::Units;

type Counted = (
    &'static str,
    &'static str,
    [&'static str; 3],
    u64,
    &'static [&'static str],
);

/// A case; score, wasted bytes and userWastedPercent of dive; bytes that are truly lost; a
/// word of every reason why they differ.
const COUNTED: &[Counted] = &[
    (
        "a file is written again",
        "f 10000 base\n---\nf 1000 a\n---\nf 1000 a v2",
        ["0.9167", "2000", "1.0000"],
        1000,
        &["every copy", "first layer for the base"],
    ),
    (
        "a file is written in four layers",
        "f 10000 base\n---\nf 1000 a\n---\nf 1000 a v2\n---\nf 1000 a v3\n---\nf 1000 a v4",
        ["0.7857", "4000", "1.0000"],
        3000,
        &["every copy", "first layer for the base"],
    ),
    (
        "a file is deleted",
        "f 10000 base\n---\nf 1000 a\n---\nw a",
        ["0.9091", "1000", "1.0000"],
        1000,
        &["first layer for the base"],
    ),
    (
        "a folder is deleted",
        "f 10000 base\n---\nd dir\nf 4000 dir/a\nf 4000 dir/b\n---\nw dir",
        ["1.0000", "0", "0.0000"],
        8000,
        &["folders that a layer deletes", "first layer for the base"],
    ),
    (
        "what is in a folder is deleted",
        "f 10000 base\n---\nd dir\nf 4000 dir/a\nd dir/sub\nf 4000 dir/sub/b\n---\nw dir/a\nw dir/sub",
        ["0.8182", "4000", "0.5000"],
        8000,
        &["folders that a layer deletes", "first layer for the base"],
    ),
    (
        "a folder that was once empty is deleted",
        "f 10000 base\nd dir\n---\nd dir\nf 4000 dir/a\n---\nw dir",
        ["0.7778", "4000", "1.0000"],
        4000,
        &["first layer for the base"],
    ),
    (
        "something that is not there is deleted first",
        "f 10000 base\n---\nf 1000 b\n---\nw a\nf 1000 b v2",
        ["0.9999", "0", "0.0000"],
        1000,
        &["stops in the middle of layer 2", "first layer for the base"],
    ),
    (
        "one layer",
        "f 10000 base",
        ["1.0000", "0", "NaN"],
        0,
        &["divides by nothing"],
    ),
    (
        "a folder is emptied",
        "f 10000 base\n---\nd dir\nf 4000 dir/a\n---\no dir",
        ["1.0000", "0", "0.0000"],
        4000,
        &["opaque whiteouts", "first layer for the base"],
    ),
    (
        "a small file gives way to a large one",
        "f 10000 base\n---\nf 100 a\n---\nf 5000 a v2",
        ["0.6689", "5100", "1.0000"],
        100,
        &["every copy", "first layer for the base"],
    ),
    (
        "a base of three layers",
        "base 3\nf 10000 base\n---\nf 50000 b\n---\nf 50000 c\n---\nf 1000 a\n---\nf 1000 a v2",
        ["0.9911", "2000", "0.0196"],
        1000,
        &["every copy", "no layer is known"],
    ),
];

fn analysis(text: &str) -> Analysis {
    let case = Case::parse(text, Path::new(""));
    let how = How::default();
    analyze(&case.image(plain), &how, &Wishes::default(), &|_| {}).unwrap()
}

fn dive(text: &str) -> Dive {
    Dive::of(&analysis(text)).unwrap()
}

#[test]
fn the_numbers_of_images_made_by_hand_are_those_of_dive() {
    for (what, text, [score, wasted, user], lost, why) in COUNTED {
        let analysis = analysis(text);
        let dive = Dive::of(&analysis).unwrap();
        assert_eq!(format!("{:.4}", dive.score), *score, "{what}");
        assert_eq!(dive.wasted.0.to_string(), *wasted, "{what}");
        assert_eq!(format!("{:.4}", dive.user_wasted), *user, "{what}");
        let totals = Report::new(&analysis).totals;
        assert_eq!(totals.lost.0, *lost, "{what}");
        let said = dive.why(&totals);
        assert_eq!(said.len(), why.len(), "{what}: {said:?}");
        for (said, word) in said.iter().zip(*why) {
            assert!(said.contains(word), "{what}: {said}");
        }
    }
}

#[test]
fn what_ends_a_layer_hides_only_what_comes_behind_it_in_the_order_of_names() {
    // `.wh.m` stands before all letters, `-` before the dot.
    let early = dive("f 9 base\n---\nf 1000 -a\nf 1000 z\n---\nw m\nf 1000 -a v2\nf 1000 z v2");
    assert_eq!(early.wasted, Bytes(2000));
    assert_eq!(early.files.len(), 1);
    assert_eq!(early.files[0].path, "/-a");
    assert_eq!(early.seen.ended, [2]);
    // In the first layer it is the layer itself that is looked at.
    let first = dive("w nothing\nf 1000 z");
    assert_eq!((first.seen.ended, first.score), (vec![0], 1.0));
    let itself = dive("d a\nf 1000 a/b\nw a\nf 10 z");
    assert!(itself.seen.ended.is_empty());
    assert_eq!(itself.seen.folders, Bytes::ZERO, "it hides nothing below");
    // The leaf `/a/b` of 1000, `/a` deleted with 1000 in it, `/z`.
    assert_eq!((itself.score, itself.wasted), (1.0, Bytes::ZERO));
}

#[test]
fn a_folder_that_no_entry_names_is_a_file_of_no_bytes() {
    let named = dive("f 9 base\n---\nd dir\nf 4000 dir/a\n---\nd dir\nf 1 dir/b\n---\nw dir");
    assert_eq!(named.seen.folders, Bytes(4001));
    for (bottom, top) in [("", "d dir\n"), ("d dir\n", "")] {
        let text = format!("f 9 base\n---\n{bottom}f 4000 dir/a\n---\n{top}f 1 dir/b\n---\nw dir");
        // The last layer that holds it says what it is.
        let folders = if top.is_empty() { 0 } else { 4001 };
        assert_eq!(dive(&text).seen.folders, Bytes(folders), "{text}");
    }
}

#[test]
fn what_was_deleted_comes_back_without_what_was_in_it() {
    let text = "f 9 base\n---\nd dir\nf 4000 dir/a\n---\nw dir\n---\nd dir\nf 7 dir/b\n---\nw dir";
    let dive = dive(text);
    // `/dir` is deleted twice: once with 4000 in it, once with 7.
    assert_eq!(dive.files.len(), 1);
    assert_eq!((dive.files[0].count, dive.files[0].bytes), (2, Bytes(4007)));
}

#[test]
fn links_weigh_nothing_and_a_name_twice_in_a_tar_weighs_once() {
    let text = "f 9 base\n---\nf 100 a\nf 40 a v2\nh b a\nl c a";
    let dive = dive(text);
    assert_eq!((dive.image, dive.user), (Bytes(149), Bytes(140)));
    assert_eq!(dive.seen.repeated, Bytes(100));
    assert_eq!(dive.score, 1.0);
}

type Thresholds = Result<[Option<f64>; 3], &'static str>;

/// A text, and its three thresholds; or a word of the error.
const READ: &[(&str, Thresholds)] = &[
    ("", Ok([Some(0.9), None, Some(0.1)])),
    ("plugins:\n  - plugin1\n", Ok([Some(0.9), None, Some(0.1)])),
    ("rules:\n", Ok([Some(0.9), None, Some(0.1)])),
    (
        "rules:\n  lowestEfficiency: 0.95\n  highestWastedBytes: 20MB\n  highestUserWastedPercent: 0.20\n",
        Ok([Some(0.95), Some(20e6), Some(0.2)]),
    ),
    (
        "rules:\n  lowestEfficiency: '1'\n  highestWastedBytes: 20MiB\n  highestUserWastedPercent: 0\n",
        Ok([Some(1.0), Some(20_971_520.0), Some(0.0)]),
    ),
    (
        "rules:\n  lowestEfficiency: false\n  highestWastedBytes: ' Disabled '\n  highestUserWastedPercent: OFF\n",
        Ok([None, None, None]),
    ),
    (
        "rules:\n  lowestEfficiency: ''\n",
        Ok([None, None, Some(0.1)]),
    ),
    (
        "rules:\n  lowestEfficiency:\n",
        Ok([Some(0.9), None, Some(0.1)]),
    ),
    (
        "rules:\n  highestWastedBytes: 1,500 kb\n  plugin1/rule1: error\n",
        Ok([Some(0.9), Some(1_500_000.0), Some(0.1)]),
    ),
    (
        "rules:\n  highestWastedBytes: 12\n",
        Ok([Some(0.9), Some(12.0), Some(0.1)]),
    ),
    (
        "rules:\n  highestWastedBytes: 1.5Ki\n",
        Ok([Some(0.9), Some(1536.0), Some(0.1)]),
    ),
    (
        "rules:\n  lowestEfficiency: 1.01\n",
        Err("line 2: lowestEfficiency: `1.01` is not from 0 to 1"),
    ),
    (
        "rules:\n\n  highestUserWastedPercent: -0.1\n",
        Err("line 3"),
    ),
    (
        "rules:\n  highestUserWastedPercent: 10%\n",
        Err("no number"),
    ),
    ("rules:\n  lowestEfficiency: nan\n", Err("lowestEfficiency")),
    ("rules:\n  highestWastedBytes: 20 parrots\n", Err("no size")),
    ("rules:\n  highestWastedBytes: -1\n", Err("no size")),
    ("rules:\n  highestWastedBytes: 99999999EB\n", Err("no size")),
    ("rules:\n  highestWastedBytes: MB\n", Err("no size")),
    (
        "rules:\n  highestWastedBytes: [1]\n",
        Err("a list or a table"),
    ),
    ("rules: 7\n", Err("no .dive-ci")),
    ("rules: {\n", Err("no .dive-ci")),
];

fn threshold(rules: &Rules, key: &str, dive: &Dive) -> Option<f64> {
    let rows = rules.check(dive);
    let row = rows.iter().find(|row| row.id == format!("dive:{key}"));
    row.and_then(|row| row.limit)
}

#[test]
fn rules_are_read_as_dive_reads_them() {
    let any = dive("f 1 a");
    for (text, expected) in READ {
        let read = Rules::parse(FILE, text);
        match (read, expected) {
            (Ok(rules), Ok(expected)) => {
                let keys = [
                    "lowestEfficiency",
                    "highestWastedBytes",
                    "highestUserWastedPercent",
                ];
                let found = keys.map(|key| threshold(&rules, key, &any));
                assert_eq!(found, *expected, "{text}");
            }
            (Err(error), Err(word)) => {
                assert!(error.to_string().contains(word), "{text}: {error}");
                assert!(error.hint().is_some(), "{text}");
            }
            (read, _) => panic!("{text}: {read:?}"),
        }
    }
    let rules = Rules::parse(FILE, "rules:\n  lowestEficiency: 1\n").unwrap();
    assert_eq!(rules.ignored, ["lowestEficiency"]);
}

#[test]
fn a_threshold_that_is_met_is_not_crossed() {
    let twice = "f 500 base\n---\nf 250 a\nf 250 b\n---\nf 250 a v2\nf 250 b v2";
    let once = "f 10 a";
    let emptied = "f 10 a\n---\nw a";
    // An image, a rule, and whether it fails: the score is 2/3, 1000 are wasted of 1000.
    for (image, rule, state) in [
        (twice, "lowestEfficiency: 0.66", State::Pass),
        (twice, "lowestEfficiency: 0.67", State::Fail),
        (twice, "highestWastedBytes: 1000", State::Pass),
        (twice, "highestWastedBytes: 999", State::Fail),
        (twice, "highestUserWastedPercent: 1", State::Pass),
        (twice, "highestUserWastedPercent: 0.99", State::Fail),
        // NaN is not over anything; infinity is.
        (once, "highestUserWastedPercent: 0", State::Pass),
        (once, "lowestEfficiency: 1", State::Pass),
        (emptied, "highestUserWastedPercent: 1", State::Fail),
    ] {
        let rules = Rules::parse(FILE, &format!("rules:\n  {rule}\n")).unwrap();
        let key = rule.split(':').next().unwrap();
        let rows = rules.check(&dive(image));
        let row = rows.iter().find(|row| row.id.ends_with(key)).unwrap();
        assert_eq!(row.state, state, "{image}: {rule}");
        assert_eq!(row.reason.is_empty(), state == State::Pass, "{row:?}");
        assert_eq!(row.code.is_empty(), state == State::Pass, "{row:?}");
        assert_eq!(row.line, Some(2), "{rule}");
        // What is written can be read again.
        let text = serde_json::to_string(row).unwrap();
        let back: LimitRow = serde_json::from_str(&text).unwrap();
        assert_eq!(back.state, state);
    }
}

#[test]
fn both_countings_stand_side_by_side() {
    let analysis = analysis("f 10000 base\n---\nf 1000 a\n---\nf 1000 a v2");
    let (dive, totals) = (Dive::of(&analysis).unwrap(), Report::new(&analysis).totals);
    let style = Style {
        units: Units::Exact,
        width: 100,
        top: None,
        sort: Sort::Size,
    };
    let mut out = Vec::new();
    table(&dive, &totals, &style, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    for line in [
        "efficiency",
        "91.6667 %  91.6667 %",
        "2,000      1,000",
        "2 times  /a",
        "every copy",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

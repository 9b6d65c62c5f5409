//! What comes in are verdicts made by hand; what goes out is every format of each, looked
//! at by people (goldens) and by readers of the formats.

mod data;
mod machines;
mod page;

use std::path::Path;

use super::*;
use crate::report::Sort;
use crate::units::Units;
use data::{VERDICTS, hostile};

fn style() -> Style {
    Style {
        units: Units::Si,
        width: 100,
        top: None,
        sort: Sort::Size,
    }
}

fn written(id: &str, verdict: &Verdict) -> String {
    let format = VERDICT_FORMATS
        .iter()
        .find(|format| format.id == id)
        .unwrap();
    let mut out = Vec::new();
    (format.write)(verdict, &style(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The end of a file of each format that has a golden.
const FORMATS: &[(&str, &str)] = &[
    ("markdown", "md"),
    ("annotations", "txt"),
    ("sarif", "sarif"),
    ("junit", "junit.xml"),
    ("openmetrics", "om"),
    ("csv", "csv"),
];

#[test]
fn formats_are_pinned() {
    // Where testdata/gate/validate.py is to find them.
    let folder = std::env::var_os("IMGSIZE_VERDICTS");
    for (name, verdict) in VERDICTS {
        // The huge one is for readers alone.
        if *name == "huge" && folder.is_none() {
            continue;
        }
        for (id, end) in FORMATS {
            let text = written(id, &verdict());
            if let Some(folder) = &folder {
                std::fs::create_dir_all(folder).unwrap();
                std::fs::write(Path::new(folder).join(format!("{name}.{end}")), &text).unwrap();
            }
            let text = text.replace(env!("CARGO_PKG_VERSION"), "VERSION");
            if *name != "huge" {
                insta::with_settings!({
                    snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/golden"),
                    prepend_module_to_snapshot => false,
                    omit_expression => true,
                }, { insta::assert_snapshot!(format!("verdict-{id}-{name}"), text) });
            }
        }
    }
}

#[test]
fn no_text_of_strangers_acts_on_a_terminal() {
    for (id, _) in FORMATS {
        let text = written(id, &hostile());
        let acts = text.chars().filter(|&c| c != '\n' && c != '\u{fe0f}');
        assert_eq!(
            acts.filter(|&c| crate::path::acts_on_a_terminal(c)).count(),
            0,
            "{id}: {text}"
        );
        assert!(!text.contains('\u{202e}'), "{id}");
    }
}

#[test]
fn every_format_has_a_name_of_its_own_and_writes_whatever_comes() {
    let mut empty = data::pass();
    empty.images.clear();
    for (at, format) in VERDICT_FORMATS.iter().enumerate() {
        assert!(
            VERDICT_FORMATS[..at]
                .iter()
                .all(|other| other.id != format.id)
        );
        let outside = format.id == "github";
        if !outside {
            (format.write)(&empty, &style(), &mut Vec::new()).unwrap();
        }
    }
}

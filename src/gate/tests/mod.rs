use std::path::Path;

use super::*;
use crate::analysis::{Wishes, analyze};
use crate::config::{Budget, FLAGS, Flags};
use crate::report::{DeploymentReport, Member, Report};
use crate::scan::How;
use crate::testkit::{Case, plain};

fn measured(text: &str, budget: &Budget) -> (Report, Sizes) {
    let image = Case::parse(text, Path::new("")).image(plain);
    let how = How {
        cache: None,
        ..How::default()
    };
    let analysis = analyze(&image, &how, &Wishes::default(), &|_| {}).unwrap();
    let report = Report::new(&analysis);
    let sizes = Sizes::of(&analysis, &report, budget);
    (report, sizes)
}

/// The layers are counted here and in the report on a deployment: alike.
#[test]
fn several_images_weigh_what_the_report_on_them_says() {
    let budget = Budget::empty(FLAGS);
    let base = "f 4000 usr/lib/a\n---\nf 700 usr/lib/b\n";
    let texts = [
        format!("{base}---\nf 10 app/a"),
        format!("{base}---\nf 20 app/b\nw usr/lib/a"),
        base.to_owned(),
    ];
    let mut together = Together::default();
    let mut members = Vec::new();
    for text in &texts {
        let (report, sizes) = measured(text, &budget);
        together.add(&sizes);
        members.push(Member::new(report, Vec::new()));
    }
    let once = DeploymentReport::new(members).totals.once;
    let checked = together.check(&budget, None).unwrap();
    assert_eq!(checked.totals.stored, once.stored);
    assert_eq!(checked.totals.download, once.download);
    assert_eq!(once.stored.0, 4730);
}

/// Counting file by file and reading a report off are two ways to one sum.
#[test]
fn files_and_reports_give_the_same_numbers() {
    let flags = Flags {
        max_total: Some(crate::units::Bytes(1)),
        min_efficiency: Some(1.0),
        max_lost: Some(crate::units::Bytes(0)),
        forbid_paths: vec!["/nowhere".to_owned()],
        ..Flags::default()
    };
    let by_files = Budget::empty(FLAGS).with(&flags).unwrap();
    assert!(by_files.needs_files());
    let text = "f 4000 usr/lib/a\nh usr/lib/c usr/lib/a\n---\nf 700 usr/lib/b\nw usr/lib/a";
    let (report, sizes) = measured(text, &by_files);
    let mut by_report = by_files.clone();
    by_report.forbids.clear();
    let read_off = Sizes::of_report(&report, &by_report);
    for limit in &by_report.limits {
        let (one, other) = (
            limit::measure(&sizes, limit),
            limit::measure(&read_off, limit),
        );
        assert_eq!(one, other, "{}", limit.id());
        assert!(one.is_some());
    }
    assert_eq!(sizes.files, read_off.files);
}

/// A file with several names is found by each, and weighs once.
#[test]
fn another_name_of_a_file_is_found_too() {
    let text = "[budget]\n[[budget.limit]]\nof = 'path:/usr/lib/c'\nmax = 1\n\
                [[budget.forbid]]\npath = '/usr/lib/c'\n\
                [[budget.limit]]\nof = 'path:/usr'\nmax = 4000\n";
    let budget = crate::config::Settings::parse("imgsize.toml", text)
        .unwrap()
        .budget
        .unwrap();
    let (report, sizes) = measured("f 4000 usr/lib/a\nh usr/lib/c usr/lib/a", &budget);
    let target = Target {
        name: "x",
        report: &report,
        sizes: &sizes,
        scope: None,
    };
    let checked = target.check(&budget, None).unwrap();
    let told: Vec<(&str, State, f64)> = checked
        .limits
        .iter()
        .map(|limit| (&*limit.id, limit.state, limit.actual))
        .collect();
    assert_eq!(
        told,
        [
            ("path:/usr/lib/c", State::Fail, 4000.0),
            ("path:/usr", State::Pass, 4000.0),
            ("forbid-path:/usr/lib/c", State::Fail, 1.0),
        ]
    );
}

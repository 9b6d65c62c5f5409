use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::analysis::{Wishes, analyze};
use crate::report::tests::{golden, style};
use crate::report::{FORMATS, Sort, Style, deployment_schema};
use crate::scan::How;
use crate::testkit::{Case, gzip, plain};
use crate::units::Units;

const BASE: &str = "\
t etc/os-release os-release
t var/lib/dpkg/status dpkg-status
t var/lib/dpkg/info/hello.list dpkg-hello.list
f 9000 usr/bin/hello
";

fn image(text: &str, pack: fn(&[u8]) -> Vec<u8>) -> Report {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/report");
    let image = Case::parse(text, &folder).image(pack);
    Report::new(&analyze(&image, &How::default(), &Wishes::default(), &|_| {}).unwrap())
}

fn member(report: &Report) -> Member {
    Member::new(report.clone(), Vec::new())
}

/// A package of pip's, `demo`, with a file of this size.
fn pip(version: &str, size: u32) -> String {
    let files = match version {
        "1.2" => "pip",
        _ => "pip-old",
    };
    let place = "usr/lib/python3/site-packages/demo";
    let mut text = format!("f {size} {place}/__init__.py {version}\n");
    for name in ["METADATA", "RECORD"] {
        text += &format!("t {place}-{version}.dist-info/{name} {files}-{name}\n");
    }
    text
}

/// All that always holds.
fn law(reports: &[Report], found: &DeploymentReport) {
    let totals = &found.totals;
    let sum = |of: fn(&Sums) -> Bytes| found.images.iter().map(|row| of(&row.totals)).sum();
    assert_eq!(totals.images.live, sum(|sums| sums.live));
    assert_eq!(totals.images.lost, sum(|sums| sums.lost));
    assert_eq!(totals.images.stored, sum(|sums| sums.stored));
    assert_eq!(totals.images.download, sum(|sums| sums.download));
    assert_eq!(
        totals.images.stored,
        totals.once.stored + totals.saved.stored
    );
    assert_eq!(
        totals.images.download,
        totals.once.download + totals.saved.download
    );
    // The union by digest, made in another way.
    let (mut contents, mut blobs) = (BTreeMap::new(), BTreeMap::new());
    let mut chains = BTreeMap::new();
    for report in reports {
        let mut below = Vec::new();
        for layer in &report.layers {
            below.push(layer.diff_id.clone());
            contents.insert(layer.diff_id.clone(), layer.stored);
            blobs.insert(layer.digest.clone(), layer.download);
            chains.insert(below.clone(), layer.stored);
        }
    }
    assert_eq!(totals.once.stored, contents.values().copied().sum());
    assert_eq!(totals.once.download, blobs.values().copied().sum());
    assert_eq!(totals.once.unpacked, chains.values().copied().sum());
    assert!(totals.once.stored <= totals.once.unpacked);
    assert!(totals.once.unpacked <= totals.images.stored);
    // The shared layers are those that several images have.
    let has = |no: usize, diff_id: &Option<String>| {
        let mut layers = reports[no].layers.iter();
        layers.any(|layer| layer.diff_id == *diff_id)
    };
    let mut shared = BTreeSet::new();
    for row in &found.shared {
        let images: Vec<usize> = (0..reports.len())
            .filter(|no| has(*no, &row.diff_id))
            .collect();
        assert_eq!(row.images, images);
        assert!(images.len() > 1);
        assert_eq!(row.stored, contents[&row.diff_id]);
        assert!(shared.insert(row.diff_id.clone()));
    }
    for diff_id in contents.keys().filter(|diff_id| !shared.contains(*diff_id)) {
        assert_eq!((0..reports.len()).filter(|no| has(*no, diff_id)).count(), 1);
    }
    for (report, row) in reports.iter().zip(&found.images) {
        let layers = report.layers.iter();
        let sum = layers.filter(|layer| shared.contains(&layer.diff_id));
        assert_eq!(row.shared.stored, sum.map(|layer| layer.stored).sum());
    }
    // Common lowest layers are common, and go on no further.
    for row in &found.bases {
        let stack = |no: usize| reports[no].layers.iter().map(|layer| &layer.diff_id);
        let lowest: Vec<_> = stack(row.images[0]).take(row.layers).collect();
        let is_on = |no: &usize| stack(*no).take(row.layers).eq(lowest.iter().copied());
        let images: Vec<usize> = (0..reports.len()).filter(is_on).collect();
        assert_eq!(row.images, images);
        let next = stack(images[0]).nth(row.layers);
        let goes_on = next.is_some_and(|next| {
            images
                .iter()
                .all(|no| stack(*no).nth(row.layers) == Some(next))
        });
        assert!(!goes_on);
    }
    for no in 0..reports.len() {
        let is_listed = found.bases.iter().any(|row| row.images.contains(&no));
        assert_ne!(is_listed, found.alone.contains(&no));
    }
    for row in &found.packages {
        assert!(row.images.len() > 1);
        let most = row.images.iter().map(|image| image.live).max().unwrap();
        assert_eq!(row.live, row.shared + row.copies + most);
        assert_eq!(row.live, row.images.iter().map(|image| image.live).sum());
    }
    assert_eq!(
        totals.copies,
        found.packages.iter().map(|row| row.copies).sum()
    );
    for report in reports {
        for row in &report.packages {
            assert_eq!(row.live, row.by_layer.iter().map(|share| share.live).sum());
            assert!(
                row.by_layer
                    .windows(2)
                    .all(|two| two[0].layer < two[1].layer)
            );
        }
    }
}

fn deployment(reports: &[Report]) -> DeploymentReport {
    let found = DeploymentReport::new(reports.iter().map(member).collect());
    law(reports, &found);
    found
}

/// Two on one base, one that has a package of theirs once more, one by itself.
fn shop() -> Vec<Report> {
    let demo = pip("1.2", 5000);
    vec![
        image(&format!("{BASE}---\n{demo}---\nf 900 app/web\n"), gzip),
        image(&format!("{BASE}---\n{demo}---\nf 70000 app/worker\n"), gzip),
        image(
            &format!("{BASE}---\nf 80 app/x\n{}---\nw app\n", pip("1.1", 4000)),
            gzip,
        ),
        image("f 3000 server\n", gzip),
    ]
}

#[test]
fn what_is_shared_is_told_from_what_is_copied() {
    let reports = shop();
    let found = deployment(&reports);
    let package = |name: &str| found.packages.iter().find(|row| row.name == name).unwrap();
    // 0 and 1 have one layer of it; 2 has another version in a layer of its own.
    let demo = package("demo");
    let live: Vec<Bytes> = demo.images.iter().map(|image| image.live).collect();
    assert_eq!(live[0], live[1]);
    assert!(live[2] < live[0] && live[2] > Bytes(4000));
    assert_eq!(demo.shared, live[0]);
    assert_eq!(demo.copies, live[2]);
    assert_eq!(demo.images[0].versions, ["1.2"]);
    assert_eq!(demo.images[2].versions, ["1.1"]);
    let hello = package("hello");
    assert_eq!((hello.copies, hello.images.len()), (Bytes::ZERO, 3));
    assert_eq!(found.totals.copies, demo.copies);
    let bases: Vec<_> = found
        .bases
        .iter()
        .map(|row| (row.layers, &row.images[..]))
        .collect();
    assert_eq!(bases, [(1, &[0, 1, 2][..]), (2, &[0, 1])]);
    assert_eq!(found.alone, [3]);
}

#[test]
fn one_image_twice_is_two_rows_that_share_all() {
    let report = shop().swap_remove(0);
    let found = deployment(&[report.clone(), report.clone()]);
    assert_eq!(found.totals.once.stored, report.totals.stored);
    assert_eq!(found.totals.once.download, report.totals.download);
    assert_eq!(found.totals.copies, Bytes::ZERO);
    for row in &found.images {
        assert_eq!(row.shared.stored, report.totals.stored);
        assert_eq!(row.shared.download, report.totals.download);
    }
    assert_eq!(found.bases.len(), 1);
    assert_eq!(found.bases[0].layers, report.layers.len());
    assert!(deployment(&[report]).shared.is_empty());
    assert!(deployment(&[]).images.is_empty());
}

#[test]
fn one_content_in_two_blobs_is_stored_once_and_downloaded_twice() {
    let text = "f 9000 a\n";
    let found = deployment(&[image(text, gzip), image(text, plain)]);
    assert_eq!(found.totals.saved.stored, Bytes(9000));
    assert_eq!(found.totals.saved.download, Bytes::ZERO);
    assert_eq!(found.shared[0].digests.len(), 2);
    assert_eq!(found.shared[0].download, found.totals.images.download);
}

#[test]
fn a_layer_on_other_layers_is_unpacked_again() {
    let found = deployment(&[
        image("f 10 a\n---\nf 9000 b\n", plain),
        image("f 20 c\n---\nf 9000 b\n", plain),
    ]);
    assert_eq!(found.totals.once.stored, Bytes(9030));
    assert_eq!(found.totals.once.unpacked, Bytes(18030));
    assert_eq!(found.alone, [0, 1]);
}

#[test]
fn what_has_no_digest_is_nobody_elses_and_a_lie_makes_no_sum_smaller() {
    let mut reports = [image("f 9000 a\n", plain), image("f 9000 a\n", plain)];
    reports[1].layers[0].stored = Bytes(1);
    let found = DeploymentReport::new(reports.iter().map(member).collect());
    assert_eq!(found.totals.once.stored, Bytes(9000));
    for report in &mut reports {
        report.layers[0].diff_id = None;
        report.layers[0].stored = Bytes(9000);
    }
    let found = DeploymentReport::new(reports.iter().map(member).collect());
    assert_eq!(found.totals.saved.stored, Bytes(9000));
    for report in &mut reports {
        report.layers[0].digest = None;
    }
    let found = DeploymentReport::new(reports.iter().map(member).collect());
    assert_eq!(found.totals.saved.stored, Bytes::ZERO);
    assert!(found.shared.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever the images have in common.
    #[test]
    fn the_books_are_right_for_any_images(
        images in proptest::collection::vec(
            (proptest::collection::vec(0_u32..6, 1..5), any::<bool>()), 1..6,
        ),
    ) {
        let layer = |no: &u32| match no {
            0 => BASE.to_owned(),
            1 => pip("1.2", 500),
            2 => pip("1.1", 400) + "f 30 app/y\n",
            3 => pip("1.2", 500) + "f 70 app/x\n",
            4 => "w usr/lib/python3/site-packages/demo\nf 80 app/x\n".to_owned(),
            _ => "f 10 b\n".to_owned(),
        };
        let reports: Vec<Report> = images
            .iter()
            .map(|(layers, packed)| {
                let layers: Vec<String> = layers.iter().map(layer).collect();
                image(&layers.join("---\n"), if *packed { gzip } else { plain })
            })
            .collect();
        deployment(&reports);
    }
}

fn written(id: &str, style: &Style) -> Vec<u8> {
    let reports = shop();
    let mut members: Vec<Member> = reports.iter().map(member).collect();
    members[0].row.services = vec!["web".to_owned(), "admin\u{1b}".to_owned()];
    let report = DeploymentReport::new(members);
    let format = FORMATS.iter().find(|format| format.id == id).unwrap();
    let mut out = Vec::new();
    format.write_deployment.unwrap()(&report, style, &mut out).unwrap();
    out
}

#[test]
fn the_table_of_a_deployment_fits_its_width() {
    for width in [60, 100] {
        let text = written("table", &style(width));
        let shown = String::from_utf8_lossy(&text);
        for line in shown.split("\nWarnings\n").next().unwrap().lines() {
            let columns = unicode_width::UnicodeWidthStr::width(line);
            assert!(columns <= width, "{columns} > {width}: {line}");
        }
        golden(&format!("deployment-table-{width}"), &text);
    }
    let all = Style {
        units: Units::Exact,
        width: 160,
        top: None,
        sort: Sort::Name,
    };
    golden("deployment-table-all-bytes", &written("table", &all));
}

#[test]
fn the_json_of_a_deployment_is_pinned_to_its_schema_number() {
    let text = written("json", &style(80));
    golden("deployment-json-1", &text);
    let mut schema = Vec::new();
    deployment_schema(&mut schema).unwrap();
    golden("schema-deployment-1", &schema);
    let schema = serde_json::from_slice(&schema).unwrap();
    let report = serde_json::from_slice(&text).unwrap();
    if let Err(error) = jsonschema::validate(&schema, &report) {
        panic!("{error}");
    }
}

//! Sums are sums, whatever the images.

use std::collections::BTreeMap;

use super::*;
use crate::category::Category;
use crate::testkit::plain;

fn sum<'a, T: 'a>(rows: impl IntoIterator<Item = &'a T>, of: impl Fn(&T) -> Bytes) -> u128 {
    rows.into_iter().map(|row| u128::from(of(row).0)).sum()
}

/// What holds even where a saved report lies.
fn assert_sums(diff: &Diff, what: &str) {
    let sides: [fn(&Change) -> Saving; 2] = [|change| change.old, |change| change.new];
    for (side, image) in sides.into_iter().zip([&diff.old, &diff.new]) {
        let stored = sum(&diff.causes, |row| side(&row.bytes).stored);
        assert_eq!(stored, u128::from(image.stored.0), "{what}: stored");
        let download = sum(&diff.causes, |row| side(&row.bytes).download);
        assert_eq!(download, u128::from(image.download.0), "{what}: download");
        for row in &diff.causes {
            let what = format!("{what}: {:?} {:#?}", row.cause, row.items);
            let whole = side(&row.bytes);
            let stored = sum(&row.items, |item| side(&item.bytes).stored);
            assert_eq!(stored, u128::from(whole.stored.0), "{what}");
            let download = sum(&row.items, |item| side(&item.bytes).download);
            assert_eq!(download, u128::from(whole.download.0), "{what}");
        }
    }
    for row in &diff.causes {
        for item in &row.items {
            assert_eq!(crate::path::shown_text(&item.name), item.name, "{what}");
        }
    }
}

/// What holds of reports as this program makes them.
fn assert_law(old: &Report, new: &Report, what: &str) {
    let diff = Diff::new(old, new);
    assert_sums(&diff, what);
    let has_base = [old, new]
        .iter()
        .all(|report| report.layers.iter().any(|row| row.base));
    let sides: [fn(&Change) -> Saving; 2] = [|change| change.old, |change| change.new];
    for (side, report) in sides.into_iter().zip([old, new]) {
        let of = |kind| side(&cause(&diff, kind).bytes);
        let base = report.layers.iter().filter(|row| row.base && has_base);
        let stored = sum(base.clone(), |row| row.stored);
        assert_eq!(
            u128::from(of(CauseKind::Base).stored.0),
            stored,
            "{what}: base"
        );
        let download = sum(base, |row| row.download);
        assert_eq!(
            u128::from(of(CauseKind::Base).download.0),
            download,
            "{what}: base"
        );
        let above: Vec<_> = report
            .layers
            .iter()
            .filter(|row| !row.base || !has_base)
            .collect();
        let lost = sum(above.iter().copied(), |row| row.lost);
        assert_eq!(
            u128::from(of(CauseKind::Lost).stored.0),
            lost,
            "{what}: lost"
        );
        // Nothing hides in what is computed as what is left.
        let headers = sum(above.iter().copied(), |row| row.download_overhead);
        assert_eq!(
            u128::from(of(CauseKind::Headers).download.0),
            headers,
            "{what}: headers"
        );
        assert_eq!(of(CauseKind::Headers).stored, Bytes::ZERO, "{what}");
        let stored = sum(&diff.layers, |row| side(&row.bytes).stored);
        assert_eq!(stored, u128::from(report.totals.stored.0), "{what}: layers");
        let mut places: BTreeMap<Category, [u128; 4]> = BTreeMap::new();
        for row in &report.places {
            let sums = places.entry(row.category).or_default();
            sums[0] += u128::from(row.live.0);
            sums[1] += u128::from(row.download.0);
            let shares = sum(&row.by_layer, |share| share.live);
            assert_eq!(shares, u128::from(row.live.0), "{what}: {}", row.name);
        }
        for row in &report.folders {
            let sums = places.entry(row.category).or_default();
            sums[2] += u128::from(row.live.0);
            sums[3] += u128::from(row.download.0);
        }
        for (category, [live, download, folders, folders_download]) in places {
            let what = format!("{what}: {category:?}");
            assert_eq!((live, download), (folders, folders_download), "{what}");
        }
        for row in &report.packages {
            let shares = sum(&row.by_layer, |share| share.download);
            assert_eq!(shares, u128::from(row.download.0), "{what}: {}", row.name);
        }
    }
    for row in &diff.causes {
        let told = row
            .items
            .iter()
            .all(|item| !item.name.starts_with("what the reports"));
        assert!(told, "{what}: {row:#?}");
    }
    let fates = |fate| diff.layers.iter().filter(move |row| row.fate == fate);
    assert!(diff.update.needless <= diff.update.download, "{what}");
    let rebuilt = sum(fates(LayerFate::Rebuilt), |row| row.bytes.new.download);
    assert!(u128::from(diff.update.needless.0) <= rebuilt, "{what}");
    let back = Diff::new(new, old);
    for row in &diff.causes {
        let other = cause(&back, row.cause).bytes;
        assert_eq!(
            (row.bytes.old, row.bytes.new),
            (other.new, other.old),
            "{what}"
        );
    }
    let none = Diff::new(old, old);
    assert_eq!(none.update, Update::default(), "{what}");
    let is_kept = |row: &LayerChange| row.fate == LayerFate::Kept || row.why.is_some();
    let has_names = |row: &crate::report::LayerRow| row.digest.is_some() || row.diff_id.is_some();
    if old.layers.iter().all(has_names) {
        assert!(
            none.layers.iter().all(is_kept),
            "{what}: {:#?}",
            none.layers
        );
    }
    for row in &none.causes {
        assert_eq!(row.bytes.old, row.bytes.new, "{what}");
        assert!(
            row.items.iter().all(|item| item.kind == Kind::Same),
            "{what}: {row:#?}"
        );
    }
}

const PLACES: &[&str] = &[
    "app/",
    "app/src/deep/er/",
    "app/node_modules/p/",
    "usr/lib/python3/site-packages/p/",
    "var/lib/apt/lists/",
    "root/.cache/pip/",
    "opt/\u{202e}x y/",
    "usr/local/bin/",
];
const NAMES: &[&str] = &[
    "a.log",
    "package.json",
    "a.py",
    "a.cpython-311.pyc",
    "libx.so",
    "core",
];

/// A line of a case: what, where, how large, with what in it.
type Line = (u8, usize, usize, usize, u8);

fn text(layers: &[(u8, Vec<Line>)]) -> String {
    let layer = |(instruction, lines): &(u8, Vec<Line>)| {
        let mut text = format!("i RUN step {instruction}\n");
        for &(what, place, name, size, variant) in lines {
            let path = format!("{}{}", PLACES[place].replace(' ', "_"), NAMES[name]);
            let size = [0, 1, 2, 600, 700, 900, 5000, 12_000, 20_000, 1_100_000][size];
            text += &match what {
                0 => format!("w {path}\n"),
                1 => format!("h {path} app/a.py\n"),
                2 => format!(
                    "x usr/lib/python3/site-packages/q-{variant}.dist-info/METADATA Name: q\\nVersion: {variant}.{size}\n"
                ),
                3 => format!(
                    "x usr/lib/python3/site-packages/q-{variant}.dist-info/RECORD p/{},,\\n\n",
                    NAMES[name]
                ),
                _ => format!("f {size} {path} v{variant}\n"),
            };
        }
        text
    };
    let layers: Vec<String> = layers.iter().map(layer).collect();
    layers.join("---\n")
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(40))]
    #[test]
    fn causes_sum_to_the_difference_of_any_two_images(
        old in proptest::collection::vec((0_u8..3, proptest::collection::vec(
            (0_u8..12, 0..PLACES.len(), 0..NAMES.len(), 0_usize..10, 0_u8..2), 0..12)), 1..5),
        more in proptest::collection::vec((0_u8..3, proptest::collection::vec(
            (0_u8..12, 0..PLACES.len(), 0..NAMES.len(), 0_usize..10, 0_u8..2), 0..12)), 1..4),
        shared in 0_usize..5,
        bases in (proptest::option::of(0_usize..3), proptest::option::of(0_usize..3)),
        touch in proptest::bool::ANY,
    ) {
        // Some layers are shared, some made anew with other times.
        let mut new: Vec<_> = old[..shared.min(old.len())].to_vec();
        new.extend(more);
        let (mut old, mut new) = (case(&text(&old)), case(&text(&new)));
        if touch {
            new.layers[0] = touched(&new.layers[0], 5);
        }
        old.base = bases.0.filter(|base| (1..old.layers.len()).contains(base));
        new.base = bases.1.filter(|base| (1..new.layers.len()).contains(base));
        assert_law(&report_of(&old, gzip), &report_of(&new, gzip), "made up");
        assert_law(&report_of(&old, plain), &report_of(&new, gzip), "made up, plain before");
    }
}

/// Images that nobody here wrote: each with each.
#[test]
fn causes_sum_to_the_difference_of_fixtures() {
    let Some(folder) = std::env::var_os("IMGSIZE_FIXTURES").map(std::path::PathBuf::from) else {
        return;
    };
    use crate::source::{Choice, Net, Opened, Origin, Place, open};
    let mut reports = Vec::new();
    for entry in std::fs::read_dir(folder.join("images")).unwrap() {
        let path = entry.unwrap().path();
        let what = path.display().to_string();
        let origin = Origin {
            format: None,
            place: Place::Path(path),
            tag: None,
        };
        let Ok(Opened::Image(image)) = open(&origin, &Choice::default(), &Net::default()) else {
            continue;
        };
        if let Ok(analysis) = analyze(&*image, &How::default(), &Wishes::default(), &|_| {}) {
            reports.push((what, Report::new(&analysis)));
        }
    }
    assert!(reports.len() > 5, "{} images", reports.len());
    for (a, old) in &reports {
        for (b, new) in &reports {
            assert_law(old, new, &format!("{a} {b}"));
        }
    }
}

/// A saved report comes from anywhere: what does not hold is told as far as sums go.
#[test]
fn a_report_that_lies_breaks_no_sum() {
    let (old, new) = pair(5000);
    let (old, new) = (report_of(&old, gzip), report_of(&new, gzip));
    let mut before = serde_json::to_value(&new).unwrap();
    // From before layers and folders were told.
    for row in before["places"].as_array_mut().unwrap() {
        row.as_object_mut().unwrap().remove("by_layer");
    }
    before.as_object_mut().unwrap().remove("folders");
    let before: Report = serde_json::from_value(before).unwrap();
    assert_sums(&Diff::new(&old, &before), "an old report");
    let lies: [fn(&mut Report); 6] = [
        |report| report.totals.stored = Bytes(7),
        |report| report.totals.download = Bytes(u64::MAX),
        |report| report.layers[0].stored = Bytes(u64::MAX),
        |report| report.lost[0].bytes = Bytes(u64::MAX),
        |report| report.folders[0].path = "no/slash\u{1b}[31m".to_owned(),
        |report| {
            report.folders[0].deep = true;
            report.folders[0].path.clear();
            report.layers.iter_mut().for_each(|row| row.index = 9);
        },
    ];
    for (no, lie) in lies.into_iter().enumerate() {
        let mut lying = new.clone();
        lie(&mut lying);
        assert_sums(&Diff::new(&old, &lying), &format!("lie {no}"));
        assert_sums(&Diff::new(&lying, &new), &format!("lie {no}, before"));
    }
}

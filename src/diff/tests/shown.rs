//! What a comparison must show.

use super::*;
use crate::testkit::plain;

const LARGE: u64 = 3_000_000;

fn must_show() -> Diff {
    let (old, new) = pair(LARGE as usize);
    Diff::new(&report_of(&old, gzip), &report_of(&new, gzip))
}

/// The four changes of [`pair`], each with its bytes.
#[test]
fn every_change_is_named_with_its_bytes() {
    let diff = must_show();
    let demo = item(&diff, CauseKind::LanguagePackages, "pip:demo");
    assert_eq!(demo.kind, Kind::Upgraded);
    assert_eq!(
        (demo.from.as_deref(), demo.to.as_deref()),
        (Some("1.9.0"), Some("1.10.0"))
    );
    assert!((5000..5100).contains(&demo.bytes.stored()), "{demo:?}");
    let model = item(&diff, CauseKind::App, "/app/payload.dat");
    assert_eq!(
        (model.kind, model.bytes.stored()),
        (Kind::Added, LARGE as i64)
    );
    assert!(model.bytes.download() >= LARGE as i64, "{model:?}");
    let base = cause(&diff, CauseKind::Base);
    let system = |text: &str| text.replace("\\n", "\n").len() as i64;
    let os = [
        "ID=debian\\nVERSION_ID=\"12\"\\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\\n",
        "ID=debian\\nVERSION_ID=\"13\"\\nPRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\\n",
    ];
    assert_eq!(base.bytes.stored(), 20_000 + system(os[1]) - system(os[0]));
    let [layer] = base.items.as_slice() else {
        panic!("{base:?}")
    };
    assert_eq!((layer.kind, layer.bytes), (Kind::Changed, base.bytes));
    // The scratch file was lost before and is now.
    assert_eq!(cause(&diff, CauseKind::Lost).bytes.stored(), 0);
    // Most first.
    let kinds: Vec<CauseKind> = diff.causes.iter().map(|row| row.cause).collect();
    use CauseKind::{App, Base, LanguagePackages};
    assert_eq!(kinds[..3], [App, Base, LanguagePackages]);
    let fates: Vec<LayerFate> = diff.layers.iter().map(|row| row.fate).collect();
    use LayerFate::{Changed, Kept, Rebuilt};
    assert_eq!(fates, [Changed, Changed, Rebuilt, Kept, Changed]);
    let download = |no: usize| diff.layers[no].bytes.new.download;
    assert_eq!(diff.update.needless, download(2));
    let pulled: Bytes = [0, 1, 2, 4].map(download).into_iter().sum();
    assert_eq!((diff.update.download, diff.update.layers), (pulled, 4));
}

fn written(diff: &Diff, width: usize) -> String {
    let style = Style {
        units: crate::units::Units::Exact,
        width,
        top: Some(3),
        sort: crate::report::Sort::Size,
    };
    let mut out = Vec::new();
    table::write(diff, &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_table_names_every_change_and_the_sum() {
    let diff = must_show();
    for width in [60, 80, 120] {
        let text = written(&diff, width);
        insta::with_settings!({
            snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/golden"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!(format!("diff-table-{width}"), text) });
    }
    // Cut lists say what they leave out.
    let none = Diff::new(&report_of(&pair(1).0, gzip), &report_of(&pair(1).0, gzip));
    assert!(written(&none, 80).contains("nothing changed"));
}

/// What a saved report says is printed so that it does nothing to a terminal.
#[test]
fn nothing_of_a_saved_report_acts_on_a_terminal() {
    let (old, new) = pair(5000);
    let text = serde_json::to_string(&report_of(&new, gzip)).unwrap();
    let evil = r"\u001b[2J\u202e\n";
    let text = text.replace("demo", &format!("demo{evil}"));
    let text = text
        .replace("RUN", &format!("RUN{evil}"))
        .replace("payload", &format!("payload{evil}"));
    let text = text
        .replace("sha256:", &format!("sha256:{evil}"))
        .replace("testkit:", evil);
    let new: Report = serde_json::from_str(&text).unwrap();
    let text = written(&Diff::new(&report_of(&old, gzip), &new), 120);
    let acts = text
        .replace('\n', "")
        .chars()
        .any(crate::path::acts_on_a_terminal);
    assert!(!acts, "{text}");
}

/// Images by their layers, a word each: instruction and content.
#[test]
fn layers_are_matched_by_what_they_are_and_never_by_their_place() {
    // `a1`: the instruction `a`, a file with the content 1; a time behind `@`.
    let image = |layers: &str| {
        let words: Vec<&str> = layers.split(' ').collect();
        let text: Vec<String> = words
            .iter()
            .map(|word| {
                format!(
                    "i RUN {}\nf 600 app/{} v{}\n",
                    &word[..1],
                    &word[..1],
                    &word[1..2]
                )
            })
            .collect();
        let mut case = case(&text.join("---\n"));
        for (no, word) in words.iter().enumerate() {
            if let Some((_, time)) = word.split_once('@') {
                case.layers[no] = touched(&case.layers[no], time.parse().unwrap());
            }
        }
        report_of(&case, gzip)
    };
    for (old, new, wanted) in [
        ("a1 b1 c1", "a1 b1 c1", "0=0kept 1=1kept 2=2kept"),
        // Something in between moves nothing.
        (
            "a1 b1 c1",
            "a1 x1 b1 c1",
            "0=0kept -=1added 1=2kept 2=3kept",
        ),
        ("a1 b1 c1", "a1 c1", "0=0kept 2=1kept 1=-removed"),
        ("a1 b1 c1", "a1 b2 c1", "0=0kept 1=1changed 2=2kept"),
        ("a1 b1 c1", "a1 b1@9 c1@9", "0=0kept 1=1rebuilt 2=2rebuilt"),
        // Two of one instruction do not cross, and the better match wins.
        ("a1 b1 b2", "a1 b3 b4", "0=0kept 1=1changed 2=2changed"),
        ("a1 b1 b2", "a1 b2@9", "0=0kept 2=1rebuilt 1=-removed"),
        ("a1 b1", "b1 a1", "1=0kept 0=1kept"),
        ("a1", "a1 a1", "0=0kept -=1added"),
    ] {
        let diff = Diff::new(&image(old), &image(new));
        let place = |no: Option<usize>| no.map_or("-".to_owned(), |no| no.to_string());
        let told: Vec<String> = diff
            .layers
            .iter()
            .map(|row| {
                let fate = serde_json::to_value(row.fate).unwrap();
                format!(
                    "{}={}{}",
                    place(row.old),
                    place(row.new),
                    fate.as_str().unwrap()
                )
            })
            .collect();
        assert_eq!(told.join(" "), wanted, "{old} -> {new}");
    }
    // A blob that is there already is not pulled again, and one that comes twice once.
    assert_eq!(
        Diff::new(&image("a1"), &image("a1 a1")).update,
        Update::default()
    );
    let twice = Diff::new(&image("a1"), &image("a1 b1 b1"));
    assert_eq!(
        (twice.update.layers, twice.update.download),
        (1, twice.layers[1].bytes.new.download)
    );
}

#[test]
fn compression_alone_is_told_from_what_an_engine_hands_out() {
    let image = pair(100).0;
    let (packed, tars) = (report_of(&image, gzip), report_of(&image, plain));
    let zstd = report_of(&image, crate::testkit::zstd);
    // An engine's tar is the registry's blob.
    assert_eq!(Diff::new(&tars, &packed).update, Update::default());
    assert_eq!(Diff::new(&packed, &tars).update, Update::default());
    let diff = Diff::new(&packed, &zstd);
    assert_eq!(diff.update.needless, diff.new.download);
    assert!(diff.layers.iter().all(|row| row.fate == LayerFate::Rebuilt));
    // Of plain tars that are new it is said that they are.
    let other = report_of(&pair(100).1, plain);
    assert_eq!(Diff::new(&packed, &other).update.plain, 4);
}

/// Without contents nothing is said that is not known.
#[test]
fn same_names_and_sizes_alone_do_not_make_a_layer_needless() {
    let (old, new) = pair(100);
    let (mut old, new) = (report_of(&old, gzip), report_of(&new, gzip));
    assert!(!Diff::new(&old, &new).is_unsure());
    old.layers[2].content = None;
    let diff = Diff::new(&old, &new);
    assert!(diff.is_unsure());
    assert_eq!(diff.layers[2].fate, LayerFate::Changed);
    assert!(
        diff.layers[2]
            .why
            .as_ref()
            .unwrap()
            .contains("not compared")
    );
    assert_eq!(diff.update.needless, Bytes::ZERO);
}

#[test]
fn versions_of_one_name_are_paired_latest_with_latest() {
    let image = |versions: &[(&str, usize)]| {
        let mut text = String::new();
        for (version, size) in versions {
            let folder = format!("app/{version}/node_modules/p");
            text +=
                &format!("x {folder}/package.json {{\"name\":\"p\",\"version\":\"{version}\"}}\n");
            text += &format!("f {size} {folder}/index.js v{version}\n");
        }
        report_of(&case(&text), gzip)
    };
    let old = image(&[("1.0.0", 100), ("2.0.0", 200), ("9.0.0", 900)]);
    let new = image(&[
        ("2.0.0", 200),
        ("10.0.0", 1000),
        ("8.0.0-rc.1", 800),
        ("0.1.0", 10),
    ]);
    let diff = Diff::new(&old, &new);
    let items = &cause(&diff, CauseKind::LanguagePackages).items;
    let mut told: Vec<_> = items
        .iter()
        .map(|item| (item.kind, item.from.as_deref(), item.to.as_deref()))
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            (Kind::Added, None, Some("0.1.0")),
            (Kind::Upgraded, Some("1.0.0"), Some("8.0.0-rc.1")),
            (Kind::Upgraded, Some("9.0.0"), Some("10.0.0")),
            (Kind::Same, Some("2.0.0"), Some("2.0.0")),
        ]
    );
}

/// Folders are cut alike on both sides, however many one of them has.
#[test]
fn many_folders_are_rolled_up_on_both_sides() {
    let image = |folders: usize| {
        let lines = (0..folders).map(|no| format!("f 10 app/data/part/d{no}/file\n"));
        let text: String = lines.collect();
        report_of(&case(&format!("f 10 app/main.py\n{text}")), gzip)
    };
    let (few, many) = (image(3), image(1200));
    assert!(few.folders.len() >= 4 && few.folders.iter().all(|row| !row.deep));
    assert!(many.folders.len() < 10, "{:#?}", many.folders);
    let diff = Diff::new(&few, &many);
    let part = item(&diff, CauseKind::App, "/app/data/part/");
    assert_eq!((part.kind, part.bytes.stored()), (Kind::Changed, 11_970));
}

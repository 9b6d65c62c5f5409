//! The law of the tree: every live byte is in it once, as of each layer, whatever the
//! filter. And what a layer did, by hand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use imgsize::analysis::{Wishes, analyze};
use imgsize::rootfs::{LayerNo, NodeId};
use imgsize::scan::How;
use imgsize::testkit::{Case, plain};
use imgsize::units::Bytes;
use proptest::prelude::*;

use super::listing::{Change, Listing, Sign, Sort, Spot, Wish};
use super::tree::Tree;
use crate::tui::filter::Filter;
use crate::tui::list::{Fold, Rows as _};
use crate::tui::model::Model;
use crate::tui::pattern::Pattern;

fn model(case: &Case) -> Model {
    let image = case.image(plain);
    Model::new(analyze(&image, &How::default(), &Wishes::default(), &|_| {}).unwrap())
}

fn model_of(text: &str) -> Model {
    model(&Case::parse(text, Path::new(".")))
}

/// The model of the layers up to one: what the image was as of it.
fn model_as_of(mut case: Case, layer: LayerNo) -> Model {
    case.layers.truncate(usize::from(layer) + 1);
    case.instructions.truncate(usize::from(layer) + 1);
    model(&case)
}

fn as_of(layer: LayerNo) -> Wish {
    Wish {
        as_of: Some(layer),
        ..Wish::default()
    }
}

fn filtered(words: &str) -> Wish {
    Wish {
        filter: Filter::parse(words).unwrap(),
        ..Wish::default()
    }
}

fn sorted(sort: Sort) -> Wish {
    Wish {
        sort,
        ..Wish::default()
    }
}

fn root(listing: &Listing) -> (Bytes, u64) {
    let root = listing.spot(NodeId::ROOT).unwrap();
    (root.size, u64::from(root.files))
}

/// Every row of a tree, unfolded.
fn nodes(listing: &Listing) -> Vec<NodeId> {
    let mut open = vec![NodeId::ROOT];
    let mut all = Vec::new();
    while let Some(node) = open.pop() {
        all.push(node);
        open.extend(listing.children(node).iter().rev());
    }
    all
}

/// What is live in every file and folder, by path; what weighs nothing is left out.
fn weights(model: &Model, listing: &Listing) -> BTreeMap<String, (u64, u32)> {
    nodes(listing)
        .into_iter()
        .filter_map(|node| Some((node, listing.spot(node)?)))
        .filter(|(_, spot)| spot.files > 0 && spot.sign != Sign::Removed)
        .map(|(node, spot)| {
            let path = model.path(node).trim_end_matches('/').to_owned();
            (path, (spot.size.0, spot.files))
        })
        .collect()
}

/// One line a row: `~ 12 etc/`, in the order of the tree.
fn told(model: &Model, listing: &Listing) -> String {
    let line = |node: NodeId| {
        let spot = listing.spot(node).unwrap();
        let sign = spot.sign.mark();
        let path = model.fs().path(node);
        let other = match spot.is(Spot::OTHER_NAME) {
            true => " (another name)",
            false => "",
        };
        format!("{sign:1} {} {}{path}{other}\n", spot.size.0, spot.files)
    };
    nodes(listing).into_iter().map(line).collect()
}

fn law(case: &Case, case_again: impl Fn() -> Case, name: &str, by_path: bool) {
    let model = model(case);
    let totals = &model.report.totals;
    let all = (totals.live, totals.files);
    assert_eq!(root(&Listing::new(&model, Wish::default())), all, "{name}");
    let layers = 0..model.layer_count() as LayerNo;
    let single = layers.clone().map(|layer| {
        let listing = Listing::new(&model, filtered(&format!("layer:{layer}")));
        root(&listing)
    });
    let sum = single.fold((Bytes::ZERO, 0), |sum, (size, files)| {
        (sum.0 + size, sum.1 + files)
    });
    assert_eq!(sum, all, "{name}: the layers");
    for layer in layers {
        let listing = Listing::new(&model, as_of(layer));
        let alone = model_as_of(case_again(), layer);
        let totals = &alone.report.totals;
        let live = (totals.live, totals.files);
        assert_eq!(root(&listing), live, "{name}: as of layer {layer}");
        if by_path {
            let whole = Listing::new(&alone, Wish::default());
            assert_eq!(
                weights(&model, &listing),
                weights(&alone, &whole),
                "{name}: as of layer {layer}"
            );
        }
    }
}

#[test]
fn the_law_holds_for_every_case_of_stacking() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let files = std::fs::read_dir(folder.join("stack")).unwrap();
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.push(folder.join("report/mixed.case"));
    paths.sort();
    assert!(paths.len() > 12);
    for path in paths {
        let case = || Case::load(&path);
        law(&case(), case, &path.display().to_string(), true);
    }
}

/// A line of a random layer.
fn line() -> impl Strategy<Value = String> {
    let path = || "[abc](/[abc]){0,2}";
    prop_oneof![
        6 => (path(), 1_usize..9, 0_u8..2).prop_map(|(path, size, of)| format!("f {size} {path} v{of}")),
        1 => path().prop_map(|path| format!("d {path}")),
        2 => path().prop_map(|path| format!("w {path}")),
        1 => path().prop_map(|path| format!("o {path}")),
        1 => (path(), path()).prop_map(|(path, to)| format!("h {path} {to}")),
        4 => Just("---".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_law_holds_for_any_layers(lines in proptest::collection::vec(line(), 0..40)) {
        // Where a file with several names is as of a layer cannot always be known.
        let linked = lines.iter().any(|line| line.starts_with('h'));
        let text = lines.join("\n");
        let case = || Case::parse(&text, Path::new("."));
        law(&case(), case, &text, !linked);
    }
}

const DEEDS: &str = "\
f 100 etc/conf
f 50 etc/keep
f 400 var/cache/a
f 30 var/cache/b
f 7 opt/x/y
f 9 srv/data
f 2 srv/stay
h srv/again srv/stay
---
f 120 etc/conf v2
m 50 etc/keep
w var/cache
o srv
f 11 srv/new
l srv/link new
w opt/x/y
---
f 1 end
";

#[test]
fn a_layer_is_told_by_what_it_did() {
    let model = model_of(DEEDS);
    let listing = Listing::new(&model, as_of(1));
    assert_eq!(
        told(&model, &listing),
        "\
~ 181 3/
- 430 2/var
- 430 2/var/cache
- 400 1/var/cache/a
- 30 1/var/cache/b
~ 170 2/etc
~ 120 1/etc/conf
m 50 1/etc/keep
~ 11 1/srv
+ 11 1/srv/new
- 9 1/srv/data
- 2 1/srv/stay
+ 0 0/srv/link
- 7 1/opt
- 7 1/opt/x
- 7 1/opt/x/y
"
    );
    let change = |files, size| Change {
        files,
        size: Bytes(size),
    };
    assert_eq!(
        listing.changes,
        [change(1, 11), change(1, 120), change(1, 50), change(5, 448)]
    );
    // The next layer leaves what it does not touch alone.
    let next = told(&model, &Listing::new(&model, as_of(2)));
    assert!(next.contains("  120 1/etc/conf\n"), "{next}");
    assert!(next.contains("+ 1 1/end\n"), "{next}");
    assert!(!next.contains("cache"), "{next}");
}

#[test]
fn an_empty_folder_has_no_say_in_what_was_done_to_the_one_around_it() {
    let model = model_of("f 1 a\n---\nd new\nf 9 new/file\nd new/empty\nd old");
    let text = told(&model, &Listing::new(&model, as_of(1)));
    assert!(text.contains("+ 9 1/new\n"), "{text}");
    assert!(text.contains("  0 0/new/empty\n"), "{text}");
    assert!(text.contains("  0 0/old\n"), "{text}");
}

#[test]
fn a_folder_in_the_place_of_a_file_is_there() {
    let model = model_of("f 7 a\nf 5 b/c\n---\nw a\nf 2 a/x\nf 3 b");
    let text = told(&model, &Listing::new(&model, as_of(1)));
    assert!(text.contains("~ 5 2/\n"), "{text}");
    assert!(
        text.contains("~ 2 1/a\n") && text.contains("+ 2 1/a/x\n"),
        "{text}"
    );
    assert!(
        text.contains("~ 3 1/b\n") && text.contains("- 5 1/b/c\n"),
        "{text}"
    );
}

#[test]
fn an_inode_weighs_once_and_its_other_names_are_there() {
    let model = model_of("f 90 bin/a\nh bin/b bin/a\nh lib/c bin/a\n---\nw bin/a");
    let whole = told(&model, &Listing::new(&model, Wish::default()));
    assert_eq!(
        whole,
        "  90 1/\n  90 1/bin\n  90 1/bin/b\n  0 0/lib\n  0 0/lib/c (another name)\n"
    );
    let before = told(&model, &Listing::new(&model, as_of(0)));
    assert!(before.contains("+ 90 1/bin/a\n"), "{before}");
    assert!(before.contains("bin/b (another name)\n"), "{before}");
}

#[test]
fn a_filter_leaves_out_folders_without_anything_that_passes() {
    let model = model_of("f 5 a/small\nf 5000 b/large\nd empty\nl link b/large");
    let text = |wish| told(&model, &Listing::new(&model, wish));
    let all = text(Wish::default());
    assert!(all.contains("/empty\n") && all.contains("/link\n"), "{all}");
    assert_eq!(
        text(filtered("size:>1kB")),
        "  5000 1/\n  5000 1/b\n  5000 1/b/large\n"
    );
    assert_eq!(text(filtered("size:>1MB")), "  0 0/\n");
}

#[test]
fn what_is_in_a_folder_is_sorted() {
    let model = model_of("f 5 b\nf 9 a/x\nf 1 c/1\nf 1 c/2\nf 1 c/3");
    let text = |sort| {
        let listing = Listing::new(&model, sorted(sort));
        let names = listing.children(NodeId::ROOT).iter();
        let names = names.map(|&node| model.fs().path(node).to_string());
        names.collect::<Vec<_>>().join("")
    };
    assert_eq!(text(Sort::Size), "/a/b/c");
    assert_eq!(text(Sort::Files), "/c/a/b");
    assert_eq!(text(Sort::Name), "/a/b/c");
    let model = model_of("f 5 a\nf 9 b");
    let listing = Listing::new(&model, sorted(Sort::Download));
    let first = listing.children(NodeId::ROOT).first().unwrap();
    assert_eq!(model.fs().name(*first), b"b");
}

#[test]
fn most_of_a_folder_is_of_one_layer() {
    let model = model_of("f 90 a/x\nf 5 b/y\n---\nf 10 a/z");
    let listing = Listing::new(&model, Wish::default());
    let spot = |path: &str| listing.spot(model.fs().find(path).unwrap()).unwrap();
    assert_eq!(spot("a").layer(), Some(0));
    assert!(spot("a").is(Spot::MANY_LAYERS) && !spot("b").is(Spot::MANY_LAYERS));
    assert!(!spot("a").is(Spot::MANY_OWNERS));
    // Three layers, and none of them has more than half: whoever is left of the vote
    // has not won it.
    let model = model_of("f 40 a/x\n---\nf 30 a/y\n---\nf 40 a/z");
    let listing = Listing::new(&model, Wish::default());
    let spot = listing.spot(model.fs().find("a").unwrap()).unwrap();
    assert!(spot.is(Spot::MANY_LAYERS));
    assert_eq!((spot.layer(), spot.size), (None, Bytes(110)));
}

#[test]
fn paths_are_found_best_first() {
    let model = model_of("f 1 lib/numpy/core\nf 5 numpy\nf 2 opt/my-numpy\nf 9 zzz");
    let listing = Listing::new(&model, Wish::default());
    let found = listing.find(&model, &Pattern::parse("numpy").unwrap());
    let paths = found.iter().map(|&node| model.path(node));
    assert_eq!(
        paths.collect::<Vec<_>>().join(" "),
        "/numpy /lib/numpy/ /opt/my-numpy /lib/numpy/core"
    );
}

/// The rows that are seen, by their names, with the cursor's in brackets.
fn seen(model: &Model, tree: &mut Tree) -> String {
    let at = tree.cursor().at;
    let rows = (0..tree.len()).map(|row| {
        let node = tree.row(row).unwrap().node;
        let name = String::from_utf8_lossy(model.fs().name(node)).into_owned();
        if row == at { format!("[{name}]") } else { name }
    });
    rows.collect::<Vec<_>>().join(" ")
}

#[test]
fn the_tree_folds_and_keeps_its_place() {
    let model = model_of("f 9 a/b/c\nf 5 a/d\nf 3 e/f");
    let fs = model.fs();
    let mut tree = Tree::default();
    tree.set(Arc::new(Listing::new(&model, Wish::default())), fs);
    assert_eq!(seen(&model, &mut tree), "[] a e");
    assert!(tree.fold(Fold::In) && tree.fold(Fold::In) && tree.fold(Fold::In));
    assert_eq!(seen(&model, &mut tree), " a [b] d e");
    assert!(tree.fold(Fold::Toggle));
    assert_eq!(seen(&model, &mut tree), " a [b] c d e");
    // Folded and unfolded, what is inside is as it was.
    assert!(tree.fold(Fold::Out) && tree.fold(Fold::Out) && tree.fold(Fold::Out));
    assert_eq!(seen(&model, &mut tree), " [a] e");
    assert!(tree.fold(Fold::OpenAll));
    assert_eq!(seen(&model, &mut tree), " [a] b c d e f");
    assert!(tree.reveal(fs.find("a/b/c").unwrap(), fs));
    assert_eq!(seen(&model, &mut tree), " a b [c] d e f");
    assert!(!tree.fold(Fold::In));
    // Another order, and then a filter that leaves out where the cursor is.
    tree.set(Arc::new(Listing::new(&model, sorted(Sort::Name))), fs);
    assert_eq!(seen(&model, &mut tree), " a b [c] d e f");
    tree.set(Arc::new(Listing::new(&model, filtered("d"))), fs);
    assert_eq!(seen(&model, &mut tree), " [a] d");
    tree.set(Arc::new(Listing::new(&model, Wish::default())), fs);
    assert!(tree.fold(Fold::CloseAll));
    assert_eq!(seen(&model, &mut tree), " [a] e");
    assert!(tree.reveal(fs.find("e/f").unwrap(), fs));
    assert_eq!(seen(&model, &mut tree), " a e [f]");
}

#[test]
fn the_largest_folders_are_unfolded_to_about_a_screen() {
    let mut text = "f 900 one/way/down/big\nf 1 small/x\n".to_owned();
    for no in 0..40 {
        text.push_str(&format!("f 10 many/{no}\n"));
    }
    let model = model_of(&text);
    let mut tree = Tree::default();
    tree.set(Arc::new(Listing::new(&model, Wish::default())), model.fs());
    tree.unfold_largest(30);
    assert_eq!(seen(&model, &mut tree), "[] one way down big many small x");
}

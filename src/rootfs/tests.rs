use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::codec::Stream;
use crate::layer::{Want, index_stream};
use crate::testkit::Case;

fn stacked(case: &Case) -> Rootfs {
    let layers = case
        .layers
        .iter()
        .map(|tar| {
            let stream = Stream::open(&tar[..], None, None).unwrap();
            Arc::new(index_stream(stream, &|_| Want::Nothing, &|_| {}).unwrap())
        })
        .collect();
    let mut fs = Rootfs::stack(layers, &mut |_, _| {}).unwrap();
    fs.settle();
    fs
}

/// The tree and the accounts as text: what a `.case` expects.
fn told(fs: &Rootfs) -> String {
    let mut text = String::new();
    let live: Bytes = fs
        .bodies()
        .filter(|(_, b)| b.lost.is_none())
        .map(|(_, b)| b.size)
        .sum();
    let _ = writeln!(text, "live {}", live.0);
    let mut lost: Vec<String> = fs
        .bodies()
        .filter(|(_, body)| body.size > Bytes::ZERO)
        .filter_map(|(_, body)| {
            let loss = body.lost?;
            let cause = loss.cause.name();
            Some(format!(
                "lost {} {} {cause} in {}\n",
                body.size.0,
                fs.path(body.node),
                loss.layer
            ))
        })
        .collect();
    lost.sort();
    text.extend(lost);
    let mut tree: Vec<String> = fs
        .subtree(NodeId::ROOT)
        .skip(1)
        .map(|id| {
            let path = fs.path(id);
            match fs.kind(id) {
                NodeKind::File => match fs.body_of(id) {
                    Some(body) => format!("f {} {path}\n", fs.body(body).size.0),
                    None => format!("f ? {path}\n"),
                },
                NodeKind::Dir => format!("d {path}\n"),
                NodeKind::Symlink => {
                    let target = String::from_utf8_lossy(fs.link_target(id).unwrap_or_default());
                    format!("l {path} {target}\n")
                }
                _ => format!("? {path}\n"),
            }
        })
        .collect();
    tree.sort();
    text.extend(tree);
    for (layer, strange) in fs.strange() {
        let _ = writeln!(text, "strange in {layer}: {strange:?}");
    }
    text
}

#[test]
fn every_case_in_testdata_stacks_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/stack");
    let mut count = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let case = Case::load(&path);
        assert_eq!(told(&stacked(&case)), case.expected, "{}", path.display());
        count += 1;
    }
    assert!(count >= 12, "only {count} cases");
}

#[test]
fn deep_paths_need_no_deep_stack() {
    let deep = vec!["d"; 5000].join("/");
    let fs = stacked(&Case::parse(
        &format!("f 1 {deep}/x\n---\nw d\n"),
        Path::new("."),
    ));
    assert_eq!(fs.subtree(NodeId::ROOT).count(), 1);
    assert_eq!(fs.bodies().count(), 1);
}

#[test]
fn the_listener_sees_what_is_about_to_be_lost() {
    let case = Case::parse("f 9 a/b/x\n---\nf 1 b\n---\nw a\nf 2 c", Path::new("."));
    let layers = stacked(&case).layers().to_vec();
    let mut heard = Vec::new();
    Rootfs::stack(layers, &mut |fs, layer| {
        heard.push((layer, fs.find("a/b/x").is_some()))
    })
    .unwrap();
    assert_eq!(heard, [(2, true)]);
}

/// One step of a random image.
#[derive(Debug, Clone)]
enum Step {
    File(String, usize, u8),
    Dir(String),
    Remove(String),
    Opaque(String),
    Next,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let path = || "[ab](/[ab]){0,2}".prop_map(|path| path);
    let step = prop_oneof![
        6 => (path(), 1_usize..9, 0_u8..2).prop_map(|(path, size, variant)| Step::File(path, size, variant)),
        1 => path().prop_map(Step::Dir),
        2 => path().prop_map(Step::Remove),
        1 => path().prop_map(Step::Opaque),
        4 => Just(Step::Next),
    ];
    proptest::collection::vec(step, 0..40)
}

fn text(steps: &[Step]) -> String {
    let line = |step: &Step| match step {
        Step::File(path, size, variant) => format!("f {size} {path} v{variant}\n"),
        Step::Dir(path) => format!("d {path}\n"),
        Step::Remove(path) => format!("w {path}\n"),
        Step::Opaque(path) => format!("o {path}\n"),
        Step::Next => "---\n".to_owned(),
    };
    steps.iter().map(line).collect()
}

/// The same rules over a flat map of paths, as dully as can be.
fn oracle(steps: &[Step]) -> BTreeMap<String, Option<usize>> {
    let below = |path: &str, of: &str| path.starts_with(&format!("{of}/"));
    let mut tree: BTreeMap<String, Option<usize>> = BTreeMap::new();
    for layer in steps.split(|step| matches!(step, Step::Next)) {
        for step in layer {
            match step {
                Step::Remove(gone) => tree.retain(|path, _| path != gone && !below(path, gone)),
                // An opaque mark on what is no directory empties nothing.
                Step::Opaque(of) => tree.retain(|path, _| !below(path, of)),
                _ => {}
            }
        }
        for step in layer {
            let (path, size) = match step {
                Step::File(path, size, _) => (path, Some(*size)),
                Step::Dir(path) => (path, None),
                _ => continue,
            };
            for (at, _) in path.match_indices('/') {
                tree.insert(path[..at].to_owned(), None);
            }
            if size.is_some() {
                tree.retain(|other, _| !below(other, path));
            }
            tree.insert(path.clone(), size);
        }
    }
    tree
}

proptest! {
    #[test]
    fn the_law_holds_and_a_dull_oracle_agrees(steps in steps()) {
        let case = Case::parse(&text(&steps), Path::new("."));
        let fs = stacked(&case);
        let sum = |lost: bool| fs.bodies().filter(|(_, b)| b.lost.is_some() == lost).map(|(_, b)| b.size).sum::<Bytes>();
        let stored: Bytes = fs.layers().iter().map(|layer| layer.stored()).sum();
        prop_assert_eq!(stored, sum(false) + sum(true));
        let in_tree: Bytes = fs.files(NodeId::ROOT).map(|(_, body)| body.size).sum();
        prop_assert_eq!(sum(false), in_tree);

        let tree: BTreeMap<String, Option<usize>> = fs.subtree(NodeId::ROOT).skip(1).map(|id| {
            let path = fs.path(id).to_string().trim_start_matches('/').to_owned();
            (path, fs.body_of(id).map(|body| fs.body(body).size.0 as usize))
        }).collect();
        prop_assert_eq!(tree, oracle(&steps));
    }

    #[test]
    fn an_empty_layer_changes_nothing(steps in steps(), at in 0_usize..40) {
        let mut more = steps.clone();
        let at = at.min(more.len());
        // Between two layers, not inside one.
        let at = more[..at].iter().rposition(|step| matches!(step, Step::Next)).map_or(0, |at| at + 1);
        more.insert(at, Step::Next);
        let plain = |steps: &[Step]| {
            let fs = stacked(&Case::parse(&text(steps), Path::new(".")));
            let lost: Vec<_> = fs.bodies().map(|(_, b)| (b.size, b.lost.map(|loss| loss.cause))).collect();
            (lost, fs.files(NodeId::ROOT).map(|(id, _)| fs.path(id)).collect::<std::collections::BTreeSet<_>>())
        };
        prop_assert_eq!(plain(&steps), plain(&more));
    }
}

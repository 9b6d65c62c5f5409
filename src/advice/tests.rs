//! Each rule against its cases. A case in `testdata/advice/<id>/` is an image as text
//! (see `src/testkit/mod.rs`); behind `===` stands what this one rule says of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::analysis::{Wishes, analyze};
use crate::base::Known;
use crate::path::shown;
use crate::rootfs::NodeId;
use crate::scan::How;
use crate::testkit::{Case, gzip, plain};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/advice")
}

pub(super) fn analysis_of(case: &Case) -> Analysis {
    // A case says by a label that its layers are compressed.
    let image = match case.config["Labels"]["packed"].as_str() {
        Some(_) => case.image(gzip),
        None => case.image(plain),
    };
    let mut wishes = Wishes::default();
    if let Some(base) = case.base {
        let mut info = image.info.clone();
        info.layers.truncate(base);
        wishes.base = Some(Arc::new(Known::of(&info)));
    }
    analyze(&image, &How::default(), &wishes, &|_| {}).unwrap()
}

/// What a rule says of a case, a few lines for each finding.
fn told(rule: &'static Rule, case: &Case) -> String {
    let analysis = analysis_of(case);
    let found = (rule.check)(&View::new(&analysis)).into_iter();
    let found = found.map(|finding| Finding {
        rule: rule.id,
        ..finding
    });
    let advice = settle(&analysis, found);
    let mut text = String::new();
    for one in &advice.findings {
        let finding = &one.finding;
        let risk = finding.risk.name();
        text += &format!("{} {risk} {}\n", one.saves.stored.0, finding.title);
        if let Some(estimate) = finding.estimate {
            text += &format!("  estimate {}\n", estimate.stored.0);
        }
        if let Some(layer) = one.layer() {
            text += &format!("  layer {layer}\n");
        }
        let name = |node: NodeId| shown(analysis.fs.path(node).as_bytes()).into_owned();
        let bodies = finding.bodies.iter();
        let shrunk = finding.shrink.iter().map(|(id, _)| id);
        let paths: BTreeSet<String> = bodies
            .chain(shrunk)
            .map(|&id| name(analysis.fs.body(id).node))
            .collect();
        for path in paths {
            text += &format!("  {path}\n");
        }
        for edit in &finding.edits {
            text += &format!("  edit {}\n", serde_json::to_string(edit).unwrap());
        }
        for note in &finding.notes {
            text += &format!("  note {note}\n");
        }
        // Told where a case asks for it, up to a comment, as a case has its own.
        if case.expected.contains("  fix") {
            for line in finding.fix.lines() {
                let line = format!("  fix {line}");
                text += line.split(" #").next().unwrap_or_default().trim_end();
                text.push('\n');
            }
        }
        assert!(
            !finding.title.is_empty() && !finding.fix.is_empty(),
            "{}",
            rule.id
        );
    }
    text
}

fn cases(rule: &Rule) -> Vec<PathBuf> {
    let folder = fs::read_dir(folder().join(rule.id));
    let files = folder
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|end| end == "case"))
        .collect();
    cases.sort();
    cases
}

fn is_called(path: &Path, start: &str) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with(start))
}

#[test]
fn every_rule_speaks_and_is_silent_where_it_should() {
    let mut wrong = Vec::new();
    for rule in RULES {
        let cases = cases(rule);
        for wanted in ["loud.case", "quiet.case"] {
            let is_there = cases.iter().any(|path| is_called(path, wanted));
            assert!(is_there, "{} has no {wanted}", rule.id);
        }
        for path in cases {
            let case = Case::load(&path);
            let told = told(rule, &case);
            let should_speak = is_called(&path, "loud");
            // Writes down what is said now; look at what that changes before it is kept.
            if told != case.expected && std::env::var_os("IMGSIZE_BLESS").is_some() {
                let text = fs::read_to_string(&path).unwrap();
                let (image, _) = text.split_once("\n===").unwrap();
                fs::write(&path, format!("{image}\n===\n{told}")).unwrap();
                continue;
            }
            if told.is_empty() == should_speak || told != case.expected {
                wrong.push(format!(
                    "{}\n--- expected\n{}--- said\n{told}",
                    path.display(),
                    case.expected
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rules_are_files_and_their_words_are_whole() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/advice/rules");
    let files = fs::read_dir(source).unwrap().map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.trim_end_matches(".rs").replace('_', "-")
    });
    let files: BTreeSet<String> = files.filter(|name| name != "mod").collect();
    let ids: BTreeSet<String> = RULES.iter().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(files, ids);
    assert_eq!(ids.len(), RULES.len(), "two rules have one id");
    for rule in RULES {
        assert!(
            !rule.summary.ends_with('.') && rule.summary.len() < 100,
            "{}",
            rule.id
        );
        assert!(
            rule.explain.len() > 100 && rule.explain.ends_with('.'),
            "{}",
            rule.id
        );
    }
}

#[test]
fn no_byte_is_promised_twice() {
    let case = Case::parse("f 100 a\nf 50 b\n---\nf 7 c", Path::new("."));
    let analysis = analysis_of(&case);
    let id = |path: &str| {
        analysis
            .fs
            .body_of(analysis.fs.find(path).unwrap())
            .unwrap()
    };
    let (a, b, c) = (id("a"), id("b"), id("c"));
    let mut shrunk = Finding::new("strip").risk(Risk::Safe);
    shrunk.shrink = vec![(a, Bytes(30)), (a, Bytes(30)), (c, Bytes(70))];
    let findings = [
        Finding::new("x").bodies([a, b, a]),
        Finding::new("y").bodies([b]).risk(Risk::Safe),
        shrunk,
    ];
    let advice = settle(&analysis, findings);
    let told = advice
        .findings
        .iter()
        .map(|one| (&*one.finding.title, one.saves.stored.0, one.adds.stored.0));
    let told: Vec<_> = told.collect();
    assert_eq!(told, [("x", 150, 150), ("y", 50, 0), ("strip", 37, 7)]);
    assert_eq!(advice.all.stored, Bytes(157));
    assert_eq!(advice.safe.stored, Bytes(87));
    // Plain layers: contents with their headers and padding.
    let framing = |id| u64::from(analysis.fs.entry(analysis.fs.body(id)).framing);
    assert_eq!(advice.all.download.0, 157 + framing(a) + framing(b));
}

/// False positives of others: `never` may be in no finding at all, `not-safe` in none
/// that is called safe. All rules look at each case.
#[test]
fn what_may_not_go_is_never_proposed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/advice-never");
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let case = Case::load(&path);
        let analysis = analysis_of(&case);
        let advice = advise(&analysis);
        for line in case.expected.lines() {
            let (how, file) = line.split_once(' ').unwrap();
            let node = analysis
                .fs
                .find(file)
                .unwrap_or_else(|| panic!("no {file}"));
            let body = analysis.fs.body_of(node).unwrap();
            let findings = advice.findings.iter().map(|one| &one.finding);
            let found = findings.filter(|finding| {
                finding.bodies.contains(&body)
                    || finding.shrink.iter().any(|&(shrunk, _)| shrunk == body)
            });
            let found = found.filter(|finding| match how {
                "never" => true,
                "not-safe" => finding.risk == Risk::Safe,
                _ => panic!("{line}"),
            });
            wrong.extend(found.map(|f| format!("{}: {}: {file}", path.display(), f.rule)));
            count += 1;
        }
    }
    assert!(count > 30);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What holds of all advice: sums are sums, nothing of the base goes, and what is for a
/// person is safe on a terminal.
fn assert_law(analysis: &Analysis, what: &str) {
    let advice = advise(analysis);
    let fs = &analysis.fs;
    let on_top = fs.bodies().map(|(_, body)| body);
    let on_top = on_top.filter(|body| body.layer >= analysis.base.layers);
    let most: Bytes = on_top.map(|body| body.size).sum();
    let mut adds = Saving::default();
    for one in &advice.findings {
        let finding = &one.finding;
        let what = format!("{what}: {}", finding.rule);
        adds.stored += one.adds.stored;
        adds.download += one.adds.download;
        assert!(one.adds.stored <= one.saves.stored, "{what}");
        let by_layer: Bytes = one.layers.iter().map(|(_, saving)| saving.stored).sum();
        assert_eq!(by_layer, one.saves.stored, "{what}");
        let by_layer: Bytes = one.layers.iter().map(|(_, saving)| saving.download).sum();
        assert_eq!(by_layer, one.saves.download, "{what}");
        let shrunk = finding.shrink.iter().map(|(id, _)| id);
        for &id in finding.bodies.iter().chain(shrunk) {
            let body = fs.body(id);
            let path = fs.path(body.node);
            assert!(body.layer >= analysis.base.layers, "{what}: {path}");
        }
        assert!(!finding.folders.contains(&NodeId::ROOT), "{what}");
        let notes = finding.notes.iter();
        for text in notes.chain([&finding.title]).map(String::as_str) {
            assert_eq!(crate::path::shown_text(text), text, "{what}");
        }
        for line in finding.fix.lines() {
            assert_eq!(crate::path::shown_text(line), line, "{what}");
        }
    }
    assert_eq!(adds, advice.all, "{what}");
    assert!(advice.safe.stored <= advice.all.stored, "{what}");
    assert!(advice.all.stored <= most, "{what}");
}

/// Where rules look, and what they look for.
const PLACES: &[&str] = &[
    "app/",
    "app/.git/",
    "app/node_modules/p/",
    "app/node_modules/p/test/",
    "app/.next/cache/",
    "usr/lib/python3/site-packages/p/",
    "usr/lib/python3/site-packages/p/tests/",
    "usr/lib/python3/site-packages/p/__pycache__/",
    "usr/lib/python3/site-packages/p-1.dist-info/",
    "var/lib/apt/lists/",
    "var/cache/apt/archives/",
    "root/.cache/pip/",
    "root/.npm/_cacache/",
    "tmp/",
    "var/log/",
    "app/\u{202e}\n$(x) 'y/",
];
const NAMES: &[&str] = &[
    "a.log",
    "package.json",
    "README.md",
    "x.js.map",
    "METADATA",
    "RECORD",
    "a.py",
    "a.cpython-311.pyc",
    "libx.so",
    "libx.so.1",
    "id_rsa",
    ".env",
    "a.deb",
    "core",
    "a.tar.gz",
    "model.bin",
    "\u{1b}[31m'\n-rf.log",
];
const INSTRUCTIONS: &[&str] = &[
    "RUN /bin/sh -c pip install p # buildkit",
    "COPY . /app # buildkit",
    "COPY . / # buildkit",
    "RUN /bin/sh -c chown -R app:app /app # buildkit",
    "RUN /bin/sh -c rm -rf /tmp/a.log && apt-get install -y x # buildkit",
    "\u{202e}\u{1b}[31m",
];

/// A member: where, what, how large, whose; and whether it takes something away.
type Member = (usize, usize, usize, u64, u8);

fn layer_of(members: &[Member]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut put = |path: &str, kind: tar::EntryType, uid: u64, bytes: &[u8], target: &str| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o755);
        header.set_uid(uid);
        if target.is_empty() {
            tar.append_data(&mut header, path, bytes).unwrap();
        } else {
            tar.append_link(&mut header, path, target).unwrap();
        }
    };
    for &(place, name, size, uid, kind) in members {
        let (folder, name) = (PLACES[place], NAMES[name]);
        let path = format!("{folder}{name}");
        let bytes = vec![b'x'; [0, 1, 600, 12_000, 1_100_000][size]];
        match kind {
            0 => put(
                &format!("{folder}.wh.{name}"),
                tar::EntryType::Regular,
                0,
                b"",
                "",
            ),
            1 => {
                let target = format!("{}{name}", PLACES[0]);
                put(&path, tar::EntryType::Link, uid, b"", &target);
            }
            2 => put(
                &format!("{folder}.wh..wh..opq"),
                tar::EntryType::Regular,
                0,
                b"",
                "",
            ),
            _ => put(&path, tar::EntryType::Regular, uid, &bytes, ""),
        }
    }
    tar.into_inner().unwrap()
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(40))]
    #[test]
    fn the_law_of_savings_holds_of_any_image(
        layers in proptest::collection::vec(
            (0..INSTRUCTIONS.len(), proptest::collection::vec(
                (0..PLACES.len(), 0..NAMES.len(), 0_usize..5, 0_u64..2, 0_u8..12), 0..25)),
            1..6),
        base in proptest::option::of(0_usize..3),
    ) {
        let mut case = Case::parse("", Path::new("."));
        case.base = base.filter(|base| (1..layers.len()).contains(base));
        case.instructions = layers.iter().map(|&(no, _)| Some(INSTRUCTIONS[no].to_owned())).collect();
        case.layers = layers.iter().map(|(_, members)| layer_of(members)).collect();
        assert_law(&analysis_of(&case), "made up");
    }
}

/// Images that nobody here wrote.
#[test]
fn the_law_of_savings_holds_of_fixtures() {
    let Some(folder) = std::env::var_os("IMGSIZE_FIXTURES").map(PathBuf::from) else {
        return;
    };
    use crate::source::{Choice, Net, Opened, Origin, Place, open};
    let mut seen = 0;
    for entry in fs::read_dir(folder.join("images")).unwrap() {
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
        let listen = |_| {};
        let analysis = analyze(&*image, &How::default(), &Wishes::default(), &listen);
        if let Ok(analysis) = analysis {
            assert_law(&analysis, &what);
            seen += 1;
        }
    }
    assert!(seen > 5, "{seen} images");
}

/// Of many that name each other, each once, as quickly as few.
#[test]
fn a_long_chain_of_scripts_is_followed_to_its_end() {
    let mut tar = tar::Builder::new(Vec::new());
    for no in 0..1500 {
        let text = format!("#!/bin/sh\n./s{}.sh\nexec last{no}\n", no + 1);
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        let path = format!("app/s{no}.sh");
        tar.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    let mut case = Case::parse(r#"c Cmd ["/app/s0.sh"]"#, Path::new("."));
    case.layers = vec![tar.into_inner().unwrap()];
    let analysis = analysis_of(&case);
    let view = View::new(&analysis);
    assert!(view.runs("last1499") && !view.runs("last1500"));
}

#[test]
fn of_very_many_pairs_of_layers_the_heaviest_are_told_of() {
    let mut case = Case::parse("", Path::new("."));
    case.layers.clear();
    const LAYERS: usize = 40;
    for layer in 0..LAYERS {
        let mut tar = tar::Builder::new(Vec::new());
        let mut put = |path: String, size: usize| {
            let mut header = tar::Header::new_gnu();
            header.set_size(size as u64);
            let bytes = vec![b'x'; size];
            tar.append_data(&mut header, path, &bytes[..]).unwrap();
        };
        for later in layer + 1..LAYERS {
            let size = if (layer, later) == (3, 30) { 900 } else { 1 };
            put(format!("d/{layer}-{later}"), size);
        }
        for before in 0..layer {
            put(format!("d/.wh.{before}-{layer}"), 0);
        }
        case.layers.push(tar.into_inner().unwrap());
    }
    let analysis = analysis_of(&case);
    let losses = View::new(&analysis).losses(crate::rootfs::Cause::Deleted);
    assert_eq!(losses.len(), 500);
    assert!(losses.contains_key(&(3, 30)));
    assert_law(&analysis, "pairs");
}

/// Of a history of many folders each is read once, and what is no path is none.
#[test]
fn where_a_copy_ran_is_known_as_far_as_a_path_can_be_long() {
    use crate::source::Step;
    let step = |created_by: &str, has_layer| Step {
        created_by: created_by.to_owned(),
        has_layer,
        created: None,
        comment: String::new(),
    };
    let case = Case::parse(
        "i COPY . .\nf 3 srv/app/x\n---\ni COPY . .\nf 3 srv/app/y",
        Path::new("."),
    );
    let mut analysis = analysis_of(&case);
    let steps = &mut analysis.info.steps;
    steps.extend(["WORKDIR /srv", "WORKDIR app"].map(|text| step(text, false)));
    steps.push(step("COPY . .", true));
    steps.extend((0..20_000).map(|_| step("WORKDIR app", false)));
    steps.push(step("COPY . .", true));
    let view = View::new(&analysis);
    let path = |path: &str, layer| view.context_path(layer, analysis.fs.find(path).unwrap());
    assert_eq!(path("srv/app/x", 0).as_deref(), Some("x"));
    assert_eq!(path("srv/app/y", 1), None);
}

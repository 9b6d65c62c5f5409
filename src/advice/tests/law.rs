//! The law of savings: sums are sums, whatever the image.

use super::*;

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

/// What holds of all advice: sums are sums, nothing of the base goes, and what is for a
/// person is safe on a terminal.
pub(super) fn assert_law(analysis: &Analysis, what: &str) {
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

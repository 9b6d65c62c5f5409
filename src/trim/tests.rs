//! Trims of small images: what comes out is read by the same eyes as any image.

use std::fs;
use std::path::Path;

use super::*;
use crate::advice::{Finding, Risk};
use crate::layer::EntryKind;
use crate::rootfs::NodeId;
use crate::testkit::{Case, gzip, plain, zstd};
use crate::units::Bytes;

struct Trimmed {
    outcome: Outcome,
    after: Analysis,
}

fn analysis(path: &Path, format: Option<Format>) -> (Box<dyn Image>, Analysis) {
    let origin = Origin {
        format,
        place: Place::Path(path.to_owned()),
        tag: None,
    };
    let opened = open(&origin, &Choice::default(), &Net::default()).unwrap();
    let Opened::Image(image) = opened else {
        panic!("a passage");
    };
    let analysis = analyze(&*image, &how(), &Wishes::default(), &|_| {}).unwrap();
    (image, analysis)
}

fn how() -> How {
    How {
        verify: true,
        ..How::default()
    }
}

/// Every body whose first path is one of these, and the folders of these paths.
fn finding(analysis: &Analysis, paths: &[&str]) -> Finding {
    let fs = &analysis.fs;
    let (mut bodies, mut folders) = (Vec::new(), Vec::new());
    for path in paths {
        if let Some(folder) = path.strip_suffix('/') {
            folders.push(fs.find(folder).unwrap());
        }
        // `2:path` is the body that layer 2 stores there.
        let (layer, path) = match path.split_once(':') {
            Some((layer, path)) => (layer.parse::<u16>().ok(), path),
            None => (None, *path),
        };
        bodies.extend(fs.bodies().filter_map(|(id, body)| {
            let own = fs.path(body.node);
            let fits = own.as_bytes() == path.as_bytes()
                || path.ends_with('/') && own.as_bytes().starts_with(path.as_bytes());
            let fits = fits && layer.is_none_or(|layer| layer == body.layer);
            (fits && body.size > Bytes::ZERO).then_some(id)
        }));
    }
    assert!(!bodies.is_empty());
    Finding {
        rule: "apt-lists",
        risk: Risk::Safe,
        ..Finding::default().bodies(bodies).folders(folders)
    }
}

fn trim_archive(
    archive: &[u8],
    paths: &[&str],
    format: Format,
) -> Result<(Trimmed, Vec<Vec<u8>>), TrimError> {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("image.tar");
    fs::write(&source, archive).unwrap();
    let (image, before) = analysis(&source, None);
    let chosen = Chosen {
        findings: vec![finding(&before, paths)],
        left_out: Vec::new(),
    };
    let target = Target {
        format,
        path: folder.path().join("out"),
        tag: Some("case:1-trimmed".to_owned()),
        replace: false,
    };
    let outcome = trim(&*image, &before, &chosen, &target, &how());
    let names = |folder: &Path| fs::read_dir(folder).unwrap().count();
    assert_eq!(names(folder.path()), 1 + usize::from(outcome.is_ok()));
    let outcome = outcome?;
    let (image, after) = analysis(&target.path, Some(format));
    let blobs = (0..after.fs.layers().len())
        .map(|no| {
            let mut bytes = Vec::new();
            match image.open_layer(no).unwrap() {
                crate::source::Blob::Window(mut window) => {
                    std::io::Read::read_to_end(&mut window, &mut bytes).unwrap();
                }
                _ => panic!("no window"),
            }
            bytes
        })
        .collect();
    Ok((Trimmed { outcome, after }, blobs))
}

fn trimmed(text: &str, paths: &[&str]) -> Trimmed {
    let case = Case::parse(text, Path::new(""));
    let archive = case.docker_archive("case:1", gzip);
    trim_archive(&archive, paths, Format::OciArchive).unwrap().0
}

impl Trimmed {
    fn paths(&self) -> Vec<String> {
        let fs = &self.after.fs;
        let mut paths: Vec<String> = fs
            .subtree(NodeId::ROOT)
            .skip(1)
            .map(|id| fs.path(id).to_string())
            .collect();
        paths.sort();
        paths
    }

    fn whiteouts(&self) -> Vec<(usize, String)> {
        let layers = self.after.fs.layers().iter().enumerate();
        layers
            .flat_map(|(no, layer)| {
                let marks = layer
                    .entries
                    .iter()
                    .filter(|entry| entry.kind == EntryKind::Whiteout);
                marks
                    .map(move |entry| (no, String::from_utf8_lossy(layer.path(entry)).into_owned()))
            })
            .collect()
    }
}

#[test]
fn layers_of_every_compression_lose_what_goes_and_others_stay_byte_for_byte() {
    let case = Case::parse(
        "f 9 etc/a\n---\nd opt\nf 500 opt/big\nf 7 opt/small\nh opt/other opt/big\n---\nf 5 srv/c",
        Path::new(""),
    );
    for format in [Format::OciArchive, Format::OciLayout, Format::DockerArchive] {
        for pack in [plain as fn(&[u8]) -> Vec<u8>, gzip, zstd] {
            let archive = case.docker_archive("case:1", pack);
            let (trimmed, blobs) = trim_archive(&archive, &["opt/big"], format).unwrap();
            assert_eq!(
                trimmed.paths(),
                ["/etc", "/etc/a", "/opt", "/opt/small", "/srv", "/srv/c"]
            );
            let outcome = &trimmed.outcome;
            assert_eq!(outcome.promised.stored, Bytes(500));
            assert_eq!(outcome.achieved.stored, Bytes(500));
            assert_eq!(outcome.achieved.live, Bytes(500));
            let cut = outcome.layers.iter().filter(|layer| layer.members > 0);
            let cut: Vec<_> = cut.map(|layer| (layer.layer, layer.members)).collect();
            assert_eq!(cut, [(1, 2)]);
            // Old engines load no zstd from such an archive.
            let is_zstd = pack(b"") == zstd(b"");
            if format == Format::DockerArchive && is_zstd {
                assert!(blobs.iter().all(|blob| blob.starts_with(&[0x1f, 0x8b])));
            } else {
                assert_eq!(blobs[0], pack(&case.layers[0]));
                assert_eq!(blobs[2], pack(&case.layers[2]));
            }
            let compressions = trimmed
                .after
                .fs
                .layers()
                .iter()
                .map(|layer| layer.compression);
            let compressions: Vec<_> = compressions.collect();
            assert_eq!(compressions[0], compressions[1]);
            let comments = trimmed
                .after
                .info
                .steps
                .iter()
                .map(|step| step.comment.as_str());
            assert_eq!(comments.collect::<Vec<_>>(), ["", "trimmed by imgsize", ""]);
        }
    }
}

#[test]
fn what_a_lower_layer_has_does_not_come_back() {
    let trimmed = trimmed(
        "f 9 etc/a\nf 3 etc/b\n---\nf 500 etc/a v2\nf 7 etc/c",
        &["1:etc/a"],
    );
    assert_eq!(trimmed.paths(), ["/etc", "/etc/b", "/etc/c"]);
    assert_eq!(trimmed.whiteouts(), [(1, "etc/a".to_owned())]);
    // The base's copy was lost before, and is still.
    assert_eq!(trimmed.outcome.after.lost, Bytes(9));
}

#[test]
fn a_folder_below_a_file_that_goes_stays_hidden_also_where_it_was_made_anew() {
    let trimmed = trimmed(
        "d x\nf 9 x/old\nf 8 x/older\n---\nf 500 x\n---\nd x\nf 7 x/new",
        &["1:x"],
    );
    assert_eq!(trimmed.paths(), ["/x", "/x/new"]);
    assert_eq!(trimmed.whiteouts(), [(1, "x".to_owned())]);
    assert_eq!(trimmed.outcome.achieved.lost, Bytes(500));
}

#[test]
fn lost_contents_go_without_a_trace_and_later_marks_stay() {
    let text = "f 9 etc/a\n---\nf 500 app/x\nf 400 app/y\nf 300 var/z\n---\nm 500 app/x\nw app/y\no var\nf 2 var/k";
    let trimmed = trimmed(text, &["1:app/x", "1:app/y", "1:var/z"]);
    assert_eq!(
        trimmed.paths(),
        ["/app", "/app/x", "/etc", "/etc/a", "/var", "/var/k"]
    );
    assert_eq!(trimmed.outcome.achieved.lost, Bytes(1200));
    assert_eq!(trimmed.outcome.after.lost, Bytes::ZERO);
    assert_eq!(trimmed.whiteouts(), [(2, "app/y".to_owned())]);
}

#[test]
fn folders_go_with_links_and_empty_files_unless_something_stays() {
    let text = "f 1 etc/a\n---\nd opt\nd opt/t\nf 50 opt/t/x\nf 0 opt/t/empty\nl opt/t/link x\nd opt/t/d\nf 9 opt/keep";
    let trimmed1 = trimmed(text, &["opt/t/"]);
    assert_eq!(trimmed1.paths(), ["/etc", "/etc/a", "/opt", "/opt/keep"]);
    let text = format!("{text}\nf 3 opt/t/d/stays");
    let archive = Case::parse(&text, Path::new("")).docker_archive("case:1", gzip);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("i"), archive).unwrap();
    let (_, before) = analysis(&folder.path().join("i"), None);
    let mut one = finding(&before, &["opt/t/x"]);
    one.folders.push(before.fs.find("opt/t").unwrap());
    let plan = Plan::new(&before, &[one]).unwrap();
    assert_eq!(plan.cuts[&1].len(), 1);
}

/// Many tools write no folders: those that only files made go with these, at any depth.
#[test]
fn folders_that_no_layer_names_go_with_what_is_in_them() {
    let trimmed = trimmed(
        "f 1 a\n---\nf 20 var/lib/x/b\nf 30 opt/x/c\nf 4 opt/d",
        &["var/lib/x/b", "opt/x/c"],
    );
    assert_eq!(trimmed.paths(), ["/a", "/opt", "/opt/d"]);
}

#[test]
fn members_keep_their_headers_and_long_names_are_hidden_too() {
    let long = format!("deep/{}/{}", "d".repeat(90), "n".repeat(90));
    let text = format!(
        "f 9 {long}\nf 1 a\n---\nf 500 {long} v2\nf 4 {} v3\nf 3 z",
        long.replace('n', "m")
    );
    let trimmed = trimmed(&text, &[&format!("1:{long}")]);
    assert_eq!(trimmed.whiteouts(), [(1, long.clone())]);
    assert!(!trimmed.paths().contains(&format!("/{long}")));
    assert!(
        trimmed
            .paths()
            .contains(&format!("/{}", long.replace('n', "m")))
    );
}

#[test]
fn what_the_same_tar_would_bring_back_is_refused() {
    let case = Case::parse("f 1 a\n---\nf 9 x/y\nf 500 x\nf 3 k", Path::new(""));
    let archive = case.docker_archive("case:1", gzip);
    let error = trim_archive(&archive, &["1:x"], Format::OciArchive)
        .map(|_| ())
        .unwrap_err();
    assert!(matches!(error, TrimError::Differs { .. }), "{error}");
    assert!(error.to_string().contains("/x"), "{error}");
}

#[test]
fn a_member_with_a_hole_before_its_map_passes_whole() {
    use std::io::Write as _;
    // An old GNU sparse file with more regions than its header holds: a block of the
    // map stands between header and body.
    let mut header = tar_header("sparse", b'S', 512 * 5);
    let map = |bytes: &mut [u8], regions: std::ops::Range<u64>| {
        for (slot, region) in regions.enumerate() {
            let at = slot * 24;
            let number = |value: u64| format!("{value:011o}\0");
            bytes[at..at + 12].copy_from_slice(number(region * 4096).as_bytes());
            bytes[at + 12..at + 24].copy_from_slice(number(512).as_bytes());
        }
    };
    map(&mut header[386..482], 0..4);
    header[482] = 1;
    header[483..495].copy_from_slice(format!("{:011o}\0", 4 * 4096 + 512).as_bytes());
    seal(&mut header);
    let mut more = [0; 512];
    map(&mut more, 4..5);
    let mut tar = Vec::new();
    tar.write_all(&header).unwrap();
    tar.write_all(&more).unwrap();
    tar.resize(tar.len() + 512 * 5, 7);
    tar.extend(crate::tarfile::file_header(b"big", 600, 0o644, 1));
    tar.resize(tar.len() + 1024, 9);
    let kept = tar.len() - 1024 - 512;
    tar.extend(crate::tarfile::END);
    let mut case = Case::parse("f 1 a\n---\nf 1 b", Path::new(""));
    case.layers[1] = tar.clone();
    let archive = case.docker_archive("case:1", plain);
    let (trimmed, blobs) = trim_archive(&archive, &["big"], Format::OciArchive).unwrap();
    assert_eq!(trimmed.paths(), ["/a", "/sparse"]);
    assert_eq!(blobs[1], [&tar[..kept], &crate::tarfile::END[..]].concat());
}

fn tar_header(name: &str, flag: u8, size: u64) -> Vec<u8> {
    let mut header = crate::tarfile::file_header(name.as_bytes(), size, 0o644, 1);
    header[156] = flag;
    header
}

fn seal(header: &mut [u8]) {
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

#[test]
fn rules_are_safe_ones_or_named_ones() {
    let rules: Rules = "safe,py-tests".parse().unwrap();
    assert!(rules.safe && rules.named == ["py-tests"]);
    let error = "all".parse::<Rules>().unwrap_err().to_string();
    assert!(error.contains("apt-lists"), "{error}");
}

#[test]
fn an_estimate_is_left_out_as_it_names_no_bytes() {
    use crate::advice::settle;
    let folder = tempfile::tempdir().unwrap();
    let case = Case::parse("f 1 a", Path::new(""));
    let source = folder.path().join("image.tar");
    fs::write(&source, case.docker_archive("case:1", gzip)).unwrap();
    let (_image, before) = analysis(&source, None);
    let estimate = Finding::new("x").estimate(Bytes(9), Bytes(9));
    let advice = settle(&before, [estimate.risk(Risk::Behaviour)]);
    let chosen = choose(&before, &advice, &"safe".parse().unwrap());
    let why: Vec<&str> = chosen.left_out.iter().map(|one| one.why).collect();
    assert!(
        matches!(&why[..], [why] if why.contains("names no bytes")),
        "{why:?}"
    );
}

#[test]
fn what_is_there_is_replaced_only_if_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let case = Case::parse("f 1 a\n---\nf 500 b\nf 2 c", Path::new(""));
    let source = folder.path().join("image.tar");
    fs::write(&source, case.docker_archive("case:1", gzip)).unwrap();
    let (image, before) = analysis(&source, None);
    let chosen = Chosen {
        findings: vec![finding(&before, &["b"])],
        left_out: Vec::new(),
    };
    let mut target = Target {
        format: Format::OciLayout,
        path: folder.path().join("out"),
        tag: None,
        replace: false,
    };
    fs::create_dir(&target.path).unwrap();
    fs::write(target.path.join("mine"), "x").unwrap();
    let run = |target: &Target| trim(&*image, &before, &chosen, target, &how());
    assert!(matches!(run(&target), Err(TrimError::Exists(_))));
    // No layout: it may hold anything.
    target.replace = true;
    assert!(matches!(run(&target), Err(TrimError::Exists(_))));
    fs::write(target.path.join("oci-layout"), "{}").unwrap();
    run(&target).unwrap();
    assert!(!target.path.join("mine").exists());
    assert!(target.path.join("index.json").exists());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

//! Images of running engines: a daemon on a socket, and daemons that jam.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use imgsize::analysis::{Analysis, Wishes, analyze_opened};
use imgsize::cache::{Cache, LIMIT};
use imgsize::digest::Digest;
use imgsize::report::Report;
use imgsize::scan::{How, ScanError};
use imgsize::source::daemon::{self, DaemonError, Endpoints, Patience};
use imgsize::source::{Choice, Keeper, Net, Opened, Origin, SourceError, open};
use imgsize::testkit::{Case, gzip, plain};
use serde_json::{Value, json};

const CASE: &str = "
f 9000 usr/lib/libbig.so
d srv
---
f 300 app/main.py
w usr/lib/libbig.so
---
---
---
f 70000 app/data
";

fn case() -> Case {
    Case::parse(CASE, Path::new("."))
}

/// A tar of files and links, in this order.
fn tar(members: &[(String, Result<Vec<u8>, String>)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, member) in members {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        match member {
            Ok(bytes) => {
                header.set_size(bytes.len() as u64);
                tar.append_data(&mut header, path, &bytes[..]).unwrap();
            }
            Err(target) => {
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_size(0);
                tar.append_link(&mut header, path, target).unwrap();
            }
        }
    }
    tar.into_inner().unwrap()
}

/// The regular files of a tar.
fn files(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(archive).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        files.insert(path.trim_start_matches("./").to_owned(), bytes);
    }
    files
}

/// As engines before Docker 25 send it: a folder for each layer, links for doubles,
/// the manifest last.
fn old_form() -> Vec<u8> {
    let files = files(&case().docker_archive("app:1", plain));
    let mut members = Vec::new();
    let mut seen = BTreeMap::new();
    for no in 0..5 {
        let layer = files[&format!("{no}/layer.tar")].clone();
        members.push((format!("{no}/VERSION"), Ok(b"1.0".to_vec())));
        members.push((format!("{no}/json"), Ok(b"{\"id\":\"x\"}".to_vec())));
        let member = match seen.get(&layer) {
            Some(first) => Err(format!("../{first}/layer.tar")),
            None => Ok(layer.clone()),
        };
        members.push((format!("{no}/layer.tar"), member));
        seen.entry(layer).or_insert(no);
    }
    for (path, bytes) in files {
        if path.ends_with(".json") {
            members.push((path, Ok(bytes)));
        }
    }
    members.push(("repositories".to_owned(), Ok(b"{}".to_vec())));
    tar(&members)
}

/// As podman sends it: layers by diff ID, first, and a folder of links.
fn podman_form() -> Vec<u8> {
    let files = files(&case().docker_archive("app:1", plain));
    let (mut members, mut links, mut names) = (BTreeMap::new(), Vec::new(), Vec::new());
    for no in 0..5 {
        let layer = &files[&format!("{no}/layer.tar")];
        let name = format!("{}.tar", Digest::sha256(layer).hex());
        members.insert(name.clone(), Ok(layer.clone()));
        links.push((format!("{no}/layer.tar"), Err(format!("../{name}"))));
        names.push(name);
    }
    let mut members: Vec<_> = members.into_iter().collect();
    members.extend(links);
    let mut list: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
    list[0]["Layers"] = json!(names);
    let config = list[0]["Config"].as_str().unwrap().to_owned();
    members.push((config.clone(), Ok(files[&config].clone())));
    members.push((
        "manifest.json".to_owned(),
        Ok(list.to_string().into_bytes()),
    ));
    tar(&members)
}

/// As Docker sends it since version 25: an OCI layout, and the list beside it.
fn new_form(pack: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    case().oci_layout(folder.path(), "app:1", pack);
    let mut around = tar::Builder::new(Vec::new());
    around.append_dir_all(".", folder.path()).unwrap();
    let mut files = files(&around.into_inner().unwrap());
    files.retain(|_, bytes| !bytes.is_empty());
    let blob = |digest: &Value| format!("blobs/{}", digest.as_str().unwrap().replace(':', "/"));
    let read = |path: &str| -> Value { serde_json::from_slice(&files[path]).unwrap() };
    let manifest = read(&blob(&read("index.json")["manifests"][0]["digest"]));
    let layers = manifest["layers"].as_array().unwrap().iter();
    let layers: Vec<String> = layers.map(|layer| blob(&layer["digest"])).collect();
    let config = blob(&manifest["config"]["digest"]);
    let list = json!([{"Config": config, "RepoTags": ["app:1"], "Layers": layers}]);
    let mut members: Vec<_> = files
        .into_iter()
        .map(|(path, bytes)| (path, Ok(bytes)))
        .collect();
    members.push((
        "manifest.json".to_owned(),
        Ok(list.to_string().into_bytes()),
    ));
    tar(&members)
}

/// What an engine says of the image in an archive.
fn description(archive: &[u8]) -> Value {
    let files = files(archive);
    let list: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
    let config = &files[list[0]["Config"].as_str().unwrap()];
    let id = Digest::sha256(config).to_string();
    let config: Value = serde_json::from_slice(config).unwrap();
    json!({
        "Id": id, "RepoTags": ["app:1"], "Os": "linux", "Architecture": "amd64",
        "Size": 79300, "RootFS": {"Type": "layers", "Layers": config["rootfs"]["diff_ids"]},
    })
}

/// What a daemon does instead of sending an archive.
#[derive(Clone)]
enum Act {
    Send(Vec<u8>),
    /// It hangs up in the middle.
    Cut(Vec<u8>),
    /// It sends this, and nothing more.
    Stall(Vec<u8>),
    /// It says no, in words.
    Refuse(u16, String),
}

struct Daemon {
    folder: tempfile::TempDir,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Daemon {
    /// Describes the image in `archive`, and does what it does when asked for it.
    fn new(archive: &[u8], act: Act) -> Daemon {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("socket")).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (heard, about) = (Arc::clone(&asked), description(archive).to_string());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (act, about) = (act.clone(), about.clone());
                let path = request(stream.as_ref().unwrap());
                heard.lock().unwrap().push(path.clone());
                // A client that has heard enough may hang up.
                thread::spawn(move || answer(stream.unwrap(), &path, &about, act));
            }
        });
        Daemon { folder, asked }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    /// How often a path with this end was asked for.
    fn count(&self, end: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|path| path.ends_with(end)).count()
    }

    fn open(&self, keeper: Keeper, name: &str, choice: &Choice) -> Result<Opened, SourceError> {
        let short = Duration::from_millis(300);
        let endpoints = Endpoints {
            docker_sockets: vec!["/nowhere".into(), self.socket()],
            podman_sockets: vec![self.socket()],
            patience: Patience {
                connect: short,
                answer: short,
                pause: short,
            },
            ..Endpoints::default()
        };
        let passage = daemon::open(keeper, name, choice, &endpoints)?;
        Ok(Opened::Passage(Box::new(passage)))
    }

    fn error(&self, name: &str) -> String {
        let error = match self.open(Keeper::Docker, name, &Choice::default()) {
            Err(error) => Box::new(error) as Box<dyn std::error::Error>,
            Ok(opened) => match read(opened, &How::default()) {
                Err(error) => Box::new(error),
                Ok(_) => panic!("it was read"),
            },
        };
        let mut words = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            words += &format!(", because {error}");
            cause = error.source();
        }
        words
    }
}

/// Reads a request; returns its path.
fn request(mut stream: &UnixStream) -> String {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        text.push(byte[0]);
    }
    let text = String::from_utf8(text).unwrap();
    text.split(' ').nth(1).unwrap_or_default().to_owned()
}

fn answer(mut stream: UnixStream, path: &str, about: &str, act: Act) -> Option<()> {
    let path = path.trim_end_matches("?format=docker-archive");
    let is_known = ["app%3A1", "app", "sha256%3A"]
        .iter()
        .any(|name| path.contains(&format!("/images/{name}")));
    let mut whole = |status: u16, body: &str| {
        let length = body.len();
        let head =
            format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
        stream
            .write_all(&[head.as_bytes(), body.as_bytes()].concat())
            .ok()
    };
    if !is_known {
        return whole(404, r#"{"message":"No such image: x"}"#);
    }
    if path.ends_with("/json") {
        return whole(200, about);
    }
    let body = match &act {
        Act::Refuse(status, message) => {
            return whole(*status, &json!({"message": message}).to_string());
        }
        Act::Send(body) | Act::Cut(body) | Act::Stall(body) => body,
    };
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).ok()?;
    for piece in body.chunks(7000) {
        let head = format!("{:x}\r\n", piece.len());
        stream
            .write_all(&[head.as_bytes(), piece, b"\r\n"].concat())
            .ok()?;
    }
    match act {
        Act::Send(_) => stream.write_all(b"0\r\n\r\n").ok(),
        // Until the other side hangs up.
        Act::Stall(_) => stream.read_exact(&mut [0]).ok(),
        _ => None,
    }
}

fn read(opened: Opened, how: &How) -> Result<Analysis, ScanError> {
    analyze_opened(opened, how, &Wishes::default(), &|_| {})
}

fn cached(folder: &Path) -> How {
    How {
        cache: Some(Arc::new(Cache::new(folder.to_owned(), LIMIT))),
        ..How::default()
    }
}

/// The report, as far as it does not depend on the door.
fn facts(analysis: &Analysis) -> String {
    let mut report = Report::new(analysis);
    report.image.source = String::new();
    report.image.name = String::new();
    format!("{report:?}")
}

#[test]
fn an_image_of_an_engine_is_the_image_that_it_saves() {
    let folder = tempfile::tempdir().unwrap();
    let forms = [
        ("old", old_form()),
        ("podman", podman_form()),
        ("new", new_form(plain)),
        ("new, gzip", new_form(gzip)),
    ];
    for (form, archive) in forms {
        let file = folder.path().join("image");
        fs::write(&file, &archive).unwrap();
        let saved = open(
            &Origin::parse(file.to_str().unwrap()),
            &Choice::default(),
            &Net::default(),
        )
        .unwrap();
        let verify = How {
            verify: true,
            ..How::default()
        };
        let wanted = read(saved, &verify).unwrap();
        let daemon = Daemon::new(&archive, Act::Send(archive.clone()));
        for keeper in [Keeper::Docker, Keeper::Podman] {
            let opened = daemon.open(keeper, "app", &Choice::default()).unwrap();
            let found = read(opened, &How::default()).unwrap();
            assert_eq!(facts(&found), facts(&wanted), "{form}");
            assert_eq!(found.info.name, "app");
            assert_eq!(found.info.source, format!("{}:app", keeper.name()));
            assert!(found.fs.layers().iter().all(|layer| layer.is_verified()));
        }
    }
}

#[test]
fn a_second_look_at_an_image_of_an_engine_asks_for_no_byte() {
    for (archive, broken) in [
        (old_form(), podman_form()),
        (new_form(gzip), new_form(plain)),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let how = cached(folder.path());
        let daemon = Daemon::new(&archive, Act::Send(archive.clone()));
        let look = |name: &str, how: &How| {
            let opened = daemon.open(Keeper::Docker, name, &Choice::default());
            read(opened.unwrap(), how).unwrap()
        };
        let first = look("app", &how);
        assert_eq!(daemon.count("/get"), 1);
        let second = look("app:1", &how);
        assert_eq!(daemon.count("/get"), 1);
        assert_eq!(facts(&first), facts(&second));
        assert_eq!(second.info.name, "app:1");
        // Who asks for every byte gets every byte.
        let verify = How {
            verify: true,
            ..how.clone()
        };
        look("app", &verify);
        look("app", &How::default());
        assert_eq!(daemon.count("/get"), 3);
        // An entry that is gone, or is none: everything anew.
        for name in ["image", "blob", "plain"] {
            for entry in fs::read_dir(folder.path()).unwrap() {
                let path = entry.unwrap().path();
                let file = path.file_name().unwrap().to_str().unwrap();
                if file.starts_with(name) {
                    let before = daemon.count("/get");
                    fs::write(&path, "damaged").unwrap();
                    assert_eq!(facts(&look("app", &how)), facts(&first));
                    assert_eq!(daemon.count("/get"), before + 1, "{file}");
                    look("app", &how);
                    assert_eq!(daemon.count("/get"), before + 1, "{file}");
                }
            }
        }
        // A record is for the layers that were promised only.
        let other = Daemon::new(&broken, Act::Send(broken.clone()));
        let opened = other
            .open(Keeper::Podman, "app", &Choice::default())
            .unwrap();
        read(opened, &how).unwrap();
        assert_eq!(other.count("docker-archive"), 1);
    }
}

#[test]
fn what_an_engine_does_not_have_is_told_at_once() {
    let archive = old_form();
    let daemon = Daemon::new(&archive, Act::Send(archive.clone()));
    let choice = |platform: &str| Choice {
        image: None,
        platform: Some(platform.parse().unwrap()),
    };
    let refused = |name: &str, choice: &Choice| {
        let opened = daemon.open(Keeper::Docker, name, choice);
        opened.err().unwrap()
    };
    assert!(
        daemon
            .open(Keeper::Docker, "app", &choice("linux/amd64"))
            .is_ok()
    );
    assert!(matches!(
        refused("app", &choice("linux/arm64")),
        SourceError::NoSuchPlatform { .. }
    ));
    let error = refused("../other/app:1?x", &Choice::default());
    assert!(matches!(
        &error,
        SourceError::Daemon(error @ DaemonError::NoSuchImage { .. }) if error.is_absence()
    ));
    assert!(error.hint().unwrap().contains("docker pull"));
    let asked = daemon.asked.lock().unwrap().pop().unwrap();
    assert_eq!(asked, "/images/..%2Fother%2Fapp%3A1%3Fx/json");
    let image = Choice {
        image: Some("x".to_owned()),
        platform: None,
    };
    assert!(refused("app", &image).to_string().contains("`--image`"));
    fs::remove_file(daemon.socket()).unwrap();
    let error = refused("app", &Choice::default());
    assert!(matches!(
        &error,
        SourceError::Daemon(error @ DaemonError::NotRunning { .. }) if error.is_absence()
    ));
    drop(UnixListener::bind(daemon.socket()).unwrap());
    assert!(
        refused("app", &Choice::default())
            .to_string()
            .contains("not running at unix:///")
    );
}

#[test]
fn an_engine_that_jams_ends_in_an_error_that_says_so() {
    let archive = old_form();
    let half = archive[..archive.len() / 2].to_vec();
    let noise: Vec<u8> = (0..5000_u32).map(|n| ((n * n) >> 7) as u8).collect();
    let failed =
        br#"{"errorDetail":{"message":"disk\u001b[2J full"},"error":"disk\u001b[2J full"}"#;
    let refused = |status| Act::Refuse(status, format!("no\u{7} {}", "x".repeat(9000)));
    for (what, act, words) in [
        (
            "cut",
            Act::Cut(half.clone()),
            "the connection to the Docker daemon",
        ),
        (
            "cut at once",
            Act::Cut(vec![]),
            "the connection to the Docker daemon",
        ),
        (
            "stalls",
            Act::Stall(half.clone()),
            "has sent nothing for 0 s",
        ),
        ("silent", Act::Stall(vec![]), "has sent nothing for 0 s"),
        ("half", Act::Send(half.clone()), "the tar ends too early"),
        ("empty", Act::Send(vec![]), "is empty"),
        ("garbage", Act::Send(noise), "neither a tar"),
        (
            "no image",
            Act::Send(tar(&[("x".to_owned(), Ok(vec![1]))])),
            "no image",
        ),
        ("refuses", refused(500), "refuses: no\\x07 xxx"),
        ("moved", refused(301), "refuses: no"),
        (
            "gone",
            Act::Refuse(404, String::new()),
            "has no image `app`",
        ),
        (
            "fails on the way",
            Act::Send([&half[..], failed].concat()),
            "refuses: disk\\x1b[2J full",
        ),
    ] {
        let daemon = Daemon::new(&archive, act);
        let error = daemon.error("app");
        assert!(error.contains(words), "{what}: {error}");
        assert!(error.len() < 2000, "{what}");
    }
}

/// The program, told of this daemon only.
fn program(daemon: &Daemon, arguments: &[&str]) -> Output {
    let socket = format!("unix://{}", daemon.socket().display());
    Command::new(env!("CARGO_BIN_EXE_imgsize"))
        .env("IMGSIZE_CACHE_DIR", daemon.folder.path().join("cache"))
        .env("DOCKER_HOST", &socket)
        .env("CONTAINER_HOST", &socket)
        .env("TMPDIR", "/nowhere")
        .args(["report", "--json"])
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn the_program_finds_engines_by_its_environment() {
    let archive = old_form();
    let daemon = Daemon::new(&archive, Act::Send(archive.clone()));
    for name in ["docker:app:1", "podman:app"] {
        let output = program(&daemon, &[name]);
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["image"]["source"], name);
    }
    let output = program(&daemon, &["docker:other"]);
    assert_eq!(output.status.code(), Some(2));
    insta::with_settings!({snapshot_path => "../testdata/golden", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("error-no-such-image", String::from_utf8_lossy(&output.stderr));
    });
}

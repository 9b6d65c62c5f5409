//! What a name may mean in a registry: several platforms, layers with a table of
//! contents, an image that nobody else has.

use std::path::Path;
use std::process::{Command, Output};

use imgsize::analysis::{Wishes, analyze};
use imgsize::digest::Digest;
use imgsize::scan::How;
use imgsize::source::{Choice, Opened, OpenedAll, Origin, open, open_all};
use imgsize::testkit::{Case, estargz, gzip, oci_index};
use serde_json::Value;

use super::server::{End, Reply, Request, Server, Shop};
use super::{Stage, facts, net};

fn index() -> (tempfile::TempDir, Shop) {
    let folder = tempfile::tempdir().unwrap();
    let cases = ["linux/amd64", "linux/arm64", "linux/arm/v7"].map(|platform| Case {
        platform: platform.parse().unwrap(),
        ..Case::parse(&format!("f 70 {platform}\nf 9 etc/x\n"), Path::new("."))
    });
    let digest = oci_index(folder.path(), "app:1", &cases);
    let shop = Shop::new(folder.path());
    assert_eq!(shop.manifest, digest.to_string());
    (folder, shop)
}

#[test]
fn of_an_index_every_platform_is_read_or_the_one_that_is_asked_for() {
    let (_folder, shop) = index();
    let digest = shop.manifest.clone();
    let server = Server::start(move |request| shop.answer(request));
    let origin = Origin::parse(&format!("registry:{}/x/y:1", server.host()));
    let OpenedAll::Platforms(every) = open_all(&origin, None, &net(&[])).unwrap() else {
        panic!("a registry knows its platforms");
    };
    assert_eq!(every.index.map(|index| index.to_string()), Some(digest));
    let platforms: Vec<String> = every
        .images
        .iter()
        .map(|image| image.platform().unwrap().to_string())
        .collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64", "linux/arm/v7"]);
    // The index and three manifests with their configs; of the attestation its own
    // manifest, which tells that no provenance is in it.
    assert_eq!(server.log().len(), 8);

    let choice = |platform: &str| Choice {
        image: None,
        platform: Some(platform.parse().unwrap()),
    };
    let Ok(Opened::Image(image)) = open(&origin, &choice("linux/arm"), &net(&[])) else {
        panic!("there is one for linux/arm");
    };
    let analysis = analyze(&*image, &How::default(), &Wishes::default(), &|_| {}).unwrap();
    assert!(facts(&analysis).to_string().contains("linux/arm/v7"));
    let Err(error) = open(&origin, &choice("linux/s390x"), &net(&[])) else {
        panic!("there is none for linux/s390x");
    };
    let words = error.to_string();
    for platform in platforms {
        assert!(words.contains(&platform), "{words}");
    }
    assert!(!words.contains("unknown"), "{words}");
}

#[test]
fn a_platform_that_cannot_be_asked_is_not_left_out() {
    let (_folder, shop) = index();
    let mut index: Value = serde_json::from_slice(&shop.blob(&shop.manifest).unwrap()).unwrap();
    // Which platform each is for stands in its config alone.
    for manifest in index["manifests"].as_array_mut().unwrap() {
        manifest.as_object_mut().unwrap().remove("platform");
    }
    let last = index["manifests"][2]["digest"].as_str().unwrap().to_owned();
    let server = Server::start(move |request| {
        if request.path.ends_with("/manifests/1") {
            let kind = "application/vnd.oci.image.index.v1+json";
            return Reply::new(200, index.to_string()).with("Content-Type", kind);
        }
        match request.path.ends_with(&last) {
            true => Reply::new(503, ""),
            false => shop.answer(request),
        }
    });
    let origin = Origin::parse(&format!("registry:{}/x/y:1", server.host()));
    let Err(error) = open_all(&origin, None, &net(&[])) else {
        panic!("two platforms of three were taken for all");
    };
    assert!(error.to_string().contains("answers 503"), "{error}");
}

#[test]
fn a_layer_with_a_table_of_contents_is_not_downloaded() {
    let folder = tempfile::tempdir().unwrap();
    let case = Case::parse("f 3000000 usr/lib/big.so\nf 70 etc/x\n", Path::new("."));
    let (blob, promise) = estargz(&case.layers[0]);
    case.oci_layout(folder.path(), "app:1", |_| blob.clone());
    // The kit's layouts have no annotations: put the one that vouches for the table.
    let shop = Shop::new(folder.path()).annotated(&promise);
    let layer = shop.layers[0].clone();
    let server = Server::start({
        let shop = shop.clone();
        move |request| shop.answer(request)
    });
    let name = format!("registry:{}/x/y:1", server.host());
    let analysis = super::read(&name, &net(&[])).unwrap();
    let report = facts(&analysis);
    assert_eq!(report["layers"][0]["read"], "toc");
    let fetched = report["layers"][0]["fetched"].as_u64().unwrap();
    assert!(fetched < 100_000, "{fetched}");
    for request in server.asked(&layer) {
        assert!(request.header("range").starts_with("bytes="), "{request:?}");
    }

    let same = |report: &Value, other: &Value| {
        for field in ["stored", "live", "files", "entries", "download"] {
            assert_eq!(other["totals"][field], report["totals"][field], "{field}");
        }
    };
    // A server that knows no ranges, or takes them for an error, is read whole.
    let mut without = shop.clone();
    without.ranges = false;
    type Answer = Box<dyn Fn(&Request) -> Reply + Send + Sync>;
    let refuses = |status: u16, shop: Shop| -> Answer {
        Box::new(move |request| match request.header("range") {
            "" => shop.answer(request),
            _ => Reply::new(status, ""),
        })
    };
    let unlike: [Answer; 4] = [
        Box::new(move |request| without.answer(request)),
        refuses(400, shop.clone()),
        refuses(403, shop.clone()),
        refuses(416, shop.clone()),
    ];
    for answer in unlike {
        let server = Server::start(answer);
        let name = format!("registry:{}/x/y:1", server.host());
        let whole = facts(&super::read(&name, &net(&[])).unwrap());
        assert_eq!(whole["layers"][0]["read"], "whole");
        same(&report, &whole);
    }

    // A part that breaks off, and comes again as the whole.
    let server = Server::start(move |request| {
        let mut shop = shop.clone();
        match (request.header("range"), request.before) {
            ("", _) => shop.answer(request),
            (_, 0) => shop.answer(request).ending(End::Cut(10)),
            _ => {
                shop.ranges = request.before > 1;
                shop.answer(request)
            }
        }
    });
    let name = format!("registry:{}/x/y:1", server.host());
    let broken = facts(&super::read(&name, &net(&[])).unwrap());
    assert_eq!(broken["layers"][0]["read"], "toc");
    same(&report, &broken);
}

/// The program, where no engine runs.
fn alone(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_imgsize"))
        .args(args)
        .env("IMGSIZE_CACHE_DIR", "/dev/null/cache")
        .env("DOCKER_HOST", "unix:///nowhere/docker.sock")
        .env("CONTAINER_HOST", "unix:///nowhere/podman.sock")
        .env("IMGSIZE_CONTAINERD_ROOT", "/nowhere")
        .env("DOCKER_CONFIG", "/nowhere")
        .output()
        .unwrap()
}

#[test]
fn a_bare_name_is_looked_for_and_it_is_said_who_had_it() {
    let stage = Stage::new();
    let shop = stage.shop.clone();
    let server = Server::start(move |request| shop.answer(request));
    let name = format!("{}/x/y:1", server.host());
    let output = alone(&["report", "--json", &name]);
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        format!("using registry:{name}\n")
    );
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["image"]["source"], format!("registry:{name}"));
    assert_eq!(alone(&["report", "--quiet", &name]).stderr, b"");

    let output = alone(&["report", &format!("{}/x/y:9", server.host())]);
    assert_eq!(output.status.code(), Some(2));
    let words = String::from_utf8(output.stderr).unwrap();
    for part in [
        "docker: ",
        "podman: ",
        "containerd: ",
        "registry: ",
        "2-slim",
        "hint: ",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    let output = alone(&["report", "--source", "docker", &name]);
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(
        words.contains("not running") && !words.contains("registry"),
        "{words}"
    );
    let both = alone(&["report", "--source", "docker", &format!("registry:{name}")]);
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn a_base_is_looked_up_in_the_repository_that_was_named_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let case = |text: &str| Case::parse(text, Path::new("."));
    case("f 9 a\n---\nf 9 b").oci_layout(folder.path(), "base:1", gzip);
    let base = Shop::new(folder.path()).manifest;
    case("f 9 a\n---\nf 9 b\n---\nf 9 c").oci_layout(folder.path(), "app:1", gzip);
    let shop = Shop::new(folder.path());
    let plain: Value = serde_json::from_slice(&shop.blob(&shop.manifest).unwrap()).unwrap();
    let server = Server::start(move |request| shop.answer(request));
    for (repository, is_at_hand) in [("x/y", true), ("x/other", false)] {
        let mut manifest = plain.clone();
        manifest["annotations"] = serde_json::json!({
            "org.opencontainers.image.base.name": format!("{}/{repository}:base", server.host()),
            "org.opencontainers.image.base.digest": base,
        });
        let digest = Digest::sha256(manifest.to_string().as_bytes());
        let blobs = folder.path().join("blobs/sha256");
        std::fs::write(blobs.join(digest.hex()), manifest.to_string()).unwrap();
        let before = server.log().len();
        let origin = Origin::parse(&format!("registry:{}/x/y@{digest}", server.host()));
        let Ok(Opened::Image(image)) = open(&origin, &Choice::default(), &net(&[])) else {
            panic!("it is there");
        };
        let told = imgsize::base::outline(image.info(), None);
        let layers = if is_at_hand { 2 } else { 0 };
        assert_eq!(told.layers, layers, "{repository}");
        // Manifest and config of the image, and at most of the base.
        let asked = server.log().len() - before;
        assert_eq!(asked, if is_at_hand { 4 } else { 2 }, "{repository}");
    }
}

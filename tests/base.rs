//! One image on one base, told in every way that there is: `--base`, annotations,
//! attested provenance, the history.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use imgsize::digest::Digest;
use imgsize::testkit::{Case, gzip};
use serde_json::{Value, json};

/// Two layers of a base with one package each, and two of an app.
const IMAGE: &str = "
t etc/os-release os.txt
t var/lib/dpkg/status one.txt
t var/lib/dpkg/info/one.list one.list
f 100 usr/bin/one
---
t var/lib/dpkg/status two.txt
t var/lib/dpkg/info/two.list two.list
f 200 usr/bin/two
---
t var/lib/dpkg/status three.txt
t var/lib/dpkg/info/three.list three.list
f 400 usr/bin/three
---
f 800 app/main.py
";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// The words of python:3.11-slim, and none that anybody knows.
const KNOWN: [(&str, bool); 7] = [
    (
        "# debian.sh --arch 'amd64' out/ 'bookworm' '@1785715200'",
        true,
    ),
    ("ENV PYTHON_VERSION=3.11.9", false),
    ("RUN /bin/sh -c make python # buildkit", true),
    ("CMD [\"python3\"]", false),
    ("RUN /bin/sh -c apt-get install three # buildkit", true),
    ("COPY . /app # buildkit", true),
    ("CMD [\"python3\" \"/app/main.py\"]", false),
];

struct Layout {
    folder: tempfile::TempDir,
    layers: Vec<Vec<u8>>,
    is_known: bool,
}

impl Layout {
    fn new(is_known: bool) -> Layout {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("text");
        fs::create_dir_all(folder.path().join("blobs/sha256")).unwrap();
        fs::create_dir(&text).unwrap();
        let os = "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n\
                  PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n";
        fs::write(text.join("os.txt"), os).unwrap();
        let mut status = String::new();
        for name in ["one", "two", "three"] {
            status += &format!(
                "Package: {name}\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n"
            );
            fs::write(text.join(format!("{name}.txt")), &status).unwrap();
            let list = format!("/usr/bin/{name}\n");
            fs::write(text.join(format!("{name}.list")), list).unwrap();
        }
        let layers = Case::parse(IMAGE, &text).layers;
        fs::write(
            folder.path().join("oci-layout"),
            r#"{"imageLayoutVersion":"1.0.0"}"#,
        )
        .unwrap();
        Layout {
            folder,
            layers,
            is_known,
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn blob(&self, media_type: &str, bytes: &[u8]) -> Value {
        let digest = Digest::sha256(bytes);
        fs::write(self.path().join("blobs/sha256").join(digest.hex()), bytes).unwrap();
        json!({"mediaType": media_type, "digest": digest.to_string(), "size": bytes.len()})
    }

    fn document(&self, media_type: &str, document: &Value) -> Value {
        self.blob(media_type, document.to_string().as_bytes())
    }

    fn layer(&self, no: usize) -> Value {
        self.blob(
            "application/vnd.oci.image.layer.v1.tar+gzip",
            &gzip(&self.layers[no]),
        )
    }

    /// An image of the first so many layers; its manifest's descriptor.
    fn image(&self, count: usize, annotations: &Value, labels: &Value) -> Value {
        let layers: Vec<Value> = (0..count).map(|no| self.layer(no)).collect();
        let diff_ids = self.layers[..count]
            .iter()
            .map(|tar| Digest::sha256(tar).to_string());
        let mut left = count;
        let mut history = Vec::new();
        for (created_by, has_layer) in KNOWN {
            if left == 0 && has_layer {
                break;
            }
            left -= usize::from(has_layer);
            let created_by = match (self.is_known, has_layer) {
                (true, _) => created_by,
                (false, true) => "RUN x",
                (false, false) => continue,
            };
            history.push(json!({"created_by": created_by, "empty_layer": !has_layer}));
        }
        let config = json!({
            "os": "linux", "architecture": "amd64", "config": {"Labels": labels},
            "rootfs": {"type": "layers", "diff_ids": diff_ids.collect::<Vec<_>>()},
            "history": history,
        });
        let config = self.document("application/vnd.oci.image.config.v1+json", &config);
        let manifest = json!({
            "schemaVersion": 2, "config": config, "layers": layers, "annotations": annotations,
        });
        let mut descriptor = self.document(MANIFEST, &manifest);
        descriptor["platform"] = json!({"os": "linux", "architecture": "amd64"});
        descriptor
    }

    /// What BuildKit attests of an image: its statement, as it is stored.
    fn attestation(&self, about: &Value, statement: &[u8]) -> Value {
        let mut blob = self.blob("application/vnd.in-toto+json", statement);
        let kind = "https://slsa.dev/provenance/v1";
        blob["annotations"] = json!({"in-toto.io/predicate-type": kind});
        let config = self.document(
            "application/vnd.docker.attestation.config.v1+json",
            &json!({}),
        );
        let manifest = json!({"schemaVersion": 2, "config": config, "layers": [blob]});
        let mut descriptor = self.document(MANIFEST, &manifest);
        descriptor["platform"] = json!({"os": "unknown", "architecture": "unknown"});
        descriptor["annotations"] = json!({
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": about["digest"],
        });
        descriptor
    }

    fn index(&self, manifests: &[Value]) -> Value {
        self.document(INDEX, &json!({"schemaVersion": 2, "manifests": manifests}))
    }

    /// Tags an image as `app`, and names the layout's folder with it.
    fn tag(&self, descriptor: &Value) -> String {
        let mut descriptor = descriptor.clone();
        descriptor["annotations"] = json!({"org.opencontainers.image.ref.name": "app"});
        let index = json!({"schemaVersion": 2, "manifests": [descriptor]});
        fs::write(self.path().join("index.json"), index.to_string()).unwrap();
        format!("oci:{}:app", self.path().display())
    }
}

fn imgsize(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_imgsize"))
        .args(args)
        .env("IMGSIZE_CACHE_DIR", "/dev/null/cache")
        .output()
        .unwrap()
}

fn report(args: &[&str]) -> Value {
    let output = imgsize(&[&["report", "--json"], args].concat());
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    if report["quick"] != true {
        common::law("base", &report);
    }
    report
}

/// The words on the base, and which packages count as the base's.
fn told(report: &Value) -> (String, Vec<String>) {
    let base = &report["image"]["base"];
    let text = |field: &str| base[field].as_str().unwrap_or("-").to_owned();
    assert_eq!(report["image"]["base_evidence"], base["evidence"]);
    let words = format!(
        "{} {} {} {}",
        base["layers"],
        text("evidence"),
        text("confidence"),
        text("name")
    );
    let packages = report["packages"].as_array().cloned().unwrap_or_default();
    let mut packages: Vec<String> = packages
        .iter()
        .filter(|row| row["category"] == "base-os")
        .map(|row| row["name"].as_str().unwrap().to_owned())
        .collect();
    packages.sort();
    (words, packages)
}

/// Who says what and how sure, where the base are both packages.
fn split(words: &str) -> (String, Vec<String>) {
    (words.to_owned(), vec!["one".to_owned(), "two".to_owned()])
}

fn none() -> Value {
    json!({})
}

#[test]
fn without_evidence_the_base_is_the_layer_with_the_system() {
    let layout = Layout::new(false);
    let image = layout.tag(&layout.image(4, &none(), &none()));
    let only_one = (
        "1 os-in-first-layer low -".to_owned(),
        vec!["one".to_owned()],
    );
    let report = report(&[&image]);
    assert_eq!(told(&report), only_one);
    assert_eq!(
        report["image"]["base"]["os"],
        "Debian GNU/Linux 12 (bookworm)"
    );
}

#[test]
fn with_a_base_that_the_user_names() {
    let (layout, below) = (Layout::new(false), Layout::new(false));
    let image = layout.tag(&layout.image(4, &none(), &none()));
    let base = below.tag(&below.image(2, &none(), &none()));
    // Of the base no layer is read: they need not be there.
    for no in 0..2 {
        let digest = Digest::sha256(&gzip(&below.layers[no]));
        fs::write(
            below.path().join("blobs/sha256").join(digest.hex()),
            vec![0; gzip(&below.layers[no]).len()],
        )
        .unwrap();
    }
    let plain = report(&[&image]);
    let given = report(&[&image, "--base", &base]);
    assert_eq!(told(&given), split("2 given exact app"));
    let quick = report(&[&image, "--base", &base, "--quick"]);
    assert_eq!(told(&quick).0, "2 given exact app");
    let every = report_all(&image, &base);
    assert_eq!(told(&every["platforms"][0]), split("2 given exact app"));
    // A finished report is for whoever asks the same.
    let cache = tempfile::tempdir().unwrap();
    let cache = cache.path().to_str().unwrap();
    for _ in 0..2 {
        assert_eq!(
            report(&[&image, "--cache-dir", cache])["image"],
            plain["image"]
        );
        let again = report(&[&image, "--cache-dir", cache, "--base", &base]);
        assert_eq!(again["image"], given["image"]);
    }
}

fn report_all(image: &str, base: &str) -> Value {
    let args = [
        "report",
        "--json",
        image,
        "--base",
        base,
        "--platform",
        "all",
    ];
    let output = imgsize(&args);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_base_that_is_none_is_an_error() {
    let (layout, below) = (Layout::new(false), Layout::new(false));
    let image = layout.tag(&layout.image(2, &none(), &none()));
    let base = below.tag(&below.image(4, &none(), &none()));
    let missing = PathBuf::from("no/such/base.tar").display().to_string();
    for (base, words) in [
        (
            &*base,
            "`app` is not the base of this image: it has 4 layers and goes on",
        ),
        (&*missing, "cannot look at the base no/such/base.tar"),
        ("-", "save it to a file"),
    ] {
        for args in [&["--json"][..], &["--quick"], &["--platform", "all"]] {
            let output = imgsize(&[&["report", &*image, "--base", base], args].concat());
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{errors}");
            assert!(
                errors.contains(words) && errors.contains("hint: "),
                "{errors}"
            );
            assert!(output.stdout.is_empty());
        }
    }
}

fn stands_on(name: &str, base: &Value) -> Value {
    json!({
        "org.opencontainers.image.base.name": name,
        "org.opencontainers.image.base.digest": base["digest"],
    })
}

#[test]
fn with_annotations() {
    let name = "docker.io/library/python:3.11-slim";
    // The base lies beside the image; also below an index, as most are.
    for is_index in [false, true] {
        let layout = Layout::new(false);
        let mut base = layout.image(2, &none(), &none());
        if is_index {
            base = layout.index(&[base]);
        }
        let image = layout.tag(&layout.image(4, &stands_on(name, &base), &none()));
        assert_eq!(
            told(&report(&[&image])),
            split("2 annotation exact python:3.11-slim")
        );
        let quick = report(&[&image, "--quick"]);
        assert_eq!(told(&quick).0, "2 annotation exact python:3.11-slim");
        assert_eq!(quick["image"]["base"]["digest"], base["digest"]);
        // The index over the image may say it instead.
        let plain = layout.image(4, &none(), &none());
        let index = json!({
            "schemaVersion": 2, "manifests": [plain], "annotations": stands_on(name, &base),
        });
        let image = layout.tag(&layout.document(INDEX, &index));
        assert_eq!(
            told(&report(&[&image])),
            split("2 annotation exact python:3.11-slim")
        );
        // A label is inherited, and so less sure.
        let image = layout.tag(&layout.image(4, &none(), &stands_on(name, &base)));
        assert_eq!(
            told(&report(&[&image])),
            split("2 label medium python:3.11-slim")
        );
    }
    // It does not: the annotation gives the name, the history the end.
    let layout = Layout::new(true);
    let gone = json!({"digest": Digest::sha256(b"gone").to_string()});
    let image = layout.tag(&layout.image(4, &stands_on(name, &gone), &none()));
    let report = report(&[&image]);
    assert_eq!(told(&report), split("2 history medium python:3.11-slim"));
    assert_eq!(report["image"]["base"]["name_evidence"], "annotation");
}

/// `FROM python:3.11-slim`, `RUN`, `COPY`: as the documents of BuildKit have it.
fn statement(layout: &Layout, is_max: bool) -> Value {
    let sha = "3".repeat(64);
    let layers: Vec<Value> = (0..4).map(|no| layout.layer(no)).collect();
    let mut definition = json!({
        "resolvedDependencies": [
            {"uri": "pkg:docker/docker/dockerfile@1", "digest": {"sha256": "4".repeat(64)}},
            {"uri": "pkg:docker/python@3.11-slim?platform=linux%2Famd64", "digest": {"sha256": sha}},
        ],
    });
    let mut metadata = json!({});
    if is_max {
        let source = format!("docker-image://docker.io/library/python:3.11-slim@sha256:{sha}");
        let mount = json!([{"input": 0, "dest": "/", "output": 0}]);
        let actions = json!([{"input": 0, "secondaryInput": 1, "output": 0}]);
        definition["internalParameters"]["buildConfig"]["llbDefinition"] = json!([
            {"id": "step0", "op": {"Op": {"source": {"identifier": source}}}},
            {"id": "step1", "op": {"Op": {"source": {"identifier": "local://context"}}}},
            {"id": "step2", "op": {"Op": {"exec": {"mounts": mount}}}, "inputs": ["step0:0"]},
            {"id": "step3", "op": {"Op": {"file": {"actions": actions}}}, "inputs": ["step2:0", "step1:0"]},
            {"id": "step4", "op": {"Op": null}, "inputs": ["step3:0"]},
        ]);
        metadata = json!({"buildkit_metadata": {"layers": {
            "step0:0": [layers[..2]], "step3:0": [layers],
        }}});
    }
    json!({
        "_type": "https://in-toto.io/Statement/v0.1",
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {"buildDefinition": definition, "runDetails": {"metadata": metadata}},
    })
}

#[test]
fn with_attested_provenance() {
    let attested = |layout: &Layout, statement: &[u8]| {
        let image = layout.image(4, &none(), &none());
        let attestation = layout.attestation(&image, statement);
        layout.tag(&layout.index(&[image, attestation]))
    };
    let layout = Layout::new(false);
    let max = statement(&layout, true).to_string();
    let image = attested(&layout, max.as_bytes());
    assert_eq!(
        told(&report(&[&image])),
        split("2 provenance high python:3.11-slim")
    );
    assert_eq!(
        told(&report(&[&image, "--quick"])).0,
        "2 provenance high python:3.11-slim"
    );
    let every = report(&[&image, "--quick"]);
    assert_eq!(every["layers"].as_array().unwrap().len(), 4);
    // mode=min tells a name, and the history the end.
    let layout = Layout::new(true);
    let image = attested(&layout, statement(&layout, false).to_string().as_bytes());
    assert_eq!(
        told(&report(&[&image])),
        split("2 history medium python:3.11-slim")
    );
    // What cannot be read is said and does no harm; what is not there is usual.
    for broken in ["", "[]", &max[..max.len() / 2]] {
        let image = attested(&layout, broken.as_bytes());
        let report = report(&[&image]);
        assert_eq!(told(&report), split("2 history medium python:3.11.9-slim"));
        assert_eq!(report["warnings"][0]["code"], "attestation-unusable");
    }
    let gone = Digest::sha256(max.as_bytes());
    let image = attested(&layout, max.as_bytes());
    fs::remove_file(layout.path().join("blobs/sha256").join(gone.hex())).unwrap();
    let report = report(&[&image]);
    assert_eq!(told(&report), split("2 history medium python:3.11.9-slim"));
    assert_eq!(report["warnings"], json!([]));
}

#[test]
fn what_a_layout_beside_an_engines_list_tells() {
    let layout = Layout::new(false);
    let image = layout.image(4, &none(), &none());
    let max = statement(&layout, true).to_string();
    let attestation = layout.attestation(&image, max.as_bytes());
    layout.tag(&layout.index(&[image.clone(), attestation]));
    let blob = |digest: &Value| format!("blobs/{}", digest.as_str().unwrap().replace(':', "/"));
    let manifest = fs::read(layout.path().join(blob(&image["digest"]))).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let layers = manifest["layers"].as_array().unwrap();
    let layers: Vec<String> = layers.iter().map(|layer| blob(&layer["digest"])).collect();
    let list = json!([{
        "Config": blob(&manifest["config"]["digest"]), "RepoTags": ["app:1"], "Layers": layers,
    }]);
    fs::write(layout.path().join("manifest.json"), list.to_string()).unwrap();
    let report = report(&[layout.path().to_str().unwrap()]);
    assert_eq!(told(&report), split("2 provenance high python:3.11-slim"));
    assert!(
        report["image"]["source"]
            .as_str()
            .unwrap()
            .starts_with("docker-archive:")
    );
}

#[test]
fn with_the_history_only() {
    let layout = Layout::new(true);
    let image = layout.tag(&layout.image(4, &none(), &none()));
    assert_eq!(
        told(&report(&[&image])),
        split("2 history medium python:3.11.9-slim")
    );
    let output = imgsize(&["report", &image]);
    let table = String::from_utf8(output.stdout).unwrap();
    let line = table
        .lines()
        .find(|line| line.starts_with("base: "))
        .unwrap();
    assert!(
        line.starts_with(
            "base: python:3.11.9-slim on Debian GNU/Linux 12 (bookworm), layers 0-1, "
        ),
        "{line}"
    );
    assert!(line.ends_with(" (history, medium)"), "{line}");
}

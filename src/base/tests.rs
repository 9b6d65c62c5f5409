use super::*;
use crate::source::{Provenance, Start, Step};
use crate::testkit::{Case, plain};
use std::path::Path;

const MINUTE: i64 = 60_000_000_000;
/// 2024, in nanoseconds.
const NOW: i64 = 1_704_067_200_000_000_000;

/// A history: `L` before what leaves a layer, `-` before what does not, `+30` for so
/// many minutes later.
fn image(history: &str) -> ImageInfo {
    let mut steps = Vec::new();
    let mut time = NOW;
    for line in history
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        if let Some(minutes) = line.strip_prefix('+') {
            time += minutes.parse::<i64>().unwrap() * MINUTE;
            continue;
        }
        let (kind, created_by) = line.split_once(' ').unwrap();
        time += 1;
        steps.push(Step {
            created_by: created_by.to_owned(),
            has_layer: kind == "L",
            created: Some(time),
            comment: String::new(),
        });
    }
    let count = steps.iter().filter(|step| step.has_layer).count();
    let files: Vec<String> = (0..count).map(|no| format!("f 9 file{no}\n")).collect();
    let mut info = Case::parse(&files.join("---\n"), Path::new("."))
        .image(plain)
        .info;
    info.steps = steps;
    info
}

fn told(info: &ImageInfo) -> (LayerNo, &'static str, &'static str, Option<String>) {
    let base = outline(info, None);
    let confidence = base.confidence.map_or("", Confidence::name);
    (base.layers, base.evidence.name(), confidence, base.name)
}

const DEBIAN: &str = "L # debian.sh --arch 'amd64' out/ 'bookworm' '@1785715200'\n";
const PYTHON: &str = r#"
    - ENV PATH=/usr/local/bin:/usr/local/sbin
    L RUN /bin/sh -c set -eux; 	apt-get update; apt-get install -y --no-install-recommends ca-certificates netbase tzdata # buildkit
    - ENV GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D
    - ENV PYTHON_VERSION=3.11.9
    - ENV PYTHON_SHA256=abc
    L RUN /bin/sh -c set -eux; wget -O python.tar.xz # buildkit
    L RUN /bin/sh -c set -eux; for src in idle3 pip3 pydoc3 python3 python3-config; do ln -s; done # buildkit
    - CMD ["python3"]
"#;
const APP: &str = r#"
    L WORKDIR /app
    L COPY . . # buildkit
    - CMD ["python3" "app.py"]
"#;

fn history(parts: &[&str]) -> ImageInfo {
    image(&parts.join("\n"))
}

#[test]
fn a_known_image_ends_with_its_last_words() {
    let name = |name: &str| Some(name.to_owned());
    let python = history(&[DEBIAN, "+500", PYTHON, "+500", APP]);
    assert_eq!(
        told(&python),
        (4, "history", "medium", name("python:3.11.9-slim"))
    );
    // The image itself stands on what is below.
    let alone = history(&[DEBIAN, "+500", PYTHON]);
    assert_eq!(told(&alone), (1, "history", "medium", name("debian")));
    let nginx = r#"
        L /bin/sh -c #(nop) ADD file:3b4f in /
        - /bin/sh -c #(nop)  CMD ["/bin/sh"]
        - ENV NGINX_VERSION=1.27.0
        L RUN /bin/sh -c set -x && addgroup -g 101 -S nginx # buildkit
        L COPY docker-entrypoint.sh / # buildkit
        - ENTRYPOINT ["/docker-entrypoint.sh"]
        - CMD ["nginx", "-g", "daemon off;"]
        - ENV NJS_VERSION=0.8.4
        L RUN /bin/sh -c set -x && nginxPackages="nginx-module-njs" # buildkit
        L COPY dist /usr/share/nginx/html
    "#;
    // What comes behind the CMD of nginx:alpine-slim is nginx:alpine.
    assert_eq!(
        told(&image(nginx)),
        (4, "history", "medium", name("nginx:1.27.0"))
    );
}

#[test]
fn every_family_is_found_by_its_own_words() {
    let word = |mark: &families::Mark| match mark {
        families::Mark::Is(text) | families::Mark::Begins(text) | families::Mark::Holds(text) => {
            Some((*text).to_owned())
        }
        families::Mark::Says(_) => None,
    };
    for family in families::FAMILIES {
        let open = family.opens.iter().find_map(word).unwrap();
        let close = family.closes.iter().find_map(word);
        let close = close.map_or(String::new(), |close| format!("- {close}\n"));
        let info = history(&[&format!("L {open}\n{close}"), "+50", "L COPY . /app"]);
        assert_eq!(told(&info).0, 1, "{} {open}", family.name);
        let whole = history(&["L COPY . /app", "L RUN make", "- CMD [\"x\"]"]);
        assert_eq!(told(&whole).0, 0);
    }
}

#[test]
fn a_base_of_ones_own_on_a_known_one_goes_further() {
    let own = "L RUN install-company-certificates\n- CMD [\"company\"]";
    let far = history(&[DEBIAN, "+500", PYTHON, "+500", own, "+500", APP]);
    assert_eq!(told(&far), (5, "history", "medium", None));
    // In one go it may be a Dockerfile that says CMD twice.
    let near = history(&[DEBIAN, "+500", PYTHON, "+500", own, APP]);
    assert_eq!(told(&near).0, 4);
}

#[test]
fn unknown_bases_end_at_a_cmd_or_a_gap() {
    let base = "L ADD x.tar /\n- CMD [\"x\"]";
    assert_eq!(
        told(&history(&[base, "+500", APP])),
        (1, "history", "medium", None)
    );
    assert_eq!(told(&history(&[base, APP])), (1, "history", "low", None));
    let mute = "L ADD x.tar /\nL RUN y";
    assert_eq!(
        told(&history(&[mute, "+500", APP])),
        (2, "history", "low", None)
    );
    assert_eq!(told(&history(&[mute, APP])), (0, "none", "", None));
    assert_eq!(told(&history(&[mute])), (0, "none", "", None));
    // Times that are made up tell of no gap, and neither do those that go back.
    let mut same = history(&[mute, "+500", APP]);
    same.steps
        .iter_mut()
        .for_each(|step| step.created = Some(0));
    assert_eq!(told(&same).0, 0);
    assert_eq!(told(&history(&[mute, "+-500", APP])).0, 0);
}

#[test]
fn what_was_built_at_one_time_belongs_together() {
    let more = "L RUN something-that-no-table-knows";
    let mut info = history(&[DEBIAN, PYTHON, more, "+500", APP]);
    let count = info.steps.len() - 3;
    info.steps[..count]
        .iter_mut()
        .for_each(|step| step.created = Some(NOW));
    assert_eq!(told(&info).0, 5);
    info.steps
        .iter_mut()
        .for_each(|step| step.created = Some(NOW));
    assert_eq!(told(&info).0, 4);
}

#[test]
fn tools_without_dockerfiles_sign_what_is_not_the_base() {
    let info = history(&[
        "L COPY a /\nL RUN b",
        "L jib-maven-plugin:3.4.0\nL jib-maven-plugin:3.4.0",
    ]);
    assert_eq!(told(&info), (2, "history", "medium", None));
    assert_eq!(told(&history(&["L jib-core:0.27.0"])).0, 0);
}

fn named(name: &str, stated: Stated, diff_ids: Option<&[Digest]>) -> BaseName {
    BaseName {
        name: name.to_owned(),
        digest: Some(Digest::sha256(b"base")),
        stated,
        diff_ids: diff_ids.map(<[Digest]>::to_vec),
    }
}

fn diff_ids(info: &ImageInfo) -> Vec<Digest> {
    info.layers
        .iter()
        .filter_map(|layer| layer.diff_id)
        .collect()
}

#[test]
fn an_annotation_tells_the_name_and_its_layers_the_end() {
    let mut info = history(&[DEBIAN, "+500", PYTHON, "+500", APP]);
    let all = diff_ids(&info);
    let slim = "docker.io/library/python:3.11-slim";
    info.base = Some(named(slim, Stated::Annotation, Some(&all[..3])));
    let name = Some("python:3.11-slim".to_owned());
    assert_eq!(told(&info), (3, "annotation", "exact", name.clone()));
    // Without them the history has to do, under the annotation's name.
    for strange in [None, Some(&all[1..3]), Some(&[][..])] {
        info.base = Some(named(slim, Stated::Annotation, strange));
        assert_eq!(told(&info), (4, "history", "medium", name.clone()));
        let base = outline(&info, None);
        assert_eq!(base.named_by, Evidence::Annotation);
        assert_eq!(base.digest, Some(Digest::sha256(b"base")));
    }
}

#[test]
fn a_label_may_be_the_bases_own() {
    let mut info = history(&[DEBIAN, "+500", PYTHON, "+500", APP]);
    let all = diff_ids(&info);
    // python's maker said that it stands on Debian, and its children inherited that.
    info.base = Some(named("debian:bookworm", Stated::Label, Some(&all[..1])));
    let name = Some("python:3.11.9-slim".to_owned());
    assert_eq!(told(&info), (4, "history", "medium", name));
    let mut unknown = history(&["L a", "L b", "L c"]);
    let all = diff_ids(&unknown);
    unknown.base = Some(named("ghcr.io/me/base", Stated::Label, Some(&all[..2])));
    let name = Some("ghcr.io/me/base".to_owned());
    assert_eq!(told(&unknown), (2, "label", "medium", name));
}

#[test]
fn buildpacks_write_the_last_layer_down() {
    let mut info = history(&["L a", "L b", "L c"]);
    let top = diff_ids(&info)[1];
    let digest = Digest::sha256(b"run");
    let label = format!(
        r#"{{"app":[],"runImage":{{"topLayer":"{top}","reference":"docker.io/paketobuildpacks/run@{digest}"}},
            "stack":{{"runImage":{{"image":"docker.io/paketobuildpacks/run:base"}}}}}}"#
    );
    let set = |info: &mut ImageInfo, label: &str| {
        let labels = &mut info.config.labels;
        labels.insert(
            "io.buildpacks.lifecycle.metadata".to_owned(),
            label.to_owned(),
        );
    };
    set(&mut info, &label);
    let name = Some("paketobuildpacks/run:base".to_owned());
    assert_eq!(told(&info), (2, "buildpacks", "exact", name));
    assert_eq!(outline(&info, None).digest, Some(digest));
    for nonsense in [
        "",
        "[]",
        "{}",
        r#"{"runImage":{"topLayer":"x"}}"#,
        &label[..40],
    ] {
        set(&mut info, nonsense);
        assert_eq!(told(&info).1, "none", "{nonsense}");
    }
}

fn provenance(images: Vec<BaseName>, start: Option<Start>) -> Option<Provenance> {
    Some(Provenance { images, start })
}

#[test]
fn provenance_tells_layers_or_at_least_a_name() {
    let mut info = history(&[DEBIAN, "+500", PYTHON, "+500", APP]);
    let blobs: Vec<Digest> = info
        .layers
        .iter()
        .filter_map(|layer| layer.digest)
        .collect();
    let python = || {
        named(
            "docker.io/library/python:3.11-slim",
            Stated::Provenance,
            None,
        )
    };
    let golang = || named("golang:1.23", Stated::Provenance, None);
    let start = |layers: &[Digest]| {
        Some(Start {
            image: Some(python()),
            layers: Some(layers.to_vec()),
        })
    };
    let name = Some("python:3.11-slim".to_owned());
    let mut told_by = |provenance: Option<Provenance>| {
        info.provenance = provenance;
        told(&info)
    };
    let max = told_by(provenance(vec![golang(), python()], start(&blobs[..3])));
    assert_eq!(max, (3, "provenance", "high", name.clone()));
    // Packed anew.
    let anew = told_by(provenance(vec![], start(&blobs[1..4])));
    assert_eq!(anew, (3, "provenance", "medium", name.clone()));
    let many = [&blobs[..], &blobs[..]].concat();
    assert_eq!(told_by(provenance(vec![], start(&many))).1, "history");
    // mode=min: the only one, or the one of the family that the history tells of.
    for images in [
        vec![python()],
        vec![golang(), python()],
        vec![python(), python()],
    ] {
        let min = told_by(provenance(images, None));
        assert_eq!(min, (4, "history", "medium", name.clone()));
    }
    let other = named("python:3.12", Stated::Provenance, None);
    let unsure = told_by(provenance(vec![other, python()], None));
    assert_eq!(unsure.3.as_deref(), Some("python:3.11.9-slim"));
}

#[test]
fn from_scratch_only_a_system_is_a_base() {
    let scratch = || {
        provenance(
            vec![],
            Some(Start {
                image: None,
                layers: None,
            }),
        )
    };
    let mut info = history(&["L COPY a /", "- CMD [\"a\"]", "+500", "L COPY b /"]);
    assert_eq!(told(&info).0, 1);
    info.provenance = scratch();
    assert_eq!(told(&info).0, 0);
    let mut alpine = history(&[
        "L ADD alpine-minirootfs-3.20.0-x86_64.tar.gz / # buildkit",
        "- CMD [\"/bin/sh\"]",
    ]);
    alpine.provenance = scratch();
    assert_eq!(
        told(&alpine),
        (1, "history", "medium", Some("alpine".to_owned()))
    );
}

#[test]
fn a_base_that_is_given_must_be_one() {
    let info = history(&["L a", "L b", "L c"]);
    let mut base = info.clone();
    base.layers.truncate(2);
    base.name = "docker.io/library/base:1".to_owned();
    let given = outline(&info, Some(&Known::of(&base)));
    assert_eq!((given.layers, given.evidence), (2, Evidence::Given));
    assert_eq!(given.name.as_deref(), Some("base:1"));
    assert_eq!(given.confidence, Some(Confidence::Exact));
    let why = |base: &ImageInfo| Known::of(base).fit(&info).unwrap_err().to_string();
    base.layers[1].diff_id = Some(Digest::sha256(b"other"));
    insta::assert_snapshot!(why(&base), @"`docker.io/library/base:1` is not the base of this image: layer 1 of the base's 2 is another one here, the 1 below it agrees; the blobs are the same, so that one of the configs is wrong");
    // By their blobs, where a config is not known.
    base.layers[1].diff_id = None;
    assert_eq!(Known::of(&base).fit(&info), Ok(2));
    base.layers[0].diff_id = Some(Digest::sha256(b"other"));
    base.layers[0].digest = None;
    insta::assert_snapshot!(why(&base), @"`docker.io/library/base:1` is not the base of this image: layer 0 of the base's 2 is another one here");
    let mut longer = info.clone();
    longer.layers.push(info.layers[0].clone());
    insta::assert_snapshot!(why(&longer), @"`case` is not the base of this image: it has 4 layers and goes on where the image ends, at its 3");
    longer.layers.clear();
    assert!(Known::of(&longer).fit(&info).is_err());
    assert_ne!(Known::of(&longer).key(), Known::of(&info).key());
}

#[test]
fn names_are_written_as_people_write_them() {
    for (name, wanted) in [
        ("docker.io/library/python:3.11-slim", "python:3.11-slim"),
        ("docker.io/me/app", "me/app"),
        ("debian:latest", "debian:latest"),
        ("localhost/base:latest", "localhost/base:latest"),
        ("ghcr.io/a/b", "ghcr.io/a/b"),
        ("No Name", "No Name"),
    ] {
        assert_eq!(familiar(name), wanted);
    }
    assert_eq!(family_of("ghcr.io:443/a/python:3@sha256:00"), "python");
}

#[test]
fn hostile_histories_take_no_time_and_harm_nothing() {
    let mut info = history(&["L a"]);
    let step = |created_by: String, created| Step {
        created_by,
        has_layer: true,
        created,
        comment: "debuerreotype".repeat(100),
    };
    info.steps = (0..2000)
        .map(|no| {
            step(
                "CMD [\"bash\"] # debian.sh ".repeat(200),
                Some(if no % 2 == 0 { i64::MIN } else { i64::MAX }),
            )
        })
        .collect();
    told(&info);
    info.steps = (0..70_000).map(|_| step(String::new(), None)).collect();
    told(&info);
}

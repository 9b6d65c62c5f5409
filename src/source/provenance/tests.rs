use super::*;

fn told(name: &str, own: &[&str]) -> Provenance {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/base/");
    let json = std::fs::read(format!("{folder}{name}.json")).unwrap();
    let own: Vec<_> = own.iter().map(|digit| Some(digest(digit))).collect();
    parse::<Statement>(name, &json)
        .unwrap()
        .predicate
        .told(&own)
}

fn digest(digit: &str) -> Digest {
    format!("sha256:{}", digit.repeat(64)).parse().unwrap()
}

fn image(name: &str, digit: &str) -> BaseName {
    BaseName {
        name: name.to_owned(),
        digest: Some(digest(digit)),
        stated: Stated::Provenance,
        diff_ids: None,
    }
}

#[test]
fn the_base_is_what_the_last_stage_starts_from() {
    let of = |digits: &[&str]| Some(digits.iter().map(|digit| digest(digit)).collect::<Vec<_>>());
    let told = |name, own: &[&str]| told(name, own).start.unwrap();
    // Of two ways to store the base the image's own; a mount is no parent.
    let static_ = told("max-v02", &["b", "d"]);
    assert_eq!(static_.image, Some(image("gcr.io/distroless/static", "2")));
    assert_eq!(static_.layers, of(&["b"]));
    assert_eq!(told("max-v02", &["f"]).layers, of(&["a"]));
    let python = told("max-v1", &["a", "b", "c", "d"]);
    assert_eq!(
        python.image,
        Some(image("docker.io/library/python:3.11-slim", "3"))
    );
    assert_eq!(python.layers, of(&["a", "b"]));
    // What is copied from is no parent either.
    let scratch = told("scratch-v1", &["a"]);
    assert_eq!((scratch.image, scratch.layers), (None, None));
}

#[test]
fn materials_are_images_and_no_frontends() {
    let images = |name| told(name, &[]).images;
    assert_eq!(
        images("max-v02"),
        [image("ubuntu", "1"), image("gcr.io/distroless/static", "2")]
    );
    assert_eq!(images("max-v1"), [image("python:3.11-slim", "3")]);
    let min = told("min-v1", &[]);
    assert_eq!(
        min.images,
        [image(
            "registry.example.org:5000/team/python:3.11-slim",
            "3"
        )]
    );
    assert_eq!(min.start, None);
}

#[test]
fn steps_that_lead_nowhere_tell_nothing() {
    let start = |steps: &str| {
        let config: BuildConfig = parse("x", steps.as_bytes()).unwrap();
        config.start().map(|step| step.is_some())
    };
    for (steps, wanted) in [
        (r#"{}"#, None),
        (
            r#"{"llbDefinition":[{"id":"a","op":null,"inputs":["a:0"]}]}"#,
            None,
        ),
        (
            r#"{"llbDefinition":[{"id":"a","inputs":["b:0"]},{"id":"b","inputs":["a:0"]}]}"#,
            None,
        ),
        (
            r#"{"llbDefinition":[{"id":"a","inputs":["gone:0"]}]}"#,
            None,
        ),
        (r#"{"llbDefinition":[{"id":"a","inputs":["a"]}]}"#, None),
        (r#"{"llbDefinition":[{"id":"a","inputs":[]}]}"#, None),
        // An action on itself, and on one that is not there.
        (
            r#"{"llbDefinition":[{"op":{"Op":{"file":{"actions":[{"input":0}]}}}}]}"#,
            None,
        ),
        (
            r#"{"llbDefinition":[{"op":{"Op":{"file":{"actions":[{"input":9223372036854775807}]}}}}]}"#,
            None,
        ),
        (
            r#"{"llbDefinition":[{"op":{"Op":{"file":{"actions":[]}}}}]}"#,
            None,
        ),
        (
            r#"{"llbDefinition":[{"op":{"Op":{"exec":{"mounts":[{"input":-9,"output":0}]}}}}]}"#,
            Some(false),
        ),
        (
            r#"{"llbDefinition":[{"op":{"Op":{"file":{"actions":[{"input":-1},{"input":0}]}}}}]}"#,
            Some(false),
        ),
        (
            r#"{"llbDefinition":[{"op":{"Op":{"source":{}}}}]}"#,
            Some(true),
        ),
    ] {
        assert_eq!(start(steps), wanted, "{steps}");
    }
}

#[test]
fn truncated_statements_are_errors_and_no_more() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/base/");
    let json = std::fs::read(format!("{folder}max-v1.json")).unwrap();
    let end = json.len() - 2;
    for cut in (0..end).step_by(17) {
        assert!(parse::<Statement>("x", &json[..cut]).is_err());
        let mut json = json.clone();
        json[cut] = b'0';
        if let Ok(statement) = parse::<Statement>("x", &json) {
            statement.predicate.told(&[]);
        }
    }
    assert_eq!(plain("a%2Fb%3a%"), "a/b:%");
    assert_eq!(plain("%zz%2"), "%zz%2");
}

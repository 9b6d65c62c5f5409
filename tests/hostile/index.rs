//! Indexes that are deep, long, or lists of each other (cases 20 and 21).

use imgsize::digest::Digest;
use serde_json::{Value, json};

use crate::kit::{CONFIG, INDEX, Layout, MANIFEST, archive};
use crate::manifest::{image, raw};
use crate::run::{Case, all, fine, refused};

/// An index in an index in an index.
fn nested(depth: usize) -> Layout {
    let mut layout = image();
    let mut inner = layout.seal()["manifests"][0].clone();
    for _ in 0..depth {
        inner = layout.put_json(INDEX, &json!({"schemaVersion": 2, "manifests": [inner]}));
    }
    raw(layout, json!({"manifests": [inner]}))
}

/// Each index lists the next one so many times; there is no image in any.
fn bushy(depth: usize, times: usize) -> Layout {
    let mut layout = image();
    let mut inner = layout.put_json(INDEX, &json!({"manifests": []}));
    for _ in 0..depth {
        inner = layout.put_json(INDEX, &json!({"manifests": vec![inner; times]}));
    }
    raw(layout, json!({"manifests": [inner]}))
}

fn index_of(list: impl Fn() -> Vec<Value>) -> Layout {
    let list = list();
    image().index(move |index| index["manifests"] = json!(list))
}

/// So many manifests with nothing but a shared config, to be looked at one by one.
fn without_platforms(count: usize) -> Layout {
    let mut layout = image();
    let config = format!("{{\"x\":\"{}\"}}", "y".repeat(3_000_000));
    let config = layout.put(CONFIG, config.into_bytes());
    let manifests: Vec<Value> = (0..count)
        .map(|n| {
            layout.put_json(
                MANIFEST,
                &json!({"schemaVersion": 2, "config": config, "n": n}),
            )
        })
        .collect();
    raw(layout, json!({"manifests": manifests}))
}

#[test]
fn indexes_have_limits() {
    let nobody = |n: usize| json!({"mediaType": MANIFEST, "digest": Digest::sha256(&n.to_le_bytes()).to_string(), "size": 1});
    let looping = Digest::sha256(b"loop").to_string();
    let huge = |text: &str, bytes: usize| {
        let mut files = image().files();
        let text = format!(
            "{{\"manifests\":[],\"x\":[{}0]}}",
            text.repeat(bytes / text.len())
        );
        files.insert("index.json".to_owned(), text.into_bytes());
        archive(&files)
    };
    let manifest_of = |text: &'static str| {
        image().manifest(move |m| {
            let part: Value = serde_json::from_str(text.trim_end_matches(',')).unwrap();
            m["x"] = Value::Array(vec![part; (4 << 20) / text.len() - 1000]);
        })
    };
    let case: fn(Case) -> Case = |case| case.memory(256).within(20);
    all(vec![
        fine("index-in-index", nested(2)).totals(&[("live", 3)]),
        refused("index-in-index-2000", nested(2000), "nested over 8 deep"),
        refused(
            "index-loop",
            index_of(|| vec![json!({"mediaType": INDEX, "digest": looping, "size": 1})]),
            "is not there",
        ),
        case(refused("index-bushy", bushy(8, 200), "over the limit")).once(),
        refused(
            "index-many",
            index_of(|| (0..30_000).map(nobody).collect()),
            "no image for the platform",
        ),
        case(refused(
            "index-many-without-platforms",
            without_platforms(2000),
            "no image for the platform",
        )),
        case(refused(
            "index-huge",
            huge("          ", 64 << 20),
            "over the limit",
        )),
        case(refused(
            "index-of-numbers",
            huge("0,", 19 << 20),
            "it lists no image",
        )),
        case(refused(
            "index-of-objects",
            huge("{\"\":0},", 19 << 20),
            "over 200000 objects",
        )),
        case(refused(
            "manifest-of-objects",
            manifest_of("{\"\":0},"),
            "over 200000 objects",
        )),
        refused(
            "manifest-deep",
            image().manifest(|m| *m = json!("[".repeat(100_000))),
            "is damaged",
        ),
    ]);
}

//! Configs of every quality (cases 65 to 67).

use imgsize::testkit::Case as Image;
use serde_json::{Value, json};

use crate::kit::{Input, Layout, Tar, one};
use crate::run::{all, fine, refused, warned};

fn image() -> Layout {
    one(Tar::new().file("a", "abc").end())
}

/// The config as text, DIFF_IDS in it replaced.
fn text(text: &str) -> Layout {
    let layout = image();
    let text = text.replace("DIFF_IDS", &layout.diff_ids());
    layout.config_text(&text)
}

fn set(key: &'static str, value: Value) -> Layout {
    image().config(move |config| config[key] = value.clone())
}

#[test]
fn a_config_is_an_object_of_the_right_types() {
    all(vec![
        refused("config-no-json", text("noise"), "is damaged"),
        refused("config-empty", text(" "), "is damaged"),
        refused("config-array", text("[]"), "is damaged"),
        refused(
            "config-array-of-layers",
            text("[\"amd64\",\"linux\",null,null,{\"diff_ids\":DIFF_IDS},null]"),
            "is damaged",
        ),
        refused("config-number", text("7"), "is damaged"),
        refused("config-trailing", text("{} {}"), "is damaged"),
        refused(
            "config-wrong-types",
            set("rootfs", json!({"diff_ids": "x"})),
            "line 1 column",
        ),
        refused(
            "config-wrong-types-os",
            set("os", json!(7)),
            "line 1 column",
        ),
        refused(
            "config-wrong-types-env",
            set("config", json!({"Env": "A=b"})),
            "line 1 column",
        ),
        refused(
            "config-wrong-types-inner",
            set("config", json!(["/app"])),
            "line 1 column",
        ),
        refused(
            "config-of-5-mib",
            set("x", json!("x".repeat(5 << 20))),
            "over the limit",
        ),
    ]);
}

#[test]
fn a_config_may_say_little_or_much() {
    let twice = "{\"os\":\"windows\",\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"diff_ids\":[]},\"rootfs\":{\"diff_ids\":[\"no\"],\"diff_ids\":DIFF_IDS},\"config\":{\"User\":\"a\",\"User\":\"b\"}}";
    let nulls = json!({"Env": null, "Cmd": null, "Entrypoint": null, "WorkingDir": null, "User": null, "Labels": null});
    let huge = json!({"Labels": {"x": "y".repeat(3 << 20)}, "Env": vec!["A=b"; 100_000]});
    all(vec![
        fine("config-double-keys", text(twice))
            .check(|report, _| assert_eq!(report["image"]["platform"], "linux/amd64")),
        warned(
            "config-windows",
            set("os", json!("windows")),
            "windows-image",
        )
        .totals(&[("live", 3)]),
        fine("config-no-platform", set("os", json!(""))).check(|report, table| {
            assert_eq!(report["image"]["platform"], Value::Null);
            assert!(table.contains("no platform stated"));
        }),
        fine(
            "config-platform-absent",
            text("{\"rootfs\":{\"diff_ids\":DIFF_IDS}}"),
        ),
        fine("config-null", set("config", Value::Null)),
        fine("config-nulls", set("config", nulls)),
        fine("config-huge", set("config", huge)),
        fine(
            "config-unknown-keys",
            set("moby.buildkit.cache.v0", json!({"a": [1, 2]})),
        ),
    ]);
}

#[test]
fn secrets_are_nowhere() {
    let secret = "hunter2-hunter2";
    let hidden = json!({"Env": [format!("TOKEN={secret}")], "Labels": {"token": secret}, "Cmd": ["login", secret], "Entrypoint": [secret], "User": secret});
    let layout = image().config(move |config| {
        config["config"] = hidden.clone();
        let env = json!({"created_by": format!("ENV TOKEN={secret}"), "empty_layer": true});
        config["history"] = json!([env, {"created_by": "RUN make"}]);
        config["author"] = json!(secret);
    });
    all(vec![fine("config-secrets", layout).check(
        |report, table| {
            assert!(!report.to_string().contains("hunter2") && !table.contains("hunter2"));
        },
    )]);
}

#[test]
fn the_kit_s_own_images_are_fine() {
    let case = Image::parse("f 90 a\n---\nw a\nf 8 b\n", std::path::Path::new("."));
    let docker = case.docker_archive("a:1", imgsize::testkit::gzip);
    all(vec![
        fine("testkit", Input::File(docker)).totals(&[("live", 8), ("lost", 90)]),
    ]);
}

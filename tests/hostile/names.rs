//! Names that a terminal, a CI log or a table would act on (cases 53 to 58).

use std::fs::{self, File};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::kit::{Input, Layout, Tar, archive, layers, one};
use crate::run::{all, fine, refused, warned};

/// What must never reach a terminal or a log as it is.
const ACTING: &[&str] = &[
    "\u{1b}[2J",
    "\u{1b}]52;c;eA==\u{7}",
    "\u{9b}31m",
    "a\rb",
    "\u{8}",
    "\u{7f}",
    "\u{202e}gpj",
    "\u{2066}x",
    "\u{200b}",
    "\u{e0041}",
    "\u{2028}",
    "\u{85}",
    "\u{feff}",
    "\u{ad}",
    "\n::error::x",
    "::error::x",
    "\n##vso[task.complete]x",
    "##vso[task.complete]x",
    "##[error]x",
    "  ::warning::x",
    "%0A::error::x",
];

/// Every name is lost, and so is listed in tables too.
fn lost(names: &[Vec<u8>]) -> Layout {
    let put = |tar: Tar, name: &Vec<u8>| tar.file(name, "x");
    let below = names.iter().fold(Tar::new(), put).end();
    layers(vec![below, Tar::new().file(".wh..wh..opq", "").end()])
}

fn bytes(names: &[&str]) -> Vec<Vec<u8>> {
    names.iter().map(|name| name.as_bytes().to_vec()).collect()
}

fn paths(report: &Value) -> Vec<&str> {
    let rows = report["lost"].as_array().unwrap();
    rows.iter()
        .map(|row| row["path"].as_str().unwrap())
        .collect()
}

#[test]
fn names_of_files_act_on_nothing() {
    let not_utf_8 = vec![
        b"caf\xe9".to_vec(),
        b"caf\xea".to_vec(),
        b"caf\xff\xfe".to_vec(),
        "caf\u{fffd}".into(),
    ];
    let alike = bytes(&[
        "a",
        "a ",
        "\u{430}",
        "a\u{200b}",
        "A",
        "a\u{301}",
        "\u{e1}",
        "a\\x1b",
        "a\u{1b}",
        "//e9",
    ]);
    let markup = bytes(&[
        "a|b",
        "<script>x",
        "a\"b,c",
        "=1+1",
        "`x`",
        "[x](y)",
        "&amp;",
        "a\\|b",
        "<!--",
        "]]>",
    ]);
    all(vec![
        fine("names-escape-codes", lost(&bytes(ACTING))).check(|report, table| {
            // JSON keeps names exact; a leading slash and all.
            let wanted: std::collections::BTreeSet<_> =
                ACTING.iter().map(|name| format!("/{name}")).collect();
            assert_eq!(paths(report).len(), ACTING.len());
            assert!(paths(report).iter().all(|path| wanted.contains(*path)));
            assert!(table.contains("\\x1b[2J"), "{table}");
        }),
        fine("names-new-lines", lost(&bytes(&["a\nb", "c\n\nd", "\n"]))).check(|report, table| {
            assert_eq!(paths(report).len(), 3);
            assert!(table.contains("/a\\nb"), "{table}");
        }),
        fine("names-markup", lost(&markup)).check(|report, _| assert_eq!(paths(report).len(), 10)),
        fine("names-not-utf-8", lost(&not_utf_8)).check(|report, _| {
            let mut paths = paths(report);
            paths.sort_unstable();
            assert_eq!(
                paths,
                ["/caf//e9", "/caf//ea", "/caf//ff//fe", "/caf\u{fffd}"]
            );
        }),
        fine("names-look-alike", lost(&alike)).check(|report, _| {
            let paths: std::collections::BTreeSet<_> = paths(report).into_iter().collect();
            assert_eq!(paths.len(), 10, "{paths:?}");
        }),
        fine("name-of-one-mib", {
            let long = "n".repeat((1 << 20) - 2);
            lost(&bytes(&[
                &format!("{long}a"),
                &format!("{long}b"),
                &long[2..],
            ]))
        })
        .check(|report, _| {
            let paths: std::collections::BTreeSet<_> = paths(report).into_iter().collect();
            assert_eq!(paths.len(), 3);
            assert!(paths.iter().all(|path| path.len() < 70_000));
        }),
    ]);
}

#[test]
fn links_warnings_and_errors_act_on_nothing() {
    let acting = ACTING.concat();
    let dead = Tar::new()
        .hardlink(&acting, &acting)
        .symlink("l", &acting)
        .hardlink("m", "l");
    let climbing = Tar::new().file(format!("../{acting}"), "x");
    let looping = Tar::new()
        .symlink(&acting, &acting)
        .file(format!("{acting}/x"), "x");
    let invalid = Tar::new().file(format!("{acting}/.wh..."), "");
    let long = "x".repeat(60_000);
    all(vec![
        warned("hard-link-escape-codes", one(dead.end()), "dead-hard-link"),
        warned(
            "climbing-escape-codes",
            one(climbing.end()),
            "name-climbs-out",
        ),
        warned("loop-escape-codes", one(looping.end()), "link-loop"),
        refused(
            "whiteout-escape-codes",
            one(invalid.end()),
            "is no valid whiteout",
        ),
        refused(
            "whiteout-of-a-long-name",
            one(Tar::new().file(format!("{long}/.wh..."), "").end()),
            "is no valid whiteout",
        ),
    ]);
}

/// An image of one small layer, with another config, or another name.
fn image() -> Layout {
    one(Tar::new().file("a", "abc").end())
}

fn named(name: String) -> Layout {
    image().index(move |index| {
        index["manifests"][0]["annotations"] = json!({"org.opencontainers.image.ref.name": name});
    })
}

#[test]
fn documents_act_on_nothing() {
    let acting = ACTING.join(" ");
    let history = |text: &str| {
        let text = text.to_owned();
        image().config(move |config| config["history"] = json!([{"created_by": text}]))
    };
    let platform = |text: &str| {
        let text = text.to_owned();
        image().config(move |config| {
            config["os"] = json!(text);
            config["variant"] = json!(text);
        })
    };
    let docker = |config: &str, layer: &str, tags: &[&str]| {
        let list: Vec<Value> = tags
            .iter()
            .map(|tag| json!({"Config": config, "RepoTags": [tag], "Layers": [layer]}))
            .collect();
        Input::File(
            Tar::new()
                .file("manifest.json", json!(list).to_string())
                .end(),
        )
    };
    let long = "x".repeat(1 << 20);
    let media = "application/\u{1b}[2J\n::error::x";
    all(vec![
        fine("history-escape-codes", history(&acting)).check(|report, _| {
            let told = report["layers"][0]["created_by"].as_str().unwrap();
            assert!(told.contains("\u{1b}[2J"), "exact in JSON: {told}");
        }),
        fine("history-begins-a-command", history("::error::x")),
        fine("history-of-one-mib", history(&long)),
        fine("platform-escape-codes", platform(&acting)),
        fine("platform-of-one-mib", platform(&long)),
        fine("tag-escape-codes", named(acting.clone())),
        fine("tag-begins-a-command", named("::error::x".to_owned())),
        fine("tag-begins-another-command", named("##vso[x]".to_owned())),
        fine("tag-of-one-mib", named(long.clone())),
        fine(
            "media-type-escape-codes",
            image().layer(move |layer| layer["mediaType"] = json!(media)),
        ),
        refused(
            "docker-config-escape-codes",
            docker(&acting, "l", &["a"]),
            "is not there",
        ),
        refused(
            "docker-config-of-one-mib",
            docker(&long, "l", &["a"]),
            "is not there",
        ),
        refused(
            "docker-tags-escape-codes",
            docker("c", "l", &[&acting, "::error::x", " ::error::y"]),
            "3 images",
        ),
        refused(
            "docker-tags-of-one-mib",
            docker("c", "l", &[&long, &long, "a"]),
            "3 images",
        ),
        refused(
            "no-such-image-escape-codes",
            named(acting),
            "no image `nothing`",
        )
        .with(&["--image", "nothing"]),
        refused("asked-escape-codes", image(), "no image `\\x1b[2J")
            .with(&["--image", "\u{1b}[2J\n::error::"]),
        refused("asked-platform-escape-codes", image(), "\\x1b[2J")
            .with(&["--platform", "\u{1b}[2J\n::error::/x"]),
    ]);
}

fn imgsize(image: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_imgsize"));
    command.env("IMGSIZE_CACHE_DIR", "/dev/null/cache");
    command.args(["report", image]).stdin(Stdio::null());
    command
}

#[test]
fn a_place_may_have_any_name() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "\u{1b}[2J\n::error::x",
        "-x",
        "::error::x",
        "docker-archive:x",
        "caf\u{e9}\u{202e}",
    ] {
        fs::write(folder.path().join(name), archive(&image().files())).unwrap();
        for (prefix, json) in [("./", true), ("./", false), ("no-such-folder/", false)] {
            let mut command = imgsize(&format!("{prefix}{name}"));
            command
                .args(json.then_some("--json"))
                .current_dir(folder.path());
            let output = command.output().unwrap();
            assert_eq!(
                output.status.code(),
                Some(if prefix == "./" { 0 } else { 2 }),
                "{name}"
            );
            let text = [output.stdout, output.stderr].concat();
            let text = String::from_utf8(text).unwrap();
            assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
            assert!(
                !text.lines().any(|line| line.trim_start().starts_with("::")),
                "{text}"
            );
        }
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("image");
    let names: Vec<Vec<u8>> = (0..20_000)
        .map(|n| format!("some/file/{n}").into_bytes())
        .collect();
    fs::write(&image, archive(&lost(&names).files())).unwrap();
    for format in ["json", "table"] {
        // A pipe whose reading end is closed before anything is written.
        let mut child = imgsize(image.to_str().unwrap())
            .args(["--all", "--format", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{format}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{format}");
    }
}

#[test]
fn a_full_disk_is_said() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("image");
    fs::write(&image, archive(&self::image().files())).unwrap();
    let output = imgsize(image.to_str().unwrap())
        .stdout(full)
        .output()
        .unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert!(
        words.starts_with("error: cannot write to stdout"),
        "{words}"
    );
}

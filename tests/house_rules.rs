//! The house rules that no compiler checks: the order of the rooms, the doors of
//! the outside packages, the size of a file.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may stop and may talk"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of the engine, ground floor first: each may name those before it.
/// Rooms in one row are strangers to each other.
const ORDER: &[&[&str]] = &[
    &["units", "path", "interrupt", "family", "category"],
    &["needs"],
    &["digest", "compose", "config"],
    &["codec"],
    &["tarfile"],
    &["source", "layer"],
    &["rootfs", "base", "cache", "toc", "essence"],
    &["scan"],
    &["owner", "extract"],
    &["copies"],
    &["analysis"],
    &["advice"],
    &["dockerfile"],
    &["trim"],
    &["report"],
    &["diff"],
    &["dive"],
    &["gate"],
];

/// The looks sideways: a boundary between layers is a `LayerNo`; what comes of a rule of
/// dive's is a row of a verdict.
const SIDEWAYS: &[(&str, &str)] = &[("base", "rootfs"), ("dive", "gate")];

/// Outside packages, and the only places that may name them.
const DOORS: &[(&str, &[&str])] = &[
    ("oci_distribution", &["source/registry"]),
    ("reqwest", &["source/registry", "source/daemon"]),
    ("rustls", &["source/tls.rs", "source/registry/http.rs"]),
    ("http_auth", &["source/registry/auth.rs"]),
    ("tar", &["tarfile", "testkit"]),
    ("flate2", &["codec", "essence", "trim/pack.rs", "testkit"]),
    ("zstd", &["codec", "cache", "trim/pack.rs", "testkit"]),
    ("liblzma", &["codec"]),
    ("toml", &["config"]),
    ("globset", &["config", "tui/pattern.rs"]),
    ("object", &["essence"]),
    ("petgraph", &["needs"]),
    ("zip", &["essence"]),
    ("aho_corasick", &["essence"]),
    ("postcard", &["cache"]),
    ("serde_saphyr", &["compose", "dive/rules.rs"]),
    ("clap", &["cli"]),
    ("comfy_table", &["report/table"]),
    ("ratatui", &["tui"]),
    ("crossterm", &["tui"]),
    (
        "schemars",
        &[
            "report",
            "diff/rows.rs",
            "diff/json.rs",
            "gate/rows.rs",
            "advice/finding.rs",
            "units.rs",
            "rootfs/mod.rs",
            "category.rs",
            "owner/parts.rs",
            "trim/outcome.rs",
        ],
    ),
    ("parse_dockerfile", &["dockerfile/read.rs"]),
    ("similar", &["dockerfile/edit.rs"]),
    ("tempfile", &["cache", "trim/sink.rs", "cli/output.rs"]),
    ("terminal_size", &["cli/plan.rs", "cli/progress.rs"]),
    ("indicatif", &["cli/progress.rs"]),
    ("signal_hook", &["cli/signal.rs", "tui/stops.rs"]),
    ("base64", &["source/credentials", "source/registry/auth.rs"]),
    (
        "std::process",
        &["main.rs", "cli", "source/credentials/helper.rs"],
    ),
    (
        "std::thread",
        &[
            "scan",
            "digest.rs",
            "owner/attribute.rs",
            "analysis.rs",
            "report/build.rs",
            "toc/fetch.rs",
            "source/credentials/helper.rs",
            "source/daemon/http.rs",
            "source/registry/session.rs",
            "cli/progress.rs",
            "cli/signal.rs",
            "tui/mod.rs",
            "tui/stops.rs",
            "tui/terminal.rs",
        ],
    ),
];

/// Lines of a file without its tests.
const LONGEST: usize = 400;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every source file: its name below `src`, and its text without tests.
fn files() -> Vec<(String, String)> {
    let mut open = vec![source()];
    let mut files = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path
                .strip_prefix(source())
                .unwrap()
                .to_string_lossy()
                .into_owned();
            let text = fs::read_to_string(&path).unwrap();
            let is_test = name.ends_with("tests.rs") || name.contains("/tests/");
            if name.ends_with(".rs") && !is_test {
                let code = text
                    .split("#[cfg(test)]\nmod tests")
                    .next()
                    .unwrap_or_default();
                files.push((name, code.to_owned()));
            }
        }
    }
    files.sort();
    files
}

fn room(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

fn is_word(text: &str, at: usize, word: &str) -> bool {
    let edge = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    edge(text[..at].chars().next_back()) && edge(text[at + word.len()..].chars().next())
}

#[test]
fn rooms_name_only_rooms_below_them() {
    let floor: BTreeMap<&str, usize> = ORDER
        .iter()
        .enumerate()
        .flat_map(|(floor, rooms)| rooms.iter().map(move |r| (*r, floor)))
        .collect();
    for (file, code) in files() {
        let here = room(&file);
        if matches!(here, "lib" | "main" | "cli" | "tui" | "testkit") {
            continue;
        }
        let own = floor
            .get(here)
            .unwrap_or_else(|| panic!("{here} has no place in ORDER"));
        for (at, _) in code.match_indices("crate::") {
            let rest = &code[at + "crate::".len()..];
            let there = rest
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap();
            let Some(other) = floor.get(there) else {
                continue;
            };
            let allowed = other < own || there == here || SIDEWAYS.contains(&(here, there));
            assert!(
                allowed,
                "src/{file} names `{there}`, which is not below `{here}`"
            );
        }
    }
}

#[test]
fn outside_packages_are_named_at_their_doors_only() {
    for (package, doors) in DOORS {
        for (file, code) in files() {
            if doors
                .iter()
                .any(|door| file == *door || file.starts_with(&format!("{door}/")))
            {
                continue;
            }
            let code: String = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect::<Vec<_>>()
                .join("\n");
            let path = format!("{package}::");
            let named = code.match_indices(&path).any(|(at, _)| {
                is_word(&code, at, package)
                    && !code[..at].ends_with("::")
                    && !code[..at].ends_with("crate::")
            });
            let imported = code
                .lines()
                .any(|line| line.trim().starts_with(&format!("use {package}")));
            assert!(
                !named && !imported,
                "src/{file} names `{package}`; its doors are {doors:?}"
            );
        }
    }
}

#[test]
fn no_file_is_too_long_to_live_in() {
    for (file, code) in files() {
        let lines = code.lines().count();
        assert!(
            lines <= LONGEST,
            "src/{file} has {lines} lines without tests; the limit is {LONGEST}"
        );
    }
}

#[test]
fn every_room_says_what_comes_in_and_what_goes_out() {
    for (file, code) in files() {
        if file.ends_with("mod.rs") && file.matches('/').count() == 1 && !file.starts_with("cli") {
            let docs: String = code
                .lines()
                .take_while(|line| line.starts_with("//!"))
                .collect();
            let docs = docs.replace("//! ", " ");
            assert!(
                docs.contains("comes in") && docs.contains("goes out"),
                "src/{file}: {docs}"
            );
        }
    }
}

#[test]
fn the_rooms_on_the_map_are_the_rooms_there_are() {
    let map = fs::read_to_string(source().join("lib.rs")).unwrap();
    for room in ORDER.iter().flat_map(|rooms| rooms.iter()) {
        assert!(
            map.contains(&format!("pub mod {room};")),
            "lib.rs has no room `{room}`"
        );
        assert!(
            map.contains(&format!("[`{room}`]")),
            "the map in lib.rs does not show `{room}`"
        );
    }
}

#[test]
fn no_committed_text_names_this_machine() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["README.md", "CHANGELOG.md", ".ci/run", "Cargo.toml"] {
        let text = fs::read_to_string(root.join(name)).unwrap();
        assert!(!text.contains("/work/"), "{name}");
    }
}

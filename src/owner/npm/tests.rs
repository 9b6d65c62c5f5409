//! Manifests that no package manager wrote, and too many of them.

use std::fmt::Write as _;

use crate::owner::tests::needs::needs;
use crate::testkit::Case;

/// A case of manifests: folder, text; and more lines.
fn told(manifests: &[(&str, &str)], more: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut case = String::new();
    for (no, (path, text)) in manifests.iter().enumerate() {
        std::fs::write(folder.path().join(no.to_string()), text).unwrap();
        let _ = writeln!(case, "t {path}/package.json {no}");
    }
    needs(
        &super::DETECTOR,
        &Case::parse(&(case + more), folder.path()),
    )
}

#[test]
fn names_are_looked_for_on_the_way_up() {
    let said = told(
        &[
            (
                "app",
                r#"{"dependencies": {"a": "1", "ws": "*"}, "devDependencies": {"@s/d": "1"}}"#,
            ),
            ("app/packages/ws", r#"{"dependencies": {"b": "1"}}"#),
            (
                "app/node_modules/a",
                r#"{"name": "a", "version": "1", "dependencies": {"b": "", "a": "", "../b": "", "": ""},
                    "optionalDependencies": {"absent": ""}, "peerDependencies": {"@s/d": ""}}"#,
            ),
            (
                "app/node_modules/a/node_modules/b",
                r#"{"name": "b", "version": "2"}"#,
            ),
            (
                "app/node_modules/b",
                r#"{"name": "b", "version": "1", "devDependencies": {"a": ""}}"#,
            ),
            (
                "app/node_modules/@s/d",
                r#"{"name": "@s/d", "version": "1", "dependencies": {"b": "", "ws": ""}}"#,
            ),
            (
                "app/node_modules/c",
                r#"{"name": "c", "version": "1", "dependencies": [], "peerDependencies": 7}"#,
            ),
            (
                "usr/lib/node_modules/g",
                r#"{"name": "g", "version": "1", "dependencies": {"h": ""}}"#,
            ),
            (
                "usr/lib/node_modules/g/node_modules/h",
                r#"{"name": "h", "version": "1", "dependencies": {"g": ""}}"#,
            ),
            ("srv/node_modules/u", r#"{"name": "u", "version": "1"}"#),
        ],
        "l app/node_modules/ws ../packages/ws\n",
    );
    assert_eq!(
        said,
        "@s/d 1 by-name -> b 1 -> ws \n\
         a 1 by-name -> @s/d 1 -> b 2\n\
         app  by-name -> @s/d 1 -> a 1 -> ws \n\
         b 1 by-name\n\
         b 2 for-others\n\
         c 1 for-others\n\
         g 1 by-name -> h 1\n\
         h 1 for-others -> g 1\n\
         u 1\n\
         ws  by-name -> b 1\n"
    );
}

#[test]
fn what_no_package_has_is_told_of_once() {
    let package = |name: &str| format!(r#"{{"name": "{name}", "version": "1"}}"#);
    let (client, other) = (package("@prisma/client"), package("other"));
    let manifests = [
        ("app/node_modules/@prisma/client", &*client),
        ("app/node_modules/other", &*other),
    ];
    let made = "f 9 app/node_modules/.prisma/client/index.js\nl app/node_modules/.bin/x ../x\n";
    let cached = "f 9 app/node_modules/.cache/x\n";
    let said = told(&manifests, &[made, cached].concat());
    assert_eq!(said, "@prisma/client 1\nother 1\n");
    let list = "f 9 app/node_modules/.package-lock.json\nf 9 srv/node_modules/x/x.js\n";
    let said = told(&manifests, &[made, cached, list].concat());
    assert_eq!(said, "@prisma/client 1\nnode_modules \nother 1\n");
}

#[test]
fn manifests_outside_of_their_places_are_apps_and_parts() {
    let package = |name: &str| format!(r#"{{"name": "{name}", "version": "1"}}"#);
    let (a, b, app, library) = (package("a"), package("b"), package("app"), package("lib"));
    let manifests = [
        // A module system is no name, and what is not JSON is no manifest.
        ("srv/typed", r#"{"type": "module"}"#),
        ("srv/broken", "{"),
        ("app", &app),
        ("opt/lib", &library),
        ("root/.bun/install/cache/b@1@@@1", &b),
        ("root/.cache/x", &b),
        ("app/node_modules/a", &a),
        ("app/node_modules/a/dist/compiled/b", &b),
        ("app/node_modules/a/dist/compiled/b/again", &b),
        (
            "app/node_modules/a/dist/compiled/c",
            r#"{"name": "c", "dependencies": {"a": ""}}"#,
        ),
        // What is installed anyway, what has no name, and what tests make up.
        ("app/node_modules/a/esm", r#"{"type": "module"}"#),
        ("app/node_modules/a/copy", &a),
        ("app/node_modules/a/broken", "["),
        ("app/node_modules/a/test/x", &b),
        ("app/node_modules/a/.cache/x", &b),
        // In a package and in no package.
        ("app/node_modules/test", &library),
        ("app/node_modules/test/x", r#"{"name": "x"}"#),
        ("app/node_modules/@scope", &b),
        ("app/node_modules/.cache/x", &b),
    ];
    assert_eq!(
        told(&manifests, ""),
        "a 1 for-others\n\
         app 1 by-name\n\
         b 1 inside a 1\n\
         b 1 inside a 1\n\
         c  inside a 1\n\
         lib 1\n\
         lib 1 for-others\n\
         node_modules \n\
         x  inside lib 1\n"
    );
}

/// Deep below each other, each needs very many that are not there.
#[test]
fn very_many_names_end() {
    let mut names = String::new();
    for no in 0..3_000 {
        let _ = write!(names, "\"n{no}\":\"\",");
    }
    let text = format!("{{\"name\":\"a\",\"dependencies\":{{{names}\"a\":\"\"}}}}");
    let paths: Vec<String> = (1..150)
        .map(|depth| "node_modules/a/".repeat(depth))
        .collect();
    let manifests: Vec<_> = paths
        .iter()
        .map(|path| (path.trim_end_matches('/'), &*text))
        .collect();
    assert_eq!(told(&manifests, "").lines().count(), 149);
}

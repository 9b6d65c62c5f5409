use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::codec::Stream;
use crate::layer::index_stream;
use crate::testkit::{Case, plain};

/// What is found in a case of one layer: name, version, what it needs, and in which
/// package it is.
fn told(case: &str, folder: &Path) -> Vec<String> {
    let case = Case::parse(case, folder);
    let layers = case.layers.iter().map(|tar| {
        let stream = Stream::open(&tar[..], None, None).unwrap();
        Arc::new(index_stream(stream, &crate::owner::keep, &|_| {}).unwrap())
    });
    let fs = Rootfs::stack(layers.collect(), &mut |_, _| {}).unwrap();
    let config = case.image(plain).info.config;
    let found = detect(&Scene::new(&fs, &config, 0));
    let line = |package: &Package| {
        let inside = package.inside.map(|no| format!(" in {no}"));
        let requires = match &*package.requires {
            [] => String::new(),
            requires => format!(" needs {requires:?}"),
        };
        let (name, version) = (&package.name, &package.version);
        format!("{name} {version}{}{requires}", inside.unwrap_or_default())
    };
    found.packages.iter().map(line).collect()
}

#[test]
fn what_is_in_a_jar_is_a_package_inside_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/owner/java");
    assert_eq!(
        told("t app/app.jar fat.jar", &folder),
        [
            "com.example:demo 0.0.1-SNAPSHOT needs [1, 2]",
            "javax.inject 1 in 0",
            "org.slf4j:jul-to-slf4j 1.7.32 in 0",
        ]
    );
    assert_eq!(
        told("t app/tool.jar shaded.jar", &folder),
        [
            "com.example:tool 2.0 needs [1]",
            "org.slf4j:slf4j-nop 1.7.32 in 0",
        ]
    );
    assert_eq!(
        told("t site.war site.war", &folder),
        ["site  needs [1]", "org.slf4j:slf4j-nop 1.7.32 in 0"]
    );
}

#[test]
fn published_jars_are_read() {
    let Some(fixtures) = std::env::var_os("IMGSIZE_FIXTURES").map(PathBuf::from) else {
        return;
    };
    let folder = fixtures.join("pkgdb/java");
    let shaded = "hadoop-shaded-guava-1.1.0-SNAPSHOT.jar";
    assert_eq!(
        told(&format!("t a/{shaded} {shaded}"), &folder),
        [
            "org.apache.hadoop.thirdparty:hadoop-shaded-guava 1.1.0-SNAPSHOT needs [1, 2, 3, 4]",
            "com.google.j2objc:j2objc-annotations 1.3 in 0",
            "com.google.guava:guava 29.0-jre in 0",
            "com.google.guava:failureaccess 1.0.1 in 0",
            "com.google.guava:listenablefuture 9999.0-empty-to-avoid-conflict-with-guava in 0",
        ]
    );
    let plain = "jackson-annotations-2.15.0-rc2.jar";
    assert_eq!(
        told(&format!("t a/{plain} {plain}"), &folder),
        ["com.fasterxml.jackson.core:jackson-annotations 2.15.0-rc2"]
    );
    assert_eq!(
        told("t a/nested.jar nested.jar", &folder),
        [
            "nested  needs [1]",
            "nested2  in 0 needs [2]",
            "nested3  in 0"
        ]
    );
}

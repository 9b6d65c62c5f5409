//! Packages of Python and Node against published databases and against facts that
//! other programs worked out; only where `IMGSIZE_FIXTURES` says where these are.

use serde_json::Value;
use std::collections::HashMap;

use super::differential::{analysis, fixtures};
use super::*;
use crate::analysis::{Wishes, analyze_opened};
use crate::scan::How;
use crate::source::{Choice, Net, Origin, open};

pub(super) fn fixture(name: &str) -> Option<PathBuf> {
    Some(PathBuf::from(std::env::var_os("IMGSIZE_FIXTURES")?).join(name))
}

fn told_of_fixture(id: &str, name: &str) -> Option<String> {
    let packed = std::fs::read(fixture(name)?).unwrap();
    let mut layer = Vec::new();
    std::io::copy(&mut flate2::read::GzDecoder::new(&*packed), &mut layer).unwrap();
    let detector = DETECTORS.iter().find(|detector| detector.id == id).unwrap();
    let case = Case {
        layers: vec![layer],
        ..Case::parse("", Path::new(""))
    };
    Some(told(detector, &case))
}

#[test]
fn published_metadata_of_python_is_read() {
    // Three times Pygments, once without a RECORD; two files of distutils. Folders
    // called only `dist-info` or `egg-info` are no installations: Python and pip
    // do not find them either.
    if let Some(told) = told_of_fixture("pip", "pkgdb/python.tar.gz") {
        assert_eq!(
            told,
            "Pygments 2.6.1 language-packages live 10216 files 11\n\
             no-version - language-packages live 17 files 1\n\
             requests 2.22.0 language-packages live 5887 files 1\n\
             unattributed live 27270 files 19\n"
        );
    }
}

#[test]
fn published_manifests_of_npm_are_read() {
    if let Some(told) = told_of_fixture("npm", "pkgdb/node-npm.tar.gz") {
        assert_eq!(
            told,
            "@babel/parser 7.23.6 language-packages live 1198 files 1\n\
             body-parser 1.18.3 language-packages live 1564 files 1\n\
             debug 2.6.9 language-packages live 2276 files 2\n\
             express 4.16.4 language-packages live 2792 files 1\n\
             ms 2.0.0 language-packages live 1408 files 2\n\
             ms 2.1.1 language-packages live 705 files 1\n\
             unattributed live 2674 files 1\n"
        );
    }
}

#[test]
fn packages_of_the_demo_weigh_what_other_programs_say() {
    let (Some(facts), Some(image)) = (
        fixture("expected.json"),
        fixture("images/made-debian-demo-app.oci.tar"),
    ) else {
        return;
    };
    let facts: Value = serde_json::from_slice(&std::fs::read(facts).unwrap()).unwrap();
    let facts = &facts["images"]["made-debian-demo-app.oci.tar"]["images"][0]["tools"]["owners"];
    let image = open(
        &Origin::parse(image.to_str().unwrap()),
        &Choice::default(),
        &Net::default(),
    )
    .unwrap();
    let analysis = analyze_opened(image, &How::default(), &Wishes::default(), &|_| {}).unwrap();
    for (id, name) in [("pip", "python"), ("npm", "npm")] {
        // The facts are by name alone, in lower case and with underscores; of `ms`
        // there are two versions.
        let mut by_name: HashMap<String, (u64, u64)> = HashMap::new();
        for owner in &analysis.attribution.owners {
            // They leave to nobody what is in a `node_modules` and in no package, and
            // tell of no app.
            let is_rest = owner.name == "node_modules" || owner.category == Category::App;
            if owner.ecosystem == id && owner.installed && !is_rest {
                let name = owner.name.to_lowercase().replace('-', "_");
                let sums = by_name.entry(name).or_default();
                *sums = (sums.0 + owner.files, sums.1 + owner.live.0);
            }
        }
        let files: u64 = by_name.values().map(|sums| sums.0).sum();
        let bytes: u64 = by_name.values().map(|sums| sums.1).sum();
        assert_eq!(by_name.len() as u64, facts[name]["packages"], "{id}");
        assert_eq!(files, facts[name]["files"], "{id}");
        assert_eq!(bytes, facts[name]["bytes"], "{id}");
        for (name, fact) in facts[name]["largest"].as_object().unwrap() {
            let (files, bytes) = by_name[&name.replace('-', "_")];
            assert_eq!(files, fact["files"], "{id} {name}");
            assert_eq!(bytes, fact["bytes"], "{id} {name}");
        }
    }
}

/// As many packages as syft finds. It takes what a `package.json` calls itself for
/// installed, wherever that lies: of the demo that of the app (`demo-app`) too.
#[test]
fn no_package_that_syft_finds_is_missing() {
    let Some((folder, expected)) = fixtures() else {
        return;
    };
    let mut compared = 0;
    for (image, facts) in expected["images"].as_object().unwrap() {
        for facts in facts["images"].as_array().into_iter().flatten() {
            let by_type = &facts["tools"]["syft"]["by_type"];
            let types = [
                ("dpkg", "deb"),
                ("apk", "apk"),
                ("rpm", "rpm"),
                ("pip", "python"),
                ("npm", "npm"),
            ];
            if types.iter().all(|(_, name)| by_type.get(name).is_none()) {
                continue;
            }
            let platform = facts["platform"].as_str().unwrap_or_default();
            let architecture = platform.rsplit('/').next().unwrap_or_default();
            let analysis = analysis(&folder.join("images").join(image), architecture);
            for (id, name) in types {
                let of_it = analysis.attribution.owners.iter().filter(|owner| {
                    // What is in a `node_modules` and in no package.
                    let is_rest = owner.name == "node_modules";
                    owner.ecosystem == id && owner.installed && !is_rest
                });
                let count = of_it.count() as u64;
                assert_eq!(count, by_type[name].as_u64().unwrap_or(0), "{image} {id}");
            }
            compared += 1;
        }
    }
    assert_eq!(compared, 5);
}

//! Packages of Python and Node against published databases and against facts that
//! other programs worked out; only where `IMGSIZE_FIXTURES` says where these are.

use serde_json::Value;
use std::collections::HashMap;

use super::*;
use crate::analysis::analyze_opened;
use crate::scan::How;
use crate::source::{Choice, Net, Origin, open};

fn fixture(name: &str) -> Option<PathBuf> {
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
    let analysis = analyze_opened(image, &How::default(), &|_| {}).unwrap();
    for (id, name) in [("pip", "python"), ("npm", "npm")] {
        // The facts are by name alone, in lower case and with underscores; of `ms`
        // there are two versions.
        let mut by_name: HashMap<String, (u64, u64)> = HashMap::new();
        for owner in &analysis.attribution.owners {
            // They leave to nobody what is in a `node_modules` and in no package.
            let is_rest = owner.name == "node_modules";
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

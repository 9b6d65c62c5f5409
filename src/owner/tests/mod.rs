pub(super) mod differential;
mod language;
mod linked;
pub(super) mod needs;
mod relations;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::attribute::claim_by;
use super::*;
use crate::codec::Stream;
use crate::config::{self, Settings};
use crate::layer::index_stream;
use crate::testkit::{Case, plain};
use crate::units::Bytes;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// What one detector alone says of a case: the packages and their accounts,
/// what is left to nobody, and what it could not read.
pub(super) fn told(detector: &'static Detector, case: &Case) -> String {
    let detectors = std::slice::from_ref(detector);
    let layers = case
        .layers
        .iter()
        .map(|tar| {
            let stream = Stream::open(&tar[..], None, None).unwrap();
            Arc::new(index_stream(stream, &|file| keep_for(detectors, file), &|_| {}).unwrap())
        })
        .collect();
    let config = case.image(plain).info.config;
    let wishes = root()
        .join("testdata/owner")
        .join(detector.id)
        .join(config::FILE);
    let settings = match wishes.exists() {
        true => Settings::load(&wishes).unwrap(),
        false => Settings::default(),
    };
    let mut before = BTreeMap::new();
    let fs = Rootfs::stack(layers, &mut |fs, layer| {
        let scene = Scene::new(fs, &config, 1).mapped(&settings.mapping);
        let earlier = before.iter_mut().next_back().map(|(&earlier, claims)| {
            Claims::keep_lost_in(claims, fs, earlier);
            &*claims
        });
        let claims = claim_by(detectors, &scene, earlier);
        before.insert(layer, claims);
    })
    .unwrap();
    let earlier = before.last_key_value().map(|(_, claims)| claims);
    let earlier = earlier.filter(|claims| claims.written == fs.written());
    let scene = Scene::new(&fs, &config, 1).mapped(&settings.mapping);
    let last = claim_by(detectors, &scene, earlier);
    let attribution = Attribution::settle(&fs, 1, &before, &last, sort(&fs));
    let mut lines: Vec<String> = attribution
        .owners
        .iter()
        .skip(1)
        .map(|owner| {
            let category = serde_json::to_value(owner.category).unwrap();
            let mut line = format!(
                "{} {} {} live {} files {}",
                owner.name,
                if owner.version.is_empty() {
                    "-"
                } else {
                    &owner.version
                },
                category.as_str().unwrap(),
                owner.live.0,
                owner.files,
            );
            if owner.lost > Bytes::ZERO {
                let _ = write!(line, " lost {}", owner.lost.0);
            }
            line + "\n"
        })
        .collect();
    lines.sort();
    let nobody = attribution.owner(OwnerId::UNATTRIBUTED);
    lines.push(format!(
        "unattributed live {} files {}\n",
        nobody.live.0, nobody.files
    ));
    for (_, bad) in &last.malformed {
        lines.push(format!("malformed {}: {}\n", bad.path, bad.why));
    }
    lines.concat()
}

#[test]
fn every_detector_says_of_its_cases_what_they_expect() {
    for detector in DETECTORS {
        let folder = root().join("testdata/owner").join(detector.id);
        let mut names = BTreeSet::new();
        for file in std::fs::read_dir(&folder).unwrap_or_else(|_| panic!("no {}", folder.display()))
        {
            let path = file.unwrap().path();
            if path
                .extension()
                .is_some_and(|extension| extension == "case")
            {
                let case = Case::load(&path);
                assert_eq!(told(detector, &case), case.expected, "{}", path.display());
                names.insert(path.file_stem().unwrap().to_string_lossy().into_owned());
            }
        }
        assert!(!names.is_empty(), "{} has no case", detector.id);
        if detector.finds == Finds::Packages {
            assert!(
                names.contains("corrupt"),
                "{} has no corrupt.case",
                detector.id
            );
        }
    }
}

#[test]
fn every_file_here_is_a_registered_detector() {
    let known: BTreeSet<&str> = DETECTORS.iter().map(|detector| detector.id).collect();
    assert_eq!(known.len(), DETECTORS.len(), "two detectors with one id");
    for file in std::fs::read_dir(root().join("src/owner")).unwrap() {
        let path = file.unwrap().path();
        let name = path
            .file_stem()
            .unwrap()
            .to_string_lossy()
            .replace('_', "-");
        if !matches!(
            &*name,
            "mod"
                | "tests"
                | "attribute"
                | "book"
                | "linked"
                | "parts"
                | "place"
                | "system-package"
        ) {
            assert!(
                known.contains(&*name),
                "src/owner/{name} is not in DETECTORS"
            );
        }
    }
}

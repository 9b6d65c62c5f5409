//! The detectors against facts that other programs found out. What comes in is
//! the folder `IMGSIZE_FIXTURES` with its `expected.json`; without it nothing is
//! tested.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::analysis::{Analysis, Warning, Wishes, analyze_opened};
use crate::owner::Owner;
use crate::scan::How;
use crate::source::{Choice, Net, Origin, Place, Platform, open};
use crate::units::Bytes;

/// The folder of fixtures, and what is known of them.
pub(in crate::owner) fn fixtures() -> Option<(PathBuf, Value)> {
    let folder = PathBuf::from(std::env::var_os("IMGSIZE_FIXTURES")?);
    let expected = std::fs::read(folder.join("expected.json")).unwrap();
    Some((folder, serde_json::from_slice(&expected).unwrap()))
}

/// A whole image of the fixtures, through the pipeline.
pub(in crate::owner) fn analysis(image: &Path, architecture: &str) -> Analysis {
    let origin = Origin {
        format: None,
        place: Place::Path(image.to_owned()),
        tag: None,
    };
    let choice = Choice {
        image: None,
        platform: Some(Platform::new("linux", architecture, None)),
    };
    let image = open(&origin, &choice, &Net::default()).unwrap();
    analyze_opened(image, &How::default(), &Wishes::default(), &|_| {}).unwrap()
}

/// The packages of an ecosystem that own files.
pub(in crate::owner) fn owners<'a>(analysis: &'a Analysis, ecosystem: &str) -> Vec<&'a Owner> {
    let owners = analysis.attribution.owners.iter();
    owners
        .filter(|owner| owner.ecosystem == ecosystem && owner.installed && owner.files > 0)
        .collect()
}

/// How many databases of an ecosystem could not be read.
pub(in crate::owner) fn warnings(analysis: &Analysis, ecosystem: &str) -> usize {
    let of_it =
        |warning: &&Warning| matches!(warning, Warning::Database(id, _) if *id == ecosystem);
    analysis.warnings.iter().filter(of_it).count()
}

/// Equal to the last byte: both count an inode once, for the first package that
/// lists one of its names.
#[test]
fn packages_own_what_others_say() {
    let Some((folder, expected)) = fixtures() else {
        return;
    };
    for (image, no, architecture, ecosystem) in [
        ("alpine-310.tar.gz", 0, "amd64", "apk"),
        ("apko-base-multiarch", 0, "amd64", "apk"),
        ("apko-base-multiarch", 1, "arm64", "apk"),
        ("made-debian-demo-app.oci.tar", 0, "amd64", "dpkg"),
    ] {
        let analysis = analysis(&folder.join("images").join(image), architecture);
        assert_eq!(warnings(&analysis, ecosystem), 0, "{image}");
        let owners = owners(&analysis, ecosystem);
        let facts = &expected["images"][image]["images"][no]["tools"]["owners"][ecosystem];
        let largest: Map<String, Value> = owners
            .iter()
            .filter(|owner| facts["largest"].get(&owner.name).is_some())
            .map(|owner| {
                (
                    owner.name.clone(),
                    json!({"files": owner.files, "bytes": owner.live}),
                )
            })
            .collect();
        let said = json!({
            "packages": owners.len(),
            "files": owners.iter().map(|owner| owner.files).sum::<u64>(),
            "bytes": owners.iter().map(|owner| owner.live).sum::<Bytes>(),
            // What is listed and not there is nobody's: we do not count it.
            "listed_absent": facts["listed_absent"],
            "largest": largest,
        });
        assert_eq!(said, *facts, "{image}");
    }
}

//! Who needs whom. What comes in is a case and a detector; what goes out is a line
//! for each package: how it came, in which other it is, and what it needs.

use super::*;

/// What a detector says of the packages in the last state of a case.
pub(in crate::owner) fn needs(detector: &'static Detector, case: &Case) -> String {
    let detectors = std::slice::from_ref(detector);
    let layers = case.layers.iter().map(|tar| {
        let stream = Stream::open(&tar[..], None, None).unwrap();
        Arc::new(index_stream(stream, &|file| keep_for(detectors, file), &|_| {}).unwrap())
    });
    let fs = Rootfs::stack(layers.collect(), &mut |_, _| {}).unwrap();
    let config = case.image(plain).info.config;
    let found = (detector.detect)(&Scene::new(&fs, &config, 1));
    let name = |no: usize| format!("{} {}", found.packages[no].name, found.packages[no].version);
    let mut lines: Vec<String> = Vec::new();
    for (no, package) in found.packages.iter().enumerate() {
        let asked = match package.asked {
            Asked::Unknown => "",
            Asked::ByName => " by-name",
            Asked::ForOthers => " for-others",
        };
        let inside = package.inside.map(|host| format!(" inside {}", name(host)));
        let mut needed: Vec<String> = package.requires.iter().map(|&no| name(no)).collect();
        needed.sort();
        let needed: Vec<String> = needed.iter().map(|name| format!(" -> {name}")).collect();
        let line = [
            name(no),
            asked.into(),
            inside.unwrap_or_default(),
            needed.concat(),
            "\n".into(),
        ];
        lines.push(line.concat());
    }
    lines.sort();
    lines.concat()
}

/// `NAME.needs` beside `NAME.case`.
#[test]
fn every_detector_says_who_needs_whom() {
    for detector in DETECTORS {
        let folder = root().join("testdata/owner").join(detector.id);
        for file in std::fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            if path
                .extension()
                .is_some_and(|extension| extension == "needs")
            {
                let case = Case::load(&path.with_extension("case"));
                let expected = std::fs::read_to_string(&path).unwrap();
                assert_eq!(needs(detector, &case), expected, "{}", path.display());
            }
        }
    }
}

//! Many of one thing in an image: scripts, pairs of layers, folders to work in.

use super::law::assert_law;
use super::*;

/// Of many that name each other, each once, as quickly as few.
#[test]
fn a_long_chain_of_scripts_is_followed_to_its_end() {
    let mut tar = tar::Builder::new(Vec::new());
    for no in 0..1500 {
        let text = format!("#!/bin/sh\n./s{}.sh\nexec last{no}\n", no + 1);
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        let path = format!("app/s{no}.sh");
        tar.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    let mut case = Case::parse(r#"c Cmd ["/app/s0.sh"]"#, Path::new("."));
    case.layers = vec![tar.into_inner().unwrap()];
    let analysis = analysis_of(&case);
    let view = View::new(&analysis);
    assert!(view.runs("last1499") && !view.runs("last1500"));
}

#[test]
fn of_very_many_pairs_of_layers_the_heaviest_are_told_of() {
    let mut case = Case::parse("", Path::new("."));
    case.layers.clear();
    const LAYERS: usize = 40;
    for layer in 0..LAYERS {
        let mut tar = tar::Builder::new(Vec::new());
        let mut put = |path: String, size: usize| {
            let mut header = tar::Header::new_gnu();
            header.set_size(size as u64);
            let bytes = vec![b'x'; size];
            tar.append_data(&mut header, path, &bytes[..]).unwrap();
        };
        for later in layer + 1..LAYERS {
            let size = if (layer, later) == (3, 30) { 900 } else { 1 };
            put(format!("d/{layer}-{later}"), size);
        }
        for before in 0..layer {
            put(format!("d/.wh.{before}-{layer}"), 0);
        }
        case.layers.push(tar.into_inner().unwrap());
    }
    let analysis = analysis_of(&case);
    let losses = View::new(&analysis).losses(crate::rootfs::Cause::Deleted);
    assert_eq!(losses.len(), 500);
    assert!(losses.contains_key(&(3, 30)));
    assert_law(&analysis, "pairs");
}

/// Of a history of many folders each is read once, and what is no path is none.
#[test]
fn where_a_copy_ran_is_known_as_far_as_a_path_can_be_long() {
    use crate::source::Step;
    let step = |created_by: &str, has_layer| Step {
        created_by: created_by.to_owned(),
        has_layer,
        created: None,
        comment: String::new(),
    };
    let case = Case::parse(
        "i COPY . .\nf 3 srv/app/x\n---\ni COPY . .\nf 3 srv/app/y",
        Path::new("."),
    );
    let mut analysis = analysis_of(&case);
    let steps = &mut analysis.info.steps;
    steps.extend(["WORKDIR /srv", "WORKDIR app"].map(|text| step(text, false)));
    steps.push(step("COPY . .", true));
    steps.extend((0..20_000).map(|_| step("WORKDIR app", false)));
    steps.push(step("COPY . .", true));
    let view = View::new(&analysis);
    let path = |path: &str, layer| view.context_path(layer, analysis.fs.find(path).unwrap());
    assert_eq!(path("srv/app/x", 0).as_deref(), Some("x"));
    assert_eq!(path("srv/app/y", 1), None);
}

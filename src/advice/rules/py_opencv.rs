//! OpenCV more than once, or with windows that a server cannot show.

use crate::advice::{Finding, Risk, Rule, View};
use crate::owner::{Owner, OwnerId};
use crate::path::brief;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "py-opencv",
    summary: "several packages of OpenCV, which write over each other's files",
    explain: "\
opencv-python, opencv-python-headless and the two contrib ones all install `cv2` with about
160 MB, and each writes over what the one before wrote: what works then depends on
the order. Install one of them: headless in a server, as the others also need libGL of the
system, with 216 MB of packages on Debian. Which one to keep depends on what requires
which; counted are all but the largest. The files that were written over are lost bytes
of their layer and are not counted. Whether the program opens windows it cannot see.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let mut all: Vec<(OwnerId, &Owner)> = view
        .packages("pip")
        .filter(|(_, owner)| {
            owner
                .name
                .to_ascii_lowercase()
                .replace('_', "-")
                .starts_with("opencv-")
        })
        .collect();
    all.sort_by_key(|(id, owner)| (std::cmp::Reverse(owner.live), *id));
    let Some((_, others)) = all.split_first().filter(|(_, others)| !others.is_empty()) else {
        return Vec::new();
    };
    let others: Vec<OwnerId> = others.iter().map(|&(id, _)| id).collect();
    let names: Vec<String> = all
        .iter()
        .map(|(_, owner)| brief(&owner.name).to_string())
        .collect();
    vec![
        Finding::new(format!(
            "OpenCV is installed {} times: {}",
            all.len(),
            names.join(", ")
        ))
        .bodies(view.stored_by(&others))
        .risk(Risk::Check)
        .note("which of them is required, and that no window is opened if it is headless")
        .fix("# requirements.txt: opencv-python-headless only"),
    ]
}

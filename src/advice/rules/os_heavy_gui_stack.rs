//! Libraries of screens, for OpenCV on a server.

use crate::advice::{Ask, Finding, Risk, Rule, View, files_of, is_one_of, some};
use crate::owner::{Asked, OwnerId};
use crate::path::brief;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "os-heavy-gui-stack",
    summary: "libGL and the like, for an OpenCV that shows nothing",
    explain: "\
opencv-python is built to open windows, and does not load without libGL. `apt-get install
libgl1` brings Mesa and LLVM: 216 MB on Debian. On a server the same program runs with
opencv-python-headless, which needs none of it. Counted are libGL, GLib and X libraries that
layers on top of the base installed, with what only they require, unless a file of anybody
but OpenCV loads them. imshow and waitKey do not work without windows. It cannot see a
program that loads libGL by its name.",
    check,
};

const GUI: &[&str] = &[
    "libgl1",
    "libgl1-mesa-glx",
    "libgl1-mesa-dri",
    "libglx-mesa0",
    "libglx0",
    "libegl1",
    "libgtk-3-0*",
    "libgtk2.0-0*",
    "libsm6",
    "libxext6",
    "libxrender1",
    "libx11-6",
    "libglib2.0-0*",
    "mesa-*",
    "mesa",
    "libxrender-dev",
    "libice6",
];

fn check(view: &View<'_>) -> Vec<Finding> {
    finding(view).into_iter().collect()
}

fn finding(view: &View<'_>) -> Option<Finding> {
    let names = ["opencv-python", "opencv-contrib-python"];
    let opencv = names.iter().filter_map(|name| view.package("pip", name));
    let opencv: Vec<OwnerId> = opencv.map(|(id, _)| id).collect();
    let shows = [
        "Xvfb",
        "xvfb-run",
        "startx",
        "x11vnc",
        "chromium",
        "google-chrome",
    ];
    if opencv.is_empty()
        || shows.iter().any(|tool| view.runs(tool))
        || view.env("DISPLAY").is_some()
    {
        return None;
    }
    let added = view.added_packages().into_iter();
    let gui: Vec<OwnerId> = added
        .filter(|(_, owner)| is_one_of(&owner.name, GUI))
        .map(|(id, _)| id)
        .collect();
    let removal = view.removal(&Ask {
        packages: &gui,
        unloaded: &opencv,
        ..Ask::default()
    });
    let owner = |id: &OwnerId| view.image.attribution.owner(*id);
    let files = files_of(view, &removal.goes);
    if files.is_empty() {
        return None;
    }
    let named = removal
        .goes
        .iter()
        .filter(|id| owner(id).asked == Asked::ByName);
    let named: Vec<String> = named.map(|id| brief(&owner(id).name)).collect();
    Some(
        Finding::new(format!(
            "libraries of screens for OpenCV: {} packages",
            removal.goes.len()
        ))
        .bodies(view.stored_by(&removal.goes))
        .risk(Risk::Check)
        .note("the program must not open windows (imshow, waitKey)")
        .fix(format!(
            "pip install opencv-python-headless   # and no apt-get install {}",
            some(named)
        )),
    )
}

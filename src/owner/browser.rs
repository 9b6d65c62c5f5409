//! Browsers that test and scraping tools download. What comes in is the folders that
//! these tools keep them in; what goes out is a package for each browser and
//! revision. They are needed at run time, by a package of pip or npm.
//!
//! Facts: playwright.dev, "Browsers", Managing browser binaries
//! (`ms-playwright/NAME-REVISION`, wherever `PLAYWRIGHT_BROWSERS_PATH` says);
//! pptr.dev, `@puppeteer/browsers`, Cache (`puppeteer/BROWSER/PLATFORM-VERSION`);
//! docs.cypress.io, "Binary cache"; selenium.dev, "Selenium Manager", Caching
//! (`selenium/NAME/PLATFORM/VERSION`).

use super::place::{Claimed, find, patterns};
use super::{Category, Detector, Finds, Found, Scene};
use crate::path::shown;
use crate::rootfs::{NodeId, NodeKind, Rootfs};

pub(super) const DETECTOR: Detector = Detector {
    id: "browser",
    finds: Finds::Packages,
    wants: |_| 0,
    detect,
};

/// How a folder tells which browser is in it.
#[derive(Clone, Copy)]
enum Told {
    /// `chromium-1124`.
    Name,
    /// `chrome/linux-127.0.6533.88`.
    Platform,
    /// `chromedriver/linux64/114.0.5735.90`.
    Above,
    /// `13.6.0`, of Cypress.
    Cypress,
}

const FOLDERS: &[(&str, Told)] = &[
    ("**/ms-playwright/*", Told::Name),
    ("**/.cache/puppeteer/*/*", Told::Platform),
    // Until version 19 beside its code.
    ("**/puppeteer/.local-chromium/*", Told::Platform),
    ("**/.cache/selenium/*/*/*", Told::Above),
    ("**/.cache/Cypress/*", Told::Cypress),
];

fn detect(scene: &Scene<'_>) -> Found {
    let fs = scene.fs;
    let named = browsers_path(scene);
    let rows = FOLDERS.iter().enumerate();
    let all: Vec<_> = rows
        .flat_map(|(row, (path, _))| patterns(row, path))
        .collect();
    let hits = find(fs, NodeId::ROOT, &all).into_iter();
    let mut folders: Vec<(NodeId, Told)> = hits
        .map(|hit| (hit.node, FOLDERS[all[hit.pattern].row].1))
        .chain(named.into_iter().map(|node| (node, Told::Name)))
        .filter(|&(node, _)| fs.kind(node) == NodeKind::Dir)
        .collect();
    folders.sort_by_cached_key(|&(node, _)| fs.path(node));
    folders.dedup_by_key(|(node, _)| *node);
    let mut claims = Claimed::default();
    for (node, told) in folders {
        if let Some((name, version)) = told.name_and_version(fs, node) {
            claims.add(name, version, Category::LanguagePackages, vec![node]);
        }
    }
    claims.found
}

/// What is in the folder that the image's environment names.
fn browsers_path(scene: &Scene<'_>) -> Vec<NodeId> {
    let mut env = scene.config.env.iter();
    let named = env.find_map(|text| text.strip_prefix("PLAYWRIGHT_BROWSERS_PATH=/"));
    let folder = named.and_then(|path| scene.fs.resolve(path));
    folder.map_or_else(Vec::new, |folder| scene.fs.children(folder).collect())
}

impl Told {
    fn name_and_version(self, fs: &Rootfs, node: NodeId) -> Option<(String, String)> {
        let own = fs.name(node);
        let above = |node| fs.name(fs.parent(node));
        let dash = own.iter().rposition(|&byte| byte == b'-');
        let parts = dash.map(|dash| (&own[..dash], &own[dash + 1..]));
        let (name, version) = match self {
            Told::Name => parts?,
            Told::Platform if above(node) == b".local-chromium" => (&b"chromium"[..], parts?.1),
            Told::Platform => (above(node), parts?.1),
            Told::Above => (above(fs.parent(node)), own),
            Told::Cypress => (&b"Cypress"[..], own),
        };
        // A browser without a version is another folder.
        let is_version = version.first().is_some_and(u8::is_ascii_digit);
        let is_one = is_version && !name.is_empty();
        is_one.then(|| (shown(name).into_owned(), shown(version).into_owned()))
    }
}

//! Browsers that were downloaded into the image.

use crate::advice::{Finding, Risk, Rule, View, files_of};
use crate::owner::OwnerId;
use crate::path::brief;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "browsers-bundled",
    summary: "browsers of Playwright, Puppeteer and the like",
    explain: "\
`playwright install` downloads three browsers with over a gigabyte; one of them, or the
headless shell of one, is often all that is used, and none in an image that only tests
needed them for. Install the one that is used: `playwright install --only-shell chromium`,
or run browsers in a container of their own. Counted are all browsers that the image
holds on top of its base. Whether the program starts one, and which, it cannot see but by
the app's imports: where the app imports playwright, puppeteer or selenium it asks to
look, and promises nothing.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let mut browsers: Vec<(OwnerId, String)> = view
        .packages("browser")
        .filter(|(id, _)| !view.owned(*id).is_empty())
        .map(|(id, owner)| (id, brief(&owner.name).to_string()))
        .collect();
    browsers.sort_by(|a, b| a.1.cmp(&b.1));
    if browsers.is_empty() {
        return Vec::new();
    }
    let ids: Vec<_> = browsers.iter().map(|&(id, _)| id).collect();
    let files = files_of(view, &ids);
    let is_used = [
        "playwright",
        "puppeteer",
        "puppeteer-core",
        "selenium",
        "pyppeteer",
        "@playwright/test",
    ]
    .iter()
    .any(|module| view.imports(module));
    // One that is used is needed.
    if is_used && browsers.len() == 1 {
        return Vec::new();
    }
    let names: Vec<&str> = browsers.iter().map(|(_, name)| &**name).collect();
    let finding = Finding::new(format!("browsers are in the image: {}", names.join(", ")));
    let finding = match is_used {
        true => {
            let bodies = files.iter().filter_map(|&file| view.fs.body_of(file));
            let download = bodies.map(|id| view.fs.body(id).transfer).sum();
            finding
                .estimate(view.weigh(&files), download)
                .note("the app drives a browser: keep the one that it starts")
        }
        false => finding
            .bodies(view.stored_by(&ids))
            .note("that nothing starts a browser: no import of one was seen in the app"),
    };
    vec![finding.risk(Risk::Check).fix(
        "RUN playwright install --only-shell chromium   # or none, where only tests need them",
    )]
}

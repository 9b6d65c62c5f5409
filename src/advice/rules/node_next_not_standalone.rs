//! Next.js apps that take all of node_modules along.

use crate::advice::{Confidence, Finding, Risk, Rule, View};
use crate::rootfs::NodeId;
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "node-next-not-standalone",
    summary: "a Next.js app that runs from a whole node_modules",
    explain: "\
With `output: 'standalone'` Next.js copies beside a small server only the files that pages
need: of one app 60 MB in place of 393 MB of packages, of another image 200 MB in place of
600. Set it in next.config, copy .next/standalone, .next/static and public into the final
image, and start `node server.js`. Do not copy node_modules over it again.
The start command changes, flags of `next start` become variables (PORT, HOSTNAME), and
what is loaded by a name put together at run time must be listed in
outputFileTracingIncludes. Which files pages need only the build can tell, so the figure
is an estimate, the packages beyond 60 MB, and in no sum. Silent where a server.js is
beside the built app. It cannot see a distDir with another name than .next.",
    check,
};

/// What the packages of a measured standalone app weigh.
const STANDALONE: Bytes = Bytes(60_000_000);

fn check(view: &View<'_>) -> Vec<Finding> {
    let fs = view.fs;
    let runs_next = view.called("BUILD_ID").iter().copied().find_map(|file| {
        let built = fs.parent(file);
        let app = fs.parent(built);
        let is_app = fs.name(built) == b".next"
            && fs.child(app, b"server.js").is_none()
            && fs.name(app) != b"standalone";
        let modules = fs.child(app, b"node_modules").filter(|_| is_app)?;
        fs.child(modules, b"next").map(|_| modules)
    });
    let Some(modules) = runs_next.filter(|_| !view.runs("next dev")) else {
        return Vec::new();
    };
    let files: Vec<NodeId> = view.below(modules);
    let size = view.weigh(&files);
    if size <= STANDALONE {
        return Vec::new();
    }
    let bodies = view.freed(&files).into_iter();
    let download: u64 = bodies
        .filter(|&id| fs.body(id).lost.is_none())
        .map(|id| fs.body(id).transfer.0)
        .sum();
    let stored = Bytes(size.0 - STANDALONE.0);
    let part = u128::from(download) * u128::from(stored.0) / u128::from(size.0);
    let download = Bytes(u64::try_from(part).unwrap_or(u64::MAX));
    let mut finding = Finding::new("a Next.js app runs from a whole node_modules")
        .risk(Risk::Behaviour)
        .confidence(Confidence::Medium)
        .estimate(stored, download)
        .note("the container then starts with `node server.js`")
        .fix(format!(
            "in next.config: output: 'standalone'\n{}\nCMD [\"node\", \"server.js\"]",
            view.copy_built([
                "/app/.next/standalone ./",
                "/app/.next/static ./.next/static",
                "/app/public ./public",
            ])
        ));
    finding.at = view.layer_of(&files);
    vec![finding]
}

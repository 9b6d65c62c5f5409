//! Compilers of a Next.js app that is built already.

use crate::advice::{Finding, Rule, View};
use crate::rootfs::NodeId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "node-next-swc",
    summary: "compilers that only `next build` runs, beside a built app",
    explain: "\
`next build` compiles with programs that lie in packages of their own: @next/swc-* is 143
MB, lightningcss 10, those of esbuild, Rolldown and Tailwind more. A built app runs
without them: with them removed `next start` served pages and API routes. Remove them
behind the build, or use `output: 'standalone'`, which leaves them out.
Silent where the image runs `next dev` or `next build`, TypeScript as it is, or where a
next.config.ts is there, as Next.js compiles that at each start; packages that your own
scripts load stay. It cannot see whether a package of yours compiles at run time.",
    check,
};

/// How names of such packages begin, and the package that loads them.
const COMPILERS: &[(&str, &str)] = &[
    ("@next/swc-", "@next/swc"),
    ("@swc/core-", "@swc/core"),
    ("lightningcss-", "lightningcss"),
    ("@rolldown/binding-", "rolldown"),
    ("@esbuild/", "esbuild"),
    ("@unrs/", "unrs-resolver"),
    ("@tailwindcss/oxide-", "@tailwindcss/oxide"),
];

fn check(view: &View<'_>) -> Vec<Finding> {
    let builds = view.called("BUILD_ID").iter();
    let is_built = builds
        .copied()
        .any(|file| view.fs.name(view.fs.parent(file)).starts_with(b".next"));
    if !is_built
        || view.is_for_development()
        || view.compiles_typescript()
        || view.has_next_config_in_typescript()
    {
        return Vec::new();
    }
    let used: Vec<bool> = COMPILERS
        .iter()
        .map(|(_, loader)| view.imports(loader) || view.runs(loader))
        .collect();
    let folders: Vec<NodeId> = view
        .node_packages()
        .iter()
        .filter(|package| {
            let mut all = COMPILERS.iter().zip(&used);
            all.any(|((start, _), used)| package.name.starts_with(start) && !used)
        })
        .map(|package| package.folder)
        .collect();
    let title = format!(
        "{} compilers stand beside a built Next.js app",
        folders.len()
    );
    let finding = view.without(title, &folders);
    let finding = finding.map(|finding| view.unless_built_later(finding));
    let finding =
        finding.map(|finding| finding.note("nothing may be compiled when the container runs"));
    finding.into_iter().collect()
}

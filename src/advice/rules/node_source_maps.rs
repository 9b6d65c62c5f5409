//! Source maps: in packages, and among what a site gives to everybody.

use crate::advice::{Finding, Risk, Rule, View};
use crate::rootfs::NodeId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "node-source-maps",
    summary: "source maps, in node_modules and among public files",
    explain: "\
Source maps lead debuggers from built scripts to their sources. They are 15 to 32 % of
what npm installs, and Node reads them only when it is told to. Remove those in
node_modules in the RUN that installs (`find node_modules -name '*.js.map' -delete`); of
80 packages and of a Next.js app none broke. Maps among public files are a finding of
their own: whoever visits the site can read your sources in them. Silent where the image
runs with `--enable-source-maps`, `source-map-support` or `sentry-cli`, or a development
server. Your own maps of server code are left alone, as your stack traces may need them.
It cannot see packages that read their own maps; none is known.",
    check,
};

/// What maps are of.
const KINDS: [&str; 8] = [".js", ".mjs", ".cjs", ".css", ".ts", ".mts", ".cts", ".jsx"];

fn check(view: &View<'_>) -> Vec<Finding> {
    let options = view.env("NODE_OPTIONS").unwrap_or_default();
    let is_wanted = |text: &str| {
        ["enable-source-maps", "source-map-support", "sentry-cli"]
            .iter()
            .any(|word| text.contains(word))
    };
    if is_wanted(options)
        || is_wanted(view.command())
        || view.imports("source-map-support")
        || view.is_for_development()
    {
        return Vec::new();
    }
    let maps = view.with_ending("map").iter().copied();
    let maps = maps.filter(|&map| is_map(view, map));
    let (packaged, own): (Vec<NodeId>, Vec<NodeId>) =
        maps.partition(|&map| view.is_in(map, "node_modules"));
    let public: Vec<NodeId> = own
        .into_iter()
        .filter(|&map| view.is_in(map, ".next") && view.is_in(map, "static"))
        .collect();
    let names: Vec<String> = KINDS
        .iter()
        .map(|kind| format!("-name '*{kind}.map'"))
        .collect();
    let test = format!("\\( {} \\)", names.join(" -o "));
    let title = format!("{} source maps are in node_modules", packaged.len());
    let of_packages = view
        .sweep(title, &packaged, &view.node_roots(), &test)
        .map(|finding| finding.note("stack traces that lead into packages show built code"));
    let title = format!("{} source maps are among the public files", public.len());
    let of_site = view.sweep(title, &public, &[], &test).map(|finding| {
        Finding {
            edits: Vec::new(),
            ..finding
        }
        .risk(Risk::Behaviour)
        .note("visitors can read your sources in them; error reports may need them")
        .fix("in next.config: productionBrowserSourceMaps: false")
    });
    of_packages.into_iter().chain(of_site).collect()
}

fn is_map(view: &View<'_>, file: NodeId) -> bool {
    let name = view.fs.name(file);
    let stem = name.strip_suffix(b".map").unwrap_or_default();
    KINDS.iter().any(|kind| stem.ends_with(kind.as_bytes()))
}

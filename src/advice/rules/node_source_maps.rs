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
80 packages and of a Next.js app none broke. Maps among public files (the folders that
nginx, Apache and Caddy serve, a `dist` or `build` with an index.html, Next.js's `static`)
are findings of their own: whoever visits the site can read your sources in them. Silent where the image
runs with `--enable-source-maps`, `source-map-support` or `sentry-cli`, or a development
server. Your own maps of server code are left alone, as your stack traces may need them.
It cannot see packages that read their own maps; none is known.",
    check,
};

/// What maps are of.
const KINDS: [&str; 8] = [".js", ".mjs", ".cjs", ".css", ".ts", ".mts", ".cts", ".jsx"];

/// What nginx, Apache and Caddy give to everybody as they come.
const ROOTS: [&str; 4] = [
    "usr/share/nginx/html",
    "var/www/html",
    "usr/local/apache2/htdocs",
    "usr/share/caddy",
];
/// Folders of built sites; `srv` is Caddy's.
const BUILT: [&[u8]; 6] = [b"dist", b"build", b"out", b"public", b"www", b"srv"];

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
    let (of_next, own): (Vec<NodeId>, Vec<NodeId>) = own
        .into_iter()
        .partition(|&map| view.is_in(map, ".next") && view.is_in(map, "static"));
    let roots: Vec<NodeId> = ROOTS.iter().filter_map(|path| view.fs.find(path)).collect();
    let of_site: Vec<NodeId> = own
        .into_iter()
        .filter(|&map| is_served(view, map, &roots))
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
    let of_next = public(view, &of_next, &test).map(|finding| {
        finding
            .risk(Risk::Behaviour)
            .note("visitors can read your sources in them; error reports may need them")
            .fix("in next.config: productionBrowserSourceMaps: false")
    });
    let of_site = public(view, &of_site, &test).map(|finding| {
        finding
            .risk(Risk::Check)
            .note("they show your sources to whoever visits the site")
            .note("that no error tracker fetches them from the site; give it the maps in the build")
            .fix(
                "where the site is built: Vite: build.sourcemap: false; webpack: devtool: false; \
                 Angular: \"sourceMap\": false; Create React App: GENERATE_SOURCEMAP=false",
            )
    });
    of_packages
        .into_iter()
        .chain(of_next)
        .chain(of_site)
        .collect()
}

/// A finding of maps that are served; the build leaves them out, no command deletes them.
fn public(view: &View<'_>, maps: &[NodeId], test: &str) -> Option<Finding> {
    let title = format!("{} source maps are among the public files", maps.len());
    let finding = view.sweep(title, maps, &[], test)?;
    Some(Finding {
        edits: Vec::new(),
        ..finding
    })
}

/// Is a file given to visitors: is it in a server's folder, or in a built site, which is
/// known by its page? The same folders of a server's own code have none.
fn is_served(view: &View<'_>, file: NodeId, roots: &[NodeId]) -> bool {
    let (mut at, mut has_page) = (file, false);
    while at != NodeId::ROOT {
        at = view.fs.parent(at);
        if roots.contains(&at) {
            return true;
        }
        has_page |= view.fs.child(at, b"index.html").is_some();
        if has_page && BUILT.contains(&view.fs.name(at)) {
            return true;
        }
    }
    false
}

fn is_map(view: &View<'_>, file: NodeId) -> bool {
    let name = view.fs.name(file);
    let stem = name.strip_suffix(b".map").unwrap_or_default();
    KINDS.iter().any(|kind| stem.ends_with(kind.as_bytes()))
}

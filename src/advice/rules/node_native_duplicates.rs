//! Programs in packages of Node that were built for another system than the image's.

use std::collections::BTreeMap;

use crate::advice::{Finding, Rule, View};
use crate::rootfs::{NodeId, NodeKind};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "node-native-duplicates",
    summary: "native parts of packages for another system, libc or processor",
    explain: "\
Native packages come once for each system, as packages of their own (`@img/sharp-linux-x64`,
`@img/sharp-linuxmusl-x64`, `@img/sharp-wasm32`) or as folders in `prebuilds`. Old versions
of npm, and lock files made elsewhere, install several: of sharp 50 MB in place of 20. Only
one is loaded. Install with npm 11, or `npm ci --os=linux --cpu=x64 --libc=glibc`, or
remove the others in the RUN that installs. It speaks only where one that fits the image's
libc and processor is there beside those that do not; a libc is told apart only where the
name tells it. It cannot see that an app names one of them itself.",
    check,
};

const SYSTEMS: &[&str] = &[
    "linux",
    "linuxmusl",
    "darwin",
    "win32",
    "freebsd",
    "openbsd",
    "netbsd",
    "sunos",
    "aix",
    "android",
    "openharmony",
    "wasm32",
];

const PROCESSORS: &[&str] = &[
    "x64",
    "arm64",
    "arm",
    "armv6",
    "armv7",
    "ia32",
    "x86",
    "ppc64",
    "ppc64le",
    "s390x",
    "riscv64",
    "loong64",
    "mips64el",
    "universal",
];

/// How well something fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Right,
    /// For this system and processor, and for the other libc.
    Libc,
    Wrong,
}

/// What a name says of the system that something is for; and what stands before that.
fn read<'n>(name: &'n str, view: &View<'_>) -> Option<(&'n str, Fit, bool)> {
    let base = name.rfind('/').map_or(0, |at| at + 1);
    let bare = &name[base..];
    let words: Vec<&str> = bare.split('-').collect();
    let at = words.iter().position(|word| SYSTEMS.contains(word))?;
    let rest = &words[at + 1..];
    let system = words[at];
    let is_wasm = system == "wasm32";
    let processor = rest
        .iter()
        .find(|word| word.split('+').any(|one| PROCESSORS.contains(&one)));
    if processor.is_none() && !is_wasm {
        return None;
    }
    let start = words[..at].iter().map(|word| word.len() + 1).sum::<usize>();
    let family = name[..base + start].trim_end_matches('-');
    let own = match view.architecture() {
        "amd64" => "x64",
        "386" => "ia32",
        "ppc64le" => "ppc64",
        other => other,
    };
    let is_processor = processor.is_some_and(|word| word.split('+').any(|one| one == own));
    let is_for_musl = system == "linuxmusl" || rest.iter().any(|word| word.starts_with("musl"));
    let is_for_glibc = rest.iter().any(|word| ["gnu", "glibc"].contains(word));
    let fit = match () {
        () if !system.starts_with("linux") || !is_processor => Fit::Wrong,
        () if is_for_musl == view.is_musl() && is_for_glibc != view.is_musl() => Fit::Right,
        () if is_for_musl && !view.is_musl() || is_for_glibc && view.is_musl() => Fit::Libc,
        // Its name tells no libc: it may be linked statically.
        () => Fit::Right,
    };
    Some((family, fit, is_for_musl || is_for_glibc))
}

fn check(view: &View<'_>) -> Vec<Finding> {
    let mut nodes = packages(view);
    nodes.extend(prebuilds(view));
    let title = format!("{} native parts are for other systems", nodes.len());
    let finding = view.without(title, &nodes);
    let finding = finding
        .map(|finding| finding.note("the image must not be the source of one for another system"));
    finding.into_iter().collect()
}

/// By the folder that holds them and what their names begin with.
type Families<'v> = BTreeMap<(NodeId, &'v str), Vec<(NodeId, Fit, bool)>>;

fn packages(view: &View<'_>) -> Vec<NodeId> {
    let mut families = Families::new();
    for package in view.node_packages() {
        if let Some((family, fit, tells)) = read(&package.name, view) {
            let key = (view.fs.parent(package.folder), family);
            let all = families.entry(key).or_default();
            all.push((package.folder, fit, tells));
        }
    }
    let misfits = families.into_values();
    misfits.flat_map(|all| misfits_of(view, all)).collect()
}

fn prebuilds(view: &View<'_>) -> Vec<NodeId> {
    let fs = view.fs;
    let mut all = Vec::new();
    for &folder in view.folders("prebuilds") {
        if !view.is_in(folder, "node_modules") {
            continue;
        }
        let inside = fs
            .children(folder)
            .filter(|&child| fs.kind(child) == NodeKind::Dir);
        let fits = inside.filter_map(|child| {
            let name = String::from_utf8_lossy(fs.name(child));
            let (_, fit, tells) = read(&name, view)?;
            Some((child, fit, tells))
        });
        all.extend(misfits_of(view, fits.collect()));
    }
    all
}

/// Those that do not fit, if there is one that does.
fn misfits_of(view: &View<'_>, all: Vec<(NodeId, Fit, bool)>) -> Vec<NodeId> {
    // Where some are for musl by name, on musl those whose names tell nothing are not.
    let musl_is_told = view.is_musl()
        && all
            .iter()
            .any(|(_, fit, tells)| *fit == Fit::Right && *tells);
    let is_right = |fit: Fit, tells: bool| fit == Fit::Right && (tells || !musl_is_told);
    if !all.iter().any(|&(_, fit, tells)| is_right(fit, tells)) {
        return Vec::new();
    }
    let misfits = all
        .into_iter()
        .filter(|&(_, fit, tells)| !is_right(fit, tells));
    misfits.map(|(node, _, _)| node).collect()
}

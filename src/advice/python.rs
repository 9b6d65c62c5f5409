//! What several rules ask of Python. What comes in is an image to look at; what goes out
//! is where packages lie, what the app loads, and what goes when packages go.
//!
//! Facts: docs.python.org, "site" (`site-packages`, Debian's `dist-packages`); PyPA,
//! "Core metadata" (names of distributions).

use std::collections::{BTreeMap, BTreeSet};

use super::{Edit, Finding, View, shell};
use crate::owner::OwnerId;
use crate::path::brief;
use crate::rootfs::{LayerNo, NodeId};

/// The part of a path below the folder in which packages lie.
pub(super) fn in_site(path: &str) -> Option<&str> {
    site(path).map(|(_, rest)| rest)
}

/// The folder in which packages lie, and what of a path is below it.
pub(super) fn site(path: &str) -> Option<(&str, &str)> {
    ["site-packages/", "dist-packages/"]
        .iter()
        .find_map(|folder| {
            let at = path.find(folder)?;
            let is_whole = at == 0 || path.as_bytes()[at - 1] == b'/';
            let end = at + folder.len();
            is_whole.then(|| (&path[..end - 1], &path[end..]))
        })
}

/// Is an owner a Python package that pip, uv or conda installed?
pub(super) fn is_package(view: &View<'_>, id: OwnerId) -> bool {
    matches!(view.image.attribution.owner(id).ecosystem, "pip" | "conda")
}

/// The added files of Python packages that end so, behind the last dot.
pub(super) fn files_ending(view: &View<'_>, endings: &[&str]) -> Vec<(NodeId, String)> {
    let files = endings.iter().flat_map(|end| view.with_ending(end));
    files
        .filter(|&&file| is_package(view, view.owner(file).0))
        .map(|&file| (file, view.path(file)))
        .filter(|(_, path)| in_site(path).is_some())
        .collect()
}

/// Does a name fit a pattern: `pytest`, `pytest-*` or `*-stubs`?
fn fits(name: &str, pattern: &str) -> bool {
    match (pattern.strip_suffix('*'), pattern.strip_prefix('*')) {
        (Some(start), _) => name.starts_with(start),
        (_, Some(end)) => name.ends_with(end),
        _ => name == pattern,
    }
}

/// The added packages that are called so.
pub(super) fn named(view: &View<'_>, patterns: &[&str]) -> Vec<OwnerId> {
    view.packages("pip")
        .filter(|(id, owner)| {
            let name = owner.name.to_ascii_lowercase().replace(['_', '.'], "-");
            view.is_added(*id) && patterns.iter().any(|pattern| fits(&name, pattern))
        })
        .map(|(id, _)| id)
        .collect()
}

/// Folders that many packages share.
const NAMESPACES: [&str; 3] = ["google", "azure", "zope"];

/// `pandas` of `pandas.io.json`; `google.genai` of `google.genai.types`.
fn top(name: &str) -> String {
    let end = name.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.');
    let mut parts = name[..end.unwrap_or(name.len())].split('.');
    let first = parts.next().unwrap_or_default();
    match parts.next().filter(|_| NAMESPACES.contains(&first)) {
        Some(second) => format!("{first}.{second}"),
        None => first.to_owned(),
    }
}

/// What Python calls the top modules of packages.
pub(super) fn modules(view: &View<'_>, id: OwnerId) -> BTreeSet<String> {
    let paths = view.owned(id).iter().map(|&file| view.path(file));
    paths
        .filter_map(|path| {
            let rest = in_site(&path)?;
            let first = rest.split('/').next()?;
            let is_module = !first.starts_with("__pycache__") && !first.contains('-');
            let name = top(&rest.replace('/', "."));
            (is_module && !name.is_empty()).then_some(name)
        })
        .collect()
}

/// The top modules that the app loads, its tests left out.
pub(super) fn loaded(view: &View<'_>) -> BTreeSet<String> {
    let is_test = |path: &str| {
        path.contains("/tests/") || path.contains("/test/") || path.ends_with("conftest.py")
    };
    let scripts = view.app_scripts().filter(|script| !is_test(&script.path));
    let lines = scripts.flat_map(|script| &script.lines);
    lines.flat_map(|line| tops(line)).collect()
}

/// The top modules that a line loads.
fn tops(line: &str) -> Vec<String> {
    if let Some(rest) = line.strip_prefix("import ") {
        return rest.split(',').map(|name| top(name.trim())).collect();
    }
    if let Some(rest) = line.strip_prefix("from ") {
        let (from, names) = rest.split_once(" import ").unwrap_or((rest, ""));
        let names = names.trim_start_matches('(').split(',');
        let parts = names.map(|name| top(&format!("{}.{}", from.trim(), name.trim())));
        return parts.collect();
    }
    match line.contains("import_module(") {
        true => line
            .split(['"', '\''])
            .skip(1)
            .step_by(2)
            .map(top)
            .collect(),
        false => Vec::new(),
    }
}

/// Packages with all that only they lead to, but for what the app loads by itself and
/// what that needs.
pub(super) fn with_their_own(view: &View<'_>, ids: &[OwnerId]) -> Vec<OwnerId> {
    let goes = view.retained(ids);
    let loaded = loaded(view);
    let is_used = |id: &OwnerId| !modules(view, *id).is_disjoint(&loaded);
    let mut open: Vec<OwnerId> = goes
        .iter()
        .filter(|id| !ids.contains(id) && is_used(id))
        .copied()
        .collect();
    let mut stay = BTreeSet::new();
    while let Some(id) = open.pop() {
        if stay.insert(id) {
            open.extend(&view.image.attribution.owner(id).requires);
        }
    }
    let is_gone = |id: &OwnerId| is_package(view, *id) && (ids.contains(id) || !stay.contains(id));
    goes.into_iter().filter(is_gone).collect()
}

/// What goes when packages go, with all that only they lead to; `title` is told the
/// names of the packages.
pub(super) fn without(
    view: &View<'_>,
    ids: &[OwnerId],
    title: impl FnOnce(&str) -> String,
) -> Option<Finding> {
    let goes = with_their_own(view, ids);
    let bodies = view.stored_by(&goes);
    if bodies.is_empty() {
        return None;
    }
    let finding = Finding::new(title(&list(view, ids))).bodies(bodies);
    Some(match goes.len().saturating_sub(ids.len()) {
        0 => finding,
        _ => {
            let more: Vec<OwnerId> = goes.into_iter().filter(|id| !ids.contains(id)).collect();
            finding.note(format!("only they need {}", list(view, &more)))
        }
    })
}

/// The names of some packages, for a person: the largest first.
pub(super) fn list(view: &View<'_>, ids: &[OwnerId]) -> String {
    const SHOWN: usize = 5;
    let mut by_size: Vec<_> = ids
        .iter()
        .map(|&id| view.image.attribution.owner(id))
        .collect();
    by_size.sort_by(|a, b| (b.live, &a.name).cmp(&(a.live, &b.name)));
    let names: Vec<String> = by_size
        .iter()
        .take(SHOWN)
        .map(|owner| brief(&owner.name).to_string())
        .collect();
    match by_size.len().saturating_sub(SHOWN) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// Is the image meant to run on a graphics card?
pub(super) fn is_for_gpu(view: &View<'_>) -> bool {
    const PACKAGES: [&str; 7] = [
        "vllm",
        "bitsandbytes",
        "flash-attn",
        "deepspeed",
        "xformers",
        "sglang",
        "auto-gptq",
    ];
    let config = &view.image.info.config;
    let is_told = config.labels.iter().any(|(key, value)| {
        let text = format!("{key} {value}").to_ascii_lowercase();
        text.contains("gpu") || text.contains("cuda")
    });
    [
        "NVIDIA_VISIBLE_DEVICES",
        "CUDA_VERSION",
        "NV_CUDA_CUDART_VERSION",
    ]
    .iter()
    .any(|name| view.env(name).is_some())
        || is_told
        || PACKAGES
            .iter()
            .any(|name| view.package("pip", name).is_some())
}

/// `rm -rf` of folders at the end of each instruction that writes into them, and of no
/// other: what a later one removes stays stored.
pub(super) fn removals(view: &View<'_>, folders: &[NodeId]) -> Vec<Edit> {
    let mut by_layer: BTreeMap<LayerNo, BTreeSet<String>> = BTreeMap::new();
    for &folder in folders {
        let path = view.path(folder);
        for file in view.below(folder) {
            let paths = by_layer.entry(view.fs.layer_of(file)).or_default();
            if !paths.contains(&path) {
                paths.insert(path.clone());
            }
        }
    }
    let layers = by_layer
        .into_iter()
        .filter(|&(layer, _)| view.takes_commands(layer));
    layers
        .map(|(layer, paths)| Edit::Append {
            layer,
            command: shell::remove(paths.iter().map(String::as_str)),
        })
        .collect()
}

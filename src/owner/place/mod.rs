//! Files that are known by where they lie. What comes in is a table of places,
//! each a few path patterns; what goes out is a claim on every subtree that one
//! of them fits, named and counted as its row says.

mod pattern;

use std::collections::{HashMap, HashSet};

use super::{Category, Found, Package, Scene};
use crate::path::shown;
use crate::rootfs::{LayerNo, NodeId, NodeKind, Rootfs};
use pattern::{Hit, LONGEST_VERSION, Pattern, components};
pub(super) use pattern::{find, patterns};

/// A row of a table: what lies at some paths.
pub(super) struct Place {
    name: &'static str,
    category: Category,
    at: &'static [&'static str],
    written: Written,
    sign: Option<&'static str>,
    version: Option<Version>,
}

/// Which layers' files a place is made of.
#[derive(Debug, Clone, Copy)]
enum Written {
    Anywhere,
    ByBase,
    OnTop,
}

/// How a place tells its version.
struct Version {
    /// If it is not the `#` of its own path: a path in it, or in the image if it
    /// begins with a slash.
    at: &'static str,
    /// The texts in that file that the parts of the version stand behind; none
    /// if the version is a `#` of the path.
    behind: &'static [&'static str],
}

/// What lies at `at`.
///
/// The paths are [`patterns`]. In a name `{}` is the text of the last component's
/// first wildcard, or all of that component, `{path}` the whole path. Of two rows that fit one path the
/// upper one counts.
pub(super) const fn place(
    name: &'static str,
    category: Category,
    at: &'static [&'static str],
) -> Place {
    Place {
        name,
        category,
        at,
        written: Written::Anywhere,
        sign: None,
        version: None,
    }
}

impl Place {
    /// Only what the base image brought.
    pub(super) const fn by_base(mut self) -> Place {
        self.written = Written::ByBase;
        self
    }

    /// Only what was written on top of the base image.
    pub(super) const fn on_top(mut self) -> Place {
        self.written = Written::OnTop;
        self
    }

    /// Only where this is there too: in it, or in the image if it begins with a slash.
    pub(super) const fn with(mut self, sign: &'static str) -> Place {
        self.sign = Some(sign);
        self
    }

    /// Its version is the `#` of its path, or else of a path in it.
    pub(super) const fn version(self, at: &'static str) -> Place {
        self.version_behind(at, &[])
    }

    /// Its version is in a file, behind these texts.
    pub(super) const fn version_behind(
        mut self,
        at: &'static str,
        behind: &'static [&'static str],
    ) -> Place {
        self.version = Some(Version { at, behind });
        self
    }

    /// The file that tells its version, if a file does.
    pub(super) fn version_file(&self) -> Option<&'static str> {
        let version = self.version.as_ref()?;
        (!version.behind.is_empty()).then_some(version.at)
    }

    fn is_signed(&self, fs: &Rootfs, node: NodeId) -> bool {
        self.sign.is_none_or(|sign| {
            components(sign)
                .try_fold(origin(sign, node), |at, part| fs.child(at, part.as_bytes()))
                .is_some()
        })
    }

    fn version_of(&self, fs: &Rootfs, hit: &Hit, of: &[Pattern]) -> Option<String> {
        let version = self.version.as_ref()?;
        if let Some(own) = hit.version(fs, of) {
            return Some(own);
        }
        let patterns = patterns(0, version.at);
        let mut told = find(fs, origin(version.at, hit.node), &patterns)
            .into_iter()
            .filter_map(|hit| match version.behind {
                [] => hit.version(fs, &patterns),
                behind => version_in(fs.read(hit.node)?, behind),
            });
        let first = told.next()?;
        // One of several is not the version of all.
        told.all(|other| other == first).then_some(first)
    }

    fn parts(&self, scene: &Scene<'_>, node: NodeId, taken: &HashSet<NodeId>) -> Vec<NodeId> {
        match self.written {
            Written::Anywhere => vec![node],
            Written::ByBase => purely(scene.fs, node, taken, |layer| layer < scene.base),
            Written::OnTop => purely(scene.fs, node, taken, |layer| layer >= scene.base),
        }
    }
}

/// Claims what the rows of a table say.
pub(super) fn claim(scene: &Scene<'_>, places: &'static [Place]) -> Found {
    let fs = scene.fs;
    let patterns: Vec<Pattern> = places
        .iter()
        .enumerate()
        .flat_map(|(row, place)| place.at.iter().flat_map(move |at| patterns(row, at)))
        .collect();
    let mut hits = find(fs, NodeId::ROOT, &patterns);
    let place_of = |hit: &Hit| &places[patterns[hit.pattern].row];
    hits.retain(|hit| place_of(hit).is_signed(fs, hit.node));
    hits.sort_by_key(|hit| patterns[hit.pattern].row);
    let taken = hits
        .iter()
        .filter(|hit| matches!(place_of(hit).written, Written::Anywhere))
        .map(|hit| hit.node)
        .collect();
    let mut claims = Claimed::default();
    for hit in hits {
        let place = place_of(&hit);
        let name = match place.name {
            name if name.contains("{path}") => {
                name.replace("{path}", &fs.path(hit.node).to_string())
            }
            name => name.replace("{}", &shown(hit.star(fs, &patterns))),
        };
        let version = place.version_of(fs, &hit, &patterns).unwrap_or_default();
        let parts = place.parts(scene, hit.node, &taken);
        claims.add(name, version, place.category, parts);
    }
    claims.found
}

/// Packages in the order in which they are first claimed.
#[derive(Default)]
pub(super) struct Claimed {
    pub(super) found: Found,
    known: HashMap<(String, String, Category), usize>,
}

impl Claimed {
    /// What was claimed already, and more.
    pub(super) fn of(found: Found) -> Claimed {
        let packages = found.packages.iter().enumerate();
        let key = |package: &Package| {
            (
                package.name.clone(),
                package.version.clone(),
                package.category,
            )
        };
        let known = packages.map(|(no, package)| (key(package), no)).collect();
        Claimed { found, known }
    }

    /// Adds subtrees to the package that is called so, and gives it.
    pub(super) fn add(
        &mut self,
        name: String,
        version: String,
        category: Category,
        trees: Vec<NodeId>,
    ) -> &mut Package {
        let packages = &mut self.found.packages;
        let key = (name.clone(), version.clone(), category);
        let no = *self.known.entry(key).or_insert(packages.len());
        if no == packages.len() {
            packages.push(Package {
                name,
                version,
                category,
                ..Package::default()
            });
        }
        packages[no].trees.extend(trees);
        &mut packages[no]
    }
}

/// The largest subtrees of `top` without a file of an unwanted layer. What is in
/// `taken` is left to its own claim, which may lie above such a subtree.
pub(super) fn purely(
    fs: &Rootfs,
    top: NodeId,
    taken: &HashSet<NodeId>,
    wanted: impl Fn(LayerNo) -> bool,
) -> Vec<NodeId> {
    let open_children = |node| fs.children(node).filter(|child| !taken.contains(child));
    let mut mixed = HashSet::new();
    let mut open = vec![top];
    while let Some(node) = open.pop() {
        open.extend(open_children(node));
        if fs.kind(node) != NodeKind::File || wanted(fs.layer_of(node)) {
            continue;
        }
        let mut unwanted = node;
        while mixed.insert(unwanted) && unwanted != top {
            unwanted = fs.parent(unwanted);
        }
    }
    let mut parts = Vec::new();
    open.push(top);
    while let Some(node) = open.pop() {
        match mixed.contains(&node) {
            true => open.extend(open_children(node)),
            false => parts.push(node),
        }
    }
    parts
}

/// The version whose parts stand behind these texts, joined by dots.
pub(super) fn version_in(content: &[u8], behind: &[&str]) -> Option<String> {
    let parts: Option<Vec<String>> = behind
        .iter()
        .map(|text| {
            let text = text.as_bytes();
            let start = match text.len() {
                0 => 0,
                length => content.windows(length).position(|at| at == text)? + length,
            };
            let part: Vec<u8> = content[start..]
                .iter()
                .copied()
                .take(LONGEST_VERSION)
                .take_while(|byte| byte.is_ascii_alphanumeric() || b".+-_".contains(byte))
                .collect();
            String::from_utf8(part).ok().filter(|part| !part.is_empty())
        })
        .collect();
    parts.map(|parts| parts.join("."))
}

/// Where a path of a table begins: at the image's root if it has a slash there.
fn origin(path: &str, node: NodeId) -> NodeId {
    match path.starts_with('/') {
        true => NodeId::ROOT,
        false => node,
    }
}

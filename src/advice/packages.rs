//! Packages of operating systems as rules look at them. What comes in is the owners and
//! dpkg's own words; what goes out is which packages can go at once, and which of those
//! that nothing requires any more stay all the same: somebody loads or runs them.
//!
//! Facts: the gABI, "Dynamic Section" (`DT_NEEDED`, `DT_SONAME`).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::running::has_word;
use super::view::View;
use crate::owner::{Owner, OwnerId};
use crate::path::brief;
use crate::rootfs::NodeId;

/// The package managers whose packages make an operating system.
pub const SYSTEMS: [&str; 3] = ["dpkg", "apk", "rpm"];

/// Libraries that compiled programs load, whatever compiled them; what checks
/// certificates; and interpreters, which run more than anybody sees.
const NEVER: &[&str] = &[
    "libgcc*-s1",
    "libgcc",
    "libgcc1",
    "libstdc++",
    "libstdc++6",
    "libgomp",
    "libgomp1",
    "libatomic",
    "libatomic1",
    "libgfortran5",
    "libquadmath0",
    "libc6",
    "glibc",
    "musl",
    "ca-certificates",
    "ca-certificates-bundle",
    "tzdata",
    "python3",
    "python3.#",
    "python3.#-minimal",
    "python3-minimal",
    "libpython3-stdlib",
    "libpython3.#-stdlib",
    "libpython3.#-minimal",
    "libpython3.#",
    "nodejs",
    "ruby",
];

/// Programs that are called as words of English are.
const WORDS: &[&str] = &["as", "ar", "ld", "nm", "[", "at"];

/// Which packages are not to be installed, and what of their use does not count.
#[derive(Default)]
pub struct Ask<'q> {
    /// These, and what only they lead to.
    pub packages: &'q [OwnerId],
    /// Do they go even if they are of `NEVER`?
    pub all_named: bool,
    /// Names, or patterns, of what stays all the same.
    pub spared: &'q [String],
    /// Programs that may be run: the advice says what to run instead.
    pub unrun: &'q [&'q str],
    /// The owners whose loading of libraries does not count: they go too.
    pub unloaded: &'q [OwnerId],
}

/// What goes when packages are not installed.
#[derive(Default)]
pub struct Removal {
    /// These.
    pub goes: Vec<OwnerId>,
    /// What nothing requires any more, but something loads or runs: by its name, and
    /// by whom.
    pub stays: BTreeMap<String, String>,
    /// All that nothing requires any more and that stays, as it was added.
    pub kept: Vec<String>,
}

impl<'a> View<'a> {
    /// The package manager of the image's operating system; empty if there is none.
    pub fn system(&self) -> &'static str {
        let is_there = |system: &&&str| self.packages(system).next().is_some();
        SYSTEMS.iter().find(is_there).copied().unwrap_or_default()
    }

    /// The packages of the operating system that layers on top of the base installed.
    pub fn added_packages(&self) -> Vec<(OwnerId, &'a Owner)> {
        let in_base: HashSet<&str> = self
            .owners()
            .filter(|(_, owner)| owner.layer.is_some_and(|layer| layer < self.base))
            .filter(|(_, owner)| SYSTEMS.contains(&owner.ecosystem))
            .map(|(_, owner)| &*owner.name)
            .collect();
        // Who updates a package of the base can not do without it.
        // What has no file, as a named set of apk, is whoever's.
        self.packages(self.system())
            .filter(|(_, owner)| owner.layer.is_none_or(|layer| layer >= self.base))
            .filter(|(_, owner)| !in_base.contains(&*owner.name))
            .collect()
    }

    /// What goes with packages, but nothing of the base, nothing that the system itself
    /// needs, nothing of `NEVER`, nothing that is spared, nothing
    /// that somebody else requires, loads or runs; and nothing that such a one requires.
    pub fn removal(&self, ask: &Ask<'_>) -> Removal {
        let status = self.dpkg();
        if self.system() == "dpkg" && status.vital.is_empty() {
            // Nothing tells what the system needs.
            return Removal::default();
        }
        let added: HashSet<OwnerId> = self.added_packages().iter().map(|&(id, _)| id).collect();
        let attribution = &self.image.attribution;
        let mut goes: BTreeSet<OwnerId> = self.retained(ask.packages).into_iter().collect();
        let must_stay = |id: &OwnerId| {
            let name = &attribution.owner(*id).name;
            !added.contains(id)
                || status.vital.contains(name)
                || is_one_of(name, NEVER) && !(ask.all_named && ask.packages.contains(id))
                || ask.spared.iter().any(|pattern| fits(name, pattern))
        };
        let stay: Vec<OwnerId> = goes.iter().copied().filter(must_stay).collect();
        let all = goes.clone();
        let loads = self.loads(ask.unloaded);
        let never: BTreeSet<OwnerId> = stay
            .iter()
            .filter(|id| added.contains(id))
            .copied()
            .collect();
        self.keep(&mut goes, stay);
        let mut stays = BTreeMap::new();
        for (id, by) in self.used(&never, &loads, ask.unrun) {
            stays.insert(brief(&attribution.owner(id).name), by);
        }
        for (id, by) in self.required(&goes) {
            stays.insert(brief(&attribution.owner(id).name), by);
            self.keep(&mut goes, vec![id]);
        }
        // Who stays may load what else would go; a chain of many is no real one.
        const MOST_ROUNDS: usize = 20;
        for round in 0.. {
            let used = self.used(&goes, &loads, ask.unrun);
            if used.is_empty() {
                break;
            }
            if round == MOST_ROUNDS {
                return Removal::default();
            }
            for (&id, by) in &used {
                stays.insert(brief(&attribution.owner(id).name), by.clone());
            }
            self.keep(&mut goes, used.into_keys().collect());
        }
        let kept = all.difference(&goes).filter(|id| added.contains(id));
        Removal {
            kept: kept.map(|id| attribution.owner(*id).name.clone()).collect(),
            goes: goes.into_iter().collect(),
            stays,
        }
    }

    /// Those that a package which stays requires, each with one that does.
    fn required(&self, goes: &BTreeSet<OwnerId>) -> BTreeMap<OwnerId, String> {
        let mut required = BTreeMap::new();
        for (_, owner) in self
            .packages(self.system())
            .filter(|(id, _)| !goes.contains(id))
        {
            for id in owner.requires.iter().filter(|id| goes.contains(id)) {
                let by = || format!("{} requires it", brief(&owner.name));
                required.entry(*id).or_insert_with(by);
            }
        }
        required
    }

    /// Takes packages out of those that go, with all that they require.
    fn keep(&self, goes: &mut BTreeSet<OwnerId>, mut open: Vec<OwnerId>) {
        let mut seen: HashSet<OwnerId> = open.iter().copied().collect();
        while let Some(id) = open.pop() {
            goes.remove(&id);
            let needs = self.image.attribution.owner(id).requires.iter().copied();
            open.extend(needs.filter(|needed| goes.contains(needed) && seen.insert(*needed)));
        }
    }

    /// Those of the packages whose libraries a file outside of them loads, or whose
    /// programs are run, each with one that does.
    fn used(
        &self,
        goes: &BTreeSet<OwnerId>,
        loads: &[Loads],
        unrun: &[&str],
    ) -> BTreeMap<OwnerId, String> {
        let mut libraries: HashMap<String, OwnerId> = HashMap::new();
        let mut used = BTreeMap::new();
        let text = self.run_text();
        let words = words(&text);
        for &id in goes {
            for &file in self.owned(id) {
                let name = String::from_utf8_lossy(self.fs.name(file));
                let folder = self.fs.name(self.fs.parent(file));
                let is_program = matches!(folder, b"bin" | b"sbin")
                    && !WORDS.contains(&&*name)
                    && !unrun.contains(&&*name);
                if is_program && words.contains(&*name) {
                    used.insert(id, format!("`{}` is run", brief(&*name)));
                }
                if name.contains(".so") {
                    let soname = self.elf(file).and_then(|elf| elf.soname);
                    libraries.extend(soname.map(|soname| (soname, id)));
                    libraries.insert(name.into_owned(), id);
                }
            }
        }
        for load in loads.iter().filter(|load| !goes.contains(&load.owner)) {
            for name in &load.needed {
                if let Some(&id) = libraries.get(name) {
                    let by = || format!("{} loads {}", self.shown(load.file), brief(name));
                    used.entry(id).or_insert_with(by);
                }
            }
        }
        used
    }

    /// What all programs and libraries load.
    fn loads(&self, not_by: &[OwnerId]) -> Vec<Loads> {
        let not_by: HashSet<OwnerId> = not_by.iter().copied().collect();
        let files = self.fs.kept_files().into_iter();
        let files = files.filter(|&file| !not_by.contains(&self.owner(file).0));
        let loads = files.filter_map(|file| {
            Some(Loads {
                file,
                owner: self.owner(file).0,
                needed: self.elf(file)?.needed?,
            })
        });
        loads.collect()
    }

    /// The names of the base's packages whose libraries a file on top of it loads.
    pub fn loads_of_base(&self) -> BTreeSet<String> {
        let common = [
            "libc6",
            "libgcc-s1",
            "libstdc++6",
            "zlib1g",
            "libssl3",
            "libssl3t64",
        ];
        let mut libraries: HashMap<Vec<u8>, &Owner> = HashMap::new();
        for (node, body) in self.fs.files(NodeId::ROOT) {
            let name = self.fs.name(node);
            if body.layer < self.base && name.windows(4).any(|part| part == b".so.") {
                let (_, owner) = self.owner(node);
                if owner.ecosystem == "dpkg" && !common.contains(&&*owner.name) {
                    libraries.insert(name.to_vec(), owner);
                    let soname = self.elf(node).and_then(|elf| elf.soname);
                    libraries.extend(soname.map(|soname| (soname.into_bytes(), owner)));
                }
            }
        }
        let mut names = BTreeSet::new();
        for load in self.loads(&[]) {
            if self.fs.layer_of(load.file) >= self.base {
                let owners = load.needed.iter();
                let owners = owners.filter_map(|name| libraries.get(name.as_bytes()));
                names.extend(owners.map(|owner| brief(&owner.name)));
            }
        }
        names
    }

    /// All that is run, with what scripts of the app are run by and what they call.
    pub fn run_text(&self) -> String {
        let mut text = self.command().to_owned();
        for script in self.app_scripts() {
            let lines = script.lines.iter();
            for line in lines.filter(|line| line.starts_with("#!") || line.contains("run(")) {
                text.push('\n');
                text.push_str(line);
            }
        }
        text
    }

    /// Why the image may compile something while it runs; `None` if nothing says so.
    pub fn compiles(&self) -> Option<&'static str> {
        if self.is_for_shells() || self.is_for_developers() {
            return Some("it is an image to work in");
        }
        let compilers = [
            "gcc", "g++", "cc", "clang", "make", "cmake", "cargo", "rustc",
        ];
        let runs = self.run_text();
        if compilers.iter().any(|tool| has_word(&runs, tool)) {
            return Some("a compiler is run");
        }
        let builders = [("pip", "torch"), ("pip", "triton"), ("pip", "pythran")];
        if builders
            .iter()
            .any(|(ecosystem, name)| self.package(ecosystem, name).is_some())
        {
            return Some("torch and triton compile with gcc at run time");
        }
        let modules = ["pyximport", "Cython", "cffi", "distutils", "setuptools"];
        if modules.iter().any(|module| self.imports(module)) {
            return Some("a script imports what compiles");
        }
        None
    }

    /// Is it an image that somebody develops or builds in?
    pub fn is_for_developers(&self) -> bool {
        let labels = &self.image.info.config.labels;
        let words = ["jenkins", "runner", "jupyter", "code-server", "sshd"];
        labels.keys().any(|key| key.starts_with("devcontainer."))
            || words.iter().any(|word| self.runs(word))
    }
}

/// What a file loads.
struct Loads {
    file: NodeId,
    owner: OwnerId,
    needed: Vec<String>,
}

/// The words of a text, as programs are called.
fn words(text: &str) -> HashSet<&str> {
    let is_end = |c: char| !(c.is_alphanumeric() || "_-.+".contains(c));
    let words = text.split(is_end);
    words.map(|word| word.trim_end_matches('.')).collect()
}

/// Is it there only to compile against?
pub fn is_dev(owner: &Owner) -> bool {
    is_one_of(
        &owner.name,
        &["*-dev", "*-devel", "*-headers", "libc-dev-bin"],
    )
}

/// Is a name one of a list? `#` stands for digits with dots, `*` at the end for the rest.
pub fn is_one_of(name: &str, list: &[&str]) -> bool {
    list.iter().any(|pattern| fits(name, pattern))
}

fn fits(name: &str, pattern: &str) -> bool {
    let Some(at) = pattern.find(['#', '*']) else {
        return name == pattern;
    };
    let Some(rest) = name.strip_prefix(&pattern[..at]) else {
        return false;
    };
    let end = &pattern[at + 1..];
    let is_version = |c: char| c.is_ascii_digit() || c == '.';
    match pattern[at..].starts_with('#') {
        true => {
            let after = rest.trim_start_matches(is_version);
            after.len() < rest.len() && fits(after, end)
        }
        false => rest.ends_with(end),
    }
}

/// A few names as words of a sentence.
pub fn some(names: impl IntoIterator<Item = String>) -> String {
    const MOST: usize = 6;
    let names: Vec<String> = names.into_iter().collect();
    let more = names.len().saturating_sub(MOST);
    let few = names.iter().take(MOST).cloned().collect::<Vec<_>>();
    match more {
        0 => few.join(", "),
        more => format!("{} and {more} more", few.join(", ")),
    }
}

/// Nodes of several owners.
pub fn files_of(view: &View<'_>, owners: &[OwnerId]) -> Vec<NodeId> {
    owners
        .iter()
        .flat_map(|&id| view.owned(id))
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_lists() {
        let list = ["gcc", "gcc-#", "lib*-dev", "python3.#-dev", "llvm-#*"];
        for name in [
            "gcc",
            "gcc-12",
            "libpq-dev",
            "python3.11-dev",
            "llvm-14-tools",
        ] {
            assert!(is_one_of(name, &list), "{name}");
        }
        for name in ["gcc-12-base", "libpq5", "python3-dev", "gccgo"] {
            assert!(!is_one_of(name, &list), "{name}");
        }
    }
}

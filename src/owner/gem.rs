//! Gems of Ruby. What comes in is the `*.gemspec` files that RubyGems and Bundler
//! write; what goes out is a package for each, with its folder, its extensions, its
//! commands and what it needs.
//!
//! A gem home has the gemspecs in `specifications`, those of the gems that are part
//! of Ruby in `specifications/default`. Bundler keeps gems from git in
//! `bundler/gems/<name>-<commit>` and writes their gemspecs anew there.
//!
//! Facts: guides.rubygems.org, "Specification Reference"; the RubyGems sources,
//! `Gem::Specification#to_ruby` (the text: `# stub:`, a line an attribute, the second
//! way to name dependencies behind `else`) and `Gem::BasicSpecification` (the folders);
//! bundler.io, "Gems in git".

use std::collections::HashMap;

use super::{Category, Detector, Finds, Found, Package, Scene};
use crate::layer::Candidate;
use crate::rootfs::{NodeId, NodeKind, Rootfs};

pub(super) const DETECTOR: Detector = Detector {
    id: "gem",
    finds: Finds::Packages,
    wants,
    detect,
};

/// Their lists of files make some long.
const MOST: u64 = 1 << 20;

/// How deep in a checkout Bundler looks for gemspecs.
const DEEPEST: usize = 2;

fn wants(file: &Candidate<'_>) -> u64 {
    if !file.path.ends_with(b".gemspec") {
        return 0;
    }
    let mut parts = file.path.rsplit(|&byte| byte == b'/').skip(1);
    let folders: [&[u8]; DEEPEST + 3] = std::array::from_fn(|_| parts.next().unwrap_or_default());
    let is_installed = match folders[0] {
        b"default" => folders[1] == b"specifications",
        folder => folder == b"specifications",
    };
    let is_checked_out = folders[1..]
        .windows(2)
        .any(|pair| *pair == [b"gems", &b"bundler"[..]]);
    if is_installed || is_checked_out {
        MOST
    } else {
        0
    }
}

/// A gem where it is installed.
struct Gem {
    /// The gem home, or the checkout from git: gems find each other there.
    home: NodeId,
    package: Package,
    needs: Vec<String>,
}

fn detect(scene: &Scene<'_>) -> Found {
    let fs = scene.fs;
    let mut found = Found::default();
    let mut gems = Vec::new();
    for (path, file, text) in scene.kept() {
        if !path.as_bytes().ends_with(b".gemspec") {
            continue;
        }
        let Some(spec) = Spec::read(text) else {
            found.malformed(path, "it names no gem");
            continue;
        };
        let folder = fs.parent(file);
        let above = fs.parent(folder);
        let gem = match (fs.name(folder), fs.name(above)) {
            (b"specifications", _) => installed(scene, above, file, spec, false),
            (b"default", b"specifications") => installed(scene, fs.parent(above), file, spec, true),
            _ => match checkout(fs, folder) {
                Some(checkout) => checked_out(fs, checkout, folder, spec),
                None => continue,
            },
        };
        gems.push(gem);
    }
    found.packages = linked(gems);
    found
}

/// A gem whose gemspec lies in a gem home.
fn installed(scene: &Scene<'_>, home: NodeId, file: NodeId, spec: Spec, is_default: bool) -> Gem {
    let fs = scene.fs;
    let full_name = fs.name(file).strip_suffix(b".gemspec").unwrap_or_default();
    let below = |folder: &[u8], name: &[u8]| fs.child(fs.child(home, folder)?, name);
    let plugin = [spec.name.as_bytes(), b"_plugin.rb"].concat();
    let mut trees: Vec<NodeId> = extensions(fs, home, full_name);
    trees.extend(
        [
            below(b"gems", full_name),
            below(b"doc", full_name),
            below(b"build_info", &[full_name, b".info"].concat()),
            below(b"plugins", &plugin),
        ]
        .into_iter()
        .flatten(),
    );
    let mut files = vec![file];
    for command in &spec.commands {
        let bins = bins(fs, home).into_iter().flatten();
        files.extend(bins.filter_map(|bin| {
            let command = fs.child(bin, command.as_bytes())?;
            (fs.kind(command) == NodeKind::File).then_some(command)
        }));
    }
    Gem {
        home,
        needs: spec.needs,
        package: Package {
            name: spec.name,
            version: spec.version,
            category: match is_default {
                true => Category::LanguageRuntime,
                false => Category::LanguagePackages,
            },
            files,
            trees,
            ..Package::default()
        },
    }
}

/// `extensions/<platform>/<version of Ruby>/<full name>`, what a gem in C was built to.
fn extensions(fs: &Rootfs, home: NodeId, full_name: &[u8]) -> Vec<NodeId> {
    let top = fs.child(home, b"extensions");
    let platforms = top.into_iter().flat_map(|top| fs.children(top));
    let versions = platforms.flat_map(|platform| fs.children(platform));
    versions
        .filter_map(|version| fs.child(version, full_name))
        .collect()
}

/// Where commands of a gem home lie: in it, and for the home that is Ruby's own
/// beside `ruby`: of `usr/local/lib/ruby/gems/3.2.0` in `usr/local/bin`. Debian's Ruby
/// has its home in `var/lib/gems`, and puts them there too.
fn bins(fs: &Rootfs, home: NodeId) -> [Option<NodeId>; 2] {
    let gems = fs.parent(home);
    let (ruby, lib) = (fs.parent(gems), fs.parent(fs.parent(gems)));
    let beside_ruby = match (fs.name(lib), fs.name(ruby), fs.name(gems)) {
        (b"lib" | b"lib64", b"ruby", b"gems") => fs.child(fs.parent(lib), b"bin"),
        (b"var", b"lib", b"gems") => fs.find("usr/local/bin"),
        _ => None,
    };
    [fs.child(home, b"bin"), beside_ruby]
}

/// The folder in `bundler/gems` that this one is, or is in.
fn checkout(fs: &Rootfs, folder: NodeId) -> Option<NodeId> {
    let mut at = folder;
    for _ in 0..=DEEPEST {
        let gems = fs.parent(at);
        if fs.name(gems) == b"gems" && fs.name(fs.parent(gems)) == b"bundler" {
            return Some(at);
        }
        at = gems;
    }
    None
}

/// A gem from git: a repository can hold several.
fn checked_out(fs: &Rootfs, checkout: NodeId, folder: NodeId, spec: Spec) -> Gem {
    let bundler = fs.parent(fs.parent(checkout));
    let mut trees = vec![folder];
    if folder == checkout {
        let built = fs.child(bundler, b"gems");
        trees.extend(built.map_or(Vec::new(), |gems| extensions(fs, gems, fs.name(checkout))));
    }
    Gem {
        home: fs.parent(bundler),
        needs: spec.needs,
        package: Package {
            name: spec.name,
            version: spec.version,
            category: Category::LanguagePackages,
            trees,
            ..Package::default()
        },
    }
}

/// The packages with what each needs: of its home, else of any. Of several versions
/// all: which of them it takes, only Ruby works out.
fn linked(gems: Vec<Gem>) -> Vec<Package> {
    let mut at_home: HashMap<(NodeId, String), Vec<usize>> = HashMap::new();
    let mut anywhere: HashMap<String, Vec<usize>> = HashMap::new();
    for (no, gem) in gems.iter().enumerate() {
        let name = &gem.package.name;
        at_home
            .entry((gem.home, name.clone()))
            .or_default()
            .push(no);
        anywhere.entry(name.clone()).or_default().push(no);
    }
    gems.into_iter()
        .map(|gem| {
            let mut package = gem.package;
            let mut needs = gem.needs;
            needs.sort_unstable();
            needs.dedup();
            for name in needs {
                let there = anywhere.get(&name);
                let here = at_home.get(&(gem.home, name));
                let versions = here.or(there).into_iter().flatten();
                package.requires.extend(versions.take(MOST_VERSIONS));
            }
            package
        })
        .collect()
}

/// Of one gem; and no gem needs more than so many others.
const MOST_VERSIONS: usize = 16;
const MOST_NEEDS: usize = 1000;

/// What a gemspec says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Spec {
    name: String,
    version: String,
    commands: Vec<String>,
    needs: Vec<String>,
}

impl Spec {
    /// Reads the lines that RubyGems writes, as text: it is a program in Ruby, and
    /// nothing here runs it. `None` if it does not say who it is.
    fn read(text: &[u8]) -> Option<Spec> {
        let text = String::from_utf8_lossy(text);
        let mut spec = Spec::default();
        let mut is_other_way = false;
        for line in text.lines().map(str::trim) {
            if let Some(stub) = line.strip_prefix("# stub: ") {
                spec.take_stub(stub);
            }
            is_other_way |= line == "else";
            let Some((_, attribute)) = line.split_once('.') else {
                continue;
            };
            if let Some((key, value)) = attribute.split_once('=') {
                spec.take(key.trim_end(), value);
            }
            let call = attribute.split_once(['(', ' ']);
            if let (false, Some(("add_runtime_dependency" | "add_dependency", needed))) =
                (is_other_way, call)
                && spec.needs.len() < MOST_NEEDS
            {
                spec.needs.extend(quoted(needed).next().map(str::to_owned));
            }
        }
        (!spec.name.is_empty()).then_some(spec)
    }

    /// `# stub: rake 13.0.3 ruby lib`; of a second such line, with extensions, nothing.
    fn take_stub(&mut self, stub: &str) {
        let mut words = stub.split(' ');
        if let (true, Some(name), Some(version), Some(_)) = (
            self.name.is_empty(),
            words.next(),
            words.next(),
            words.next(),
        ) {
            (self.name, self.version) = (name.to_owned(), version.to_owned());
        }
    }

    fn take(&mut self, key: &str, value: &str) {
        let value = value.trim_start();
        let text = value.strip_prefix("Gem::Version.new(").unwrap_or(value);
        // Whoever wrote a gemspec by hand may have it computed.
        let text = || opened(text).and_then(|_| quoted(text).next());
        match key {
            "name" => self.name = text().unwrap_or_default().to_owned(),
            "version" => self.version = text().unwrap_or_default().to_owned(),
            "executables" => {
                let names = quoted(value).take(MOST_NEEDS);
                self.commands = names.map(str::to_owned).collect();
            }
            _ => {}
        }
    }
}

/// The quoted texts of a line: `"a"`, `%q<a>` and `%q{a}`, whatever stands between.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = rest.find(['"', '\'', '%'])?;
        let (inside, close) = opened(&rest[start..])?;
        let end = inside.find(close)?;
        rest = &inside[end + close.len_utf8()..];
        Some(&inside[..end])
    })
}

/// What stands behind an opening quote, and what closes it.
fn opened(text: &str) -> Option<(&str, char)> {
    [("\"", '"'), ("'", '\''), ("%q<", '>'), ("%q{", '}')]
        .into_iter()
        .find_map(|(open, close)| Some((text.strip_prefix(open)?, close)))
}

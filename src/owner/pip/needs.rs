//! Who needs whom, and who was asked for. What comes in is installations with what
//! they say of themselves; what goes out is, for each, those that it needs and find
//! in its own surroundings.
//!
//! Facts: PyPA, "Core metadata specifications" (`Requires-Dist`), "Dependency
//! specifiers", "Name normalization", "Recording installed projects" (`INSTALLER`,
//! `REQUESTED`); setuptools, "Internal Structure of Python Eggs" (`requires.txt`);
//! Python, "site" and "venv" (which sites a Python sees).

use std::collections::{BTreeSet, HashMap, HashSet};

use super::Scene;
use super::install::Install;
use super::marker::{Setting, holds};
use super::record::lines;
use crate::owner::{Asked, Package};
use crate::rootfs::{NodeId, Rootfs};

/// How many bytes of requirements are read again for the extras of packages.
const MOST_AGAIN: usize = 16 << 20;

/// Where a Python looks for packages.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Place {
    /// One folder.
    Site(NodeId),
    /// All sites below `PREFIX/lib`.
    Prefix(Vec<u8>),
    /// All `dist-packages` of a Debian: those of dpkg and those of pip.
    Debian,
}

/// A requirement; `extra` is that in whose section it stands.
struct Requirement<'t> {
    name: String,
    extras: &'t [u8],
    extra: &'t [u8],
    marker: &'t [u8],
}

/// Enters the needs of the installations into the packages made of them; `inside`
/// says which of them are parts of others.
pub(super) fn enter(
    scene: &Scene<'_>,
    installs: &[Install<'_>],
    inside: &[Option<usize>],
    packages: &mut [Package],
) {
    let by_place = by_place(scene, installs, inside);
    let machine = machine(scene.fs);
    let mut again = MOST_AGAIN;
    let mut extras: HashSet<(usize, String)> = HashSet::new();
    let mut open: Vec<(usize, String)> = (0..installs.len())
        .filter(|&no| inside[no].is_none())
        .map(|no| (no, String::new()))
        .collect();
    let mut requires = vec![BTreeSet::new(); installs.len()];
    while let Some((no, extra)) = open.pop() {
        let install = &installs[no];
        if !extra.is_empty() {
            let length = 1024 + install.headers.len() + install.requires.len();
            match again.checked_sub(length) {
                Some(left) => again = left,
                None => continue,
            }
        }
        let places = seen_from(scene, install.site);
        let setting = Setting {
            machine,
            ..setting(scene, install.site)
        };
        for one in requirements(install) {
            let is_in_section = one.extra.is_empty() || normal(one.extra) == extra;
            if !is_in_section || !holds(one.marker, &setting, &extra) {
                continue;
            }
            let mut named = places.iter().filter_map(|place| by_place.get(place));
            let Some(other) = named.find_map(|names| names.get(&one.name).copied()) else {
                continue;
            };
            if other != no {
                requires[no].insert(other);
            }
            for extra in one.extras.split(|&byte| byte == b',') {
                let wanted = (other, normal(extra));
                if !wanted.1.is_empty() && extras.insert(wanted.clone()) {
                    open.push(wanted);
                }
            }
        }
    }
    for (package, requires) in packages.iter_mut().zip(requires) {
        package.requires = requires.into_iter().collect();
    }
    asked(installs, inside, packages);
}

/// pip writes down what it was asked for; that it does so in a site is known where it
/// did so once. uv says of every package that it was asked for, poetry of none.
fn asked(installs: &[Install<'_>], inside: &[Option<usize>], packages: &mut [Package]) {
    let is_own = |no: usize| installs[no].is_by_pip && inside[no].is_none();
    let told: HashSet<NodeId> = (0..installs.len())
        .filter(|&no| is_own(no) && installs[no].is_requested)
        .map(|no| installs[no].site)
        .collect();
    for (no, package) in packages.iter_mut().enumerate().take(installs.len()) {
        package.asked = match &installs[no] {
            install if !is_own(no) || !told.contains(&install.site) => Asked::Unknown,
            install if install.is_requested => Asked::ByName,
            _ => Asked::ForOthers,
        };
    }
}

/// By place and normal name: the installation that a Python finds there.
fn by_place(
    scene: &Scene<'_>,
    installs: &[Install<'_>],
    inside: &[Option<usize>],
) -> HashMap<Place, HashMap<String, usize>> {
    let mut by_place: HashMap<Place, HashMap<String, usize>> = HashMap::new();
    for (no, install) in installs.iter().enumerate() {
        if inside[no].is_some() {
            continue;
        }
        let name = normal(install.name.as_bytes());
        for place in places_of(scene.fs, install.site) {
            let names = by_place.entry(place).or_default();
            names.entry(name.clone()).or_insert(no);
        }
    }
    by_place
}

/// The places that a site is part of, the nearest first.
fn places_of(fs: &Rootfs, site: NodeId) -> Vec<Place> {
    let mut places = vec![Place::Site(site)];
    if fs.name(site) == b"dist-packages" {
        places.push(Place::Debian);
    } else if let Some(prefix) = prefix(fs, site) {
        places.push(Place::Prefix(prefix));
    }
    places
}

/// The places that the Python of a site looks into: a virtual environment may also
/// look into that of the Python that it was made by.
fn seen_from(scene: &Scene<'_>, site: NodeId) -> Vec<Place> {
    let mut places = places_of(scene.fs, site);
    let home = prefix(scene.fs, site).and_then(|prefix| home(scene, &prefix));
    if let Some(home) = home {
        places.extend((home == b"usr").then_some(Place::Debian));
        places.push(Place::Prefix(home));
    }
    places
}

/// `usr/local` of `usr/local/lib/python3.11/site-packages`.
fn prefix(fs: &Rootfs, site: NodeId) -> Option<Vec<u8>> {
    let version = fs.parent(site);
    let library = fs.parent(version);
    let name = fs.name(version);
    let is_python = name.starts_with(b"python") || name.starts_with(b"pypy");
    (is_python && matches!(fs.name(library), b"lib" | b"lib64"))
        .then(|| fs.path(fs.parent(library)).as_bytes().to_vec())
}

/// The prefix of the Python that a virtual environment shares its packages with.
fn home(scene: &Scene<'_>, prefix: &[u8]) -> Option<Vec<u8>> {
    let settings = scene.read([prefix, b"pyvenv.cfg"].join(&b'/'))?;
    let setting = |name: &str| {
        lines(settings).find_map(|line| {
            let (key, value) = std::str::from_utf8(line).ok()?.split_once('=')?;
            (key.trim() == name).then(|| value.trim())
        })
    };
    let shares = setting("include-system-site-packages")?.eq_ignore_ascii_case("true");
    let home = setting("home").filter(|_| shares)?;
    let (prefix, _) = home.trim_start_matches('/').rsplit_once('/')?;
    Some(prefix.as_bytes().to_vec())
}

/// The Python of a site, by the name of its folder or by the link that people call.
fn setting(scene: &Scene<'_>, site: NodeId) -> Setting {
    let fs = scene.fs;
    let folder = fs.name(fs.parent(site));
    let prefix = prefix(fs, site).unwrap_or_default();
    let programs = [&*prefix, b"usr/local", b"usr"].map(|prefix| {
        let program = fs.resolve([prefix, b"bin/python3"].join(&b'/'));
        program.map_or(&b""[..], |program| fs.name(program))
    });
    let mut names = [folder].into_iter().chain(programs);
    Setting {
        python: names.find_map(python),
        machine: None,
        is_pypy: folder.starts_with(b"pypy"),
    }
}

/// `3` and `11` of `python3.11`.
fn python(name: &[u8]) -> Option<(u64, u64)> {
    let version = std::str::from_utf8(name).ok()?;
    let version = version.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// By the dynamic loader, which lies at one place for each machine.
fn machine(fs: &Rootfs) -> Option<&'static str> {
    const LOADERS: [(&str, &str); 5] = [
        ("lib64/ld-linux-x86-64.so.2", "x86_64"),
        ("lib/ld-linux-aarch64.so.1", "aarch64"),
        ("lib/ld-musl-x86_64.so.1", "x86_64"),
        ("lib/ld-musl-aarch64.so.1", "aarch64"),
        ("lib/ld-linux-armhf.so.3", "armv7l"),
    ];
    let mut loaders = LOADERS.iter();
    let found = loaders.find(|(path, _)| fs.resolve(path).is_some());
    found.map(|&(_, machine)| machine)
}

/// As names are compared: in lower case, and every run of `-`, `_` and `.` a dash.
pub(super) fn normal(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name.trim_ascii()).to_lowercase();
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-")
}

/// What an installation requires: of an egg by `requires.txt`, else by its metadata.
fn requirements<'t>(install: &Install<'t>) -> Vec<Requirement<'t>> {
    if !install.requires.is_empty() {
        return in_sections(install.requires);
    }
    let headers = install.headers.split(|&byte| byte == b'\n');
    let values = headers.filter_map(|line| {
        let (name, value) = line.split_at_checked(b"Requires-Dist:".len())?;
        name.eq_ignore_ascii_case(b"Requires-Dist:")
            .then_some(value)
    });
    values
        .filter_map(|value| requirement(value, b"", b""))
        .collect()
}

/// `[extra:marker]` begins a section.
fn in_sections(text: &[u8]) -> Vec<Requirement<'_>> {
    let (mut extra, mut marker) = (&b""[..], &b""[..]);
    let mut found = Vec::new();
    for line in lines(text) {
        let section = line
            .strip_prefix(b"[")
            .and_then(|line| line.strip_suffix(b"]"));
        match section {
            Some(section) => (extra, marker) = cut(section, b":"),
            None => found.extend(requirement(line, extra, marker)),
        }
    }
    found
}

/// `name[extra, extra] (>=1.2) ; marker`, or `name @ address ; marker`.
fn requirement<'t>(text: &'t [u8], extra: &'t [u8], outer: &'t [u8]) -> Option<Requirement<'t>> {
    let text = text.trim_ascii();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let end = text.iter().position(|byte| !is_name(byte));
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    let rest = rest.trim_ascii_start();
    let (extras, rest) = match rest.strip_prefix(b"[") {
        Some(rest) => cut(rest, b"]"),
        None => (&b""[..], rest),
    };
    let is_address = rest.trim_ascii_start().starts_with(b"@");
    let (_, marker) = cut(rest, if is_address { b" ;" } else { b";" });
    let name = normal(name);
    (!name.is_empty()).then_some(Requirement {
        name,
        extras,
        extra,
        marker: if marker.is_empty() { outer } else { marker },
    })
}

/// What stands before and behind a sign; all before it if there is none.
fn cut<'t>(text: &'t [u8], sign: &[u8]) -> (&'t [u8], &'t [u8]) {
    let at = text.windows(sign.len()).position(|part| part == sign);
    match at {
        Some(at) => (&text[..at], &text[at + sign.len()..]),
        None => (text, b""),
    }
}

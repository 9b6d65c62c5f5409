//! The same package in several versions, or from several package managers; and
//! several interpreters of one language.

use std::collections::BTreeMap;

use super::{Copy, Repeated, Thing};
use crate::owner::{Attribution, Finds, Owner, OwnerId};
use crate::rootfs::{NodeId, NodeKind, Rootfs};
use crate::units::Bytes;

/// Package managers that install each other's packages: what is called the same in
/// both is the same.
const KINDRED: [(&str, &str); 2] = [("pip", "python"), ("conda", "python")];

/// What distributions put before the name that a package has elsewhere.
const PREFIXES: [(&str, &str, &str); 4] = [
    ("dpkg", "python3-", "python"),
    ("apk", "py3-", "python"),
    ("rpm", "python3-", "python"),
    ("dpkg", "node-", "npm"),
];

/// Packages with bytes of their own that are there more than once, most bytes first.
pub fn versions(attribution: &Attribution) -> Vec<Repeated> {
    let mut by_name: BTreeMap<(String, String), Vec<Copy>> = BTreeMap::new();
    for (no, owner) in attribution.owners.iter().enumerate() {
        if owner.finds == Finds::Packages && owner.live > Bytes::ZERO {
            by_name.entry(key(owner)).or_default().push(Copy {
                owner: OwnerId(no as u32),
                file: None,
                live: owner.live,
            });
        }
    }
    let several = by_name.into_iter().filter(|(_, copies)| copies.len() > 1);
    let mut found: Vec<Repeated> = several
        .map(|((_, name), copies)| Repeated::new(Thing::Package, name, copies))
        .collect();
    found.sort_by_key(|found| std::cmp::Reverse(found.reclaimable()));
    found
}

/// The world that a package's name is from, and the name there.
fn key(owner: &Owner) -> (String, String) {
    for (ecosystem, prefix, world) in PREFIXES {
        if owner.ecosystem == ecosystem
            && let Some(name) = owner.name.strip_prefix(prefix)
        {
            return (world.to_owned(), name.to_lowercase().replace('_', "-"));
        }
    }
    match KINDRED.iter().find(|(id, _)| *id == owner.ecosystem) {
        Some((_, world)) => (
            (*world).to_owned(),
            owner.name.to_lowercase().replace('_', "-"),
        ),
        None => (owner.ecosystem.to_owned(), owner.name.clone()),
    }
}

/// The programs that run other programs, as their files are called.
const INTERPRETERS: [(&str, &[&str]); 7] = [
    ("Python", &["python2", "python3", "pypy3"]),
    ("Node.js", &["node", "nodejs"]),
    ("Ruby", &["ruby"]),
    ("PHP", &["php"]),
    ("Java", &["java"]),
    ("Perl", &["perl"]),
    ("Bun", &["bun"]),
];

/// Languages with more than one interpreter in a `bin` folder: of different owners,
/// each with all the bytes of its owner.
pub fn interpreters(fs: &Rootfs, attribution: &Attribution) -> Vec<Repeated> {
    let mut found: BTreeMap<&str, Vec<Copy>> = BTreeMap::new();
    for node in fs.subtree(NodeId::ROOT) {
        if fs.kind(node) != NodeKind::File || fs.name(fs.parent(node)) != b"bin" {
            continue;
        }
        let Some((language, body)) = language(fs.name(node)).zip(fs.body_of(node)) else {
            continue;
        };
        let owner = attribution.of(body);
        let account = attribution.owner(owner);
        // A script of that name only leads to one.
        if fs.body(body).size < Bytes(64 << 10) && account.ecosystem != "runtime" {
            continue;
        }
        let copies = found.entry(language).or_default();
        if copies.iter().all(|copy| copy.owner != owner) {
            copies.push(Copy {
                owner,
                file: Some(node),
                live: account.live,
            });
        }
    }
    let several = found.into_iter().filter(|(_, copies)| copies.len() > 1);
    several
        .map(|(language, copies)| Repeated::new(Thing::Interpreter, language, copies))
        .collect()
}

/// `python3.11` is Python, `python3-config` is not.
fn language(file: &[u8]) -> Option<&'static str> {
    let is_version = |rest: &[u8]| {
        rest.iter()
            .all(|&byte| byte == b'.' || byte.is_ascii_digit())
    };
    let is_name = |name: &&str| file.strip_prefix(name.as_bytes()).is_some_and(is_version);
    let (language, _) = INTERPRETERS
        .iter()
        .find(|(_, names)| names.iter().any(is_name))?;
    Some(language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interpreter_is_known_by_its_name_with_or_without_a_version() {
        for (file, expected) in [
            ("python3", Some("Python")),
            ("python3.11", Some("Python")),
            ("python3-config", None),
            ("node", Some("Node.js")),
            ("nodemon", None),
            ("java", Some("Java")),
            ("javac", None),
            ("perl5.36.0", Some("Perl")),
            ("", None),
        ] {
            assert_eq!(language(file.as_bytes()), expected, "{file}");
        }
    }

    #[test]
    fn packages_of_one_world_are_compared_across_package_managers() {
        let package = |ecosystem, name: &str, live| Owner {
            ecosystem,
            name: name.to_owned(),
            finds: Finds::Packages,
            live: Bytes(live),
            ..Owner::default()
        };
        let owners = vec![
            Owner::default(),
            package("dpkg", "python3-numpy", 20),
            package("pip", "numpy", 30),
            package("pip", "typing_extensions", 1),
            package("conda", "typing-extensions", 2),
            package("npm", "debug", 5),
            package("npm", "debug", 7),
            package("npm", "ms", 7),
            package("gem", "debug", 7),
            package("dpkg", "gone", 0),
            package("dpkg", "gone", 0),
        ];
        let found = versions(&Attribution::of_owners(owners));
        let told: Vec<_> = found
            .iter()
            .map(|found| {
                (
                    found.name.as_str(),
                    found.copies.len(),
                    found.reclaimable().0,
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("numpy", 2, 20),
                ("debug", 2, 5),
                ("typing-extensions", 2, 1)
            ]
        );
    }
}

//! Packages of Yarn's Plug'n'Play, which stay in their archives. What comes in is the
//! `.yarn/cache` of every project; what goes out is a package for each archive in it.
//! Without a project around it, such a folder is a cache and nothing else.
//!
//! Facts: yarnpkg.com, "Plug'n'Play", "Cache strategies" and "Yarnrc files"; the names
//! of the archives are what `slugifyLocator` of @yarnpkg/core makes of a package,
//! with ten digits of its hash and the key of the cache's format.

use super::java::stem;
use super::{Category, Detector, Finds, Found, Package, Scene};
use crate::essence::{Essence, Zip};
use crate::rootfs::{NodeId, Rootfs};

pub(super) const DETECTOR: Detector = Detector {
    id: "yarn-pnp",
    finds: Finds::Packages,
    wants: |_| 0,
    detect,
};

const ARCHIVE: &[&str] = &[".zip"];

/// What only a project has.
const SIGNS: &[&[u8]] = &[b".pnp.cjs", b".pnp.js", b".yarnrc.yml", b"yarn.lock"];

/// Digits of the hash in a name.
const HASH: usize = 10;

fn detect(scene: &Scene<'_>) -> Found {
    let fs = scene.fs;
    let mut found = Found::default();
    for (path, file) in scene.archives() {
        let file = *file;
        if stem(fs.name(file), ARCHIVE).is_none() || !is_in_project(fs, fs.parent(file)) {
            continue;
        }
        let zip = match scene.essence(file) {
            Some(Essence::Zip(zip)) => zip,
            _ => Zip::default(),
        };
        let told = match &*zip.modules {
            _ if zip.is_broken => None,
            [module] => Some((module.name.clone(), module.version.clone())),
            _ => by_name(fs.name(file)),
        };
        match told {
            Some((name, version)) => found.packages.push(Package {
                name,
                version,
                category: Category::LanguagePackages,
                trees: vec![file],
                ..Package::default()
            }),
            None if zip.is_broken => {
                found.malformed(path, "it has no list of contents that can be read");
            }
            // Nothing that Yarn put there.
            None => {}
        }
    }
    found
}

fn is_in_project(fs: &Rootfs, cache: NodeId) -> bool {
    let yarn = fs.parent(cache);
    let project = fs.parent(yarn);
    fs.name(cache) == b"cache"
        && fs.name(yarn) == b".yarn"
        && SIGNS.iter().any(|sign| fs.child(project, sign).is_some())
}

/// `@scope-name-npm-1.2.3-0123456789-8.zip`: the first dash ends the scope.
fn by_name(name: &[u8]) -> Option<(String, String)> {
    const FROM: &str = "-npm-";
    let name = std::str::from_utf8(stem(name, ARCHIVE)?).ok()?;
    let at = name.rfind(FROM)?;
    let (package, rest) = (&name[..at], &name[at + FROM.len()..]);
    let is_hash = |part: &str| part.len() == HASH && part.bytes().all(|b| b.is_ascii_hexdigit());
    let (before, last) = rest.rsplit_once('-')?;
    let version = match before.rsplit_once('-') {
        Some((version, hash)) if is_hash(hash) => version,
        _ if is_hash(last) => before,
        _ => return None,
    };
    let package = match package
        .strip_prefix('@')
        .and_then(|rest| rest.split_once('-'))
    {
        Some((scope, name)) => format!("@{scope}/{name}"),
        None => package.to_owned(),
    };
    let is_told = !package.is_empty() && !version.is_empty();
    is_told.then(|| (package, version.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_archives_tell_names_of_packages() {
        for (file, expected) in [
            (
                "lodash-npm-4.17.21-6382451519-8.zip",
                Some("lodash 4.17.21"),
            ),
            (
                "lodash-npm-4.17.21-6382451519-10c0.zip",
                Some("lodash 4.17.21"),
            ),
            ("lodash-npm-4.17.21-6382451519.zip", Some("lodash 4.17.21")),
            (
                "@babel-core-npm-7.1.0-beta-1-1fff9c8c2f-8.zip",
                Some("@babel/core 7.1.0-beta-1"),
            ),
            ("is-npm-npm-6.0.0-0123456789-8.zip", Some("is-npm 6.0.0")),
            ("typescript-patch-0123456789-0123456789.zip", None),
            ("-npm--0123456789.zip", None),
            ("-npm-.zip", None),
            ("a.zip", None),
        ] {
            let told = by_name(file.as_bytes());
            let told = told.map(|(name, version)| format!("{name} {version}"));
            assert_eq!(told.as_deref(), expected, "{file}");
        }
    }
}

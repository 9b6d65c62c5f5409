//! Paths of a Nix store. What comes in is the names in `/nix/store`; what goes out
//! is a package for each, for all that is at or below it.
//!
//! Facts: Nix manual, "Store path": 32 letters of a digest, a dash, a name; and
//! `builtins.parseDrvName`: the version begins behind the first dash that no letter
//! follows. What needs what is in Nix's own database, if at all.

use super::place::Claimed;
use super::{Category, Detector, Finds, Found, Scene};
use crate::path::shown_text;

pub(super) const DETECTOR: Detector = Detector {
    id: "nix",
    finds: Finds::Packages,
    wants: |_| 0,
    detect,
};

const STORE: &str = "nix/store";
const DIGEST: usize = 32;
/// The letters of a digest: all but those that make words.
const LETTERS: &[u8] = b"0123456789abcdfghijklmnpqrsvwxyz";

fn detect(scene: &Scene<'_>) -> Found {
    let fs = scene.fs;
    let mut claims = Claimed::default();
    let Some(store) = fs.find(STORE) else {
        return claims.found;
    };
    let mut nodes: Vec<_> = fs.children(store).collect();
    nodes.sort_unstable_by_key(|&node| fs.name(node));
    for node in nodes {
        if let Some((name, version)) = name_and_version(fs.name(node)) {
            claims.add(name, version, Category::SystemPackages, vec![node]);
        }
    }
    claims.found
}

/// Recipes and locks: no package is in them.
const NO_CONTENT: &[&str] = &[".chroot", ".drv", ".lock"];

/// `None` for what is no store path of a package.
fn name_and_version(path: &[u8]) -> Option<(String, String)> {
    let (digest, rest) = path.split_at_checked(DIGEST)?;
    let rest = std::str::from_utf8(rest.strip_prefix(b"-")?).ok()?;
    let is_path = digest.iter().all(|letter| LETTERS.contains(letter));
    if !is_path || rest.is_empty() || NO_CONTENT.iter().any(|end| rest.ends_with(end)) {
        return None;
    }
    let letters = rest.as_bytes().windows(2);
    let dash = letters
        .enumerate()
        .skip(1)
        .find(|(_, two)| two[0] == b'-' && two[1].is_ascii_digit());
    let (name, version) = match dash {
        Some((at, _)) => (&rest[..at], &rest[at + 1..]),
        None => (rest, ""),
    };
    Some((
        shown_text(name).into_owned(),
        shown_text(version).into_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_begins_behind_the_first_dash_before_a_digit() {
        for (path, expected) in [
            ("glibc-2.38-44", Some(("glibc", "2.38-44"))),
            ("python3-3.11.6-env", Some(("python3", "3.11.6-env"))),
            ("gcc-13.2.0-lib", Some(("gcc", "13.2.0-lib"))),
            ("xgcc-13.2.0-libgcc", Some(("xgcc", "13.2.0-libgcc"))),
            ("nss-cacert-3.95", Some(("nss-cacert", "3.95"))),
            ("user-environment", Some(("user-environment", ""))),
            ("7zip-23.01", Some(("7zip", "23.01"))),
            ("-1", Some(("-1", ""))),
            ("hello-2.12.1.drv", None),
            ("", None),
        ] {
            let path = format!("0c9kpb3i5hr0yqgjqm8l8d4vm9ri0x5y-{path}");
            let found = name_and_version(path.as_bytes());
            let found = found.as_ref().map(|(name, version)| (&**name, &**version));
            assert_eq!(found, expected, "{path}");
        }
        for path in [
            "",
            "short-1",
            "0c9kpb3i5hr0yqgjqm8l8d4vm9ri0xeu-hello-1",
            ".links",
        ] {
            assert_eq!(name_and_version(path.as_bytes()), None, "{path}");
        }
        let odd = b"0c9kpb3i5hr0yqgjqm8l8d4vm9ri0x5y-\xff-1";
        assert_eq!(name_and_version(odd), None);
    }
}

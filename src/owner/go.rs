//! Programs of Go. What comes in is what Go wrote into each; what goes out is its main
//! module, with the file as its own, and the modules that were linked in.
//!
//! Facts: go.dev, "Go Modules Reference", Version queries and Pseudo-versions; the Go
//! source, `runtime/debug`, `BuildInfo`.

use std::cell::LazyCell;

use super::app::Authors;
use super::linked::{Shelf, file_name, programs};
use super::{Category, Detector, Finds, Found, Scene};
use crate::essence::Go;
use crate::rootfs::NodeId;

pub(super) const DETECTOR: Detector = Detector {
    id: "go",
    finds: Finds::Packages,
    wants: |_| 0,
    detect,
};

/// The path of a main package that was named by its files.
const BY_FILES: &str = "command-line-arguments";

fn detect(scene: &Scene<'_>) -> Found {
    let mut shelf = Shelf::default();
    let mut mains = Vec::new();
    let authors = LazyCell::new(|| Authors::of(scene));
    for (node, elf) in programs(scene, "\"go\":") {
        if let Some(go) = elf.go.filter(|go| !is_toolchain(go)) {
            let (name, version) = name_and_version(scene, node, &go);
            let category = category(&go, &version, || authors.wrote(scene.fs, node));
            mains.push((shelf.program(scene, node, (&name, &version, category)), go));
        }
    }
    for (main, go) in mains {
        let modules = go
            .modules
            .iter()
            .map(|module| (&module.path, &module.version));
        let library = "stdlib".to_owned();
        let modules: Vec<usize> = modules
            .chain([(&library, &go.version)])
            .map(|(path, version)| shelf.inside(path, version, main))
            .collect();
        shelf.requires(main, modules);
    }
    shelf.close()
}

/// The commands of Go itself are in no module: they belong to whom Go belongs.
fn is_toolchain(go: &Go) -> bool {
    go.main.is_none() && go.path.starts_with("cmd/")
}

fn name_and_version(scene: &Scene<'_>, node: NodeId, go: &Go) -> (String, String) {
    let main = go.main.clone().unwrap_or_default();
    let names = [main.path, go.path.clone()];
    let mut names = names.into_iter();
    let name = names.find(|name| !name.is_empty() && name != BY_FILES);
    let name = name.unwrap_or_else(|| file_name(scene.fs, node));
    (name, main.version)
}

/// What is no release was built where it was written: by the author, if it lies where
/// his programs do.
fn category(go: &Go, version: &str, is_in_place: impl Fn() -> bool) -> Category {
    let is_unreleased = version.is_empty() || go.checkout && is_between_releases(version);
    match is_unreleased && !is_without_modules(go) && is_in_place() {
        true => Category::App,
        false => Category::LanguagePackages,
    }
}

/// Built out of a folder for the sources of all, as distributions do.
fn is_without_modules(go: &Go) -> bool {
    go.main.is_none() && !go.path.is_empty() && go.path != BY_FILES
}

/// `v0.0.0-20240131235959-0123456789ab`, or with changes that nobody committed: since
/// 1.24 Go makes this version of a checkout.
fn is_between_releases(version: &str) -> bool {
    let (version, changed) = match version.split_once('+') {
        Some((version, metadata)) => (version, metadata.contains("dirty")),
        None => (version, false),
    };
    let mut parts = version.rsplit('-');
    let commit = parts.next().unwrap_or_default();
    let time = parts.next().unwrap_or_default();
    let time = time.rsplit('.').next().unwrap_or_default();
    let is_pseudo = commit.len() == 12
        && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
        && time.len() == 14
        && time.bytes().all(|byte| byte.is_ascii_digit());
    changed || is_pseudo
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_between_releases_is_no_release() {
        for version in [
            "v0.0.0-20240131235959-0123456789ab",
            "v1.2.4-0.20240131235959-0123456789ab",
            "v1.2.4-rc.1.0.20240131235959-0123456789ab+incompatible",
            "v1.2.3+dirty",
        ] {
            assert!(is_between_releases(version), "{version}");
        }
        for version in ["v1.2.3", "v2.0.0+incompatible", "v1.2.3-rc.1", ""] {
            assert!(!is_between_releases(version), "{version}");
        }
    }
}

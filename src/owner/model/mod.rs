//! Models of machine learning: their weights, where the tools that download them put
//! them, and large files that are weights by their names. What comes in is the tree;
//! what goes out is a package for each model.
//!
//! Facts: Hugging Face, "Hub Local Cache": `models--ORG--NAME` with `blobs`, `refs` and
//! `snapshots` of links to blobs; ollama, server/internal/manifest: a JSON list of
//! `layers` in `models/manifests/HOST/ORG/NAME/TAG`, contents in `models/blobs`;
//! PyTorch, `torch.hub`: `checkpoints/NAME-DIGEST.pth`; NLTK, "Installing NLTK Data".

mod ollama;
mod weights;

use super::place::{Claimed, find, patterns};
use super::{Category, Detector, Finds, Found, Scene};
use crate::layer::Candidate;
use crate::path::shown;
use crate::rootfs::NodeId;

pub(super) const DETECTOR: Detector = Detector {
    id: "model",
    finds: Finds::Packages,
    wants,
    detect,
};

/// A revision is 40 letters.
const REVISION: u64 = 64;

/// Folders that are one model each, and how they are called.
///
/// Between them a part of the path that few images have.
const FOLDERS: &[(&str, &str, Name)] = &[
    ("**/models--*", "models--", Name::Hub),
    ("**/datasets--*", "datasets--", Name::Hub),
    ("**/spaces--*", "spaces--", Name::Hub),
    (
        "**/torch/sentence_transformers/*",
        "sentence_transformers",
        Name::Same,
    ),
    ("**/nltk_data/*/*", "nltk_data", Name::NoExtension),
    ("**/torch/hub/checkpoints/*", "checkpoints", Name::Digest),
    ("**/.cache/whisper/*.pt", "whisper", Name::NoExtension),
    ("**/.cache/clip/*.pt", ".pt", Name::NoExtension),
];

#[derive(Clone, Copy)]
enum Name {
    /// `models--ORG--NAME`, and the revision is in it.
    Hub,
    Same,
    /// `punkt.zip` and `punkt` are one.
    NoExtension,
    /// `resnet50-0676ba61.pth`: the version is the beginning of its digest.
    Digest,
}

fn wants(file: &Candidate<'_>) -> u64 {
    let above = file.path.strip_suffix(b"/refs/main");
    let above = above.and_then(|above| above.rsplit(|&byte| byte == b'/').next());
    match above.is_some_and(is_hub) {
        true => REVISION,
        false => ollama::wants(file.path),
    }
}

fn is_hub(name: &[u8]) -> bool {
    hub_name(name).is_some()
}

/// What stands behind the kind of a repository of the hub.
fn hub_name(folder: &[u8]) -> Option<&[u8]> {
    let kinds: [&[u8]; 3] = [b"models--", b"datasets--", b"spaces--"];
    let rest = kinds.iter().find_map(|kind| folder.strip_prefix(*kind))?;
    (!rest.is_empty()).then_some(rest)
}

fn detect(scene: &Scene<'_>) -> Found {
    let fs = scene.fs;
    let mut claims = Claimed::default();
    let rows = FOLDERS.iter().enumerate();
    let all: Vec<_> = rows
        .filter(|(_, (_, part, _))| fs.mentions(part.as_bytes()))
        .flat_map(|(row, (path, ..))| patterns(row, path))
        .collect();
    let mut hits = find(fs, NodeId::ROOT, &all);
    hits.sort_by_cached_key(|hit| (all[hit.pattern].row, fs.path(hit.node)));
    for hit in hits {
        let (_, _, how) = FOLDERS[all[hit.pattern].row];
        if let Some((name, version)) = how.told(scene, hit.node) {
            claims.add(name, version, Category::App, vec![hit.node]);
        }
    }
    ollama::claim(scene, &mut claims);
    weights::claim(fs, &mut claims);
    claims.found
}

impl Name {
    /// The name and the version of what lies at a node.
    fn told(self, scene: &Scene<'_>, node: NodeId) -> Option<(String, String)> {
        let fs = scene.fs;
        let text = fs.name(node);
        let (name, version) = match self {
            Name::Hub if fs.name(fs.parent(node)) == b".locks" => return None,
            Name::Hub => {
                let name = shown(hub_name(text)?).replacen("--", "/", 1);
                return Some((name, revision(scene, node).unwrap_or_default()));
            }
            Name::Same => (text, &b""[..]),
            Name::NoExtension => (stem(text), &b""[..]),
            Name::Digest => with_digest(stem(text)),
        };
        let is_named = !name.is_empty();
        is_named.then(|| (shown(name).into_owned(), shown(version).into_owned()))
    }
}

/// The revision that `main` is, else the only one there is.
fn revision(scene: &Scene<'_>, folder: NodeId) -> Option<String> {
    let fs = scene.fs;
    let child = |path: &[&str]| {
        let mut path = path.iter();
        path.try_fold(folder, |at, name| fs.child(at, name.as_bytes()))
    };
    let main = child(&["refs", "main"]).and_then(|main| fs.read(main));
    if let Some(main) = main.and_then(revision_in) {
        return Some(main);
    }
    let mut snapshots = fs.children(child(&["snapshots"])?);
    let only = snapshots.next().filter(|_| snapshots.next().is_none())?;
    revision_in(fs.name(only))
}

fn revision_in(text: &[u8]) -> Option<String> {
    let text = text.trim_ascii();
    let is_one = text.len() == 40 && text.iter().all(u8::is_ascii_hexdigit);
    is_one.then(|| String::from_utf8_lossy(text).into_owned())
}

fn stem(name: &[u8]) -> &[u8] {
    match name.iter().rposition(|&byte| byte == b'.') {
        Some(dot) if dot > 0 => &name[..dot],
        _ => name,
    }
}

fn with_digest(stem: &[u8]) -> (&[u8], &[u8]) {
    const SHORTEST: usize = 8;
    let dash = stem.iter().rposition(|&byte| byte == b'-');
    match dash.map(|dash| (&stem[..dash], &stem[dash + 1..])) {
        Some((name, digest))
            if digest.len() >= SHORTEST && digest.iter().all(u8::is_ascii_hexdigit) =>
        {
            (name, digest)
        }
        _ => (stem, b""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_the_version_of_a_checkpoint() {
        for (name, expected) in [
            ("resnet50-0676ba61.pth", ("resnet50", "0676ba61")),
            ("silero-vad.pth", ("silero-vad", "")),
            ("x-deadbeef", ("x", "deadbeef")),
            (".pth", (".pth", "")),
            ("", ("", "")),
        ] {
            let (name, version) = with_digest(stem(name.as_bytes()));
            assert_eq!(
                (name, version),
                (expected.0.as_bytes(), expected.1.as_bytes())
            );
        }
    }

    #[test]
    fn a_revision_is_forty_letters() {
        let one = "5c38ec7c405ec4b44b94cc5a9bb96e735b38267a";
        assert_eq!(
            revision_in(format!("{one}\n").as_bytes()).as_deref(),
            Some(one)
        );
        for text in [
            "",
            "main",
            &one[1..],
            "\u{202e}c38ec7c405ec4b44b94cc5a9bb96e735b3826",
        ] {
            assert_eq!(revision_in(text.as_bytes()), None, "{text}");
        }
    }
}

//! Models of ollama: a manifest for each, and the blobs that it lists.

use serde::Deserialize;

use super::super::Scene;
use super::super::place::Claimed;
use crate::category::Category;
use crate::path::shown;
use crate::rootfs::{NodeId, Rootfs};

/// A manifest has some hundred bytes for each of a few layers.
const LONGEST: u64 = 256 * 1024;

/// What is above the name of a model: `models/manifests/HOST/ORG/`.
const FOLDERS: [&[u8]; 2] = [b"models", b"manifests"];

#[derive(Deserialize)]
struct Manifest {
    config: Option<Layer>,
    layers: Vec<Layer>,
}

#[derive(Deserialize)]
struct Layer {
    digest: String,
}

pub(super) fn wants(path: &[u8]) -> u64 {
    // Asked of every file of an image.
    if memchr::memmem::find(path, FOLDERS[1]).is_none() {
        return 0;
    }
    let mut above = path.rsplit(|&byte| byte == b'/').skip(4);
    let is_one = above.next() == Some(FOLDERS[1]) && above.next() == Some(FOLDERS[0]);
    if is_one { LONGEST } else { 0 }
}

pub(super) fn claim(scene: &Scene<'_>, claims: &mut Claimed) {
    let fs = scene.fs;
    for (path, node, text) in scene.kept() {
        if wants(path.as_bytes()) == 0 {
            continue;
        }
        let manifest: Manifest = match serde_json::from_slice(text) {
            Ok(manifest) => manifest,
            Err(_) => {
                let why = "it is no manifest of ollama: a JSON object with `layers`";
                claims.found.malformed(path, why);
                continue;
            }
        };
        let blobs = manifest.config.iter().chain(&manifest.layers);
        let mut files: Vec<NodeId> = blobs.filter_map(|layer| blob(fs, node, layer)).collect();
        files.push(node);
        let (name, version) = name(fs, node);
        claims.add(name, version, Category::App, files);
    }
}

/// `blobs/sha256-…` beside `manifests`.
fn blob(fs: &Rootfs, manifest: NodeId, layer: &Layer) -> Option<NodeId> {
    let models = (0..5).fold(manifest, |at, _| fs.parent(at));
    let blobs = fs.child(models, b"blobs")?;
    fs.child(blobs, layer.digest.replacen(':', "-", 1).as_bytes())
}

/// The model and its tag; with who made it, but for those of ollama's own library.
fn name(fs: &Rootfs, manifest: NodeId) -> (String, String) {
    let model = fs.parent(manifest);
    let name = shown(fs.name(model));
    let name = match fs.name(fs.parent(model)) {
        b"library" => name.into_owned(),
        author => format!("{}/{name}", shown(author)),
    };
    (name, shown(fs.name(manifest)).into_owned())
}

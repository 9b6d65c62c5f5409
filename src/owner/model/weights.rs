//! Large files that are weights by their names, wherever they lie.

use super::super::place::Claimed;
use crate::category::Category;
use crate::path::shown;
use crate::rootfs::{NodeId, Rootfs};
use crate::units::Bytes;

/// In these a file is its package's.
const FOREIGN: &[&[u8]] = &[
    b"Cellar",
    b"conda-meta",
    b"dist-packages",
    b"gems",
    b"nix",
    b"node_modules",
    b"pkgs",
    b"site-packages",
];

/// Smaller ones are tests and examples.
const LARGE: Bytes = Bytes(10_000_000);

/// Formats of weights, and of nothing else.
const WEIGHTS: &[&[u8]] = &[
    b".ckpt",
    b".ggml",
    b".gguf",
    b".onnx",
    b".pt",
    b".pth",
    b".safetensors",
    b".tflite",
];

/// What libraries call the weights of whatever model the folder holds.
const NAMELESS: &[&[u8]] = &[
    b"adapter_model",
    b"consolidated",
    b"decoder_model",
    b"diffusion_pytorch_model",
    b"encoder_model",
    b"flax_model",
    b"ggml-model",
    b"model",
    b"pytorch_model",
    b"weights",
];

/// Claims each, for what it or its folder is called.
pub(super) fn claim(fs: &Rootfs, claims: &mut Claimed) {
    let large = fs.bodies().filter(|(_, body)| body.size > LARGE);
    // A live body whose first name is gone has others, and is as rare as a large file.
    let live = large.filter(|&(id, body)| fs.body_of(body.node) == Some(id));
    let own = live
        .map(|(_, body)| body.node)
        .filter(|&node| is_own(fs, node));
    let mut weights: Vec<(NodeId, Vec<u8>)> = own
        .filter_map(|node| Some((node, name(fs, node)?)))
        .collect();
    weights.sort_by(|(_, a), (_, b)| a.cmp(b));
    for (node, name) in weights {
        let name = shown(&name).into_owned();
        claims.add(name, String::new(), Category::App, vec![node]);
    }
}

/// Is it in no folder that a package manager fills?
fn is_own(fs: &Rootfs, node: NodeId) -> bool {
    let mut folder = fs.parent(node);
    while folder != NodeId::ROOT {
        if FOREIGN.contains(&fs.name(folder)) {
            return false;
        }
        folder = fs.parent(folder);
    }
    true
}

/// What a file of weights is called; `None` for another file.
fn name(fs: &Rootfs, file: NodeId) -> Option<Vec<u8>> {
    let name = fs.name(file).to_ascii_lowercase();
    let by_format = WEIGHTS.iter().find(|end| name.ends_with(end));
    let end = by_format.map(|end| end.len()).or_else(|| {
        // Much is called so; only what libraries write is a model.
        let is_model = name.ends_with(b".bin") && is_nameless(&name);
        is_model.then_some(b".bin".len())
    })?;
    let stem = &fs.name(file)[..name.len() - end];
    let folder = fs.parent(file);
    match is_nameless(&name) && folder != NodeId::ROOT {
        true => Some(fs.name(folder).to_vec()),
        // `NAME-00001-of-00003` is a third of NAME.
        false => Some(whole(stem).to_vec()).filter(|name| !name.is_empty()),
    }
}

fn is_nameless(name: &[u8]) -> bool {
    NAMELESS.iter().any(|stem| {
        let rest = name.strip_prefix(*stem);
        rest.is_some_and(|rest| matches!(rest.first(), Some(b'.' | b'-' | b'_')))
    })
}

fn whole(stem: &[u8]) -> &[u8] {
    let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let mut parts = stem.rsplitn(4, |&byte| byte == b'-');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(count), Some(b"of"), Some(no), Some(name)) if digits(count) && digits(no) => name,
        _ => stem,
    }
}

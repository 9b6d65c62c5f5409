//! Models that are stored more than once.

use super::ml_hf_cache::is_snapshot;
use crate::advice::{Copies, Finding, Risk, Rule, View};
use crate::rootfs::NodeId;
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "ml-model-duplicate",
    summary: "models that are in the image more than once",
    explain: "\
A model that is downloaded to a cache and copied to a folder of the app is stored twice.
One project lost 11 GB by that. Keep one, and let the other path be a link: a hard link in
the RUN that writes both, or point the program at the one (HF_HOME, TORCH_HOME, the path in
the settings). Programs read a link as the file itself, unless they delete or replace it.
Only files of 20 MB or more with the endings of models count, told by a hash of their
contents. A copy that a later layer hides is a matter of the rules of layers; what is twice
in the cache of Hugging Face by itself is one of ml-hf-cache.",
    check,
};

const SMALLEST: Bytes = Bytes(20_000_000);
const ENDINGS: &[&str] = &[
    "safetensors",
    "bin",
    "pt",
    "pth",
    "onnx",
    "onnx_data",
    "gguf",
    "ggml",
    "h5",
    "keras",
    "pb",
    "ckpt",
    "tflite",
    "msgpack",
    "npz",
    "model",
    "json",
];

/// Is it as large as a model and called like one? Files of the Hugging Face cache are
/// called by their hash.
pub(super) fn is_model(view: &View<'_>, node: NodeId) -> bool {
    let is_large = view.weigh(&[node]) >= SMALLEST;
    let name = String::from_utf8_lossy(view.fs.name(node));
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    is_large && ending.is_some_and(|ending| ENDINGS.contains(&ending))
}

fn check(view: &View<'_>) -> Vec<Finding> {
    let is_meant = |copies: &&Copies| {
        let all = || copies.others.iter().chain([&copies.kept]);
        all().any(|&node| is_model(view, node)) && !is_snapshot(view, copies)
    };
    let groups: Vec<&Copies> = view.copies().iter().filter(is_meant).collect();
    let Some(first) = groups.first() else {
        return Vec::new();
    };
    let title = match groups.len() {
        1 => format!(
            "a model is stored {} times: {}",
            first.others.len() + 1,
            view.shown(first.kept)
        ),
        count => format!(
            "{count} files of models are stored more than once: {} …",
            view.shown(first.kept)
        ),
    };
    vec![Finding::new(title).linked(view, &groups).risk(Risk::Safe)]
}

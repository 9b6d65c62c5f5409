//! One model in several formats.

use std::collections::BTreeSet;

use crate::advice::{Finding, Risk, Rule, View};
use crate::rootfs::{NodeId, NodeKind};
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "ml-format-duplicate",
    summary: "one model in the formats of several frameworks",
    explain: "\
Repositories of models often hold the same weights for PyTorch (pytorch_model.bin), for
safetensors, TensorFlow (tf_model.h5), Flax, Rust, ONNX and OpenVINO. A download of all of
them is two to five times as large as the model. transformers takes model.safetensors if it
is there; only folders that have it count, and only formats whose framework no script of
the app imports. Download what is read: `snapshot_download(..., allow_patterns=
[\"*.safetensors\", \"*.json\", \"tokenizer*\"])`. A program that asks for another format
(`from_tf=True`, `use_safetensors=False`) breaks. It reads imports, not such arguments.",
    check,
};

/// How the other formats are called, and whose imports need them.
const OTHERS: &[(&str, &str, &[&str])] = &[
    ("pytorch_model", ".bin", &[]),
    ("tf_model", ".h5", &["tensorflow", "keras", "tf_keras"]),
    ("flax_model", ".msgpack", &["flax", "jax"]),
    ("rust_model", ".ot", &[]),
];
/// Folders of other formats beside the weights.
const FOLDERS: &[(&str, &[&str])] = &[
    (
        "onnx",
        &[
            "onnxruntime",
            "optimum",
            "onnx",
            "fastembed",
            "chromadb",
            "sentence_transformers",
        ],
    ),
    (
        "openvino",
        &["openvino", "optimum", "sentence_transformers"],
    ),
    ("coreml", &["coremltools"]),
];

fn check(view: &View<'_>) -> Vec<Finding> {
    if !view.looked_inside() {
        return Vec::new();
    }
    let mut going = BTreeSet::new();
    for folder in folders(view) {
        let children: Vec<NodeId> = view.fs.children(folder).collect();
        if children.iter().any(|&node| is_weights(view.fs.name(node))) {
            going.extend(children.iter().flat_map(|&node| others(view, node)));
        }
    }
    let files: Vec<NodeId> = going.into_iter().collect();
    if view.weigh(&files) == Bytes::ZERO {
        return Vec::new();
    }
    let title = format!(
        "{} files hold models in formats beside safetensors, which is there too",
        files.len()
    );
    let patterns = "allow_patterns=[\"*.safetensors\", \"*.json\", \"*.txt\", \"tokenizer*\"]";
    let mut finding = Finding::new(title).left_out(view, &files).risk(Risk::Check);
    // A link of a snapshot would lead nowhere: only another download is right.
    finding.edits.clear();
    finding.folders.clear();
    vec![
        finding
            .note(
                "see that nothing asks for these formats by name, such as `use_safetensors=False`",
            )
            .fix(format!("snapshot_download(…, {patterns})")),
    ]
}

/// Folders that may hold weights: the files' own, and the snapshots of the Hugging Face
/// cache, where they are links.
fn folders(view: &View<'_>) -> BTreeSet<NodeId> {
    let files = view.with_ending("safetensors").iter();
    let own = files.map(|&file| view.fs.parent(file));
    let snapshots = view.folders("snapshots").iter();
    own.chain(snapshots.flat_map(|&all| view.fs.children(all)))
        .collect()
}

/// `model.safetensors`, or the first of its parts.
fn is_weights(name: &[u8]) -> bool {
    name == b"model.safetensors"
        || name.starts_with(b"model-00001-of-") && name.ends_with(b".safetensors")
}

/// The added files of another format that a name stands for.
fn others(view: &View<'_>, node: NodeId) -> Vec<NodeId> {
    let name = String::from_utf8_lossy(view.fs.name(node)).into_owned();
    let is_needed = |modules: &[&str]| modules.iter().any(|module| view.imports(module));
    let is_other = OTHERS.iter().any(|(start, end, modules)| {
        name.starts_with(start) && name.ends_with(end) && !is_needed(modules)
    });
    let folder = FOLDERS
        .iter()
        .any(|(folder, modules)| *folder == name && !is_needed(modules));
    if view.is_named(&name) && is_other {
        return Vec::new();
    }
    match view.fs.kind(node) {
        NodeKind::Dir if folder => {
            let below = view.fs.subtree(node).collect::<Vec<_>>();
            below
                .into_iter()
                .flat_map(|node| real(view, node))
                .collect()
        }
        NodeKind::File | NodeKind::Symlink if is_other => real(view, node),
        _ => Vec::new(),
    }
}

/// The added file itself, or what a link leads to.
fn real(view: &View<'_>, node: NodeId) -> Vec<NodeId> {
    match view.fs.kind(node) {
        NodeKind::File => view.below(node),
        NodeKind::Symlink => {
            let file = view.fs.resolve(view.fs.path(node).as_bytes());
            let file = file.filter(|&file| view.fs.kind(file) == NodeKind::File);
            file.map_or_else(Vec::new, |file| view.below(file))
        }
        _ => Vec::new(),
    }
}

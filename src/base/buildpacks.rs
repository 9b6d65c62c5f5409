//! Images of Cloud Native Buildpacks: a label holds the diff ID of the run image's
//! last layer.
//!
//! Facts: Buildpacks platform specification, `io.buildpacks.lifecycle.metadata`:
//! `runImage.topLayer` is the uncompressed digest of the top layer of the run image.

use serde::Deserialize;

use super::{Answer, Confidence, Evidence, Facts, Title, familiar};
use crate::digest::Digest;
use crate::rootfs::LayerNo;

const LABEL: &str = "io.buildpacks.lifecycle.metadata";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    run_image: RunImage,
    stack: Option<Stack>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RunImage {
    top_layer: String,
    reference: Option<String>,
    image: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stack {
    run_image: Option<StackImage>,
}

#[derive(Deserialize)]
struct StackImage {
    image: Option<String>,
}

pub(super) fn answer(facts: &Facts<'_>) -> Option<Answer> {
    let label = facts.info.config.labels.get(LABEL)?;
    // The label is the builder's work: what is no such document says nothing.
    let metadata: Metadata = serde_json::from_str(label).ok()?;
    let top: Digest = metadata.run_image.top_layer.parse().ok()?;
    let mut layers = facts.info.layers.iter();
    let last = layers.rposition(|layer| layer.diff_id == Some(top))?;
    let of_stack = metadata.stack.and_then(|stack| stack.run_image?.image);
    let reference = metadata.run_image.reference;
    let digest = reference
        .as_deref()
        .and_then(|text| text.rsplit('@').next()?.parse().ok());
    let name = metadata.run_image.image.or(of_stack).or(reference);
    Some(Answer {
        layers: LayerNo::try_from(last + 1).ok()?,
        evidence: Evidence::Buildpacks,
        confidence: Confidence::Exact,
        title: name.map(|name| Title {
            name: familiar(&name),
            digest,
            by: Evidence::Buildpacks,
        }),
    })
}

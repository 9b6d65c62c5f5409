//! The provenance of a build: the image that its last stage starts from, and the
//! layers of that.

use super::{Answer, Confidence, Evidence, Facts, Title, family_of, history, prefix};
use crate::digest::Digest;
use crate::rootfs::LayerNo;
use crate::source::{BaseName, Start};

/// The layers, where they are told (`mode=max`) or the base's documents are at hand.
pub(super) fn answer(facts: &Facts<'_>) -> Option<Answer> {
    let compared = image(facts).and_then(|image| prefix(image.diff_ids.as_ref()?, facts.info));
    let (layers, confidence) = match compared {
        Some(layers) => (layers, Confidence::Exact),
        None => told(facts)?,
    };
    Some(Answer {
        layers,
        evidence: Evidence::Provenance,
        confidence,
        title: title(facts),
    })
}

fn told(facts: &Facts<'_>) -> Option<(LayerNo, Confidence)> {
    let layers = start(facts)?.layers.as_ref()?;
    let own: Vec<Option<Digest>> = facts.info.layers.iter().map(|layer| layer.digest).collect();
    if layers.is_empty() || layers.len() > own.len() {
        return None;
    }
    let is_same = layers
        .iter()
        .zip(&own)
        .all(|(told, own)| Some(*told) == *own);
    // Packed anew on the way, they are as many as they were.
    let confidence = match is_same {
        true => Confidence::High,
        false => Confidence::Medium,
    };
    Some((LayerNo::try_from(layers.len()).ok()?, confidence))
}

pub(super) fn title(facts: &Facts<'_>) -> Option<Title> {
    image(facts).map(Title::of)
}

/// The image that the last stage starts from; where no step tells, the only one that
/// went into the build, or the only one of the family that the history tells of.
fn image<'f>(facts: &Facts<'f>) -> Option<&'f BaseName> {
    let provenance = facts.info.provenance.as_ref()?;
    if let Some(start) = &provenance.start {
        return start.image.as_ref();
    }
    if let [only] = provenance.images.as_slice() {
        return Some(only);
    }
    let family = history::family(facts.info)?;
    let mut fitting = provenance.images.iter();
    let first = fitting.find(|image| family_of(&image.name) == family)?;
    let is_same = |image: &BaseName| image.name == first.name && image.digest == first.digest;
    let mut others = fitting.filter(|image| family_of(&image.name) == family);
    others.all(is_same).then_some(first)
}

fn start<'f>(facts: &Facts<'f>) -> Option<&'f Start> {
    facts.info.provenance.as_ref()?.start.as_ref()
}

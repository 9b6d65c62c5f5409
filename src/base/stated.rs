//! A base that annotations or labels name. They tell no layers: those are known
//! where the base's own documents lie beside the image's.
//!
//! Facts: OCI image specification, annotations.md; buildah writes the annotations by
//! default. Labels are inherited by children, annotations are not.

use super::{Answer, Confidence, Facts, Title, family_of, history, prefix};
use crate::source::{BaseName, Stated};

/// The base's layers, where an annotation names it and its documents are at hand.
pub(super) fn annotated(facts: &Facts<'_>) -> Option<Answer> {
    at_hand(facts, Stated::Annotation, Confidence::Exact)
}

/// The same by a label, unless the history shows that the base goes on: then it is
/// the base's own base that the label names.
pub(super) fn labelled(facts: &Facts<'_>) -> Option<Answer> {
    let label = at_hand(facts, Stated::Label, Confidence::Medium)?;
    let further = history::answer(facts).filter(|further| further.layers > label.layers);
    Some(further.unwrap_or(label))
}

/// The name that an annotation gives.
pub(super) fn annotation(facts: &Facts<'_>) -> Option<Title> {
    named(facts, Stated::Annotation).map(Title::of)
}

/// The name that a label gives, unless the history tells of another family.
pub(super) fn label(facts: &Facts<'_>) -> Option<Title> {
    let label = named(facts, Stated::Label)?;
    let family = history::family(facts.info);
    let is_inherited = family.is_some_and(|family| family != family_of(&label.name));
    (!is_inherited).then(|| Title::of(label))
}

fn named<'f>(facts: &Facts<'f>, by: Stated) -> Option<&'f BaseName> {
    facts.info.base.as_ref().filter(|base| base.stated == by)
}

fn at_hand(facts: &Facts<'_>, by: Stated, confidence: Confidence) -> Option<Answer> {
    let base = named(facts, by)?;
    let title = Title::of(base);
    Some(Answer {
        layers: prefix(base.diff_ids.as_ref()?, facts.info)?,
        evidence: title.by,
        confidence,
        title: Some(title),
    })
}

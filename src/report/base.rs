//! The base image as words: of the model for JSON, and one line for people.

use super::BaseRow;
use crate::base::{Base, Evidence};
use crate::path::brief;

impl BaseRow {
    /// Writes a base down; `None` where nothing tells of one.
    pub(super) fn new(base: &Base) -> Option<BaseRow> {
        let name_evidence = base.name.as_ref().map(|_| base.named_by.name().to_owned());
        Some(BaseRow {
            name: base.name.clone(),
            name_evidence,
            digest: base.digest.map(|digest| digest.to_string()),
            layers: usize::from(base.layers),
            evidence: base.evidence.name().to_owned(),
            confidence: base.confidence?.name().to_owned(),
            os: base.os.clone(),
        })
    }

    /// `base: python:3.11-slim, layers 0-3, 124.8 MB (history, medium)`; `size` is
    /// that of its layers.
    pub(super) fn line(&self, size: &str) -> String {
        let name = self.name.as_deref().or(self.os.as_deref());
        let mut line = format!("base: {}", brief(name.unwrap_or("of unknown name")));
        if let Some(os) = self.os.as_deref().filter(|os| name != Some(os)) {
            line += &format!(" on {}", brief(os));
        }
        line += &match self.layers {
            1 => ", layer 0".to_owned(),
            count => format!(", layers 0-{}", count.saturating_sub(1)),
        };
        let named_by = self
            .name_evidence
            .as_ref()
            .filter(|by| **by != self.evidence);
        let named = named_by.map(|by| format!("named by {by}, end by "));
        let evidence = match &*self.evidence {
            evidence if evidence == Evidence::OsInFirstLayer.name() => "OS in first layer",
            evidence => evidence,
        };
        line + &format!(
            ", {size} ({}{evidence}, {})",
            named.unwrap_or_default(),
            self.confidence
        )
    }
}

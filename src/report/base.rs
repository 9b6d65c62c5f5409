//! The base image as the row that it is in JSON.

use super::BaseRow;
use crate::base::Base;

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
}

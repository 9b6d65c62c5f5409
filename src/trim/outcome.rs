//! What a trim came to. What comes in is the books before and after; what goes out is
//! promised and achieved bytes side by side, in the words of the JSON.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::documents::Written;
use super::{Chosen, LeftOut, Target, promised};
use crate::advice::{Finding, Saving};
use crate::analysis::Analysis;
use crate::rootfs::Rootfs;
use crate::units::Bytes;

/// What a trim came to. All sizes are bytes; a saving is what went.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Outcome {
    /// The version of this document's shape.
    pub schema: u32,
    /// The image that was trimmed.
    pub image: String,
    /// Its digest.
    pub digest: String,
    /// The file or folder that was written.
    pub output: String,
    /// What the new image is called; null for nothing.
    pub tag: Option<String>,
    /// What the findings promised together, each content once. `stored`, `live` and
    /// `lost` are exact; `download` is the share of the old blobs.
    pub promised: Sums,
    /// What went, by the archive that was written and read again.
    pub achieved: Sums,
    /// The image before.
    pub before: Sums,
    /// The image after.
    pub after: Sums,
    /// What each rule promised alone; several may name the same content.
    pub rules: Vec<RuleRow>,
    /// The layers that are other ones now, base layer first; all others are as they
    /// were, byte for byte.
    pub layers: Vec<LayerChange>,
    /// Findings that were meant, and that a trim cannot follow.
    pub left_out: Vec<LeftOutRow>,
}

/// An image's accounts, or a part of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sums {
    /// Stored bytes: live and lost.
    pub stored: Bytes,
    /// In the final filesystem.
    pub live: Bytes,
    /// Stored, and not in it.
    pub lost: Bytes,
    /// As stored, compressed or not.
    pub download: Bytes,
}

/// What a rule promised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleRow {
    /// The rule's id.
    pub rule: String,
    /// How many of its findings were followed.
    pub findings: usize,
    /// What they promised, together.
    pub promised: Saving,
}

/// A layer that is another one now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LayerChange {
    /// Its place, base layer 0.
    pub layer: usize,
    /// The blob that it was.
    pub digest_before: String,
    /// The blob that it is.
    pub digest_after: String,
    /// How many members went.
    pub members: usize,
    /// The stored bytes that went.
    pub stored: Bytes,
    /// The blob's size before.
    pub download_before: Bytes,
    /// The blob's size now.
    pub download_after: Bytes,
}

/// A finding that was not followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOutRow {
    /// The rule's id.
    pub rule: String,
    /// What it says.
    pub title: String,
    /// Why it was left out.
    pub why: String,
}

impl From<&LeftOut> for LeftOutRow {
    fn from(left_out: &LeftOut) -> LeftOutRow {
        LeftOutRow {
            rule: left_out.rule.to_owned(),
            title: left_out.title.clone(),
            why: left_out.why.to_owned(),
        }
    }
}

impl Outcome {
    pub(super) fn new(
        before: &Analysis,
        after: &Analysis,
        chosen: &Chosen,
        written: &[Written],
        target: &Target,
    ) -> Outcome {
        let (was, is) = (sums(&before.fs), sums(&after.fs));
        let layers = |fs: &Rootfs, no: usize| (fs.layers()[no].stored(), fs.layers()[no].blob);
        let change = |layer: &Written| {
            let no = usize::from(layer.no);
            let (before, after) = (layers(&before.fs, no), layers(&after.fs, no));
            Some(LayerChange {
                layer: no,
                digest_before: layer.was.to_string(),
                digest_after: layer.digest.to_string(),
                members: layer.members?,
                stored: before.0 - after.0,
                download_before: before.1,
                download_after: after.1,
            })
        };
        Outcome {
            schema: 1,
            image: before.info.name.clone(),
            digest: before.info.digest.to_string(),
            output: target.path.to_string_lossy().into_owned(),
            tag: target.tag.clone(),
            promised: promise(before, &chosen.findings),
            achieved: Sums {
                stored: was.stored - is.stored,
                live: was.live - is.live,
                lost: was.lost - is.lost,
                download: was.download - is.download,
            },
            before: was,
            after: is,
            rules: rules(before, &chosen.findings),
            layers: written.iter().filter_map(change).collect(),
            left_out: chosen.left_out.iter().map(LeftOutRow::from).collect(),
        }
    }
}

/// An image's accounts.
fn sums(fs: &Rootfs) -> Sums {
    let mut sums = Sums::default();
    for (_, body) in fs.bodies() {
        sums.stored += body.size;
        match body.lost {
            None => sums.live += body.size,
            Some(_) => sums.lost += body.size,
        }
    }
    sums.download = fs.layers().iter().map(|layer| layer.blob).sum();
    sums
}

/// What findings promise together.
fn promise(before: &Analysis, findings: &[Finding]) -> Sums {
    let all = promised(before, findings);
    let ids = findings.iter().flat_map(|finding| &finding.bodies);
    let ids: std::collections::HashSet<_> = ids.copied().collect();
    let lost = ids.iter().map(|&id| before.fs.body(id));
    let lost: Bytes = lost
        .filter(|body| body.lost.is_some())
        .map(|body| body.size)
        .sum();
    Sums {
        stored: all.stored,
        live: all.stored - lost,
        lost,
        download: all.download,
    }
}

fn rules(before: &Analysis, findings: &[Finding]) -> Vec<RuleRow> {
    let mut ids: Vec<&str> = findings.iter().map(|finding| finding.rule).collect();
    ids.sort_unstable();
    ids.dedup();
    let row = |id: &str| {
        let own: Vec<Finding> = findings
            .iter()
            .filter(|finding| finding.rule == id)
            .cloned()
            .collect();
        RuleRow {
            rule: id.to_owned(),
            findings: own.len(),
            promised: promised(before, &own),
        }
    };
    ids.into_iter().map(row).collect()
}

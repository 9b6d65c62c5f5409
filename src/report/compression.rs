//! What zstd would make of the download, measured on a sample of each large layer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Report, Saving};
use crate::codec::{LEVEL, Trial};
use crate::units::Bytes;

/// An estimate by a sample.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CompressionRow {
    /// The level of zstd that was tried.
    pub level: i32,
    /// How many layers were sampled, each by its first 32 MiB.
    pub layers: usize,
    /// The sample, plain.
    pub sample: Bytes,
    /// As gzip stores it.
    pub sample_gzip: Bytes,
    /// As zstd would.
    pub sample_zstd: Bytes,
    /// The blobs of all layers that are stored with gzip.
    pub gzip: Bytes,
    /// What these would be with zstd: an estimate.
    pub zstd: Bytes,
}

/// The rule whose estimate a measurement replaces.
const RULE: &str = "compression-zstd";

impl Report {
    /// Is a layer large enough to be tried?
    pub fn is_worth_a_trial(&self, layer: usize) -> bool {
        const SMALLEST: Bytes = Bytes(1_000_000);
        let row = self.layers.get(layer);
        row.is_some_and(|row| row.compression == "gzip" && row.download >= SMALLEST)
    }

    /// Takes in what was measured, by layer.
    pub fn measured(&mut self, trials: &[(usize, Trial)]) {
        let sum = |of: fn(&Trial) -> u64| trials.iter().map(|(_, trial)| of(trial)).sum::<u64>();
        let sample = (sum(|t| t.plain), sum(|t| t.stored), sum(|t| t.zstd));
        if sample.1 == 0 {
            return;
        }
        let is_gzip = |(_, row): &(usize, &super::LayerRow)| row.compression == "gzip";
        let (mut gzip, mut zstd) = (Bytes::ZERO, Bytes::ZERO);
        for (no, row) in self.layers.iter().enumerate().filter(is_gzip) {
            let own = trials
                .iter()
                .find(|(layer, trial)| *layer == no && trial.stored > 0);
            let (before, after) = own.map_or((sample.1, sample.2), |(_, t)| (t.stored, t.zstd));
            let scaled = u128::from(row.download.0) * u128::from(after) / u128::from(before);
            gzip += row.download;
            zstd += Bytes(u64::try_from(scaled).unwrap_or(u64::MAX));
        }
        for finding in self.findings.iter_mut().filter(|row| row.rule == RULE) {
            finding.estimate = Some(Saving {
                stored: Bytes::ZERO,
                download: gzip - zstd,
            });
            let words = format!("estimated from a sample of {}, measured", Bytes(sample.0));
            finding.notes.push(words);
        }
        self.compression = Some(CompressionRow {
            level: LEVEL,
            layers: trials.len(),
            sample: Bytes(sample.0),
            sample_gzip: Bytes(sample.1),
            sample_zstd: Bytes(sample.2),
            gzip,
            zstd,
        });
    }
}

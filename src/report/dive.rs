//! dive's numbers in a report.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::Bytes;

/// What dive says of the image: as it counts, not as this program does.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DiveRow {
    /// `efficiencyScore`, 0 to 1.
    pub efficiency_score: f64,
    /// `inefficientBytes`: all copies of what several layers hold, the live one too.
    pub inefficient_bytes: Bytes,
    /// `userWastedPercent`, a share and no percentage; over 1 where the first layer's
    /// copies weigh much. Null where dive divides by nothing: it prints NaN of one layer.
    pub user_wasted_percent: Option<f64>,
    /// `sizeBytes`: every member of every tar.
    pub size_bytes: Bytes,
    /// Of these, all but the first layer's.
    pub user_size_bytes: Bytes,
    /// Paths that several layers hold, most bytes first, then by path; also those of no
    /// bytes.
    pub files: Vec<DiveFileRow>,
    /// Why these numbers are not the report's own, a sentence each; empty where both say
    /// the same.
    pub why: Vec<String>,
}

/// A path that several layers hold.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DiveFileRow {
    /// The path.
    pub path: String,
    /// How many layers hold or delete it.
    pub count: u32,
    /// The bytes of all of them.
    pub bytes: Bytes,
}

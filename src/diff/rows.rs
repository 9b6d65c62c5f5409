//! The rows of a comparison: each is one object of the JSON.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::report::Saving;
use crate::units::Bytes;

/// What grew, and why. All sizes are bytes.
///
/// Always: the causes' `old` sum to `old.stored` and `old.download`, their `new` to
/// `new.stored` and `new.download`; so the differences sum to the difference of totals.
/// The items of a cause sum to the cause.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Diff {
    /// The version of this document's shape.
    pub schema: u32,
    /// The image before.
    pub old: DiffImage,
    /// The image after.
    pub new: DiffImage,
    /// Why it grew or shrank: what changed most first; causes without a change are left
    /// out only by tables.
    pub causes: Vec<CauseRow>,
    /// The layers of both, in the order of the new image; what is gone stands last.
    pub layers: Vec<LayerChange>,
    /// What the change costs who has the old image.
    pub update: Update,
}

/// One of two images.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DiffImage {
    /// Its name.
    pub name: String,
    /// Where it came from, or the file of the saved report.
    pub source: String,
    /// Its digest.
    pub digest: String,
    /// OS/ARCH; null if the image does not say.
    pub platform: Option<String>,
    /// The base's name, or null.
    pub base: Option<String>,
    /// Stored bytes: live and lost.
    pub stored: Bytes,
    /// In the final filesystem.
    pub live: Bytes,
    /// Stored, and not in it.
    pub lost: Bytes,
    /// What a download takes.
    pub download: Bytes,
}

/// A size before and after, in both measures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// Before.
    pub old: Saving,
    /// After.
    pub new: Saving,
}

impl Change {
    /// By how many stored bytes it grew; negative where it shrank.
    pub fn stored(&self) -> i64 {
        by(self.old.stored, self.new.stored)
    }

    /// By how many download bytes it grew; negative where it shrank.
    pub fn download(&self) -> i64 {
        by(self.old.download, self.new.download)
    }
}

fn by(old: Bytes, new: Bytes) -> i64 {
    let difference = i128::from(new.0) - i128::from(old.0);
    let limit = if difference < 0 { i64::MIN } else { i64::MAX };
    i64::try_from(difference).unwrap_or(limit)
}

/// What bytes are there for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum CauseKind {
    /// All that the base's layers store.
    Base,
    /// Packages of the operating system, on top of the base.
    SystemPackages,
    /// Interpreters and what comes with them.
    Runtime,
    /// Packages of languages.
    LanguagePackages,
    /// The app's own code and data, and what its build made.
    App,
    /// Caches, logs, and what else was left behind.
    Leftovers,
    /// What nobody owns, and every category not named above.
    Other,
    /// What a later layer overwrote or deleted.
    Lost,
    /// Tar headers and padding: download bytes alone.
    Headers,
}

/// A cause, and what it weighs before and after.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CauseRow {
    /// Which.
    pub cause: CauseKind,
    /// Before and after.
    pub bytes: Change,
    /// What it is made of and what changed there, the largest change first; what did
    /// not change is one item, the last one.
    pub items: Vec<ItemRow>,
}

/// What became of something.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// A package has a later version.
    Upgraded,
    /// A package has an earlier version.
    Downgraded,
    /// It has the same name and version, and other bytes.
    Changed,
    /// It has the same version and stores as many bytes; what compression makes of them
    /// may differ a little.
    Same,
}

/// A package, a folder, a file or a layer, before and after.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ItemRow {
    /// What it is called: a package as `pip:numpy`, a path, an instruction; safe on a
    /// terminal.
    pub name: String,
    /// What became of it.
    pub kind: Kind,
    /// The version before; null where it has none.
    pub from: Option<String>,
    /// The version after; null where it has none.
    pub to: Option<String>,
    /// Before and after.
    pub bytes: Change,
}

/// What became of a layer.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum LayerFate {
    /// Both images have it, to the byte: nothing is pulled.
    Kept,
    /// The same instruction made the same files anew: only times, bytecode or the order
    /// in the tar differ, and it is pulled again for nothing.
    Rebuilt,
    /// The same instruction made other files.
    Changed,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
}

/// A layer, before and after.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LayerChange {
    /// What became of it.
    pub fate: LayerFate,
    /// Its place before, base layer 0; null if it is new.
    pub old: Option<usize>,
    /// Its place after; null if it is gone.
    pub new: Option<usize>,
    /// The instruction that made it; null if no history tells.
    pub created_by: Option<String>,
    /// Did it come with the base?
    pub base: bool,
    /// Before and after.
    pub bytes: Change,
    /// For a person: why it is pulled although its files did not change, or why that cannot
    /// be told; why an added one is not pulled. Null for all others.
    pub why: Option<String>,
}

/// What who holds the old image pulls for the new one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Update {
    /// Layers that are pulled.
    pub layers: usize,
    /// Their download bytes, each blob once: layers that the old image has by digest are
    /// not pulled. Manifest and config are not counted.
    pub download: Bytes,
    /// Of these, in layers whose files did not change.
    pub needless: Bytes,
    /// How many of the layers that are pulled stand there as plain tars, as engines hand
    /// them out: a registry would send fewer bytes.
    pub plain: usize,
}

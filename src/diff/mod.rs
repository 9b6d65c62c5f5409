//! What grew between two images, and why. What comes in is a report of each; what goes
//! out is a [`Diff`]: causes whose bytes sum to the difference of the totals, what
//! changed in each of them, and what a node that holds the old image pulls for the new.
//!
//! Reports are compared and not analyses, so that a saved one will do.

mod causes;
mod items;
mod json;
mod layers;
mod places;
mod rows;
mod table;
mod version;

use std::io::{self, Write};

pub use json::schema;
pub use rows::{
    CauseKind, CauseRow, Change, Diff, DiffImage, ItemRow, Kind, LayerChange, LayerFate, Update,
};

use crate::path::shown_text;
use crate::report::{Report, SCHEMA, Style};

/// A way to write a comparison.
pub type Writer = fn(&Diff, &Style, &mut dyn Write) -> io::Result<()>;

/// Every way to write one, by the name of its format.
pub const WRITERS: &[(&str, Writer)] = &[("table", table::write), ("json", json::write)];

impl Diff {
    /// Puts two reports side by side.
    pub fn new(old: &Report, new: &Report) -> Diff {
        let (layers, update) = layers::layers(old, new);
        Diff {
            schema: SCHEMA,
            causes: causes::causes(old, new, &layers),
            old: image(old),
            new: image(new),
            layers,
            update,
        }
    }

    /// Is there a layer of which it cannot be told whether its files changed, as contents
    /// were not read? Then reading every byte of both tells.
    pub fn is_unsure(&self) -> bool {
        self.layers.iter().any(layers::is_unsure)
    }
}

fn image(report: &Report) -> DiffImage {
    let (image, totals) = (&report.image, &report.totals);
    let shown = |text: &String| shown_text(text).into_owned();
    let base = image.base.as_ref();
    DiffImage {
        name: shown(&image.name),
        source: shown(&image.source),
        digest: shown(&image.digest),
        platform: image.platform.as_ref().map(shown),
        base: base.and_then(|base| base.name.as_ref()).map(shown),
        stored: totals.stored,
        live: totals.live,
        lost: totals.lost,
        download: totals.download,
    }
}

#[cfg(test)]
mod tests;

//! Reports that were made before: a second look at a known image need not even put
//! its layers together.

use super::Report;
use crate::analysis::{Analysis, Wishes};
use crate::cache::Cache;
use crate::source::ImageInfo;

/// Names the source of this program: what other code reported is not this one's.
const MAKER: &str = env!("IMGSIZE_SOURCE");

/// Other wishes make another report.
fn maker(wishes: &Wishes) -> String {
    format!("{MAKER}{}", wishes.key())
}

impl Report {
    /// The report on an image that says this of itself, if this very program made it
    /// before, with the same wishes; under today's name of the image.
    pub fn known(cache: &Cache, info: &ImageInfo, wishes: &Wishes) -> Option<Report> {
        let mut report: Report = cache.note(info, &maker(wishes))?;
        report.image.name.clone_from(&info.name);
        report.image.source.clone_from(&info.source);
        Some(report)
    }

    /// Keeps the report, if it follows from the wishes and the image's digests alone:
    /// every layer was found to be what its digest promises. What rests on a table of
    /// contents is not for whoever has the whole layer at hand.
    pub fn keep(&self, cache: &Cache, analysis: &Analysis, wishes: &Wishes) {
        let mut layers = self.layers.iter();
        if layers.all(|layer| layer.verified) {
            cache.put_note(&analysis.info, &maker(wishes), self);
        }
    }
}

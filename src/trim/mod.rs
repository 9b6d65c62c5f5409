//! Advice proven: an image without the bytes that findings name. What comes in is an
//! opened image with its closed books and the findings that were chosen; what goes out
//! is an archive whose tree is the old one without the paths that were to go, read
//! again and compared, and an [`Outcome`].
//!
//! Layers of which nothing goes stay as they are, byte for byte; of the others every
//! member that stays does.

mod choose;
mod cut;
mod documents;
mod error;
mod outcome;
mod pack;
mod plan;
mod sink;
mod tree;

use std::path::PathBuf;

pub use choose::{Chosen, LeftOut, Rules, UnknownRule, choose};
pub use error::TrimError;
pub use outcome::{LayerChange, LeftOutRow, Outcome, RuleRow, Sums};

use crate::advice::{Finding, settle};
use crate::analysis::{Analysis, Wishes, analyze};
use crate::digest::Digest;
use crate::scan::How;
use crate::source::{Choice, Format, Image, Net, Opened, Origin, Place, open};
use documents::Written;
use plan::Plan;
use sink::Sink;

/// Where the new image goes.
#[derive(Debug, Clone)]
pub struct Target {
    /// How it is laid out.
    pub format: Format,
    /// The file, or the folder of a layout.
    pub path: PathBuf,
    /// What it is called; `None` for nothing.
    pub tag: Option<String>,
    /// May something that is there be replaced?
    pub replace: bool,
}

/// Writes the image without what the findings name, and proves it.
///
/// The analysis has to be of every byte ([`How::verify`]): a table of contents does not
/// tell of every member.
pub fn trim(
    image: &dyn Image,
    before: &Analysis,
    chosen: &Chosen,
    target: &Target,
    how: &How,
) -> Result<Outcome, TrimError> {
    let plan = Plan::new(before, &chosen.findings)?;
    let mut sink = Sink::new(target)?;
    let written = documents::write(image, before, &plan, target, &mut sink)?;
    sink.finish()?;
    let after = read_again(&sink, target, how)?;
    check(before, &after, &plan, &written)?;
    let outcome = Outcome::new(before, &after, chosen, &written, target);
    if outcome.promised.stored != outcome.achieved.stored {
        return Err(TrimError::Promise {
            promised: outcome.promised.stored,
            achieved: outcome.achieved.stored,
        });
    }
    sink.keep()?;
    Ok(outcome)
}

/// The written archive, as anybody reads it.
fn read_again(sink: &Sink, target: &Target, how: &How) -> Result<Analysis, TrimError> {
    let origin = Origin {
        format: Some(target.format),
        place: Place::Path(sink.path().to_owned()),
        tag: None,
    };
    let opened = open(&origin, &Choice::default(), &Net::default())?;
    let Opened::Image(image) = opened else {
        return Err(TrimError::Odd(
            "the archive that was written cannot be read",
        ));
    };
    let how = How {
        verify: true,
        cache: None,
        ..how.clone()
    };
    Ok(analyze(&*image, &how, &Wishes::default(), &|_| {})?)
}

/// Is the tree what it should be, and is every layer what it was said to be?
fn check(
    before: &Analysis,
    after: &Analysis,
    plan: &Plan,
    written: &[Written],
) -> Result<(), TrimError> {
    let differences = tree::compare(&before.fs, &after.fs, &plan.going);
    if let Some(difference) = differences.first() {
        return Err(difference.error());
    }
    let ids: Vec<Option<Digest>> = after
        .fs
        .layers()
        .iter()
        .map(|layer| layer.diff_id)
        .collect();
    let promised: Vec<Option<Digest>> = written.iter().map(|layer| Some(layer.diff_id)).collect();
    match ids == promised {
        true => Ok(()),
        false => Err(TrimError::Odd("a layer was not written as it was packed")),
    }
}

/// What the findings take together, each content once.
fn promised(before: &Analysis, findings: &[Finding]) -> crate::advice::Saving {
    settle(before, findings.iter().cloned()).all
}

#[cfg(test)]
mod tests;

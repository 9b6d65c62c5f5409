//! What could be smaller, and how. What comes in is the finished model; what goes out
//! is findings: each names the bytes that would go, by id, so that the saving of
//! several is the size of a union and no byte is promised twice.
//!
//! Adding a rule is one file in `rules`, its `mod` line and its line in [`RULES`], and
//! a `loud.case` and a `quiet.case` in `testdata/advice/<id>/`.

mod bases;
mod dpkg;
mod duplicates;
mod finding;
mod headers;
mod left;
mod losses;
mod node;
mod packages;
mod python;
mod remedy;
mod removal;
mod rules;
mod running;
mod several;
pub mod shell;
mod stages;
mod step;
mod view;

pub use crate::owner::is_licence;
pub use bases::{JLINK, SLIM, STATIC};
pub use duplicates::Copies;
pub use finding::{Confidence, Edit, Finding, Risk, Saving};
pub use node::{AppManifest, NodePackage};
pub use packages::{Ask, Removal, SYSTEMS, files_of, is_dev, is_one_of, some};
pub use rules::RULES;
pub use running::has_word;
pub use several::{BASE_NOT_SHARED, all_rules};
pub use step::{Step, Verb};
pub use view::{Script, View};

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::analysis::Analysis;
use crate::rootfs::{BodyId, LayerNo};
use crate::units::Bytes;

/// Knows one way in which images are larger than they need be.
pub struct Rule {
    /// `apt-lists`; also the file's name.
    pub id: &'static str,
    /// One line.
    pub summary: &'static str,
    /// What it is, why it costs, what to do, and what the rule cannot see: a few
    /// sentences in this order.
    pub explain: &'static str,
    /// Pure: looks at an image, says what it found. Knows nothing of other rules.
    pub check: fn(&View<'_>) -> Vec<Finding>,
}

/// Everything that the rules say of an image.
#[derive(Debug, Default)]
pub struct Advice {
    /// Those with most stored bytes first.
    pub findings: Vec<Counted>,
    /// What goes if all of it is followed.
    pub all: Saving,
    /// What goes if only what is safe is followed.
    pub safe: Saving,
}

/// A finding, and what it brings.
#[derive(Debug)]
pub struct Counted {
    /// What was found.
    pub finding: Finding,
    /// What it brings alone.
    pub saves: Saving,
    /// What it brings when all that stand before it are followed already.
    pub adds: Saving,
    /// What it brings alone, by the layer that stores the bytes, lowest first.
    pub layers: Vec<(LayerNo, Saving)>,
}

impl Counted {
    /// The layer whose instruction is to change.
    pub fn layer(&self) -> Option<LayerNo> {
        let most = self
            .layers
            .iter()
            .max_by_key(|(no, saving)| (saving.stored, Reverse(*no)));
        self.finding.at.or_else(|| most.map(|&(no, _)| no))
    }

    /// The order in which advice is read: what is proven to be there before what is
    /// estimated, and most bytes first.
    fn rank(&self) -> impl Ord + use<> {
        let estimate = self.finding.estimate.unwrap_or_default();
        (
            Reverse((self.saves.stored, self.saves.download)),
            Reverse((estimate.stored, estimate.download)),
            self.finding.rule,
            self.finding.title.clone(),
        )
    }
}

/// Asks every rule.
pub fn advise(analysis: &Analysis) -> Advice {
    let view = View::new(analysis);
    let found = RULES.iter().flat_map(|rule| {
        let findings = (rule.check)(&view).into_iter();
        findings.map(|finding| Finding {
            rule: rule.id,
            ..finding
        })
    });
    settle(analysis, found)
}

/// Counts findings, and puts them in order.
pub fn settle(analysis: &Analysis, found: impl IntoIterator<Item = Finding>) -> Advice {
    let mut counted: Vec<Counted> = found
        .into_iter()
        .map(|finding| {
            let (saves, layers) = alone(analysis, &finding);
            Counted {
                finding,
                saves,
                adds: Saving::default(),
                layers,
            }
        })
        .collect();
    counted.sort_by_cached_key(Counted::rank);
    let mut all = Union::new(analysis);
    for one in &mut counted {
        one.adds = all.add(&one.finding);
    }
    let mut safe = Union::new(analysis);
    for one in counted.iter().filter(|one| one.finding.risk == Risk::Safe) {
        safe.add(&one.finding);
    }
    Advice {
        all: all.sum,
        safe: safe.sum,
        findings: counted,
    }
}

/// What goes if all of these are followed, and what of it each layer stores, lowest
/// first.
pub fn together<'f>(
    analysis: &Analysis,
    findings: impl IntoIterator<Item = &'f Finding>,
) -> (Saving, Vec<(LayerNo, Saving)>) {
    let mut union = Union::new(analysis);
    for finding in findings {
        union.add(finding);
    }
    union.closed()
}

fn alone(analysis: &Analysis, finding: &Finding) -> (Saving, Vec<(LayerNo, Saving)>) {
    together(analysis, [finding])
}

/// Bytes that go, each counted once.
struct Union<'a> {
    analysis: &'a Analysis,
    /// How much of each content went already.
    gone: HashMap<BodyId, Bytes>,
    sum: Saving,
    layers: HashMap<LayerNo, Saving>,
}

impl<'a> Union<'a> {
    fn new(analysis: &'a Analysis) -> Union<'a> {
        Union {
            analysis,
            gone: HashMap::new(),
            sum: Saving::default(),
            layers: HashMap::new(),
        }
    }

    /// The sum, and its parts by layer.
    fn closed(self) -> (Saving, Vec<(LayerNo, Saving)>) {
        let mut layers: Vec<_> = self.layers.into_iter().collect();
        layers.sort_unstable_by_key(|&(no, _)| no);
        (self.sum, layers)
    }

    /// Adds what a finding takes away; what that adds to the sum.
    fn add(&mut self, finding: &Finding) -> Saving {
        let before = self.sum;
        for &id in &finding.bodies {
            let size = self.analysis.fs.body(id).size;
            self.take(id, size, true);
        }
        for &(id, bytes) in &finding.shrink {
            self.take(id, bytes, false);
        }
        Saving {
            stored: self.sum.stored - before.stored,
            download: self.sum.download - before.download,
        }
    }

    /// Takes so much of a content away, if no more of it is gone; the entry too if all
    /// of it goes.
    fn take(&mut self, id: BodyId, bytes: Bytes, whole: bool) {
        let body = self.analysis.fs.body(id);
        // What goes whole is marked by one byte more than there is.
        let end = match whole {
            true => Bytes(body.size.0.saturating_add(1)),
            false => bytes.min(body.size),
        };
        let gone = self.gone.entry(id).or_default();
        if end <= *gone {
            return;
        }
        let (from, to) = ((*gone).min(body.size), end.min(body.size));
        *gone = end;
        let stored = to - from;
        // The part of a content that goes takes its part of the download.
        let share = |upto: Bytes| match body.size {
            Bytes::ZERO => 0,
            Bytes(size) => {
                let part = u128::from(body.transfer.0) * u128::from(upto.0) / u128::from(size);
                u64::try_from(part).unwrap_or(u64::MAX)
            }
        };
        let mut download = share(to) - share(from);
        if whole {
            let entry = self.analysis.fs.entry(body);
            download += u64::from(entry.framing);
            if body.size == Bytes::ZERO {
                download += body.transfer.0;
            }
        }
        let layer = self.layers.entry(body.layer).or_default();
        for sum in [layer, &mut self.sum] {
            sum.stored += stored;
            sum.download += Bytes(download);
        }
    }
}

#[cfg(test)]
mod tests;

//! The same content at several live paths, as far as one of them could be a link. What
//! comes in is the finished model; what goes out is groups of files, and findings that
//! say how all but one of a group become links.

use crate::copies::contents;
use crate::path::brief;
use crate::rootfs::{LayerNo, NodeId};

use super::{Edit, Finding, Verb, View, shell};

/// More links than this nobody makes by hand.
const MOST_LINKS: usize = 100;

/// Files with one content.
pub struct Copies {
    /// The one that stays: the base's if it has one, else the lowest layer's.
    pub kept: NodeId,
    /// Those that could be links, each added on top of the base.
    pub others: Vec<NodeId>,
}

impl View<'_> {
    /// Contents that are stored more than once, most bytes first.
    pub fn copies(&self) -> &[Copies] {
        self.copies.get_or_init(|| {
            let found = contents(self.fs).into_iter();
            found.filter_map(|found| self.split(found.files)).collect()
        })
    }

    fn split(&self, mut files: Vec<NodeId>) -> Option<Copies> {
        // By path within a layer already.
        files.sort_by_key(|&file| self.fs.layer_of(file));
        let mut files = files.into_iter();
        let kept = files.next()?;
        let others: Vec<NodeId> = files
            .filter(|&file| self.fs.layer_of(file) >= self.base)
            .collect();
        (!others.is_empty()).then_some(Copies { kept, others })
    }
}

impl Finding {
    /// All but one of these become links: hard ones in the instruction that writes both,
    /// symbolic ones where a lower layer has the first.
    pub fn linked(mut self, view: &View<'_>, groups: &[&Copies]) -> Finding {
        let all = || {
            let pairs = groups.iter().map(|copies| (copies.kept, &copies.others));
            pairs.flat_map(|(kept, others)| others.iter().map(move |&other| (kept, other)))
        };
        self.bodies = view.bodies(all().map(|(_, other)| other));
        let mut layers: Vec<LayerNo> = all().map(|(_, other)| view.fs.layer_of(other)).collect();
        layers.sort_unstable();
        layers.dedup();
        for layer in layers {
            let here: Vec<(NodeId, NodeId)> = all()
                .filter(|&(_, other)| view.fs.layer_of(other) == layer)
                .collect();
            let is_run = view.step(layer).is_some_and(|step| step.verb == Verb::Run);
            // A symbolic link is another thing: some servers follow none.
            let is_hard = here
                .iter()
                .all(|&(kept, _)| view.fs.layer_of(kept) == layer);
            if is_run && is_hard && here.len() <= MOST_LINKS {
                let commands: Vec<String> = here
                    .iter()
                    .map(|&(kept, other)| link(view, kept, other))
                    .collect();
                let command = commands.join(" && ");
                self.edits.push(Edit::Append { layer, command });
            }
        }
        if let Some((kept, other)) = all().next() {
            self.fix = format!(
                "{}   # in the RUN that writes it; a COPY leaves it out",
                brief(link(view, kept, other))
            );
        }
        self
    }
}

/// The command that makes one file a link to another.
fn link(view: &View<'_>, kept: NodeId, other: NodeId) -> String {
    let word = match view.fs.layer_of(kept) == view.fs.layer_of(other) {
        true => "ln -f",
        false => "ln -sf",
    };
    let (kept, other) = (view.path(kept), view.path(other));
    format!("{word} {} {}", shell::path(&kept), shell::path(&other))
}

//! What there is to look at. What comes in is a closed analysis; what goes out is that,
//! with the words, the advice and the side tables that the views ask for. Nothing in it
//! changes afterwards: what the user folds, ticks and filters lies beside it.

use std::collections::HashMap;
use std::sync::Arc;

use imgsize::advice::Advice;
use imgsize::analysis::Analysis;
use imgsize::copies;
use imgsize::owner::{OwnerId, Part};
use imgsize::report::{Report, WarningRow};
use imgsize::rootfs::{BodyId, LayerNo, NodeId, NodeKind, Rootfs};
use imgsize::source::ImageInfo;
use imgsize::units::Bytes;

use super::relations::Relations;
use super::text::safe_text;

/// One image.
pub(crate) struct Model {
    pub(crate) analysis: Analysis,
    /// The same in words. Without `lost`: those may be as many as the files, and the
    /// books have them.
    pub(crate) report: Report,
    pub(crate) advice: Advice,
    /// What owners have to do with each other, and with the report.
    pub(crate) relations: Relations,
    /// The layers' instructions, whole and short; safe.
    instructions: Vec<Option<(String, String)>>,
    /// What each owner is called; safe.
    labels: Vec<String>,
    /// What is lost, by the path that it had: sorted.
    was: Vec<(NodeId, BodyId)>,
    copies: Copies,
    /// Ties a report to the Dockerfile that was given.
    pub(crate) tie: Option<Tie>,
}

/// Ties a report to a Dockerfile, and puts all its findings into that.
pub(crate) type Tie = Arc<dyn Fn(&mut Report, &ImageInfo) -> Result<(), String> + Send + Sync>;

/// Contents that are there more than once.
#[derive(Default)]
struct Copies {
    groups: Vec<Vec<NodeId>>,
    of: HashMap<NodeId, u32>,
}

/// Bytes in both measures, and how many files.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) live: Bytes,
    pub(crate) lost: Bytes,
    /// The download of what is live.
    pub(crate) download: Bytes,
    /// The download of what is lost.
    pub(crate) download_lost: Bytes,
    /// Live ones, each inode once.
    pub(crate) files: u64,
}

impl Sums {
    pub(crate) fn stored(&self) -> Bytes {
        self.live + self.lost
    }

    pub(crate) fn add(&mut self, other: &Sums) {
        self.live += other.live;
        self.lost += other.lost;
        self.download += other.download;
        self.download_lost += other.download_lost;
        self.files += other.files;
    }
}

impl Model {
    /// Makes the words and tables of an analysis.
    pub(crate) fn new(analysis: Analysis) -> Model {
        let (mut report, advice) = Report::with_advice(&analysis);
        report.lost = Vec::new();
        let fs = &analysis.fs;
        let layers = analysis.info.layers.iter();
        let instructions = layers
            .map(|info| info.created_by.as_deref().map(words))
            .collect();
        let labels = (0..analysis.attribution.owners.len())
            .map(|no| safe_text(&imgsize::report::owner_name(&analysis, OwnerId(no as u32))))
            .collect();
        let mut was: Vec<(NodeId, BodyId)> = fs
            .bodies()
            .filter(|(_, body)| body.lost.is_some())
            .map(|(id, body)| (body.node, id))
            .collect();
        was.sort_unstable();
        let copies = Copies::of(fs);
        let relations = Relations::new(&analysis, &report, &advice);
        Model {
            report,
            advice,
            relations,
            instructions,
            labels,
            was,
            copies,
            tie: None,
            analysis,
        }
    }

    /// The same beside a Dockerfile: rows name its lines.
    pub(crate) fn tied(mut self, tie: Option<Tie>) -> Model {
        if let Some(tie) = &tie
            && let Err(error) = tie(&mut self.report, &self.analysis.info)
        {
            self.report.warnings.push(WarningRow {
                code: "dockerfile".to_owned(),
                message: safe_text(&error),
            });
        }
        // What is put into the file is what is ticked, and nothing is yet.
        self.report.dockerfile = None;
        self.tie = tie;
        self
    }

    pub(crate) fn fs(&self) -> &Rootfs {
        &self.analysis.fs
    }

    /// What a body is for.
    pub(crate) fn part(&self, body: BodyId) -> Part {
        self.analysis.attribution.part(body)
    }

    pub(crate) fn owner_of(&self, body: BodyId) -> OwnerId {
        self.analysis.attribution.of(body)
    }

    /// What an owner is called, as reports spell it; safe.
    pub(crate) fn label(&self, owner: OwnerId) -> &str {
        self.labels.get(owner.0 as usize).map_or("", String::as_str)
    }

    /// How many owners there are.
    pub(crate) fn owners(&self) -> impl Iterator<Item = OwnerId> + use<> {
        (0..self.labels.len() as u32).map(OwnerId)
    }

    /// How many layers there are.
    pub(crate) fn layer_count(&self) -> usize {
        self.analysis.info.layers.len()
    }

    /// How many of them came with the base.
    pub(crate) fn base(&self) -> LayerNo {
        self.analysis.base.layers
    }

    /// The instruction that made a layer, safe and whole; `None` if the history does not
    /// tell.
    pub(crate) fn instruction(&self, layer: LayerNo) -> Option<String> {
        let both = self.instructions.get(usize::from(layer))?.as_ref();
        both.map(|(whole, _)| whole.clone())
    }

    /// The same for a row: without what the builder puts around every instruction.
    pub(crate) fn short_instruction(&self, layer: LayerNo) -> Option<String> {
        let both = self.instructions.get(usize::from(layer))?.as_ref();
        both.map(|(_, short)| short.clone())
    }

    /// What was at a path and is lost, in the order of the layers.
    pub(crate) fn was(&self, node: NodeId) -> impl Iterator<Item = BodyId> {
        let start = self.was.partition_point(|&(other, _)| other < node);
        let rest = self.was.iter().skip(start);
        rest.take_while(move |(other, _)| *other == node)
            .map(|&(_, body)| body)
    }

    /// The files with the same content as this one, itself too; empty if it is alone, or
    /// smaller than what is compared (4 KiB).
    pub(crate) fn copies(&self, node: NodeId) -> &[NodeId] {
        let group = self.copies.of.get(&node);
        let group = group.and_then(|&no| self.copies.groups.get(no as usize));
        group.map_or(&[], Vec::as_slice)
    }

    /// A path with a slash in front, and behind if it is a folder; safe.
    pub(crate) fn path(&self, node: NodeId) -> String {
        let path = super::text::safe(self.fs().path(node).as_bytes());
        match self.fs().kind(node) {
            NodeKind::Dir if node != NodeId::ROOT => format!("/{path}/"),
            _ => format!("/{path}"),
        }
    }
}

/// An instruction as it is shown, and the same for a row, without what the builder puts
/// around it. Made once: some are megabytes long.
pub(crate) fn words(instruction: &str) -> (String, String) {
    const MOST: usize = 32 << 10;
    const MOST_SHORT: usize = 400;
    let cut = |text: &str, most: usize| match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    };
    // Many are written with tabs, which would be shown as escapes.
    let whole = safe_text(&cut(instruction, MOST).replace('\t', " "));
    let short = whole.trim_end_matches(" # buildkit");
    let short = cut(&short.replacen("RUN /bin/sh -c ", "RUN ", 1), MOST_SHORT);
    (whole, short)
}

impl Copies {
    fn of(fs: &Rootfs) -> Copies {
        let mut found = Copies::default();
        for duplicate in copies::contents(fs) {
            let no = found.groups.len() as u32;
            found
                .of
                .extend(duplicate.files.iter().map(|&file| (file, no)));
            found.groups.push(duplicate.files);
        }
        found
    }
}

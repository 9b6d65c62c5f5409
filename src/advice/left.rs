//! What tools leave behind. What comes in is files that the RUN that wrote them could
//! have removed, or that another stage could have kept, or programs that a linker gave
//! more than they run with; what goes out is the finding, with the command for each RUN
//! that takes one.

use std::collections::{BTreeSet, HashMap};

use super::{Edit, Finding, View, some};
use crate::essence::Elf;
use crate::rootfs::{BodyId, LayerNo, NodeId};
use crate::units::Bytes;

impl View<'_> {
    /// The finding of files that have no place in an image that only runs: what wrote them
    /// belongs in another stage, or is not to be installed, so no command removes them.
    /// `None` if there are none. Licences stay.
    pub fn out_of_place(&self, title: &str, mut files: Vec<NodeId>) -> Option<Finding> {
        files.sort_unstable();
        files.dedup();
        self.of_files(title, &mut files)
    }

    /// The finding of files that one command removes where they were written; `None` if
    /// there are none. Licences stay.
    pub fn left(&self, title: &str, mut files: Vec<NodeId>, command: &str) -> Option<Finding> {
        let finding = self.of_files(title, &mut files)?;
        let layers: BTreeSet<LayerNo> = files.iter().map(|&file| self.fs.layer_of(file)).collect();
        let takes = |layer: &LayerNo| self.takes_commands(*layer);
        let edits = layers.into_iter().filter(takes).map(|layer| Edit::Append {
            layer,
            command: command.to_owned(),
        });
        Some(edits.fold(finding, Finding::edit))
    }

    /// The finding of these files, but for licences and what has a name elsewhere.
    fn of_files(&self, title: &str, files: &mut Vec<NodeId>) -> Option<Finding> {
        files.retain(|&file| !super::is_licence(self.fs.name(file)));
        self.without_others(files);
        (!files.is_empty()).then(|| Finding::new(title).bodies(self.bodies(files.iter().copied())))
    }

    /// The finding of debug information in added programs and libraries, of those that
    /// `is_meant` picks; `None` if there is none. `what` is how the title calls them.
    pub fn debug_information(
        &self,
        what: &str,
        is_meant: impl Fn(NodeId, &Elf) -> bool,
    ) -> Option<Finding> {
        let mut shrink = Vec::new();
        let mut names = Vec::new();
        for node in self.fs.kept_files() {
            let Some(body) = self
                .fs
                .body_of(node)
                .filter(|&id| self.fs.body(id).layer >= self.base)
            else {
                continue;
            };
            let Some(elf) = self.elf(node).filter(|elf| elf.debug > 0) else {
                continue;
            };
            if is_meant(node, &elf) {
                shrink.push((body, Bytes(elf.debug)));
                names.push((elf.debug, self.shown(node)));
            }
        }
        if shrink.is_empty() {
            return None;
        }
        names.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let names = some(names.into_iter().map(|(_, name)| name));
        let mut finding = Finding::new(format!("{what} hold debug information: {names}"));
        finding.shrink = shrink;
        Some(finding)
    }

    /// Leaves out what has a name elsewhere: a hard link's content stays with the other.
    pub fn without_others(&self, files: &mut Vec<NodeId>) {
        let mut names: HashMap<BodyId, u32> = HashMap::new();
        for body in files.iter().filter_map(|&file| self.fs.body_of(file)) {
            *names.entry(body).or_default() += 1;
        }
        let is_all = |body: BodyId| names.get(&body) == Some(&self.fs.body(body).links);
        files.retain(|&file| self.fs.body_of(file).is_some_and(is_all));
    }

    /// The added live files at or below these paths.
    pub fn at<'p>(&self, paths: impl IntoIterator<Item = &'p str>) -> Vec<NodeId> {
        let nodes = paths.into_iter().filter_map(|path| self.fs.find(path));
        nodes.flat_map(|node| self.below(node)).collect()
    }
}

//! What tools leave behind. What comes in is files that the RUN that wrote them could
//! have removed; what goes out is the finding, with the command for each such RUN.

use std::collections::{BTreeSet, HashMap};

use super::{Edit, Finding, View};
use crate::rootfs::{BodyId, LayerNo, NodeId};

impl View<'_> {
    /// The finding of files that one command removes where they were written; `None` if
    /// there are none. Licences stay.
    pub fn left(&self, title: &str, mut files: Vec<NodeId>, command: &str) -> Option<Finding> {
        files.retain(|&file| !super::is_licence(self.fs.name(file)));
        self.without_others(&mut files);
        if files.is_empty() {
            return None;
        }
        let layers: BTreeSet<LayerNo> = files.iter().map(|&file| self.fs.layer_of(file)).collect();
        let finding = Finding::new(title).bodies(self.bodies(files));
        let takes = |layer: &LayerNo| self.takes_commands(*layer);
        let edits = layers.into_iter().filter(takes).map(|layer| Edit::Append {
            layer,
            command: command.to_owned(),
        });
        Some(edits.fold(finding, Finding::edit))
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

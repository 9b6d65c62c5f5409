//! Findings of files that can be removed. What comes in is the files and folders; what
//! goes out is the contents that go with them, and the `rm` or `find` that a `RUN` ends
//! with, where a `RUN` wrote them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{Edit, Finding, Risk, Verb, View, shell};
use crate::path::shown_text;
use crate::rootfs::{BodyId, LayerNo, NodeId, NodeKind};

/// A command in a fix names no more paths.
const MOST_SHOWN: usize = 6;
/// Linux takes no word longer than 128 KiB, and all of a `RUN` is one of `sh -c`.
const LONGEST_COMMAND: usize = 100_000;

impl View<'_> {
    /// The contents that go with these files: of several names of one content all must
    /// be among them.
    pub fn freed(&self, files: &[NodeId]) -> Vec<BodyId> {
        let mut names: HashMap<BodyId, u32> = HashMap::new();
        let distinct: HashSet<NodeId> = files.iter().copied().collect();
        for body in distinct.iter().filter_map(|&file| self.fs.body_of(file)) {
            *names.entry(body).or_default() += 1;
        }
        let mut bodies = self.bodies(distinct);
        bodies.retain(|&id| {
            let body = self.fs.body(id);
            body.lost.is_some() || names.get(&id).is_some_and(|&count| count >= body.links)
        });
        bodies
    }

    /// A finding of files and whole folders that can go, with an `rm` in each `RUN` that
    /// wrote some of them; `None` if nothing is stored there.
    pub fn without(&self, title: impl Into<String>, nodes: &[NodeId]) -> Option<Finding> {
        let mut by_layer: BTreeMap<LayerNo, BTreeSet<NodeId>> = BTreeMap::new();
        let mut files = Vec::new();
        let mut whole = Vec::new();
        let listed: HashSet<NodeId> = nodes.iter().copied().collect();
        let mut nodes: Vec<NodeId> = nodes.to_vec();
        // What is inside another one goes with it.
        let mut seen = HashSet::new();
        nodes.retain(|&node| {
            if !seen.insert(node) {
                return false;
            }
            let mut at = node;
            while at != NodeId::ROOT {
                at = self.fs.parent(at);
                if listed.contains(&at) {
                    return false;
                }
            }
            true
        });
        for &node in &nodes {
            let below = self.below(node);
            for &file in &below {
                let layer = self.fs.layer_of(file);
                by_layer.entry(layer).or_default().insert(node);
            }
            let is_all = self.fs.files(node).count() == below.len();
            if self.fs.kind(node) == NodeKind::Dir && is_all {
                whole.push((node, files.len()..files.len() + below.len()));
            }
            files.extend(below);
        }
        let bodies = self.freed(&files);
        // A folder with a content that has another name elsewhere does not go wholly.
        let goes = |file: &NodeId| {
            let body = self.fs.body_of(*file);
            body.is_none_or(|body| bodies.binary_search(&body).is_ok())
        };
        let whole = whole.into_iter();
        let folders: Vec<NodeId> = whole
            .filter(|(_, range)| files[range.clone()].iter().all(goes))
            .map(|(node, _)| node)
            .collect();
        if bodies.is_empty() {
            return None;
        }
        let mut finding = Finding::new(title)
            .fix(self.written(self.layer_of(&files), &self.remove_shortly(&nodes)))
            .bodies(bodies)
            .folders(folders);
        for (layer, nodes) in by_layer {
            if self.takes_commands(layer) {
                let paths: Vec<String> = nodes.iter().map(|&node| self.path(node)).collect();
                let command = shell::remove(paths.iter().map(String::as_str));
                if command.len() <= LONGEST_COMMAND {
                    finding = finding.edit(Edit::Append { layer, command });
                }
            }
        }
        Some(finding)
    }

    /// `rm -rf` of the first of these, for a person.
    fn remove_shortly(&self, nodes: &[NodeId]) -> String {
        let paths: Vec<String> = nodes
            .iter()
            .take(MOST_SHOWN)
            .map(|&node| self.path(node))
            .collect();
        let command = shell::remove(paths.iter().map(String::as_str));
        match nodes.len() > MOST_SHOWN {
            true => format!("{command} …"),
            false => command,
        }
    }

    /// A finding of files of some names in folders, with a `find` in each `RUN` that wrote
    /// some; `test` is what tells the names.
    pub fn sweep(
        &self,
        title: impl Into<String>,
        files: &[NodeId],
        folders: &[NodeId],
        test: &str,
    ) -> Option<Finding> {
        let bodies = self.freed(files);
        if bodies.is_empty() {
            return None;
        }
        let words: Vec<String> = folders
            .iter()
            .map(|&folder| shell::path(&self.path(folder)))
            .collect();
        let command = format!("find {} -type f {test} -delete", words.join(" "));
        let short = format!("find node_modules -type f {test} -delete");
        let mut finding = Finding::new(title)
            .bodies(bodies)
            .fix(self.written(self.layer_of(files), &short));
        let layers: BTreeSet<LayerNo> = files.iter().map(|&file| self.fs.layer_of(file)).collect();
        for layer in layers {
            if command.len() <= LONGEST_COMMAND && self.takes_commands(layer) {
                let command = command.clone();
                finding = finding.edit(Edit::Append { layer, command });
            }
        }
        Some(finding)
    }

    /// A finding whose files are needed to build the app: no edit in a `RUN` that another
    /// one follows which may build it.
    pub fn unless_built_later(&self, mut finding: Finding) -> Finding {
        let builders = ["npm", "npx", "yarn", "pnpm", "bun", "vite", "tsc", "node"];
        let builds = |step: &super::Step| {
            step.verb == Verb::Run && builders.iter().any(|tool| step.calls(tool))
        };
        let last = self.steps().filter(|(_, step)| builds(step)).last();
        if let Some((last, _)) = last {
            finding.edits.retain(|edit| match edit {
                Edit::Append { layer, .. } => *layer >= last || !self.is_run(*layer),
                _ => true,
            });
        }
        finding
    }

    fn is_run(&self, layer: LayerNo) -> bool {
        self.step(layer).is_some_and(|step| step.verb == Verb::Run)
    }

    /// Where a command that removes what a layer added is to be written.
    pub fn written(&self, layer: Option<LayerNo>, command: &str) -> String {
        let verb = layer.and_then(|no| self.step(no)).map(|step| step.verb);
        let command = shown_text(command);
        match verb {
            Some(Verb::Run) => format!("RUN … && {command}"),
            Some(Verb::Copy | Verb::Add) => {
                format!("in the stage that the files are copied from: RUN … && {command}")
            }
            _ => format!("in the RUN that writes the files: {command}"),
        }
    }

    /// Safe, if scripts could be looked into to say so.
    pub fn proven(&self, finding: Finding) -> Finding {
        match self.looked_inside() {
            true => finding.risk(Risk::Safe),
            false => finding.risk(Risk::Check).note(
                "a layer was read by its table of contents: what its scripts run is not known",
            ),
        }
    }
}

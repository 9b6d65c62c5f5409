//! How files are kept out of an image. What comes in is files that nobody needs; what
//! goes out is a finding that names their contents and, layer by layer, what to write
//! instead: `rm` in the `RUN` that writes them, a line of `.dockerignore` where a `COPY`
//! takes them from the build context.
//!
//! Facts: Docker documentation, "Dockerfile reference" (COPY, `.dockerignore`).

use std::collections::{BTreeMap, BTreeSet};

use crate::owner::{Category, OwnerId};
use crate::path::{brief, shown_text};
use crate::rootfs::{LayerNo, NodeId, NodeKind};

use super::{Edit, Finding, Step, Verb, View, shell};

/// More paths than this are no command that anybody would write.
const MOST_PATHS: usize = 100;
/// So many layers are told of in words.
const MOST_LAYERS: usize = 4;
/// A `COPY` of more things than this nobody wrote.
const MOST_SOURCES: usize = 1000;
/// So many bytes are looked through for names of files.
const MOST_READ: usize = 1 << 30;
/// The kernel takes no longer path.
const LONGEST_FOLDER: usize = 4096;

impl View<'_> {
    /// Is a live file the author's: of the app, of its build, or nobody's?
    pub fn is_authors(&self, node: NodeId) -> bool {
        let (id, owner) = self.owner(node);
        id == OwnerId::UNATTRIBUTED
            || matches!(owner.category, Category::App | Category::BuildOutput)
    }

    /// Is a node in a folder of installed packages?
    pub fn is_in_packages(&self, node: NodeId) -> bool {
        let folders = ["node_modules", "site-packages", "dist-packages", "gems"];
        folders.iter().any(|folder| self.is_in(node, folder))
    }

    /// The live folders that are called so, and are in no other one that is: asking each
    /// for its files then asks for no file twice.
    pub fn outermost(&self, name: &str) -> Vec<NodeId> {
        let folders = self.folders(name).iter().copied();
        folders
            .filter(|&folder| !self.is_in(folder, name))
            .collect()
    }

    /// The added live files whose names fit; asked once for each name.
    pub fn named(&self, fits: impl Fn(&[u8]) -> bool) -> Vec<NodeId> {
        let names = self.names().filter(|(name, _)| fits(name));
        let mut nodes: Vec<NodeId> = names.flat_map(|(_, nodes)| nodes).copied().collect();
        nodes.sort_unstable();
        nodes
    }

    /// Does an entrypoint, a command, or a script of the app name a file that is called
    /// so? Of JavaScript only what it loads is known. Who asks for very many names, or has
    /// very much text looked through for them, hears yes: what is named stays.
    pub fn is_named(&self, name: &str) -> bool {
        const MOST: usize = 2000;
        let mut known = self.named.borrow_mut();
        let is_full = known.len() >= MOST;
        if let Some(&is_named) = known.get(name) {
            return is_named;
        }
        let is_named = is_full || self.mentions(name);
        if !is_full {
            known.insert(name.to_owned(), is_named);
        }
        is_named
    }

    /// Counts what it reads: names times scripts is bounded by bytes, as the number of
    /// names alone bounds nothing where scripts are large.
    fn mentions(&self, name: &str) -> bool {
        let is_in = |text: &str| {
            let read = self.named_read.get().saturating_add(text.len());
            self.named_read.set(read);
            read > MOST_READ || text.contains(name)
        };
        let in_scripts = || {
            let mut scripts = self.app_scripts();
            scripts.any(|script| script.lines.iter().any(|line| is_in(line)))
        };
        is_in(self.command()) || in_scripts()
    }

    /// Where a node was in the build context, if the instruction of a layer took it from
    /// there and tells.
    pub fn context_path(&self, layer: LayerNo, node: NodeId) -> Option<String> {
        let copies = self.context.get_or_init(|| self.copied());
        let (copied, workdir) = copies.get(usize::from(layer))?.as_ref()?;
        copied.source_of(workdir, &self.path(node))
    }

    /// By layer, what its instruction took from the context, and where it ran.
    fn copied(&self) -> Vec<Option<(Copied, String)>> {
        let workdirs = self.workdirs();
        let layers = 0..self.fs.layers().len();
        let copied = layers.map(|no| {
            let copied = self.step(no as LayerNo)?.copied()?;
            let workdir = match workdirs.get(no) {
                Some(told) => told.clone()?,
                None => self.image.info.config.working_dir.clone(),
            };
            Some((copied, workdir))
        });
        copied.collect()
    }

    /// By layer, the folder in which its instruction ran, as far as the history tells of
    /// layers; `None` of what is no folder.
    fn workdirs(&self) -> Vec<Option<String>> {
        let info = &self.image.info;
        let (mut told, mut at) = (Vec::new(), None::<String>);
        for step in &info.steps {
            let words = Step::read(&step.created_by).text;
            if let Some(folder) = words.strip_prefix("WORKDIR ") {
                let mut path = at.take().unwrap_or_default();
                if folder.starts_with('/') {
                    path.clear();
                } else {
                    path.push('/');
                }
                path.push_str(folder);
                at = Some(path);
            }
            if step.has_layer {
                let here = at.as_ref().unwrap_or(&info.config.working_dir);
                told.push((here.len() <= LONGEST_FOLDER).then(|| here.clone()));
            }
        }
        told
    }
}

/// The words of a `COPY` from the build context.
#[derive(Debug)]
pub struct Copied {
    sources: Vec<String>,
    target: String,
}

impl Step {
    /// What it copies from the build context; `None` of all else, and where the history
    /// does not tell: the classic builder writes a checksum.
    pub fn copied(&self) -> Option<Copied> {
        if !matches!(self.verb, Verb::Copy | Verb::Add) {
            return None;
        }
        let (flags, words): (Vec<&str>, Vec<&str>) = self
            .text
            .split_whitespace()
            .partition(|word| word.starts_with("--"));
        let (target, sources) = words.split_last()?;
        let is_plain = |word: &&str| {
            let checksum = ["dir:", "file:", "multi:"];
            !word.contains("://")
                && !word.contains(['*', '?', '[', '$', '"'])
                && !checksum.iter().any(|start| word.starts_with(start))
        };
        let is_known = |flag: &&str| {
            let known = ["--chown=", "--chmod=", "--link"];
            known.iter().any(|start| flag.starts_with(start))
        };
        let is_context = !sources.is_empty()
            && sources.len() <= MOST_SOURCES
            && flags.iter().all(is_known)
            && words.iter().all(is_plain)
            && sources[0] != "<<EOF";
        is_context.then(|| Copied {
            sources: sources.iter().map(|&word| word.to_owned()).collect(),
            target: (*target).to_owned(),
        })
    }
}

impl Copied {
    /// The path in the context that came to lie at a path of the image.
    fn source_of(&self, workdir: &str, path: &str) -> Option<String> {
        let target = match self.target.starts_with('/') {
            true => normal(&self.target),
            false => normal(&format!("{workdir}/{}", self.target)),
        };
        let rest = match (&*target, path.strip_prefix(&*target)?) {
            ("", rest) => rest,
            (_, "") => "",
            (_, rest) => rest.strip_prefix('/')?,
        };
        for source in &self.sources {
            let source = normal(source);
            let name = source.rsplit('/').next().unwrap_or_default();
            if !source.is_empty() && (rest.is_empty() || rest == name) {
                return (self.sources.len() == 1 || rest == name).then_some(source);
            }
        }
        match &*self.sources {
            [one] if rest.is_empty() => Some(normal(one)).filter(|one| !one.is_empty()),
            [one] => Some(normal(&format!("{one}/{rest}"))),
            _ => None,
        }
    }
}

/// A path without slashes at its ends, and without `.`.
fn normal(path: &str) -> String {
    let parts = path
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".");
    parts.collect::<Vec<_>>().join("/")
}

impl Finding {
    /// These files and folders go: their contents, and how to keep them out.
    pub fn left_out(mut self, view: &View<'_>, nodes: &[NodeId]) -> Finding {
        // By the layer that stores something of it first: what a later one stores again
        // goes with that.
        let mut layers: BTreeMap<LayerNo, BTreeSet<NodeId>> = BTreeMap::new();
        for &node in nodes {
            let bodies = view.bodies(view.below(node));
            let mut first: BTreeMap<NodeId, LayerNo> = BTreeMap::new();
            for &id in &bodies {
                let body = view.fs.body(id);
                let layer = first.entry(body.node).or_insert(body.layer);
                *layer = body.layer.min(*layer);
            }
            for layer in first.into_values() {
                layers.entry(layer).or_default().insert(node);
            }
            self.bodies.extend(bodies);
        }
        self.bodies.sort_unstable();
        self.bodies.dedup();
        let folders = nodes
            .iter()
            .filter(|&&node| view.fs.kind(node) == NodeKind::Dir)
            .copied();
        self.folders.extend(folders);
        let mut ignored = BTreeSet::new();
        let mut words = Vec::new();
        for (&layer, nodes) in &layers {
            let nodes: Vec<NodeId> = nodes.iter().copied().collect();
            words.push(self.keep_out(view, layer, &nodes, &mut ignored));
        }
        if !ignored.is_empty() {
            self.edits.push(Edit::Ignore {
                lines: ignored.into_iter().collect(),
            });
        }
        words.dedup();
        let more = words.len().saturating_sub(MOST_LAYERS);
        words.truncate(MOST_LAYERS);
        if more > 0 {
            words.push(format!("# and so in {more} more layers"));
        }
        self.fix = words.join("\n");
        self
    }

    /// How one layer's instruction keeps them out.
    fn keep_out(
        &mut self,
        view: &View<'_>,
        layer: LayerNo,
        nodes: &[NodeId],
        ignored: &mut BTreeSet<String>,
    ) -> String {
        let mut paths: Vec<String> = nodes.iter().map(|&node| view.path(node)).collect();
        paths.sort_unstable();
        let step = view.step(layer);
        let few = listed(&paths);
        match step.as_ref().map(|step| step.verb) {
            Some(Verb::Run) => {
                if paths.len() <= MOST_PATHS {
                    let command = shell::remove(paths.iter().map(String::as_str));
                    self.edits.push(Edit::Append { layer, command });
                }
                format!("RUN … && rm -rf {few}   # layer {layer}")
            }
            Some(Verb::Copy | Verb::Add) => {
                let few_nodes = (nodes.len() <= MOST_PATHS).then_some(nodes);
                let sources: Option<Vec<String>> = few_nodes.and_then(|nodes| {
                    let sources = nodes.iter();
                    let sources = sources.map(|&node| view.context_path(layer, node));
                    sources.collect()
                });
                match sources.filter(|sources| sources.iter().all(|line| is_line(line))) {
                    Some(sources) => {
                        let few: Vec<String> = sources.iter().take(5).map(brief).collect();
                        let more = if sources.len() > 5 { " …" } else { "" };
                        ignored.extend(sources);
                        format!(".dockerignore: {}{more}", few.join(" "))
                    }
                    _ => format!("COPY … without {few}   # layer {layer}"),
                }
            }
            _ => format!("leave out {few} where layer {layer} is made"),
        }
    }
}

/// Does a line of `.dockerignore` mean just this path?
fn is_line(path: &str) -> bool {
    let starts = path.starts_with(['#', '!']) || path.trim() != path;
    !path.is_empty()
        && !starts
        && !path.contains(['*', '?', '[', '\\', char::REPLACEMENT_CHARACTER])
        && shown_text(path) == path
}

/// A few paths, for a person.
fn listed(paths: &[String]) -> String {
    let few: Vec<String> = paths
        .iter()
        .take(3)
        .map(|path| brief(shell::path(path)))
        .collect();
    match paths.len() > 3 {
        true => format!("{} …", few.join(" ")),
        false => few.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copied_file_is_found_in_the_context() {
        for (copy, path, source) in [
            ("COPY . .", "app/a/.git", Some("a/.git")),
            ("COPY . /srv", "srv/.git", Some(".git")),
            ("COPY --chown=a:b src /app/", "app/x.log", Some("src/x.log")),
            ("COPY data.csv /app/", "app/data.csv", Some("data.csv")),
            ("COPY data.csv /app/d.csv", "app/d.csv", Some("data.csv")),
            ("COPY a b c.csv ./", "app/c.csv", Some("c.csv")),
            ("COPY a b ./", "app/c.csv", None),
            ("COPY . /", "x/y", Some("x/y")),
            ("COPY . /srv", "srv2/x", None),
            ("COPY --from=build /out /app", "app/x", None),
            ("COPY dir:1a2b in /app", "app/x", None),
            ("COPY *.csv /app/", "app/x.csv", None),
            ("ADD https://a.b/x /app/x", "app/x", None),
            ("RUN cp . /app", "app/x", None),
        ] {
            let copied = Step::read(copy).copied();
            let found = copied.and_then(|copied| copied.source_of("/app", path));
            assert_eq!(found.as_deref(), source, "{copy}");
        }
    }
}

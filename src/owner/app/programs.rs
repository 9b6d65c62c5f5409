//! Which programs are the author's. What comes in is the tree and the configuration;
//! what goes out says of any program on top of the base image whether it is one that
//! the configuration names, or lies where only an author puts files. The folders for
//! commands are not such a place: tools that others wrote are put there too.

use std::collections::BTreeSet;

use super::{base, roots};
use crate::owner::Scene;
use crate::owner::linked::is_in_another;
use crate::rootfs::{LayerNo, NodeId, NodeKind, Rootfs};
use crate::source::Config;

/// Where a command is looked for that has no path, in this order.
const COMMANDS: &[&str] = &[
    "usr/local/sbin",
    "usr/local/bin",
    "usr/sbin",
    "usr/bin",
    "sbin",
    "bin",
];

/// So many words of a command line are looked up.
const MOST_WORDS: usize = 1000;

/// The author's places and programs.
pub(in crate::owner) struct Authors {
    base: LayerNo,
    roots: BTreeSet<NodeId>,
    named: BTreeSet<NodeId>,
}

impl Authors {
    /// Of a scene.
    pub(in crate::owner) fn of(scene: &Scene<'_>) -> Authors {
        let mut roots = roots(scene);
        for folder in COMMANDS.iter().filter_map(|path| scene.fs.resolve(path)) {
            roots.remove(&folder);
        }
        Authors {
            base: base(scene),
            roots,
            named: named(scene.fs, scene.config),
        }
    }

    /// Is a program the author's, if nothing in it says otherwise?
    pub(in crate::owner) fn wrote(&self, fs: &Rootfs, program: NodeId) -> bool {
        let above = |&at: &NodeId| (at != NodeId::ROOT).then(|| fs.parent(at));
        let mut way = std::iter::successors(Some(program), above);
        fs.layer_of(program) >= self.base
            && !is_in_another(fs, program)
            && (self.named.contains(&program) || way.any(|at| self.roots.contains(&at)))
    }
}

/// The files that the configuration names, also in the line that it gives to a shell.
fn named(fs: &Rootfs, config: &Config) -> BTreeSet<NodeId> {
    let lines = config.entrypoint.iter().chain(&config.cmd);
    let words = lines.flat_map(|line| line.split_whitespace());
    let file = |path: String| {
        let node = fs.resolve(path)?;
        (fs.kind(node) == NodeKind::File).then_some(node)
    };
    words
        .take(MOST_WORDS)
        .filter_map(|word| match word.contains('/') {
            true if word.starts_with('/') => file(word.to_owned()),
            true => file(format!("{}/{word}", config.working_dir)),
            false => COMMANDS
                .iter()
                .find_map(|folder| file(format!("{folder}/{word}"))),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::codec::Stream;
    use crate::layer::{Want, index_stream};
    use crate::testkit::Case;

    #[test]
    fn the_authors_programs_are_named_or_lie_in_his_folders() {
        let case = "f 1 usr/bin/old\n---\nf 2 usr/local/bin/tool\nf 3 usr/bin/server\n\
            f 4 app/bin/run\nl usr/local/bin/run ../../../app/bin/run\n\
            f 5 srv/node_modules/x/y\nl bin usr/bin\nf 6 worker";
        let layers = Case::parse(case, Path::new(".")).layers;
        let layers = layers.iter().map(|tar| {
            let stream = Stream::open(&tar[..], None, None).unwrap();
            Arc::new(index_stream(stream, &|_| Want::Nothing, &|_| {}).unwrap())
        });
        let fs = Rootfs::stack(layers.collect(), &mut |_, _| {}).unwrap();
        let mut config = Config::default();
        let wrote = |config: &Config| -> Vec<String> {
            let authors = Authors::of(&Scene::new(&fs, config, 1));
            let files = fs.files(NodeId::ROOT).map(|(file, _)| file);
            let wrote = files.filter(|&file| authors.wrote(&fs, file));
            let mut paths: Vec<String> = wrote.map(|file| fs.path(file).to_string()).collect();
            paths.sort();
            paths
        };
        assert_eq!(wrote(&config), ["/app/bin/run", "/worker"]);
        config.entrypoint = vec!["tool".to_owned(), "/bin/old".to_owned()];
        assert_eq!(
            wrote(&config),
            ["/app/bin/run", "/usr/local/bin/tool", "/worker"]
        );
        config.entrypoint = vec!["/bin/sh".to_owned(), "-c".to_owned()];
        config.cmd = vec!["exec /bin/server --port 80".to_owned()];
        assert_eq!(
            wrote(&config),
            ["/app/bin/run", "/usr/bin/server", "/worker"]
        );
        (config.cmd, config.working_dir) = (vec!["../bin/tool".to_owned()], "/usr/local/x".into());
        assert!(wrote(&config).contains(&"/usr/local/bin/tool".to_owned()));
    }
}

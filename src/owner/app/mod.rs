//! What the image's author put in: the app and what its build made. What comes in
//! is the tree and the configuration; what goes out is a claim on the folders
//! where only an author puts files, as far as the base image did not write them, one
//! for each kind of files in each folder.
//!
//! Where that is follows from the Filesystem Hierarchy Standard 3.0: all that it
//! does not name, what it leaves to local software, and the folders of the working
//! directory and of the program that the configuration names.

mod programs;
mod split;

use std::collections::{BTreeSet, HashSet};

use super::place::{Claimed, find, patterns};
use super::{AppKind, Category, Detector, Finds, Found, Scene};
use crate::path::{ImagePath, shown};
use crate::rootfs::{LayerNo, NodeId, NodeKind, Rootfs};
use split::{Part, split};

pub(super) use programs::Authors;

pub(super) const DETECTOR: Detector = Detector {
    id: "app",
    finds: Finds::Places,
    wants: |_| 0,
    detect,
};

/// What is in the root by the standard, and what is there of package managers and
/// of image formats.
const SYSTEM: &[&[u8]] = &[
    b"bin",
    b"boot",
    b"dev",
    b"etc",
    b"gnu",
    b"home",
    b"lib",
    b"lib32",
    b"lib64",
    b"libx32",
    b"lost+found",
    b"media",
    b"mnt",
    b"nix",
    b"opt",
    b"proc",
    b"root",
    b"run",
    b"sbin",
    b"srv",
    b"stargz.index.json",
    b"sys",
    b"tmp",
    b"usr",
    b"var",
];

/// The folders of /usr/local, /usr/share and /var that many programs share.
const SHARED: &[&[u8]] = &[
    b"backups", b"bin", b"cache", b"cargo", b"doc", b"etc", b"games", b"go", b"include", b"info",
    b"lib", b"lib32", b"lib64", b"libexec", b"local", b"locale", b"lock", b"log", b"mail", b"man",
    b"opt", b"run", b"rustup", b"sbin", b"share", b"spool", b"src", b"tmp",
];

/// Where authors put what they bring, whatever the configuration says.
const ROOTS: &[&str] = &[
    "*",
    "opt/*",
    "srv/*",
    "usr/local/bin",
    "usr/local/sbin",
    "usr/share/nginx/html",
    "usr/src/app",
    "var/www",
    "~/*",
    "~/.local/bin",
];

fn detect(scene: &Scene<'_>) -> Found {
    let fs = scene.fs;
    let base = base(scene);
    let roots = roots(scene);
    let parts: Vec<(NodeId, NodeId, Part)> = roots
        .iter()
        .flat_map(|&root| {
            let parts = split(fs, root).into_iter();
            parts.map(move |(node, part)| (root, node, part))
        })
        .collect();
    let taken = parts.iter().map(|&(_, node, _)| node).collect();
    let mixed = mixed(fs, &roots, base);
    let mut claims = Claimed::default();
    for (root, node, part) in parts {
        let trees = pure(fs, node, &taken, &mixed);
        if trees.is_empty() {
            continue;
        }
        let (name, category, kind) = match part {
            Part::Own(kind) => {
                let (name, category) = own(fs, root, node, kind);
                (name, category, Some(kind))
            }
            Part::Foreign => {
                let folder = shown(fs.name(node));
                let name = format!("{folder} (no package)");
                (name, Category::LanguagePackages, None)
            }
        };
        claims.add(name, String::new(), category, trees).kind = kind;
    }
    claims.found
}

/// The files of the base below some roots, and the folders that they are in.
fn mixed(fs: &Rootfs, roots: &BTreeSet<NodeId>, base: LayerNo) -> HashSet<NodeId> {
    let mut mixed = HashSet::new();
    let files = roots.iter().flat_map(|&root| fs.files(root));
    for (file, _) in files.filter(|&(file, _)| fs.layer_of(file) < base) {
        let mut node = file;
        while mixed.insert(node) && node != NodeId::ROOT {
            node = fs.parent(node);
        }
    }
    mixed
}

/// The largest subtrees of a part without a file of the base.
fn pure(
    fs: &Rootfs,
    part: NodeId,
    taken: &HashSet<NodeId>,
    mixed: &HashSet<NodeId>,
) -> Vec<NodeId> {
    let mut trees = Vec::new();
    let mut open = vec![part];
    while let Some(node) = open.pop() {
        match mixed.contains(&node) {
            true => open.extend(fs.children(node).filter(|child| !taken.contains(child))),
            false => trees.push(node),
        }
    }
    trees
}

/// What a part of the author's is called, and where it counts.
fn own(fs: &Rootfs, root: NodeId, node: NodeId, kind: AppKind) -> (String, Category) {
    let place = match fs.kind(root) {
        NodeKind::Dir => fs.path(root).to_string(),
        _ if fs.parent(root) == NodeId::ROOT => "files in /".to_owned(),
        _ => fs.path(fs.parent(root)).to_string(),
    };
    let name = match kind {
        AppKind::Source => place,
        AppKind::BuildOutput => return (fs.path(node).to_string(), Category::BuildOutput),
        AppKind::Static => format!("{place} (static assets)"),
        AppKind::Data => format!("{place} (data)"),
        AppKind::Migrations => format!("{place} (migrations)"),
    };
    (name, Category::App)
}

/// How many layers are not the author's. Where the base is the whole image, nothing
/// tells it from the author's work.
pub(super) fn base(scene: &Scene<'_>) -> LayerNo {
    match scene.base {
        base if usize::from(base) < scene.fs.layers().len() => base,
        _ => 0,
    }
}

fn roots(scene: &Scene<'_>) -> BTreeSet<NodeId> {
    let fs = scene.fs;
    let known: Vec<_> = ROOTS.iter().flat_map(|path| patterns(0, path)).collect();
    let known = find(fs, NodeId::ROOT, &known)
        .into_iter()
        .map(|hit| hit.node)
        .filter(|&node| fs.parent(node) != NodeId::ROOT || !SYSTEM.contains(&fs.name(node)))
        // The dotfiles of a home folder are its tools'.
        .filter(|&node| !fs.name(node).starts_with(b"."));
    let config = scene.config;
    let words = config.entrypoint.iter().chain(&config.cmd);
    let named = words
        .filter(|word| word.starts_with('/'))
        .filter_map(|word| fs.resolve(word))
        .filter(|&node| fs.kind(node) == NodeKind::File)
        .chain(fs.resolve(&config.working_dir))
        .filter_map(|node| fs.find(project(&fs.path(node))?));
    known.chain(named).collect()
}

/// The folder of the one project that a path belongs to; `None` for what many share.
fn project(path: &ImagePath) -> Option<Vec<u8>> {
    let parts: Vec<&[u8]> = path.parts().collect();
    let depth = match *parts.as_slice() {
        [top, ..] if !SYSTEM.contains(&top) => 1,
        [b"usr", b"src", _, ..] | [b"var", b"lib", _, ..] => 3,
        [b"usr", b"local" | b"share", name, ..] if !SHARED.contains(&name) => 3,
        [b"var", name, ..] if !SHARED.contains(&name) => 2,
        [b"opt" | b"srv" | b"mnt" | b"media", _, ..] => 2,
        _ => return None,
    };
    Some(parts[..depth].join(&b'/'))
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::codec::Stream;
    use crate::layer::{Want, index_stream};
    use crate::source::Config;
    use crate::testkit::Case;

    #[test]
    fn a_project_is_the_folder_that_no_other_shares() {
        for (path, expected) in [
            ("code/bot/main.py", Some("code")),
            ("server", Some("server")),
            ("usr/src/bot/lib/x.js", Some("usr/src/bot")),
            ("usr/local/tomcat/webapps", Some("usr/local/tomcat")),
            ("var/task", Some("var/task")),
            ("var/lib/ghost/current", Some("var/lib/ghost")),
            ("opt/app/bin/app", Some("opt/app")),
            ("", None),
            ("usr", None),
            ("usr/bin/node", None),
            ("usr/local/bin", None),
            ("usr/local/lib/node_modules/pm2/bin/pm2", None),
            ("var/lib", None),
            ("etc/nginx/nginx.conf", None),
            ("root", None),
            ("tmp/x", None),
        ] {
            let found = project(&ImagePath::new(path));
            assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{path}");
        }
    }

    fn names(config: &Config) -> Vec<String> {
        let case = "f 1 etc/os-release
            f 2 usr/bin/python3
            l bin usr/bin
            ---
            f 3 usr/src/bot/lib/main.py
            f 4 usr/local/tomcat/webapps/x.war
            f 5 var/task/handler.py
            f 6 usr/sbin/tool";
        let layers = Case::parse(&case.replace("  ", ""), Path::new("."))
            .layers
            .iter()
            .map(|tar| {
                let stream = Stream::open(&tar[..], None, None).unwrap();
                Arc::new(index_stream(stream, &|_| Want::Nothing, &|_| {}).unwrap())
            })
            .collect();
        let fs = Rootfs::stack(layers, &mut |_, _| {}).unwrap();
        let found = detect(&Scene::new(&fs, config, 1));
        found.packages.into_iter().map(|app| app.name).collect()
    }

    #[test]
    fn the_working_directory_and_the_programs_tell_where_the_app_is() {
        let mut config = Config {
            working_dir: "/usr/local/tomcat/webapps".to_owned(),
            ..Config::default()
        };
        assert_eq!(names(&config), ["/usr/local/tomcat"]);
        config.working_dir = "/bin".to_owned();
        config.entrypoint = vec!["/bin/python3".to_owned()];
        config.cmd = vec!["/usr/src/bot/lib/main.py".to_owned()];
        assert_eq!(names(&config), ["/usr/src/bot"]);
        config.working_dir = "/var/task/".to_owned();
        config.entrypoint = vec!["/usr/sbin/tool".to_owned(), "/no/such/file".to_owned()];
        config.cmd = Vec::new();
        assert_eq!(names(&config), ["/var/task"]);
    }
}

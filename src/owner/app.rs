//! What the image's author put in: the app and what its build made. What comes in
//! is the tree and the configuration; what goes out is a claim on the folders
//! where only an author puts files, as far as the base image did not write them.
//!
//! Where that is follows from the Filesystem Hierarchy Standard 3.0: all that it
//! does not name, what it leaves to local software, and the folders of the working
//! directory and of the program that the configuration names.

use std::collections::BTreeSet;

use super::place::{Claimed, find, patterns, purely};
use super::{Category, Detector, Finds, Found, Scene};
use crate::path::ImagePath;
use crate::rootfs::{LayerNo, NodeId, NodeKind, Rootfs};

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

/// What build tools call the folder of their results.
const BUILT: &[&[u8]] = &[
    b".next",
    b".nuxt",
    b".output",
    b".svelte-kit",
    b"build",
    b"dist",
    b"out",
];

/// What cargo calls the folders of its results, in one called `target`.
const BUILT_BY_CARGO: &[&[u8]] = &[b"debug", b"release"];

/// Below these a `dist` is another author's.
const FOREIGN: &[&[u8]] = &[
    b".git",
    b"dist-packages",
    b"node_modules",
    b"site-packages",
    b"vendor",
];

fn detect(scene: &Scene<'_>) -> Found {
    let fs = scene.fs;
    let base = base(scene);
    let roots = roots(scene);
    let mut folders: Vec<(NodeId, Category)> = Vec::new();
    for &root in &roots {
        folders.push((root, Category::App));
        let built = build_folders(fs, root).into_iter();
        folders.extend(built.map(|folder| (folder, Category::BuildOutput)));
    }
    let taken = folders.iter().map(|&(folder, _)| folder).collect();
    let mut claims = Claimed::default();
    for (node, category) in folders {
        let name = match fs.kind(node) {
            NodeKind::Dir => fs.path(node).to_string(),
            _ if fs.parent(node) == NodeId::ROOT => "files in /".to_owned(),
            _ => fs.path(fs.parent(node)).to_string(),
        };
        let parts = purely(fs, node, &taken, |layer| layer >= base);
        claims.add(name, String::new(), category, parts);
    }
    claims.found
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

/// The folders of build results below a root, the outermost of nested ones.
fn build_folders(fs: &Rootfs, root: NodeId) -> Vec<NodeId> {
    let mut folders = Vec::new();
    let mut open = vec![root];
    while let Some(folder) = open.pop() {
        let is_target = fs.name(folder) == b"target";
        for node in fs.children(folder) {
            let name = fs.name(node);
            if fs.kind(node) != NodeKind::Dir || FOREIGN.contains(&name) {
                continue;
            }
            match BUILT.contains(&name) || is_target && BUILT_BY_CARGO.contains(&name) {
                true => folders.push(node),
                false => open.push(node),
            }
        }
    }
    folders
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

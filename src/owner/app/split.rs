//! An app taken apart: what is served as it is, what the code reads, what shapes its
//! database, what a build made, and the rest, which is source.
//!
//! Facts: the folders are those that frameworks make or document: `public` of Rails,
//! Laravel and Next.js, `static` of Flask and Django, `db/migrate` of Rails,
//! `db/migration` of Flyway, `prisma/migrations`, `alembic/versions` beside `env.py`,
//! `migrations` of Django, Knex and TypeORM.

use crate::category::AppKind;
use crate::rootfs::{NodeId, NodeKind, Rootfs};
use crate::units::Bytes;

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

/// What cargo and Maven call the folders of their results, in one called `target`.
const BUILT_IN_TARGET: &[&[u8]] = &[b"classes", b"debug", b"release"];

/// Other authors' folders, by whatever package manager filled them.
const FOREIGN: &[&[u8]] = &[
    b"dist-packages",
    b"node_modules",
    b"site-packages",
    b"vendor",
];

/// Served as they are, but for the programs among them.
const STATIC: &[&[u8]] = &[b"assets", b"public", b"static", b"staticfiles", b"wwwroot"];
/// Here a page is served as it is, and a program may lie beside it.
const PAGES: &[&[u8]] = &[b"html", b"www"];
/// What is in these is named by its extension.
const MEDIA: &[&[u8]] = &[b"fonts", b"icons", b"images", b"img", b"media"];
const DATA: &[&[u8]] = &[
    b"data",
    b"dataset",
    b"datasets",
    b"fixtures",
    b"seed",
    b"seeds",
];

const PAGE: &[&[u8]] = &[b"css", b"htm", b"html", b"js", b"map", b"mjs", b"wasm"];
const MEDIUM: &[&[u8]] = &[
    b"avif", b"bmp", b"eot", b"gif", b"ico", b"jpeg", b"jpg", b"mov", b"mp3", b"mp4", b"ogg",
    b"otf", b"pdf", b"png", b"svg", b"ttf", b"wav", b"webm", b"webp", b"woff", b"woff2",
];
const TABLE: &[&[u8]] = &[
    b"arrow", b"avro", b"csv", b"db", b"duckdb", b"feather", b"h5", b"hdf5", b"jsonl", b"mdb",
    b"mmdb", b"ndjson", b"npy", b"npz", b"orc", b"parquet", b"sqlite", b"sqlite3", b"tsv",
];
/// Run by servers, never served.
const SERVER: &[&[u8]] = &[
    b"cgi", b"erb", b"ex", b"exs", b"go", b"java", b"jsp", b"kt", b"php", b"pl", b"pm", b"py",
    b"pyc", b"rb", b"rs", b"scala", b"sh",
];
/// Code too, though a server may hand it out.
const SCRIPT: &[&[u8]] = &[b"cjs", b"js", b"jsx", b"mjs", b"ts", b"tsx"];

/// Smaller tables are part of the code that reads them.
const LARGE: Bytes = Bytes(1_000_000);

/// A part of an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Own(AppKind),
    /// Other people's, in the author's folder.
    Foreign,
}

/// What a folder says of what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Folder {
    Plain,
    Media,
    Pages,
    Static,
    Data,
    Migrations,
}

/// The parts of what lies at a root: each is what is at or below a node, unless
/// another part is nearer. The root comes first.
pub(super) fn split(fs: &Rootfs, root: NodeId) -> Vec<(NodeId, Part)> {
    if fs.kind(root) != NodeKind::Dir {
        return vec![(root, Part::Own(Folder::Plain.kind_of(fs, root)))];
    }
    let top = Folder::Plain.below(fs, root);
    let mut parts = vec![(root, Part::Own(top.kind()))];
    let mut open = vec![(root, top)];
    while let Some((folder, is)) = open.pop() {
        for node in fs.children(folder) {
            let name = fs.name(node);
            let kind = match fs.kind(node) {
                NodeKind::File => is.kind_of(fs, node),
                NodeKind::Dir if name == b".git" => continue,
                NodeKind::Dir if is != Folder::Static && FOREIGN.contains(&name) => {
                    parts.push((node, Part::Foreign));
                    continue;
                }
                NodeKind::Dir if is_built(fs, folder, name) => {
                    parts.push((node, Part::Own(AppKind::BuildOutput)));
                    continue;
                }
                NodeKind::Dir => {
                    let below = is.below(fs, node);
                    open.push((node, below));
                    below.kind()
                }
                _ => continue,
            };
            if kind != is.kind() {
                parts.push((node, Part::Own(kind)));
            }
        }
    }
    parts
}

/// Is a folder of this name one of build results? The outermost of nested ones is.
fn is_built(fs: &Rootfs, above: NodeId, name: &[u8]) -> bool {
    BUILT.contains(&name) || fs.name(above) == b"target" && BUILT_IN_TARGET.contains(&name)
}

impl Folder {
    /// What a folder in this one is.
    fn below(self, fs: &Rootfs, folder: NodeId) -> Folder {
        let above = fs.name(fs.parent(folder));
        let has = |name: &[u8]| fs.child(folder, name).is_some();
        match fs.name(folder) {
            _ if matches!(self, Folder::Static | Folder::Data | Folder::Migrations) => self,
            b"migration" | b"migrations" => Folder::Migrations,
            b"migrate" if above == b"db" => Folder::Migrations,
            b"alembic" if has(b"versions") || has(b"env.py") => Folder::Migrations,
            b"html" if above == b"nginx" => Folder::Static,
            name if STATIC.contains(&name) => Folder::Static,
            name if DATA.contains(&name) => Folder::Data,
            name if PAGES.contains(&name) => Folder::Pages,
            name if MEDIA.contains(&name) && self == Folder::Plain => Folder::Media,
            _ => self,
        }
    }

    /// What most of its files are.
    fn kind(self) -> AppKind {
        match self {
            Folder::Plain | Folder::Media | Folder::Pages => AppKind::Source,
            Folder::Static => AppKind::Static,
            Folder::Data => AppKind::Data,
            Folder::Migrations => AppKind::Migrations,
        }
    }

    /// What a file in it is.
    fn kind_of(self, fs: &Rootfs, file: NodeId) -> AppKind {
        let name = fs.name(file);
        let extension = extension(name);
        let is = |list: &[&[u8]]| list.contains(&extension.as_slice());
        let is_large = || {
            let body = fs.body_of(file).map(|body| fs.body(body));
            body.is_some_and(|body| body.size > LARGE)
        };
        match self {
            Folder::Migrations => AppKind::Migrations,
            Folder::Static if is(SERVER) => AppKind::Source,
            Folder::Static => AppKind::Static,
            Folder::Data if is(SERVER) || is(SCRIPT) => AppKind::Source,
            Folder::Data => AppKind::Data,
            Folder::Pages if is(PAGE) || is(MEDIUM) => AppKind::Static,
            Folder::Media if is(MEDIUM) => AppKind::Static,
            _ if name == b"alembic.ini" => AppKind::Migrations,
            _ if is(TABLE) && is_large() => AppKind::Data,
            _ => AppKind::Source,
        }
    }
}

/// What stands behind the last dot, in lower case.
fn extension(name: &[u8]) -> Vec<u8> {
    const LONGEST: usize = 8;
    let dot = name.iter().rposition(|&byte| byte == b'.');
    let extension = dot.map_or(&b""[..], |dot| &name[dot + 1..]);
    match extension.len() <= LONGEST {
        true => extension.to_ascii_lowercase(),
        false => Vec::new(),
    }
}

//! Applications of Erlang and Elixir. What comes in is the `ebin/*.app` files of
//! releases and builds, and the `hex_metadata.config` that Hex leaves in what it
//! fetched; what goes out is a package for each application.
//!
//! A release has its applications in `lib/<name>-<version>`: dependencies, parts of
//! Erlang and Elixir, and the author's own, which has the release's name. An
//! installation of Erlang looks the same but for its `OTP_VERSION`: it is a runtime. A
//! project has sources in `deps/<name>` and what it built of them in
//! `_build/<environment>/lib/<name>`; what is in no `deps` there is the author's.
//!
//! Facts: OTP Design Principles, Applications and Releases; mix.hexdocs,
//! `mix release` and `mix archive.install`; hexpm specifications, "Package metadata".

mod term;

use std::collections::HashMap;

use super::{Category, Detector, Finds, Found, Package, Scene};
use crate::layer::Candidate;
use crate::rootfs::{NodeId, Rootfs};
use term::{Term, terms};

pub(super) const DETECTOR: Detector = Detector {
    id: "hex",
    finds: Finds::Packages,
    wants,
    detect,
};

const MOST: u64 = 1 << 20;
const METADATA: &[u8] = b"hex_metadata.config";

/// What comes with Erlang/OTP and with Elixir.
const RUNTIME: &[&str] = &[
    "asn1",
    "common_test",
    "compiler",
    "crypto",
    "debugger",
    "dialyzer",
    "diameter",
    "edoc",
    "eex",
    "eldap",
    "elixir",
    "erl_docgen",
    "erl_interface",
    "erts",
    "et",
    "eunit",
    "ex_unit",
    "ftp",
    "iex",
    "inets",
    "jinterface",
    "kernel",
    "logger",
    "megaco",
    "mix",
    "mnesia",
    "observer",
    "odbc",
    "os_mon",
    "parsetools",
    "public_key",
    "reltool",
    "runtime_tools",
    "sasl",
    "snmp",
    "ssh",
    "ssl",
    "stdlib",
    "syntax_tools",
    "tftp",
    "tools",
    "wx",
    "xmerl",
];

fn wants(file: &Candidate<'_>) -> u64 {
    let mut parts = file.path.rsplit(|&byte| byte == b'/');
    let is_ours = match parts.next() {
        Some(METADATA) => true,
        Some(name) => name.ends_with(b".app") && parts.next() == Some(b"ebin"),
        None => false,
    };
    if is_ours { MOST } else { 0 }
}

/// Where applications lie and find each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Home {
    Release(NodeId),
    Project(NodeId),
    /// Tools of the one who built.
    Archive(NodeId),
}

/// Packages so far, and what they need by name.
#[derive(Default)]
struct Apps {
    packages: Vec<Package>,
    needs: Vec<(Home, Vec<String>)>,
    known: HashMap<(Home, String), usize>,
}

impl Apps {
    fn add(&mut self, home: Home, app: &str, needs: Vec<String>, package: Package) {
        let no = self.packages.len();
        self.known.entry((home, app.to_owned())).or_insert(no);
        self.needs.push((home, needs));
        self.packages.push(package);
    }

    fn linked(mut self) -> Vec<Package> {
        for (package, (home, needs)) in self.packages.iter_mut().zip(self.needs) {
            let known = needs
                .into_iter()
                .filter_map(|app| self.known.get(&(home, app)));
            package.requires = known.copied().collect();
        }
        self.packages
    }
}

fn detect(scene: &Scene<'_>) -> Found {
    let fs = scene.fs;
    let mut found = Found::default();
    let mut apps = Apps::default();
    for (path, file, text) in scene.kept() {
        let folder = fs.parent(file);
        let Some(project) = project(fs, folder).filter(|_| fs.name(file) == METADATA) else {
            continue;
        };
        if fetched(project, folder, text, &mut apps).is_none() {
            found.malformed(path, "it names no package");
        }
    }
    let mut releases = HashMap::new();
    for (path, file, text) in scene.kept() {
        let ebin = fs.parent(file);
        if !fs.name(file).ends_with(b".app") || fs.name(ebin) != b"ebin" {
            continue;
        }
        let folder = fs.parent(ebin);
        let Some(home) = home(fs, folder, &mut releases) else {
            continue;
        };
        match App::read(text) {
            Some(app) => built(fs, home, folder, app, &releases, &mut apps),
            None => found.malformed(path, "it describes no application"),
        }
    }
    found.packages = apps.linked();
    found
}

/// A dependency that Hex fetched.
fn fetched(project: NodeId, folder: NodeId, text: &[u8], apps: &mut Apps) -> Option<()> {
    let metadata = Term::List(terms(text)?);
    let text = |key| metadata.get(key).and_then(Term::text);
    let name = text("name").filter(|name| !name.is_empty())?;
    let needed = metadata.get("requirements").map_or(&[][..], Term::list);
    let needs = needed.iter().filter_map(|need| match need {
        Term::Tuple(pair) => pair.first()?.text(),
        need => need.get("app").or(need.get("name"))?.text(),
    });
    let package = Package {
        name: name.to_owned(),
        version: text("version").unwrap_or_default().to_owned(),
        category: Category::LanguagePackages,
        trees: vec![folder],
        ..Package::default()
    };
    let needs = needs.map(str::to_owned).collect();
    apps.add(
        Home::Project(project),
        text("app").unwrap_or(name),
        needs,
        package,
    );
    Some(())
}

/// The project that a dependency was fetched for.
fn project(fs: &Rootfs, folder: NodeId) -> Option<NodeId> {
    let above = fs.parent(folder);
    match fs.name(above) {
        b"deps" => Some(fs.parent(above)),
        _ => project_of_build(fs, above),
    }
}

/// The project of `_build/prod/lib`.
fn project_of_build(fs: &Rootfs, lib: NodeId) -> Option<NodeId> {
    let build = fs.parent(fs.parent(lib));
    (fs.name(lib) == b"lib" && fs.name(build) == b"_build").then(|| fs.parent(build))
}

/// The names of a release; `None` for what is none.
type Releases = HashMap<NodeId, Option<Vec<String>>>;

/// Where an application's folder lies, if it is a place for them.
fn home(fs: &Rootfs, folder: NodeId, releases: &mut Releases) -> Option<Home> {
    let lib = fs.parent(folder);
    let root = fs.parent(lib);
    if fs.name(root) == b"archives" {
        return Some(Home::Archive(lib));
    }
    if let Some(project) = project_of_build(fs, lib) {
        return Some(Home::Project(project));
    }
    let is_release = fs.name(lib) == b"lib"
        && releases
            .entry(root)
            .or_insert_with(|| release_names(fs, root))
            .is_some();
    is_release.then_some(Home::Release(root))
}

/// What `releases/<version>/<name>.rel` call the release.
fn release_names(fs: &Rootfs, root: NodeId) -> Option<Vec<String>> {
    let releases = fs.child(root, b"releases")?;
    let signs = [&b"start_erl.data"[..], b"RELEASES"];
    signs.iter().find_map(|sign| fs.child(releases, sign))?;
    let mut names = Vec::new();
    for version in fs.children(releases) {
        if fs.child(version, b"OTP_VERSION").is_some() {
            return None;
        }
        names.extend(fs.children(version).filter_map(|file| {
            let name = fs.name(file).strip_suffix(b".rel")?;
            Some(String::from_utf8_lossy(name).into_owned())
        }));
    }
    Some(names)
}

/// What an `.app` file says.
struct App {
    name: String,
    version: String,
    needs: Vec<String>,
}

impl App {
    fn read(text: &[u8]) -> Option<App> {
        let terms = terms(text)?;
        let Some(Term::Tuple(parts)) = terms.first() else {
            return None;
        };
        let [Term::Text(what), Term::Text(name), about] = parts.as_slice() else {
            return None;
        };
        let needs = ["applications", "included_applications"]
            .into_iter()
            .filter_map(|key| about.get(key))
            .flat_map(|list| list.list().iter().filter_map(Term::text));
        (what == "application" && !name.is_empty()).then(|| App {
            name: name.clone(),
            version: about
                .get("vsn")
                .and_then(Term::text)
                .unwrap_or_default()
                .to_owned(),
            needs: needs.map(str::to_owned).collect(),
        })
    }
}

/// An application that was compiled.
fn built(fs: &Rootfs, home: Home, folder: NodeId, app: App, releases: &Releases, apps: &mut Apps) {
    let known = apps.known.get(&(home, app.name.clone()));
    let mut trees = vec![folder];
    let mut category = Category::LanguagePackages;
    match home {
        Home::Project(project) => {
            if let Some(&no) = known {
                apps.packages[no].trees.push(folder);
                return;
            }
            let deps = fs.child(project, b"deps");
            let Some(source) = deps.and_then(|deps| fs.child(deps, fs.name(folder))) else {
                return;
            };
            trees.push(source);
        }
        Home::Release(root) => {
            let names = releases.get(&root).and_then(Option::as_deref);
            if names.unwrap_or_default().contains(&app.name) {
                category = Category::App;
            } else if RUNTIME.contains(&app.name.as_str()) {
                category = Category::LanguageRuntime;
            }
            if app.name == "kernel" {
                add_erts(fs, root, apps);
            }
        }
        Home::Archive(archive) => trees = vec![archive],
    }
    let package = Package {
        name: app.name.clone(),
        version: app.version,
        category,
        trees,
        ..Package::default()
    };
    apps.add(home, &app.name, app.needs, package);
}

/// The virtual machine that a release brings along: `erts-<version>`. Every release
/// has the application `kernel`, so this is asked once.
fn add_erts(fs: &Rootfs, root: NodeId, apps: &mut Apps) {
    for folder in fs.children(root) {
        if let Some(version) = fs.name(folder).strip_prefix(b"erts-") {
            let package = Package {
                name: "erts".to_owned(),
                version: String::from_utf8_lossy(version).into_owned(),
                category: Category::LanguageRuntime,
                trees: vec![folder],
                ..Package::default()
            };
            apps.add(Home::Release(root), "erts", Vec::new(), package);
        }
    }
}

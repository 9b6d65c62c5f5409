//! Programs of .NET and .NET itself. What comes in is the `*.deps.json` beside each
//! program and the folders of installations; what goes out is a package for each
//! library that a program lists, with the files beside the list, and one for each
//! framework, SDK and pack. A program that is one single file has no such list.
//!
//! Facts: dotnet/sdk, "Runtime Configuration Files"; learn.microsoft.com, "`dotnet
//! publish`", ".NET tools", "Managing the global packages, cache, and temp folders".

mod config;
mod deps;
mod roots;

use std::collections::{HashMap, HashSet};

use super::linked::{Shelf, is_on_top};
use super::{Asked, Category, Detector, Finds, Found, Scene};
use crate::layer::Candidate;
use crate::path::ImagePath;
use crate::rootfs::{NodeId, NodeKind, Rootfs};
use crate::units::Bytes;
use deps::Library;

pub(super) const DETECTOR: Detector = Detector {
    id: "dotnet",
    finds: Finds::Packages,
    wants,
    detect,
};

const LIST: &[u8] = b".deps.json";
const MOST: u64 = 4 << 20;

const CONFIG: &[u8] = b".runtimeconfig.json";
const MOST_CONFIG: u64 = 64 << 10;

/// Where NuGet unpacks packages: a cache, which no program runs from.
const CACHE: [&[u8]; 2] = [b".nuget", b"packages"];
/// Where `dotnet tool install` puts programs that others wrote.
const TOOLS: &[u8] = b".store";

fn wants(file: &Candidate<'_>) -> u64 {
    match file.path {
        path if path.ends_with(LIST) => MOST,
        path if path.ends_with(CONFIG) => MOST_CONFIG,
        _ => 0,
    }
}

fn detect(scene: &Scene<'_>) -> Found {
    let fs = scene.fs;
    let mut shelf = Shelf::default();
    let installed = roots::shelve(scene, &mut shelf);
    // By the name of its list, without the ending.
    let mut programs = HashMap::new();
    for (path, list, text) in kept(scene, LIST) {
        if is_cached(fs, list) || is_below(fs, list, &installed.folders) {
            continue;
        }
        let size = fs.body_of(list).map(|body| fs.body(body).size);
        let libraries = match size {
            Some(size) if size > Bytes(text.len() as u64) => Err("it is too large".to_owned()),
            _ => deps::libraries(text),
        };
        match libraries {
            Ok(libraries) => {
                let program = (fs.parent(list), stem(fs, list, LIST));
                let main = shelve(scene, &mut shelf, list, &libraries);
                programs.extend(main.map(|main| (program, main)));
            }
            Err(why) => shelf.found.malformed(path, why),
        }
    }
    for (_, file, text) in kept(scene, CONFIG) {
        let program = (fs.parent(file), stem(fs, file, CONFIG));
        let home = installed.homes.get(&program.0);
        if let Some(&no) = home.or_else(|| programs.get(&program)) {
            let asked = config::asked(text);
            let taken = |asked| installed.frameworks.taken(asked);
            shelf.requires(no, asked.iter().filter_map(taken));
        }
    }
    shelf.close()
}

/// The kept files whose names end so.
fn kept<'s>(
    scene: &'s Scene<'_>,
    ending: &'static [u8],
) -> impl Iterator<Item = (&'s ImagePath, NodeId, &'s [u8])> {
    scene
        .kept()
        .filter(move |(path, ..)| path.as_bytes().ends_with(ending))
}

/// The name of a file without its ending.
fn stem(fs: &Rootfs, file: NodeId, ending: &[u8]) -> String {
    let name = fs.name(file);
    let name = name.strip_suffix(ending).unwrap_or(name);
    String::from_utf8_lossy(name).into_owned()
}

fn is_cached(fs: &Rootfs, node: NodeId) -> bool {
    let path = fs.path(node);
    let parts: Vec<&[u8]> = path.parts().collect();
    parts.windows(CACHE.len()).any(|two| two == CACHE)
}

/// Is it a part of .NET itself?
fn is_below(fs: &Rootfs, node: NodeId, own: &HashSet<NodeId>) -> bool {
    let above = |&at: &NodeId| (at != NodeId::ROOT).then(|| fs.parent(at));
    std::iter::successors(Some(node), above).any(|at| own.contains(&at))
}

/// The libraries of one program; the place of the program itself.
fn shelve(
    scene: &Scene<'_>,
    shelf: &mut Shelf,
    list: NodeId,
    libraries: &[Library],
) -> Option<usize> {
    let program = &*stem(scene.fs, list, LIST);
    let is_project = |library: &Library| library.kind == "project";
    let main = libraries
        .iter()
        .position(|library| is_project(library) && library.name == program);
    let places: Vec<usize> = libraries
        .iter()
        .map(|library| {
            let (name, category) = name_and_category(scene, list, library);
            let no = shelf.package(name, &library.version, category);
            let own = library
                .files
                .iter()
                .flat_map(|path| files(scene.fs, list, path));
            shelf.found.packages[no].trees.extend(own);
            no
        })
        .collect();
    for (no, library) in libraries.iter().enumerate() {
        shelf.requires(
            places[no],
            library.requires.iter().map(|&other| places[other]),
        );
    }
    let main = main?;
    let own = of_program(scene.fs, list, program);
    shelf.found.packages[places[main]].trees.extend(own);
    // What is there and the program does not ask for, another one does.
    for &no in &places {
        if no != places[main] && shelf.found.packages[no].asked == Asked::Unknown {
            shelf.found.packages[no].asked = Asked::ForOthers;
        }
    }
    for &other in &libraries[main].requires {
        shelf.found.packages[places[other]].asked = Asked::ByName;
    }
    Some(places[main])
}

fn name_and_category<'l>(
    scene: &Scene<'_>,
    list: NodeId,
    library: &'l Library,
) -> (&'l str, Category) {
    let is_tool = || scene.fs.path(list).parts().any(|part| part == TOOLS);
    let category = match &*library.kind {
        // A program that needs no installation brings the framework.
        "runtimepack" => Category::LanguageRuntime,
        "project" if is_on_top(scene, list) && !is_tool() => Category::App,
        _ => Category::LanguagePackages,
    };
    let name = library.name.strip_prefix("runtimepack.");
    let name = name.filter(|name| !name.is_empty());
    (name.unwrap_or(&library.name), category)
}

/// A file of a library, by its path from the folder of the list, and what a compiler
/// writes beside it: symbols and documentation.
fn files(fs: &Rootfs, list: NodeId, path: &str) -> Vec<NodeId> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    // No link is followed, and no file is called `..`: a list speaks of what is below it.
    let mut parts = folder.split(['/', '\\']).filter(|part| !part.is_empty());
    let folder = parts.try_fold(fs.parent(list), |at, part| fs.child(at, part.as_bytes()));
    let stem = name.strip_suffix(".dll");
    let beside = [".pdb", ".xml"].map(|suffix| Some(format!("{}{suffix}", stem?)));
    let names = [Some(name.to_owned())].into_iter().chain(beside).flatten();
    let found = names.filter_map(|name| fs.child(folder?, name.as_bytes()));
    found
        .filter(|&node| fs.kind(node) == NodeKind::File)
        .collect()
}

/// What a build makes for the program itself: the list, its configuration, its starter.
fn of_program(fs: &Rootfs, list: NodeId, program: &str) -> Vec<NodeId> {
    let names = ["", ".deps.json", ".runtimeconfig.json"];
    let names = names.map(|suffix| format!("{program}{suffix}"));
    let found = names
        .iter()
        .filter_map(|name| fs.child(fs.parent(list), name.as_bytes()));
    found
        .filter(|&node| fs.kind(node) == NodeKind::File)
        .collect()
}

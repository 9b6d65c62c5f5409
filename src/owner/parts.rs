//! What the files of an owner are for. What comes in is the merged filesystem; what
//! goes out is one part for every live file, by its name, its folders and what kind
//! of file it was found to be: a fact of where it lies, and no advice.
//!
//! Facts: docs.python.org, "Glossary" (`__pycache__`) and PEP 561 (stubs); the
//! TypeScript handbook, "Declaration files"; the source map specification (ECMA-426).

use serde::{Deserialize, Serialize};

use crate::essence::Essence;
use crate::rootfs::{NodeId, NodeKind, Rootfs};
use crate::units::Bytes;

/// What a file is for; in the order in which the first that fits counts.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// Whatever lies in a folder of tests, their bytecode too.
    Tests,
    /// Programs and libraries for the machine.
    Native,
    /// `.pyc`, and the like of other virtual machines.
    Bytecode,
    /// For compilers: headers and their kin.
    Headers,
    /// For type checkers: `.pyi`, `.d.ts`.
    Stubs,
    /// From built scripts to their sources.
    SourceMaps,
    /// For people, but no licence.
    Docs,
    /// The rest: what the package is made for.
    #[default]
    Other,
}

/// Live bytes by part.
#[derive(
    Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct Parts {
    /// Whatever lies in a folder of tests (`tests`, `__tests__`; `test` in Node's
    /// packages), their bytecode too.
    pub tests: Bytes,
    /// Programs and libraries for the machine.
    pub native: Bytes,
    /// Bytecode of virtual machines: `.pyc` and the like.
    pub bytecode: Bytes,
    /// For compilers: headers and their kin.
    pub headers: Bytes,
    /// For type checkers: `.pyi`, `.d.ts`.
    pub stubs: Bytes,
    /// From built scripts to their sources.
    pub source_maps: Bytes,
    /// For people, but no licence.
    pub docs: Bytes,
    /// The rest.
    pub other: Bytes,
    /// Of all parts: what `strip` would take away from programs and libraries; null
    /// where some were not looked into, as in a layer read by its table of contents.
    pub debug: Option<Bytes>,
}

impl Parts {
    /// Nothing yet, and known to be.
    pub(super) const NONE: Parts = Parts {
        tests: Bytes::ZERO,
        native: Bytes::ZERO,
        bytecode: Bytes::ZERO,
        headers: Bytes::ZERO,
        stubs: Bytes::ZERO,
        source_maps: Bytes::ZERO,
        docs: Bytes::ZERO,
        other: Bytes::ZERO,
        debug: Some(Bytes::ZERO),
    };

    /// Adds a file.
    pub(super) fn add(&mut self, file: Sorted, size: Bytes) {
        let sum = match file.part {
            Part::Tests => &mut self.tests,
            Part::Native => &mut self.native,
            Part::Bytecode => &mut self.bytecode,
            Part::Headers => &mut self.headers,
            Part::Stubs => &mut self.stubs,
            Part::SourceMaps => &mut self.source_maps,
            Part::Docs => &mut self.docs,
            Part::Other => &mut self.other,
        };
        *sum += size;
        self.debug = self.debug.zip(file.debug).map(|(sum, more)| sum + more);
    }
}

/// A file's part, and what of it is debug information if that is known.
#[derive(Debug, Clone, Copy)]
pub struct Sorted {
    pub(super) part: Part,
    pub(super) debug: Option<Bytes>,
}

impl Sorted {
    /// Of what was not looked at.
    const OTHER: Sorted = Sorted {
        part: Part::Other,
        debug: Some(Bytes::ZERO),
    };
}

/// Every live file's part, by body.
pub fn sort(fs: &Rootfs) -> Vec<Sorted> {
    let mut sorted: Vec<Option<Sorted>> = vec![None; fs.body_count()];
    let mut zones = vec![Zone::None; fs.node_count()];
    for node in fs.subtree(NodeId::ROOT) {
        let above = zones[fs.parent(node).index()];
        match fs.kind(node) {
            NodeKind::Dir => zones[node.index()] = above.or(fs.name(node)),
            NodeKind::File => {
                if let Some(body) = fs.body_of(node) {
                    // Of several names the first one tells.
                    sorted[body.index()].get_or_insert_with(|| file(fs, node, above));
                }
            }
            _ => {}
        }
    }
    let sorted = sorted.into_iter();
    sorted.map(|file| file.unwrap_or(Sorted::OTHER)).collect()
}

/// What the folders above a file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Zone {
    None,
    /// In a package of Node, where `test` is no name of a module.
    Node,
    Tests,
    Docs,
    Headers,
}

impl Zone {
    fn or(self, folder: &[u8]) -> Zone {
        match (self, folder) {
            (Zone::Tests, _) => Zone::Tests,
            (_, b"tests" | b"__tests__") | (Zone::Node, b"test") => Zone::Tests,
            (_, b"node_modules") => Zone::Node,
            (Zone::None | Zone::Node, b"doc" | b"docs" | b"man" | b"gtk-doc") => Zone::Docs,
            (Zone::None, b"include") => Zone::Headers,
            (zone, _) => zone,
        }
    }
}

fn file(fs: &Rootfs, node: NodeId, zone: Zone) -> Sorted {
    let name = fs.name(node);
    let essence = fs.read(node).and_then(Essence::read);
    let debug = match &essence {
        Some(Essence::Elf(elf)) => Some(Bytes(elf.debug)),
        _ => (!may_be_native(fs, node)).then_some(Bytes::ZERO),
    };
    let is_program = matches!(essence, Some(Essence::Elf(_)));
    let part = match by_name(name) {
        _ if zone == Zone::Tests => Part::Tests,
        _ if is_program => Part::Native,
        Part::Other if is_licence(name) => Part::Other,
        Part::Other if zone == Zone::Docs => Part::Docs,
        Part::Other if zone == Zone::Headers => Part::Headers,
        part => part,
    };
    Sorted { part, debug }
}

/// Nobody looked into the files of a layer that was read by its table of contents.
fn may_be_native(fs: &Rootfs, node: NodeId) -> bool {
    let layer = &fs.layers()[usize::from(fs.layer_of(node))];
    layer.toc().is_some() && by_name(fs.name(node)) == Part::Native
}

fn by_name(name: &[u8]) -> Part {
    let dot = name.iter().rposition(|&byte| byte == b'.');
    let Some((stem, extension)) = dot.map(|dot| (&name[..dot], &name[dot + 1..])) else {
        return Part::Other;
    };
    match extension {
        b"so" | b"node" | b"a" | b"o" | b"dylib" | b"dll" => Part::Native,
        b"pyc" | b"pyo" | b"elc" | b"beam" => Part::Bytecode,
        b"h" | b"hh" | b"hpp" | b"hxx" | b"pxd" | b"pxi" | b"inl" => Part::Headers,
        b"pyi" => Part::Stubs,
        b"ts" | b"mts" | b"cts" if stem.ends_with(b".d") => Part::Stubs,
        b"map" if is_script(stem) => Part::SourceMaps,
        b"md" | b"rst" | b"markdown" if !is_licence(name) => Part::Docs,
        // `libz.so.1.2.13`
        _ if has_so(name) => Part::Native,
        _ => Part::Other,
    }
}

fn is_script(stem: &[u8]) -> bool {
    let ends = [
        &b".js"[..],
        b".mjs",
        b".cjs",
        b".css",
        b".ts",
        b".mts",
        b".cts",
    ];
    ends.iter().any(|end| stem.ends_with(end))
}

fn has_so(name: &[u8]) -> bool {
    let so = name.windows(4).position(|part| part == b".so.");
    so.is_some_and(|at| {
        let version = &name[at + 4..];
        version
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'.')
    })
}

/// What must stay where the package is.
pub fn is_licence(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let starts: [&[u8]; 5] = [b"licen", b"copying", b"copyright", b"notice", b"authors"];
    starts.iter().any(|start| name.starts_with(start))
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
    fn every_file_has_the_part_that_its_name_and_folders_say() {
        let case = "f 1 s/numpy/core.so
            f 1 s/numpy.libs/libgfortran-a.so.5.0.0
            f 1 s/numpy/tests/test_core.py
            f 1 s/numpy/tests/__pycache__/test_core.pyc
            f 1 s/numpy/__pycache__/a.pyc
            f 1 s/numpy/testing/a.py
            f 1 s/django/test/client.py
            f 1 s/numpy/core.pyi
            f 1 s/numpy/include/numpy/a.inc
            f 1 s/numpy/a.pxd
            f 1 s/numpy/README.md
            f 1 s/numpy/LICENSE.md
            f 1 n/node_modules/a/test/a.js
            f 1 n/node_modules/a/dist/a.js.map
            f 1 n/node_modules/a/dist/sites.map
            f 1 n/node_modules/a/index.d.ts
            f 1 n/node_modules/a/index.ts
            f 1 n/node_modules/a/docs/a.html
            f 1 n/node_modules/a/docs/LICENSE
            f 1 n/node_modules/a/docs/tests/b.html
            f 1 usr/share/doc/a/copyright
            f 1 usr/share/doc/a/changelog
            f 1 a.so.cache
            f 1 noext";
        let layers = Case::parse(&case.replace("  ", ""), Path::new("."))
            .layers
            .iter()
            .map(|tar| {
                let stream = Stream::open(&tar[..], None, None).unwrap();
                Arc::new(index_stream(stream, &|_| Want::Nothing, &|_| {}).unwrap())
            })
            .collect();
        let fs = Rootfs::stack(layers, &mut |_, _| {}).unwrap();
        let sorted = sort(&fs);
        let mut parts = Vec::new();
        for (node, _) in fs.files(NodeId::ROOT) {
            let body = fs.body_of(node).unwrap();
            parts.push((fs.path(node).to_string(), sorted[body.index()].part));
        }
        parts.sort();
        let of = |part: Part| -> Vec<&str> {
            let these = parts.iter().filter(|(_, other)| *other == part);
            these.map(|(path, _)| path.as_str()).collect()
        };
        assert_eq!(
            of(Part::Native),
            ["/s/numpy.libs/libgfortran-a.so.5.0.0", "/s/numpy/core.so"]
        );
        assert_eq!(
            of(Part::Tests),
            [
                "/n/node_modules/a/docs/tests/b.html",
                "/n/node_modules/a/test/a.js",
                "/s/numpy/tests/__pycache__/test_core.pyc",
                "/s/numpy/tests/test_core.py",
            ]
        );
        assert_eq!(of(Part::Bytecode), ["/s/numpy/__pycache__/a.pyc"]);
        assert_eq!(
            of(Part::Headers),
            ["/s/numpy/a.pxd", "/s/numpy/include/numpy/a.inc"]
        );
        assert_eq!(
            of(Part::Stubs),
            ["/n/node_modules/a/index.d.ts", "/s/numpy/core.pyi"]
        );
        assert_eq!(of(Part::SourceMaps), ["/n/node_modules/a/dist/a.js.map"]);
        assert_eq!(
            of(Part::Docs),
            [
                "/n/node_modules/a/docs/a.html",
                "/s/numpy/README.md",
                "/usr/share/doc/a/changelog",
            ]
        );
        assert_eq!(of(Part::Other).len(), 9);
    }
}

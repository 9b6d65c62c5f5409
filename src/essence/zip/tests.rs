use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;
use crate::codec::Stream;
use crate::layer::{Candidate, Want, index_stream};
use crate::testkit::Case;

/// An archive of these files; `s` before a path stores it, `d` deflates it.
fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in files {
        let (method, path) = path.split_at(1);
        let method = match method {
            "s" => CompressionMethod::Stored,
            _ => CompressionMethod::Deflated,
        };
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(path, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// What is kept of a file with this content.
fn kept(name: &str, content: &[u8]) -> Option<Zip> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("content"), content).unwrap();
    let tar = Case::parse(&format!("t {name} content"), folder.path())
        .layers
        .remove(0);
    let keep = |file: &Candidate<'_>| Want::Essence(crate::essence::distiller(file));
    let stream = Stream::open(&tar[..], None, None).unwrap();
    let layer = index_stream(stream, &keep, &|_| {}).unwrap();
    let fs = crate::rootfs::Rootfs::stack(vec![std::sync::Arc::new(layer)], &mut |_, _| {});
    let fs = fs.unwrap();
    let Essence::Zip(zip) = Essence::read(fs.read(fs.find(name)?)?)? else {
        return None;
    };
    Some(zip)
}

const MANIFEST: &[u8] = b"Manifest-Version: 1.0\r\nmain-class: com.example.\r\n Main\r\n\
    X: y\r\n\r\nName: a/\r\nStart-Class: no\r\n";
const POM: &[u8] =
    b"#Created by Apache Maven\nversion=1.2\ngroupId = com.example\nartifactId:demo\n";

fn demo() -> Vec<u8> {
    let inner = zipped(&[("dMETA-INF/maven/com.example/demo/pom.properties", POM)]);
    let middle = zipped(&[("sdeep.jar", &inner), ("da", b"a")]);
    zipped(&[
        ("dMETA-INF/MANIFEST.MF", MANIFEST),
        ("dMETA-INF/maven/com.example/demo/pom.properties", POM),
        ("dMETA-INF/other/pom.properties", POM),
        ("sBOOT-INF/lib/stored.jar", &inner),
        ("dBOOT-INF/lib/deflated.jar", &middle),
    ])
}

#[test]
fn a_jar_tells_of_itself_and_of_the_jars_in_it() {
    let zip = kept("app/demo.jar", &demo()).unwrap();
    let manifest: Vec<_> = zip.manifest.iter().collect();
    assert_eq!(
        manifest,
        [(&"Main-Class".to_owned(), &"com.example.Main".to_owned())]
    );
    let pom = Named {
        group: "com.example".to_owned(),
        name: "demo".to_owned(),
        version: "1.2".to_owned(),
        packed: None,
    };
    assert_eq!(zip.poms, std::slice::from_ref(&pom));
    let [stored, deflated] = &*zip.nested else {
        panic!("{zip:?}");
    };
    assert_eq!(stored.path, "BOOT-INF/lib/stored.jar");
    assert_eq!(
        stored.zip.as_ref().unwrap().poms,
        std::slice::from_ref(&pom)
    );
    let deepest = &deflated.zip.as_ref().unwrap().nested[0];
    assert_eq!(deepest.zip.as_ref().unwrap().poms, [pom]);
    assert!(!zip.is_cut && !zip.is_broken);
}

#[test]
fn a_program_stands_before_some_archives() {
    let mut program = b"#!/usr/bin/env python3\n".to_vec();
    let metadata = b"Metadata-Version: 2.1\nName: six\nVersion: 1.16.0\n\nName: other\n";
    program.extend(zipped(&[
        ("d.deps/six-1.16.0-py2.py3-none-any.whl/six.py", b"six"),
        (
            "d.deps/six-1.16.0-py2.py3-none-any.whl/six-1.16.0.dist-info/METADATA",
            metadata,
        ),
        ("dsite-packages/a/_vendor/b.dist-info/METADATA", metadata),
    ]));
    let zip = kept("app/tool.pex", &program).unwrap();
    let [six] = &*zip.dists else {
        panic!("{zip:?}");
    };
    assert_eq!((&*six.name, &*six.version), ("six", "1.16.0"));
    assert!(six.packed > Some(3));
    assert_eq!(kept("app/tool.pex", b"#!/bin/sh\n"), None);
    assert_eq!(kept("app/tool.zip", &program), None);
    assert!(kept("app/.yarn/cache/tool.ZIP", &program).is_some());
}

#[test]
fn wherever_it_is_cut_off_or_damaged_it_is_no_surprise() {
    let whole = demo();
    for length in 4..whole.len() {
        let zip = kept("a.jar", &whole[..length]).unwrap();
        assert!(zip.is_broken, "{length}");
    }
    let mut random = 1_u32;
    for at in 4..whole.len() {
        let mut damaged = whole.clone();
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        damaged[at] ^= (random >> 24) as u8 | 1;
        kept("a.jar", &damaged);
    }
}

#[test]
fn a_bomb_does_not_go_off() {
    let zeros = vec![0; 80 << 20];
    let bomb = zipped(&[
        ("dlib/bomb.jar", &zeros),
        ("dlib/next.jar", &demo()),
        ("dMETA-INF/MANIFEST.MF", &zeros[..1 << 20]),
        ("dMETA-INF/maven/a/b/pom.properties", POM),
    ]);
    let zip = kept("a.jar", &bomb).unwrap();
    assert_eq!(zip.poms.len(), 1);
    assert_eq!(zip.nested[0].zip, None);
    assert_eq!(zip.nested[1].zip, None);
}

#[test]
fn more_than_anybody_packs_is_cut() {
    let inner = demo();
    let names: Vec<String> = (0..2_500).map(|no| format!("slib/{no}.jar")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (&**name, &*inner)).collect();
    let zip = kept("a.jar", &zipped(&files)).unwrap();
    assert!(zip.is_cut);
    assert_eq!(zip.nested.len(), 2_000);

    // Texts that would take too much.
    let long = [
        b"artifactId=",
        "\"".repeat(1000).as_bytes(),
        b"\nversion=\x01",
    ]
    .concat();
    let names: Vec<String> = (0..9_000)
        .map(|no| format!("dMETA-INF/maven/a/{no}/pom.properties"))
        .collect();
    let texts: Vec<Vec<u8>> = (0..9_000)
        .map(|no| [format!("groupId={no}\n").as_bytes(), &long].concat())
        .collect();
    let files: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| &**name)
        .zip(texts.iter().map(|text| &**text))
        .collect();
    let zip = kept("a.jar", &zipped(&files)).unwrap();
    assert!(zip.is_cut && zip.poms.len() > 1_000);
}

#[test]
fn parts_that_overlap_are_not_read_forever() {
    // One stored jar of 1 MiB without a list, named by all entries of the outer list:
    // each is searched from its end to its beginning.
    let mut haystack = zipped(&[("sa", &vec![b'P'; 1 << 20])]);
    let end = haystack.len() - 22;
    // Its list is said to begin at its start, where none is.
    haystack[end + 16..end + 20].copy_from_slice(&0_u32.to_le_bytes());
    haystack[end + 12..end + 16].copy_from_slice(&1_u32.to_le_bytes());
    let names: Vec<String> = (0..2_000).map(|no| format!("slib/{no:04}.jar")).collect();
    let mut files: Vec<(&str, &[u8])> = vec![(&names[0], &haystack)];
    files.extend(names[1..].iter().map(|name| (&**name, &b""[..])));
    let mut bytes = zipped(&files);
    let list = u32::from_le_bytes(bytes[bytes.len() - 6..bytes.len() - 2].try_into().unwrap());
    let mut at = list as usize;
    let first = bytes[at + 16..at + 28].to_vec();
    for _ in 0..2_000 {
        bytes[at + 16..at + 28].copy_from_slice(&first);
        bytes[at + 42..at + 46].copy_from_slice(&0_u32.to_le_bytes());
        at += 46 + 12;
    }
    let start = std::time::Instant::now();
    let zip = kept("a.jar", &bytes).unwrap();
    assert_eq!(zip.nested.len(), 2_000);
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn a_list_that_promises_too_much_takes_no_memory() {
    let mut bytes = zipped(&[("da", b"a")]);
    let end = bytes.len() - 22;
    for count in [0_u16, 2, 60_000, u16::MAX] {
        for place in [8, 10] {
            bytes[end + place..end + place + 2].copy_from_slice(&count.to_le_bytes());
        }
        kept("a.jar", &bytes);
    }
    // A list of 300,000 entries: by its size alone it is not read.
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for no in 0..300_000 {
        writer.start_file(format!("{no}"), options).unwrap();
    }
    let zip = kept("a.jar", &writer.finish().unwrap().into_inner()).unwrap();
    assert!(zip.is_cut && !zip.is_broken);
}

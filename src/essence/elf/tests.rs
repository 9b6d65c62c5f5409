use std::io::Write as _;
use std::path::Path;

use super::*;
use crate::codec::Stream;
use crate::layer::{Want, index_stream};

/// What is kept of each of these files.
fn boiled(files: &[Vec<u8>]) -> Vec<Option<Elf>> {
    let mut tar = tar::Builder::new(Vec::new());
    for (no, content) in files.iter().enumerate() {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o755);
        let name = format!("{no:05}");
        tar.append_data(&mut header, name, &content[..]).unwrap();
    }
    let tar = tar.into_inner().unwrap();
    let stream = Stream::open(&tar[..], None, None).unwrap();
    let layer = index_stream(stream, &|_| Want::Essence(&DISTILLER), &|_| {}).unwrap();
    let kept = (0..files.len() as u32).map(|no| {
        let Essence::Elf(elf) = Essence::read(layer.kept.get(&no)?)? else {
            return None;
        };
        Some(elf)
    });
    kept.collect()
}

fn read_one(file: Vec<u8>) -> Elf {
    boiled(&[file]).remove(0).unwrap()
}

/// A section as it is to be written: name, type, the number of another, content.
type Written<'w> = (&'w str, u32, u32, &'w [u8]);

const PROGRAM: u32 = 1;
const DYNAMIC: u32 = 6;

/// A file for x86-64 with these sections behind the first, empty one; all of it is
/// loaded at `ADDRESS`.
fn elf(sections: &[Written<'_>]) -> Vec<u8> {
    let mut file = vec![0; 64 + 56];
    let mut names = b"\0.names\0".to_vec();
    let mut headers = vec![0; 64];
    let mut add = |file: &mut Vec<u8>, name: u32, (kind, link, content): (u32, u32, &[u8])| {
        file.resize(file.len().next_multiple_of(16), 0);
        let mut header = Vec::new();
        header.extend([name, kind].map(u32::to_le_bytes).concat());
        let place = file.len() as u64;
        let numbers = [0, 0, place, content.len() as u64].map(u64::to_le_bytes);
        header.extend(numbers.concat());
        header.extend(link.to_le_bytes());
        header.resize(64, 0);
        file.extend(content);
        headers.extend(header);
    };
    for &(name, kind, link, content) in sections {
        let at = names.len() as u32;
        names.extend(name.as_bytes());
        names.push(0);
        add(&mut file, at, (kind, link, content));
    }
    add(&mut file, 1, (3, 0, &names));
    let place = file.len() as u64;
    let count = headers.len() as u16 / 64;
    file.extend(headers);
    let size = file.len() as u64;
    file[..8].copy_from_slice(b"\x7fELF\x02\x01\x01\0");
    file[16..24].copy_from_slice(&[2, 0, 62, 0, 1, 0, 0, 0]);
    file[32..40].copy_from_slice(&64_u64.to_le_bytes());
    file[40..48].copy_from_slice(&place.to_le_bytes());
    let ends = [64, 56, 1, 64, count, count - 1].map(u16::to_le_bytes);
    file[52..64].copy_from_slice(&ends.concat());
    // PT_LOAD, to be read and written.
    file[64..72].copy_from_slice(&[1, 0, 0, 0, 6, 0, 0, 0]);
    file[80..88].copy_from_slice(&ADDRESS.to_le_bytes());
    file[96..104].copy_from_slice(&size.to_le_bytes());
    file
}

const ADDRESS: u64 = 0x40_0000;

fn varint(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut length = text.len();
    while length >= 0x80 {
        bytes.push(length as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    [&bytes, text].concat()
}

fn framed(lines: &str) -> Vec<u8> {
    [&[1; 16], lines.as_bytes(), &[2; 16]].concat()
}

fn go_info(version: &str, lines: &str) -> Vec<u8> {
    let mut info = b"\xff Go buildinf:\x08\x02".to_vec();
    info.resize(32, 0);
    let lines = if lines.is_empty() {
        Vec::new()
    } else {
        framed(lines)
    };
    [info, varint(version.as_bytes()), varint(&lines)].concat()
}

fn packed(text: &[u8]) -> Vec<u8> {
    let level = flate2::Compression::default();
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), level);
    packer.write_all(text).unwrap();
    packer.finish().unwrap()
}

fn module(path: &str, version: &str) -> Module {
    let (path, version) = (path.to_owned(), version.to_owned());
    Module { path, version }
}

const LINES: &str = "path\texample.com/a/cmd/b\nmod\texample.com/a\t(devel)\t\n\
    dep\texample.com/old\tv1.0.0\n=>\texample.com/new\tv1.0.1\th1:x\n\
    dep\texample.com/local\tv1.0.0\n=>\t./local\t(devel)\t\n\
    dep\texample.com/c\tv2.0.0+incompatible\th1:y\nbuild\tvcs=git\nnonsense\n";

fn told_by_lines(version: &str) -> Go {
    Go {
        version: version.to_owned(),
        path: "example.com/a/cmd/b".to_owned(),
        main: Some(module("example.com/a", "")),
        modules: vec![
            module("example.com/new", "v1.0.1"),
            module("example.com/local", ""),
            module("example.com/c", "v2.0.0+incompatible"),
        ],
        checkout: true,
    }
}

#[test]
fn go_tells_of_its_modules() {
    let info = go_info("go1.22.1 X:loopvar", LINES);
    let found = read_one(elf(&[(".go.buildinfo", PROGRAM, 0, &info)]));
    assert_eq!(found.go, Some(told_by_lines("go1.22.1")));
    assert_eq!(found.needed, None);

    let info = go_info("devel go1.23-a1b2c3 Tue", "");
    let found = read_one(elf(&[(".go.buildinfo", PROGRAM, 0, &info)]));
    let expected = Go {
        version: "go1.23-a1b2c3".to_owned(),
        ..Go::default()
    };
    assert_eq!(found.go, Some(expected));
}

#[test]
fn without_sections_go_is_found_in_memory() {
    let mut file = elf(&[("x", PROGRAM, 0, &go_info("go1.20", LINES))]);
    assert_eq!(read_one(file.clone()).go, None);
    file[40..48].fill(0);
    file[60..64].fill(0);
    assert_eq!(read_one(file).go, Some(told_by_lines("go1.20")));
}

#[test]
fn pointers_of_an_older_go_are_followed() {
    for (size, is_big) in [(8, false), (8, true), (4, false)] {
        let number = |number: u64| match (size, is_big) {
            (8, false) => number.to_le_bytes().to_vec(),
            (8, true) => number.to_be_bytes().to_vec(),
            _ => (number as u32).to_le_bytes().to_vec(),
        };
        // The first content lies at 128.
        let start = ADDRESS + 128;
        let lines = framed(LINES);
        let (version, text) = (64 + 2 * size, 80 + 2 * size);
        let mut info = b"\xff Go buildinf:".to_vec();
        info.extend([size as u8, u8::from(is_big)]);
        info.extend([number(start + 32), number(start + 32 + 2 * size)].concat());
        info.resize(32, 0);
        info.extend([number(start + version), number(6)].concat());
        info.extend([number(start + text), number(lines.len() as u64)].concat());
        info.resize(version as usize, 0);
        info.extend(b"go1.16");
        info.resize(text as usize, 0);
        info.extend(lines);
        let found = read_one(elf(&[(".go.buildinfo", PROGRAM, 0, &info)]));
        assert_eq!(found.go, Some(told_by_lines("go1.16")), "{size} {is_big}");
    }
}

#[test]
fn cargo_tells_of_its_crates() {
    let text = br#"{"packages": [{"name": "a", "version": "1.0.0", "source": "local",
        "dependencies": [1], "root": true, "new": 1},
        {"name": "b", "version": "2.0.0", "source": "crates.io", "kind": "build"}],
        "format": 8}"#;
    let found = read_one(elf(&[(".dep-v0", PROGRAM, 0, &packed(text))]));
    let crates = found.crates.unwrap();
    assert!(crates[0].root && crates[0].dependencies == [1]);
    assert_eq!((&*crates[1].name, &*crates[1].kind), ("b", "build"));

    // Zeros pack a thousand times smaller, and a list may be too long.
    let bomb = packed(&vec![b' '; 9 << 20]);
    let long = format!("{{\"packages\": [{}]}}", vec!["{}"; MOST + 1].join(","));
    for packed in [bomb, packed(long.as_bytes()), text.to_vec()] {
        let found = read_one(elf(&[(".dep-v0", PROGRAM, 0, &packed)]));
        assert_eq!(found.crates, None);
    }
}

#[test]
fn the_names_of_libraries_are_read() {
    let entry = |tag: u64, value: u64| [tag, value].map(u64::to_le_bytes).concat();
    let table = [
        entry(1, 1),
        entry(14, 11),
        entry(1, 6),
        entry(1, 999),
        entry(0, 0),
        entry(1, 1),
    ]
    .concat();
    let names = b"\0libc\0libm\0libx.so\0";
    let found = read_one(elf(&[
        ("names", 3, 0, names),
        (".dynamic", DYNAMIC, 1, &table),
    ]));
    assert_eq!(found.soname.as_deref(), Some("libx.so"));
    assert_eq!(found.needed.unwrap(), ["libc", "libm"]);
}

#[test]
fn debug_sections_count_and_no_more_than_the_file() {
    let found = read_one(elf(&[
        (".debug_info", PROGRAM, 0, &[1; 100]),
        (".text", PROGRAM, 0, &[1; 50]),
        (".symtab", 2, 0, &[1; 10]),
    ]));
    assert_eq!(found.debug, 110);
}

/// One of everything.
fn full() -> Vec<u8> {
    let crates = packed(br#"{"packages": [{"name": "a", "version": "1", "source": ""}]}"#);
    let table = [1_u64, 1, 14, 6, 0, 0].map(u64::to_le_bytes).concat();
    elf(&[
        ("names", 3, 0, b"\0libc\0libx.so\0"),
        (".dynamic", DYNAMIC, 1, &table),
        (".go.buildinfo", PROGRAM, 0, &go_info("go1.22", LINES)),
        (".dep-v0", PROGRAM, 0, &crates),
        (".debug_info", PROGRAM, 0, &[1; 100]),
    ])
}

#[test]
fn a_cut_file_is_no_panic() {
    let file = full();
    assert!(file.len() < 4096);
    let cut: Vec<Vec<u8>> = (0..=file.len()).map(|end| file[..end].to_vec()).collect();
    let found = boiled(&cut);
    let whole = found.last().unwrap().as_ref().unwrap();
    assert!(whole.go.is_some() && whole.crates.is_some() && whole.needed.is_some());
}

#[test]
fn a_changed_byte_is_no_panic() {
    let file = full();
    for value in [0, 1, 0x7f, 0xff] {
        let changed: Vec<Vec<u8>> = (0..file.len())
            .map(|at| {
                let mut file = file.clone();
                file[at] = value;
                file
            })
            .collect();
        boiled(&changed);
    }
}

#[test]
fn sizes_that_lie_are_not_believed() {
    let file = full();
    let table = u64::from_le_bytes(file[40..48].try_into().unwrap()) as usize;
    let count = usize::from(file[60]);
    let mut lying = file.clone();
    // Every section as large as can be, then as large as the file says it is.
    for size in [u64::MAX, u64::MAX / 2, 1 << 40] {
        for no in 0..count {
            let at = table + 64 * no + 32;
            lying[at..at + 8].copy_from_slice(&size.to_le_bytes());
        }
        let found = read_one(lying.clone());
        assert_eq!((found.go, found.crates, found.needed), (None, None, None));
        assert!(found.debug <= lying.len() as u64);
    }
    // A number of sections that is in the first one of them.
    let mut many = file.clone();
    many[60..62].fill(0);
    many[table + 32..table + 40].copy_from_slice(&u64::from(u32::MAX).to_le_bytes());
    let found = read_one(many);
    assert_eq!((found.debug, found.crates), (0, None));
}

#[test]
fn many_long_names_and_many_modules_are_cut() {
    let line = format!("dep\t{}\tv1\n", "m".repeat(20));
    let info = go_info("go1.22", &line.repeat(MOST + 10));
    let found = read_one(elf(&[(".go.buildinfo", PROGRAM, 0, &info)]));
    assert_eq!(found.go.unwrap().modules.len(), MOST);

    let entries = vec![[1_u64, 1].map(u64::to_le_bytes).concat(); 3000].concat();
    let names = [b"\0", &[b'x'; 900][..], b"\0"].concat();
    let sections = [
        ("names", 3, 0, &names[..]),
        (".dynamic", DYNAMIC, 1, &entries[..]),
    ];
    let needed = read_one(elf(&sections)).needed.unwrap();
    assert_eq!(needed.len(), 1000);
}

#[test]
fn real_programs_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/owner");
    let file = |path: &str| read_one(std::fs::read(folder.join(path)).unwrap());
    let go = file("go/shop").go.unwrap();
    assert_eq!(go.version, "go1.19.8");
    assert_eq!(go.main, Some(module("example.com/shop", "")));
    assert_eq!(file("cargo/shop").crates.unwrap().len(), 6);
}

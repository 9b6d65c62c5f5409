//! Names that attack the terminal: whatever an image says, only text and what the program
//! itself draws with goes to the terminal.

use std::fs;
use std::path::Path;

use imgsize::path::acts_on_a_terminal;
use imgsize::testkit::{Case, plain};
use tar::{Builder, EntryType, Header};

use super::pty::Pty;
use super::tui;

/// What a terminal would act on, and what would make a reader believe something else.
const HOSTILE: &[&[u8]] = &[
    b"\x1b]0;EVIL\x07",
    b"\x1b[2J\x1b[6n",
    b"\x1b]52;c;RVZJTA==\x07",
    b"\x1b[?1049l\x1b[31m",
    b"a\nb\rc\td",
    b"\xc2\x9b31mEVIL",
    "safe\u{202e}gnp.exe".as_bytes(),
    "zero\u{200b}width\u{feff}".as_bytes(),
    "tag\u{e0041}s".as_bytes(),
    b"caf\xe9\xff\xfe",
    b"\x08\x08\x08\x7f",
    "wide 文件 and e\u{301}".as_bytes(),
];

/// Names, folders, links and contents of this kind.
fn layer(second: bool) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for name in HOSTILE {
        let folder = [b"srv/", *name, b"-folder/"].concat();
        put(&mut tar, EntryType::Directory, &folder, b"", b"");
        let file = [b"srv/", *name, b"-folder/", *name].concat();
        let text = if second {
            [*name, b" two"].concat()
        } else {
            [*name, b" one\n", *name].concat()
        };
        put(&mut tar, EntryType::Regular, &file, b"", &text);
        put(
            &mut tar,
            EntryType::Symlink,
            &[b"srv/link-", *name].concat(),
            name,
            b"",
        );
    }
    let metadata = "Metadata-Version: 2.1\nName: evil\u{1b}[31m\nVersion: 1.0\u{202e}\n\n";
    let info = "usr/lib/python3/site-packages/evil-1.0.dist-info";
    put(
        &mut tar,
        EntryType::Regular,
        format!("{info}/METADATA").as_bytes(),
        b"",
        metadata.as_bytes(),
    );
    let record = format!(
        "evil/__init__.py,,\n{info}/METADATA,,\n",
        info = "evil-1.0.dist-info"
    );
    put(
        &mut tar,
        EntryType::Regular,
        format!("{info}/RECORD").as_bytes(),
        b"",
        record.as_bytes(),
    );
    put(
        &mut tar,
        EntryType::Regular,
        b"usr/lib/python3/site-packages/evil/__init__.py",
        b"",
        &[b'x'; 9000],
    );
    tar.into_inner().unwrap()
}

fn put(tar: &mut Builder<Vec<u8>>, kind: EntryType, name: &[u8], link: &[u8], body: &[u8]) {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(body.len() as u64);
    header.set_mode(0o644);
    let raw = header.as_old_mut();
    raw.name[..name.len()].copy_from_slice(name);
    raw.linkname[..link.len()].copy_from_slice(link);
    header.set_cksum();
    tar.append(&header, body).unwrap();
}

#[test]
fn nothing_that_an_image_says_acts_on_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let mut case = Case::parse("f 1 a\n---\nf 1 b", Path::new("."));
    case.layers = vec![layer(false), layer(true)];
    case.instructions = vec![
        Some("COPY \u{1b}]0;EVIL\u{7} /srv\u{202e}".to_owned()),
        Some("RUN evil \u{9b}31m\n\u{1b}[2J".to_owned()),
    ];
    let image = folder.path().join("image.tar");
    fs::write(&image, case.docker_archive("evil\u{1b}[31m:1", plain)).unwrap();
    let mut pty = Pty::start(&mut tui(&image), (160, 48));
    pty.until("stored");
    // Every view, everything unfolded, every row looked at; a search, a filter, contents,
    // paths copied, ticks, the exports, the help.
    for view in ["1", "2", "3", "4", "5", "6"] {
        pty.keys(view);
        pty.settle();
        pty.keys("E");
        for _ in 0..20 {
            pty.keys("j");
            pty.keys("y");
        }
        pty.settle();
        pty.keys("\tjjj\t");
        pty.settle();
    }
    for keys in ["3", "E", "G", "v", " ", " ", "q"] {
        if keys == "q" {
            break;
        }
        pty.keys(keys);
        pty.settle();
    }
    pty.keys("\x1b");
    pty.settle();
    for keys in [
        "/EVIL\r", "n", "fEVIL\r", "\x1b", "t", "e", "jjj", "\x1b", "a", "[", "?", "q",
    ] {
        pty.keys(keys);
        pty.settle();
    }
    assert!(pty.ended().success(), "{}", pty.text());
    pty.is_given_back();
    let text = String::from_utf8(pty.written.clone())
        .unwrap_or_else(|_| panic!("no UTF-8: {}", pty.text()));
    assert!(
        text.contains("\\x1b]0;EVIL"),
        "its names were on the screen"
    );
    assert!(
        !text.contains("\x1b]52;c;RVZJTA=="),
        "the clipboard is the user's"
    );
    let shown = drawn(&text);
    let bad = shown
        .chars()
        .find(|&c| acts_on_a_terminal(c) && c != '\r' && c != '\n');
    assert_eq!(bad, None, "{}", shown.escape_debug());
}

/// The text without what the program draws with; anything else that begins with an escape
/// stays.
fn drawn(text: &str) -> String {
    let mut rest = text;
    let mut out = String::new();
    while let Some(at) = rest.find('\x1b') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match own(rest) {
            Some(length) => rest = &rest[length..],
            None => {
                out.push('\x1b');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The length of a sequence that the program may write: where the cursor goes, colours,
/// the modes that it switches, wiping, and a path for the clipboard.
fn own(text: &str) -> Option<usize> {
    const MODES: [&str; 8] = ["1049", "25", "1000", "1002", "1003", "1006", "1015", "2004"];
    if let Some(rest) = text.strip_prefix("\x1b]52;c;") {
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"+/=".contains(c))?;
        let end = if rest[length..].starts_with("\x1b\\") {
            2
        } else {
            1
        };
        return Some("\x1b]52;c;".len() + length + end);
    }
    let rest = text.strip_prefix("\x1b[")?;
    if let Some(mode) = rest.strip_prefix('?') {
        let length = mode.find(|c: char| !c.is_ascii_digit())?;
        let known = MODES.contains(&&mode[..length]) && mode[length..].starts_with(['h', 'l']);
        return known.then_some(3 + length + 1);
    }
    let length = rest.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    rest[length..]
        .starts_with(['H', 'm', 'J', 'K', 'A', 'B', 'C', 'D', 'G'])
        .then_some(2 + length + 1)
}

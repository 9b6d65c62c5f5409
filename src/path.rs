//! Names inside an image. What comes in is the bytes of a tar name; what goes
//! out is one normal form, and text that is safe to show anywhere.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

/// Where the names of a tar stop being kept; the kernel's own limit is 4096.
pub const LONGEST_PATH: usize = 64 * 1024;

/// A path below the image's root in normal form: components parted by single
/// slashes, no `.`, no `..`, no slash at either end. Empty means the root.
///
/// Bytes, not text: a tar name may be in any encoding.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(from = "Vec<u8>")]
pub struct ImagePath(Vec<u8>);

/// What was odd about a name on its way to normal form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// It climbed above the root; it was kept below, as the engines do.
    Climbs,
}

impl ImagePath {
    /// The normal form of a tar name.
    ///
    /// A name that climbs out (`../../etc/x`) stays below the root, like
    /// `path.Join("/", name)` in the engines.
    pub fn from_tar(name: &[u8]) -> (ImagePath, Option<Oddity>) {
        if is_normal(name) {
            return (ImagePath(name.to_vec()), None);
        }
        let mut parts: Vec<&[u8]> = Vec::new();
        let mut oddity = None;
        for part in name.split(|&b| b == b'/') {
            match part {
                b"" | b"." => {}
                b".." => {
                    if parts.pop().is_none() {
                        oddity = Some(Oddity::Climbs);
                    }
                }
                _ => parts.push(part),
            }
        }
        (ImagePath(parts.join(&b'/')), oddity)
    }

    /// The normal form of a path that a database or a link names.
    pub fn new(name: impl AsRef<[u8]>) -> ImagePath {
        ImagePath::from_tar(name.as_ref()).0
    }

    /// The bytes, without a leading slash.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The components, root first.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.0.split(|&b| b == b'/').filter(|part| !part.is_empty())
    }
}

/// [`ImagePath::new`]: whoever stored it, it is in normal form again.
impl From<Vec<u8>> for ImagePath {
    fn from(name: Vec<u8>) -> ImagePath {
        ImagePath::new(name)
    }
}

/// Asked of every name of an image, and nearly always so.
fn is_normal(name: &[u8]) -> bool {
    let mut start = 0;
    for end in memchr::memchr_iter(b'/', name).chain([name.len()]) {
        if matches!(&name[start..end], b"" | b"." | b"..") {
            return false;
        }
        start = end + 1;
    }
    true
}

/// With a leading slash, and nothing that a terminal would act on; [`brief`].
impl fmt::Display for ImagePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('/')?;
        f.write_str(&brief(&self.0))
    }
}

/// Bytes of an image as text that is safe on a terminal and in a log.
///
/// Control characters (C0, DEL, C1), line and paragraph separators, bidirectional
/// and zero-width marks, tags and bytes that are not UTF-8 become escapes:
/// `\n`, `\x1b`, `\u{202e}`, `\xff`; what a CI log takes for a command becomes
/// one too. A backslash stays: this text is for eyes, and [`json_path`] is the
/// reversible form.
pub fn shown(bytes: &[u8]) -> Cow<'_, str> {
    if bytes.iter().all(|b| (0x20..0x7f).contains(b)) {
        return no_command(String::from_utf8_lossy(bytes));
    }
    let mut out = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c if (c as u32) < 0x20 || c as u32 == 0x7f => {
                    let _ = write!(out, "\\x{:02x}", c as u32);
                }
                c if acts_on_a_terminal(c) => {
                    let _ = write!(out, "\\u{{{:x}}}", c as u32);
                }
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    no_command(Cow::Owned(out))
}

/// GitHub acts on a line that begins with `::`, Azure on `##[` and `##vso[` anywhere.
fn no_command(text: Cow<'_, str>) -> Cow<'_, str> {
    let begins = text.trim_start().starts_with("::");
    if !begins && !text.contains("##") {
        return text;
    }
    let text = text
        .replace("##[", "#\\x23[")
        .replace("##vso[", "#\\x23vso[");
    match begins {
        true => Cow::Owned(text.replacen("::", "\\x3a:", 1)),
        false => Cow::Owned(text),
    }
}

/// [`shown`], of no more than a few lines: for messages.
pub fn brief(text: impl AsRef<[u8]>) -> String {
    const MOST: usize = 400;
    let bytes = text.as_ref();
    if bytes.len() <= MOST {
        return shown(bytes).into_owned();
    }
    // Not in the middle of a character.
    let inside = |at: &usize| bytes[*at] & 0xc0 == 0x80;
    let end = (MOST - 3..=MOST).rev().find(|at| !inside(at));
    format!("{}…", shown(&bytes[..end.unwrap_or(MOST)]))
}

/// [`shown`], for text.
pub fn shown_text(text: &str) -> Cow<'_, str> {
    shown(text.as_bytes())
}

/// Is this a character that changes how its neighbours are shown, or none at all?
pub fn acts_on_a_terminal(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}'   // C0, DEL, C1
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'                  // zero width, direction marks
        | '\u{2028}'..='\u{202e}'                  // separators, bidi embeddings
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fe00}'..='\u{fe0f}'                  // variation selectors
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}') // tags, variation selectors
}

/// A path as JSON text: a leading slash, then the name as it is.
///
/// A byte that is not part of valid UTF-8 is written as `//` and its two
/// hexadecimal digits. That is reversible because a path in normal form never
/// holds an empty component: `caf\xe9.txt` is `/caf//e9.txt`, and of three
/// slashes in a row the first parts two components.
pub fn json_path(path: &[u8]) -> String {
    let mut out = String::with_capacity(path.len() + 1);
    out.push('/');
    for chunk in path.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(out, "//{byte:02x}");
        }
    }
    out
}

/// The names in a path that [`json_path`] wrote, outermost first: `//` begins an escaped
/// byte, and parts nothing.
pub fn json_parts(path: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 1;
    let bytes = path.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        if bytes[at] == b'/' {
            let escaped = bytes.get(at + 1) == Some(&b'/') && bytes.get(at + 2) != Some(&b'/');
            if escaped {
                at += 4;
                continue;
            }
            parts.push(&path[start..at]);
            start = at + 1;
        }
        at += 1;
    }
    parts.push(path.get(start..).unwrap_or_default());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn normal(name: &str) -> String {
        String::from_utf8(ImagePath::new(name).0).unwrap_or_default()
    }

    #[test]
    fn every_spelling_of_a_path_has_one_normal_form() {
        for name in [
            "usr/bin/x",
            "./usr/bin/x",
            "/usr/bin/x",
            "usr//bin/./x/",
            "usr/y/../bin/x",
        ] {
            assert_eq!(normal(name), "usr/bin/x");
        }
        for root in ["", ".", "./", "/", "//", "a/.."] {
            assert_eq!(normal(root), "");
        }
    }

    #[test]
    fn a_name_that_climbs_out_stays_below_the_root_and_is_called_odd() {
        let (path, oddity) = ImagePath::from_tar(b"../../etc/passwd");
        assert_eq!(path.as_bytes(), b"etc/passwd");
        assert_eq!(oddity, Some(Oddity::Climbs));
        assert_eq!(ImagePath::from_tar(b"a/../b").1, None);
    }

    #[test]
    fn nothing_that_a_terminal_acts_on_is_shown() {
        assert_eq!(shown(b"\x1b[2J\r\n"), "\\x1b[2J\\r\\n");
        assert_eq!(
            shown("a\u{202e}b\u{9b}c\u{200b}".as_bytes()),
            "a\\u{202e}b\\u{9b}c\\u{200b}"
        );
        assert_eq!(shown(b"caf\xe9"), "caf\\xe9");
        assert_eq!(shown(b" ::error::x"), " \\x3a:error::x");
        assert_eq!(shown(b"a::b ##vso[c]##[d]#"), "a::b #\\x23vso[c]#\\x23[d]#");
        assert_eq!(shown("naïve 文件".as_bytes()), "naïve 文件");
    }

    #[test]
    fn what_is_brief_is_whole_or_cut_between_characters() {
        assert_eq!(brief("é".repeat(200)), "é".repeat(200));
        let long = brief(format!("x{}", "é".repeat(300_000)));
        assert!(long.ends_with("é…") && long.len() < 410, "{long}");
        assert!(brief([0x80; 1000]).len() < 2000);
    }

    fn back(text: &str) -> Vec<u8> {
        let bytes = text.as_bytes();
        let mut out = Vec::new();
        let mut at = 1;
        while at < bytes.len() {
            // Of three slashes the first parts two components.
            if bytes[at..].starts_with(b"//") && !bytes[at..].starts_with(b"///") {
                out.push(u8::from_str_radix(&text[at + 2..at + 4], 16).unwrap_or_default());
                at += 4;
            } else {
                out.push(bytes[at]);
                at += 1;
            }
        }
        out
    }

    proptest! {
        #[test]
        fn normalising_twice_is_normalising_once(name in proptest::collection::vec(any::<u8>(), 0..40)) {
            let once = ImagePath::new(&name);
            prop_assert_eq!(&ImagePath::new(once.as_bytes()), &once);
        }

        #[test]
        fn json_paths_can_be_turned_back(name in proptest::collection::vec(any::<u8>(), 0..40)) {
            let path = ImagePath::new(&name);
            prop_assert_eq!(back(&json_path(path.as_bytes())), path.as_bytes());
        }

        #[test]
        fn shown_text_holds_nothing_that_acts(name in proptest::collection::vec(any::<u8>(), 0..60)) {
            prop_assert!(!shown(&name).chars().any(acts_on_a_terminal));
        }

        #[test]
        fn shown_text_is_no_command(name in "[ :#\\[vso\u{a0}\u{2028}]{0,9}") {
            let text = shown_text(&name).into_owned();
            prop_assert!(!text.trim_start().starts_with("::"));
            prop_assert!(!text.contains("##[") && !text.contains("##vso["));
        }
    }

    #[test]
    fn escaped_bytes_part_nothing() {
        assert_eq!(json_parts("/a//e9b/c"), ["a//e9b", "c"]);
        assert_eq!(json_parts("/a///e9"), ["a", "//e9"]);
    }
}

//! Reads a package header: what comes in is the header as the databases store it, an index of tags
//! and the data they point into. What goes out is the package.
//!
//! All numbers are big-endian: `index entries: u32`, `data bytes: u32`, then for each entry `tag`,
//! `type`, `offset into the data` and `count`, 4 bytes each, then the data. The 8 magic bytes that a
//! header has in an `.rpm` file are absent here.

use super::database::{Installed, ListedFile, Malformed, be_number, be_u32, malformed, place};

/// rpm's own limits on a header.
const MOST_ENTRIES: usize = 0xffff;
const MOST_DATA: usize = 0x0fff_ffff;

/// How many strings or numbers a tag may hold: the largest packages have some ten thousand files. A
/// header of nothing but empty strings takes far more memory read than stored.
const MOST_VALUES: usize = 1_000_000;

/// How many bytes all paths of a package may take for each byte of its header. Real headers, with a
/// digest, an owner and times per file, stay below 1; one very long folder name shared by very many
/// files must not fill the memory.
const PATHS_PER_BYTE: usize = 8;

const ENTRY: usize = 16;
const GHOST: u64 = 1 << 6;

/// The tags that are read; `rpm` has several hundred.
mod tag {
    pub(super) const NAME: u32 = 1000;
    pub(super) const VERSION: u32 = 1001;
    pub(super) const RELEASE: u32 = 1002;
    pub(super) const EPOCH: u32 = 1003;
    pub(super) const SIZE: u32 = 1009;
    pub(super) const ARCH: u32 = 1022;
    pub(super) const FILE_SIZES: u32 = 1028;
    pub(super) const FILE_MODES: u32 = 1030;
    pub(super) const FILE_FLAGS: u32 = 1037;
    pub(super) const PROVIDE_NAME: u32 = 1047;
    pub(super) const REQUIRE_NAME: u32 = 1049;
    pub(super) const DIR_INDEXES: u32 = 1116;
    pub(super) const BASE_NAMES: u32 = 1117;
    pub(super) const DIR_NAMES: u32 = 1118;
    pub(super) const LONG_FILE_SIZES: u32 = 5008;
    pub(super) const LONG_SIZE: u32 = 5009;
}

/// Reads one package.
pub(super) fn read(blob: &[u8]) -> Result<Installed, Malformed> {
    let header = Header::open(blob)?;
    let name = header.text(tag::NAME)?.unwrap_or_default();
    if name.is_empty() {
        return Err(malformed("a package header without a name"));
    }
    let shown: String = name.chars().take(80).collect();
    let of_package = |Malformed(words)| Malformed(format!("package {shown}: {words}"));
    header.package(name).map_err(of_package)
}

struct Header<'b> {
    index: &'b [[u8; ENTRY]],
    data: &'b [u8],
}

/// What an index entry points at.
struct Value<'b> {
    kind: u32,
    count: usize,
    /// The data from the value's first byte to the end of all data.
    data: &'b [u8],
}

impl<'b> Header<'b> {
    fn open(blob: &'b [u8]) -> Result<Self, Malformed> {
        let cut = || malformed("a package header is cut off");
        let entries = place(be_u32(blob, 0).ok_or_else(cut)?);
        let length = place(be_u32(blob, 4).ok_or_else(cut)?);
        if entries > MOST_ENTRIES || length > MOST_DATA {
            return Err(malformed(format!(
                "a package header claims {entries} entries and {length} bytes, more than rpm allows"
            )));
        }
        let (index, data) = blob
            .get(8..)
            .and_then(|rest| rest.split_at_checked(entries * ENTRY))
            .ok_or_else(cut)?;
        if data.len() != length {
            return Err(malformed(format!(
                "a package header claims {length} bytes of data and has {}",
                data.len()
            )));
        }
        let (index, _) = index.as_chunks();
        Ok(Self { index, data })
    }

    /// Finds a tag. The last one counts: what rpm changes at installation it appends behind the
    /// index that came with the package.
    fn find(&self, tag: u32) -> Result<Option<Value<'b>>, Malformed> {
        let Some(entry) = self.index.iter().rev().find(|e| be_u32(*e, 0) == Some(tag)) else {
            return Ok(None);
        };
        let field = |at| be_u32(entry, at).unwrap_or(u32::MAX);
        let data = self
            .data
            .get(place(field(8))..)
            .ok_or_else(|| malformed(format!("tag {tag} points outside the header")))?;
        let (kind, count) = (field(4), place(field(12)));
        if count > MOST_VALUES {
            return Err(malformed(format!("tag {tag} claims {count} values")));
        }
        Ok(Some(Value { kind, count, data }))
    }

    /// The strings of a tag; none if the tag is absent.
    fn strings(&self, tag: u32) -> Result<Vec<&'b [u8]>, Malformed> {
        let Some(value) = self.find(tag)? else {
            return Ok(Vec::new());
        };
        // 6 is one string, 8 an array of them, 9 the translations of one, the untranslated first.
        if !matches!((value.kind, value.count), (6, 1) | (8 | 9, _)) {
            return Err(malformed(format!("tag {tag} does not hold strings")));
        }
        let mut strings = Vec::new();
        let mut rest = value.data;
        while strings.len() < value.count {
            let end = rest.iter().position(|byte| *byte == 0);
            let (string, behind) = end
                .and_then(|end| Some((rest.get(..end)?, rest.get(end + 1..)?)))
                .ok_or_else(|| malformed(format!("tag {tag} has fewer strings than it claims")))?;
            strings.push(string);
            rest = behind;
        }
        Ok(strings)
    }

    fn text(&self, tag: u32) -> Result<Option<String>, Malformed> {
        Ok(self.strings(tag)?.first().map(|string| lossy(string)))
    }

    /// The numbers of a tag, whatever their width; none if the tag is absent.
    fn numbers(&self, tag: u32) -> Result<Option<Vec<u64>>, Malformed> {
        let Some(value) = self.find(tag)? else {
            return Ok(None);
        };
        let width = match value.kind {
            3 => 2,
            4 => 4,
            5 => 8,
            _ => return Err(malformed(format!("tag {tag} does not hold numbers"))),
        };
        let bytes = value
            .count
            .checked_mul(width)
            .and_then(|length| value.data.get(..length))
            .ok_or_else(|| malformed(format!("tag {tag} has fewer numbers than it claims")))?;
        Ok(Some(bytes.chunks_exact(width).map(be_number).collect()))
    }

    /// The first number of the first of two tags that is there: rpm writes the wide one when a size
    /// does not fit into 32 bits.
    fn number(&self, wide: u32, narrow: u32) -> Result<Option<u64>, Malformed> {
        let numbers = self.numbers(wide)?.or(self.numbers(narrow)?);
        Ok(numbers.and_then(|numbers| numbers.first().copied()))
    }

    fn package(&self, name: String) -> Result<Installed, Malformed> {
        let epoch = self.number(tag::EPOCH, tag::EPOCH)?;
        Ok(Installed {
            name,
            version: self.text(tag::VERSION)?.unwrap_or_default(),
            release: self.text(tag::RELEASE)?.unwrap_or_default(),
            epoch: epoch.and_then(|epoch| u32::try_from(epoch).ok()),
            arch: self.text(tag::ARCH)?.unwrap_or_default(),
            size: self.number(tag::LONG_SIZE, tag::SIZE)?.unwrap_or(0),
            files: self.files()?,
            requires: self.names(tag::REQUIRE_NAME)?,
            provides: self.names(tag::PROVIDE_NAME)?,
        })
    }

    fn names(&self, tag: u32) -> Result<Vec<String>, Malformed> {
        let strings = self.strings(tag)?;
        Ok(strings.into_iter().map(lossy).collect())
    }

    fn files(&self) -> Result<Vec<ListedFile>, Malformed> {
        let names = self.strings(tag::BASE_NAMES)?;
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let folders = self.strings(tag::DIR_NAMES)?;
        let folder_of = self.per_file(tag::DIR_INDEXES, names.len())?;
        let modes = self.per_file(tag::FILE_MODES, names.len())?;
        let flags = self.per_file(tag::FILE_FLAGS, names.len())?;
        let mut sizes = self.per_file(tag::LONG_FILE_SIZES, names.len())?;
        if sizes.is_empty() {
            sizes = self.per_file(tag::FILE_SIZES, names.len())?;
        }
        let at = |numbers: &[u64], file: usize| numbers.get(file).copied().unwrap_or(0);

        let mut allowed = self.data.len().saturating_mul(PATHS_PER_BYTE);
        let mut files = Vec::new();
        for (file, name) in names.iter().enumerate() {
            let folder = folder_of
                .get(file)
                .and_then(|folder| folders.get(usize::try_from(*folder).ok()?))
                .ok_or_else(|| malformed(format!("file {file} of its list is in no folder")))?;
            allowed = allowed
                .checked_sub(folder.len() + name.len())
                .ok_or_else(|| malformed("its paths are absurdly long"))?;
            files.push(ListedFile {
                path: [*folder, *name].concat(),
                size: at(&sizes, file),
                mode: u16::try_from(at(&modes, file)).unwrap_or(0),
                ghost: at(&flags, file) & GHOST != 0,
            });
        }
        Ok(files)
    }

    /// The numbers of a tag that has one for each file, or has none at all.
    fn per_file(&self, tag: u32, files: usize) -> Result<Vec<u64>, Malformed> {
        let numbers = self.numbers(tag)?.unwrap_or_default();
        if !numbers.is_empty() && numbers.len() != files {
            return Err(malformed(format!(
                "tag {tag} has {} numbers for {files} files",
                numbers.len()
            )));
        }
        Ok(numbers)
    }
}

fn lossy(string: &[u8]) -> String {
    String::from_utf8_lossy(string).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: u32 = 6;
    const TEXTS: u32 = 8;
    const INT16: u32 = 3;
    const INT32: u32 = 4;
    const INT64: u32 = 5;

    /// One entry: tag, type, count, data.
    type Entry = (u32, u32, u32, Vec<u8>);

    fn header(entries: &[Entry]) -> Vec<u8> {
        let (mut index, mut data) = (Vec::new(), Vec::new());
        for (tag, kind, count, value) in entries {
            for field in [*tag, *kind, u32::try_from(data.len()).unwrap(), *count] {
                index.extend(field.to_be_bytes());
            }
            data.extend(value);
        }
        let mut blob = Vec::new();
        blob.extend(u32::try_from(entries.len()).unwrap().to_be_bytes());
        blob.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        [blob, index, data].concat()
    }

    fn text(tag: u32, value: &str) -> Entry {
        (tag, TEXT, 1, [value.as_bytes(), b"\0"].concat())
    }

    fn texts(tag: u32, values: &[&str]) -> Entry {
        let data = values.iter().flat_map(|v| [v.as_bytes(), b"\0"].concat());
        let count = u32::try_from(values.len()).unwrap();
        (tag, TEXTS, count, data.collect())
    }

    fn int32(tag: u32, values: &[u32]) -> Entry {
        let data = values.iter().flat_map(|v| v.to_be_bytes()).collect();
        (tag, INT32, u32::try_from(values.len()).unwrap(), data)
    }

    fn int64(tag: u32, values: &[u64]) -> Entry {
        let data = values.iter().flat_map(|v| v.to_be_bytes()).collect();
        (tag, INT64, u32::try_from(values.len()).unwrap(), data)
    }

    fn int16(tag: u32, values: &[u16]) -> Entry {
        let data = values.iter().flat_map(|v| v.to_be_bytes()).collect();
        (tag, INT16, u32::try_from(values.len()).unwrap(), data)
    }

    /// A package with two files in two folders.
    fn entries() -> Vec<Entry> {
        vec![
            text(tag::NAME, "tool"),
            text(tag::VERSION, "1.2"),
            text(tag::RELEASE, "3.fc40"),
            int32(tag::EPOCH, &[7]),
            text(tag::ARCH, "x86_64"),
            int32(tag::SIZE, &[300]),
            int32(tag::FILE_SIZES, &[100, 200]),
            int16(tag::FILE_MODES, &[0o100_755, 0o120_777]),
            int32(tag::FILE_FLAGS, &[64 | 1, 2]),
            int32(tag::DIR_INDEXES, &[1, 0]),
            texts(tag::BASE_NAMES, &["tool", "log"]),
            texts(tag::DIR_NAMES, &["/var/", "/usr/bin/"]),
            texts(tag::REQUIRE_NAME, &["libc", "libc"]),
            texts(tag::PROVIDE_NAME, &["tool"]),
        ]
    }

    /// The package of `entries` with one more, or one in the place of another.
    fn with(entry: Entry) -> Result<Installed, Malformed> {
        let mut entries = entries();
        entries.retain(|(tag, ..)| *tag != entry.0);
        entries.push(entry);
        read(&header(&entries))
    }

    fn words(result: Result<Installed, Malformed>) -> String {
        result.unwrap_err().0
    }

    #[test]
    fn a_package_is_read() {
        let file = |path: &str, size, mode, ghost| ListedFile {
            path: path.into(),
            size,
            mode,
            ghost,
        };
        let expected = Installed {
            name: "tool".into(),
            version: "1.2".into(),
            release: "3.fc40".into(),
            epoch: Some(7),
            arch: "x86_64".into(),
            size: 300,
            files: vec![
                file("/usr/bin/tool", 100, 0o100_755, true),
                file("/var/log", 200, 0o120_777, false),
            ],
            requires: vec!["libc".into(), "libc".into()],
            provides: vec!["tool".into()],
        };
        assert_eq!(read(&header(&entries())), Ok(expected));
    }

    #[test]
    fn what_is_absent_is_empty() {
        let package = read(&header(&[text(tag::NAME, "gpg-pubkey")])).unwrap();
        assert_eq!(package.name, "gpg-pubkey");
        assert_eq!((package.epoch, package.size), (None, 0));
        assert!(package.arch.is_empty() && package.files.is_empty());
    }

    #[test]
    fn wide_sizes_come_first() {
        let package = with(int64(tag::LONG_SIZE, &[1 << 40])).unwrap();
        assert_eq!(package.size, 1 << 40);
        let package = with(int64(tag::LONG_FILE_SIZES, &[1 << 33, 5])).unwrap();
        assert_eq!(package.files[0].size, 1 << 33);
    }

    #[test]
    fn the_last_of_equal_tags_counts() {
        let mut entries = entries();
        entries.push(text(tag::NAME, "renamed"));
        assert_eq!(read(&header(&entries)).unwrap().name, "renamed");
    }

    #[test]
    fn odd_bytes_stay_in_paths() {
        let mut names = texts(tag::BASE_NAMES, &["a", "b"]);
        names.3 = b"\xff\0b\0".to_vec();
        let package = with(names).unwrap();
        assert_eq!(package.files[0].path, b"/usr/bin/\xff");
    }

    #[test]
    fn a_header_that_lies_about_its_length_is_malformed() {
        let blob = header(&entries());
        for length in 0..blob.len() {
            assert!(read(&blob[..length]).is_err(), "{length}");
        }
        let longer = [&blob[..], b"more"].concat();
        assert!(words(read(&longer)).contains("bytes of data"));
        let mut many = blob;
        many[..4].copy_from_slice(&[0xff; 4]);
        assert!(words(read(&many)).contains("more than rpm allows"));
    }

    #[test]
    fn values_that_lie_are_malformed() {
        let (tag, kind, _, data) = texts(tag::PROVIDE_NAME, &["tool"]);
        let lie = with((tag, kind, u32::MAX, data.clone()));
        assert!(words(lie).contains("claims 4294967295 values"));
        let lie = with((tag, kind, 99, data.clone()));
        assert!(words(lie).contains("fewer strings"));
        let lie = with((tag, INT32, 1, data));
        assert!(words(lie).contains("does not hold strings"));
        let lie = with((tag::SIZE, INT64, 2, vec![0; 8]));
        assert!(words(lie).contains("fewer numbers"));
        let lie = with(text(tag::SIZE, "300"));
        assert!(words(lie).contains("does not hold numbers"));
        let lie = with(text(tag::NAME, ""));
        assert!(words(lie).contains("without a name"));

        let mut outside = header(&[text(tag::NAME, "tool")]);
        outside[16..20].copy_from_slice(&(-16_i32).to_be_bytes());
        assert!(words(read(&outside)).contains("outside the header"));
    }

    #[test]
    fn file_lists_that_do_not_fit_together_are_malformed() {
        let lie = with(int32(tag::DIR_INDEXES, &[0, 2]));
        assert!(words(lie).contains("file 1 of its list is in no folder"));
        let lie = with(int32(tag::DIR_INDEXES, &[0]));
        assert!(words(lie).contains("1 numbers for 2 files"));
        let lie = with(int16(tag::FILE_MODES, &[0; 3]));
        assert!(words(lie).starts_with("package tool: "));
    }

    #[test]
    fn a_long_folder_cannot_be_multiplied() {
        let files = 10_000;
        let folder = "d".repeat(100_000);
        let entries = [
            text(tag::NAME, "tool"),
            texts(tag::BASE_NAMES, &vec!["f"; files]),
            int32(tag::DIR_INDEXES, &vec![0; files]),
            texts(tag::DIR_NAMES, &[&folder]),
        ];
        assert!(words(read(&header(&entries))).contains("absurdly long"));
    }
}

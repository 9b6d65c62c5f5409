//! A bbolt database, read while another program may write to it (go.etcd.io/bbolt,
//! `db.go` and `page.go`, file format version 2).
//!
//! Pages are never written over while the last transaction may need them, so what is
//! reached from one meta page is a whole as long as that page is the newest. No lock
//! is taken: the writer holds it for as long as it runs.
//!
//! Numbers are in the byte order of the machine that runs the writer: this one.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

const MAGIC: u32 = 0xED0C_DAED;
const VERSION: u32 = 2;
const PAGE_HEADER: usize = 16;
/// Of an element of a branch or a leaf.
const ELEMENT: usize = 16;
/// A meta page's fields, the checksum last.
const META: usize = 64;
/// Root page and sequence, before the page of an inline bucket.
const BUCKET: usize = 16;

/// What one look may read and keep in all. Images take a few hundred bytes each.
const MOST_BYTES: u64 = 64 << 20;
/// Pages above each other; each level multiplies by hundreds.
const DEEPEST: usize = 16;
/// How often a look begins anew while the writer is faster.
const TRIES: usize = 10;

/// Why a database cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BoltError {
    /// It cannot be read at all.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// It is not what it should be.
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
    /// The writer was faster each time.
    #[error("it changes all the time")]
    Busy,
}

/// An open database.
pub(super) struct Bolt {
    file: File,
}

/// A set of keys, each with a value or a bucket.
#[derive(Debug, Clone)]
pub(super) enum Bucket {
    /// Its tree begins at this page.
    Page(u64),
    /// It is small: a leaf inside its parent's.
    Inline(Vec<u8>),
}

/// What a key leads to.
#[derive(Debug, Clone)]
enum Found {
    Value(Vec<u8>),
    Bucket(Bucket),
}

/// What the newest valid meta page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Meta {
    page_size: u64,
    root: u64,
    transaction: u64,
}

/// The state of one transaction.
pub(super) struct View<'b> {
    file: &'b File,
    meta: Meta,
    /// How many bytes may still be read or kept.
    left: u64,
}

impl Bolt {
    /// Opens a file; waits for nobody.
    pub(super) fn open(path: &Path) -> io::Result<Bolt> {
        // Opening a pipe would wait for its writer.
        if !path.metadata()?.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let file = File::open(path)?;
        Ok(Bolt { file })
    }

    /// Looks at one state of it: `look` is called again if the state changed under it.
    pub(super) fn view<T>(
        &self,
        look: impl Fn(&mut View<'_>) -> Result<T, BoltError>,
    ) -> Result<T, BoltError> {
        for _ in 0..TRIES {
            let meta = newest_meta(&self.file)?;
            let mut view = View {
                file: &self.file,
                meta,
                left: MOST_BYTES,
            };
            let seen = look(&mut view);
            // What was damaged may have been half of a newer state.
            if newest_meta(&self.file)? == meta {
                return seen;
            }
        }
        Err(BoltError::Busy)
    }
}

impl View<'_> {
    /// The bucket of all buckets.
    pub(super) fn root(&self) -> Bucket {
        Bucket::Page(self.meta.root)
    }

    /// The bucket under a key; `None` if there is none.
    pub(super) fn bucket(&mut self, of: &Bucket, key: &[u8]) -> Result<Option<Bucket>, BoltError> {
        Ok(match self.find(of, key)? {
            Some(Found::Bucket(bucket)) => Some(bucket),
            _ => None,
        })
    }

    /// The value under a key; `None` if there is none.
    pub(super) fn value(&mut self, of: &Bucket, key: &[u8]) -> Result<Option<Vec<u8>>, BoltError> {
        Ok(match self.find(of, key)? {
            Some(Found::Value(value)) => Some(value),
            _ => None,
        })
    }

    /// The keys of the buckets in a bucket, in order.
    pub(super) fn buckets(&mut self, of: &Bucket) -> Result<Vec<Vec<u8>>, BoltError> {
        let mut keys = Vec::new();
        // Pages still to be read, the next one last, and how deep they lie.
        let mut open = vec![(self.first(of)?, 0)];
        while let Some((page, depth)) = open.pop() {
            for no in (0..page.count()).rev() {
                let element = page.element(no)?;
                match element.leads_to {
                    LeadsTo::Page(id) if depth < DEEPEST => {
                        open.push((self.page(id)?, depth + 1));
                    }
                    LeadsTo::Page(_) => return Err(BoltError::Damaged("its pages are too deep")),
                    LeadsTo::Bucket(_) => {
                        self.spend(element.key.len())?;
                        keys.push(element.key.to_vec());
                    }
                    LeadsTo::Value(_) => {}
                }
            }
        }
        keys.sort_unstable();
        Ok(keys)
    }

    fn find(&mut self, of: &Bucket, key: &[u8]) -> Result<Option<Found>, BoltError> {
        let mut page = self.first(of)?;
        for _ in 0..=DEEPEST {
            // The last element that is not behind the key: a branch names its
            // children by their first keys.
            let mut last = None;
            for no in 0..page.count() {
                let element = page.element(no)?;
                if element.key > key {
                    break;
                }
                last = Some(element);
            }
            let Some(last) = last else { return Ok(None) };
            page = match last.leads_to {
                LeadsTo::Page(id) => self.page(id)?,
                _ if last.key != key => return Ok(None),
                LeadsTo::Value(value) => {
                    self.spend(value.len())?;
                    return Ok(Some(Found::Value(value.to_vec())));
                }
                LeadsTo::Bucket(value) => {
                    self.spend(value.len())?;
                    return bucket(value).map(|bucket| Some(Found::Bucket(bucket)));
                }
            };
        }
        Err(BoltError::Damaged("its pages are too deep"))
    }

    /// The first page of a bucket.
    fn first(&mut self, of: &Bucket) -> Result<Page, BoltError> {
        match of {
            Bucket::Page(id) => self.page(*id),
            Bucket::Inline(bytes) => {
                self.spend(bytes.len())?;
                Page::new(bytes.clone())
            }
        }
    }

    /// A page with its overflow.
    fn page(&mut self, id: u64) -> Result<Page, BoltError> {
        let size = self.meta.page_size;
        let at = id.checked_mul(size);
        let at = at.ok_or(BoltError::Damaged("a page lies behind its end"))?;
        let header = read_at(self.file, at, PAGE_HEADER as u64)?;
        if number(&header, 0).map(u64::from_ne_bytes) != Some(id) {
            return Err(BoltError::Damaged("a page is not where it belongs"));
        }
        let overflow = number(&header, 12).map_or(0, u32::from_ne_bytes);
        let length = (u64::from(overflow) + 1).saturating_mul(size);
        self.spend(usize::try_from(length).unwrap_or(usize::MAX))?;
        Page::new(read_at(self.file, at, length)?)
    }

    fn spend(&mut self, bytes: usize) -> Result<(), BoltError> {
        let left = self.left.checked_sub(bytes as u64);
        self.left = left.ok_or(BoltError::Damaged("it leads to over 64 MiB"))?;
        Ok(())
    }
}

/// A bucket, as it is stored.
fn bucket(value: &[u8]) -> Result<Bucket, BoltError> {
    let root = number(value, 0).map(u64::from_ne_bytes);
    match (root, value.get(BUCKET..)) {
        (Some(0), Some(page)) => Ok(Bucket::Inline(page.to_vec())),
        (Some(root), Some(_)) => Ok(Bucket::Page(root)),
        _ => Err(BoltError::Damaged("a bucket is cut short")),
    }
}

/// A branch or a leaf.
struct Page {
    bytes: Vec<u8>,
    is_leaf: bool,
}

struct Element<'p> {
    key: &'p [u8],
    leads_to: LeadsTo<'p>,
}

enum LeadsTo<'p> {
    Page(u64),
    Value(&'p [u8]),
    Bucket(&'p [u8]),
}

impl Page {
    fn new(bytes: Vec<u8>) -> Result<Page, BoltError> {
        match number(&bytes, 8).map(u16::from_ne_bytes) {
            Some(0x01) => Ok(Page {
                bytes,
                is_leaf: false,
            }),
            Some(0x02) => Ok(Page {
                bytes,
                is_leaf: true,
            }),
            _ => Err(BoltError::Damaged("a page is neither branch nor leaf")),
        }
    }

    fn count(&self) -> usize {
        number(&self.bytes, 10).map_or(0, |bytes| usize::from(u16::from_ne_bytes(bytes)))
    }

    fn element(&self, no: usize) -> Result<Element<'_>, BoltError> {
        self.element_at(PAGE_HEADER + no * ELEMENT)
            .ok_or(BoltError::Damaged("an element lies outside its page"))
    }

    fn element_at(&self, at: usize) -> Option<Element<'_>> {
        let short = |offset: usize| {
            let bytes = number(&self.bytes, at + offset)?;
            usize::try_from(u32::from_ne_bytes(bytes)).ok()
        };
        let slice = |start: usize, length: usize| {
            let end = start.checked_add(length)?;
            self.bytes.get(start..end)
        };
        if !self.is_leaf {
            let id = number(&self.bytes, at + 8).map(u64::from_ne_bytes)?;
            return Some(Element {
                key: slice(at.checked_add(short(0)?)?, short(4)?)?,
                leads_to: LeadsTo::Page(id),
            });
        }
        let start = at.checked_add(short(4)?)?;
        let key = slice(start, short(8)?)?;
        let value = slice(start + key.len(), short(12)?)?;
        let is_bucket = short(0)? & 1 != 0;
        Some(Element {
            key,
            leads_to: match is_bucket {
                true => LeadsTo::Bucket(value),
                false => LeadsTo::Value(value),
            },
        })
    }
}

/// The valid one of the two meta pages, or the newer of both.
fn newest_meta(file: &File) -> Result<Meta, BoltError> {
    let first = meta_at(file, 0)?;
    // Where the first one is damaged the second tells its own page size.
    let sizes: Vec<u64> = match first {
        Some(meta) => vec![meta.page_size],
        None => (10..=24).map(|bits| 1 << bits).collect(),
    };
    let mut newest = first;
    for size in sizes {
        let second = meta_at(file, size)?.filter(|meta| meta.page_size == size);
        if second.map(|meta| meta.transaction) > newest.map(|meta| meta.transaction) {
            newest = second;
        }
    }
    newest.ok_or(BoltError::Damaged("it has no valid meta page"))
}

/// The meta page at an offset; `None` if there is none, or half of one.
fn meta_at(file: &File, at: u64) -> Result<Option<Meta>, BoltError> {
    let bytes = match read_at(file, at + PAGE_HEADER as u64, META as u64) {
        Err(BoltError::Read(error)) => return Err(BoltError::Read(error)),
        Err(_) => return Ok(None),
        Ok(bytes) => bytes,
    };
    let short = |at| number(&bytes, at).map(u32::from_ne_bytes);
    let long = |at| number(&bytes, at).map(u64::from_ne_bytes);
    let (sum, page_size) = (fnv(&bytes[..META - 8]), short(8).unwrap_or_default());
    let is_valid = short(0) == Some(MAGIC)
        && short(4) == Some(VERSION)
        && long(META - 8) == Some(sum)
        && page_size.is_power_of_two()
        && (1 << 10..=1 << 24).contains(&page_size);
    Ok(is_valid.then_some(Meta {
        page_size: u64::from(page_size),
        root: long(16).unwrap_or_default(),
        transaction: long(48).unwrap_or_default(),
    }))
}

/// FNV-1a of 64 bits.
fn fnv(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

/// Exactly `length` bytes; memory grows as they arrive.
fn read_at(mut file: &File, at: u64, length: u64) -> Result<Vec<u8>, BoltError> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(at))?;
    file.take(length).read_to_end(&mut bytes)?;
    match bytes.len() as u64 == length {
        true => Ok(bytes),
        false => Err(BoltError::Damaged("a page lies behind its end")),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fs;
    use std::io::Write as _;
    use std::os::unix::fs::FileExt as _;

    use super::*;

    const SIZE: usize = 1024;

    fn real() -> Vec<u8> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/source/containerd/root");
        fs::read(root.join(crate::source::containerd::NAMES)).unwrap()
    }

    fn written(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    /// Every bucket by its path; looks for a value in each too.
    fn walk(view: &mut View<'_>, of: &Bucket, depth: usize) -> Result<Vec<String>, BoltError> {
        let mut seen = Vec::new();
        view.value(of, b"digest")?;
        for key in view.buckets(of)? {
            let bucket = view.bucket(of, &key)?;
            let bucket = bucket.ok_or(BoltError::Damaged("a listed key is not found"))?;
            let name = String::from_utf8_lossy(&key).into_owned();
            let inner = match depth {
                0..8 => walk(view, &bucket, depth + 1)?,
                _ => Vec::new(),
            };
            let inner = inner.into_iter().map(|inner| format!("{name}|{inner}"));
            seen.extend([name.clone()].into_iter().chain(inner));
        }
        Ok(seen)
    }

    fn all_of(bolt: &Bolt) -> Result<Vec<String>, BoltError> {
        bolt.view(|view| walk(view, &view.root(), 0))
    }

    fn all(bytes: &[u8]) -> Result<Vec<String>, BoltError> {
        let file = written(bytes);
        all_of(&Bolt::open(file.path())?)
    }

    /// A meta page.
    fn meta(no: usize, root: u64, transaction: u64) -> Vec<u8> {
        let mut page = vec![0; SIZE];
        page[0] = no as u8;
        let fields = &mut page[PAGE_HEADER..PAGE_HEADER + META];
        fields[..4].copy_from_slice(&MAGIC.to_ne_bytes());
        fields[4..8].copy_from_slice(&VERSION.to_ne_bytes());
        fields[8..12].copy_from_slice(&(SIZE as u32).to_ne_bytes());
        fields[16..24].copy_from_slice(&root.to_ne_bytes());
        fields[48..56].copy_from_slice(&transaction.to_ne_bytes());
        let sum = fnv(&fields[..56]).to_ne_bytes();
        fields[56..].copy_from_slice(&sum);
        page
    }

    /// A branch (flags 1) or a leaf (2) of elements that are already packed.
    fn page(id: u64, flags: u16, overflow: u32, elements: &[[u32; 4]], rest: &[u8]) -> Vec<u8> {
        let mut page = Vec::new();
        page.extend(id.to_ne_bytes());
        page.extend(flags.to_ne_bytes());
        page.extend((elements.len() as u16).to_ne_bytes());
        page.extend(overflow.to_ne_bytes());
        page.extend(
            elements
                .as_flattened()
                .iter()
                .flat_map(|field| field.to_ne_bytes()),
        );
        page.extend(rest);
        page.resize(SIZE, 0);
        page
    }

    /// A database of one page, the third, which the root bucket is.
    fn of(page: Vec<u8>) -> Vec<u8> {
        [meta(0, 2, 7), meta(1, 2, 6), page].concat()
    }

    /// A leaf with one element: a bucket `a`, whose root is this page.
    fn bucket_at(id: u64) -> Vec<u8> {
        let value = [id.to_ne_bytes(), [0; 8]].concat();
        page(2, 2, 0, &[[1, 16, 1, 16]], &[b"a", &value[..]].concat())
    }

    fn why(bytes: &[u8]) -> String {
        all(bytes).unwrap_err().to_string()
    }

    #[test]
    fn a_database_of_containerd_is_read() {
        let seen = all(&real()).unwrap();
        for bucket in [
            "v1|k8s.io|images|registry.example/team-24/app:1|target",
            "v1|default|images|docker.io/library/tiny:latest|target",
        ] {
            assert!(seen.iter().any(|seen| seen == bucket), "{bucket}");
        }
        let is_image =
            |path: &&String| path.starts_with("v1|k8s.io|images|") && path.ends_with("|target");
        assert_eq!(seen.iter().filter(is_image).count(), 26);
    }

    #[test]
    fn a_damaged_database_is_an_error_or_another_one() {
        let good = real();
        let file = written(&good);
        let bolt = Bolt::open(file.path()).unwrap();
        let (mut errors, mut others) = (0, 0);
        // All of both meta pages, then a byte here and there.
        let pages = (8192..good.len()).filter(|at| good[*at] != 0).step_by(83);
        for at in (0..128).chain(4096..4224).chain(pages) {
            let put = |byte| file.as_file().write_all_at(&[byte], at as u64).unwrap();
            put(good[at] ^ 1 << (at % 8));
            match all_of(&bolt) {
                Ok(_) => others += 1,
                Err(_) => errors += 1,
            }
            put(good[at]);
        }
        assert!(errors > 20 && others > 20, "{errors} {others}");
        for length in (0..good.len()).step_by(10_000) {
            let _ = all(&good[..length]);
        }
        for length in [0, 1, 16, 79, 4096] {
            assert!(all(&good[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn a_meta_page_that_is_damaged_gives_way_to_the_other() {
        let seen = all(&real()).unwrap();
        for page in [0, 4096] {
            let mut bad = real();
            bad[page + PAGE_HEADER..][..META].fill(0xff);
            // The older state lacks the last change only.
            let other = all(&bad).unwrap();
            assert!(other.len().abs_diff(seen.len()) < 8);
        }
        let newer = [meta(0, 9, 7), meta(1, 2, 8), page(2, 2, 0, &[], b"")];
        assert_eq!(all(&newer.concat()).unwrap(), Vec::<String>::new());
        let older = [meta(0, 9, 8), meta(1, 2, 7), page(2, 2, 0, &[], b"")];
        assert_eq!(
            why(&older.concat()),
            "it is damaged: a page lies behind its end"
        );
    }

    #[test]
    fn pages_that_lie_are_errors() {
        let damaged = |words: &str| format!("it is damaged: {words}");
        let outside = damaged("an element lies outside its page");
        for element in [
            [0, u32::MAX, 1, 1],
            [0, 16, u32::MAX, 1],
            [0, 16, 1, u32::MAX],
            [1, 1000, 9, 9],
        ] {
            assert_eq!(why(&of(page(2, 2, 0, &[element], b""))), outside);
        }
        assert_eq!(
            why(&of(page(3, 2, 0, &[], b""))),
            damaged("a page is not where it belongs")
        );
        let kind = damaged("a page is neither branch nor leaf");
        assert_eq!(why(&of(page(2, 16, 0, &[], b""))), kind);
        let behind = damaged("a page lies behind its end");
        assert_eq!(why(&of(page(2, 2, 1, &[], b""))), behind);
        let large = damaged("it leads to over 64 MiB");
        assert_eq!(why(&of(page(2, 2, u32::MAX, &[], b""))), large);
        assert_eq!(why(&of(bucket_at(u64::MAX))), behind);
        assert_eq!(why(&of(bucket_at(0))), kind);
        let short = page(2, 2, 0, &[[1, 16, 1, 15]], b"a");
        assert_eq!(why(&of(short)), damaged("a bucket is cut short"));
        // More elements than the page has room for.
        let mut many = page(2, 2, 0, &[], b"");
        many[10..12].fill(0xff);
        assert_eq!(why(&of(many)), outside);
    }

    #[test]
    fn pages_in_a_circle_come_to_an_end() {
        // A branch whose children are itself.
        let own = [16, 1, 2, 0];
        let circle = of(page(2, 1, 0, &[own; 60], b"a"));
        assert_eq!(why(&circle), "it is damaged: its pages are too deep");
        // A bucket that is in itself: as deep as anybody looks.
        assert_eq!(all(&of(bucket_at(2))).unwrap().len(), 9);
        // A key that many elements share is kept once for each.
        let shared = [1, 0, 700, 0];
        let file = written(&of(page(2, 2, 0, &[shared; 10], b"")));
        let bolt = Bolt::open(file.path()).unwrap();
        let look = |view: &mut View<'_>| {
            view.left = 5000;
            view.buckets(&view.root())
        };
        assert!(matches!(bolt.view(look), Err(BoltError::Damaged(_))));
    }

    #[test]
    fn what_changes_meanwhile_is_looked_at_again() {
        let file = written(&of(page(2, 2, 0, &[], b"")));
        let bolt = Bolt::open(file.path()).unwrap();
        let looks = Cell::new(0);
        let change = |until: u64| {
            looks.set(looks.get() + 1);
            if looks.get() <= until {
                let newer = meta(1, 2, 10 + looks.get());
                file.as_file().write_all_at(&newer, SIZE as u64).unwrap();
                // What was read under it may look damaged.
                return Err(BoltError::Damaged("halfway"));
            }
            Ok(looks.get())
        };
        assert_eq!(bolt.view(|_| change(3)).unwrap(), 4);
        looks.set(10);
        assert!(matches!(
            bolt.view(|_| change(u64::MAX)),
            Err(BoltError::Busy)
        ));
        assert_eq!(looks.get(), 10 + TRIES as u64);
    }
}

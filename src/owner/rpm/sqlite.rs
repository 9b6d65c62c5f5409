//! Reads the one table that matters of an `SQLite` file: what comes in is `rpmdb.sqlite` and its
//! write-ahead log. What goes out is each package header in the table `Packages`.
//!
//! The file is pages of one size, numbered from 1, all numbers big-endian. A table is a tree of pages:
//! interior pages lead to leaves, a leaf's cells are the rows. Page 1 is the root of the table of
//! tables, which tells the root of `Packages`. A row too large for its page goes on in a chain of
//! overflow pages. A row is a record: the length of its head, the type of each column, the columns.

use std::borrow::Cow;
use std::collections::HashSet;

use super::database::{Allowance, Malformed, Take, be_number, be_u16, be_u32, malformed, place};
use super::wal;

/// The first bytes of the file.
pub(super) const MAGIC: &[u8] = b"SQLite format 3\0";

const INTERIOR: u8 = 5;
const LEAF: u8 = 13;

/// Hands each package header to `take`, in the order of the row numbers.
pub(super) fn headers(
    database: &[u8],
    log: Option<&[u8]>,
    take: &mut Take,
) -> Result<(), Malformed> {
    let mut file = File::open(database, log)?;
    let mut root = None;
    file.rows(1, &mut |record| {
        // The columns are: type, name, name of the table, root page, text of the definition.
        let table = column(record, 0) == Some(b"table") && column(record, 1) == Some(b"Packages");
        if table {
            // A negative one comes out too large for a page number.
            root = column(record, 3).map(be_number);
        }
        Ok(())
    })?;
    let root = root.ok_or_else(|| malformed("it has no table of packages"))?;
    let root = u32::try_from(root).map_err(|_| malformed("its table of packages has no place"))?;
    file.rows(root, &mut |record| {
        // The columns are: package number, header.
        let blob = column(record, 1);
        take(blob.ok_or_else(|| malformed("a row of its packages is damaged"))?)
    })
}

struct File<'d> {
    database: &'d [u8],
    newer: wal::Pages<'d>,
    page_size: usize,
    /// What of each page is in use; the rest is reserved for extensions.
    usable: usize,
    /// The pages read so far: each has one place in one tree, so that a second visit is a circle or a
    /// page that something else claims too.
    visited: HashSet<u32>,
    allowance: Allowance,
}

impl<'d> File<'d> {
    fn open(database: &'d [u8], log: Option<&'d [u8]>) -> Result<Self, Malformed> {
        let page_size = match be_u16(database, 16) {
            Some(1) => 65536,
            Some(size) => usize::from(size),
            None => 0,
        };
        let reserved = database.get(20).copied().map_or(0, usize::from);
        let usable = page_size.saturating_sub(reserved);
        // Every file has at least 480 usable bytes to a page; the sums below rely on it.
        if !page_size.is_power_of_two() || usable < 480 {
            return Err(malformed("the start of the file is damaged"));
        }
        if be_u32(database, 56).is_none_or(|encoding| encoding > 1) {
            return Err(malformed("its texts are not in UTF-8"));
        }
        let newer = log.map(|log| wal::committed(log, page_size));
        Ok(Self {
            database,
            newer: newer.unwrap_or_default(),
            page_size,
            usable,
            visited: HashSet::new(),
            allowance: Allowance(database.len() + log.map_or(0, <[u8]>::len)),
        })
    }

    /// The usable bytes of a page that was not read before.
    fn page(&mut self, number: u32) -> Result<&'d [u8], Malformed> {
        if !self.visited.insert(number) {
            return Err(malformed(format!("its page {number} is used twice")));
        }
        self.find(number)
            .ok_or_else(|| malformed(format!("its page {number} is outside the file")))
    }

    fn find(&self, number: u32) -> Option<&'d [u8]> {
        if let Some(page) = self.newer.get(&number) {
            return page.get(..self.usable);
        }
        let start = place(number.checked_sub(1)?).checked_mul(self.page_size)?;
        self.database.get(start..start.checked_add(self.usable)?)
    }

    /// Hands each row of a table to `each`, from the leftmost leaf to the rightmost.
    fn rows(&mut self, root: u32, each: &mut Take) -> Result<(), Malformed> {
        let mut ahead = vec![root];
        while let Some(number) = ahead.pop() {
            let page = self.page(number)?;
            let damaged = || malformed(format!("its page {number} is damaged"));
            // Page 1 starts with the header of the file.
            let start = if number == 1 { 100 } else { 0 };
            let count = usize::from(be_u16(page, start + 3).ok_or_else(damaged)?);
            let cell = |index: usize, header: usize| {
                let cell = be_u16(page, start + header + 2 * index)?;
                page.get(usize::from(cell)..)
            };
            match page.get(start) {
                Some(&INTERIOR) => {
                    ahead.push(be_u32(page, start + 8).ok_or_else(damaged)?);
                    for index in (0..count).rev() {
                        let child = cell(index, 12).and_then(|cell| be_u32(cell, 0));
                        ahead.push(child.ok_or_else(damaged)?);
                    }
                }
                Some(&LEAF) => {
                    for index in 0..count {
                        let cell = cell(index, 8).ok_or_else(damaged)?;
                        each(&self.record(cell)?)?;
                    }
                }
                _ => return Err(damaged()),
            }
        }
        Ok(())
    }

    /// The record of a leaf's cell: its length, the row number, then the record or its first part
    /// and the number of the first overflow page.
    fn record(&mut self, cell: &'d [u8]) -> Result<Cow<'d, [u8]>, Malformed> {
        let damaged = || malformed("a row is damaged");
        let (length, behind) = varint(cell).ok_or_else(damaged)?;
        let (_row, behind) = varint(behind).ok_or_else(damaged)?;
        let length = usize::try_from(length).map_err(|_| damaged())?;
        self.allowance.spend(length)?;

        let local = self.local(length);
        let (first, behind) = behind.split_at_checked(local).ok_or_else(damaged)?;
        if local == length {
            return Ok(Cow::Borrowed(first));
        }
        let mut record = Vec::with_capacity(length);
        record.extend_from_slice(first);
        let mut next = be_u32(behind, 0).ok_or_else(damaged)?;
        while record.len() < length {
            let page = self.page(next)?;
            let part = page.get(4..).unwrap_or_default();
            let part = part.get(..length - record.len()).unwrap_or(part);
            record.extend_from_slice(part);
            next = be_u32(page, 0).ok_or_else(damaged)?;
        }
        Ok(Cow::Owned(record))
    }

    /// How much of a record stands in the leaf: all of it if it fits, else so much that the rest
    /// fills its overflow pages, but at least a minimum. The numbers are the format's.
    fn local(&self, length: usize) -> usize {
        let most = self.usable - 35;
        if length <= most {
            return length;
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let fitting = least + (length - least) % (self.usable - 4);
        if fitting <= most { fitting } else { least }
    }
}

/// A number of 1 to 9 bytes and what stands behind it: 7 bits of each byte, as long as the 8th is
/// set, and all 8 bits of the ninth.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (index, byte) in bytes.iter().take(9).enumerate() {
        let bits = u64::from(*byte);
        if index == 8 || bits < 0x80 {
            let shift = if index == 8 { 8 } else { 7 };
            return Some((number << shift | bits, bytes.get(index + 1..)?));
        }
        number = number << 7 | bits & 0x7f;
    }
    None
}

/// The bytes of a column of a record.
fn column(record: &[u8], wanted: usize) -> Option<&[u8]> {
    let (head, types) = varint(record)?;
    let (head, mut columns) = record.split_at_checked(usize::try_from(head).ok()?)?;
    let mut types = head.get(record.len() - types.len()..)?;
    for index in 0.. {
        let (kind, behind) = varint(types)?;
        types = behind;
        let length = match kind {
            0 | 8 | 9 => 0, // NULL and the constants 0 and 1
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None, // reserved
            _ => (kind - 12) / 2,   // even for blobs, odd for texts
        };
        let (column, behind) = columns.split_at_checked(usize::try_from(length).ok()?)?;
        if index == wanted {
            return Some(column);
        }
        columns = behind;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: usize = 512;

    /// Up to 14 bits.
    fn to_varint(number: usize) -> Vec<u8> {
        let high = u8::try_from(number >> 7).unwrap();
        let low = u8::try_from(number & 0x7f).unwrap();
        if high == 0 {
            vec![low]
        } else {
            vec![0x80 | high, low]
        }
    }

    /// A record of a NULL or texts or blobs; the kind of a blob is odd or even.
    fn record(columns: &[(usize, &[u8])]) -> Vec<u8> {
        let kinds: Vec<u8> = columns
            .iter()
            .flat_map(|(kind, _)| to_varint(*kind))
            .collect();
        let head = u8::try_from(kinds.len() + 1).unwrap();
        let body = columns.iter().flat_map(|(_, column)| column.to_vec());
        [head].into_iter().chain(kinds).chain(body).collect()
    }

    /// The row of a package: its number is the row's, its header a blob.
    fn package(header: &[u8]) -> Vec<u8> {
        record(&[(0, b""), (12 + 2 * header.len(), header)])
    }

    /// A leaf's cell with a record that fits.
    fn cell(record: &[u8]) -> Vec<u8> {
        [&to_varint(record.len())[..], &[1], record].concat()
    }

    /// A page of a tree: its kind, its last child if it has one, its cells.
    fn tree_page(start: usize, kind: u8, last: Option<u32>, cells: &[Vec<u8>]) -> [u8; SIZE] {
        let mut page = [0; SIZE];
        page[start] = kind;
        page[start + 4] = u8::try_from(cells.len()).unwrap();
        let mut pointer = start + 8;
        if let Some(last) = last {
            page[pointer..pointer + 4].copy_from_slice(&last.to_be_bytes());
            pointer += 4;
        }
        let mut end = SIZE;
        for cell in cells {
            let at = end - cell.len();
            page[at..end].copy_from_slice(cell);
            page[pointer..pointer + 2].copy_from_slice(&u16::try_from(at).unwrap().to_be_bytes());
            (pointer, end) = (pointer + 2, at);
        }
        page
    }

    fn leaf(cells: &[Vec<u8>]) -> [u8; SIZE] {
        tree_page(0, LEAF, None, cells)
    }

    fn interior(children: &[u32]) -> [u8; SIZE] {
        let (last, others) = children.split_last().unwrap();
        let cells: Vec<_> = others
            .iter()
            .map(|c| [&c.to_be_bytes()[..], &[1]].concat())
            .collect();
        tree_page(0, INTERIOR, Some(*last), &cells)
    }

    /// A file whose table of packages starts at page 2, which is the first of `pages`.
    fn file(pages: &[[u8; SIZE]]) -> Vec<u8> {
        let tables = [
            ("table", "Other", 9),
            ("index", "Packages", 8),
            ("table", "Packages", 2),
        ];
        let cells = tables.map(|(kind, name, root)| {
            let columns = [
                (13 + 2 * kind.len(), kind.as_bytes()),
                (13 + 2 * name.len(), name.as_bytes()),
                (13, b""),
                (1, &[root]),
                (0, b""),
            ];
            cell(&record(&columns))
        });
        let mut first = tree_page(100, LEAF, None, &cells);
        first[..16].copy_from_slice(MAGIC);
        first[16] = 2; // pages of 512 bytes
        first[59] = 1; // texts in UTF-8
        [&[first], pages].concat().concat()
    }

    fn read_with(file: &[u8], log: Option<&[u8]>) -> Result<Vec<Vec<u8>>, Malformed> {
        let mut found = Vec::new();
        headers(file, log, &mut |header| {
            found.push(header.to_vec());
            Ok(())
        })?;
        Ok(found)
    }

    fn read(file: &[u8]) -> Result<Vec<Vec<u8>>, Malformed> {
        read_with(file, None)
    }

    fn words(file: &[u8]) -> String {
        read(file).unwrap_err().0
    }

    #[test]
    fn rows_come_in_the_order_of_the_tree() {
        let page = |header: &[u8]| leaf(&[cell(&package(header))]);
        let two = leaf(&[cell(&package(b"two")), cell(&package(b"three"))]);
        let file = file(&[
            interior(&[4, 3]),
            page(b"four"),
            interior(&[6, 5]),
            two,
            page(b"one"),
        ]);
        let found = read(&file).unwrap();
        assert_eq!(found, [&b"one"[..], b"two", b"three", b"four"]);
        assert_eq!(read(&super::tests::file(&[leaf(&[])])), Ok(Vec::new()));
    }

    /// A leaf with a row of which `local` bytes stand in it and the rest on the pages from 3 on.
    fn spilled(record: &[u8], local: usize) -> Vec<[u8; SIZE]> {
        let (first, rest) = record.split_at(local);
        let start = [&to_varint(record.len())[..], &[1], first, &[0, 0, 0, 3]].concat();
        let mut pages = vec![leaf(&[start])];
        let parts: Vec<_> = rest.chunks(SIZE - 4).collect();
        for (index, part) in parts.iter().enumerate() {
            let mut page = [0; SIZE];
            if index + 1 < parts.len() {
                page[3] = u8::try_from(index + 4).unwrap();
            }
            page[4..4 + part.len()].copy_from_slice(part);
            pages.push(page);
        }
        pages
    }

    /// A header so long that its row takes `length` bytes.
    fn header_for(length: usize) -> Vec<u8> {
        let header: Vec<u8> = (0..=255).cycle().take(length - 4).collect();
        assert_eq!(package(&header).len(), length);
        header
    }

    #[test]
    fn long_rows_go_on_in_overflow_pages() {
        // The lengths and what of them stays in a leaf of 512 bytes, by the rule of the format.
        for (length, local) in [(478, 39), (539, 39), (985, 477), (986, 39), (2000, 476)] {
            let header = header_for(length);
            let file = file(&spilled(&package(&header), local));
            assert_eq!(read(&file), Ok(vec![header]), "{length}");
        }
        let header = header_for(477);
        let file = file(&[leaf(&[cell(&package(&header))])]);
        assert_eq!(read(&file), Ok(vec![header]));
    }

    #[test]
    fn the_log_replaces_pages() {
        let old = leaf(&[cell(&package(b"old"))]);
        let new = leaf(&[cell(&package(b"new"))]);
        let file = file(&[old]);
        let log = wal::tests::log(1, false, &[(2, 3, interior(&[3])), (3, 3, new)]);
        assert_eq!(read_with(&file, Some(&log)), Ok(vec![b"new".to_vec()]));
        assert_eq!(read_with(&file, Some(b"")), Ok(vec![b"old".to_vec()]));
    }

    #[test]
    fn circles_end() {
        assert!(words(&file(&[interior(&[2])])).contains("page 2 is used twice"));
        assert!(words(&file(&[interior(&[3]), interior(&[1])])).contains("page 1 is used twice"));
        let mut pages = spilled(&package(&header_for(2000)), 476);
        pages[2][3] = 3; // the second overflow page leads back to the first
        assert!(words(&file(&pages)).contains("page 3 is used twice"));
    }

    #[test]
    fn pages_outside_the_file_are_malformed() {
        assert!(words(&file(&[])).contains("page 2 is outside the file"));
        for outside in [0, 9, u32::MAX] {
            let file = file(&[interior(&[outside])]);
            assert!(words(&file).contains("outside the file"), "{outside}");
        }
    }

    #[test]
    fn rows_that_lie_are_malformed() {
        let lie = |cell: &[u8]| words(&file(&[leaf(&[cell.to_vec()])]));
        assert!(lie(&[0xff; 18]).contains("larger than the database"));
        assert!(lie(&[0x85, 0, 1, 2]).contains("row is damaged")); // 640 bytes
        assert!(lie(&[2, 1, 2, 0]).contains("row of its packages is damaged"));
        assert!(lie(&[0, 1]).contains("row of its packages is damaged"));

        let mut page = leaf(&[cell(&package(b"one"))]);
        page[3..5].fill(0xff); // 65535 cells
        assert!(read(&file(&[page])).is_err());
        page[0] = 2; // the page of an index
        assert!(words(&file(&[page])).contains("page 2 is damaged"));
    }

    #[test]
    fn cells_that_share_bytes_end_at_the_size_of_the_file() {
        let mut page = leaf(&[cell(&package(&[0; 200]))]);
        let pointer = [page[8], page[9]];
        page[4] = 100;
        for at in (8..208).step_by(2) {
            page[at..at + 2].copy_from_slice(&pointer);
        }
        assert!(words(&file(&[page])).contains("larger than the database"));
    }

    #[test]
    fn noise_is_malformed() {
        let whole = file(&[leaf(&[])]);
        for (at, byte, expected) in [
            (16, 3, "start of the file"),
            (20, 33, "start of the file"),
            (59, 2, "not in UTF-8"),
            (100, 0xaa, "page 1 is damaged"),
            (104, 0, "no table of packages"),
        ] {
            let mut file = whole.clone();
            file[at] = byte;
            assert!(words(&file).contains(expected), "{at}");
        }
        assert!(words(MAGIC).contains("start of the file"));
        let noise = [MAGIC, &[0xa5; 5000]].concat();
        assert!(read(&noise).is_err());
    }

    #[test]
    fn numbers_of_variable_length() {
        assert_eq!(varint(&[0x7f, 9]), Some((0x7f, &[9][..])));
        assert_eq!(varint(&[0x81, 0x00]), Some((0x80, &[][..])));
        assert_eq!(varint(&[0xff; 9]), Some((u64::MAX, &[][..])));
        assert_eq!(varint(&[0x80; 8]), None);
    }
}

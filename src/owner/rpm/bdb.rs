//! Reads a Berkeley DB hash, the database of rpm before 4.16: what comes in is `Packages`. What goes
//! out is each package header in it.
//!
//! Page 0 describes the file; every other page starts with 26 bytes that tell its kind. A hash page
//! has an index of 2-byte offsets to items, which lie from the page's end downwards: a key, its value,
//! the next key, and so on. A value that is too large for the page is a reference to a chain of
//! overflow pages. Numbers are in the byte order of the machine that wrote the file.

use std::collections::HashSet;

use super::database::{Allowance, Malformed, Take, array, malformed, place};

const MAGIC: u32 = 0x0006_1561;

const PAGE_HEADER: usize = 26;
const HASH_UNSORTED: u8 = 2;
const OVERFLOW: u8 = 7;
const HASH_META: u8 = 8;
const HASH: u8 = 13;

const INLINE: u8 = 1;
const OFF_PAGE: u8 = 3;

/// The byte order of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        array(bytes, at).map(match self {
            Self::Little => u16::from_le_bytes,
            Self::Big => u16::from_be_bytes,
        })
    }

    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        array(bytes, at).map(match self {
            Self::Little => u32::from_le_bytes,
            Self::Big => u32::from_be_bytes,
        })
    }
}

/// The byte order, if this is a Berkeley DB hash.
pub(super) fn order(database: &[u8]) -> Option<Order> {
    [Order::Little, Order::Big]
        .into_iter()
        .find(|order| order.u32(database, 12) == Some(MAGIC))
}

/// Hands each package header to `take`, in the order of the pages.
///
/// The pages are gone through one by one instead of bucket by bucket: a page that is in no bucket
/// any more has lost its kind, and no chain of buckets can lead in a circle.
pub(super) fn headers(database: &[u8], order: Order, take: &mut Take) -> Result<(), Malformed> {
    let mut pages = Pages::open(database, order)?;
    let last = order.u32(database, 32).map_or(0, place);
    if database.len() / pages.size <= last {
        return Err(malformed("the file is cut off"));
    }
    for page in database.chunks_exact(pages.size).skip(1).take(last) {
        if !matches!(page.get(25), Some(&(HASH | HASH_UNSORTED))) {
            continue;
        }
        let items = Items::of(page, order);
        for at in (0..items.count).step_by(2) {
            let (key, value) = items
                .get(at)
                .zip(items.get(at + 1))
                .ok_or_else(|| malformed("a page of its hash is damaged"))?;
            // Under the key 0 stands the next free package number.
            if key != [INLINE, 0, 0, 0, 0] {
                pages.value(value, take)?;
            }
        }
    }
    Ok(())
}

/// The items of a hash page.
struct Items<'d> {
    page: &'d [u8],
    order: Order,
    count: usize,
}

impl<'d> Items<'d> {
    fn of(page: &'d [u8], order: Order) -> Self {
        let count = order.u16(page, 20).map_or(0, usize::from);
        Self { page, order, count }
    }

    /// An item, its kind the first byte: it ends where the one before it starts.
    fn get(&self, number: usize) -> Option<&'d [u8]> {
        let offset = |number: usize| {
            let offset = self.order.u16(self.page, PAGE_HEADER + 2 * number)?;
            Some(usize::from(offset))
        };
        let end = match number.checked_sub(1) {
            Some(before) if number < self.count => offset(before)?,
            None => self.page.len(),
            Some(_) => return None,
        };
        self.page.get(offset(number)?..end)
    }
}

struct Pages<'d> {
    database: &'d [u8],
    order: Order,
    size: usize,
    /// The overflow pages read so far: each belongs to one value, so that a second visit is a circle
    /// or a value that another one claims too.
    visited: HashSet<u32>,
    allowance: Allowance,
}

impl<'d> Pages<'d> {
    fn open(database: &'d [u8], order: Order) -> Result<Self, Malformed> {
        let cut = || malformed("its first page is cut off");
        let version = order.u32(database, 16).ok_or_else(cut)?;
        let size = order.u32(database, 20).map(place).ok_or_else(cut)?;
        let encrypted = *database.get(24).ok_or_else(cut)?;
        let kind = *database.get(25).ok_or_else(cut)?;
        let checksummed = *database.get(26).ok_or_else(cut)? & 1;
        if kind != HASH_META || !size.is_power_of_two() || !(512..=65536).contains(&size) {
            return Err(malformed("its first page is damaged"));
        }
        if !(8..=10).contains(&version) {
            return Err(malformed(format!(
                "it has version {version} of the Berkeley DB hash, only 8 to 10 are known"
            )));
        }
        if encrypted != 0 || checksummed != 0 {
            return Err(malformed(
                "it is encrypted or has checksums, which rpm never sets",
            ));
        }
        Ok(Self {
            database,
            order,
            size,
            visited: HashSet::new(),
            allowance: Allowance(database.len()),
        })
    }

    /// Hands on the value that an item is or refers to.
    fn value(&mut self, item: &[u8], take: &mut Take) -> Result<(), Malformed> {
        match item.split_first() {
            Some((&INLINE, value)) => {
                self.allowance.spend(value.len())?;
                take(value)
            }
            Some((&OFF_PAGE, _)) => {
                let first = self.order.u32(item, 4);
                let length = self.order.u32(item, 8).map(place);
                let (first, length) = first
                    .zip(length)
                    .ok_or_else(|| malformed("a page of its hash is damaged"))?;
                take(&self.chain(first, length)?)
            }
            _ => Err(malformed("its hash holds an item of an unknown kind")),
        }
    }

    /// Collects a value of `length` bytes from the chain of overflow pages that starts at `first`.
    fn chain(&mut self, first: u32, length: usize) -> Result<Vec<u8>, Malformed> {
        self.allowance.spend(length)?;
        let mut value = Vec::with_capacity(length);
        let mut number = first;
        while value.len() < length {
            if !self.visited.insert(number) {
                return Err(malformed(format!("its page {number} is used twice")));
            }
            let (next, part) = self
                .overflow(number)
                .ok_or_else(|| malformed(format!("its page {number} is damaged or cut off")))?;
            value.extend_from_slice(part);
            number = next;
        }
        if value.len() > length {
            return Err(malformed("a package is longer than the hash says"));
        }
        Ok(value)
    }

    /// The number of the next page and the content of an overflow page.
    fn overflow(&self, number: u32) -> Option<(u32, &'d [u8])> {
        let start = place(number).checked_mul(self.size)?;
        let page = self.database.get(start..start.checked_add(self.size)?)?;
        let length = usize::from(self.order.u16(page, 22)?);
        let part = page.get(PAGE_HEADER..PAGE_HEADER + length)?;
        let usable = page.get(25) == Some(&OVERFLOW) && !part.is_empty();
        usable.then_some((self.order.u32(page, 16)?, part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: usize = 512;

    /// A file in the making, in either byte order.
    struct Made(Order, Vec<u8>);

    impl Made {
        /// The first page, and `pages` more that are free.
        fn new(order: Order, pages: usize) -> Self {
            let mut made = Self(order, vec![0; SIZE * (pages + 1)]);
            made.number(12, MAGIC).number(16, 9).number(20, 512);
            made.number(32, u32::try_from(pages).unwrap());
            made.1[25] = HASH_META;
            made
        }

        fn number(&mut self, at: usize, number: u32) -> &mut Self {
            let bytes = match self.0 {
                Order::Little => number.to_le_bytes(),
                Order::Big => number.to_be_bytes(),
            };
            self.1[at..at + 4].copy_from_slice(&bytes);
            self
        }

        fn half(&mut self, at: usize, number: usize) -> &mut Self {
            let number = u16::try_from(number).unwrap();
            let bytes = match self.0 {
                Order::Little => number.to_le_bytes(),
                Order::Big => number.to_be_bytes(),
            };
            self.1[at..at + 2].copy_from_slice(&bytes);
            self
        }

        fn hash_page(&mut self, page: usize, kind: u8, items: &[&[u8]]) -> &mut Self {
            let start = page * SIZE;
            self.1[start + 25] = kind;
            self.half(start + 20, items.len());
            let mut end = SIZE;
            for (index, item) in items.iter().enumerate() {
                let at = end - item.len();
                self.1[start + at..start + end].copy_from_slice(item);
                self.half(start + PAGE_HEADER + 2 * index, at);
                end = at;
            }
            self
        }

        fn overflow(&mut self, page: usize, next: u32, part: &[u8]) -> &mut Self {
            let start = page * SIZE;
            self.1[start + 25] = OVERFLOW;
            self.number(start + 16, next).half(start + 22, part.len());
            self.1[start + PAGE_HEADER..][..part.len()].copy_from_slice(part);
            self
        }

        /// The reference to a chain.
        fn off_page(&self, first: u32, length: u32) -> Vec<u8> {
            let mut item = Self(self.0, vec![0; 12]);
            item.1[0] = OFF_PAGE;
            item.number(4, first).number(8, length);
            item.1
        }

        fn read(&self) -> Result<Vec<Vec<u8>>, Malformed> {
            let mut found = Vec::new();
            headers(&self.1, self.0, &mut |header| {
                found.push(header.to_vec());
                Ok(())
            })?;
            Ok(found)
        }
    }

    /// Key 0, a value in the page, and a value on the pages 2 and 4; page 3 is free.
    fn whole(order: Order) -> Made {
        let mut made = Made::new(order, 4);
        let far = made.off_page(2, 500);
        made.hash_page(
            1,
            HASH,
            &[
                b"\x01\0\0\0\0",
                b"\x01next",
                b"\x01\x01\0\0\0",
                b"\x01near",
                b"\x01\x02\0\0\0",
                &far,
            ],
        );
        made.overflow(2, 4, &[b'f'; 486])
            .overflow(4, 0, &[b'g'; 14]);
        made
    }

    #[test]
    fn both_byte_orders_are_read() {
        for order in [Order::Little, Order::Big] {
            let made = whole(order);
            assert_eq!(super::order(&made.1), Some(order));
            let far = [vec![b'f'; 486], vec![b'g'; 14]].concat();
            assert_eq!(made.read(), Ok(vec![b"near".to_vec(), far]));
        }
        assert_eq!(super::order(&[0; 64]), None);
    }

    #[test]
    fn old_and_empty_hash_pages_are_read() {
        let mut made = Made::new(Order::Little, 3);
        made.hash_page(1, HASH_UNSORTED, &[b"\x01key", b"\x01value"]);
        made.hash_page(2, HASH, &[]);
        assert_eq!(made.read(), Ok(vec![b"value".to_vec()]));
    }

    #[test]
    fn a_circle_of_pages_ends() {
        let mut made = whole(Order::Little);
        made.overflow(4, 2, &[b'g'; 1]);
        assert!(made.read().unwrap_err().0.contains("page 2 is used twice"));
    }

    #[test]
    fn two_values_cannot_share_pages() {
        let mut made = whole(Order::Little);
        let far = made.off_page(4, 14);
        made.hash_page(3, HASH, &[b"\x01key", &far]);
        assert!(made.read().unwrap_err().0.contains("page 4 is used twice"));
    }

    #[test]
    fn chains_that_lie_are_malformed() {
        for (first, length, words) in [
            (2, u32::MAX, "larger than the database"),
            (2, 501, "page 0 is damaged"),
            (2, 499, "longer than the hash says"),
            (3, 500, "page 3 is damaged"),
            (9, 500, "page 9 is damaged or cut off"),
            (u32::MAX, 500, "is damaged or cut off"),
        ] {
            let mut made = whole(Order::Big);
            let far = made.off_page(first, length);
            made.hash_page(1, HASH, &[b"\x01key", &far]);
            let error = made.read().unwrap_err().0;
            assert!(error.contains(words), "{error}");
        }
        let mut made = whole(Order::Little);
        made.half(2 * SIZE + 22, 487); // one byte more than fits behind the header
        assert!(made.read().is_err());
        made.half(2 * SIZE + 22, 0); // no progress
        assert!(made.read().is_err());
    }

    #[test]
    fn pages_that_lie_are_malformed() {
        for (at, number) in [(20, 1), (20, 65535), (26, 513), (28, 0), (30, 512)] {
            let mut made = whole(Order::Little);
            made.half(SIZE + at, number);
            assert!(made.read().is_err(), "{at} {number}");
        }
        let mut made = Made::new(Order::Little, 1);
        made.hash_page(1, HASH, &[b"\x01key", b"\x02duplicates"]);
        assert!(made.read().unwrap_err().0.contains("unknown kind"));
        made.hash_page(1, HASH, &[b"\x01key", b"\x03short"]);
        assert!(made.read().is_err());
        made.hash_page(1, HASH, &[b"\x01key", b""]);
        assert!(made.read().is_err());
    }

    #[test]
    fn foreign_files_are_refused() {
        let change = |at: usize, byte: u8| {
            let mut made = whole(Order::Little);
            made.1[at] = byte;
            made.read().unwrap_err().0
        };
        assert!(change(16, 7).contains("version 7"));
        assert!(change(25, 9).contains("first page is damaged"));
        assert!(change(20, 1).contains("first page is damaged"));
        assert!(change(24, 1).contains("encrypted"));
        assert!(change(26, 1).contains("checksums"));
        let whole = whole(Order::Little).1;
        for length in [20, 100, whole.len() - 1] {
            let cut = Made(Order::Little, whole[..length].to_vec());
            assert!(cut.read().unwrap_err().0.contains("cut off"), "{length}");
        }
    }
}

//! Maps of sparse files: which regions of the content have data.

use super::header;
use super::pax::decimal;

/// More regions than any real file has; a lying map costs memory (CVE-2025-58183).
const MOST_REGIONS: usize = 100_000;

/// A map in the making.
#[derive(Debug, Default)]
pub(super) struct Map {
    regions: Vec<(u64, u64)>,
}

impl Map {
    /// Reads a table of the old GNU form; returns whether another block follows.
    pub(super) fn table(&mut self, table: &[u8], entries: usize) -> Result<bool, &'static str> {
        for entry in table.chunks_exact(24).take(entries) {
            // A table may stop before it is full.
            if entry[0] == 0 {
                break;
            }
            let offset = header::unsigned(&entry[..12]).ok_or("an offset is no number")?;
            let length = header::unsigned(&entry[12..]).ok_or("a length is no number")?;
            self.push(offset, length)?;
        }
        Ok(table.get(entries * 24).is_some_and(|&more| more != 0))
    }

    /// Offsets and lengths in turn, in decimal.
    pub(super) fn from_records(records: &[Vec<u8>]) -> Result<Map, &'static str> {
        let mut map = Map::default();
        for pair in records.chunks_exact(2) {
            let [offset, length] = [&pair[0], &pair[1]].map(|text| decimal(text));
            map.push(
                offset.ok_or("an offset is no number")?,
                length.ok_or("a length is no number")?,
            )?;
        }
        Ok(map)
    }

    fn push(&mut self, offset: u64, length: u64) -> Result<(), &'static str> {
        if self.regions.len() == MOST_REGIONS {
            return Err("it has over 100,000 regions");
        }
        self.regions.push((offset, length));
        Ok(())
    }

    /// The regions, once they are known to be in order, inside the file, and in
    /// sum no more than what is stored.
    pub(super) fn finish(self, stored: u64, size: u64) -> Result<Vec<(u64, u64)>, &'static str> {
        let mut end = 0_u64;
        let mut sum = 0_u64;
        for &(offset, length) in &self.regions {
            if offset < end {
                return Err("its regions overlap");
            }
            end = offset.checked_add(length).ok_or("a region ends nowhere")?;
            sum = sum.saturating_add(length);
        }
        if end > size {
            return Err("a region ends behind the file");
        }
        if sum > stored {
            return Err("it has more data than is stored");
        }
        Ok(self.regions)
    }
}

/// Reads the map of the 1.0 form: decimal lines in front of the body, a count
/// first, in blocks of 512 bytes.
#[derive(Debug, Default)]
pub(super) struct Reader {
    line: Vec<u8>,
    count: Option<u64>,
    numbers: Vec<u64>,
}

impl Reader {
    pub(super) fn is_complete(&self) -> bool {
        self.count
            .is_some_and(|count| self.numbers.len() as u64 == 2 * count)
    }

    pub(super) fn take(&mut self, block: &[u8]) -> Result<(), &'static str> {
        for &byte in block {
            if self.is_complete() {
                break;
            }
            if byte != b'\n' {
                self.line.push(byte);
                if self.line.len() > 20 {
                    return Err("a number is too long");
                }
                continue;
            }
            let number = decimal(&self.line).ok_or("a line of it is no number")?;
            self.line.clear();
            match self.count {
                None if number > MOST_REGIONS as u64 => return Err("it has over 100,000 regions"),
                None => self.count = Some(number),
                Some(_) => self.numbers.push(number),
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Map, &'static str> {
        let mut map = Map::default();
        for pair in self.numbers.chunks_exact(2) {
            map.push(pair[0], pair[1])?;
        }
        Ok(map)
    }
}

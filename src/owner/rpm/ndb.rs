//! Reads rpm's own database format: what comes in is `Packages.db`. What goes out is each package
//! header in it.
//!
//! All numbers are little-endian. The first pages of 4096 bytes hold 16-byte slots: two slots' worth
//! of file header (`RpmP`, version, generation, number of slot pages, next package number), then one
//! slot for each package (`Slot`, package number, first block, number of blocks). A block is 16 bytes.
//! A package is a head (`BlbS`, package number, generation, length), its header, zeros up to the
//! block's end, and a tail of 12 bytes (checksum, length, `BlbE`).
//! The checksum is left alone, as rpm itself leaves it when it reads a package.

use super::database::{Allowance, Malformed, Take, le_u32, malformed, place};

/// The first bytes of the file.
pub(super) const MAGIC: &[u8] = b"RpmP";

const PAGE: usize = 4096;
const SLOT: usize = 16;
const BLOCK: usize = 16;
const HEAD: usize = 16;
const TAIL: usize = 12;

/// Hands each package header to `take`, in the order of the slots.
pub(super) fn headers(database: &[u8], take: &mut Take) -> Result<(), Malformed> {
    let cut = || malformed("its list of packages is cut off");
    let version = le_u32(database, 4).ok_or_else(cut)?;
    if version != 0 {
        return Err(malformed(format!(
            "it has version {version} of the ndb format, only 0 is known"
        )));
    }
    let pages = place(le_u32(database, 12).ok_or_else(cut)?);
    let slots = pages
        .checked_mul(PAGE)
        .and_then(|length| database.get(2 * SLOT..length))
        .ok_or_else(cut)?;
    let mut allowance = Allowance(database.len());
    for slot in slots.chunks_exact(SLOT) {
        if !slot.starts_with(b"Slot") {
            return Err(malformed("its list of packages is damaged"));
        }
        let field = |at| le_u32(slot, at).unwrap_or(0);
        let number = field(4);
        if number == 0 {
            continue; // a free slot
        }
        let header = header_of(database, number, place(field(8)), place(field(12)))
            .ok_or_else(|| malformed(format!("package number {number} is damaged or cut off")))?;
        allowance.spend(header.len())?;
        take(header)?;
    }
    Ok(())
}

/// The header of the package that stands in `count` blocks from block `first` on; nothing if the
/// blocks do not hold this package.
fn header_of(database: &[u8], number: u32, first: usize, count: usize) -> Option<&[u8]> {
    let start = first.checked_mul(BLOCK)?;
    let end = start.checked_add(count.checked_mul(BLOCK)?)?;
    let blob = database.get(start..end)?;
    let tail = blob.get(blob.len().checked_sub(TAIL)?..)?;
    let length = le_u32(blob, 12)?;
    let whole = blob.starts_with(b"BlbS")
        && le_u32(blob, 4)? == number
        && le_u32(tail, 4)? == length
        && tail.ends_with(b"BlbE");
    let header = blob.get(HEAD..HEAD.checked_add(place(length))?)?;
    (whole && HEAD + header.len() + TAIL <= blob.len()).then_some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
    }

    const SLOT_MAGIC: u32 = u32::from_le_bytes(*b"Slot");
    const HEAD_MAGIC: u32 = u32::from_le_bytes(*b"BlbS");
    const TAIL_MAGIC: u32 = u32::from_le_bytes(*b"BlbE");

    /// Two packages with a free slot between them; a header of 20 bytes fills 3 blocks, one of 4 fills
    /// 2, whose first is block 256.
    fn two() -> Vec<u8> {
        let mut file = words(&[u32::from_le_bytes(*b"RpmP"), 0, 9, 1, 4, 0, 0, 0]);
        for (number, first, count) in [(1, 256, 3), (0, 0, 0), (3, 259, 2)] {
            file.extend(words(&[SLOT_MAGIC, number, first, count]));
        }
        while file.len() < PAGE {
            file.extend(words(&[SLOT_MAGIC, 0, 0, 0]));
        }
        for (number, header) in [(1, &[b'a'; 20][..]), (3, &[b'b'; 4])] {
            let length = u32::try_from(header.len()).unwrap();
            file.extend(words(&[HEAD_MAGIC, number, 9, length]));
            file.extend(header);
            file.resize((file.len() + TAIL).next_multiple_of(BLOCK) - TAIL, 0);
            file.extend(words(&[0, length, TAIL_MAGIC]));
        }
        file
    }

    /// The file with one number changed.
    fn with(at: usize, number: u32) -> Vec<u8> {
        let mut file = two();
        file[at..at + 4].copy_from_slice(&number.to_le_bytes());
        file
    }

    fn read(file: &[u8]) -> Result<Vec<Vec<u8>>, Malformed> {
        let mut found = Vec::new();
        headers(file, &mut |header| {
            found.push(header.to_vec());
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn packages_are_read_in_the_order_of_the_slots() {
        assert_eq!(read(&two()), Ok(vec![vec![b'a'; 20], vec![b'b'; 4]]));
    }

    #[test]
    fn a_package_outside_the_file_is_malformed() {
        let slot = 2 * SLOT;
        for (at, number) in [(slot + 8, 1 << 20), (slot + 12, u32::MAX), (slot + 8, 258)] {
            let Malformed(words) = read(&with(at, number)).unwrap_err();
            assert!(words.contains("number 1 is damaged or cut off"), "{words}");
        }
        let file = two();
        assert!(read(&file[..file.len() - 1]).is_err());
    }

    #[test]
    fn a_package_with_a_damaged_frame_is_malformed() {
        let end = PAGE + 3 * BLOCK;
        // Head: magic, number, length. Tail: length, magic.
        for at in [PAGE, PAGE + 4, PAGE + 12, end - 8, end - 4] {
            assert!(read(&with(at, 40)).is_err(), "{at}");
        }
    }

    #[test]
    fn a_lying_list_is_malformed() {
        assert!(read(&with(4, 1)).unwrap_err().0.contains("version 1"));
        assert!(read(&with(12, u32::MAX)).unwrap_err().0.contains("cut off"));
        assert!(read(&with(12, 0)).unwrap_err().0.contains("cut off"));
        assert!(read(&with(48, 7)).unwrap_err().0.contains("damaged"));
        assert!(read(b"RpmP").is_err());
    }

    #[test]
    fn slots_that_share_a_package_end_at_the_size_of_the_file() {
        let mut file = two();
        let (slots, _) = file.split_at_mut(PAGE);
        for slot in slots.chunks_exact_mut(SLOT).skip(2) {
            slot.copy_from_slice(&words(&[SLOT_MAGIC, 1, 256, 3]));
        }
        let Malformed(words) = read(&file).unwrap_err();
        assert!(words.contains("larger than the database"), "{words}");
    }
}

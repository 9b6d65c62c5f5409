//! Where in a blob its table of contents lies: what the last bytes say, or an
//! annotation of the manifest. Nobody vouches for either; the table's digest does.

use super::Stop;

/// A part of the blob: `start..end`, not empty, inside the blob.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) start: u64,
    pub(super) end: u64,
}

/// A skippable frame of zstd: magic and length (RFC 8878, 3.1.2).
pub(super) const FRAME_HEADER: u64 = 8;
const SKIPPABLE: [u8; 4] = [0x50, 0x2a, 0x4d, 0x18];
/// What the footer of zstd:chunked ends with: as containers/storage writes it, and
/// as stargz-snapshotter and older tools do.
const CHUNKED: [&[u8; 8]; 2] = [b"GNUlInUx", b"GnUlInUx"];
/// The only kind of table that there is (`ManifestTypeCRFS`).
const CRFS: u64 = 1;

/// Reads the footer of an eStargz blob of `size` bytes: an empty gzip member whose
/// extra field says where the table's member begins (docs/estargz.md, "Footer").
/// The place goes to the end of the blob: the footer is a part of the stream.
pub(super) fn stargz(tail: &[u8], size: u64) -> Result<Place, Stop> {
    let hex = stargz_offset(tail);
    if hex.is_none() && is_elsewhere(tail) {
        // Its table is in another blob of another image: nothing to look for here.
        return Err(Stop::Whole);
    }
    let start = hex
        .and_then(|hex| std::str::from_utf8(hex).ok())
        .filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .and_then(|hex| u64::from_str_radix(hex, 16).ok())
        .ok_or_else(|| Stop::damaged("the blob has no footer that leads to it"))?;
    match start < size {
        true => Ok(Place { start, end: size }),
        false => Err(Stop::damaged("the footer leads out of the blob")),
    }
}

/// The sixteen digits of the offset, in the form of today or the one before it.
fn stargz_offset(tail: &[u8]) -> Option<&[u8]> {
    // gzip, deflate, with an extra field (RFC 1952, 2.3).
    const GZIP: [u8; 4] = [0x1f, 0x8b, 8, 4];
    if let Some(footer) = tail.last_chunk::<51>()
        && footer.starts_with(&GZIP)
        && footer[10..16] == [26, 0, b'S', b'G', 22, 0]
        && &footer[32..38] == b"STARGZ"
    {
        return Some(&tail[tail.len() - 51 + 16..][..16]);
    }
    if let Some(footer) = tail.last_chunk::<47>()
        && footer.starts_with(&GZIP)
        && footer[10..12] == [22, 0]
        && &footer[28..34] == b"STARGZ"
    {
        return Some(&tail[tail.len() - 47 + 12..][..16]);
    }
    None
}

/// Is there the mark of a table in another blob (estargz/externaltoc)?
fn is_elsewhere(tail: &[u8]) -> bool {
    let end = &tail[tail.len().saturating_sub(64)..];
    end.windows(17).any(|mark| mark == b"STARGZEXTERNALTOC")
}

/// Reads the footer of a zstd:chunked blob: a skippable frame of 64 bytes, or of 40
/// as it was until 2024.
pub(super) fn chunked(tail: &[u8], size: u64) -> Result<Place, Stop> {
    let numbers = [64, 40].into_iter().find_map(|length| {
        let start = tail.len().checked_sub(length + FRAME_HEADER as usize)?;
        let (header, footer) = tail[start..].split_at(FRAME_HEADER as usize);
        let length = (length as u32).to_le_bytes();
        let is_footer = header == [SKIPPABLE, length].concat()
            && CHUNKED.iter().any(|magic| footer.ends_with(*magic));
        let number = |at: usize| {
            let bytes = footer[8 * at..].first_chunk().copied();
            bytes.map(u64::from_le_bytes).unwrap_or_default()
        };
        is_footer.then(|| [number(0), number(1), number(3)])
    });
    let [start, length, kind] =
        numbers.ok_or_else(|| Stop::damaged("the blob has no footer that leads to it"))?;
    chunked_place(start, length, kind, size)
}

/// Reads the annotation that says the same: `offset:length:plain length:type`.
pub(super) fn position(text: &str, size: u64) -> Result<Place, Stop> {
    let numbers: Result<Vec<u64>, _> = text.split(':').map(str::parse).collect();
    match numbers.as_deref() {
        Ok(&[start, length, _, kind]) => chunked_place(start, length, kind, size),
        _ => Err(Stop::damaged("the annotation of its place cannot be read")),
    }
}

fn chunked_place(start: u64, length: u64, kind: u64, size: u64) -> Result<Place, Stop> {
    if kind != CRFS {
        return Err(Stop::Whole);
    }
    let end = start.checked_add(length).filter(|&end| end <= size);
    match end.filter(|_| length > 0 && start >= FRAME_HEADER) {
        Some(end) => Ok(Place { start, end }),
        None => Err(Stop::damaged("it would lie out of the blob")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    fn stargz_footer(start: u64, legacy: bool) -> Vec<u8> {
        let mut footer = vec![0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff];
        match legacy {
            false => footer.extend([26, 0, b'S', b'G', 22, 0]),
            true => footer.extend([22, 0]),
        }
        footer.extend(format!("{start:016x}STARGZ").into_bytes());
        footer.extend([1, 0, 0, 0xff, 0xff]);
        footer.extend([0; 8]);
        footer
    }

    fn chunked_footer(numbers: &[u64], magic: &[u8; 8]) -> Vec<u8> {
        let mut footer = SKIPPABLE.to_vec();
        footer.extend((numbers.len() as u32 * 8 + 8).to_le_bytes());
        for number in numbers {
            footer.extend(number.to_le_bytes());
        }
        footer.extend(magic);
        footer
    }

    #[test]
    fn both_footers_of_stargz_lead_to_the_table() {
        for legacy in [false, true] {
            let mut tail = vec![7; 100];
            tail.extend(stargz_footer(0xbb931, legacy));
            let place = stargz(&tail, 772_359).unwrap();
            assert_eq!((place.start, place.end), (0xbb931, 772_359));
            for size in [0xbb931, 0] {
                assert!(matches!(stargz(&tail, size), Err(Stop::Damaged(_))));
            }
            for cut in 0..tail.len() {
                assert!(stargz(&tail[..cut], 772_359).is_err());
            }
        }
    }

    #[test]
    fn a_table_in_another_blob_is_not_looked_for() {
        let footer = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x15\0SG\x11\0STARGZEXTERNALTOC\x01\0\0\xff\xff\0\0\0\0\0\0\0\0";
        assert!(matches!(stargz(footer, 9999), Err(Stop::Whole)));
    }

    #[test]
    fn every_footer_of_zstd_chunked_leads_to_the_table() {
        for magic in CHUNKED {
            for numbers in [
                &[758_007, 4419, 79_151, 1][..],
                &[758_007, 4419, 79_151, 1, 5, 6, 7],
            ] {
                let mut tail = vec![7; 100];
                tail.extend(chunked_footer(numbers, magic));
                let place = chunked(&tail, 762_474).unwrap();
                assert_eq!((place.start, place.end), (758_007, 762_426));
                assert!(chunked(&tail, 762_425).is_err());
                for cut in 0..tail.len() {
                    assert!(chunked(&tail[..cut], 762_474).is_err());
                }
            }
        }
    }

    #[test]
    fn positions_that_lead_nowhere_are_refused() {
        assert!(position("758007:4419:79151:1", 762_474).is_ok());
        assert!(matches!(
            position("758007:4419:79151:2", 762_474),
            Err(Stop::Whole)
        ));
        for bad in [
            "",
            "1",
            "1:2:3",
            "1:2:3:1:5",
            "-9:20:3:1",
            "9:0:3:1",
            "7:20:3:1",
            "758007:4468:79151:1",
            "18446744073709551615:2:3:1",
        ] {
            assert!(
                matches!(position(bad, 762_474), Err(Stop::Damaged(_))),
                "{bad}"
            );
        }
    }
}

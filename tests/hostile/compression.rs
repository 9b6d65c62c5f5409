//! Compressed streams that are cut, wrong, misnamed or bombs (cases 23 to 32).

use std::io::Write as _;

use imgsize::digest::Digest;
use imgsize::testkit::{gzip, zstd};
use serde_json::json;

use crate::kit::{Layout, Tar, blob, header, packed};
use crate::run::{all, fine, refused, warned};

fn small() -> Vec<u8> {
    Tar::new().file("a", "abc").file("b", noise(3000)).end()
}

fn noise(count: u32) -> Vec<u8> {
    (0..count)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect()
}

/// One layer, whose digest is right and whose diff ID is that of `small`.
fn stored(bytes: Vec<u8>) -> Layout {
    blob(bytes, &small())
}

fn cut(bytes: &[u8]) -> Layout {
    stored(bytes[..bytes.len() - 20].to_vec())
}

/// A zstd frame of blocks: of bytes as they are, and of one byte so many times.
struct Frame(Vec<u8>);

impl Frame {
    /// With a window of 128 KiB.
    fn new() -> Frame {
        Frame(vec![0x28, 0xb5, 0x2f, 0xfd, 0, 7 << 3])
    }

    fn block(mut self, kind: u32, size: usize, stored: &[u8]) -> Frame {
        let header = (size as u32) << 3 | kind << 1;
        self.0.extend(&header.to_le_bytes()[..3]);
        self.0.extend(stored);
        self
    }

    fn raw(self, bytes: &[u8]) -> Frame {
        self.block(0, bytes.len(), bytes)
    }

    fn zeros(self, count: u64) -> Frame {
        const MOST: u64 = 128 * 1024;
        let frame = (0..count / MOST).fold(self, |frame, _| frame.block(1, MOST as usize, b"\0"));
        frame.block(1, (count % MOST) as usize, b"\0")
    }

    fn end(self) -> Vec<u8> {
        // An empty last block.
        let mut frame = self;
        frame.0.extend([1, 0, 0]);
        frame.0
    }
}

#[test]
fn streams_are_read_to_the_letter() {
    let tar = small();
    let (first, second) = tar.split_at(700);
    let flipped = |mut bytes: Vec<u8>, from_end: usize| {
        let at = bytes.len() - from_end;
        bytes[at] ^= 1;
        stored(bytes)
    };
    let skippable = |length: u8, there: usize| {
        let mut frame = vec![0x5a, 0x2a, 0x4d, 0x18, length, 0, 0, 0];
        frame.resize(8 + there, 7);
        frame
    };
    let behind = |mut bytes: Vec<u8>, tail: &[u8]| {
        bytes.extend(tail);
        stored(bytes)
    };
    let mut named = gzip(&tar);
    named[3] = 8 | 16 | 4 | 2;
    let extra = [&[3, 0][..], b"xyz", b"name\0", b"comment\0", b"hc"].concat();
    named.splice(10..10, extra);
    // A frame header that names dictionary 7.
    let dictionary = vec![0x28, 0xb5, 0x2f, 0xfd, 0x01, 7 << 3, 7, 1, 0, 0];
    let reserved = Frame::new().block(3, 9, b"xxxxxxxxx").end();
    let checked = {
        let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
        encoder.include_checksum(true).unwrap();
        encoder.write_all(&tar).unwrap();
        encoder.finish().unwrap()
    };
    let live: &[(&str, u64)] = &[("live", 3003)];
    all(vec![
        refused("gzip-cut", cut(&gzip(&tar)), "gzip stream ends too early"),
        refused(
            "gzip-bad-crc",
            flipped(gzip(&tar), 7),
            "its CRC does not match",
        ),
        refused(
            "gzip-bad-size",
            flipped(gzip(&tar), 1),
            "its size does not match",
        ),
        refused(
            "gzip-other-method",
            stored([&[0x1f, 0x8b, 7, 0][..], &[0; 20]].concat()),
            "not deflate",
        ),
        refused(
            "gzip-noise",
            stored([&[0x1f, 0x8b, 8, 0][..], &noise(900)].concat()),
            "deflate data is not valid",
        ),
        refused(
            "gzip-endless-name",
            stored([&[0x1f, 0x8b, 8, 8][..], &[b'x'; 90_000]].concat()),
            "ends too early",
        ),
        refused("zstd-cut", cut(&zstd(&tar)), "zstd stream ends too early"),
        refused(
            "zstd-bad-checksum",
            flipped(checked.clone(), 1),
            "checksum does not match",
        ),
        refused("zstd-reserved-block", stored(reserved), "reserved type"),
        refused(
            "zstd-noise",
            stored([&[0x28, 0xb5, 0x2f, 0xfd][..], &noise(900)].concat()),
            "zstd",
        ),
        refused(
            "zstd-skippable-cut",
            stored(skippable(200, 9)),
            "zstd stream ends too early",
        ),
        fine("zstd-checksum", stored(checked)).totals(live),
        fine(
            "gzip-members",
            stored([gzip(first), gzip(b""), gzip(second)].concat()),
        )
        .totals(live),
        fine("gzip-all-header-fields", stored(named)).totals(live),
        fine("zstd-frames", stored([zstd(first), zstd(second)].concat())).totals(live),
        fine(
            "zstd-skippable-first",
            stored([skippable(9, 9), zstd(&tar)].concat()),
        )
        .totals(live),
        warned(
            "gzip-garbage-behind",
            behind(gzip(&tar), b"garbage"),
            "trailing-bytes",
        )
        .totals(live),
        warned(
            "gzip-zeros-behind",
            behind(gzip(&tar), &[0; 512]),
            "trailing-bytes",
        )
        .totals(live),
        warned(
            "zstd-garbage-behind",
            behind(zstd(&tar), b"garbage"),
            "trailing-bytes",
        )
        .totals(live),
        refused(
            "gzip-cut-member-behind",
            behind(gzip(&tar), &[0x1f, 0x8b, 8]),
            "ends too early",
        ),
        refused("gzip-in-gzip", stored(gzip(&gzip(&tar))), "it is no tar"),
        refused("brotli-called-gzip", stored(noise(3000)), "it is no tar"),
        refused(
            "xz-layer",
            stored(b"\xfd7zXZ\0\0\x04".to_vec()),
            "xz stream cannot be read",
        ),
        refused(
            "bzip2-layer",
            stored(b"BZh91AY&SY".to_vec()),
            "bzip2 stream cannot be read",
        ),
        refused(
            "zstd-dictionary",
            stored(dictionary),
            "it needs a dictionary",
        ),
        fine("zero-byte-tar", blob(gzip(b""), b"")).totals(&[("entries", 0)]),
        refused("zero-byte-blob", blob(vec![], b""), "the blob is empty"),
        refused("one-byte-blob", blob(vec![7], &[7]), "it is no tar"),
    ]);
}

#[test]
fn first_bytes_decide_and_not_media_types() {
    let called = |bytes: Vec<u8>, name: &'static str| {
        stored(bytes).layer(move |layer| {
            layer["mediaType"] = json!(format!("application/vnd.oci.image.layer.v1.tar{name}"));
        })
    };
    let tar = small();
    // A table of contents that names a file which is not there, as eStargz has it.
    let toc = json!({"version": 1, "entries": [{"name": "ghost", "type": "reg", "size": 999}]});
    let stargz = Tar::new()
        .file("a", "abc")
        .file("stargz.index.json", toc.to_string())
        .end();
    let sniffed =
        |name, bytes, called_as| fine(name, called(bytes, called_as)).totals(&[("live", 3003)]);
    all(vec![
        sniffed("media-type-says-gzip", tar.clone(), "+gzip"),
        sniffed("gzip-called-zstd", gzip(&tar), "+zstd"),
        sniffed("zstd-called-tar", zstd(&tar), ""),
        fine("estargz-lying-toc", blob(gzip(&stargz), &stargz))
            .totals(&[("entries", 2), ("files", 2)])
            .check(|report, _| assert!(!report.to_string().contains("ghost"))),
    ]);
}

/// Gzip members of 16 MiB of zeros each.
fn gzip_zeros(members: usize) -> Vec<u8> {
    gzip(&vec![0; 16 << 20]).repeat(members)
}

/// The header of a file of zeros.
fn zeros(size: u64) -> Vec<u8> {
    header(b"zeros", b'0', size).as_bytes().to_vec()
}

/// What is too large to be held has no right diff ID here; the warning says that
/// all of it was hashed.
fn bomb(stored: Vec<u8>) -> Layout {
    packed(vec![(stored, Digest::sha256(b""))])
}

#[test]
fn bombs_are_defused_in_little_memory() {
    // Frame header: no single segment, window descriptor of 2 GiB.
    let wide = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00];
    let gzip_file = [gzip(&zeros(1 << 30)), gzip_zeros(64)].concat();
    let gzip_tail = [gzip(&Tar::new().file("a", "abc").end()), gzip_zeros(64)].concat();
    let zstd_file = Frame::new().raw(&zeros(64 << 30)).zeros(64 << 30).end();
    assert!(zstd_file.len() < 3 << 20);
    all(vec![
        refused("zstd-window-2-gib", stored(wide), "a window over 128 MiB").memory(256),
        warned("gzip-1-gib-of-zeros", bomb(gzip_file), "diff-id-mismatch")
            .totals(&[("live", 1 << 30)])
            .memory(256)
            .once(),
        warned(
            "gzip-bomb-behind-the-end",
            bomb(gzip_tail),
            "diff-id-mismatch",
        )
        .totals(&[("live", 3)])
        .memory(256)
        .once(),
        refused("zstd-bomb-64-gib", bomb(zstd_file), "times its size")
            .memory(256)
            .once(),
    ]);
}

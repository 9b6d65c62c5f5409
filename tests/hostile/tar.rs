//! Tars that two readers read differently, or none (cases 33 to 43).

use imgsize::digest::Digest;
use imgsize::testkit::zstd;

use crate::kit::{Tar, blob, header, one, packed, record};
use crate::run::{Case, all, fine, refused};

/// A file that must not be seen, as the body of another.
fn smuggled() -> Vec<u8> {
    Tar::new().file("smuggled", "").open()
}

/// A file with these PAX records.
pub(crate) fn with_pax(records: &[u8], flag: u8, size: u64, body: &[u8]) -> Tar {
    Tar::new()
        .extension(b'x', records)
        .raw(&header(b"carrier", flag, size), body)
}

#[test]
fn the_pax_size_decides() {
    let hidden = smuggled();
    let under = record("size", "512");
    let mut long = Tar::new().extension(b'x', &record("size", "1024"));
    long = long.extension(b'L', b"name\0");
    let long = long.raw(
        &header(b"short", b'0', 0),
        &[b"x".repeat(512), hidden.clone()].concat(),
    );
    let seen: fn(&serde_json::Value, &str) = |report, table| {
        assert!(!report.to_string().contains("smuggled") && !table.contains("smuggled"));
    };
    all(vec![
        fine(
            "pax-size-ustar-zero",
            one(with_pax(&under, b'0', 0, &hidden).end()),
        )
        .totals(&[("live", 512), ("entries", 1)])
        .check(seen),
        // By the ustar size the second header would be passed over.
        fine(
            "pax-size-under-ustar",
            one(with_pax(&under, b'0', 1024, &[0; 512])
                .file("seen", "abc")
                .end()),
        )
        .totals(&[("live", 515), ("entries", 2)]),
        fine("pax-size-on-extension", one(long.end()))
            .totals(&[("live", 1024), ("entries", 1)])
            .check(seen),
        refused(
            "pax-size-largest",
            one(with_pax(&record("size", i64::MAX.to_string()), b'0', 0, b"").end()),
            "in the entry at byte 0",
        ),
        refused(
            "pax-size-over",
            one(with_pax(&record("size", "9223372036854775808"), b'0', 0, b"").end()),
            "no valid one",
        ),
    ]);
}

/// A header of an extension that is longer than what follows it.
fn declared(flag: u8, size: u64) -> Vec<u8> {
    Tar::new()
        .raw(&header(b"extension", flag, size), &[b'1'; 100_000])
        .end()
}

#[test]
fn extensions_are_short_and_whole() {
    let dangling = Tar::new()
        .file("a", "abc")
        .extension(b'x', &record("path", "b"));
    let pax = |records: &[u8]| one(with_pax(records, b'0', 0, b"").end());
    let case: fn(Case) -> Case = |case| case.memory(256);
    all(vec![
        case(refused(
            "pax-declares-2-gib",
            one(declared(b'x', 2 << 30)),
            "over 1 MiB",
        )),
        case(refused(
            "global-declares-2-gib",
            one(declared(b'g', 2 << 30)),
            "over 1 MiB",
        )),
        // The bodies are scaled down: nothing reads them.
        case(refused(
            "pax-of-64-mib",
            one(declared(b'x', 64 << 20)),
            "over 1 MiB",
        )),
        case(refused(
            "long-name-of-32-mib",
            one(declared(b'L', 32 << 20)),
            "over 1 MiB",
        )),
        case(refused(
            "long-link-of-32-mib",
            one(declared(b'K', 32 << 20)),
            "over 1 MiB",
        )),
        refused(
            "pax-bad-length",
            pax(b"99 path=x\n"),
            "the extension header at byte 0",
        ),
        refused(
            "pax-length-zero",
            pax(b"0 path=x\n"),
            "the extension header at byte 0",
        ),
        refused(
            "pax-length-2-64",
            pax(b"18446744073709551616 path=x\n"),
            "the extension header at byte 0",
        ),
        refused(
            "pax-length-overflows",
            pax(b"9223372036854775807 path=x\n"),
            "the extension header at byte 0",
        ),
        refused(
            "pax-no-newline",
            pax(b"8 path=xx"),
            "the extension header at byte 0",
        ),
        refused(
            "pax-no-equals",
            pax(b"6 abc\n"),
            "the extension header at byte 0",
        ),
        refused(
            "pax-nul-in-path",
            pax(&record("path", "a\0b")),
            "holds a NUL",
        ),
        refused(
            "pax-time-no-number",
            pax(&record("mtime", "1.x")),
            "its time",
        ),
        refused(
            "pax-noise",
            pax(&[0xff; 700]),
            "the extension header at byte 0",
        ),
        refused("pax-at-the-end", one(dangling.end()), "no entry follows it"),
        refused(
            "pax-cut",
            one(Tar::new().extension(b'x', &[b'1'; 4000]).open()[..900].to_vec()),
            "ends too early",
        ),
        fine(
            "pax-empty-values",
            pax(&[record("path", ""), record("size", ""), record("mtime", "")].concat()),
        )
        .totals(&[("files", 1)]),
        fine(
            "pax-twice",
            one(Tar::new()
                .extension(b'x', &record("path", "no"))
                .extension(b'x', &record("path", "yes"))
                .file("a", "abc")
                .end()),
        )
        .totals(&[("files", 1)]),
        fine(
            "pax-unknown-keys",
            pax(&record("SCHILY.xattr.user.x", [0, 255, b'\n'])),
        )
        .totals(&[("files", 1)]),
        fine(
            "pax-many-records",
            pax(&record("comment", "x").repeat(60_000)),
        )
        .totals(&[("files", 1)]),
        fine(
            "pax-time-far",
            pax(&record("mtime", "-9223372036854775807.9")),
        )
        .totals(&[("files", 1)]),
        fine(
            "long-name-empty",
            one(Tar::new()
                .extension(b'L', b"")
                .extension(b'L', b"\0")
                .file("a", "abc")
                .file("b", "")
                .end()),
        ),
    ]);
}

#[test]
fn headers_say_where_they_are_wrong() {
    let first = || Tar::new().file("a", "abc");
    let broken = |spoil: fn(&mut tar::Header)| {
        let mut bad = header(b"b", b'0', 0);
        spoil(&mut bad);
        first().raw(&bad, b"").end()
    };
    let sized = |field: [u8; 12]| {
        let mut bad = header(b"b", b'0', 0);
        bad.as_old_mut().size = field;
        bad.set_cksum();
        one(first().raw(&bad, b"").end())
    };
    let mut odd = header(b"old", b'0', 0);
    odd.as_old_mut().mtime = [0xff; 12];
    odd.as_old_mut().uid = [0x80, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff];
    odd.as_old_mut().gid = [0xff; 8];
    odd.as_old_mut().mode = *b"7777777\0";
    odd.set_cksum();
    let types = |types: &[u8]| {
        let add = |tar: Tar, &flag: &u8| tar.raw(&header(&[b'n', flag], flag, 3), b"abc");
        types.iter().fold(Tar::new(), add).file("last", "x").end()
    };
    let without_body = |types: &[u8]| {
        let add = |tar: Tar, &flag: &u8| tar.raw(&header(&[b'n', flag], flag, 3), b"");
        types.iter().fold(Tar::new(), add).file("last", "x").end()
    };
    let global = Tar::new()
        .extension(b'g', &record("path", "everything"))
        .file("a", "abc")
        .file("b", "d");
    let mut half_end = first().bytes(&[0; 512]).file("b", "x");
    half_end = half_end.bytes(&[0; 512]);
    all(vec![
        refused(
            "bad-checksum",
            one(broken(|header| header.as_mut_bytes()[0] ^= 1)),
            "at byte 1024 has no valid checksum",
        ),
        refused(
            "checksum-no-number",
            one(broken(|header| header.as_old_mut().cksum = *b"abcdefgh")),
            "at byte 1024 has no valid checksum",
        ),
        refused(
            "header-of-noise",
            one(first().bytes(&[7; 512]).end()),
            "at byte 1024 has no valid checksum",
        ),
        refused(
            "body-cut",
            one(first().raw(&header(b"b", b'0', 9000), b"").open()),
            "in the entry at byte 1024",
        ),
        refused(
            "header-cut",
            one(first().bytes(b"half a header").open()),
            "ends too early",
        ),
        refused(
            "half-an-end",
            one(half_end.end()),
            "no second empty one follows",
        ),
        refused(
            "size-negative",
            sized([0xff; 12]),
            "the size in the tar header at byte 1024",
        ),
        refused(
            "size-8-eib",
            sized([0x80, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]),
            "the size in the tar header at byte 1024",
        ),
        refused(
            "size-under-8-eib",
            sized([0x80, 0, 0, 0, 0x7f, 255, 255, 255, 255, 255, 255, 255]),
            "in the entry at byte 1024",
        ),
        refused(
            "size-no-number",
            sized(*b"twelve bytes"),
            "the size in the tar header at byte 1024",
        ),
        fine("no-end-blocks", one(first().open())).totals(&[("live", 3)]),
        fine("one-end-block", one(first().bytes(&[0; 512]).open())).totals(&[("live", 3)]),
        fine("no-last-padding", one(first().open()[..515].to_vec())).totals(&[("live", 3)]),
        fine("global-header", one(global.end())).totals(&[("live", 4), ("paths", 2)]),
        fine("unknown-types", one(types(b"7AIMVZ\xff"))).totals(&[("live", 22), ("files", 8)]),
        fine("devices-and-fifo", one(without_body(b"346"))).totals(&[("live", 1), ("paths", 4)]),
        fine("folder-with-size", one(without_body(b"5"))).totals(&[("live", 1), ("paths", 2)]),
        fine("odd-times-and-owners", one(Tar::new().raw(&odd, b"").end())).totals(&[("files", 1)]),
        fine(
            "garbage-behind-end",
            one(first().bytes(&[0; 1024]).bytes(&[7; 700]).open()),
        )
        .totals(&[("live", 3)]),
        fine(
            "second-tar-behind-end",
            one(first().bytes(&[0; 1024]).file("smuggled", "x").end()),
        )
        .totals(&[("live", 3), ("entries", 1)]),
    ]);
}

#[test]
fn many_entries_are_no_matter() {
    let folders = (0..300_000).fold(Tar::new(), |tar, n| {
        tar.file(format!("d{}/{n}", n % 600), "")
    });
    let tar = folders.end();
    let packed = packed(vec![(zstd(&tar), Digest::sha256(&tar))]);
    all(vec![
        fine("many-entries", packed)
            .totals(&[("files", 300_000), ("paths", 300_600)])
            .memory(512)
            .within(30)
            .once(),
        fine("no-entries-but-an-end", blob(vec![0; 1024], &[0; 1024])).totals(&[("entries", 0)]),
    ]);
}

//! Sparse files, whose size is only said (cases 40 and 41).

use crate::kit::{Layout, Tar, header, layers, one, record};
use crate::run::{Case, all, fine, refused, warned};
use crate::tar::with_pax;

/// An old GNU sparse file: its real size, and regions of (offset, length).
fn old_sparse(real: u64, regions: &[(u64, u64)], more: bool) -> tar::Header {
    let stored = regions.iter().map(|region| region.1).sum();
    let mut header = header(b"sparse", b'S', stored);
    let gnu = header.as_gnu_mut().unwrap();
    for (field, region) in gnu.sparse.iter_mut().zip(regions) {
        field.set_offset(region.0);
        field.set_length(region.1);
    }
    gnu.set_real_size(real);
    gnu.isextended = [u8::from(more)];
    header.set_cksum();
    header
}

/// A PAX sparse file of version 1.0, whose map stands before its body.
fn sparse_1_0(real: u64, map: &str, body: &[u8]) -> Layout {
    let records = [
        record("GNU.sparse.major", "1"),
        record("GNU.sparse.minor", "0"),
        record("GNU.sparse.name", "sparse"),
        record("GNU.sparse.realsize", real.to_string()),
    ];
    let mut whole = map.as_bytes().to_vec();
    whole.resize(whole.len().next_multiple_of(512), 0);
    whole.extend(body);
    one(with_pax(&records.concat(), b'0', whole.len() as u64, &whole).end())
}

/// Sparse files of 8 EiB each, in a layer each, and one over the last.
fn overflowing(count: usize) -> Layout {
    let tar = |name: String| {
        let mut header = old_sparse(i64::MAX as u64, &[], false);
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        Tar::new().raw(&header, b"").end()
    };
    layers(
        (0..count)
            .map(|n| tar(format!("sparse{}", n / 2)))
            .collect(),
    )
}

#[test]
fn sparse_files_lie_in_bounds() {
    const TIB: u64 = 1 << 40;
    let eight = old_sparse(8 * TIB, &[(0, 3), (8 * TIB - 3, 3)], false);
    let chain = {
        let tar = Tar::new().raw(&old_sparse(8, &[], true), b"");
        let mut block = [0; 512];
        // 21 regions of nothing in each block, and another block behind it.
        block[..21 * 24].copy_from_slice(&b"00000000000\x0000000000000\0".repeat(21));
        block[504] = 1;
        tar.bytes(&block.repeat(6000)).end()
    };
    let records = |map: &str| {
        let records = [
            record("GNU.sparse.map", map),
            record("GNU.sparse.size", "900"),
        ];
        one(with_pax(&records.concat(), b'0', 3, b"abc").end())
    };
    let wide = "0,".repeat(400_000) + "0,0";
    let sparse: fn(Case) -> Case = |case| case.memory(256);
    all(vec![
        sparse(warned(
            "sparse-8-tib",
            one(Tar::new().raw(&eight, b"abcdef").end()),
            "sparse-file",
        ))
        .totals(&[("live", 8 * TIB), ("overhead", 2042)]),
        sparse(warned("sparse-8-eib-twice", overflowing(2), "sparse-file"))
            .totals(&[("live", i64::MAX as u64), ("lost", i64::MAX as u64)]),
        sparse(refused("sparse-sum-overflows", overflowing(3), "16 EiB")),
        sparse(refused(
            "sparse-map-of-8-million",
            sparse_1_0(9, "8000000\n0\n0\n", b""),
            "over 100,000 regions",
        )),
        sparse(refused(
            "sparse-map-count-2-64",
            sparse_1_0(9, "18446744073709551616\n", b""),
            "the sparse map",
        )),
        sparse(refused(
            "sparse-map-cut",
            sparse_1_0(9, "3\n0\n", b""),
            "the sparse map",
        )),
        sparse(refused(
            "sparse-old-chain",
            one(chain),
            "over 100,000 regions",
        )),
        sparse(refused(
            "sparse-old-chain-cut",
            one(Tar::new().raw(&old_sparse(8, &[], true), b"").open()),
            "in the entry at byte 0",
        )),
        sparse(refused(
            "sparse-regions-overlap",
            records("0,2,1,1"),
            "its regions overlap",
        )),
        sparse(refused(
            "sparse-region-behind",
            records("899,2"),
            "ends behind the file",
        )),
        sparse(refused(
            "sparse-region-overflows",
            records("9223372036854775807,9223372036854775807"),
            "the sparse map",
        )),
        sparse(refused(
            "sparse-more-than-stored",
            records("0,900"),
            "more data than is stored",
        )),
        sparse(refused("sparse-map-no-number", records("0,x"), "no number")),
        sparse(refused(
            "sparse-map-of-many",
            records(&wide),
            "over 100,000 regions",
        )),
        sparse(refused("sparse-map-odd", records("0,1,2"), "no length")),
        warned("sparse-map-in-records", records("0,3"), "sparse-file").totals(&[("live", 900)]),
        warned(
            "sparse-map-in-body",
            sparse_1_0(90, "1\n0\n3\n", b"abc"),
            "sparse-file",
        )
        .totals(&[("live", 90)]),
        fine("sparse-without-holes", sparse_1_0(3, "1\n0\n3\n", b"abc")).totals(&[("live", 3)]),
    ]);
}

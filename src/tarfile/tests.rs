use std::io::Read as _;

use proptest::prelude::*;

use super::walk::*;
use super::*;
use crate::codec::Stream;

fn walk(tar: &[u8]) -> Result<Vec<(Member, Vec<u8>)>, TarError> {
    let mut walk = Walk::new(Stream::open(tar, None, None)?);
    let mut members = Vec::new();
    while let Some(member) = walk.next()? {
        let mut body = vec![0; walk.body_left() as usize];
        walk.read_body(&mut body)?;
        members.push((member, body));
    }
    Ok(members)
}

/// A header with a right checksum.
fn header(name: &str, flag: u8, size: u64) -> tar::Header {
    let mut header = tar::Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(tar::EntryType::new(flag));
    header.set_size(size);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_cksum();
    header
}

fn put(tar: &mut Vec<u8>, header: &tar::Header, body: &[u8]) {
    tar.extend(header.as_bytes());
    tar.extend(body);
    tar.resize(tar.len().next_multiple_of(512), 0);
}

fn end(mut tar: Vec<u8>) -> Vec<u8> {
    tar.extend([0; 1024]);
    tar
}

#[test]
fn a_directory_or_hard_link_with_a_size_hides_nothing() {
    for flag in *b"12345" {
        let mut tar = Vec::new();
        tar.extend(header("odd", flag, 600).as_bytes());
        put(&mut tar, &header("seen", b'0', 3), b"abc");
        let members = walk(&end(tar)).unwrap();
        assert_eq!(members.len(), 2, "{}", flag as char);
        assert_eq!(members[0].0.size, 0);
        assert_eq!(members[1].0.path, b"seen");
    }
}

#[test]
fn the_pax_size_decides_where_the_next_header_is() {
    let hidden = {
        let mut inner = Vec::new();
        put(&mut inner, &header("smuggled", b'0', 0), b"");
        inner
    };
    let mut tar = Vec::new();
    put(&mut tar, &header("pax", b'x', 12), b"12 size=512\n");
    put(&mut tar, &header("carrier", b'0', 0), &hidden);
    let members = walk(&end(tar)).unwrap();
    assert_eq!(members.len(), 1);
    assert_eq!(
        (members[0].0.path.as_slice(), members[0].0.size),
        (&b"carrier"[..], 512)
    );
}

#[test]
fn a_damaged_tar_is_an_error_that_names_the_place() {
    let mut good = Vec::new();
    put(&mut good, &header("a", b'0', 3), b"abc");
    let mut bad = header("b", b'0', 0);
    bad.as_mut_bytes()[0] ^= 1;
    let mut tar = good.clone();
    put(&mut tar, &bad, b"");
    assert!(matches!(walk(&end(tar)), Err(TarError::Checksum(1024))));

    let whole = end(good);
    assert!(matches!(walk(&whole[..514]), Err(TarError::Cut(0))));
    assert!(matches!(walk(&[7; 2048]), Err(TarError::NoTar)));
    // The engines read a tar without its end marker, or with half of it.
    for cut in [1024, 1536, 2048] {
        assert_eq!(walk(&whole[..cut]).unwrap().len(), 1, "{cut}");
    }
}

#[test]
fn extension_headers_have_limits() {
    for flag in *b"xgLK" {
        let tar = header("long", flag, (1 << 20) + 1).as_bytes().to_vec();
        assert!(matches!(walk(&tar), Err(TarError::TooLong(0))));
    }
}

#[test]
fn broken_pax_records_are_refused_not_skipped() {
    for record in [
        &b"99 path=x\n"[..],
        b"9 path=xx",
        b"5 =x\n",
        b"x path=a\n",
        b"11 path=a\0\n\n",
        b"11 size=-5\n",
        b"3 a",
    ] {
        let mut tar = Vec::new();
        put(&mut tar, &header("pax", b'x', record.len() as u64), record);
        put(&mut tar, &header("a", b'0', 0), b"");
        assert!(
            matches!(walk(&end(tar)), Err(TarError::Extension(..))),
            "{record:?}"
        );
    }
    let mut dangling = Vec::new();
    put(&mut dangling, &header("pax", b'x', 10), b"10 path=b\n");
    assert!(matches!(walk(&end(dangling)), Err(TarError::Extension(..))));
}

/// What the `tar` crate's reader, an oracle on honest archives, sees.
fn oracle(tar: &[u8]) -> Vec<(Vec<u8>, u64, Vec<u8>)> {
    let mut archive = tar::Archive::new(tar);
    archive
        .entries()
        .unwrap()
        .map(|entry| {
            let mut entry = entry.unwrap();
            let mut body = Vec::new();
            entry.read_to_end(&mut body).unwrap();
            (entry.path_bytes().into_owned(), entry.size(), body)
        })
        .collect()
}

proptest! {
    #[test]
    fn honest_archives_read_as_the_tar_crate_reads_them(
        files in proptest::collection::vec(("[a-z]{1,8}(/[a-z]{1,90}){0,3}", 0_usize..2000), 0..8)
    ) {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, size) in &files {
            let mut header = tar::Header::new_gnu();
            header.set_size(*size as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, name, &vec![b'x'; *size][..]).unwrap();
        }
        let tar = builder.into_inner().unwrap();
        let ours: Vec<_> = walk(&tar).unwrap().into_iter().map(|(m, body)| (m.path, m.size, body)).collect();
        prop_assert_eq!(ours, oracle(&tar));
    }

    #[test]
    fn no_bytes_make_it_panic(mut noise in proptest::collection::vec(any::<u8>(), 0..2000), flag in any::<u8>()) {
        let _ = walk(&noise);
        let mut tar = header("x", flag, noise.len() as u64).as_bytes().to_vec();
        tar.append(&mut noise);
        let _ = walk(&tar);
    }
}

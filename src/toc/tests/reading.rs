//! A table tells what its tar tells, and little is fetched for that.

use super::*;

#[test]
fn a_table_tells_what_the_tar_tells() {
    for make in MAKERS {
        let image = remote(&tar(RICH), make);
        let (listed, read) = (by_table(&image), whole(&image));
        law(&listed);
        assert_eq!(facts(&listed), facts(&read));
        assert_eq!(listed.oddities, read.oddities);
        assert_eq!(
            listed.kept.len(),
            if read.entries.len() > 14 { 3 } else { 2 }
        );
        assert_eq!(listed.compression, read.compression);
        assert_eq!(listed.blob, read.blob);
        // No extension headers here; a zstd:chunked table tells of no end marker.
        let end = if listed.compression == Compression::Gzip {
            0
        } else {
            1024
        };
        assert_eq!(listed.overhead + Bytes(end), read.overhead);
        // What was fetched has the hash that reading gives.
        for (listed, read) in listed.entries.iter().zip(&read.entries) {
            assert!(listed.hash.is_none() || listed.hash == read.hash);
        }
    }
}

#[test]
fn a_zstd_chunked_table_may_be_vouched_for_as_stargz_snapshotter_does() {
    // By the digest of the plain table, whichever footer leads to it.
    for make in [zstd_chunked, old_zstd_chunked] {
        let plain = std::cell::RefCell::new(Vec::new());
        let right = remote(&tar(RICH), make);
        zstd_chunked_of(&tar(RICH), |table| {
            plain.replace(table.clone());
            table
        });
        let digest = Digest::sha256(&plain.borrow());
        let mut image = remote(&tar(RICH), make);
        image.info.layers[0].toc = Some(TocPromise::Stargz { digest });
        let listed = by_table(&image);
        law(&listed);
        assert_eq!(facts(&listed), facts(&by_table(&right)));
        assert!(listed.toc().unwrap().exact);
        image.info.layers[0].toc = Some(TocPromise::Stargz {
            digest: Digest::sha256(b"another"),
        });
        assert!(matches!(taken(&image), Ok(Taken::Whole(Some(_)))));
    }
}

#[test]
fn a_zstd_chunked_table_without_ends_is_read_like_one_of_estargz() {
    // As stargz-snapshotter writes it.
    let image = remote(&tar(RICH), |tar| {
        zstd_chunked_of(tar, |table| {
            let mut table: Value = serde_json::from_slice(&table).unwrap();
            for row in table["entries"].as_array_mut().unwrap() {
                row.as_object_mut().unwrap().remove("endOffset");
            }
            table.to_string().into_bytes()
        })
    });
    let listed = by_table(&image);
    law(&listed);
    assert_eq!(facts(&listed), facts(&whole(&image)));
    assert!(!listed.toc().unwrap().exact);
}

#[test]
fn shares_of_zstd_chunked_are_exact_and_those_of_estargz_take_in_headers() {
    let exact = by_table(&remote(&tar(RICH), zstd_chunked));
    let near = remote(&tar(RICH), estargz);
    let (near, read) = (by_table(&near), whole(&near));
    assert!(exact.toc().unwrap().exact && !near.toc().unwrap().exact);
    for (listed, read) in near.entries.iter().zip(&read.entries) {
        let (listed, read) = (listed.transfer.0, read.transfer.0);
        // Noise costs what it weighs; a header between files takes some 150 bytes.
        assert!(
            listed + 30 >= read && listed <= read + 2000,
            "{listed} {read}"
        );
    }
}

#[test]
fn only_the_table_and_what_is_wanted_is_fetched() {
    for make in MAKERS {
        let text = format!("{RICH}f 8000000 payload\nf 100 wanted/behind\n");
        let image = remote(&tar(&text), make);
        let listed = by_table(&image);
        let (parts, wholes, bytes) = image.asked();
        assert_eq!(Some(bytes), listed.fetched());
        assert_eq!(wholes, 0);
        assert!(parts <= 4, "{parts}");
        assert!(
            bytes.0 * 100 < listed.blob.0 * 4,
            "{bytes} of {}",
            listed.blob
        );
    }
}

#[test]
fn a_small_blob_is_read_whole_and_so_is_one_on_a_server_without_parts() {
    for make in MAKERS {
        let small = remote(&tar("f 5 a\n"), make);
        assert!(matches!(taken(&small), Ok(Taken::Whole(None))));
        assert_eq!(small.asked(), (0, 0, Bytes::ZERO));
        let mut image = remote(&tar(RICH), make);
        for parts in 0..3 {
            image.parts = parts;
            match taken(&image) {
                Ok(Taken::Whole(None)) => {}
                Ok(Taken::Layer(layer)) => assert_eq!(layer.kept.len(), whole(&image).kept.len()),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn contents_are_hashed_by_parts_as_reading_would() {
    for make in MAKERS {
        let mut image = remote(&tar(RICH), make);
        let (mut listed, read) = (by_table(&image), whole(&image));
        let contents = listed.toc().unwrap().contents.iter();
        let is_file = |&no: &EntryNo| listed.entries[no as usize].kind == EntryKind::File;
        let files: Vec<EntryNo> = contents.map(|c| c.entry).filter(is_file).collect();
        assert!(files.len() > 5);
        // With parts, and from a server that gives no more of them.
        for parts in [usize::MAX, 0] {
            image.parts = parts;
            image.asked();
            let learned = hash(&*server(&image), &listed, &files).unwrap();
            assert!(learned.fetched <= listed.blob);
            assert_eq!(learned.hashes.len(), files.len());
            for &(entry, hash) in &learned.hashes {
                assert_eq!(Some(hash), read.entries[entry as usize].hash);
            }
            let before = listed.fetched().unwrap();
            listed.learn(&learned);
            assert_eq!(listed.fetched(), Some(before + learned.fetched));
        }
    }
}

#[test]
fn every_table_is_found_at_any_place_and_with_any_length() {
    // Tables from a few hundred bytes to more than the first request takes.
    for files in [1, 300, 20_000] {
        let mut text = "f 70000 payload\n".to_owned();
        for no in 0..files {
            text.push_str(&format!("f 0 folder/of/many/files/with/long/names/{no}\n"));
        }
        for make in MAKERS {
            let image = remote(&tar(&text), make);
            let listed = by_table(&image);
            law(&listed);
            assert_eq!(facts(&listed), facts(&whole(&image)));
        }
    }
}

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::layer::{Candidate, Entry, Want};
use crate::source::{Blob, Image};
use crate::testkit::{
    Case, RemoteImage, estargz, estargz_of, old_zstd_chunked, zstd_chunked, zstd_chunked_of,
};

type Packed = (Vec<u8>, TocPromise);

/// Every maker of blobs with a table.
const MAKERS: [fn(&[u8]) -> Packed; 3] = [estargz, zstd_chunked, old_zstd_chunked];
/// Another table in the place of the right one.
type Edit<'e> = &'e dyn Fn(Vec<u8>) -> Vec<u8>;
/// Those whose table can be another one.
const EDITORS: [fn(&[u8], Edit<'_>) -> Packed; 2] = [
    |tar, edit| estargz_of(tar, edit),
    |tar, edit| zstd_chunked_of(tar, edit),
];

/// One of everything that a tar holds, and more than a first request takes.
const RICH: &str = "
d srv
f 0 srv/empty
f 5 srv/five
f 120000 srv/large
l srv/link ../five
h srv/hard srv/large
w srv/gone
o srv/opaque
f 12 wanted/a
f 7 wanted/.wh.full
f 100000 wanted/b
f 60000 zz/zz/climbs/out
f 0 srv/zz-fifo
f 3 stays.end
";

fn remote(tar: &[u8], make: impl Fn(&[u8]) -> Packed) -> RemoteImage {
    let case = Case {
        layers: vec![tar.to_vec()],
        ..Case::parse("", Path::new(""))
    };
    case.remote(|tar| {
        let (blob, promise) = make(tar);
        (blob, Some(promise))
    })
}

/// The tar of a case, and what the language of cases has no words for: a name that
/// climbs out, a pipe with an owner and a time.
fn tar(text: &str) -> Vec<u8> {
    let mut tar = Case::parse(text, Path::new("")).layers.remove(0);
    for block in tar.as_chunks_mut::<512>().0 {
        if block.starts_with(b"zz/zz/") {
            block[..6].copy_from_slice(b"../../");
        } else if block.starts_with(b"srv/zz-fifo") {
            block[156] = b'6';
            block[108..123].copy_from_slice(b"0001750\x000000144");
        } else {
            continue;
        }
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    }
    tar
}

fn keep(file: &Candidate<'_>) -> Want {
    match file.path {
        path if path.starts_with(b"wanted/") => Want::Head(70_000),
        b"stargz.index.json" => Want::Head(10),
        _ => Want::Nothing,
    }
}

fn server(image: &RemoteImage) -> Arc<dyn Remote> {
    match image.open_layer(0).unwrap() {
        Blob::Remote(remote) => remote,
        _ => unreachable!("it is on a server"),
    }
}

fn taken(image: &RemoteImage) -> Result<Taken, TocError> {
    let info = &image.info.layers[0];
    read(
        &*server(image),
        info.toc.as_ref().unwrap(),
        info.size,
        &keep,
    )
}

fn by_table(image: &RemoteImage) -> Layer {
    match taken(image).unwrap() {
        Taken::Layer(layer) => *layer,
        Taken::Whole(why) => panic!("read whole: {why:?}"),
    }
}

fn whole(image: &RemoteImage) -> Layer {
    let stream = Stream::open(&image.blobs[0][..], None, None).unwrap();
    index_stream(stream, &keep, &|_| {}).unwrap()
}

/// What both ways to read must tell alike.
fn facts(layer: &Layer) -> Vec<impl PartialEq + std::fmt::Debug + use<>> {
    let fact = |(no, entry): (usize, &Entry)| {
        let names = (layer.path(entry).to_vec(), layer.link(entry).to_vec());
        let owner = (entry.mode, entry.uid, entry.gid, entry.mtime);
        let kept = layer.kept.get(&(no as EntryNo)).cloned();
        (names, entry.kind, owner, entry.size, entry.body.1, kept)
    };
    layer.entries.iter().enumerate().map(fact).collect()
}

/// That no byte is in no account, and none in two.
fn law(layer: &Layer) {
    let shares: Bytes = layer.entries.iter().map(|entry| entry.transfer).sum();
    assert!(shares <= layer.blob, "{shares:?} of {:?}", layer.blob);
    assert_eq!(shares + layer.download_overhead(), layer.blob);
    let toc = layer.toc().unwrap();
    let mut end = 0;
    for content in &toc.contents {
        assert!(content.start >= end);
        end = content.start + layer.entries[content.entry as usize].transfer.0;
    }
    assert!(end <= layer.blob.0);
}

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

/// A table whose rows were changed by `edit`, vouched for by the manifest.
fn edited(text: &str, editor: usize, edit: impl Fn(&mut Vec<Value>)) -> Result<Taken, TocError> {
    let image = remote(&tar(text), |tar| {
        EDITORS[editor](tar, &|table| {
            let mut table: Value = serde_json::from_slice(&table).unwrap();
            edit(table["entries"].as_array_mut().unwrap());
            table.to_string().into_bytes()
        })
    });
    taken(&image)
}

fn row<'t>(rows: &'t mut [Value], name: &str) -> &'t mut Value {
    rows.iter_mut().find(|row| row["name"] == name).unwrap()
}

#[test]
fn a_lying_table_is_not_used() {
    let lies: BTreeMap<&str, fn(&mut Vec<Value>)> = BTreeMap::from([
        (
            "out of the blob",
            (|rows| row(rows, "srv/five")["offset"] = json!(u64::MAX)) as fn(&mut Vec<Value>),
        ),
        ("in the table", |rows| {
            row(rows, "stays.end")["offset"] = json!(299_000)
        }),
        ("negative", |rows| {
            row(rows, "srv/five")["offset"] = json!(-5)
        }),
        ("at the beginning", |rows| {
            row(rows, "srv/five")["offset"] = json!(0)
        }),
        ("overlapping", |rows| {
            let other = row(rows, "srv/large")["offset"].clone();
            row(rows, "wanted/a")["offset"] = other;
        }),
        ("ends before it begins", |rows| {
            row(rows, "srv/five")["endOffset"] = json!(1)
        }),
        ("ends out of the blob", |rows| {
            row(rows, "stays.end")["endOffset"] = json!(u64::MAX)
        }),
        ("out of order", |rows| rows.reverse()),
        ("no name", |rows| {
            row(rows, "srv/five")["name"] = Value::Null
        }),
        ("no type", |rows| {
            row(rows, "srv/five")["type"] = Value::Null
        }),
        ("an unknown type", |rows| {
            row(rows, "srv/five")["type"] = json!("door")
        }),
        ("a chunk of nothing", |rows| {
            rows[0]["type"] = json!("chunk")
        }),
        ("a chunk of another", |rows| {
            rows.iter_mut().find(|row| row["type"] == "chunk").unwrap()["name"] = json!("x");
        }),
        ("a whiteout of nothing", |rows| {
            row(rows, "srv/empty")["name"] = json!(".wh.")
        }),
        ("a digest that is none", |rows| {
            row(rows, "srv/five")["digest"] = json!("sha256:5")
        }),
        ("a bomb", |rows| {
            row(rows, "srv/five")["size"] = json!(1_u64 << 60)
        }),
    ]);
    for (what, lie) in lies {
        for editor in 0..EDITORS.len() {
            match edited(RICH, editor, lie) {
                Ok(Taken::Whole(Some(Oddity::Toc(_)))) => {}
                other => panic!("{what} {editor}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_table_that_does_not_tell_enough_is_not_used_and_not_called_damaged() {
    let poor: [fn(&mut Vec<Value>); 4] = [
        |rows| row(rows, "srv/five")["name"] = json!("caf\u{fffd}"),
        |rows| row(rows, "srv/link")["linkName"] = json!("\u{fffd}"),
        |rows| row(rows, "srv/five")["innerOffset"] = json!(512),
        |rows| {
            let row = row(rows, "srv/large");
            row["digest"] = Value::Null;
        },
    ];
    for lack in poor {
        for editor in 0..EDITORS.len() {
            let taken = edited(RICH, editor, lack);
            assert!(matches!(taken, Ok(Taken::Whole(None))), "{taken:?}");
        }
    }
}

#[test]
fn a_content_that_is_not_what_the_table_says_is_an_error() {
    let lies: [fn(&mut Vec<Value>); 4] = [
        |rows| row(rows, "wanted/a")["digest"] = json!(Digest::sha256(b"x").to_string()),
        |rows| row(rows, "wanted/a")["size"] = json!(11),
        |rows| row(rows, "wanted/b")["size"] = json!(2_000_000),
        |rows| {
            let row = row(rows, "wanted/a");
            row["offset"] = json!(row["offset"].as_u64().unwrap() + 1);
        },
    ];
    for (no, lie) in lies.into_iter().enumerate() {
        for editor in 0..EDITORS.len() {
            match edited(RICH, editor, lie) {
                Err(TocError::Layer(error @ LayerError::Content(_))) => {
                    assert!(error.to_string().contains("wanted/"), "{error}");
                }
                other => panic!("{no} {editor}: {other:?}"),
            }
        }
    }
}

#[test]
fn nothing_is_believed_that_nobody_vouches_for() {
    let other = Digest::sha256(b"another table");
    for make in MAKERS {
        let mut image = remote(&tar(RICH), make);
        let promise = image.info.layers[0].toc.as_mut().unwrap();
        let (TocPromise::Stargz { digest } | TocPromise::ZstdChunked { digest, .. }) = promise;
        *digest = other;
        assert!(matches!(
            taken(&image),
            Ok(Taken::Whole(Some(Oddity::Toc(_))))
        ));
    }
    // The promise of one format in a blob of the other, and in one that has no table.
    let promises = MAKERS.map(|make| make(&tar(RICH)).1);
    for blob in [estargz(&tar(RICH)).0, zstd_chunked(&tar(RICH)).0, tar(RICH)] {
        for promise in &promises {
            let image = remote(&tar(RICH), |_| (blob.clone(), promise.clone()));
            let right = matches!(taken(&image), Ok(Taken::Layer(_)));
            let why = match taken(&image) {
                Ok(Taken::Whole(why)) => why.is_some(),
                _ => right,
            };
            assert!(why);
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

#[test]
fn a_blob_that_is_damaged_is_an_error_or_read_whole() {
    for make in MAKERS {
        let mut image = remote(&tar(RICH), make);
        let good = facts(&by_table(&image));
        let blob = image.blobs[0].to_vec();
        let step = blob.len() / 400;
        for at in (0..blob.len())
            .step_by(step)
            .chain(blob.len() - 300..blob.len())
        {
            let mut wrong = blob.clone();
            wrong[at] ^= 1 << (at % 8);
            image.blobs[0] = Arc::new(wrong);
            match taken(&image) {
                Ok(Taken::Layer(layer)) => {
                    law(&layer);
                    assert!(facts(&layer) == good, "a flip at {at} changed the layer");
                }
                Ok(Taken::Whole(_)) | Err(TocError::Layer(_)) => {}
                other => panic!("{at}: {other:?}"),
            }
        }
    }
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<u64>().prop_map(|number| json!(number)),
        (0_u64..300_000).prop_map(|number| json!(number)),
        any::<i64>().prop_map(|number| json!(number)),
        Just(Value::Null),
        Just(json!("reg")),
        Just(json!("chunk")),
        Just(json!("dir")),
        Just(json!({})),
        "[a-z./]{0,12}".prop_map(|text| json!(text)),
    ]
}

/// A change to one field of one row.
fn change() -> impl Strategy<Value = (usize, &'static str, Value)> {
    let fields = [
        "name",
        "type",
        "size",
        "offset",
        "endOffset",
        "chunkSize",
        "digest",
        "chunkDigest",
        "linkName",
        "mode",
        "uid",
        "modtime",
        "innerOffset",
        "chunkOffset",
    ];
    (
        any::<prop::sample::Index>(),
        prop::sample::select(fields.to_vec()),
        value(),
    )
        .prop_map(|(row, field, value)| (row.index(1000), field, value))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_table_with_random_lies_keeps_the_law_or_is_not_used(
        changes in prop::collection::vec(change(), 1..4),
        editor in 0_usize..2,
    ) {
        let taken = edited(RICH, editor, |rows| {
            for (no, field, value) in &changes {
                let no = no % rows.len();
                rows[no][*field] = value.clone();
            }
        });
        if let Ok(Taken::Layer(layer)) = taken {
            law(&layer);
        }
    }

    #[test]
    fn a_table_of_noise_is_not_used(
        at in any::<prop::sample::Index>(),
        noise in prop::collection::vec(any::<u8>(), 1..20),
        editor in 0_usize..2,
    ) {
        let image = remote(&tar(RICH), |tar| {
            EDITORS[editor](tar, &|mut table| {
                let at = at.index(table.len());
                let end = (at + noise.len()).min(table.len());
                table.splice(at..end, noise.iter().copied());
                table
            })
        });
        if let Ok(Taken::Layer(layer)) = taken(&image) {
            law(&layer);
        }
    }
}

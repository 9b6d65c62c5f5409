//! Layers read by their table, from blobs that each maker of tables made.

mod lies;
mod reading;

use std::path::Path;
use std::sync::Arc;

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

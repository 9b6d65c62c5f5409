//! What must hold of any bytes at all. The fuzz targets call these functions, and
//! `tests/fuzz_findings.rs` calls them with what the fuzzer once found.

use std::fs::File;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use imgsize::analysis::{Wishes, analyze, analyze_opened};
use imgsize::codec::{Compression, Stream, Window};
use imgsize::layer::{Layer, index_stream, index_window};
use imgsize::path::{ImagePath, acts_on_a_terminal, json_path, shown};
use imgsize::report::{FORMATS, Report, Sort, Style};
use imgsize::rootfs::{NodeId, Rootfs};
use imgsize::scan::How;
use imgsize::source::{Choice, Format, Net, Origin, Place, TocPromise, open};
use imgsize::testkit::{Case, estargz_of, zstd_chunked_of};
use imgsize::units::{Bytes, Units};

/// A file as a user names it: refused, or a report that keeps the law.
pub fn archive(data: &[u8]) {
    let file = written(data);
    for format in [None, Some(Format::OciArchive)] {
        let origin = Origin {
            format,
            place: Place::Path(file.path().to_owned()),
            tag: None,
        };
        for verify in [false, true] {
            let how = How {
                jobs: NonZeroUsize::MIN,
                verify,
                cache: None,
            };
            let Ok(image) = open(&origin, &Choice::default(), &Net::default()) else {
                continue;
            };
            if let Ok(analysis) = analyze_opened(image, &how, &Wishes::default(), &|_| {}) {
                keeps_the_law(&Report::new(&analysis));
            }
        }
    }
}

fn written(data: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(data).unwrap();
    file
}

fn keeps_the_law(report: &Report) {
    let sum = |bytes: &mut dyn Iterator<Item = Bytes>| bytes.map(|b| u128::from(b.0)).sum::<u128>();
    let totals = &report.totals;
    let is = |bytes: Bytes| u128::from(bytes.0);
    assert_eq!(is(totals.stored), is(totals.live) + is(totals.lost));
    assert_eq!(
        is(totals.live),
        sum(&mut report.categories.iter().map(|row| row.live))
    );
    assert_eq!(
        is(totals.lost),
        sum(&mut report.categories.iter().map(|row| row.lost))
    );
    assert_eq!(
        is(totals.lost),
        sum(&mut report.lost.iter().map(|row| row.bytes))
    );
    assert_eq!(
        is(totals.stored),
        sum(&mut report.layers.iter().map(|row| row.stored))
    );
    assert_eq!(
        is(totals.live),
        sum(&mut report.layers.iter().map(|row| row.live))
    );
    assert_eq!(
        is(totals.download),
        sum(&mut report.layers.iter().map(|row| row.download))
    );
    let shares = report
        .categories
        .iter()
        .flat_map(|row| [row.download, row.download_lost]);
    let shares = sum(&mut shares.chain([totals.download_overhead]));
    assert_eq!(is(totals.download), shares);
    let owned = report.packages.iter().map(|row| row.live);
    let owned = sum(&mut owned.chain(report.places.iter().map(|row| row.live)));
    assert_eq!(is(totals.live), owned);
    let style = Style {
        units: Units::Si,
        width: 80,
        top: None,
        sort: Sort::Size,
    };
    for format in FORMATS {
        let mut out = Vec::new();
        (format.write)(report, &style, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.chars().any(|c| c != '\n' && acts_on_a_terminal(c)));
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::")));
    }
}

/// A recipe for a few layers: stacked, the law holds and the tree agrees.
pub fn layers(data: &[u8]) {
    let mut tars = vec![Vec::new()];
    for step in data.chunks_exact(4).take(400) {
        let &[what, name, target, size] = step else {
            continue;
        };
        let tar = tars.last_mut().unwrap();
        match what % 9 {
            0 => tars.push(Vec::new()),
            1..=3 => entry(tar, b'0', &path(name), b"", usize::from(size % 7)),
            4 => entry(tar, b'5', &path(name), b"", 0),
            5 => entry(tar, b'2', &path(name), &path(target), 0),
            6 => entry(tar, b'1', &path(name), &path(target), 0),
            7 => entry(
                tar,
                b'0',
                &beside(name, b".wh."),
                b"",
                usize::from(size % 2),
            ),
            _ => entry(
                tar,
                b'0',
                &[&path(name)[..], b"/.wh..wh..opq"].concat(),
                b"",
                0,
            ),
        }
    }
    let read = |tar: &Vec<u8>| {
        let stream = Stream::open(&tar[..], None, None).ok()?;
        index_stream(stream, &|_| imgsize::layer::Want::Nothing, &|_| {})
            .ok()
            .map(Arc::new)
    };
    let layers: Vec<Arc<Layer>> = tars.iter().filter_map(read).collect();
    let stored: Bytes = layers.iter().map(|layer| layer.stored()).sum();
    let mut told = 0;
    let Ok(mut fs) = Rootfs::stack(layers, &mut |_, _| told += 1) else {
        return;
    };
    fs.settle();
    let sum = |lost: bool| -> Bytes {
        let bodies = fs.bodies().filter(|(_, body)| body.lost.is_some() == lost);
        bodies.map(|(_, body)| body.size).sum()
    };
    assert_eq!(stored, sum(false) + sum(true));
    // In the tree, a body with many names is there many times.
    let mut seen = std::collections::BTreeSet::new();
    let mut live = Bytes::ZERO;
    let mut links = std::collections::BTreeMap::new();
    for node in fs.subtree(NodeId::ROOT) {
        let Some(id) = fs.body_of(node) else { continue };
        assert!(fs.body(id).lost.is_none(), "a lost body has a name");
        *links.entry(id).or_insert(0) += 1;
        if seen.insert(id) {
            live += fs.body(id).size;
        }
    }
    assert_eq!(live, sum(false));
    assert!(links.iter().all(|(&id, &count)| fs.body(id).links == count));
    assert!(told <= tars.len());
}

/// Few names, so that they meet.
fn path(from: u8) -> Vec<u8> {
    const NAMES: [&str; 16] = [
        "a", "b", "c", "a/a", "a/b", "b/a", "c/c", "a/b/c", "a/a/a", "b/b/b", "../a", "/b", "./c",
        "a/..", "b/../a/c", "",
    ];
    NAMES[usize::from(from % 16)].into()
}

/// A name with something before its last part.
fn beside(from: u8, before: &[u8]) -> Vec<u8> {
    let path = ImagePath::new(path(from));
    let mut parts: Vec<Vec<u8>> = path.parts().map(<[u8]>::to_vec).collect();
    let last = parts.pop().unwrap_or_else(|| b"x".to_vec());
    parts.push([before, &last].concat());
    parts.join(&b'/')
}

fn entry(tar: &mut Vec<u8>, flag: u8, name: &[u8], link: &[u8], size: usize) {
    let mut header = tar::Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.as_old_mut().linkname[..link.len()].copy_from_slice(link);
    header.set_entry_type(tar::EntryType::new(flag));
    header.set_size(size as u64);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_cksum();
    tar.extend(header.as_bytes());
    tar.resize(tar.len() + size.next_multiple_of(512), 0);
}

/// A blob: read as a stream or by seeking, it is the same.
pub fn tar(data: &[u8]) {
    let mut data = data.to_vec();
    // No fuzzer guesses a checksum.
    for block in data.as_chunks_mut::<512>().0 {
        if &block[257..262] == b"ustar" {
            let header = tar::Header::from_byte_slice(block);
            let mut header = header.clone();
            header.set_cksum();
            block.copy_from_slice(header.as_bytes());
        }
    }
    let streamed = Stream::open(&data[..], None, None)
        .map_err(imgsize::layer::LayerError::from)
        .and_then(|stream| index_stream(stream, &|_| imgsize::layer::Want::head(100), &|_| {}));
    if data.is_empty() || Compression::sniff(&data) != Compression::None {
        return;
    }
    let file = written(&data);
    let window = Window::new(
        Arc::new(File::open(file.path()).unwrap()),
        0,
        data.len() as u64,
    );
    let sought = index_window(window, &|_| imgsize::layer::Want::head(100), &|_| {});
    let facts = |layer: &Layer| {
        let entry = |entry: &imgsize::layer::Entry| {
            let names = (layer.path(entry).to_vec(), layer.link(entry).to_vec());
            (names, entry.kind, entry.size, entry.body, entry.transfer)
        };
        let entries: Vec<_> = layer.entries.iter().map(entry).collect();
        (
            entries,
            layer.kept.clone(),
            layer.overhead,
            layer.oddities.clone(),
        )
    };
    match (streamed, sought) {
        (Ok(streamed), Ok(sought)) => assert_eq!(facts(&streamed), facts(&sought)),
        (Err(_), Err(_)) => {}
        (streamed, sought) => panic!("{:?} {:?}", streamed.err(), sought.err()),
    }
}

/// A table of contents that the manifest vouches for: an error, not used, or a
/// report that keeps the law.
pub fn toc(data: &[u8]) {
    const LAYER: &str =
        "f 70000 app/data\nd srv\nl srv/link data\nh srv/hard app/data\nf 9 srv/x\n";
    type Make = fn(&[u8], &[u8]) -> (Vec<u8>, TocPromise);
    let makers: [Make; 2] = [
        |tar, data| estargz_of(tar, |_| data.to_vec()),
        |tar, data| zstd_chunked_of(tar, |_| data.to_vec()),
    ];
    let case = Case::parse(&[LAYER, LAYER].join("---\n"), Path::new(""));
    for make in makers {
        let image = case.remote(|tar| {
            let (blob, promise) = make(tar, data);
            (blob, Some(promise))
        });
        let how = How {
            jobs: NonZeroUsize::MIN,
            verify: false,
            cache: None,
        };
        if let Ok(analysis) = analyze(&image, &how, &Wishes::default(), &|_| {}) {
            keeps_the_law(&Report::new(&analysis));
        }
    }
}

/// A name: shown, it acts on nothing; as JSON, it is still itself.
pub fn shown_text(data: &[u8]) {
    let text = shown(data);
    assert!(!text.chars().any(acts_on_a_terminal));
    assert!(!text.trim_start().starts_with("::"));
    assert!(!text.contains("##[") && !text.contains("##vso["));
    let (first, second) = data.split_at(data.len() / 2);
    let paths = [ImagePath::new(first), ImagePath::new(second)];
    let json = paths.each_ref().map(|path| json_path(path.as_bytes()));
    assert_eq!(paths[0] == paths[1], json[0] == json[1]);
}

//! The same contents again, wherever the image lies and however it is packed.

use std::cell::RefCell;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::layer::{Keep, Want};
use crate::scan::{How, pass, scan};
use crate::source::{Choice, Net, Origin, Place};
use crate::testkit::{Case, FakeImage, estargz, gzip, old_zstd_chunked, plain, zstd, zstd_chunked};

const TEXT: &str = "
d srv
f 90 srv/a
f 100000 srv/big
f 0 srv/empty
h srv/hard srv/a
l srv/link a
f 70000 lost/old
---
f 90 srv/a v2
w lost/old
f 5 z
";

type Pack = fn(&[u8]) -> Vec<u8>;
const PACKS: [Pack; 3] = [plain, gzip, zstd];
const KEEP: &Keep<'static> = &|_| Want::Nothing;

fn case() -> Case {
    Case::parse(TEXT, Path::new(""))
}

fn stacked(opened: Opened) -> Rootfs {
    let how = How::default();
    let layers = match opened {
        Opened::Image(image) => scan(&*image, KEEP, &how, &|_| {}).unwrap(),
        Opened::Passage(passage) => pass(*passage, KEEP, &how, &|_| {}).unwrap().1,
    };
    Rootfs::stack(layers, &mut |_, _| {}).unwrap()
}

fn at(path: &Path) -> Result<Opened, SourceError> {
    let origin = Origin {
        format: None,
        place: Place::Path(path.to_owned()),
        tag: None,
    };
    crate::source::open(&origin, &Choice::default(), &Net::default())
}

/// Every body, asked for backwards and twice.
fn read_all(fs: &Rootfs, open: &mut Open<'_>) -> Result<Vec<(BodyId, Vec<u8>)>, AgainError> {
    let mut ids: Vec<BodyId> = fs.bodies().map(|(id, _)| id).collect();
    ids.reverse();
    ids.extend(ids.clone());
    let mut all = Vec::new();
    let mut take = |id, content: &mut dyn Read| {
        let mut bytes = Vec::new();
        match content.read_to_end(&mut bytes) {
            Ok(_) => all.push((id, bytes)),
            Err(_) => return ControlFlow::Break(()),
        }
        ControlFlow::Continue(())
    };
    read_again(open, fs, &ids, &mut take, &|_| {})?;
    all.sort_unstable();
    Ok(all)
}

/// The content of a path as the layer's tar has it.
fn original(tar: &[u8], path: &[u8]) -> Option<Vec<u8>> {
    let mut archive = tar::Archive::new(tar);
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        if *entry.path_bytes() == *path {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            return Some(bytes);
        }
    }
    None
}

/// Reads everything again; how often the image was opened for it.
fn check(case: &Case, fs: &Rootfs, open: &mut Open<'_>) -> usize {
    let mut times = 0;
    let mut open = || {
        times += 1;
        open()
    };
    let all = read_all(fs, &mut open).unwrap();
    assert_eq!(all.len(), fs.body_count());
    for (id, bytes) in all {
        let body = fs.body(id);
        let no = usize::from(body.layer);
        let path = fs.layers()[no].path(fs.entry(body));
        assert_eq!(Bytes(bytes.len() as u64), body.size);
        // What makers of tables add is in no case.
        if let Some(original) = original(&case.layers[no], path) {
            assert!(bytes == original, "{}", String::from_utf8_lossy(path));
        }
    }
    times
}

fn check_file(case: &Case, path: &Path) -> usize {
    check(case, &stacked(at(path).unwrap()), &mut || at(path))
}

fn written(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// An OCI layout as one tar.
fn oci_archive(case: &Case, pack: Pack) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    case.oci_layout(folder.path(), "case:1", pack);
    let mut tar = tar::Builder::new(Vec::new());
    tar.append_dir_all("", folder.path()).unwrap();
    tar.into_inner().unwrap()
}

#[test]
fn archives_and_layouts_give_live_and_lost_contents_again() {
    let folder = tempfile::tempdir().unwrap();
    for pack in PACKS {
        let archive = written(&folder, "image.tar", &case().docker_archive("a:1", pack));
        assert_eq!(check_file(&case(), &archive), 1);
        let layout = tempfile::tempdir().unwrap();
        case().oci_layout(layout.path(), "a:1", pack);
        assert_eq!(check_file(&case(), layout.path()), 1);
    }
}

#[test]
fn blobs_that_are_streams_give_them_too() {
    let open = || Ok(Opened::Image(Box::new(case().image(gzip))));
    assert_eq!(check(&case(), &stacked(open().unwrap()), &mut { open }), 1);
}

#[test]
fn an_archive_that_passes_by_is_asked_for_once_where_its_paths_tell_digests() {
    let folder = tempfile::tempdir().unwrap();
    for pack in PACKS {
        let archive = written(&folder, "oci.tar.gz", &gzip(&oci_archive(&case(), pack)));
        assert_eq!(check_file(&case(), &archive), 1);
    }
}

#[test]
fn an_archive_that_passes_by_is_asked_for_twice_where_its_paths_tell_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let archive = gzip(&case().docker_archive("a:1", gzip));
    let archive = written(&folder, "docker.tar.gz", &archive);
    assert_eq!(check_file(&case(), &archive), 2);
}

#[test]
fn a_member_that_is_two_layers_passes_by_for_each() {
    let folder = tempfile::tempdir().unwrap();
    let case = Case::parse("f 90000 a\n---\nf 90000 a", Path::new(""));
    let archive = gzip(&oci_archive(&case, plain));
    let archive = written(&folder, "twice.tar.gz", &archive);
    assert_eq!(check_file(&case, &archive), 2);
}

#[test]
fn layers_on_servers_give_contents_by_their_tables_or_whole() {
    for make in [estargz, zstd_chunked, old_zstd_chunked] {
        // All parts, none but those that the table takes, and no table at all.
        for parts in [Some(usize::MAX), Some(1), Some(0), None] {
            let open = || {
                let mut image = case().remote(|tar| {
                    let (blob, promise) = make(tar);
                    (blob, parts.map(|_| promise))
                });
                image.parts = parts.unwrap_or(usize::MAX);
                Ok(Opened::Image(Box::new(image)))
            };
            check(&case(), &stacked(open().unwrap()), &mut { open });
        }
    }
}

#[test]
fn a_content_behind_a_table_is_fetched_alone() {
    let image = || {
        case().remote(|tar| {
            let (blob, promise) = zstd_chunked(tar);
            (blob, Some(promise))
        })
    };
    let fs = stacked(Opened::Image(Box::new(image())));
    let small = fs.body_of(fs.find("srv/hard").unwrap()).unwrap();
    let image = image();
    let counts = Arc::clone(&image.counts);
    let mut image = Some(image);
    let mut open = || Ok(Opened::Image(Box::new(image.take().unwrap())));
    let mut size = 0;
    let mut take = |_, content: &mut dyn Read| {
        size = content.read_to_end(&mut Vec::new()).unwrap();
        ControlFlow::Continue(())
    };
    read_again(&mut open, &fs, &[small], &mut take, &|_| {}).unwrap();
    assert_eq!(size, 90);
    let bytes = counts.bytes.load(std::sync::atomic::Ordering::Relaxed);
    assert!(bytes < 1000, "{bytes}");
}

/// 5000 bytes, of which 700 from the 512th are there.
fn sparse() -> Case {
    let mut header = tar::Header::new_gnu();
    header.set_path("holes").unwrap();
    header.set_size(700);
    header.set_mode(0o644);
    header.set_entry_type(tar::EntryType::GNUSparse);
    let gnu = header.as_gnu_mut().unwrap();
    gnu.realsize = *b"00000011610\0";
    gnu.sparse[0].offset = *b"00000001000\0";
    gnu.sparse[0].numbytes = *b"00000001274\0";
    gnu.sparse[1].offset = *b"00000011610\0";
    gnu.sparse[1].numbytes = *b"00000000000\0";
    header.set_cksum();
    let mut tar = tar::Builder::new(Vec::new());
    tar.append(&header, &[7; 700][..]).unwrap();
    let mut case = Case::parse("", Path::new(""));
    case.layers = vec![tar.into_inner().unwrap()];
    case
}

#[test]
fn holes_of_a_sparse_file_are_zeros() {
    let folder = tempfile::tempdir().unwrap();
    for pack in PACKS {
        let archive = written(&folder, "sparse.tar", &sparse().docker_archive("a:1", pack));
        let fs = stacked(at(&archive).unwrap());
        let all = read_all(&fs, &mut || at(&archive)).unwrap();
        let expected = [&[0; 512][..], &[7; 700], &[0; 5000 - 1212]].concat();
        assert_eq!(all[0].1, expected);
    }
}

#[test]
fn a_folder_of_an_old_archive_does_not_lead_astray() {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, body) in [
        ("a", &b"1"[..]),
        ("d/", &[7; 700]),
        ("e/", &[]),
        ("d/b", b"2"),
    ] {
        let mut header = tar::Header::new_old();
        header.set_path(path).unwrap();
        header.set_size(body.len() as u64);
        header.set_mode(0o644);
        header.as_mut_bytes()[156] = 0;
        header.set_cksum();
        tar.append(&header, body).unwrap();
    }
    let mut case = Case::parse("", Path::new(""));
    case.layers = vec![tar.into_inner().unwrap()];
    let folder = tempfile::tempdir().unwrap();
    for pack in PACKS {
        let archive = written(&folder, "old.tar", &case.docker_archive("a:1", pack));
        assert_eq!(check_file(&case, &archive), 1);
    }
}

#[test]
fn reading_stops_where_nobody_wants_more() {
    let fs = stacked(Opened::Image(Box::new(case().image(gzip))));
    let ids: Vec<BodyId> = fs.bodies().map(|(id, _)| id).collect();
    let mut taken = 0;
    let mut take = |_, content: &mut dyn Read| {
        taken += 1;
        // A beginning is enough.
        content.read_exact(&mut [0; 10]).unwrap();
        match taken {
            2 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    };
    let mut open = || Ok(Opened::Image(Box::new(case().image(gzip))));
    read_again(&mut open, &fs, &ids, &mut take, &|_| {}).unwrap();
    assert_eq!(taken, 2);
}

#[test]
fn progress_is_in_stored_bytes_and_never_more_than_the_blob() {
    let folder = tempfile::tempdir().unwrap();
    for pack in PACKS {
        let archive = written(&folder, "image.tar", &case().docker_archive("a:1", pack));
        let fs = stacked(at(&archive).unwrap());
        let old = fs.bodies().map(|(id, _)| id).nth(3).unwrap();
        let heard = RefCell::new(Vec::new());
        let progress = |bytes| heard.borrow_mut().push(bytes);
        let mut take = |_, content: &mut dyn Read| {
            content.read_to_end(&mut Vec::new()).unwrap();
            ControlFlow::Continue(())
        };
        read_again(&mut || at(&archive), &fs, &[old], &mut take, &progress).unwrap();
        let heard = heard.into_inner();
        assert!(heard.is_sorted() && heard[heard.len() - 1] > Bytes(150_000));
        assert!(heard[heard.len() - 1] <= fs.layers()[0].blob);
    }
}

/// What comes of reading `fs` again where another image is now.
fn told(fs: &Rootfs, open: &mut Open<'_>) -> String {
    let error = read_all(fs, open).unwrap_err();
    assert!(error.hint().is_some());
    error.to_string()
}

#[test]
fn another_image_in_its_place_is_told() {
    let other = Case::parse(&TEXT.replace("f 90 srv/a", "f 91 srv/a"), Path::new(""));
    let folder = tempfile::tempdir().unwrap();
    for pack in PACKS {
        for outer in [plain as Pack, gzip] {
            let archive = outer(&case().docker_archive("a:1", pack));
            let archive = written(&folder, "image.tar", &archive);
            let fs = stacked(at(&archive).unwrap());
            written(
                &folder,
                "image.tar",
                &outer(&other.docker_archive("a:1", pack)),
            );
            let told = told(&fs, &mut || at(&archive));
            assert!(told.starts_with("the image has changed"), "{told}");
        }
    }
}

#[test]
fn another_content_behind_the_same_promises_is_told() {
    let other = Case::parse(&TEXT.replace("srv/big", "srv/big v2"), Path::new(""));
    for pack in PACKS {
        let fs = stacked(Opened::Image(Box::new(case().image(pack))));
        let mut open = || {
            let info = case().image(pack).info;
            let blobs = other.image(pack).blobs;
            Ok(Opened::Image(Box::new(FakeImage { info, blobs })))
        };
        let told = told(&fs, &mut open);
        assert_eq!(
            told,
            "the image has changed since it was read: layer 0 is another"
        );
    }
}

#[test]
fn a_blob_that_is_cut_is_no_reason_to_panic() {
    let fs = stacked(Opened::Image(Box::new(case().image(gzip))));
    for cut in [0, 5, 50, 5000, 100_000] {
        let mut open = || {
            let mut image = case().image(gzip);
            image.blobs[0].truncate(cut);
            Ok(Opened::Image(Box::new(image)))
        };
        told(&fs, &mut open);
    }
}

#[test]
fn an_archive_that_breaks_off_while_it_passes_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for pack in PACKS {
        let whole = gzip(&oci_archive(&case(), pack));
        let archive = written(&folder, "image.tar.gz", &whole);
        let fs = stacked(at(&archive).unwrap());
        for cut in [0, 20, whole.len() / 2, whole.len() - 1000] {
            written(&folder, "image.tar.gz", &whole[..cut]);
            assert!(read_all(&fs, &mut || at(&archive)).is_err());
        }
    }
}

#[test]
fn an_image_that_cannot_be_opened_or_is_not_there_is_told() {
    struct Absent(ImageInfo);
    impl Image for Absent {
        fn info(&self) -> &ImageInfo {
            &self.0
        }
        fn open_layer(&self, _: usize) -> Result<Blob, SourceError> {
            Ok(Blob::Absent)
        }
    }
    let fs = stacked(Opened::Image(Box::new(case().image(gzip))));
    let mut open = || Ok(Opened::Image(Box::new(Absent(case().image(gzip).info))));
    assert_eq!(
        told(&fs, &mut open),
        "layer 0 is not there to be read again"
    );
    let mut open = || Err(SourceError::NotFound("image.tar".to_owned()));
    assert!(told(&fs, &mut open).contains("image.tar"));
}

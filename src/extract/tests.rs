//! What is written is what the image has, and nowhere but where it may be.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use proptest::prelude::*;

use super::*;
use crate::scan::{How, scan};
use crate::source::{Image as _, Opened, SourceError};
use crate::testkit::{Case, gzip};

/// A tar in the making, of names that are taken as they are.
struct Tar(tar::Builder<Vec<u8>>);

impl Tar {
    fn new() -> Tar {
        Tar(tar::Builder::new(Vec::new()))
    }

    fn add(
        mut self,
        kind: tar::EntryType,
        path: &[u8],
        link: &[u8],
        mode: u32,
        body: &[u8],
    ) -> Tar {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        for (long, flag) in [(path, b'L'), (link, b'K')] {
            if long.len() > 100 {
                let mut extension = tar::Header::new_gnu();
                extension.set_entry_type(tar::EntryType::new(flag));
                extension.set_size(long.len() as u64);
                extension.set_cksum();
                self.0.append(&extension, long).unwrap();
            }
        }
        let short = |name: &[u8]| name[..name.len().min(100)].to_vec();
        header.as_old_mut().name[..short(path).len()].copy_from_slice(&short(path));
        header.as_old_mut().linkname[..short(link).len()].copy_from_slice(&short(link));
        header.set_size(body.len() as u64);
        header.set_cksum();
        self.0.append(&header, body).unwrap();
        self
    }

    fn file(self, path: impl AsRef<[u8]>, body: &str) -> Tar {
        let body = body.as_bytes();
        self.add(tar::EntryType::Regular, path.as_ref(), b"", 0o644, body)
    }

    fn link(self, path: &str, target: &str) -> Tar {
        let (path, target) = (path.as_bytes(), target.as_bytes());
        self.add(tar::EntryType::Symlink, path, target, 0o777, b"")
    }

    fn image(self) -> Image {
        let mut case = Case::parse("", Path::new(""));
        case.layers = vec![self.0.into_inner().unwrap()];
        Image::of(case)
    }
}

/// An image, and a folder within another one, which nothing may touch.
struct Image {
    case: Case,
    fs: Rootfs,
    outer: tempfile::TempDir,
}

impl Image {
    fn of(case: Case) -> Image {
        let image = case.image(gzip);
        let keep = |_: &crate::layer::Candidate<'_>| crate::layer::Want::Nothing;
        let layers = scan(&image, &keep, &How::default(), &|_| {}).unwrap();
        let fs = Rootfs::stack(layers, &mut |_, _| {}).unwrap();
        let outer = tempfile::tempdir().unwrap();
        fs::create_dir(outer.path().join("into")).unwrap();
        Image { case, fs, outer }
    }

    fn parse(text: &str) -> Image {
        Image::of(Case::parse(text, Path::new("")))
    }

    fn target(&self) -> PathBuf {
        self.outer.path().join("into")
    }

    fn try_extract(&self, path: &str) -> Result<Extracted, ExtractError> {
        let node = self.fs.find(path).unwrap();
        let mut open = || Ok(Opened::Image(Box::new(self.case.image(gzip))));
        extract(&self.fs, node, &self.target(), &mut open, &|_| {})
    }

    /// Extracts, and sees to it that what is outside stayed as it was.
    fn extract(&self, path: &str) -> Extracted {
        let extracted = self.try_extract(path).unwrap();
        assert_eq!(listed(self.outer.path()), [PathBuf::from("into")]);
        assert_eq!(extracted.to.parent(), Some(&*self.target()));
        extracted
    }
}

/// What is in a folder, sorted.
fn listed(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<PathBuf> = entries.map(|e| e.unwrap().file_name().into()).collect();
    names.sort();
    names
}

/// Everything below a folder: names and what is there, no link followed.
fn tree(folder: &Path) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        for name in listed(&path) {
            let path = path.join(name);
            let kind = fs::symlink_metadata(&path).unwrap();
            let what = if kind.is_dir() {
                open.push(path.clone());
                "/".to_owned()
            } else if kind.is_symlink() {
                format!("-> {}", fs::read_link(&path).unwrap().display())
            } else {
                String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()
            };
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
            all.insert(name.to_owned(), what);
        }
    }
    all
}

fn shown(folder: &Path) -> Vec<String> {
    let tree = tree(folder).into_iter();
    tree.map(|(name, what)| format!("{name} {what}")).collect()
}

#[test]
fn a_folder_is_written_with_everything_in_it() {
    let image = Tar::new()
        .file("srv/app/main", "text")
        .file("srv/app/empty", "")
        .add(
            tar::EntryType::Link,
            b"srv/hard",
            b"srv/app/main",
            0o644,
            b"",
        )
        .link("srv/app/up", "../hard")
        .link("srv/here", "./app//main/")
        .file("other", "not this")
        .image();
    let extracted = image.extract("srv");
    assert_eq!(
        shown(&extracted.to),
        [
            "app /",
            "app/empty ",
            "app/main text",
            "app/up -> ../hard",
            "hard text",
            "here -> app/main",
        ]
    );
    let expected = Extracted {
        files: 3,
        bytes: Bytes(8),
        folders: 2,
        links: 2,
        to: image.target().join("srv"),
        renamed: 0,
        left_out: 0,
    };
    assert_eq!(extracted, expected);
}

#[test]
fn the_root_is_written_too_and_a_single_file() {
    let image = Tar::new().file("a/b", "text").image();
    assert_eq!(image.extract("").to, image.target().join("rootfs"));
    let file = image.extract("a/b");
    assert_eq!(fs::read_to_string(&file.to).unwrap(), "text");
    assert_eq!((file.files, file.folders, file.bytes), (1, 0, Bytes(4)));
    assert_eq!(
        shown(&image.target()),
        ["b text", "rootfs /", "rootfs/a /", "rootfs/a/b text"]
    );
}

#[test]
fn lost_contents_are_written_by_their_first_name() {
    let image = Image::parse("x srv/a old\n---\nx srv/a new");
    let mut open = || Ok(Opened::Image(Box::new(image.case.image(gzip))));
    for (id, _) in image.fs.bodies() {
        extract_body(&image.fs, id, &image.target(), &mut open, &|_| {}).unwrap();
    }
    assert_eq!(
        shown(&image.target()),
        ["a old", "a (1) new"].map(str::to_owned)
    );
}

#[test]
fn nothing_that_is_there_is_overwritten_or_followed() {
    let image = Tar::new().file("srv/a", "text").file("b", "text").image();
    let secret = tempfile::tempdir().unwrap();
    fs::write(secret.path().join("kept"), "kept").unwrap();
    symlink(secret.path(), image.target().join("srv")).unwrap();
    symlink("nowhere", image.target().join("srv (1)")).unwrap();
    symlink(secret.path().join("kept"), image.target().join("b")).unwrap();
    assert_eq!(image.extract("srv").to, image.target().join("srv (2)"));
    assert_eq!(image.extract("srv").to, image.target().join("srv (3)"));
    assert_eq!(image.extract("b").to, image.target().join("b (1)"));
    assert_eq!(image.extract("b").renamed, 0);
    assert_eq!(shown(secret.path()), ["kept kept"]);
}

#[test]
fn names_that_could_act_on_anything_are_escaped() {
    let image = Tar::new()
        .file("srv/\x1b[2J", "1")
        .file("srv/a\nb", "2")
        .file(b"srv/caf\xe9", "3")
        .file("srv/\u{202e}exe", "4")
        .file("srv/c:\\d", "5")
        .file("srv/-rf", "6")
        .file("srv/naïve 文件", "7")
        .image();
    let extracted = image.extract("srv");
    assert_eq!(
        shown(&extracted.to),
        [
            "-rf 6",
            "_u{202e}exe 4",
            "_x1b[2J 1",
            "a_nb 2",
            "c_x3a_d 5",
            "caf_xe9 3",
            "naïve 文件 7",
        ]
    );
    assert_eq!(extracted.renamed, 5);
}

#[test]
fn names_that_become_alike_are_numbered_and_the_honest_one_stays() {
    let image = Tar::new()
        .file("srv/a\n", "1")
        .file("srv/a\\n", "2")
        .file("srv/a_n", "3")
        .file("srv/a_n (1)", "4")
        .image();
    let extracted = image.extract("srv");
    assert_eq!(
        shown(&extracted.to),
        ["a_n 3", "a_n (1) 4", "a_n (2) 1", "a_n (3) 2"]
    );
    assert_eq!(extracted.renamed, 2);
}

#[test]
fn names_that_no_disk_takes_are_cut() {
    let long = "é".repeat(150);
    let image = Tar::new()
        .file(format!("srv/{long}1"), "1")
        .file(format!("srv/{long}2"), "2")
        .file(format!("{long}3"), "3")
        .image();
    let names = tree(&image.extract("srv").to);
    let names: Vec<(&str, &str)> = names.iter().map(|(a, b)| (&**a, &**b)).collect();
    let (first, second) = ("é".repeat(127), format!("{} (1)", "é".repeat(125)));
    assert_eq!(names, [(&*second, "2"), (&*first, "1")]);
    image.extract(&format!("{long}3"));
}

#[test]
fn a_name_that_climbs_stays_inside() {
    let image = Tar::new().file("../../srv/../srv/x", "1").image();
    let extracted = image.extract("");
    assert_eq!(shown(&extracted.to), ["srv /", "srv/x 1"]);
}

#[test]
fn links_that_lead_outside_or_might_are_left_out() {
    let image = Tar::new()
        .link("srv/absolute", "/etc/passwd")
        .link("srv/up", "../etc")
        .link("srv/a/b/top", "../..")
        .link("srv/a/b/through", "top/..")
        .link("srv/a/b/far", "../../../etc")
        .link("srv/a/in", "./b/../b")
        .link("srv/odd", "a:b/\x1b")
        .link("srv/endless", &"\x1b/".repeat(1500))
        .image();
    let extracted = image.extract("srv");
    assert_eq!(
        shown(&extracted.to),
        ["a /", "a/b /", "a/b/top -> ../..", "odd -> a_x3ab/_x1b"]
    );
    assert_eq!((extracted.links, extracted.left_out), (2, 6));
}

#[test]
fn no_file_is_written_by_way_of_a_link_of_the_image() {
    // Later files go where the link leads, as engines have it: none is below the link.
    let image = Image::parse(
        "l srv/trap ../../into\nl srv/way sub\nd srv/sub\n---\nx srv/way/file 1\nx srv/trap/file 2",
    );
    let extracted = image.extract("");
    assert_eq!(
        shown(&extracted.to),
        [
            "into /",
            "into/file 2",
            "srv /",
            "srv/sub /",
            "srv/sub/file 1",
            "srv/way -> sub",
        ]
    );
    // The folder is replaced by a link, and the link by a folder.
    let image = Image::parse("x a/file 1\nl b /tmp\n---\nl a /tmp\nw b\nx b/file 2");
    let extracted = image.extract("");
    assert_eq!(shown(&extracted.to), ["b /", "b/file 2"]);
    assert_eq!(extracted.left_out, 1);
}

#[test]
fn devices_and_pipes_are_left_out_and_no_mode_does_harm() {
    let image = Tar::new()
        .add(tar::EntryType::Char, b"srv/null", b"", 0o666, b"")
        .add(tar::EntryType::Fifo, b"srv/pipe", b"", 0o666, b"")
        .add(tar::EntryType::Regular, b"srv/su", b"", 0o6755, b"1")
        .add(tar::EntryType::Regular, b"srv/data", b"", 0o7666, b"2")
        .image();
    let extracted = image.extract("srv");
    assert_eq!(extracted.left_out, 2);
    let mode = |name| {
        let file = fs::metadata(extracted.to.join(name)).unwrap();
        file.permissions().mode() & 0o7777
    };
    // The umask may take bits away.
    assert_eq!((mode("su") & !0o755, mode("data") & !0o644), (0, 0));
    assert_eq!((mode("su") & 0o700, mode("data") & 0o700), (0o700, 0o600));
}

#[test]
fn holes_stay_holes_and_lies_about_them_are_refused() {
    let sparse = |size: &[u8; 12]| {
        let mut header = tar::Header::new_gnu();
        header.set_path("holes").unwrap();
        header.set_size(3);
        header.set_mode(0o644);
        header.set_entry_type(tar::EntryType::GNUSparse);
        let gnu = header.as_gnu_mut().unwrap();
        gnu.realsize = *size;
        gnu.sparse[0].offset = *b"00000000000\0";
        gnu.sparse[0].numbytes = *b"00000000003\0";
        header.set_cksum();
        let mut tar = Tar::new();
        tar.0.append(&header, &b"abc"[..]).unwrap();
        tar.image()
    };
    let image = sparse(b"00010000001\0");
    let file = fs::File::open(image.extract("holes").to).unwrap();
    assert_eq!(file.metadata().unwrap().len(), 2_097_153);
    // 64 GiB, less one.
    let image = sparse(b"777777777777");
    let error = image.try_extract("").unwrap_err();
    assert!(matches!(error, ExtractError::TooLarge(..)), "{error}");
    assert!(listed(&image.target()).is_empty());
}

#[test]
fn a_content_with_names_enough_to_fill_a_disk_is_refused() {
    let link = tar::EntryType::Link;
    let large = "\0".repeat(4 << 20);
    let tar = (0..3000).fold(Tar::new().file("srv/0", &large), |tar, no| {
        tar.add(
            link,
            format!("srv/{no}.link").as_bytes(),
            b"srv/0",
            0o644,
            b"",
        )
    });
    let image = tar.image();
    let error = image.try_extract("srv").unwrap_err();
    assert_eq!(
        error.to_string(),
        "/srv would take 12.6 GB, nearly none of which the image stores"
    );
    assert!(listed(&image.target()).is_empty());
}

#[test]
fn what_has_no_content_is_an_error() {
    let image = Tar::new()
        .link("link", "a")
        .add(tar::EntryType::Fifo, b"pipe", b"", 0o666, b"")
        .image();
    let told = |path| image.try_extract(path).unwrap_err().to_string();
    assert_eq!(told("link"), "/link is a link: there is nothing to extract");
    assert!(told("pipe").starts_with("/pipe is a device or a pipe"));
}

#[test]
fn nothing_is_left_behind_where_something_fails() {
    let image = Image::parse("x srv/a text\nx srv/b/c text");
    let other = Case::parse("x srv/a text\nx srv/b/c TEXT", Path::new(""));
    let node = image.fs.find("srv").unwrap();
    let mut opens: Vec<Result<Opened, SourceError>> = vec![Err(SourceError::NotFound("x".into()))];
    let mut changed = other.image(gzip);
    changed.info = image.case.image(gzip).info().clone();
    opens.push(Ok(Opened::Image(Box::new(changed))));
    for opened in opens {
        let mut opened = Some(opened);
        let mut open = || opened.take().unwrap();
        let error = extract(&image.fs, node, &image.target(), &mut open, &|_| {});
        assert!(matches!(error, Err(ExtractError::Again(_))), "{error:?}");
        assert!(listed(&image.target()).is_empty());
    }
}

#[test]
fn a_target_that_cannot_be_written_to_is_told() {
    let image = Image::parse("x srv/a text");
    fs::set_permissions(image.target(), fs::Permissions::from_mode(0o555)).unwrap();
    // Not to the superuser.
    if let Err(error) = image.try_extract("srv") {
        assert!(matches!(error, ExtractError::Write(..)) && error.hint().is_some());
    }
    fs::set_permissions(image.target(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut open = || panic!("there is nothing to be read");
    for into in ["nowhere", "file"] {
        fs::write(image.outer.path().join("file"), "").unwrap();
        let into = image.outer.path().join(into);
        let node = image.fs.find("srv/a").unwrap();
        let error = extract(&image.fs, node, &into, &mut open, &|_| {}).unwrap_err();
        assert!(matches!(error, ExtractError::NoFolder(_)), "{error}");
    }
    let full = ExtractError::Write("x".to_owned(), std::io::ErrorKind::StorageFull.into());
    assert!(full.hint().is_some());
}

#[test]
fn what_is_too_deep_for_a_disk_is_refused_before_anything_is_written() {
    let path = "a/".repeat(2000) + "f";
    let image = Tar::new().file(path, "1").image();
    let error = image.try_extract("a").unwrap_err();
    assert!(matches!(error, ExtractError::TooDeep(_)), "{error}");
    assert!(listed(&image.target()).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn whatever_names_an_image_has_nothing_is_written_outside(
        entries in proptest::collection::vec(
            (
                0..4_u8,
                proptest::collection::vec(name(), 1..4),
                proptest::collection::vec(name(), 0..5),
                any::<bool>(),
            ),
            1..12,
        )
    ) {
        let mut tar = Tar::new();
        for (kind, path, target, absolute) in entries {
            let path = path.join(&b'/');
            let root = if absolute { &b"/"[..] } else { b"" };
            let target = [root, &target.join(&b'/')].concat();
            tar = match kind {
                0 => tar.file(&path, "text"),
                1 => tar.add(tar::EntryType::Directory, &path, b"", 0o755, b""),
                2 => tar.add(tar::EntryType::Link, &path, &target, 0o644, b""),
                _ => tar.add(tar::EntryType::Symlink, &path, &target, 0o777, b""),
            };
        }
        let image = tar.image();
        let extracted = image.extract("");
        prop_assert_eq!(listed(&image.target()), [PathBuf::from("rootfs")]);
        let top = fs::canonicalize(&extracted.to).unwrap();
        let mut things = 0;
        for (name, what) in tree(&extracted.to) {
            things += 1;
            prop_assert!(!name.chars().any(|c| c.is_control() || c == ':' || c == '\\'));
            if what.starts_with("-> ")
                && let Ok(end) = fs::canonicalize(extracted.to.join(&name))
            {
                prop_assert!(end.starts_with(&top), "{name} {what}");
            }
        }
        let counted = extracted.files + extracted.folders - 1 + extracted.links;
        prop_assert_eq!(things, counted);
    }

    #[test]
    fn no_name_is_more_than_a_name(name in proptest::collection::vec(any::<u8>(), 0..400)) {
        let safe = on_disk(&name);
        let path = Path::new(OsStr::from_bytes(safe.as_bytes()));
        prop_assert_eq!(path.components().count(), 1);
        prop_assert!(path.file_name().is_some() && safe.len() <= 255);
    }
}

/// Few names, so that many meet.
fn name() -> impl Strategy<Value = Vec<u8>> {
    proptest::sample::select(vec![
        b"a".to_vec(),
        b"b".to_vec(),
        b"a\n".to_vec(),
        b"a_n".to_vec(),
        b"..".to_vec(),
        b".".to_vec(),
        b"\xff:\\".to_vec(),
        b"into".to_vec(),
    ])
}

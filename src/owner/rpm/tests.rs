//! Reads the databases of `testdata/owner/rpm` and of `IMGSIZE_FIXTURES`, and compares them with what
//! `rpm` itself said of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use super::database::{self, Installed, ListedFile};
use super::{DETECTOR, Scene, Terms, needed_files, offered_files};
use crate::codec::Stream;
use crate::layer::{Want, index_stream};
use crate::owner::tests::differential::{analysis, fixtures, owners, warnings};
use crate::owner::tests::needs::needs;
use crate::rootfs::Rootfs;
use crate::source::Config;
use crate::testkit::Case;

/// The bits of a mode that tell the kind of file, and the kind "regular".
const KIND: u16 = 0o170_000;
const REGULAR: u16 = 0o100_000;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/owner/rpm")
}

fn bytes(path: &str) -> Vec<u8> {
    std::fs::read(folder().join(path)).unwrap()
}

/// The packages of a database without damage.
fn read(database: &[u8], log: Option<&[u8]>) -> Vec<Installed> {
    let contents = database::read(database, log);
    assert_eq!(contents.damage, None);
    contents.installed
}

/// What `rpm` printed, its flags of files cut down to the one that we keep.
fn expected(path: &str) -> Vec<String> {
    let text = String::from_utf8(bytes(path)).unwrap();
    let line = |line: &str| match line.split_once(" <") {
        Some((start, rest)) if start.starts_with("file ") => {
            let (flags, end) = rest.split_once('>').unwrap();
            let ghost = if flags.contains('g') { "g" } else { "" };
            format!("{start} <{ghost}>{end}")
        }
        _ => line.to_owned(),
    };
    text.lines().map(line).collect()
}

/// The packages in the lines that `make.sh` has `rpm` print.
fn lines(installed: &[Installed]) -> Vec<String> {
    let mut lines = Vec::new();
    for package in installed {
        let name = &package.name;
        let epoch = package.epoch.map_or("(none)".to_owned(), |e| e.to_string());
        let arch = Some(package.arch.as_str()).filter(|arch| !arch.is_empty());
        let arch = arch.unwrap_or("(none)");
        let (version, release, size) = (&package.version, &package.release, package.size);
        lines.push(format!(
            "package {name} {epoch} {version} {release} {arch} {size}"
        ));
        for file in &package.files {
            let path = String::from_utf8_lossy(&file.path);
            let ghost = if file.ghost { "g" } else { "" };
            let (mode, size) = (file.mode, file.size);
            lines.push(format!("file {name} {mode:o} {size} <{ghost}> {path}"));
        }
        let other = |what, names: &[String]| -> Vec<String> {
            let line = |other: &String| format!("{what} {name} {other}");
            names.iter().map(line).collect()
        };
        lines.extend(other("requires", &package.requires));
        lines.extend(other("provides", &package.provides));
    }
    lines.sort();
    lines
}

#[test]
fn every_kind_of_database_says_what_rpm_says() {
    for path in [
        "sqlite/rpmdb.sqlite",
        "ndb/Packages.db",
        "bdb/Packages",
        "bdb-big-endian/Packages",
    ] {
        let installed = read(&bytes(path), None);
        assert_eq!(lines(&installed), expected("expected.txt"), "{path}");
    }
}

#[test]
fn the_log_of_a_database_counts() {
    let database = bytes("sqlite-wal/rpmdb.sqlite");
    let log = bytes("sqlite-wal/rpmdb.sqlite-wal");
    for (log, list) in [
        (Some(&log[..]), "expected.txt"),
        (Some(&[][..]), "expected-without-log.txt"),
        (None, "expected-without-log.txt"),
    ] {
        let installed = read(&database, log);
        assert_eq!(
            lines(&installed),
            expected(&format!("sqlite-wal/{list}")),
            "{list}"
        );
    }
}

#[test]
fn databases_that_nobody_here_wrote() {
    let Some((folder, expected)) = fixtures() else {
        return;
    };
    for path in [
        "pkgdb/rpm-sqlite/rpmdb.sqlite",
        "pkgdb/rpm-ndb/Packages.db",
        "pkgdb/rpm-bdb/Packages",
        "pkgdb/made-rpm-bdb-mariner/Packages",
    ] {
        let database = std::fs::read(folder.join(path)).unwrap();
        let installed = read(&database, None);
        assert_eq!(facts(&installed), expected["pkgdb"][path], "{path}");
    }
}

/// By `rpm -qa` of its database: `hlinktest` with seven regular files, which are
/// three contents of 29 bytes by hard links, and `foo` with none.
#[test]
fn an_image_that_rpm_installed_into() {
    let Some((folder, expected)) = fixtures() else {
        return;
    };
    let image = "made-rpm-sqlite.oci.tar";
    let analysis = analysis(&folder.join("images").join(image), "amd64");
    assert_eq!(warnings(&analysis, "rpm"), 0);
    let packages = &expected["images"][image]["images"][0]["tools"]["syft"]["by_type"]["rpm"];
    let all = analysis.attribution.owners.iter();
    assert_eq!(
        all.filter(|owner| owner.ecosystem == "rpm").count(),
        *packages
    );
    let owners = owners(&analysis, "rpm");
    let said: Vec<_> = owners
        .iter()
        .map(|owner| (&*owner.name, &*owner.version, owner.files, owner.live.0))
        .collect();
    assert_eq!(said, [("hlinktest", "1.0-1", 3, 87)]);
}

fn needs_and_lists(name: &str, requires: &[&str], files: &[&str]) -> Installed {
    let listed = |path: &&str| ListedFile {
        path: path.as_bytes().to_vec(),
        size: 0,
        mode: REGULAR,
        ghost: false,
    };
    Installed {
        name: name.to_owned(),
        version: "1".to_owned(),
        release: "1".to_owned(),
        epoch: None,
        arch: "noarch".to_owned(),
        size: 0,
        files: files.iter().map(listed).collect(),
        requires: requires.iter().map(|&name| name.to_owned()).collect(),
        provides: vec![name.to_owned()],
    }
}

/// Of two packages that list a file the first one is needed; what lies in no folder
/// of the image is not found.
#[test]
fn a_file_is_needed_by_any_of_its_paths() {
    let case = Case::parse("l bin usr/bin\nf 1 usr/bin/sh\nd usr/sbin", "".as_ref());
    let stream = Stream::open(&case.layers[0][..], None, None).unwrap();
    let layer = index_stream(stream, &|_| Want::head(0), &|_| {}).unwrap();
    let fs = Rootfs::stack(vec![Arc::new(layer)], &mut |_, _| {}).unwrap();
    let config = Config::default();
    let scene = Scene::new(&fs, &config, 1);
    let needs = [
        "/bin/sh",
        "/usr/bin/sh",
        "/usr/sbin/../bin/sh",
        "/gone/sh",
        "/usr/sbin/absent",
        "rpmlib(X)",
        "(shell if tool)",
        "tool",
        "",
    ];
    let installed = [
        needs_and_lists("tool", &needs, &["/usr/bin/tool", "/usr/sbin/other"]),
        needs_and_lists("shell", &["/bin/sh"], &["/usr/bin/bash", "/usr/bin/sh"]),
        needs_and_lists("other-shell", &[], &["/bin/sh"]),
    ];
    let mut needed = needed_files(&scene, &installed);
    let offered = installed
        .each_ref()
        .map(|package| offered_files(&scene, package, &mut needed));
    let paths = ["/bin/sh", "/usr/bin/sh", "/usr/sbin/../bin/sh"];
    assert_eq!(offered, [vec![], paths.map(str::to_owned).to_vec(), vec![]]);
    let plain: Vec<&[u8]> = (&installed[0]).needs().flatten().collect();
    assert_eq!(plain.len(), needs.len() - 2);
}

/// How often packages need others, and who needs none, in databases that rpm wrote:
/// of the first one a script of a dozen lines counted the same.
#[test]
fn needs_in_databases_that_nobody_here_wrote() {
    let Some((folder, _)) = fixtures() else {
        return;
    };
    for (path, count, expected) in [
        (
            "rpm-sqlite/rpmdb.sqlite",
            495,
            &[
                "ca-certificates-shared",
                "filesystem",
                "mariner-release",
                "pkgconf-m4",
                "systemd-rpm-macros",
            ][..],
        ),
        (
            "rpm-ndb/Packages.db",
            73,
            &[
                "ca-certificates-mozilla-prebuilt",
                "file-magic",
                "system-user-root",
            ][..],
        ),
    ] {
        let below = folder.join("pkgdb").join(path);
        let name = below.file_name().unwrap().to_str().unwrap();
        let case = format!("t usr/lib/sysimage/rpm/{name} {name}\n");
        let said = needs(&DETECTOR, &Case::parse(&case, below.parent().unwrap()));
        let lonely = said.lines().filter(|line| !line.contains(" -> "));
        let lonely = lonely.filter_map(|line| line.split(' ').next());
        assert_eq!(lonely.collect::<Vec<_>>(), expected, "{path}");
        assert_eq!(said.matches(" -> ").count(), count, "{path}");
    }
}

/// The same facts as in `expected.json`.
fn facts(installed: &[Installed]) -> Value {
    let files = || installed.iter().flat_map(|package| &package.files);
    let regular = || files().filter(|file| file.mode & KIND == REGULAR);
    let mut names: Vec<String> = installed
        .iter()
        .map(|p| format!("{}-{}-{}.{}", p.name, p.version, p.release, p.arch))
        .collect();
    names.sort();
    json!({
        "packages": installed.len(),
        "size_tag_total": installed.iter().map(|package| package.size).sum::<u64>(),
        "listed_paths": files().count(),
        "listed_regular_files": regular().count(),
        "listed_regular_bytes": regular().map(|file| file.size).sum::<u64>(),
        "ghost_paths": files().filter(|file| file.ghost).count(),
        "names": names,
    })
}

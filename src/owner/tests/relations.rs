//! What packages need and who asked for them, which cases do not show; and published
//! metadata, where `IMGSIZE_FIXTURES` says where it is.

use super::*;

/// The scene of a case, as one detector sees it.
fn found(id: &str, case: &Case) -> Found {
    let detector = DETECTORS.iter().find(|detector| detector.id == id).unwrap();
    let detectors = std::slice::from_ref(detector);
    let layers = case
        .layers
        .iter()
        .map(|tar| {
            let stream = Stream::open(&tar[..], None, None).unwrap();
            Arc::new(index_stream(stream, &|file| keep_for(detectors, file), &|_| {}).unwrap())
        })
        .collect();
    let fs = Rootfs::stack(layers, &mut |_, _| {}).unwrap();
    let config = Config::default();
    (detector.detect)(&Scene::new(&fs, &config, 1))
}

/// Each package, what it needs, and `!` if it was asked for, `?` if that is not known.
fn relations(id: &str, case: &str) -> Vec<String> {
    let path = root().join("testdata/owner").join(id).join(case);
    let found = found(id, &Case::load(&path));
    let mut lines: Vec<String> = found
        .packages
        .iter()
        .map(|package| {
            let mark = match package.asked {
                Asked::ByName => "!",
                Asked::ForOthers => "",
                Asked::Unknown => "?",
            };
            let mut needed: Vec<String> = package
                .requires
                .iter()
                .map(|&no| {
                    format!(
                        " {} {}",
                        found.packages[no].name, found.packages[no].version
                    )
                })
                .collect();
            needed.sort();
            needed.dedup();
            format!(
                "{} {}{mark}:{}",
                package.name,
                package.version,
                needed.join(",")
            )
        })
        .collect();
    lines.sort();
    lines
}

const RELATIONS: &[(&str, &str, &[&str])] = &[
    (
        "gem",
        "home.case",
        &[
            "greet 2.1.0?:",
            "greet 2.2.0.pre?:",
            "hello 1.0.0?: greet 2.1.0, greet 2.2.0.pre",
            "only-dev 0.1?:",
        ],
    ),
    (
        "gem",
        "ruby.case",
        &[
            "grpc 1.60.0?: json 2.6.1",
            "handmade ?: json 2.6.1",
            "json 2.6.1?:",
            "old 0.9.2?: json 2.6.1",
            "rake 13.0.6?:",
        ],
    ),
    (
        "composer",
        "installed.case",
        &[
            "Made/Tool 0.9.0!: made/framework 3.0.1",
            "made/framework 3.0.1!: made/log v1.2.0",
            "made/local 0.1.0!:",
            "made/log v1.2.0:",
            "made/meta 1.0.0!: made/log v1.2.0",
        ],
    ),
    (
        "composer",
        "first.case",
        &[
            "Made/Tool 0.9.0?: made/framework 3.0.1",
            "made/framework 3.0.1?: made/log v1.2.0",
            "made/local 0.1.0?:",
            "made/log v1.2.0?:",
            "made/meta 1.0.0?: made/log v1.2.0",
        ],
    ),
    (
        "conda",
        "prefix.case",
        &[
            "greet 2.1.0!: python 3.11.9",
            "greet 2.1.0: python 3.11.9",
            "hello 1.0.0!: greet 2.1.0, python 3.11.9",
            "python 3.11.9:",
            "python 3.11.9:",
        ],
    ),
    (
        "conda",
        "history.case",
        &[
            "numpy 1.26.0!: python 3.9.18, zlib 1.2.13",
            "pypy3.9 7.3.13?:",
            "python 3.9.18!: zlib 1.2.13",
            "zlib 1.2.13:",
        ],
    ),
    (
        "cran",
        "library.case",
        &[
            "greet 0.2-1?:",
            "hello 1.0.0?: greet 0.2-1, methods 4.2.2",
            "methods 4.2.2?:",
        ],
    ),
    (
        "cpan",
        "cpanm.case",
        &["Greet 2.10?:", "libhello-perl 1.5?: Greet 2.10"],
    ),
    (
        "hex",
        "release.case",
        &[
            "deep 1.0.0-rc.1?: kernel 8.5.3, logger 1.14.0",
            "erts 13.1.5?:",
            "greet 2.1.0?: deep 1.0.0-rc.1, kernel 8.5.3, logger 1.14.0",
            "hello 0.1.0?: deep 1.0.0-rc.1, greet 2.1.0, kernel 8.5.3, logger 1.14.0",
            "kernel 8.5.3?:",
            "logger 1.14.0?: kernel 8.5.3",
        ],
    ),
    (
        "hex",
        "deps.case",
        &[
            "cowboy 2.10.0?: ranch 1.8.0",
            "decimal_made 2.1.1?:",
            "hex 2.0.6?:",
            "jason 1.4.1?: decimal_made 2.1.1",
            "ranch 1.8.0?:",
        ],
    ),
    (
        "luarocks",
        "rocks.case",
        &["core 0.1-2?:", "greet 2.0-1?:", "hello 1.0-1?: greet 2.0-1"],
    ),
];

#[test]
fn packages_need_what_their_metadata_says() {
    for (id, case, expected) in RELATIONS {
        assert_eq!(relations(id, case), *expected, "{id} {case}");
    }
}

fn published(id: &str, lines: &str) -> Option<String> {
    let folder = PathBuf::from(std::env::var_os("IMGSIZE_FIXTURES")?).join("pkgdb");
    let detector = DETECTORS.iter().find(|detector| detector.id == id).unwrap();
    Some(told(detector, &Case::parse(lines, &folder)))
}

/// Every package that the published metadata is of is found.
#[test]
fn published_metadata_is_read() {
    for (id, lines, expected) in [
        (
            "gem",
            "t usr/local/bundle/specifications/bundler-2.1.4.gemspec ruby/bundler.gemspec\n\
             t usr/local/bundle/specifications/rake-13.0.3.gemspec ruby/normal00.gemspec\n\
             f 10 usr/local/bundle/gems/rake-13.0.3/rake.rb\n\
             f 20 usr/local/bundle/bin/bundle",
            "bundler 2.1.4 language-packages live 1707 files 2\n\
             rake 13.0.3 language-packages live 1896 files 2\n\
             unattributed live 0 files 0\n",
        ),
        (
            "composer",
            "t app/vendor/composer/installed.json php/composer_2/installed.json\n\
             f 10 app/vendor/behat/mink/x.php",
            "asm89/stack-cors 1.3.0 language-packages live 0 files 0\n\
             behat/mink v1.8.1 language-packages live 10 files 1\n\
             unattributed live 5094 files 1\n",
        ),
        (
            "conda",
            "t env/conda-meta/jupyterlab.json conda/conda-meta/jupyterlab-4.4.3-pyhd8ed1ab_0.json\n\
             t env/conda-meta/zlib.json conda/conda-meta/zlib-1.2.11-h90dfc92_1014.json\n\
             f 10 env/include/zlib.h",
            "jupyterlab 4.4.3 language-packages live 2287 files 1\n\
             zlib 1.2.11 language-packages live 2892 files 2\n\
             unattributed live 0 files 0\n",
        ),
    ] {
        if let Some(told) = published(id, lines) {
            assert_eq!(told, expected, "{id}");
        }
    }
}

/// What all detectors together say of a case: owners that have live files.
fn told_by_all(id: &str, case: &str) -> Vec<String> {
    let case = Case::load(&root().join("testdata/owner").join(id).join(case));
    let layers = case
        .layers
        .iter()
        .map(|tar| {
            let stream = Stream::open(&tar[..], None, None).unwrap();
            Arc::new(index_stream(stream, &keep, &|_| {}).unwrap())
        })
        .collect();
    let fs = Rootfs::stack(layers, &mut |_, _| {}).unwrap();
    let config = Config::default();
    let last = claim(&Scene::new(&fs, &config, 1), None);
    let attribution = Attribution::settle(&fs, 1, &BTreeMap::new(), &last, sort(&fs));
    let owners = attribution.owners.iter().filter(|owner| owner.installed);
    let mut lines: Vec<String> = owners
        .map(|owner| format!("{} {} {}", owner.ecosystem, owner.name, owner.live.0))
        .collect();
    lines.sort();
    lines
}

/// A file that a prefix uses is its package's, though the cache has it too; and a
/// package that conda installed is not one of pip's as well.
#[test]
fn linked_files_of_conda_are_no_cache() {
    assert_eq!(
        told_by_all("conda", "prefix.case"),
        [
            " unattributed 0",
            "conda greet 2043",
            "conda hello 2707",
            "conda python 3334",
            "runtime conda 366",
            "system conda package cache 2522",
        ]
    );
}

/// Whatever the ends of the metadata are, no detector stops.
#[test]
fn metadata_that_is_cut_anywhere_stops_nobody() {
    for (id, at, file) in [
        (
            "gem",
            "h/specifications/a-1.gemspec",
            "gem/home/hello-1.0.0.gemspec",
        ),
        (
            "composer",
            "v/composer/installed.json",
            "composer/installed/installed.json",
        ),
        (
            "conda",
            "c/conda-meta/a.json",
            "conda/prefix/hello-1.0.0-0.json",
        ),
        ("cran", "l/a/DESCRIPTION", "cran/library/hello"),
        (
            "cpan",
            "l/auto/A/.packlist",
            "cpan/cpanm/Hello-World.packlist",
        ),
        (
            "cpan",
            "l/.meta/A-1/install.json",
            "cpan/cpanm/libhello-perl-1.5-install.json",
        ),
        ("hex", "r/lib/a/ebin/a.app", "hex/release/kernel.app"),
        ("hex", "deps/a/hex_metadata.config", "hex/deps/jason.config"),
        (
            "luarocks",
            "lib/luarocks/rocks-5.4/a/1/rock_manifest",
            "luarocks/rocks/hello-rock_manifest",
        ),
        (
            "luarocks",
            "lib/luarocks/rocks-5.4/a/1/a.rockspec",
            "luarocks/rocks/hello-hello-1.0-1.rockspec",
        ),
    ] {
        let content = std::fs::read(root().join("testdata/owner").join(file)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        for end in (0..content.len()).step_by(content.len() / 40 + 1) {
            // Cut, and with a byte that stands in the way.
            let mut odd = content[..end].to_vec();
            std::fs::write(folder.path().join("cut"), &odd).unwrap();
            odd.push([b'{', b'[', b'"', 0xff, b'%'][end % 5]);
            odd.extend(&content[end..]);
            std::fs::write(folder.path().join("odd"), &odd).unwrap();
            for name in ["cut", "odd"] {
                let case = format!(
                    "t {at} {name}\nf 1 r/releases/RELEASES\nf 1 l/a/Meta/package.rds\n\
                     f 0 lib/luarocks/rocks-5.4/a/1/rock_manifest"
                );
                let case = match at.ends_with("rock_manifest") {
                    true => case.lines().next().unwrap_or_default().to_owned(),
                    false => case,
                };
                found(id, &Case::parse(&case, folder.path()));
            }
        }
    }
}

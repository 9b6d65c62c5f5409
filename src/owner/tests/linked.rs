//! Packages inside of programs: what they are in, and what needs them.

use super::language::fixture;
use super::*;
use crate::analysis::{Wishes, analyze_opened};
use crate::scan::How;
use crate::source::{Choice, Net, Origin, open};

/// What a detector finds in the last moment of a case.
fn found(id: &str, case: &str) -> Vec<Package> {
    let detector = DETECTORS.iter().find(|detector| detector.id == id).unwrap();
    let detectors = std::slice::from_ref(detector);
    let case = Case::parse(case, &root().join("testdata/owner").join(id));
    let layers = case.layers.iter().map(|tar| {
        let stream = Stream::open(&tar[..], None, None).unwrap();
        Arc::new(index_stream(stream, &|file| keep_for(detectors, file), &|_| {}).unwrap())
    });
    let fs = Rootfs::stack(layers.collect(), &mut |_, _| {}).unwrap();
    (detector.detect)(&Scene::new(&fs, &Config::default(), 1)).packages
}

/// Each package: in what it is, was it asked for, and what it needs.
fn shown(packages: &[Package]) -> Vec<String> {
    let name = |no: usize| packages[no].name.clone();
    let mut lines: Vec<String> = packages
        .iter()
        .map(|package| {
            let needs: Vec<String> = package.requires.iter().map(|&no| name(no)).collect();
            let inside = package.inside.map(name).unwrap_or_default();
            let (own, asked) = (&package.name, package.asked);
            format!("{own} in {inside:?} {asked:?}: {}", needs.join(" "))
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn a_module_is_inside_the_first_program_and_every_one_needs_it() {
    let case = "t a/shop shop\n---\nt b/stringer stringer\n\
        t c/node_modules/x/stringer stringer";
    assert_eq!(
        shown(&found("go", case)),
        [
            "example.com/errors in \"example.com/shop\" ForOthers: ",
            "example.com/local in \"example.com/shop\" ForOthers: ",
            "example.com/shop in \"\" Unknown: \
             example.com/errors example.com/local example.com/uuid stdlib",
            "example.com/tool in \"\" Unknown: example.com/uuid stdlib",
            "example.com/uuid in \"example.com/shop\" ForOthers: ",
            "stdlib in \"example.com/shop\" ForOthers: ",
        ]
    );
    let of_npm = found("go", "t c/node_modules/x/stringer stringer");
    assert_eq!(of_npm[0].name, "example.com/tool");
    assert!(of_npm.iter().all(|package| package.trees.is_empty()));
}

#[test]
fn crates_need_each_other_as_their_list_says() {
    assert_eq!(
        shown(&found("cargo", "t a/shop shop")),
        [
            "arrayvec in \"shop\" ForOthers: ",
            "either in \"shop\" ForOthers: ",
            "itertools in \"shop\" ForOthers: either",
            "shop in \"\" Unknown: arrayvec either itertools smallvec",
            "smallvec in \"shop\" ForOthers: ",
        ]
    );
}

#[test]
fn libraries_of_an_app_were_asked_for_or_came_along() {
    assert_eq!(
        shown(&found(
            "dotnet",
            "d a\n---\nt a/Shop.deps.json Shop.deps.json"
        )),
        [
            "Humanizer in \"\" ByName: Humanizer.Core.de",
            "Humanizer.Core in \"\" ForOthers: ",
            "Humanizer.Core.de in \"\" ForOthers: Humanizer.Core",
            "SQLitePCLRaw.bundle_e_sqlite3 in \"\" ByName: SQLitePCLRaw.lib.e_sqlite3",
            "SQLitePCLRaw.lib.e_sqlite3 in \"\" ForOthers: ",
            "Serilog in \"\" ByName: ",
            "Shop in \"\" Unknown: Humanizer SQLitePCLRaw.bundle_e_sqlite3 Serilog Shop.Core",
            "Shop.Core in \"\" ByName: Serilog",
        ]
    );
}

#[test]
fn an_app_needs_the_frameworks_that_the_host_takes() {
    let case = "f 1 d/shared/Microsoft.NETCore.App/8.0.1/a.dll\n\
        f 1 d/shared/Microsoft.NETCore.App/8.0.2/a.dll\n\
        f 1 d/shared/Microsoft.NETCore.App/9.0.0/a.dll\n\
        t d/shared/Microsoft.AspNetCore.App/8.0.1/Microsoft.AspNetCore.App.runtimeconfig.json \
        Microsoft.AspNetCore.App.runtimeconfig.json\n\
        t a/Shop.deps.json Shop.deps.json\n\
        t a/Shop.runtimeconfig.json Shop.runtimeconfig.json\n\
        t b/Shop.runtimeconfig.json cut.json";
    let packages = found("dotnet", case);
    let needed = |name: &str| -> Vec<String> {
        let package = packages.iter().find(|package| package.name == name);
        let needed = package.unwrap().requires.iter().map(|&no| &packages[no]);
        needed
            .filter(|package| package.category == Category::LanguageRuntime)
            .map(|package| format!("{} {}", package.name, package.version))
            .collect()
    };
    let mut of_shop = needed("Shop");
    of_shop.sort();
    assert_eq!(
        of_shop,
        [
            "Microsoft.AspNetCore.App 8.0.1",
            "Microsoft.NETCore.App 8.0.2"
        ]
    );
    assert_eq!(
        needed("Microsoft.AspNetCore.App"),
        ["Microsoft.NETCore.App 8.0.2"]
    );
}

#[test]
fn a_program_of_the_demo_is_what_go_says_it_is() {
    let Some(image) = fixture("images/made-debian-demo-app.oci.tar") else {
        return;
    };
    let image = open(
        &Origin::parse(image.to_str().unwrap()),
        &Choice::default(),
        &Net::default(),
    )
    .unwrap();
    let analysis = analyze_opened(image, &How::default(), &Wishes::default(), &|_| {}).unwrap();
    let owners = &analysis.attribution.owners;
    let of_go = owners.iter().filter(|owner| owner.ecosystem == "go");
    let found: Vec<_> = of_go
        .map(|owner| (&*owner.name, &*owner.version, owner.category, owner.live.0))
        .collect();
    // `go version -m` says so; the file is in the list of the Debian package. Syft
    // counts these two.
    assert_eq!(
        found,
        [
            ("github.com/tianon/gosu", "", Category::LanguagePackages, 0),
            ("stdlib", "go1.19.8", Category::LanguagePackages, 0)
        ]
    );
    let deb = owners.iter().find(|owner| owner.name == "gosu").unwrap();
    assert_eq!((deb.ecosystem, deb.live.0), ("dpkg", 2_227_047));
}

#[test]
fn a_published_list_of_dotnet_is_read() {
    let Some(folder) = fixture("pkgdb/dotnet") else {
        return;
    };
    let file = folder.join("TestLibrary.deps.json");
    let case = format!("t a/TestLibrary.deps.json {}", file.display());
    let packages = found("dotnet", &case);
    let lines = shown(&packages);
    // It names 14 libraries; of one nothing is there, as the framework has it.
    assert_eq!(lines.len(), 13);
    assert!(lines.contains(&"Serilog.Sinks.Console in \"\" ByName: Serilog".to_owned()));
    assert!(lines.contains(&"TestCommon in \"\" ByName: AWSSDK.Core".to_owned()));
    let own = packages.iter().filter(|one| one.category == Category::App);
    let own: Vec<&str> = own.map(|one| &*one.name).collect();
    assert_eq!(own, ["TestCommon", "TestLibrary"]);
}

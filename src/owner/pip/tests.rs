//! Requirements that no installer wrote, and too many of them.

use std::fmt::Write as _;

use crate::owner::tests::needs::needs;
use crate::testkit::Case;

/// A case of installations: site, name, headers.
fn told(installs: &[(&str, &str, &str)], more: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut case = String::from(more);
    for (no, (site, name, headers)) in installs.iter().enumerate() {
        let text = format!("Name: {name}\nVersion: 1\n{headers}\n\nRequires-Dist: gone\n");
        std::fs::write(folder.path().join(no.to_string()), text).unwrap();
        let _ = writeln!(case, "t {site}/{name}-1.dist-info/METADATA {no}");
    }
    needs(&super::DETECTOR, &Case::parse(&case, folder.path()))
}

const SITE: &str = "usr/lib/python3.11/site-packages";

#[test]
fn extras_count_where_another_one_asks_for_them() {
    let said = told(
        &[
            (
                SITE,
                "app",
                "Requires-Dist: Some.Lib[all,none] (>=1) ; os_name=='posix'",
            ),
            (
                SITE,
                "some_lib",
                "License: A\n        \n        B\n\
                 Requires-Dist: some-lib[x]; extra == 'ALL'\n\
                 Requires-Dist: for_x ; extra == \"x\"\n\
                 Requires-Dist: for-y; extra == 'y'\n\
                 Requires-Dist: absent\n\
                 Requires-Dist: for-url @ https://example.org/;x ; os_name == 'nt'",
            ),
            (SITE, "for-x", "Requires-Dist: app\nRequires-Dist: for-x"),
            (SITE, "for-y", ""),
            (SITE, "for-url", ""),
        ],
        "",
    );
    assert_eq!(
        said,
        "app 1 -> some_lib 1\nfor-url 1\nfor-x 1 -> app 1\nfor-y 1\nsome_lib 1 -> for-x 1\n"
    );
}

#[test]
fn a_site_sees_its_surroundings_and_no_more() {
    let settings = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(
        &settings,
        "home = /usr/bin\ninclude-system-site-packages = true\n",
    )
    .unwrap();
    let more = format!("t venv/pyvenv.cfg {}\n", settings.path().display());
    let needy = "Requires-Dist: lib";
    let said = told(
        &[
            ("usr/lib/python3/dist-packages", "lib", ""),
            ("usr/local/lib/python3.11/dist-packages", "on-debian", needy),
            ("venv/lib/python3.11/site-packages", "shares", needy),
            ("alone/lib/python3.11/site-packages", "alone", needy),
            ("usr/local/lib/python3.12/site-packages", "other", needy),
            ("srv/site", "target", needy),
        ],
        &more,
    );
    assert_eq!(
        said,
        "alone 1\nlib 1\non-debian 1 -> lib 1\nother 1\nshares 1 -> lib 1\ntarget 1\n"
    );
}

/// Each needs all others with all extras, and every extra needs all again.
#[test]
fn very_many_requirements_end() {
    let mut headers = String::new();
    let extras = (0..500)
        .map(|no| format!("e{no}"))
        .collect::<Vec<_>>()
        .join(",");
    for no in 0..20 {
        let _ = writeln!(headers, "Requires-Dist: p{no}[{extras}]");
    }
    for no in 0..5_000 {
        let _ = writeln!(headers, "Requires-Dist: p{}; extra == 'e{no}'", no % 20);
    }
    let names: Vec<String> = (0..20).map(|no| format!("p{no}")).collect();
    let installs: Vec<_> = names
        .iter()
        .map(|name| (SITE, &**name, &*headers))
        .collect();
    assert_eq!(told(&installs, "").matches(" -> ").count(), 20 * 19);
}

#[test]
fn odd_requirements_are_nothing() {
    let odd = "Requires-Dist:\nRequires-Dist: [x]\nRequires-Dist: lib[\nRequires-Dist: ;;\n\
               Requires-Dist: -\nRequires-Dist: @\nrequires-dist:other[]";
    let said = told(
        &[(SITE, "a", odd), (SITE, "lib", ""), (SITE, "other", "")],
        "",
    );
    assert_eq!(said, "a 1 -> lib 1 -> other 1\nlib 1\nother 1\n");
}

//! Diff: what grew between two images, why, and what an update costs.

use super::{SMALL, Session};

/// An image with two packages, an app, a cache and something that is lost.
const OLD: &str = r#"
i /bin/sh -c #(nop) ADD file:aaaa in /
x etc/os-release ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n
f 50000 usr/lib/libbase.so
---
i RUN /bin/sh -c pip install -r requirements.txt # buildkit
x usr/lib/python3.11/site-packages/demo-1.9.0.dist-info/METADATA Name: demo\nVersion: 1.9.0\n
x usr/lib/python3.11/site-packages/demo-1.9.0.dist-info/RECORD demo/core.py,,\ndemo-1.9.0.dist-info/METADATA,,\ndemo-1.9.0.dist-info/RECORD,,\n
f 40000 usr/lib/python3.11/site-packages/demo/core.py
x usr/lib/python3.11/site-packages/gone-1.0.dist-info/METADATA Name: gone\nVersion: 1.0\n
x usr/lib/python3.11/site-packages/gone-1.0.dist-info/RECORD gone/a.py,,\ngone-1.0.dist-info/METADATA,,\ngone-1.0.dist-info/RECORD,,\n
f 15000 usr/lib/python3.11/site-packages/gone/a.py
---
i COPY app /app # buildkit
f 2000 app/main.py
f 90000 app/data.bin
---
i RUN /bin/sh -c make # buildkit
f 5000 app/out.js
"#;

/// The next one: `demo` is upgraded, `gone` is gone, `fresh` is new, the data has grown.
const NEW: &str = r#"
i /bin/sh -c #(nop) ADD file:aaaa in /
x etc/os-release ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n
f 50000 usr/lib/libbase.so
---
i RUN /bin/sh -c pip install -r requirements.txt # buildkit
x usr/lib/python3.11/site-packages/demo-1.10.0.dist-info/METADATA Name: demo\nVersion: 1.10.0\n
x usr/lib/python3.11/site-packages/demo-1.10.0.dist-info/RECORD demo/core.py,,\ndemo-1.10.0.dist-info/METADATA,,\ndemo-1.10.0.dist-info/RECORD,,\n
f 45000 usr/lib/python3.11/site-packages/demo/core.py v2
x usr/lib/python3.11/site-packages/fresh-2.0.dist-info/METADATA Name: fresh\nVersion: 2.0\n
x usr/lib/python3.11/site-packages/fresh-2.0.dist-info/RECORD fresh/b.py,,\nfresh-2.0.dist-info/METADATA,,\nfresh-2.0.dist-info/RECORD,,\n
f 70000 usr/lib/python3.11/site-packages/fresh/b.py
---
i COPY app /app # buildkit
f 2000 app/main.py
f 390000 app/data.bin v2
---
i RUN /bin/sh -c make # buildkit
f 5000 app/out.js
---
i RUN /bin/sh -c rm app/out.js # buildkit
w app/out.js
"#;

fn pair(size: (u16, u16)) -> Session {
    Session::pair(OLD, NEW, size)
}

#[test]
fn the_cause_of_most_is_the_first_row_with_its_items_below() {
    let mut session = pair((120, 40));
    session
        .says("stored 202.3 kB → 562.3 kB (+360.0 kB)")
        .says("image (old.tar) → image (new.tar)")
        .says("▸ App")
        .says_not("~  +295.0 kB   97.0 kB");
    session
        .keys("space")
        .says("▾ App")
        .says("~  +295.0 kB   97.0 kB");
    session.keys("E");
    for words in [
        "~    +5.0 kB",
        "pip:demo 1.9.0 → 1.10.0",
        "pip:fresh 2.0",
        "pip:gone 1.0",
        "Layers: 2 kept, 2 chan",
        "Update: pulls 3 of 5 layers",
    ] {
        session.says(words);
    }
}

#[test]
fn enter_leads_to_the_package_or_the_file() {
    let mut session = pair((120, 40));
    session.keys("E / 'fresh enter");
    session
        .says("added: it is new")
        .says("enter shows it in Packages");
    session.keys("enter");
    assert_eq!(session.app.view, crate::tui::view::ViewId::Packages);
    session.keys("7 g j").says("enter shows it in Files");
    session.keys("enter");
    assert_eq!(session.app.view, crate::tui::view::ViewId::Files);
    session
        .keys("7 / 'gone enter")
        .says("removed: it is gone")
        .says_not("shows it in");
    session.keys("enter");
    assert_eq!(session.app.view, crate::tui::view::ViewId::Diff);
    session
        .keys("7 / 'requirements enter")
        .says("Layer 1: changed");
    session.keys("enter").says("Layer 1 of 5");
    session.keys("7 w").says("Layer 1 of 5");
}

#[test]
fn causes_and_items_can_be_sorted() {
    let mut session = pair((120, 40));
    session.keys("s").says("sorted by name").says("What▾");
    session.keys("s").says("sorted by new size").says("New▾");
    session.keys("s").says("sorted by change").says("Change▾");
}

#[test]
fn what_a_row_is_called_can_be_copied() {
    let mut session = pair((120, 40));
    session.keys("E / 'demo enter y");
    assert_eq!(session.clipboard, ["pip:demo"]);
    session.keys("/ 'requirements enter y");
    assert_eq!(
        session.clipboard.last().map(String::as_str),
        Some("RUN /bin/sh -c pip install -r requirements.txt # buildkit")
    );
}

#[test]
fn the_update_and_the_layers_are_explained() {
    let mut session = pair((120, 40));
    session.keys("G").says("Who has the old image pulls");
    session
        .keys("k")
        .says("kept: the same blob, nothing is pulled");
    session.keys("l j").says("Layer 0: kept");
}

#[test]
fn an_image_is_compared_with_itself_and_nothing_changed() {
    let mut session = Session::pair(OLD, OLD, (120, 40));
    session
        .says("nothing changed")
        .says("No cause stores more or less")
        .says("Layers: 4 kept")
        .says("Update: pulls 0 of 4 layers");
}

#[test]
fn one_image_alone_says_how_to_compare_two() {
    let mut session = Session::open(SMALL, (120, 40));
    session.keys("7").says("imgsize tui OLD NEW");
}

#[test]
fn the_view_fits_small_and_large_screens() {
    for (width, height) in [(80, 24), (160, 48)] {
        pair((width, height))
            .keys("j space")
            .golden(&format!("diff-{width}x{height}"));
    }
}

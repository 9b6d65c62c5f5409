//! Packages: whose the bytes are, and why they are there.

use super::{SMALL, Session, golden};
use crate::tui::view::ViewId;

/// Two packages of Python, one of which came with the other.
const PIP: &str = "\
t usr/lib/python3/site-packages/demo-1.2.dist-info/METADATA testdata/report/pip-METADATA
t usr/lib/python3/site-packages/demo-1.2.dist-info/RECORD testdata/report/pip-RECORD
f 5000 usr/lib/python3/site-packages/demo/__init__.py
f 2500 usr/lib/python3/site-packages/demo/tests/test_demo.py
---
f 700 app/node_modules/left-pad/index.js
t app/node_modules/left-pad/package.json testdata/report/npm-package.json
";

#[test]
fn it_looks_like_this() {
    for (width, height) in [(80, 24), (160, 48)] {
        let mut session = Session::open(SMALL, (width, height));
        session.keys("4 j");
        golden(&format!("packages-{width}x{height}"), &session.screen());
    }
}

#[test]
fn the_largest_category_is_open_and_the_others_are_not() {
    let mut session = Session::open(SMALL, (160, 40));
    session.keys("4").says("▾ Base OS").says("▸ ");
}

#[test]
fn a_package_tells_what_it_is_made_of_and_shows_its_files() {
    let mut session = Session::case(PIP, (160, 40));
    session.keys("4 / 'demo enter");
    session.says("demo 1.2").says("Why it is here");
    session.says("What it is made of").says("If it goes");
    session.keys("space").says("▾ demo 1.2").says("2.5 kB");
    session.keys("j").says("the rest").keys("j enter");
    session.says("filter: owner:pip:demo@1.2 kind:tests");
    assert_eq!(session.app.view, ViewId::Files);
    // Behind a filter there are no parts, and what has nothing is not there.
    session.keys("4").says("demo 1.2").says_not("left-pad");
    session.keys("esc E").says("left-pad");
}

#[test]
fn enter_shows_the_files_and_w_the_layer() {
    let mut session = Session::case(PIP, (160, 40));
    session.keys("4 / 'left-pad enter w");
    assert_eq!(session.app.view, ViewId::Layers);
    session.says("Layer 1 of 2");
    session.keys("4 y");
    assert!(session.clipboard[0].starts_with("npm:left-pad"));
    session.keys("enter").says("filter: owner:npm:left-pad");
    assert_eq!(session.app.view, ViewId::Files);
}

#[test]
fn groups_fold_and_tell_what_is_in_them() {
    let mut session = Session::open(SMALL, (160, 40));
    session.keys("4").says("packages and places; the largest");
    session.keys("enter").says("▸ Base OS");
    session.keys("space").says("▾ Base OS");
    session.keys("C").says_not("▾ Base OS");
}

#[test]
fn it_can_be_sorted() {
    let mut session = Session::open(SMALL, (160, 40));
    for by in ["download", "lost", "files", "name", "size, live and lost"] {
        session.keys("4 s").says(&format!("sorted by {by}"));
    }
}

#[test]
fn packages_cannot_be_ticked_and_it_says_where_advice_is() {
    let mut session = Session::open(SMALL, (160, 40));
    session.keys("4 t").says("advice about them is in 5");
}

#[test]
fn the_overview_leads_to_a_category_that_is_open_then() {
    let mut session = Session::case(PIP, (160, 40));
    session.keys("1 / 'Language enter enter");
    assert_eq!(session.app.view, ViewId::Packages);
    session.says("▾ Language packages");
}

#[test]
fn a_filter_that_leaves_nothing_says_so() {
    let mut session = Session::case(PIP, (160, 40));
    session.keys("4 f 'size:>1GB enter");
    session.says("The filter leaves nothing of any package.");
}

#[test]
fn the_cursor_begins_at_the_largest_category() {
    // The app comes first by name, and before anything is counted.
    let case = format!("{PIP}x app/package.json {{\"name\":\"shop\",\"version\":\"1.0.0\"}}\n");
    let mut session = Session::case(&case, (160, 40));
    session.keys("4").says("from pip, npm and their like");
    session.says("▸ App code");
}

//! Overview: where the bytes are, and where to look next.

use std::path::Path;

use super::{SMALL, Session, golden, setup};
use crate::tui::theme::{Palette, Theme};
use crate::tui::view::ViewId;

fn themed(palette: Palette, unicode: bool, size: (u16, u16)) -> Session {
    let mut setup = setup();
    setup.theme = Theme { palette, unicode };
    let image = Path::new(env!("CARGO_MANIFEST_DIR")).join(SMALL);
    Session::of(&image, setup, size)
}

#[test]
fn the_categories_are_there_largest_first_with_the_bar_above() {
    let mut session = Session::open(SMALL, (120, 30));
    let screen = session.says("Live: in containers").screen();
    let at = |word: &str| {
        screen
            .find(word)
            .unwrap_or_else(|| panic!("{word}: {screen}"))
    };
    assert!(at("B Base OS") < at("x Lost: in no container"));
    session.says("Advice:").says("Live bytes by category");
}

#[test]
fn it_looks_like_this() {
    for (width, height) in [(80, 24), (160, 48)] {
        let mut session = Session::open(SMALL, (width, height));
        golden(&format!("overview-{width}x{height}"), &session.screen());
    }
    let mut session = themed(Palette::Plain, false, (80, 24));
    golden("overview-ascii-80x24", &session.screen());
}

#[test]
fn without_colours_the_letters_tell_and_the_map_is_of_boxes() {
    let mut session = themed(Palette::Plain, false, (120, 30));
    session.says("BBBB").says("xx").says("+-").says("B Base OS");
    assert!(session.screen().is_ascii());
}

#[test]
fn no_screen_is_too_small_or_too_large_for_the_map() {
    for (palette, unicode) in [(Palette::Dark, true), (Palette::Plain, true)] {
        let mut session = themed(palette, unicode, (80, 24));
        for (width, height) in [(40, 10), (41, 11), (110, 10), (300, 100), (80, 24)] {
            session.resize(width, height);
            session.keys("g < < < < < < < < < < > > > > > > > > > > > > > > > > > >");
            session.says("Live");
        }
    }
}

#[test]
fn enter_goes_where_a_row_is_told_of() {
    let mut session = Session::open(SMALL, (120, 30));
    session.keys("j enter");
    assert_eq!(session.app.view, ViewId::Packages);
    session.keys("1 / 'Lost enter enter");
    assert_eq!(session.app.view, ViewId::Lost);
    session.keys("1 / 'Advice enter enter");
    assert_eq!(session.app.view, ViewId::Advice);
}

#[test]
fn advice_can_be_read_ticked_and_copied() {
    let mut session = Session::open(SMALL, (120, 40));
    session
        .keys("/ 'Advice enter j")
        .says("What to write instead");
    session.says("[ ]").keys("t").says("[x]").says("if ticked:");
    session.keys("space").says_not("if ticked:");
    session.keys("y");
    assert_eq!(session.clipboard.len(), 1);
    session.keys("enter");
    assert_eq!(session.app.view, ViewId::Advice);
}

#[test]
fn the_causes_of_losses_are_a_map() {
    let mut session = Session::open(SMALL, (120, 30));
    session
        .keys("/ 'Lost enter")
        .says("Lost: what later layers");
    session.says("only permissions, owner");
}

#[test]
fn it_can_be_sorted_and_folded() {
    let mut session = Session::open(SMALL, (120, 30));
    session
        .keys("s")
        .says("sorted by download")
        .says("Download by category");
    session.keys("s").says("sorted by size");
    session.keys("enter").says_not("B Base OS");
    session.keys("l").says("B Base OS");
}

#[test]
fn the_filter_counts_here_too() {
    let mut session = Session::open(SMALL, (120, 30));
    session.keys("f 'layer:2 enter").says("filter: layer:2");
    session.says_not("B Base OS").keys("esc").says("B Base OS");
}

#[test]
fn warnings_are_a_row_and_can_be_read() {
    let case = "f 900 usr/bin/hello\nh broken/link no/such/file\n";
    let mut session = Session::case(case, (120, 30));
    session.says("1 warning").keys("G").says("dead-hard-link");
    session.says("the hard link /broken/link");
}

#[test]
fn the_tiles_can_be_gone_through_and_lead_to_their_packages() {
    let mut session = Session::open(SMALL, (120, 30));
    session
        .says_not("▒")
        .keys("tab l")
        .says("▒")
        .says("goes to it");
    session.keys("G h h g").says("busybox-static: 2.0 MB");
    session.keys("enter").says("▾ busybox-static");
    assert_eq!(session.app.view, ViewId::Packages);
    // In another row it is another map.
    session.keys("1 j").says_not("▒");
}

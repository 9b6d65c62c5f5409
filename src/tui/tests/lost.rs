//! Lost: what is stored and in no container, why, and what to do about it.

use super::advice::CASE;
use super::{SMALL, Session, golden};
use crate::tui::view::ViewId;

#[test]
fn what_is_lost_is_told_by_cause_by_layers_and_by_file() {
    let mut session = Session::case(CASE, (160, 40));
    session
        .keys("6")
        .says("2.3 MB stored")
        .says("deleted by a later layer: still shipped")
        .says("1 RUN curl -o /tmp/a.… → 2 RUN rm -f /tmp/a.tgz")
        .says("written again by chown, chmod or touch")
        .says("/tmp/a.tgz");
    session.keys("C").says_not("/tmp/a.tgz ");
    session.keys("space").says("2 RUN rm");
}

#[test]
fn the_view_fits_small_and_large_screens() {
    for (width, height) in [(80, 24), (160, 48)] {
        let mut session = Session::open(SMALL, (width, height));
        let screen = session.keys("6 j").screen();
        golden(&format!("lost-{width}x{height}"), &screen);
    }
}

#[test]
fn a_group_says_what_to_do_about_it() {
    let mut session = Session::case(CASE, (160, 40));
    session
        .keys("6 j")
        .says("Stored in layer 1, lost in 2")
        .says("Delete it in the RUN that writes it (layer 1)")
        .says("layer-deleted-later, key 5");
    session.keys("w").says("Layer 1 of 6");
    session.keys("6 t").says("the advice on it can: 5");
    session
        .keys("6 G h")
        .says("Write COPY --chown=… or --chmod=… in layer 3");
}

#[test]
fn a_file_says_who_took_it_away_and_what_is_there_now() {
    let mut session = Session::case(CASE, (160, 40));
    session
        .keys("6 G")
        .says("Now there  300.0 kB, the same content")
        .says("layer 5, written again there");
    session.keys("y").says("copied: /app/data.bin");
    assert_eq!(session.clipboard, ["/app/data.bin"]);
    session.keys("w").says("Layer 3 of 6");
    session.keys("6 p");
    assert_eq!(session.app.view, ViewId::Packages);
    session.keys("6 x").says("into the folder");
    session.keys("esc enter");
    let is_open = matches!(session.app.popup, crate::tui::app::Popup::Contents(_));
    assert!(is_open);
    session.keys("esc v");
    let is_open = matches!(session.app.popup, crate::tui::app::Popup::Contents(_));
    assert!(is_open);
}

#[test]
fn what_is_lost_can_be_sorted_and_filtered() {
    let mut session = Session::case(CASE, (160, 40));
    session.keys("6 s").says("sorted by download");
    session.keys("s").says("sorted by path").says("Path▾");
    session.keys("s").says("sorted by size");
    session
        .keys("f 'size:<1MB enter")
        .says_not("deleted by a later layer")
        .says("/app/data.bin");
    session
        .keys("f ctrl-u 'size:>1GB enter")
        .says("Nothing that the filter lets through is lost");
    session.keys("esc / '*.tgz enter").says("/tmp/a.tgz");
}

#[test]
fn of_many_files_only_the_largest_are_listed() {
    let mut case = String::from("i RUN make\nf 5000 big/0\n");
    for no in 1..=2_100 {
        case += &format!("f 10 many/{no}\n");
    }
    case += "---\ni RUN rm -r /many /big\nw many\nw big\n";
    let mut session = Session::case(&case, (120, 30));
    session
        .keys("6 E G")
        .says("… 101 smaller")
        .says("Stored in layer 0, lost in 1");
    session.keys("g j j").says("/big/0").says("5.0 kB");
}

#[test]
fn an_image_that_loses_nothing_says_so() {
    let mut session = Session::case("i COPY . /\nf 100 a\n", (80, 24));
    session.keys("6").says("Nothing is lost");
}

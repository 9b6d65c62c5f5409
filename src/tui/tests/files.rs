//! Files: where the bytes are, which layer wrote them, and what was there before.

use imgsize::rootfs::NodeId;

use super::{SMALL, Session};
use crate::tui::app::Popup;
use crate::tui::prompt::{Asks, Prompt};
use crate::tui::view::{Effect, ViewId};

/// A link, a copy, another name, an older content, something removed.
const CASE: &str = "\
i COPY base /
f 90000 usr/lib/big.bin
f 6000 usr/share/one.bin
f 40 etc/conf
f 700 var/cache/old.deb
l usr/latest lib
d empty
---
i RUN make install
f 50 etc/conf v2
h usr/lib/again.bin usr/lib/big.bin
w var/cache
---
i RUN chown
m 6000 usr/share/one.bin
x srv/a.bin {8k}
x srv/b.bin {8k}
";

fn case(size: (u16, u16)) -> Session {
    Session::case(&CASE.replace("{8k}", &"same ".repeat(1600)), size)
}

fn golden(name: &str, screen: &str) {
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/golden/tui"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!(name, screen) });
}

#[test]
fn the_tree_fits_its_screen() {
    for (width, height) in [(80, 24), (160, 48)] {
        let mut session = Session::open(SMALL, (width, height));
        session.keys("3 j l j j l j l j l j");
        golden(&format!("files-{width}x{height}"), &session.screen());
        session.keys("C g a [ j l");
        golden(&format!("files-as-of-{width}x{height}"), &session.screen());
    }
}

#[test]
fn folders_are_unfolded_where_one_stands() {
    let mut session = case((120, 40));
    session.keys("3").says("Size▾").says("▾ /").says("▸ usr/");
    session.says_not("lib/");
    session.keys("j l").says("▾ usr/").says("▸ lib/");
    session.keys("l l").says("big.bin").says("latest -> lib");
    session.keys("h h h h").says_not("latest");
    session.keys("E").says("latest -> lib").says("a.bin");
    session.keys("C").says_not("a.bin").says("▸ srv/");
}

#[test]
fn the_cursor_stays_where_it_is_when_the_order_is_another() {
    let mut session = case((120, 40));
    session.keys("3 j enter").says("Size▾").says("/usr/");
    session.keys("s").says("sorted by download").says("/usr/");
    session.keys("s").says("sorted by number of files");
    session.keys("s").says("Name▾").says("/usr/");
    session.keys("s").says("sorted by size").says("/usr/");
}

#[test]
fn a_file_says_who_wrote_it_and_what_was_there() {
    let mut session = case((120, 40));
    session.keys("3 / 'conf enter");
    session
        .says("/etc/conf")
        .says("Layer      1")
        .says("RUN make install")
        .says("Was here before")
        .says("40 B of layer 0, overwritten by layer 1");
    session.keys("/ 'latest enter").says("a link to lib");
    session.keys("enter").says("/usr/lib/");
    session
        .keys("/ 'again enter")
        .says("another name of /usr/lib/big.bin");
}

#[test]
fn a_folder_says_what_is_largest_in_it() {
    let mut session = case((120, 40));
    session.keys("3 / 'srv enter");
    session.says("Largest in it").says("8.0 kB  a.bin");
    session.says("in 2 files");
}

#[test]
fn a_file_is_looked_at_written_and_copied_by_keys() {
    let mut session = case((120, 40));
    session.keys("3 / 'conf enter enter");
    assert!(matches!(session.app.popup, Popup::Contents(_)));
    session.keys("esc v");
    assert!(matches!(session.app.popup, Popup::Contents(_)));
    session.keys("esc x");
    let asks = |session: &Session| match &session.app.popup {
        Popup::Prompt(Prompt { asks, .. }) => Some(asks.clone()),
        _ => None,
    };
    assert!(matches!(asks(&session), Some(Asks::Extract(_))));
    session.keys("esc y");
    assert_eq!(session.clipboard, ["/etc/conf"]);
    // What a layer overwrote later is written by its content.
    session.keys("a [ [ / 'conf enter x");
    assert!(matches!(asks(&session), Some(Asks::ExtractBody(_))));
}

#[test]
fn a_file_leads_to_its_layer_and_its_package() {
    let mut session = case((120, 40));
    session.keys("3 / 'conf enter w").says("Layer 1 of 3");
    session.keys("3 p");
    assert_eq!(session.app.view, ViewId::Packages);
    session.keys("3 / 'empty enter p").says("it is nobody's");
    assert_eq!(session.app.view, ViewId::Files);
}

#[test]
fn files_with_the_same_content_follow_each_other() {
    let mut session = case((120, 40));
    session.keys("3 / 'a.bin enter");
    session
        .says("The same content is also at")
        .says("/srv/b.bin");
    session.keys("d").says("copy 2 of 2").says("▾ srv/");
    session.keys("y d y");
    assert_eq!(session.clipboard, ["/srv/b.bin", "/srv/a.bin"]);
    session.keys("/ 'conf enter d");
    session.says("no other file has this content");
}

#[test]
fn ticks_are_seen_and_go_with_their_folder() {
    let mut session = case((120, 40));
    session.keys("3 / 'a.bin enter").says_not("[ ]");
    session.keys("space").says("[x] a.bin").says("[ ] b.bin");
    session.keys("space").says_not("[ ]");
    session.keys("h t").says("[x] srv/").says("[x] b.bin");
    session
        .keys("l t")
        .says("it goes with a folder that is ticked");
    session.keys("u").says_not("[x]");
    session.keys("g t").says("that is the whole image");
}

#[test]
fn the_tree_is_as_of_a_layer() {
    let mut session = case((120, 40));
    session.keys("3 a").says("as of layer 2: RUN chown");
    session.says("m 1 metadata only 6.0 kB").says("+ 2 added");
    session.keys("]").says("that is the top layer");
    session.keys("[").says("as of layer 1: RUN make install");
    session.says("~ 1 changed 50 B").says("- 1 removed 700 B");
    session.keys("/ 'old.deb enter");
    session.says("layer 1 removed it; layer 0 still stores it");
    session.keys("t").says("it is gone from the image already");
    session.keys("enter");
    assert!(matches!(session.app.popup, Popup::Contents(_)));
    session.keys("esc [").says("as of layer 0: COPY base /");
    session.keys("[").says("that is the lowest layer");
    session
        .keys("a")
        .says_not("as of layer 0")
        .says_not("old.deb");
    // Whoever chose a layer means that one.
    session.keys("f 'layer:1 enter a");
    session.says("as of layer 1: RUN make install");
}

#[test]
fn the_keys_for_other_layers_begin_with_the_top_one() {
    for key in ["]", "["] {
        let mut session = case((120, 40));
        session.keys("3").press(key);
        session.says("as of layer 2: RUN chown");
    }
}

#[test]
fn no_name_acts_on_the_terminal() {
    let mut session = Session::case(
        "f 9 etc/\u{1b}[31mred\nl etc/\u{202e}link to\u{1b}]0;x\u{7}\n",
        (120, 40),
    );
    session
        .keys("3 E")
        .says("\\x1b[31mred")
        .says("-> to\\x1b]0;x");
    for key in ["G", "k", "y"] {
        session.press(key);
        let screen = session.screen().replace('\n', "");
        assert!(super::is_safe(&screen), "{screen}");
    }
    assert!(super::is_safe(&session.clipboard.concat()));
}

#[test]
fn layers_open_as_the_tree_of_their_time() {
    let mut session = case((120, 40));
    session.keys("2 enter").says("as of layer 0: COPY base /");
    assert_eq!(session.app.view, ViewId::Files);
}

#[test]
fn a_filter_shows_files_at_once_and_the_search_stays_in_it() {
    let mut session = case((120, 40));
    session.app.views.files.unfold_next();
    session
        .keys("3 f '*.bin enter")
        .says("big.bin")
        .says("a.bin");
    session.says_not("conf");
    session.keys("/ 'conf enter").says("nothing is like `conf`");
    session.keys("f");
    for _ in 0..5 {
        session.press("backspace");
    }
    session.keys("'size:>1GB enter");
    session
        .says_not("big.bin")
        .says("no file passes the filter");
    session.keys("esc").says("everything is shown").says("etc/");
}

/// As other views do it.
fn show(session: &mut Session, node: NodeId) {
    session.app.bring_about(vec![Effect::ShowNode(node)]);
    session.settle();
}

#[test]
fn what_is_looked_for_is_shown_in_the_tree_that_has_it() {
    let mut session = case((120, 40));
    let node = |session: &Session, path: &str| {
        let model = session.app.model.as_ref().unwrap();
        let fs = model.fs();
        let node = (0..fs.node_count()).filter_map(|index| fs.node_at(index));
        let mut node = node.filter(|&node| fs.path(node).to_string() == path);
        node.next().unwrap()
    };
    let conf = node(&session, "/etc/conf");
    session.keys("3 f '*.bin enter");
    show(&mut session, conf);
    session.says("the filter is gone").says("/etc/conf");
    let deb = node(&session, "/var/cache/old.deb");
    show(&mut session, deb);
    session.says("as of layer 1").says("/var/cache/old.deb");
}

//! The program as a whole: what is the same in every view.

use std::cell::OnceCell;

use proptest::prelude::*;
use ratatui::buffer::Cell;

use super::{SMALL, Session, setup};
use crate::tui::app::{Popup, Setup};
use crate::tui::keys::{KEYS, Keymap};
use crate::tui::prompt::Asks;
use crate::tui::theme::{Palette, Theme};

#[test]
fn the_help_lists_every_key() {
    let mut session = Session::open(SMALL, (120, 90));
    session.keys("?");
    for binding in KEYS {
        session.says(binding.id);
    }
    session.keys("esc").says_not("Help:");
}

/// What makes a difference: the screen with its colours, but for its last line, and what
/// left the program.
fn seen(session: &mut Session) -> (Vec<Cell>, usize, bool, usize) {
    let cells = session.cells();
    (cells, session.clipboard.len(), session.left, session.wanted)
}

#[test]
fn every_key_of_the_help_does_something() {
    let whole = Session::open(SMALL, (120, 40));
    let pair = Session::pair("f 10 a", "f 20 a", (120, 40));
    // Places to be at: most keys mean something at one of the first.
    let places = [
        "",
        "3 l",
        "5",
        "3 E j j j",
        "2 j",
        "4",
        "6 l l",
        "2",
        "3 G",
        "?",
        "5 t",
        "3 E / 'py enter",
        "3 a",
        "3 a [",
        "1 j j",
        "tab",
        "4 E j j",
        "3 E G",
        "f 'layer:1 enter",
        "7",
    ];
    for binding in KEYS {
        let key = binding.keys[0];
        let changes = |start: &Session, place: &str| {
            let mut session = start.again((120, 40));
            session.keys(place);
            let before = seen(&mut session);
            session.press(key);
            seen(&mut session) != before
        };
        let found = places.iter().any(|place| changes(&whole, place)) || changes(&pair, "1");
        // What has the same content is nowhere in this image.
        assert!(
            found || binding.id == "next-copy",
            "{} ({key}) does nothing anywhere",
            binding.id
        );
    }
}

#[test]
fn a_key_that_means_nothing_says_so() {
    let mut session = Session::open(SMALL, (100, 30));
    session
        .keys("2 v")
        .says("does nothing on this row of Layers");
}

#[test]
fn panes_tabs_and_the_divider_are_the_mouses_too() {
    let mut session = Session::open(SMALL, (120, 30));
    let tab = session.app.areas.tabs.first().copied();
    assert_eq!(tab, None);
    session.screen();
    let (layers, _) = session.app.areas.tabs[1];
    session.click(layers.x + 1, layers.y);
    session.says("Instruction");
    let list = session.app.areas.list;
    session.click(list.x + 3, list.y + 2);
    session.says("Layer 2 of 5");
    session.wheel(list.x, list.y, 1);
    let before = session.app.areas.detail;
    session.drag((before.x - 1, before.y + 3), (40, before.y + 3));
    session.screen();
    assert!(session.app.areas.detail.x < before.x);
    session.resize(80, 24);
    session.says("Layer 2 of 5");
}

#[test]
fn small_screens_say_what_they_need() {
    let mut session = Session::open(SMALL, (39, 10));
    session.says("imgsize needs 40x10");
    for (width, height) in [(1, 1), (0, 0), (40, 9), (5, 100)] {
        session.resize(width, height);
        session.screen();
    }
    session.resize(40, 10);
    session.says_not("needs");
    session.keys("q");
    assert!(session.left);
}

#[test]
fn before_the_image_is_read_there_are_tabs_and_a_way_out() {
    let mut session = Session::unread(setup(), (80, 24));
    session.says("opening").says("2 Layers");
    for binding in KEYS.iter().filter(|binding| binding.id != "quit") {
        session.press(binding.keys[0]);
        session.press("esc");
    }
    session.keys("q");
    assert!(session.left);
}

#[test]
fn without_colour_and_unicode_there_is_nothing_but_ascii() {
    let plain = Setup {
        theme: Theme {
            palette: Palette::Plain,
            unicode: false,
        },
        ..setup()
    };
    let mut session = Session::of(&super::root().join(SMALL), plain, (100, 30));
    for view in [
        "1", "2", "3", "4", "5", "6", "?", "esc", "f", "esc", "5 t e",
    ] {
        let screen = session.keys(view).screen();
        assert!(screen.is_ascii(), "{screen}");
        assert!(session.is_colourless(), "{screen}");
    }
}

#[test]
fn a_wrong_filter_is_told_and_can_be_mended() {
    let mut session = Session::open(SMALL, (120, 30));
    session.keys("f 'size:huge enter").says("`huge` is no size");
    session
        .keys("ctrl-u 'size:>1kB enter")
        .says("filter: size:>1.0kB");
    session.keys("f").says("size:>1.0kB");
    session.keys("esc esc").says_not("filter:");
}

#[test]
fn what_was_searched_in_one_view_is_searched_on_in_another() {
    let mut session = Session::open(SMALL, (120, 30));
    session.keys("n").says("nothing was searched for yet");
    session
        .keys("2 / 'chown enter")
        .says("match 1 of 1 for `chown`")
        .says("Layer 3 of 5");
    session
        .keys("/ 'nosuchthing enter")
        .says("nothing is like `nosuchthing`");
}

/// A key, or another size of the screen.
#[derive(Debug, Clone)]
enum Step {
    Key(&'static str),
    Type(char),
    Size(u16, u16),
    Click(u16, u16),
}

fn step() -> impl Strategy<Value = Step> {
    let keys: Vec<&'static str> = KEYS
        .iter()
        .flat_map(|binding| binding.keys)
        .copied()
        .collect();
    prop_oneof![
        12 => proptest::sample::select(keys).prop_map(Step::Key),
        1 => any::<char>().prop_map(Step::Type),
        1 => (0..200u16, 0..60u16).prop_map(|(width, height)| Step::Size(width, height)),
        1 => (0..160u16, 0..50u16).prop_map(|(x, y)| Step::Click(x, y)),
    ]
}

thread_local! {
    static WHOLE: OnceCell<Session> = const { OnceCell::new() };
}

/// Opened once for all cases.
fn opened(size: (u16, u16)) -> Session {
    WHOLE.with(|whole| {
        whole
            .get_or_init(|| Session::open(SMALL, (80, 24)))
            .again(size)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_key_and_no_size_is_too_much(steps in proptest::collection::vec(step(), 1..60), width in 0..200u16, height in 0..60u16) {
        let mut session = opened((width, height));
        for step in steps {
            // Nothing is written to the disk of whoever tests.
            let writes = match &session.app.popup {
                Popup::Prompt(prompt) => !matches!(prompt.asks, Asks::Search | Asks::Filter),
                _ => false,
            };
            match step {
                _ if writes => session.press("esc"),
                Step::Key(key) => session.press(key),
                Step::Type(c) => session.type_char(c),
                Step::Size(width, height) => session.resize(width, height),
                Step::Click(x, y) => session.click(x, y),
            }
            prop_assert!(session.is_safe(), "{}", session.screen().escape_debug());
        }
    }
}

#[test]
fn every_action_can_be_bound_otherwise() {
    for binding in KEYS {
        let bound = [(binding.id.to_owned(), vec!["f9".to_owned()])];
        assert!(
            Keymap::new(&bound.into_iter().collect()).is_ok(),
            "{}",
            binding.id
        );
    }
}

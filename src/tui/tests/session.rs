//! The program as a whole: what is the same in every view.

use super::{SMALL, Session};

#[test]
fn the_help_lists_every_key() {
    let mut session = Session::open(SMALL, (120, 80));
    session.keys("?");
    for binding in crate::tui::keys::KEYS {
        session.says(binding.id);
    }
    session.keys("esc").says_not("Help:");
}

//! A program that panics while it has the terminal.

#![cfg(target_os = "linux")]

use std::process::Command;

use super::pty::Pty;

/// The child: this very program, told to run this alone.
#[test]
#[ignore = "it panics: the test below runs it, on a terminal of its own"]
fn child() {
    let (_taken, _screen) = crate::tui::terminal::Taken::take().unwrap();
    panic!("for the test");
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_says_anything() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "tui::tests::panic::child",
        "--ignored",
        "--nocapture",
    ]);
    let mut pty = Pty::start(&mut command, (80, 24));
    assert!(!pty.ended().success());
    pty.is_given_back();
    let text = String::from_utf8_lossy(&pty.written).into_owned();
    let (_, after) = text.rsplit_once("\u{1b}[?25h").unwrap();
    assert!(after.contains("for the test"), "{text}");
}

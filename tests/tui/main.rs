//! The terminal interface on a terminal: what it writes, and how it leaves.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod pty;
mod safe;

use std::path::Path;
use std::process::Command;

use pty::{Pty, small_image};
use rustix::process::Signal;

fn imgsize(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_imgsize"));
    command.args(args);
    command
}

fn tui(image: &Path) -> Command {
    let mut command = imgsize(&["tui", "--no-cache", "--no-config"]);
    command.arg(image);
    command
}

/// It is on the screen, and the image is read.
fn opened(size: (u16, u16)) -> Pty {
    let mut pty = Pty::start(&mut tui(&small_image()), size);
    pty.until("\x1b[?1049h");
    pty.until("stored");
    pty
}

#[test]
fn leaving_gives_the_terminal_back() {
    for keys in ["q", "\x03", "?q", "/\x1bq"] {
        let mut pty = opened((80, 24));
        assert!(!pty.is_cooked());
        // Some terminals need a moment to tell the key from a sequence that begins with it.
        for key in keys.chars() {
            pty.keys(&key.to_string());
            pty.settle();
        }
        assert!(pty.ended().success(), "{keys:?}");
        pty.is_given_back();
    }
}

#[test]
fn a_signal_gives_the_terminal_back() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129)] {
        let mut pty = opened((80, 24));
        pty.signal(signal);
        // `setsid` ends as a shell would tell it, or by the signal itself.
        let status = pty.ended();
        assert!(status.code().is_none_or(|found| found == code), "{status}");
        pty.is_given_back();
    }
}

#[test]
fn a_stopped_program_goes_on_where_it_was() {
    let mut pty = opened((80, 24));
    pty.keys("2");
    pty.until("Instruction");
    pty.keys("\x1a");
    pty.until_stopped();
    pty.settle();
    pty.is_given_back();
    pty.signal(Signal::CONT);
    pty.until("\x1b[?1049h");
    pty.until("Instruction");
    assert!(!pty.is_cooked());
    // Stopped by another program.
    pty.signal(Signal::TSTP);
    pty.until_stopped();
    pty.settle();
    pty.is_given_back();
    pty.signal(Signal::CONT);
    pty.until("Instruction");
    pty.keys("q");
    assert!(pty.ended().success());
    pty.is_given_back();
}

#[test]
fn it_is_on_the_screen_and_can_be_left_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("image.tar");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let mut pty = Pty::start(&mut tui(&pipe), (80, 24));
    // Nobody writes into the pipe.
    pty.until("opening");
    pty.keys("2");
    pty.keys("q");
    assert!(pty.ended().success());
    pty.is_given_back();
}

#[test]
fn what_cannot_be_read_is_told_on_the_old_screen() {
    let mut pty = Pty::start(&mut tui(Path::new("/no/such/file.tar")), (80, 24));
    let status = pty.ended();
    assert_eq!(status.code(), Some(2));
    pty.is_given_back();
    let text = String::from_utf8_lossy(&pty.written).into_owned();
    let (_, after) = text.rsplit_once("\x1b[?25h").unwrap();
    assert!(
        after.contains("error: ") && after.contains("hint: "),
        "{after}"
    );
}

#[test]
fn an_image_alone_is_looked_into() {
    let mut pty = Pty::start(imgsize(&["--no-cache"]).arg(small_image()), (80, 24));
    // An option alone is no image.
    assert_eq!(pty.ended().code(), Some(2));
    let image = small_image();
    let mut pty = Pty::start(
        &mut imgsize(&[image.to_str().unwrap(), "--no-cache"]),
        (80, 24),
    );
    pty.until("stored");
    pty.keys("q");
    assert!(pty.ended().success());
}

#[test]
fn it_follows_the_size_of_the_terminal() {
    let mut pty = opened((80, 24));
    pty.resize(30, 8);
    pty.until("needs");
    pty.resize(100, 30);
    pty.until("Overview");
    pty.keys("q");
    assert!(pty.ended().success());
}

#[test]
fn without_a_terminal_it_says_what_to_do() {
    for args in [&["tui"][..], &[]] {
        let output = imgsize(args).arg(small_image()).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(
            text.contains("needs a terminal") && text.contains("imgsize report"),
            "{text}"
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn keys_and_colours_are_the_users() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("imgsize.toml");
    let with = |text: &str| {
        std::fs::write(&config, text).unwrap();
        let mut command = imgsize(&["tui", "--no-cache", "--config"]);
        command.arg(&config).arg(small_image());
        Pty::start(&mut command, (80, 24))
    };
    let mut pty = with(
        "[tui]\ntheme = \"none\"\nascii = true\nkeys.quit = \"ctrl-x\"\nkeys.layers = [\"l\"]\n",
    );
    pty.until("stored");
    pty.keys("l");
    pty.until("Instruction");
    pty.keys("q");
    pty.settle();
    pty.keys("\x18");
    assert!(pty.ended().success());
    assert!(pty.written.is_ascii(), "{}", pty.text());
    assert!(!pty.text().contains("[38;5;"), "{}", pty.text());
    for (text, words) in [
        ("[tui.keys]\nfly = \"x\"\n", "there is no action `fly`"),
        ("[tui.keys]\nquit = []\n", "no key is bound to `quit`"),
        ("[tui]\ntheme = \"pink\"\n", "there is no theme `pink`"),
        ("[tui]\ncolour = \"pink\"\n", "unknown field `colour`"),
    ] {
        let mut pty = with(text);
        assert_eq!(pty.ended().code(), Some(2), "{text}");
        let said = String::from_utf8_lossy(&pty.written).into_owned();
        assert!(said.contains(words), "{said}");
        assert!(!said.contains("\x1b[?1049h"), "{said}");
    }
}

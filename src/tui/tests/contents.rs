//! Contents: what a file holds, and files written to disk.

use std::fs;
use std::path::Path;

use imgsize::rootfs::BodyId;
use imgsize::testkit::Case;

use super::{SMALL, Session};
use crate::tui::view::Effect;

const IMAGE: &str = r#"
i COPY . /
x etc/motd hello\nTABtab\nlast
x app/colours.txt plain\n\x1b[31mred\x07 \x1b]0;title\x07\n
f 3000000 app/data.bin
x empty
---
i RUN rm /etc/motd
w etc/motd
d srv
"#;

impl Session {
    /// Looks at what a live file of this path holds, or what was lost there.
    fn look(&mut self, path: &str) -> &mut Session {
        let body = self.body(path);
        self.app.bring_about(vec![Effect::Contents(body)]);
        self.settle();
        self
    }

    fn body(&self, path: &str) -> BodyId {
        let fs = self.model.as_ref().unwrap().fs();
        let is_it = |path_of: &imgsize::path::ImagePath| path_of.as_bytes() == path.as_bytes();
        let mut bodies = fs.bodies();
        let found = bodies.find(|(_, body)| is_it(&fs.path(body.node)));
        found.unwrap_or_else(|| panic!("no {path}")).0
    }

    /// Writes a file or a folder to disk, as the user would.
    fn extract(&mut self, path: &str, into: &str) -> &mut Session {
        let node = self.model.as_ref().unwrap().fs().find(path).unwrap();
        self.app.bring_about(vec![Effect::Extract(node)]);
        self.keys("backspace");
        for c in into.chars() {
            self.press(&c.to_string());
        }
        self.keys("enter")
    }
}

fn image(size: (u16, u16)) -> Session {
    let text = IMAGE.replace("TAB", "	");
    let text = text.replace("\\x1b", "\u{1b}").replace("\\x07", "\u{7}");
    Session::case(&text, size)
}

#[test]
fn a_text_is_shown_line_by_line() {
    let mut session = image((80, 24));
    session
        .look("etc/motd")
        .says("/etc/motd  15 B, text, lost in layer 1")
        .says("│hello")
        .says("│        tab")
        .says("│last");
    session.keys("esc").says_not("hello");
}

#[test]
fn text_turns_into_bytes_and_back() {
    let mut session = image((80, 24));
    session.look("etc/motd").keys("t").says("as bytes");
    session.says("000000  68 65 6c 6c 6f 0a 09 74  61 62 0a 6c 61 73 74     hello..tab.last");
    session.keys("space").says_not("as bytes").says("│hello");
    session.resize(60, 20);
    session.keys("t").says("000008  61 62 0a 6c  61 73 74");
}

#[test]
fn nothing_in_a_file_acts_on_the_terminal() {
    let mut session = image((80, 24));
    session.look("app/colours.txt");
    session
        .says("│plain")
        .says(r"\x1b[31mred\x07 \x1b]0;title\x07");
    let screen = session.screen();
    assert!(screen.lines().all(super::is_safe));
}

#[test]
fn of_a_large_file_the_beginning_is_read_and_the_end_says_so() {
    let mut session = image((80, 24));
    session
        .look("app/data.bin")
        .says("3.0 MB, binary")
        .says("000000  ");
    session.keys("G").says("0ffff0  ");
    session.says("… the first 1.0 MB of 3.0 MB; x writes all of it to disk");
    session.keys("g").says("000000  ");
    session
        .keys("pagedown")
        .says("000130  ")
        .says_not("000120  ");
    session.keys("ctrl-d").says("0001d0  ").says_not("0001c0  ");
    session.keys("ctrl-u pageup").says("000000  ");
    session.keys("j j k").says("000010  ").says_not("000000  ");
    session.keys("x").says("into the folder");
}

#[test]
fn long_lines_are_seen_by_scrolling_to_the_side() {
    let line = format!("x app/min.js {}END", "0123456789".repeat(20));
    let mut session = Session::case(&line, (80, 24));
    session
        .look("app/min.js")
        .says("│0123456789")
        .says_not("END");
    session.keys("l").says("│8901234567");
    for _ in 0..40 {
        session.keys("right");
    }
    session.says("END");
    session.keys("h").says("END");
    for _ in 0..40 {
        session.keys("left");
    }
    session.says("│0123456789");
}

#[test]
fn an_empty_file_says_so_and_its_path_can_be_copied() {
    let mut session = image((80, 24));
    session.look("empty").says("The file is empty.");
    session.keys("y").says("copied: /empty");
    assert_eq!(session.clipboard, ["/empty"]);
}

#[test]
fn an_image_that_changed_or_is_gone_is_told() {
    let mut session = image((100, 24));
    let folder = session._folder.as_ref().unwrap().path().to_owned();
    let other = Case::parse("x etc/motd other", Path::new("."));
    fs::remove_dir_all(folder.join("image.tar")).unwrap();
    other.oci_layout(&folder.join("image.tar"), "image", imgsize::testkit::plain);
    session.look("etc/motd").says("layer 0");
    session.keys("esc");
    fs::remove_dir_all(folder.join("image.tar")).unwrap();
    session.look("etc/motd").says("image.tar");
    session
        .keys("x backspace enter")
        .says("nothing was written:");
}

#[test]
fn a_file_is_written_to_disk_and_nothing_is_written_over() {
    let mut session = image((200, 24));
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().to_str().unwrap();
    session.extract("app/colours.txt", into).says("in 1 file");
    let text = fs::read_to_string(folder.path().join("colours.txt")).unwrap();
    assert!(text.starts_with("plain\n\u{1b}[31m"));
    fs::write(folder.path().join("colours.txt"), "mine").unwrap();
    session
        .extract("app/colours.txt", into)
        .says("colours.txt (1): ");
    let mine = fs::read_to_string(folder.path().join("colours.txt")).unwrap();
    assert_eq!(mine, "mine");
    session.extract("app", into).says("app: 3.0 MB in 2 files");
    assert!(folder.path().join("app/data.bin").is_file());
    let none = format!("{into}/none");
    session
        .extract("app", &none)
        .says("there is no such folder");
    session.keys("esc");
}

#[test]
fn what_is_lost_is_written_to_disk_too() {
    let mut session = image((200, 24));
    let folder = tempfile::tempdir().unwrap();
    session.look("etc/motd").keys("x backspace");
    for c in folder.path().to_str().unwrap().chars() {
        session.press(&c.to_string());
    }
    session.keys("enter").says("motd: 15 B in 1 file");
    let text = fs::read_to_string(folder.path().join("motd")).unwrap();
    assert_eq!(text, "hello\n\ttab\nlast");
}

#[test]
fn the_viewer_fits_small_and_large_screens() {
    for (width, height) in [(80, 24), (160, 48)] {
        let mut session = Session::open(SMALL, (width, height));
        session
            .look("etc/services")
            .golden(&format!("contents-text-{width}x{height}"));
        session
            .keys("esc")
            .look("bin/busybox")
            .golden(&format!("contents-bytes-{width}x{height}"));
    }
}

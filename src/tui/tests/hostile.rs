//! An image that means harm: names, links, instructions, labels and packages full of what
//! a terminal acts on. Nothing of that may reach the screen, in any view.
//!
//! Ratatui drops control characters itself, and marks that are as wide as nothing; what
//! joins letters it keeps. So each text here has one of those: where that is not made
//! safe, nothing else of the text is, either.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use imgsize::diff::Diff;
use imgsize::path::acts_on_a_terminal;
use imgsize::report::Report;
use imgsize::testkit::{Case, plain};
use serde_json::json;

use super::{Session, analysis_of, setup};
use crate::tui::view::{Effect, ViewId};

/// A join, a command, an embedding and a tag.
const EVIL: &str = "e\u{200d}v\u{1b}[31m\u{202e}i\u{9b}2Jl\u{e0101}";

/// A tar of files by their names, and links by name and target.
fn tar_of(files: &[(Vec<u8>, Vec<u8>)], links: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        let name = Path::new(OsStr::from_bytes(name));
        tar.append_data(&mut header, name, text.as_slice()).unwrap();
    }
    for (name, target) in links {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        let [name, target] = [name, target].map(|path| Path::new(OsStr::from_bytes(path)));
        tar.append_link(&mut header, name, target).unwrap();
    }
    tar.into_inner().unwrap()
}

/// The image; `version` makes another one of it.
fn evil(version: &str) -> Case {
    let text = |text: String| text.into_bytes();
    let pip = format!("usr/lib/python3.11/site-packages/{EVIL}-{version}.dist-info");
    let status = format!(
        "Package: {EVIL}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}{EVIL}\nDepends: {EVIL}\n\n"
    );
    let mut raw = format!("srv/{EVIL}/").into_bytes();
    raw.extend(b"\xff\xfe\n\r\x07");
    raw.extend(EVIL.as_bytes());
    let files = [
        (text("var/lib/dpkg/status".into()), text(status)),
        (
            text(format!("var/lib/dpkg/info/{EVIL}.list")),
            text(format!("/srv\n/srv/{EVIL}\n")),
        ),
        (
            text(format!("{pip}/METADATA")),
            text(format!(
                "Name: {EVIL}\nVersion: {version}{EVIL}\nRequires-Dist: {EVIL}\n"
            )),
        ),
        (
            text(format!("{pip}/RECORD")),
            text(format!("{EVIL}/core.py,,\n")),
        ),
        (
            text(format!("usr/lib/python3.11/site-packages/{EVIL}/core.py")),
            vec![b'x'; 70_000],
        ),
        (
            text(format!("root/.cache/pip/{EVIL}")),
            vec![b'c'; 2_000_000],
        ),
        (
            text(format!("app/node_modules/{EVIL}/package.json")),
            text(json!({"name": EVIL, "version": format!("{version}{EVIL}")}).to_string()),
        ),
        (raw, text(format!("{EVIL}\n{EVIL}{version}\n"))),
        (text(format!("tmp/{EVIL}")), vec![b't'; 1_500_000]),
    ];
    let links = [(text(format!("srv/{EVIL}/link")), text(format!("../{EVIL}")))];
    let config = json!({
        "Labels": {EVIL: EVIL, "org.opencontainers.image.base.name": EVIL},
        "Env": [format!("{EVIL}={EVIL}")],
        "User": EVIL,
        "Cmd": [EVIL],
        "WorkingDir": format!("/{EVIL}"),
    });
    let gone = [(text(format!("tmp/.wh.{EVIL}")), Vec::new())];
    let mut case = Case::parse("---", Path::new("."));
    case.layers = vec![tar_of(&files, &links), tar_of(&gone, &[])];
    case.instructions = vec![
        Some(format!("RUN pip install {EVIL}{version} && \n\t rm {EVIL}")),
        Some(format!("RUN rm /tmp/{EVIL}")),
    ];
    case.config = config;
    case
}

/// Both versions, and what grew.
fn session(size: (u16, u16)) -> Session {
    let folder = tempfile::tempdir().unwrap();
    let [old, new] = ["1.0", "2.0"].map(|version| {
        let path = folder.path().join(version);
        evil(version).oci_layout(&path, "image", plain);
        path
    });
    let mut setup = setup();
    setup.compares = true;
    let mut session = Session::of(&new, setup, size);
    let reports = [&old, &new].map(|path| Report::new(&analysis_of(path)));
    session.app.compared(Diff::new(&reports[0], &reports[1]));
    session._folder = Some(folder);
    session
}

impl Session {
    /// Nothing that is drawn acts on a terminal.
    #[track_caller]
    fn is_harmless(&mut self, after: &str) {
        let screen = self.screen();
        let cells = self.terminal.backend().buffer().content();
        let bad = cells
            .iter()
            .find(|cell| cell.symbol().chars().any(acts_on_a_terminal));
        assert!(bad.is_none(), "{bad:?} after {after}:\n{screen}");
    }

    /// Goes down a view and looks at every row; on some of them every key is pressed.
    #[track_caller]
    fn walk(&mut self, view: ViewId) {
        const KEYS: [&str; 9] = ["enter", "v", "x", "y", "a", "t", "w", "p", "d"];
        self.app.go(view);
        self.keys("g E");
        let mut before = usize::MAX;
        for row in 0..200 {
            self.is_harmless(view.title());
            let keys = KEYS.iter().filter(|_| row % 5 == 0);
            for key in keys {
                self.press(key);
                self.is_harmless(&format!("{key} in {}", view.title()));
                self.keys("esc esc esc");
                self.app.go(view);
            }
            self.press("j");
            let place = self.app.views.get_mut(view).rows().cursor().at;
            if place == before {
                break;
            }
            before = place;
        }
    }
}

#[test]
fn nothing_of_an_image_acts_on_the_terminal_in_any_view() {
    let mut session = session((120, 40));
    for view in ViewId::ALL {
        session.walk(view);
    }
}

#[test]
fn what_is_safe_is_still_shown() {
    let mut session = session((200, 60));
    session.app.go(ViewId::Diff);
    session
        .keys("E")
        .says(r"e\u{200d}v\x1b[31m\u{202e}i\u{9b}2Jl\u{e0101}");
    session
        .keys("2")
        .says(r"RUN pip install e\u{200d}v\x1b[31m");
}

#[test]
fn what_is_searched_filtered_and_asked_for_is_harmless() {
    let mut session = session((120, 30));
    for view in ViewId::ALL {
        session.app.go(view);
        session.keys("/ '31m enter").is_harmless("search");
        session.keys("n N").is_harmless("next match");
        session.keys("f 'path:e* enter").is_harmless("filter");
        session.keys("esc esc esc");
    }
    session.keys("e").is_harmless("export");
}

#[test]
fn contents_are_harmless_as_text_and_as_bytes() {
    let mut session = session((80, 24));
    let model = session.model.clone().unwrap();
    for (body, _) in model.fs().bodies() {
        session.app.bring_about(vec![Effect::Contents(body)]);
        session.settle();
        session.is_harmless("contents");
        session.keys("t").is_harmless("the other form");
        session.keys("y").is_harmless("copied");
        session.keys("x").is_harmless("asked where to write");
        session.keys("esc esc");
    }
}

#[test]
fn what_is_written_to_disk_is_told_harmlessly() {
    let mut session = session((200, 30));
    let folder = tempfile::tempdir().unwrap();
    let node = session.model.as_ref().unwrap().fs().find("srv").unwrap();
    session.app.bring_about(vec![Effect::Extract(node)]);
    session.keys("backspace");
    for c in folder.path().to_str().unwrap().chars() {
        session.press(&c.to_string());
    }
    session
        .keys("enter")
        .says("srv: ")
        .is_harmless("extraction");
}

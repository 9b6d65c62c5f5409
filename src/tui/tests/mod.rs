//! Journeys: keys in, sentences out. A session is the program without a terminal and
//! without threads: what the worker would do is done before the next key.

mod advice;
mod bench;
mod contents;
mod diff;
mod export;
mod files;
mod hostile;
mod layers;
mod lost;
mod overview;
mod packages;
mod panic;
#[cfg(target_os = "linux")]
#[path = "../../../tests/tui/pty.rs"]
#[allow(dead_code, reason = "others need the rest of it")]
mod pty;
mod session;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use imgsize::analysis::{Wishes, analyze_opened};
use imgsize::diff::Diff;
use imgsize::report::Report;
use imgsize::scan::How;
use imgsize::source::{self, Choice, Net, Origin};
use imgsize::testkit::{Case, plain};
use imgsize::units::Units;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Cell;
use ratatui::style::Color;

use super::app::{App, Setup, Want};
use super::filter::Filter;
use super::keys::{Keymap, parse};
use super::model::Model;
use super::tally::Tally;
use super::theme::{Palette, Theme};
use super::worker::Reopen;

/// The program, on a screen of text.
pub(super) struct Session {
    pub(super) app: App,
    terminal: Terminal<TestBackend>,
    model: Option<Arc<Model>>,
    reopen: Reopen,
    pub(super) clipboard: Vec<String>,
    pub(super) left: bool,
    /// The longest that it took to take in what the worker had done: keys wait meanwhile.
    pub(super) taken_in: Duration,
    /// How often the program was to be stopped, or everything to be drawn anew.
    pub(super) wanted: usize,
    /// Holds the image, if it was made for this.
    _folder: Option<tempfile::TempDir>,
}

/// A small image with packages, losses, a base and advice.
pub(super) const SMALL: &str = "testdata/images/small/app.oci.tar";

pub(super) fn setup() -> Setup {
    Setup {
        theme: Theme {
            palette: Palette::Dark,
            unicode: true,
        },
        keys: Keymap::new(&BTreeMap::new()).unwrap(),
        units: Units::Si,
        name: "image".to_owned(),
        compares: false,
    }
}

fn analysis_of(path: &Path) -> imgsize::analysis::Analysis {
    let opened = reopener(path)().unwrap();
    analyze_opened(opened, &How::default(), &Wishes::default(), &|_| {}).unwrap()
}

fn reopener(path: &Path) -> Reopen {
    let path = path.to_owned();
    Arc::new(move || {
        let origin = Origin::saved(path.to_str().unwrap());
        source::open(&origin, &Choice::default(), &Net::default())
    })
}

impl Session {
    /// Nothing is read yet.
    pub(super) fn unread(setup: Setup, (width, height): (u16, u16)) -> Session {
        Session {
            app: App::new(setup),
            terminal: Terminal::new(TestBackend::new(width, height)).unwrap(),
            model: None,
            reopen: reopener(Path::new("none")),
            clipboard: Vec::new(),
            left: false,
            taken_in: Duration::ZERO,
            wanted: 0,
            _folder: None,
        }
    }

    /// An image of testdata is read.
    pub(super) fn open(image: &str, size: (u16, u16)) -> Session {
        Session::of(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(image),
            setup(),
            size,
        )
    }

    /// An image that is written as text, as `imgsize::testkit` tells.
    pub(super) fn case(text: &str, size: (u16, u16)) -> Session {
        let folder = tempfile::tempdir().unwrap();
        let path = saved(text, folder.path(), "image.tar");
        let mut session = Session::of(&path, setup(), size);
        session._folder = Some(folder);
        session
    }

    /// The same image, as if it were opened again.
    pub(super) fn again(&self, size: (u16, u16)) -> Session {
        let mut session = Session::unread(self.app.setup.clone(), size);
        session.reopen = Arc::clone(&self.reopen);
        session.model = self.model.clone();
        if let Some(model) = &self.model {
            let tally = Tally::new(model, Filter::default());
            session.app.loaded(Arc::clone(model), tally);
        }
        session.settle();
        session
    }

    /// Two images that are written as text, the old one first.
    pub(super) fn pair(old: &str, new: &str, size: (u16, u16)) -> Session {
        let folder = tempfile::tempdir().unwrap();
        let old = saved(old, folder.path(), "old.tar");
        let new = saved(new, folder.path(), "new.tar");
        let mut setup = setup();
        setup.compares = true;
        let mut session = Session::of(&new, setup, size);
        let report = |path| Report::new(&analysis_of(path));
        session
            .app
            .compared(Diff::new(&report(&old), &report(&new)));
        session._folder = Some(folder);
        session
    }

    pub(super) fn of(path: &Path, setup: Setup, size: (u16, u16)) -> Session {
        let mut session = Session::unread(setup, size);
        let model = Arc::new(Model::new(analysis_of(path)));
        session.reopen = reopener(path);
        let tally = Tally::new(&model, Filter::default());
        session.app.loaded(Arc::clone(&model), tally);
        session.model = Some(model);
        session.settle();
        session
    }

    /// The same image, with more known of it.
    pub(super) fn with_model(&mut self, change: impl FnOnce(Model) -> Model) {
        self.app.model = None;
        let model = self.model.take().and_then(Arc::into_inner);
        let model = Arc::new(change(model.expect("nobody else has it")));
        let tally = Tally::new(&model, Filter::default());
        self.app.loaded(Arc::clone(&model), tally);
        self.model = Some(model);
        self.settle();
    }

    /// Does what the worker would, until nothing is left to do.
    pub(super) fn settle(&mut self) {
        loop {
            let wants = self.app.wants();
            if wants.is_empty() {
                return;
            }
            for want in wants {
                match want {
                    Want::Work(job) => {
                        // Without an image the worker waits, too.
                        if let Some(model) = &self.model {
                            let done = job.run(model, &self.reopen);
                            let start = Instant::now();
                            self.app.done(done);
                            self.taken_in = self.taken_in.max(start.elapsed());
                        }
                    }
                    Want::Copy(text) => self.clipboard.push(text),
                    Want::Quit => self.left = true,
                    Want::Suspend | Want::Redraw => self.wanted += 1,
                }
            }
        }
    }

    /// Presses keys, parted by blanks; what begins with `'` is typed letter by letter.
    pub(super) fn keys(&mut self, keys: &str) -> &mut Session {
        for key in keys.split_whitespace() {
            match key.strip_prefix('\'') {
                Some(text) => {
                    for c in text.chars() {
                        self.press(&c.to_string());
                    }
                }
                None => self.press(key),
            }
        }
        self
    }

    pub(super) fn press(&mut self, name: &str) {
        let (code, modifiers) = parse(name).unwrap_or_else(|| panic!("no key {name}"));
        // Drawn before each key, as the program does: the mouse and pages go by it.
        self.screen();
        self.app.input(&Event::Key(KeyEvent::new(code, modifiers)));
        self.settle();
    }

    /// From a key to its frame, and how long the worker took afterwards.
    pub(super) fn timed(&mut self, name: &str) -> (Duration, Duration) {
        let (code, modifiers) = parse(name).unwrap_or_else(|| panic!("no key {name}"));
        let start = Instant::now();
        self.app.input(&Event::Key(KeyEvent::new(code, modifiers)));
        self.frame();
        let frame = start.elapsed();
        let start = Instant::now();
        self.settle();
        (frame, start.elapsed())
    }

    fn frame(&mut self) {
        let app = &mut self.app;
        self.terminal
            .draw(|frame| super::screen::draw(frame, app))
            .unwrap();
    }

    pub(super) fn type_char(&mut self, c: char) {
        self.screen();
        let key = KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
        self.app.input(&Event::Key(key));
        self.settle();
    }

    fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) {
        self.screen();
        self.app.input(&Event::Mouse(MouseEvent {
            kind,
            column,
            row,
            modifiers: KeyModifiers::NONE,
        }));
        self.settle();
    }

    pub(super) fn click(&mut self, x: u16, y: u16) {
        self.mouse(MouseEventKind::Down(MouseButton::Left), x, y);
        self.mouse(MouseEventKind::Up(MouseButton::Left), x, y);
    }

    pub(super) fn drag(&mut self, from: (u16, u16), to: (u16, u16)) {
        self.mouse(MouseEventKind::Down(MouseButton::Left), from.0, from.1);
        self.mouse(MouseEventKind::Drag(MouseButton::Left), to.0, to.1);
        self.mouse(MouseEventKind::Up(MouseButton::Left), to.0, to.1);
    }

    pub(super) fn wheel(&mut self, x: u16, y: u16, turns: usize) {
        for _ in 0..turns {
            self.mouse(MouseEventKind::ScrollDown, x, y);
        }
    }

    /// Is there nothing on the screen that a terminal would act on?
    pub(super) fn is_safe(&mut self) -> bool {
        self.frame();
        let cells = self.terminal.backend().buffer().content();
        cells.iter().all(|cell| is_safe(cell.symbol()))
    }

    /// The cells of all lines but the last.
    pub(super) fn cells(&mut self) -> Vec<Cell> {
        self.frame();
        let buffer = self.terminal.backend().buffer();
        let last = usize::from(buffer.area.width);
        let cells = buffer.content();
        cells[..cells.len().saturating_sub(last)].to_vec()
    }

    pub(super) fn is_colourless(&mut self) -> bool {
        self.frame();
        let cells = self.terminal.backend().buffer().content();
        cells
            .iter()
            .all(|cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset))
    }

    pub(super) fn resize(&mut self, width: u16, height: u16) {
        self.terminal.backend_mut().resize(width, height);
        self.app.input(&Event::Resize(width, height));
    }

    /// The screen as text.
    pub(super) fn screen(&mut self) -> String {
        self.frame();
        let buffer = self.terminal.backend().buffer();
        let width = usize::from(buffer.area.width.max(1));
        let mut text = String::new();
        for row in buffer.content().chunks(width) {
            let mut skip = 0;
            let mut line = String::new();
            for cell in row {
                // A wide character takes the cell behind it, too.
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                line.push_str(cell.symbol());
                skip = super::text::width(cell.symbol()).saturating_sub(1);
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// The screen has to be what it was when somebody last looked at it.
    #[track_caller]
    pub(super) fn golden(&mut self, name: &str) -> &mut Session {
        let screen = self.screen();
        golden(name, &screen);
        self
    }

    /// The screen has to say this.
    #[track_caller]
    pub(super) fn says(&mut self, words: &str) -> &mut Session {
        let screen = self.screen();
        assert!(
            screen.contains(words),
            "`{words}` is not on the screen:\n{screen}"
        );
        self
    }

    /// The screen may not say this.
    #[track_caller]
    pub(super) fn says_not(&mut self, words: &str) -> &mut Session {
        let screen = self.screen();
        assert!(
            !screen.contains(words),
            "`{words}` is on the screen:\n{screen}"
        );
        self
    }
}

/// Is there nothing in it that a terminal would act on?
pub(super) fn is_safe(text: &str) -> bool {
    !text.chars().any(imgsize::path::acts_on_a_terminal)
}

/// Where the repository is.
pub(super) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Holds a screen against the one in `testdata/golden/tui`.
pub(super) fn golden(name: &str, screen: &str) {
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/golden/tui"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!(name, screen) });
}

/// Saves an image that is written as text.
fn saved(text: &str, folder: &Path, name: &str) -> PathBuf {
    let case = Case::parse(text, Path::new(env!("CARGO_MANIFEST_DIR")));
    let path = folder.join(name);
    case.oci_layout(&path, "image", plain);
    path
}

//! Lines on stderr that listen to a scan: where it is, for a terminal; what each
//! layer took, for whoever asks.
//!
//! A thread draws, and nobody waits for it: a terminal may be slow, or stopped. Only
//! numbers and digests are shown, so nothing in them acts on a terminal.

use std::collections::VecDeque;
use std::io::Write as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use imgsize::scan::{Ending, Event};
use imgsize::source::{ImageInfo, Opened, Passage};
use imgsize::units::Bytes;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Nothing is drawn for work that is done by then.
const FIRST: Duration = Duration::from_millis(300);
/// Draws this often.
const EVERY: Duration = Duration::from_millis(100);
/// The rate is that of so many drawings: five seconds.
const SAMPLES: usize = 50;
/// Layers that have a line of their own.
const MOST_LINES: usize = 4;

/// What the user wants to see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Show {
    /// Lines that are drawn over and over, while there is a terminal.
    pub(super) live: bool,
    /// A line for each layer that is done.
    pub(super) layers: bool,
    /// Whose image it is, where only its name was given.
    pub(super) source: bool,
}

/// What is known of a running scan.
pub(super) struct Progress {
    show: Show,
    scan: Arc<Shared>,
    drawer: Option<JoinHandle<()>>,
}

/// Between the workers, the drawer and whoever ends the program.
struct Shared {
    scan: Mutex<Scan>,
    changed: Condvar,
}

/// The one that is drawn; to be wiped by whoever ends the program.
static DRAWN: Mutex<Option<Arc<Shared>>> = Mutex::new(None);

struct Scan {
    layers: Vec<Layer>,
    /// The layers that are being read, the first begun first.
    active: Vec<usize>,
    done: usize,
    /// Of an archive that passes by as a whole, whose layers nobody knows yet.
    streamed: Bytes,
    /// About as much will pass by, if that is known.
    expected: Option<Bytes>,
    /// Lines that stay on the terminal, and are not on it yet.
    said: Vec<String>,
    /// When, and how much was read by then; of the last few seconds.
    samples: VecDeque<(Instant, u64)>,
    /// There is nothing more to draw.
    ended: bool,
    /// The terminal is as it was.
    wiped: bool,
}

struct Layer {
    name: String,
    size: Bytes,
    passed: Bytes,
    begun: Instant,
    /// Out of the cache: nothing was read.
    known: bool,
}

impl Progress {
    /// Begins to listen to the scan of an image.
    pub(super) fn new(opened: &Opened, show: Show) -> Progress {
        match opened {
            Opened::Image(image) => Progress::of(Scan::new(image.info()), show),
            Opened::Passage(passage) => Progress::passage(passage, show),
        }
    }

    /// Begins to listen to an archive that passes by.
    pub(super) fn passage(passage: &Passage, show: Show) -> Progress {
        let mut scan = Scan::of(Vec::new());
        scan.expected = passage.promise().map(|promise| promise.size);
        Progress::of(scan, show)
    }

    fn of(scan: Scan, show: Show) -> Progress {
        let scan = Arc::new(Shared {
            scan: Mutex::new(scan),
            changed: Condvar::new(),
        });
        let drawer = show.live.then(|| {
            let shared = Arc::clone(&scan);
            let drawer = thread::Builder::new().spawn(move || draw(&shared)).ok();
            if drawer.is_some() {
                *locked(&DRAWN) = Some(Arc::clone(&scan));
            }
            drawer
        });
        Progress {
            show,
            scan,
            drawer: drawer.flatten(),
        }
    }

    /// Takes an event; may be called from any thread, and never waits for a terminal.
    pub(super) fn hear(&self, event: Event) {
        if !self.show.live && !self.show.layers {
            return;
        }
        let said = locked(&self.scan.scan).hear(event);
        let Some(line) = said.filter(|_| self.show.layers) else {
            return;
        };
        match self.drawer {
            Some(_) => locked(&self.scan.scan).said.push(line),
            None => say(&line),
        }
    }
}

/// What follows may be an error.
impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(drawer) = self.drawer.take() {
            locked(&self.scan.scan).ended = true;
            self.scan.changed.notify_all();
            let _ = drawer.join();
            *locked(&DRAWN) = None;
        }
    }
}

/// Leaves the terminal as it was, if it takes that soon: the program ends.
pub(super) fn wipe() {
    const PATIENCE: Duration = Duration::from_millis(300);
    let Some(shared) = locked(&DRAWN).take() else {
        return;
    };
    let mut scan = locked(&shared.scan);
    scan.ended = true;
    shared.changed.notify_all();
    let waits = |scan: &mut Scan| !scan.wiped;
    let _ = shared.changed.wait_timeout_while(scan, PATIENCE, waits);
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn say(line: &str) {
    let _ = std::io::stderr()
        .lock()
        .write_all(format!("{line}\n").as_bytes());
}

/// Draws until there is nothing more to draw, and wipes it all.
fn draw(shared: &Shared) {
    let goes_on = |scan: &mut Scan| !scan.ended;
    let sleep = |scan, how_long| {
        let woken = shared.changed.wait_timeout_while(scan, how_long, goes_on);
        woken.unwrap_or_else(PoisonError::into_inner).0
    };
    let mut scan = sleep(locked(&shared.scan), FIRST);
    let mut board = None;
    while !scan.ended {
        let board = board.get_or_insert_with(Board::new);
        scan.sample(Instant::now());
        let (said, lines) = (std::mem::take(&mut scan.said), scan.lines(Board::width()));
        drop(scan);
        board.draw(&said, &lines);
        scan = sleep(locked(&shared.scan), EVERY);
    }
    let said = std::mem::take(&mut scan.said);
    drop(scan);
    if let Some(Board(bar)) = board {
        bar.finish_and_clear();
    }
    said.iter().for_each(|line| say(line));
    locked(&shared.scan).wiped = true;
    shared.changed.notify_all();
}

/// Some lines at the end of a terminal, drawn at once: one bar whose text has several
/// lines, as many bars would be drawn one by one.
struct Board(ProgressBar);

impl Board {
    fn new() -> Board {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{msg}") {
            bar.set_style(style);
        }
        Board(bar)
    }

    /// One column less than there is: some terminals break a line that is full.
    fn width() -> usize {
        let size = terminal_size::terminal_size_of(std::io::stderr());
        let width = size.map_or(80, |(width, _)| usize::from(width.0));
        width.saturating_sub(1)
    }

    /// Puts `said` above, where it stays, and the lines in place of the last ones.
    fn draw(&self, said: &[String], lines: &[String]) {
        for line in said {
            // A terminal that cannot be drawn on takes lines.
            match self.0.is_hidden() {
                true => say(line),
                false => self.0.println(line),
            }
        }
        self.0.set_message(lines.join("\n"));
        // Each line is filled up to the last column, where the `^C` that a terminal
        // echoes would begin another line, and wiping would miss by one.
        if !self.0.is_hidden() {
            let _ = std::io::stderr().lock().write_all(b"\r");
        }
    }
}

impl Scan {
    fn new(info: &ImageInfo) -> Scan {
        let layer = |layer: &imgsize::source::LayerInfo| {
            let digest = layer.digest.or(layer.diff_id);
            let name = digest.map(|digest| {
                let hex = digest.hex();
                format!("{}:{}…", digest.algorithm(), hex.get(..12).unwrap_or(&hex))
            });
            Layer {
                name: name.unwrap_or_else(|| "(no digest)".to_owned()),
                size: layer.size,
                passed: Bytes::ZERO,
                begun: Instant::now(),
                known: false,
            }
        };
        Scan::of(info.layers.iter().map(layer).collect())
    }

    fn of(layers: Vec<Layer>) -> Scan {
        Scan {
            layers,
            active: Vec::new(),
            done: 0,
            streamed: Bytes::ZERO,
            expected: None,
            said: Vec::new(),
            samples: VecDeque::new(),
            ended: false,
            wiped: false,
        }
    }

    /// Takes an event; what to say of a layer that is done. Of a layer that the image
    /// does not list nothing is known, and nothing is shown.
    fn hear(&mut self, event: Event) -> Option<String> {
        if let Event::Streamed(bytes) = event {
            self.streamed = bytes;
        }
        let of = self.layers.len();
        match event {
            Event::Begun(no) => {
                let layer = self.layers.get_mut(usize::from(no))?;
                layer.begun = Instant::now();
                self.active.push(usize::from(no));
                None
            }
            Event::Passed(no, bytes) => {
                let layer = self.layers.get_mut(usize::from(no))?;
                layer.passed = bytes.min(layer.size);
                None
            }
            Event::Streamed(_) | Event::Holds(..) => None,
            Event::Done(no, ending) => {
                let no = usize::from(no);
                let layer = self.layers.get_mut(no)?;
                self.active.retain(|active| *active != no);
                self.done += 1;
                let how = match ending {
                    Ending::Read => {
                        let seconds = layer.begun.elapsed().as_secs_f64();
                        format!("read in {seconds:.1} s")
                    }
                    Ending::Known => "known (cache)".to_owned(),
                    // The error says more.
                    Ending::Failed => return None,
                };
                layer.passed = layer.size;
                layer.known = ending == Ending::Known;
                Some(format!(
                    "layer {no}/{of}  {}  {}  {how}",
                    layer.name, layer.size
                ))
            }
        }
    }

    fn sample(&mut self, now: Instant) {
        let read = self.layers.iter().filter(|layer| !layer.known);
        let read: Bytes = read.map(|layer| layer.passed).sum();
        self.samples.push_back((now, (read + self.streamed).0));
        if self.samples.len() > SAMPLES {
            self.samples.pop_front();
        }
    }

    /// Bytes a second, of the last few; `None` until there is something to go by.
    fn rate(&self) -> Option<f64> {
        let ((then, before), (now, after)) = (self.samples.front()?, self.samples.back()?);
        let seconds = now.duration_since(*then).as_secs_f64();
        let bytes = after.saturating_sub(*before) as f64;
        (seconds > 0.0 && bytes > 0.0).then(|| bytes / seconds)
    }

    /// What to draw: layers that are being read, and the whole; no line is wider than
    /// `width`, and what matters least is left out first.
    fn lines(&self, width: usize) -> Vec<String> {
        let shown = self.active.iter().take(MOST_LINES);
        let line = |&no: &usize| {
            let layer = &self.layers[no];
            let passed = format!("{} of {}", layer.passed, layer.size);
            fitted(&[format!("layer {no}"), passed, layer.name.clone()], width)
        };
        let mut lines: Vec<String> = shown.map(line).collect();
        lines.push(fitted(&self.whole(), width));
        lines
    }

    fn whole(&self) -> Vec<String> {
        let passed: Bytes = self.layers.iter().map(|layer| layer.passed).sum();
        let total: Bytes = self.layers.iter().map(|layer| layer.size).sum();
        let count = self.layers.len();
        if self.streamed > Bytes::ZERO {
            return self.stream();
        }
        if self.done == count {
            return vec![format!("{total} read"), "finding owners".to_owned()];
        }
        let mut words = vec![format!("{passed} of {total}")];
        if let Some(rate) = self.rate() {
            words.push(time_left(((total - passed).0 as f64 / rate) as u64));
            words.push(format!("{}/s", Bytes(rate as u64)));
        }
        words.push(format!("{} of {count} layers done", self.done));
        words
    }
}

impl Scan {
    fn stream(&self) -> Vec<String> {
        let streamed = self.streamed;
        let mut words = match self.expected {
            Some(expected) => vec![format!("{streamed} of about {expected}")],
            None => vec![format!("{streamed} read")],
        };
        if let Some(rate) = self.rate() {
            if let Some(expected) = self.expected.filter(|expected| *expected > streamed) {
                words.push(time_left(((expected - streamed).0 as f64 / rate) as u64));
            }
            words.push(format!("{}/s", Bytes(rate as u64)));
        }
        words
    }
}

fn time_left(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s left"),
        60..3600 => format!("{} min {:02} s left", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min left", seconds / 3600, seconds / 60 % 60),
    }
}

/// The words that fit, most important first; ASCII but for the `…` of a digest.
fn fitted(words: &[String], width: usize) -> String {
    let mut line = String::new();
    for word in words {
        let gap = if line.is_empty() { "" } else { "  " };
        if line.chars().count() + gap.len() + word.chars().count() <= width {
            line.push_str(gap);
            line.push_str(word);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use imgsize::testkit::{Case, plain};

    use super::*;

    /// Ten layers of 100 MB.
    fn scan() -> Scan {
        let text = ["f 1 a\n"; 10].join("---\n");
        let mut info = Case::parse(&text, std::path::Path::new(""))
            .image(plain)
            .info;
        for layer in &mut info.layers {
            layer.size = Bytes(100_000_000);
        }
        Scan::new(&info)
    }

    #[test]
    fn every_width_shows_what_matters_most() {
        let mut scan = scan();
        let start = Instant::now();
        for no in 0..6 {
            scan.hear(Event::Begun(no));
        }
        scan.sample(start);
        scan.hear(Event::Passed(1, Bytes(50_000_000)));
        scan.hear(Event::Done(0, Ending::Read));
        scan.hear(Event::Done(9, Ending::Known));
        scan.sample(start + Duration::from_secs(3));
        let name = &scan.layers[1].name;
        assert_eq!(
            scan.lines(100),
            [
                &format!("layer 1  50.0 MB of 100.0 MB  {name}"),
                &format!("layer 2  0 B of 100.0 MB  {name}"),
                &format!("layer 3  0 B of 100.0 MB  {name}"),
                &format!("layer 4  0 B of 100.0 MB  {name}"),
                "250.0 MB of 1.0 GB  15 s left  50.0 MB/s  2 of 10 layers done",
            ]
        );
        assert_eq!(scan.lines(39)[0], "layer 1  50.0 MB of 100.0 MB");
        let line = "250.0 MB of 1.0 GB  15 s left  50.0 MB/s";
        assert_eq!(scan.lines(line.len())[4], line);
        assert_eq!(scan.lines(30)[4], "250.0 MB of 1.0 GB  15 s left");
        for width in 0..100 {
            let lines = scan.lines(width);
            assert!(lines.iter().all(|line| line.chars().count() <= width));
        }
        scan.done = 10;
        assert_eq!(scan.whole(), ["1.0 GB read", "finding owners"]);
    }

    #[test]
    fn a_layer_says_what_it_took() {
        let mut scan = scan();
        let name = scan.layers[3].name.clone();
        assert_eq!(scan.hear(Event::Begun(3)), None);
        let said = scan.hear(Event::Done(3, Ending::Read)).unwrap();
        assert_eq!(said, format!("layer 3/10  {name}  100.0 MB  read in 0.0 s"));
        let said = scan.hear(Event::Done(4, Ending::Known)).unwrap();
        assert!(said.ends_with("  100.0 MB  known (cache)"), "{said}");
        assert_eq!(scan.hear(Event::Done(5, Ending::Failed)), None);
    }

    #[test]
    fn a_layer_that_nobody_knows_is_passed_over() {
        let mut scan = scan();
        for no in [10, u16::MAX] {
            assert_eq!(scan.hear(Event::Begun(no)), None);
            assert_eq!(scan.hear(Event::Passed(no, Bytes(u64::MAX))), None);
            assert_eq!(scan.hear(Event::Done(no, Ending::Read)), None);
        }
        assert_eq!(scan.lines(80), ["0 B of 1.0 GB  0 of 10 layers done"]);
    }

    #[test]
    fn time_is_told_in_words() {
        assert_eq!(time_left(0), "0 s left");
        assert_eq!(time_left(3599), "59 min 59 s left");
        assert_eq!(time_left(7260), "2 h 01 min left");
    }
}

//! A line on stderr that listens to a scan.

use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use imgsize::scan::Event;
use imgsize::source::Opened;
use imgsize::units::Bytes;

/// Draws at most this often.
const EVERY: Duration = Duration::from_millis(100);

/// What is known of a running scan.
pub(super) struct Progress {
    state: Option<Mutex<State>>,
}

struct State {
    passed: Vec<Bytes>,
    /// Of what passes by as a whole.
    streamed: Bytes,
    total: Bytes,
    done: usize,
    drawn: Instant,
    shown: bool,
}

impl Progress {
    /// A line for this image; nothing at all if nobody is there to see it.
    pub(super) fn new(opened: &Opened, visible: bool) -> Progress {
        let (layers, total) = match opened {
            Opened::Image(image) => {
                let layers = &image.info().layers;
                (layers.len(), layers.iter().map(|layer| layer.size).sum())
            }
            Opened::Passage(passage) => {
                let promise = passage.promise();
                let size = promise.map_or(Bytes::ZERO, |promise| promise.size);
                (0, size)
            }
        };
        let state = State {
            passed: vec![Bytes::ZERO; layers],
            streamed: Bytes::ZERO,
            total,
            done: 0,
            drawn: Instant::now(),
            shown: false,
        };
        Progress {
            state: visible.then(|| Mutex::new(state)),
        }
    }

    /// Takes an event; may be called from any thread.
    pub(super) fn hear(&self, event: Event) {
        let Some(state) = &self.state else { return };
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Begun(_) => {}
            Event::Passed(layer, bytes) => {
                // What passes by as a whole is not told by layers.
                if let Some(passed) = state.passed.get_mut(usize::from(layer)) {
                    *passed = bytes;
                }
            }
            Event::Streamed(bytes) => state.streamed = bytes,
            Event::Done(_) => state.done += 1,
        }
        if state.drawn.elapsed() >= EVERY {
            state.draw();
        }
    }
}

impl State {
    fn draw(&mut self) {
        let passed: Bytes = self.passed.iter().copied().sum();
        let line = match (self.streamed, self.total) {
            (Bytes::ZERO, total) => format!(
                "\r\x1b[Kreading {passed} of {total}, {} of {} layers",
                self.done,
                self.passed.len()
            ),
            (streamed, Bytes::ZERO) => format!("\r\x1b[Kreading {streamed}"),
            (streamed, total) => format!("\r\x1b[Kreading {streamed} of about {total}"),
        };
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
        self.drawn = Instant::now();
        self.shown = true;
    }
}

/// Wipes the line: what follows it may be an error.
impl Drop for Progress {
    fn drop(&mut self) {
        let Some(state) = &self.state else { return };
        if state.lock().unwrap_or_else(PoisonError::into_inner).shown {
            let _ = std::io::stderr().lock().write_all(b"\r\x1b[K");
        }
    }
}

//! What must not be cut in the middle. What comes in is the beginning and the end of
//! every file that is unfinished; what goes out is a moment in which there is none,
//! for whoever ends the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How many files are unfinished, and may there be another?
struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    unfinished: usize,
    closed: bool,
}

static GATE: Gate = Gate::new();

/// A file is unfinished as long as this lives: it has a name, and not its last one.
/// Held for moments, and never while waiting for input.
#[must_use]
pub struct Unfinished(&'static Gate);

/// Begins an unfinished file. Does not return once [`close`] was called: the program
/// is about to end.
pub fn unfinished() -> Unfinished {
    GATE.enter()
}

/// Files and folders that take too long to be waited for.
static DOOMED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// What is at a path goes when this does, and when the program is ended: something that
/// is being written for minutes. What was renamed is not there any more, and stays.
#[must_use]
pub struct Doomed {
    path: PathBuf,
    kept: bool,
}

/// Dooms what is at a path, or will be.
pub fn doomed(path: &Path) -> Doomed {
    let mut all = DOOMED.lock().unwrap_or_else(PoisonError::into_inner);
    all.push(path.to_owned());
    Doomed {
        path: path.to_owned(),
        kept: false,
    }
}

impl Doomed {
    /// It is whole, and stays where it is.
    pub fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Doomed {
    fn drop(&mut self) {
        if !self.kept {
            remove(&self.path);
        }
        let mut all = DOOMED.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|path| *path != self.path);
    }
}

fn remove(path: &Path) {
    /// Whoever writes into a folder meanwhile keeps it from going, until it is gone.
    const TRIES: usize = 100;
    for _ in 0..TRIES {
        // It may be gone, or renamed: that is no fault.
        let gone = match fs::symlink_metadata(path) {
            Ok(kind) if kind.is_dir() => fs::remove_dir_all(path),
            Ok(_) => fs::remove_file(path),
            Err(_) => Ok(()),
        };
        match gone {
            Err(error) if error.kind() == std::io::ErrorKind::DirectoryNotEmpty => {}
            _ => break,
        }
    }
}

/// Lets no further file begin, and waits until none is unfinished, but no longer than
/// `patience`: a disk may hang. Were all finished? What is doomed is removed.
pub fn close(patience: Duration) -> bool {
    let finished = GATE.close(patience);
    let doomed = DOOMED.lock().unwrap_or_else(PoisonError::into_inner);
    doomed.iter().for_each(|path| remove(path));
    finished
}

impl Gate {
    const fn new() -> Gate {
        let state = State {
            unfinished: 0,
            closed: false,
        };
        Gate {
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    fn enter(&'static self) -> Unfinished {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let open = self.changed.wait_while(state, |state| state.closed);
        open.unwrap_or_else(PoisonError::into_inner).unfinished += 1;
        Unfinished(self)
    }

    fn close(&self, patience: Duration) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.closed = true;
        let busy = |state: &mut State| state.unfinished > 0;
        let waited = self.changed.wait_timeout_while(state, patience, busy);
        waited.unwrap_or_else(PoisonError::into_inner).0.unfinished == 0
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.unfinished -= 1;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn a_closed_gate_waits_for_what_is_unfinished_and_lets_nothing_begin() {
        static GATE: Gate = Gate::new();
        static BEGUN: AtomicBool = AtomicBool::new(false);
        let (one, other) = (GATE.enter(), GATE.enter());
        drop(other);
        assert!(!GATE.close(Duration::from_millis(1)));
        thread::spawn(|| {
            let _third = GATE.enter();
            BEGUN.store(true, Ordering::SeqCst);
        });
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            drop(one);
        });
        assert!(GATE.close(Duration::from_secs(60)));
        assert!(!BEGUN.load(Ordering::SeqCst));
    }
}

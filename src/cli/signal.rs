//! Ctrl-C: the program ends at once, as a shell expects it, and leaves nothing behind.

use std::io;
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::progress;

/// How long a file that is being written may take; a disk may hang.
const PATIENCE: Duration = Duration::from_secs(2);

/// Waits for a signal, beside everything else. The second one does not wait for files.
pub(super) fn watch() -> io::Result<()> {
    let mut signals = Signals::new(
        [SIGINT, SIGTERM, SIGHUP]
            .into_iter()
            .filter(|no| !is_ignored(*no)),
    )?;
    thread::Builder::new().spawn(move || {
        let mut signals = signals.forever();
        if let Some(signal) = signals.next() {
            thread::spawn(move || {
                crate::tui::leave(PATIENCE / 2);
                imgsize::interrupt::close(PATIENCE);
                progress::wipe();
                end(signal);
            });
        }
        if let Some(signal) = signals.next() {
            crate::tui::leave(PATIENCE / 8);
            end(signal);
        }
    })?;
    Ok(())
}

/// By the signal, so that a shell sees 130 and stops its loop.
fn end(signal: i32) {
    let _ = emulate_default_handler(signal);
}

/// A script's `imgsize … &` and `nohup` have signals ignored: so they stay. Where the
/// kernel does not tell, none is.
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & (1 << (signal - 1)) != 0)
}

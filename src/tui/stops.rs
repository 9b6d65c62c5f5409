//! A program that is stopped and goes on. What comes in is Ctrl-Z, or the signals of
//! another program; what goes out is a terminal that is the shell's in between.

use std::io;
use std::sync::mpsc::Sender;
use std::thread;

use super::terminal::give_back;
use super::{Message, terminal};

/// Stops, as Ctrl-Z does everywhere; goes on here after `fg`.
#[cfg(unix)]
pub(super) fn stop(screen: &mut terminal::Screen) -> io::Result<()> {
    give_back();
    signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
    terminal::enter()?;
    terminal::wipe(screen)
}

#[cfg(not(unix))]
pub(super) fn stop(_screen: &mut terminal::Screen) -> io::Result<()> {
    Ok(())
}

/// Another program may stop this one, too: `kill -TSTP`, and `kill -CONT`.
#[cfg(unix)]
pub(super) fn watch(sender: &Sender<Message>) {
    use signal_hook::consts::{SIGCONT, SIGTSTP};
    let sender = sender.clone();
    let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGTSTP, SIGCONT]) else {
        return;
    };
    thread::spawn(move || {
        for signal in signals.forever() {
            if signal == SIGTSTP {
                give_back();
                let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP);
            }
            if !terminal::is_taken() && sender.send(Message::Resumed).is_err() {
                break;
            }
        }
    });
}

#[cfg(not(unix))]
pub(super) fn watch(_sender: &Sender<Message>) {}

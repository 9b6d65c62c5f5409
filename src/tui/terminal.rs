//! The terminal, taken and given back. What comes in is the wish to draw; what goes out
//! is a screen of its own, and the old one as it was, however the program ends.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Once, mpsc};
use std::thread;
use std::time::Duration;

use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{clipboard::CopyToClipboard, cursor, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;

/// Is it ours now?
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Is the program about to end? Then it is taken no more.
static LEAVING: AtomicBool = AtomicBool::new(false);

/// What is drawn on.
pub(crate) type Screen = Terminal<CrosstermBackend<io::Stdout>>;

/// Takes the terminal; it is given back when this goes.
pub(crate) struct Taken;

impl Taken {
    /// Takes it, and sees to it that a panic gives it back before it says anything.
    pub(crate) fn take() -> io::Result<(Taken, Screen)> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                give_back();
                before(panic);
            }));
        });
        let taken = Taken;
        enter()?;
        let mut screen = Terminal::new(CrosstermBackend::new(io::stdout()))?;
        wipe(&mut screen)?;
        Ok((taken, screen))
    }
}

/// Makes the next frame draw everything. `Terminal::clear` would ask the terminal where
/// its cursor is, and the answer would come among the keys.
pub(crate) fn wipe(screen: &mut Screen) -> io::Result<()> {
    let size = screen.size()?;
    screen.resize(Rect::new(0, 0, size.width, size.height))
}

impl Drop for Taken {
    fn drop(&mut self) {
        give_back();
    }
}

/// Takes the terminal, also anew after [`give_back`].
pub(crate) fn enter() -> io::Result<()> {
    if LEAVING.load(Ordering::SeqCst) {
        return Ok(());
    }
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        EnableMouseCapture,
        EnableBracketedPaste,
        cursor::Hide,
    )
}

/// Gives the terminal back, once; from any thread, and as often as one likes.
pub(crate) fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // Each by itself: what fails keeps nothing from being given back.
    let mut out = io::stdout();
    let _ = execute!(out, DisableBracketedPaste, DisableMouseCapture);
    let _ = execute!(out, LeaveAlternateScreen, cursor::Show);
    let _ = disable_raw_mode();
    let _ = out.flush();
}

/// Gives it back for good, before the program is ended from outside. Whoever draws may be
/// waiting for a terminal that takes nothing any more: then this is not waited for.
pub(crate) fn leave(patience: Duration) {
    LEAVING.store(true, Ordering::SeqCst);
    let (sender, done) = mpsc::channel();
    thread::spawn(move || {
        give_back();
        let _ = sender.send(());
    });
    let _ = done.recv_timeout(patience);
}

/// Is it ours? What was given back for good is not drawn on.
pub(crate) fn is_taken() -> bool {
    TAKEN.load(Ordering::SeqCst)
}

/// Puts a text on the clipboard of whoever shows the terminal (OSC 52).
pub(crate) fn copy(text: &str) -> io::Result<()> {
    execute!(io::stdout(), CopyToClipboard::to_clipboard_from(text))
}

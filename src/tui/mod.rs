//! The terminal interface: look into an image. What comes in is how to read one image,
//! or two; what goes out is frames, and files that the user wants written.
//!
//! One thread draws and listens to the keys, one reads the image, one does what takes
//! time: the first frame is there before any layer is read, and no key waits for work.
//!
//! ```text
//! keys ──> input ──┐
//! loader ──────────┼──> Message ──> app (state) ──> screen (frame)
//! worker ──────────┘                 └──> wants: jobs, clipboard, leaving
//! ```

mod app;
mod contents;
mod export;
mod extract;
mod filter;
mod keys;
mod list;
mod loading;
mod losses;
mod model;
mod pattern;
mod prompt;
mod relations;
mod screen;
mod stops;
mod tally;
mod terminal;
mod text;
mod theme;
mod ticks;
mod treemap;
mod view;
mod views;
mod worker;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossterm::event::Event as Input;
use imgsize::analysis::Analysis;
use imgsize::diff::Diff;

pub(crate) use app::Setup;
pub(crate) use keys::Keymap;
pub(crate) use loading::Heard;
pub(crate) use model::Tie;
pub(crate) use terminal::leave;
pub(crate) use theme::{Palette, Theme};
pub(crate) use worker::Reopen;

use app::{App, Want};
use filter::Filter;
use model::Model;
use tally::Tally;
use worker::{Done, Job};

/// How long a file that is being written may take when the user leaves.
const PATIENCE: Duration = Duration::from_secs(2);

/// Reads an image, and tells how far it is.
pub(crate) type Load<E> = Box<dyn FnOnce(&(dyn Fn(Heard) + Sync)) -> Result<Analysis, E> + Send>;

/// What to look into.
pub(crate) struct Images<E> {
    pub(crate) image: Load<E>,
    /// The image before it, to compare with.
    pub(crate) before: Option<Load<E>>,
    pub(crate) reopen: Reopen,
    /// The Dockerfile of the image, if there is one.
    pub(crate) tie: Option<Tie>,
}

/// What the thread that draws hears.
pub(crate) enum Message {
    Input(Input),
    Heard(Heard),
    Loaded(Arc<Model>, Box<Tally>),
    Compared(Box<Diff>),
    /// It cannot be read: the loader has the reason.
    Failed,
    Done(Box<Done>),
    /// Something panicked.
    Broken,
    /// The program goes on after it was stopped.
    Resumed,
}

/// Shows the images until the user leaves.
pub(crate) fn run<E: Send + 'static>(images: Images<E>, setup: Setup) -> Result<(), Ended<E>> {
    let (sender, messages) = mpsc::channel();
    let (_taken, mut screen) = terminal::Taken::take().map_err(Ended::Terminal)?;
    let mut app = App::new(setup);
    screen
        .draw(|frame| screen::draw(frame, &mut app))
        .map_err(Ended::Terminal)?;
    let model = Arc::new(Mutex::new(None));
    let failed = Arc::new(Mutex::new(None));
    let reopen = Arc::clone(&images.reopen);
    load(images, &sender, &model, &failed);
    let jobs = hire(&sender, &model, reopen);
    listen(&sender);
    stops::watch(&sender);
    let ended = until_left(&mut app, &mut screen, &messages, &jobs);
    if let Some(error) = failed.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return Err(Ended::Load(error));
    }
    // What is half written to disk goes.
    imgsize::interrupt::close(PATIENCE);
    // Taking a million files apart takes time, and the program is about to end.
    std::mem::forget(app);
    std::mem::forget(model);
    ended.map_err(Ended::Terminal)
}

/// Why it ended before the user left.
#[derive(Debug)]
pub(crate) enum Ended<E> {
    /// An image cannot be read.
    Load(E),
    Terminal(io::Error),
}

type Shared<T> = Arc<Mutex<Option<T>>>;

/// Reads the images, beside everything else.
fn load<E: Send + 'static>(
    images: Images<E>,
    sender: &Sender<Message>,
    model: &Shared<Arc<Model>>,
    failed: &Shared<E>,
) {
    let (sender, model, failed) = (sender.clone(), Arc::clone(model), Arc::clone(failed));
    guarded(&sender.clone(), move || {
        let hear = |heard| drop(sender.send(Message::Heard(heard)));
        let made = read(images, &hear);
        match made {
            Ok((made, diff)) => {
                let made = Arc::new(made);
                *model.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&made));
                let tally = Tally::new(&made, Filter::default());
                let _ = sender.send(Message::Loaded(made, Box::new(tally)));
                if let Some(diff) = diff {
                    let _ = sender.send(Message::Compared(Box::new(diff)));
                }
            }
            Err(error) => {
                *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                let _ = sender.send(Message::Failed);
            }
        }
    });
}

fn read<E>(images: Images<E>, hear: &(dyn Fn(Heard) + Sync)) -> Result<(Model, Option<Diff>), E> {
    let Some(before) = images.before else {
        return Ok((Model::new((images.image)(hear)?).tied(images.tie), None));
    };
    let old = imgsize::report::Report::new(&before(hear)?);
    let analysis = (images.image)(hear)?;
    let diff = Diff::new(&old, &imgsize::report::Report::new(&analysis));
    Ok((Model::new(analysis).tied(images.tie), Some(diff)))
}

/// Somebody for what takes time.
fn hire(sender: &Sender<Message>, model: &Shared<Arc<Model>>, reopen: Reopen) -> Sender<Job> {
    let (jobs, waiting) = mpsc::channel();
    let (sender, model) = (sender.clone(), Arc::clone(model));
    guarded(&sender.clone(), move || {
        worker::work(&waiting, &model, &reopen, &sender)
    });
    jobs
}

/// A thread whose panic ends the program: the terminal is given back by then, and nobody
/// waits for what does not come.
fn guarded(sender: &Sender<Message>, work: impl FnOnce() + Send + 'static) {
    let sender = sender.clone();
    thread::spawn(move || {
        if catch_unwind(AssertUnwindSafe(work)).is_err() {
            let _ = sender.send(Message::Broken);
        }
    });
}

/// Hears the keys and the mouse.
fn listen(sender: &Sender<Message>) {
    let sender = sender.clone();
    thread::spawn(move || {
        while let Ok(event) = crossterm::event::read() {
            if sender.send(Message::Input(event)).is_err() {
                break;
            }
        }
    });
}

/// Draws, and does what is asked, until the user leaves.
fn until_left(
    app: &mut App,
    screen: &mut terminal::Screen,
    messages: &Receiver<Message>,
    jobs: &Sender<Job>,
) -> io::Result<()> {
    /// How often a clock on the screen goes on where nothing else happens.
    const TICK: Duration = Duration::from_millis(250);
    /// Scans tell much: nobody sees more frames than this.
    const FRAME: Duration = Duration::from_millis(30);
    let mut drawn = Instant::now();
    loop {
        let first = match messages.recv_timeout(TICK) {
            Ok(message) => Some(message),
            Err(mpsc::RecvTimeoutError::Timeout) => None,
            Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(()),
        };
        // A clock goes on while an image is read; nothing else moves by itself.
        let mut urgent = first.is_none() && app.model.is_none();
        let told = first.is_some();
        // All that is there is taken before anything is drawn: who holds a key down is
        // not followed by frames for a minute.
        for message in first.into_iter().chain(messages.try_iter()) {
            urgent |= !matches!(message, Message::Heard(_));
            if !take(app, message, screen)? {
                return Ok(());
            }
            for want in app.wants() {
                if !bring(want, app, screen, jobs)? {
                    return Ok(());
                }
            }
        }
        let due = urgent || (told && drawn.elapsed() >= FRAME);
        if terminal::is_taken() && due {
            screen.draw(|frame| screen::draw(frame, app))?;
            drawn = Instant::now();
        }
    }
}

/// Takes a message; does it go on?
fn take(app: &mut App, message: Message, screen: &mut terminal::Screen) -> io::Result<bool> {
    match message {
        Message::Input(event) => app.input(&event),
        Message::Heard(heard) => app.loading.hear(heard),
        Message::Loaded(model, tally) => app.loaded(model, *tally),
        Message::Compared(diff) => app.compared(*diff),
        Message::Failed => return Ok(false),
        Message::Broken => {
            return Err(io::Error::other(
                "a part of imgsize broke; please report it",
            ));
        }
        Message::Done(done) => app.done(*done),
        Message::Resumed => {
            terminal::enter()?;
            terminal::wipe(screen)?;
        }
    }
    Ok(true)
}

/// Does what the state wants of the world; does it go on?
fn bring(
    want: Want,
    app: &mut App,
    screen: &mut terminal::Screen,
    jobs: &Sender<Job>,
) -> io::Result<bool> {
    match want {
        Want::Quit => return Ok(false),
        Want::Suspend => stops::stop(screen)?,
        Want::Redraw => terminal::wipe(screen)?,
        Want::Work(job) => {
            if jobs.send(*job).is_err() {
                app.said = Some("the worker is gone: leave, and begin again".to_owned());
            }
        }
        Want::Copy(text) => terminal::copy(&text)?,
    }
    Ok(true)
}

#[cfg(test)]
mod tests;

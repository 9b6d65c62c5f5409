//! Credential helpers: the programs `docker-credential-NAME` that ask a keychain
//! or a cloud.

use std::env;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::{Credential, Secret};

/// The most bytes of an answer.
const MAX: u64 = 1 << 20;

/// What a helper says, and fails, if it has nothing for a server.
const NOT_FOUND: &[u8] = b"credentials not found";

/// Between two looks at whether a helper has ended.
const PAUSE: Duration = Duration::from_millis(5);

/// Why a helper gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HelperError {
    /// Its name could lead to another program.
    #[error("its name may hold only letters, digits, `-`, `_` and `.`")]
    Name,
    /// No such program.
    #[error("there is no such program in PATH")]
    NotThere,
    /// The system would not run it.
    #[error("it cannot be run ({0})")]
    Run(io::ErrorKind),
    /// It did not end in time.
    #[error("it took more than {0:?}")]
    Hangs(Duration),
    /// Its answer is over the limit.
    #[error("its answer is over the limit of {MAX} bytes")]
    TooLarge,
    /// It ended with a failure.
    #[error("it failed ({0})")]
    Failed(ExitStatus),
    /// Its answer is not the JSON that it should be.
    #[error("its answer cannot be understood")]
    Answer,
}

/// Where helpers are, and how patient to be with them.
#[derive(Debug, Clone)]
pub(super) struct Helpers {
    /// As the variable `PATH`.
    pub(super) path: OsString,
    pub(super) limit: Duration,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: Secret,
}

impl Helpers {
    /// Asks a helper for a server. `None` if it has nothing.
    pub(super) fn get(&self, name: &str, server: &str) -> Result<Option<Credential>, HelperError> {
        let (answer, status) = self.run(&self.program(name)?, server)?;
        if answer.trim_ascii_start().starts_with(NOT_FOUND) {
            return Ok(None);
        }
        if !status.success() {
            return Err(HelperError::Failed(status));
        }
        let answer: Answer = serde_json::from_slice(&answer).map_err(|_| HelperError::Answer)?;
        Ok(Credential::of(answer.username, answer.secret))
    }

    /// A program is never taken from the working folder: a relative folder in PATH
    /// is passed over.
    fn program(&self, name: &str) -> Result<PathBuf, HelperError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !name.chars().all(allowed) {
            return Err(HelperError::Name);
        }
        let program = format!("docker-credential-{name}");
        env::split_paths(&self.path)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(&program))
            .find(|program| program.is_file())
            .ok_or(HelperError::NotThere)
    }

    /// Writes the server, and reads what the helper says until it ends.
    fn run(&self, program: &Path, server: &str) -> Result<(Vec<u8>, ExitStatus), HelperError> {
        let run = |error: io::Error| HelperError::Run(error.kind());
        let deadline = Instant::now() + self.limit;
        let mut helper = Command::new(program)
            .arg("get")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map(Running)
            .map_err(run)?;
        let answer = helper
            .talk(server)
            .map_err(run)?
            .recv_timeout(self.limit)
            .map_err(|_| HelperError::Hangs(self.limit))?
            .map_err(run)?;
        if answer.len() as u64 > MAX {
            return Err(HelperError::TooLarge);
        }
        loop {
            match helper.0.try_wait().map_err(run)? {
                Some(status) => return Ok((answer, status)),
                None if Instant::now() >= deadline => return Err(HelperError::Hangs(self.limit)),
                None => thread::sleep(PAUSE),
            }
        }
    }
}

/// A helper that does not outlive its use.
struct Running(Child);

impl Running {
    /// Talks to the helper in a thread of its own, which nobody joins: if the
    /// helper hands its output on to a process that stays, the thread stays too.
    fn talk(&mut self, server: &str) -> io::Result<mpsc::Receiver<io::Result<Vec<u8>>>> {
        let (sender, receiver) = mpsc::channel();
        let server = server.to_owned();
        let (stdin, stdout) = (self.0.stdin.take(), self.0.stdout.take());
        thread::Builder::new().spawn(move || {
            // A helper may answer without listening.
            let _ = stdin.map(|mut stdin| stdin.write_all(server.as_bytes()));
            let mut answer = Vec::new();
            let read = stdout.map(|stdout| stdout.take(MAX + 1).read_to_end(&mut answer));
            let _ = sender.send(read.transpose().map(|_| answer));
        })?;
        Ok(receiver)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both do nothing to a helper that has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

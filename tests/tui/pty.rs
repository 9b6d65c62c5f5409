//! A program on a terminal of its own. What comes in is a command and keys; what goes out
//! is every byte that it writes, and how it left the terminal.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fd::OwnedFd;
use rustix::process::{Pid, Signal};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

/// How long anything may take on a machine that does other things, too.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Pty {
    child: Child,
    master: File,
    /// Held, so that its settings can be asked for after the program is gone.
    slave: OwnedFd,
    bytes: Receiver<Vec<u8>>,
    /// All that was written so far.
    pub(crate) written: Vec<u8>,
    /// Up to where it was looked at.
    seen: usize,
}

impl Pty {
    /// Starts a command; `setsid` makes the terminal its own.
    pub(crate) fn start(command: &mut Command, (width, height): (u16, u16)) -> Pty {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let path = PathBuf::from(name.to_str().unwrap());
        let slave = || File::options().read(true).write(true).open(&path).unwrap();
        let size = Winsize {
            ws_row: height,
            ws_col: width,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&master, size).unwrap();
        let mut outer = Command::new("setsid");
        outer.args(["--ctty", "--wait"]).arg(command.get_program());
        outer.args(command.get_args());
        outer.env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8");
        outer.env_remove("NO_COLOR");
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => outer.env(name, value),
                None => outer.env_remove(name),
            };
        }
        let kept: OwnedFd = slave().into();
        let child = outer
            .stdin(slave())
            .stdout(slave())
            .stderr(slave())
            .spawn()
            .unwrap();
        let master = File::from(master);
        let mut reader = master.try_clone().unwrap();
        let (sender, bytes) = mpsc::channel();
        thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut piece) {
                if sender.send(piece[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Pty {
            child,
            master,
            slave: kept,
            bytes,
            written: Vec::new(),
            seen: 0,
        }
    }

    pub(crate) fn keys(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until it writes this, after what was waited for before.
    #[track_caller]
    pub(crate) fn until(&mut self, words: &str) {
        let start = Instant::now();
        loop {
            let fresh = &self.written[self.seen..];
            let at = fresh
                .windows(words.len())
                .position(|part| part == words.as_bytes());
            if let Some(at) = at {
                self.seen += at + words.len();
                return;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "`{words}` was not written; but\n{}",
                self.text()
            );
            if let Ok(bytes) = self.bytes.recv_timeout(Duration::from_millis(100)) {
                self.written.extend(bytes);
            }
        }
    }

    /// Takes what it writes until it is quiet for a while.
    pub(crate) fn settle(&mut self) {
        while let Ok(bytes) = self.bytes.recv_timeout(Duration::from_millis(400)) {
            self.written.extend(bytes);
        }
        self.seen = self.written.len();
    }

    pub(crate) fn text(&self) -> String {
        self.written.escape_ascii().to_string()
    }

    pub(crate) fn resize(&self, width: u16, height: u16) {
        let size = Winsize {
            ws_row: height,
            ws_col: width,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&self.master, size).unwrap();
    }

    /// The program itself: what `setsid` started.
    pub(crate) fn pid(&self) -> Pid {
        let start = Instant::now();
        let parent = self.child.id();
        loop {
            // `setsid` forks only if it leads a group already.
            let children = format!("/proc/{parent}/task/{parent}/children");
            let children = std::fs::read_to_string(children).unwrap_or_default();
            let own = children
                .split_whitespace()
                .next()
                .and_then(|pid| pid.parse().ok());
            let is_program = |pid: &i32| {
                let exe = std::fs::read_link(format!("/proc/{pid}/exe"));
                exe.is_ok_and(|exe| !exe.ends_with("setsid"))
            };
            let found = own.or(i32::try_from(parent).ok()).filter(is_program);
            if let Some(pid) = found.and_then(Pid::from_raw) {
                return pid;
            }
            assert!(start.elapsed() < PATIENCE, "no program was started");
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        rustix::process::kill_process(self.pid(), signal).unwrap();
    }

    /// Is the program stopped?
    #[track_caller]
    pub(crate) fn until_stopped(&self) {
        let stat = format!("/proc/{}/stat", self.pid().as_raw_nonzero());
        let start = Instant::now();
        loop {
            let stat = std::fs::read_to_string(&stat).unwrap_or_default();
            let state = stat.rsplit(") ").next().unwrap_or_default().chars().next();
            if state == Some('T') {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "it did not stop: {state:?}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                while let Ok(bytes) = self.bytes.recv_timeout(Duration::from_millis(200)) {
                    self.written.extend(bytes);
                }
                return status;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "it did not end; but wrote\n{}",
                self.text()
            );
            if let Ok(bytes) = self.bytes.recv_timeout(Duration::from_millis(50)) {
                self.written.extend(bytes);
            }
        }
    }

    /// Does the terminal echo and wait for whole lines, as a shell needs it?
    pub(crate) fn is_cooked(&self) -> bool {
        let modes = tcgetattr(&self.slave).unwrap().local_modes;
        modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
    }

    /// The last switch of each mode says how the terminal was left: the old screen, the
    /// cursor, and no mouse.
    #[track_caller]
    pub(crate) fn is_given_back(&self) {
        let last = |on: &str, off: &str| {
            let find = |text: &str| {
                self.written
                    .windows(text.len())
                    .rposition(|part| part == text.as_bytes())
            };
            assert!(
                find(off) > find(on),
                "{off:?} after {on:?}:\n{}",
                self.text()
            );
        };
        last("\x1b[?1049h", "\x1b[?1049l");
        last("\x1b[?25l", "\x1b[?25h");
        last("\x1b[?1000h", "\x1b[?1000l");
        last("\x1b[?2004h", "\x1b[?2004l");
        assert!(self.is_cooked(), "it is raw still");
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // What goes on without a terminal is hung up.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn small_image() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/images/small/app.oci.tar")
}

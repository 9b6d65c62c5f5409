//! Ctrl-C and `kill`, and what the program says while it works.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::fs;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use imgsize::testkit::{Case, gzip};

const INT: i32 = 2;
const TERM: i32 = 15;

fn small_image() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/images/small/app.oci.tar")
}

/// Where the program may leave something behind.
struct Folders(tempfile::TempDir);

impl Folders {
    fn new() -> Folders {
        let folders = Folders(tempfile::tempdir().unwrap());
        for name in ["tmp", "cache", "out"] {
            fs::create_dir(folders.path(name)).unwrap();
        }
        folders
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The names of the files that are there.
    fn files(&self) -> Vec<String> {
        let mut names = Vec::new();
        for folder in ["tmp", "cache", "out"] {
            for entry in fs::read_dir(self.path(folder)).unwrap() {
                names.push(entry.unwrap().file_name().into_string().unwrap());
            }
        }
        names
    }

    /// Sets the folders of a program that reports to a file.
    fn of<'p>(&self, program: &'p mut Command) -> &'p mut Command {
        program
            .args(["report", "--json", "--output"])
            .arg(self.path("out").join("report.json"))
            .env("TMPDIR", self.path("tmp"))
            .env("IMGSIZE_CACHE_DIR", self.path("cache"))
    }
}

fn kill(child: &Child, signal: i32) {
    let sent = Command::new("kill")
        .args([format!("-{signal}"), child.id().to_string()])
        .stderr(Stdio::null())
        .status();
    sent.unwrap();
}

fn ended(child: &mut Child) -> ExitStatus {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(20) {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    panic!("it did not end");
}

/// A program that reads an archive from a pipe, of which the last byte does not come.
fn stalled(folders: &Folders, program: &mut Command) -> (Child, ChildStdin) {
    // More than a pipe holds: once it is written, the program is reading.
    let image = Case::parse("f 400000 a\n", Path::new("")).docker_archive("a:1", gzip);
    let mut child = folders
        .of(program)
        .arg("-")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&image[..image.len() - 1]).unwrap();
    (child, stdin)
}

#[test]
fn a_signal_ends_a_read_that_stalls_and_nothing_is_left_behind() {
    for signal in [INT, TERM] {
        let folders = Folders::new();
        let mut program = Command::new(env!("CARGO_BIN_EXE_imgsize"));
        let (mut child, stdin) = stalled(&folders, &mut program);
        let start = Instant::now();
        kill(&child, signal);
        let status = ended(&mut child);
        assert_eq!(status.signal(), Some(signal), "{status}");
        assert!(start.elapsed() < Duration::from_secs(2));
        assert_eq!(folders.files(), Vec::<String>::new());
        let mut words = String::new();
        std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut words).unwrap();
        assert_eq!(words, "");
        drop(stdin);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_is_ignored_stays_ignored() {
    let folders = Folders::new();
    let mut program = Command::new("sh");
    let script = "trap '' INT; exec \"$0\" \"$@\"";
    program.args(["-c", script, env!("CARGO_BIN_EXE_imgsize")]);
    let (mut child, mut stdin) = stalled(&folders, &mut program);
    kill(&child, INT);
    stdin.write_all(&[0]).unwrap();
    drop(stdin);
    assert_eq!(ended(&mut child).code(), Some(0));
    assert!(folders.files().contains(&"report.json".to_owned()));
}

#[test]
fn whenever_it_is_ended_no_file_is_unfinished() {
    for delay in 0..60 {
        let folders = Folders::new();
        let mut program = Command::new(env!("CARGO_BIN_EXE_imgsize"));
        let mut child = folders.of(&mut program).arg(small_image()).spawn().unwrap();
        thread::sleep(Duration::from_millis(delay));
        kill(&child, INT);
        let status = ended(&mut child);
        assert!(status.signal() == Some(INT) || status.success(), "{status}");
        let unfinished = |name: &String| name.starts_with('.');
        assert!(!folders.files().iter().any(unfinished), "after {delay} ms");
    }
}

fn told(folders: &Folders, args: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_imgsize"));
    let output = folders
        .of(&mut program)
        .arg(small_image())
        .args(args)
        .output();
    output.unwrap()
}

#[test]
fn without_a_terminal_only_who_asks_is_told_of_layers() {
    let folders = Folders::new();
    let words = |args: &[&str]| {
        let output = told(&folders, args);
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    for silent in [&["--no-cache"][..], &["--no-cache", "--quiet"]] {
        assert_eq!(words(silent), "");
    }
    for (args, how) in [(["-v"], "s"), (["--verbose"], "known (cache)")] {
        let words = words(&args);
        let mut lines: Vec<&str> = words.lines().collect();
        lines.sort_unstable();
        assert_eq!(lines.len(), 5, "{words}");
        assert!(lines[0].starts_with("layer 0/5  sha256:"), "{words}");
        assert!(lines.iter().all(|line| line.ends_with(how)), "{words}");
    }
    assert_eq!(told(&folders, &["-q", "-v"]).status.code(), Some(2));
}

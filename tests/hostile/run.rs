//! One case: what goes in, how it must end, and what must hold whatever it ends as.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use imgsize::path::acts_on_a_terminal;
use serde_json::Value;

use crate::common::law;
use crate::kit::Input;

/// How a case must end.
enum Want {
    /// Exit code 2, and an error with these words in it.
    Refused(&'static str),
    /// A report with a warning of this code.
    Warned(&'static str),
    /// A report without a warning.
    Fine,
}

pub(crate) struct Case {
    name: &'static str,
    input: Input,
    want: Want,
    /// Virtual memory in MiB.
    memory: u64,
    /// Seconds for each run.
    within: u64,
    /// Read once, as JSON, or every way there is?
    once: bool,
    arguments: Vec<&'static str>,
    totals: Vec<(&'static str, u64)>,
    check: Option<fn(&Value, &str)>,
}

fn case(name: &'static str, input: impl Into<Input>, want: Want) -> Case {
    Case {
        name,
        input: input.into(),
        want,
        memory: 1024,
        within: 60,
        once: false,
        arguments: Vec::new(),
        totals: Vec::new(),
        check: None,
    }
}

pub(crate) fn refused(name: &'static str, input: impl Into<Input>, words: &'static str) -> Case {
    case(name, input, Want::Refused(words))
}

pub(crate) fn warned(name: &'static str, input: impl Into<Input>, code: &'static str) -> Case {
    case(name, input, Want::Warned(code))
}

pub(crate) fn fine(name: &'static str, input: impl Into<Input>) -> Case {
    case(name, input, Want::Fine)
}

impl Case {
    pub(crate) fn memory(mut self, mebibytes: u64) -> Case {
        self.memory = mebibytes;
        self
    }

    pub(crate) fn within(mut self, seconds: u64) -> Case {
        self.within = seconds;
        self
    }

    /// What takes long is read once.
    pub(crate) fn once(mut self) -> Case {
        self.once = true;
        self
    }

    pub(crate) fn with(mut self, arguments: &[&'static str]) -> Case {
        self.arguments.extend(arguments);
        self
    }

    /// Some of the report's totals.
    pub(crate) fn totals(mut self, totals: &[(&'static str, u64)]) -> Case {
        self.totals.extend(totals);
        self
    }

    /// What else must be so, of the JSON and of the table.
    pub(crate) fn check(mut self, check: fn(&Value, &str)) -> Case {
        self.check = Some(check);
        self
    }

    fn run(&self) {
        let folder = tempfile::tempdir().unwrap();
        let work = folder.path().join("work");
        fs::create_dir_all(work.join("tmp")).unwrap();
        let image = self.input.write(&work);
        let before = names(&work);
        let json = self.report(folder.path(), image, &["--json"]);
        let json = self.judge(json);
        if !self.once {
            let verified = self.report(folder.path(), image, &["--json", "--verify"]);
            let mut read = vec![self.judge(verified)];
            if let Input::File(_) = self.input {
                let piped = self.report(folder.path(), "-", &["--json"]);
                read.push(self.judge(piped));
            }
            let facts = |report: &Value| {
                ["totals", "lost", "categories", "places"].map(|part| report[part].clone())
            };
            for read in &read {
                if let (Some(seeking), Some(reading)) = (&json, read) {
                    assert_eq!(facts(seeking), facts(reading), "{}: --verify", self.name);
                }
            }
            let table = self.report(folder.path(), image, &["--all"]);
            assert_eq!(table.refused(), json.is_none(), "{}: table", self.name);
            if let (Some(check), Some(json)) = (self.check, &json) {
                check(json, &table.stdout);
            }
        } else if let (Some(check), Some(json)) = (self.check, &json) {
            check(json, "");
        }
        assert_eq!(names(&work), before, "{}: files left behind", self.name);
    }

    /// Runs the program in `work`, with its output beside it.
    fn report(&self, folder: &Path, image: &str, how: &[&str]) -> Ended {
        let out = |name: &str| File::create(folder.join(name)).unwrap();
        let stdin = match &self.input {
            Input::Stdin(bytes) => {
                fs::write(folder.join("stdin"), bytes).unwrap();
                // Behind a pipe, as a stream that cannot be sought in.
                "cat ../stdin |"
            }
            // A file that anything can be read from, and is now a stream.
            _ if image == "-" => "cat image |",
            _ => "",
        };
        let memory = self.memory * 1024;
        let script = format!("ulimit -v {memory}; {stdin} timeout {} \"$@\"", self.within);
        let begun = Instant::now();
        let mut child = Command::new("sh")
            .args(["-c", &script, "sh", env!("CARGO_BIN_EXE_imgsize"), "report"])
            .env("IMGSIZE_CACHE_DIR", "/dev/null/cache")
            .args(["--jobs", "2"])
            .args(&self.arguments)
            .args(how)
            .arg(image)
            .current_dir(folder.join("work"))
            .env("TMPDIR", folder.join("work/tmp"))
            .env("COLUMNS", "100")
            // Each thread would reserve 64 MiB that it never touches.
            .env("MALLOC_ARENA_MAX", "1")
            .stdin(Stdio::null())
            .stdout(out("stdout"))
            .stderr(out("stderr"))
            .spawn()
            .unwrap();
        // `timeout` ends the program; this ends a shell that does not end.
        let status = loop {
            match child.try_wait().unwrap() {
                Some(status) => break status,
                None if begun.elapsed() > Duration::from_secs(self.within + 10) => {
                    child.kill().unwrap();
                }
                None => thread::sleep(Duration::from_millis(2)),
            }
        };
        let text = |name: &str| {
            let bytes = fs::read(folder.join(name)).unwrap();
            String::from_utf8(bytes).unwrap_or_else(|_| panic!("{}: {name} is no text", self.name))
        };
        let ended = Ended {
            code: status.code(),
            stdout: text("stdout"),
            stderr: text("stderr"),
        };
        ended.is_clean(self.name);
        ended
    }

    /// Is this the end that was wanted? Returns the report.
    fn judge(&self, ended: Ended) -> Option<Value> {
        let name = self.name;
        let words = &ended.stderr;
        if let Want::Refused(wanted) = self.want {
            assert!(
                ended.refused(),
                "{name}: read, not refused: {}",
                ended.stdout
            );
            assert!(words.contains(wanted), "{name}: {words}");
            return None;
        }
        assert_eq!(ended.code, Some(0), "{name}: {words}");
        assert_eq!(words, "", "{name}");
        let report: Value = serde_json::from_str(&ended.stdout).unwrap();
        law(name, &report);
        let codes: Vec<&str> = report["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["code"].as_str().unwrap())
            .collect();
        match self.want {
            Want::Warned(code) => assert!(codes.contains(&code), "{name}: {codes:?}"),
            _ => assert!(codes.is_empty(), "{name}: {}", report["warnings"]),
        }
        for (total, wanted) in &self.totals {
            assert_eq!(report["totals"][total], *wanted, "{name}: {total}");
        }
        Some(report)
    }
}

/// Runs a table of cases, all of them whatever becomes of one.
pub(crate) fn all(cases: Vec<Case>) {
    let mut seen = BTreeSet::new();
    let mut failed = Vec::new();
    for case in &cases {
        assert!(seen.insert(case.name), "two cases are called {}", case.name);
        let begun = Instant::now();
        if catch_unwind(AssertUnwindSafe(|| case.run())).is_err() {
            failed.push(case.name);
        }
        println!("{:6} ms  {}", begun.elapsed().as_millis(), case.name);
    }
    assert!(failed.is_empty(), "failed: {failed:?}");
}

/// How a run ended.
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ended {
    /// A refusal is whole: one error, one hint, no report.
    fn refused(&self) -> bool {
        if self.code == Some(0) {
            return false;
        }
        let words = &self.stderr;
        assert_eq!(self.code, Some(2), "{words}");
        assert_eq!(self.stdout, "", "a partial report");
        let count = |start: &str| words.lines().filter(|line| line.starts_with(start)).count();
        assert_eq!((count("error: "), count("  hint: ")), (1, 1), "{words}");
        true
    }

    /// What must hold of any output.
    fn is_clean(&self, name: &str) {
        assert!(!self.stderr.contains("panicked"), "{name}: {}", self.stderr);
        let is_json = self.stdout.starts_with('{');
        for (text, longest) in [(&self.stdout, 10_000), (&self.stderr, 2_000)] {
            let acting = text.chars().find(|&c| c != '\n' && acts_on_a_terminal(c));
            assert_eq!(acting, None, "{name}: {text}");
            for line in text.lines() {
                // GitHub and Azure take such a line for a command, blanks before it or not.
                let start = line.trim_start();
                assert!(!start.starts_with("::"), "{name}: {line}");
                assert!(!start.starts_with("##"), "{name}: {line}");
                // JSON has whole names in its lines.
                assert!(
                    is_json || line.len() < longest,
                    "{name}: a line of {}",
                    line.len()
                );
            }
        }
        assert!(
            self.stderr.len() < 20_000,
            "{name}: {} bytes of errors",
            self.stderr.len()
        );
    }
}

/// Every file and folder below one.
fn names(folder: &Path) -> BTreeSet<std::path::PathBuf> {
    let mut open = vec![folder.to_owned()];
    let mut names = BTreeSet::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.is_symlink() {
                open.push(path.clone());
            }
            names.insert(path);
        }
    }
    names
}

//! The command line: run, print the error chain, return the exit code.

mod args;
mod budget;
mod check;
mod deployment;
mod diff;
mod dockerfile;
mod exit;
mod init;
mod output;
mod plan;
mod progress;
mod rules;
mod run;
mod side;
#[cfg(unix)]
mod signal;
mod trim;
mod tui;
mod verify;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Command};
use exit::{Exit, Failure};
use plan::Plan;

/// Runs the program.
pub(crate) fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let exit = told(&error);
            if exit == Exit::Failed && std::env::args_os().nth(1).is_some_and(|arg| arg == "check")
            {
                progress::say("verdict: error reason=usage");
            }
            return exit.into();
        }
    };
    // Without it the program can be ended as well, only less tidily.
    #[cfg(unix)]
    let _ = signal::watch();
    let checks = matches!(args.command, Command::Check(_));
    match Plan::new(args).and_then(run::run) {
        Ok(exit) => exit.into(),
        Err(Failure::Clap(error)) => told(&error).into(),
        Err(failure) => {
            tell(&failure);
            if checks {
                // Whoever waits for a verdict gets a last line in any case.
                progress::say(&format!("verdict: error reason={}", failure.reason()));
            }
            failure.exit().into()
        }
    }
}

/// Prints what the parser of arguments says. Help and version are no errors; it knows
/// which stream is whose.
fn told(error: &clap::Error) -> Exit {
    let _ = error.print();
    match error.use_stderr() {
        true => Exit::Failed,
        false => Exit::Fine,
    }
}

/// Prints a failure: what, because of what, and what to do.
fn tell(failure: &Failure) {
    let mut text = failure.to_string();
    // A reader that went away needs no words.
    if text.is_empty() {
        return;
    }
    text.push('\n');
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

//! Registries, sound and unsound: each ends in the right report, or in an error
//! that says why.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod auth;
mod doors;
mod faults;
mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use imgsize::analysis::{Analysis, Wishes, analyze_opened};
use imgsize::report::Report;
use imgsize::scan::How;
use imgsize::source::credentials::Credentials;
use imgsize::source::{Choice, Net, Origin, open};
use imgsize::testkit::{Case, gzip};
use serde_json::Value;

use server::Shop;

/// Two layers, one of them larger than what a reader takes at once.
const CASE: &str = "
f 90 etc/passwd
f 900000 usr/lib/big.so
---
w etc/passwd
f 30 app/main.py
";

/// A folder with the case as a layout, and the registry that serves it.
struct Stage {
    folder: tempfile::TempDir,
    shop: Shop,
}

impl Stage {
    fn new() -> Stage {
        let folder = tempfile::tempdir().unwrap();
        let layout = folder.path().join("layout");
        Case::parse(CASE, Path::new(".")).oci_layout(&layout, "app:1", gzip);
        Stage {
            shop: Shop::new(&layout),
            folder,
        }
    }

    fn layout(&self) -> PathBuf {
        self.folder.path().join("layout")
    }

    /// The facts that the layout itself tells.
    fn facts(&self) -> Value {
        facts(&read(self.layout().to_str().unwrap(), &net(&[])).unwrap())
    }
}

/// Patience that a test can wait for, and credentials from these files alone.
fn net(files: &[&Path]) -> Net {
    Net {
        insecure: false,
        ca_file: None,
        credentials: credentials(files, Path::new("")),
        patience: Duration::from_secs(2),
        pause: Duration::from_millis(10),
    }
}

fn credentials(files: &[&Path], path: &Path) -> Credentials {
    let files = files.iter().map(|file| file.to_path_buf()).collect();
    Credentials::new(files, path.into(), Duration::from_secs(5))
}

/// An analysis, or what the error says, with its causes and its hint.
fn read(name: &str, net: &Net) -> Result<Analysis, String> {
    let told = |error: &dyn std::error::Error, hint: Option<&str>| {
        let mut text = String::new();
        let mut cause = Some(error);
        while let Some(error) = cause {
            text.push_str(&format!("{error}\n"));
            cause = error.source();
        }
        text + hint.unwrap_or("(no hint)")
    };
    let image = open(&Origin::parse(name), &Choice::default(), net);
    let image = image.map_err(|error| told(&error, error.hint()))?;
    let analysis = analyze_opened(image, &How::default(), &Wishes::default(), &|_| {});
    analysis.map_err(|error| told(&error, error.hint()))
}

/// All but where it came from.
fn facts(analysis: &Analysis) -> Value {
    let mut report = serde_json::to_value(Report::new(analysis)).unwrap();
    report["image"]["name"].take();
    report["image"]["source"].take();
    report
}

/// A file with a login for a host, as docker writes it.
fn login(folder: &Path, host: &str, entry: &str) -> PathBuf {
    let file = folder.join(format!("config-{}.json", host.replace([':', '/'], "-")));
    fs::write(&file, format!(r#"{{"auths":{{"{host}":{entry}}}}}"#)).unwrap();
    file
}

//! Names the index that this source makes, and the reports: a cache must not hand out what other
//! code has read, and a number to be raised by hand would be forgotten.

#![allow(clippy::print_stdout, reason = "that is how it talks to cargo")]

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// What only prints has no say in what is read.
const PRINTS: &[&str] = &["src/cli", "src/report"];
/// What only shows has no say in that either, nor in what is printed.
const SHOWS: &str = "src/tui";

fn main() -> io::Result<()> {
    let mut files = vec![PathBuf::from("Cargo.lock")];
    collect(Path::new("src"), &mut files)?;
    files.sort();
    let (mut index, mut all) = (DefaultHasher::new(), DefaultHasher::new());
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        // A checkout without its lock file builds all the same.
        let named = (&file, fs::read(&file).unwrap_or_default());
        named.hash(&mut all);
        if !PRINTS.iter().any(|prints| file.starts_with(prints)) {
            named.hash(&mut index);
        }
    }
    println!("cargo::rustc-env=IMGSIZE_INDEX={:016x}", index.finish());
    println!("cargo::rustc-env=IMGSIZE_SOURCE={:016x}", all.finish());
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path == Path::new(SHOWS) {
            continue;
        }
        if path.is_dir() {
            // With all that is in it: so not `src` itself.
            println!("cargo::rerun-if-changed={}", path.display());
            collect(&path, files)?;
        } else {
            // Tables that are built in have a say too.
            files.push(path);
        }
    }
    Ok(())
}

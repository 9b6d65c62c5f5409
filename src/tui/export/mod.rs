//! What is ticked, written down. What comes in is ticks; what goes out is lines of a
//! `.dockerignore`, a clean-up for a `RUN`, edits of a Dockerfile, or JSON.

mod clean_up;
mod dockerfile;
mod ignore;
mod json;
mod picked;
mod popup;

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use super::model::Model;
use super::text::safe_text;
use super::ticks::Ticks;
use super::worker::in_words;
use picked::{Part, Picked};

pub(crate) use popup::Exporter;

/// One way to write it down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) title: &'static str,
    /// What its file is called, unless the user says otherwise: nothing that a build reads
    /// by itself, and nothing that is there already.
    pub(crate) file: &'static str,
    /// The text, exact: not for the screen.
    pub(crate) text: String,
    /// What was left out and why, and what else there is to say; safe.
    pub(crate) notes: Vec<String>,
}

/// All forms. Made by the worker: it looks at every file once.
pub(crate) fn forms(model: &Model, ticks: Ticks) -> Vec<Arc<Form>> {
    let ticks = ticks.counted(model);
    let picked = Picked::new(model, &ticks);
    let all = [
        ignore::form(&picked),
        clean_up::form(&picked),
        dockerfile::form(&picked),
        json::form(&picked),
    ];
    all.into_iter().map(Arc::new).collect()
}

impl Form {
    /// Writes it into a file that is not there yet; what became of it, in words.
    pub(crate) fn write(&self, file: &Path) -> Result<String, String> {
        let name = safe_text(&file.to_string_lossy());
        if name.is_empty() {
            return Err("name a file".to_owned());
        }
        if self.text.is_empty() {
            return Err("there is nothing to write in this form".to_owned());
        }
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(file)
            .and_then(|mut file| file.write_all(self.text.as_bytes()));
        match written {
            Ok(()) => Ok(format!("written: {name}")),
            Err(error) => Err(match error.kind() {
                io::ErrorKind::AlreadyExists => {
                    format!("{name} is there already, and stays as it is: give another name")
                }
                io::ErrorKind::NotFound => {
                    format!("the folder of {name} is not there: make it, or give another one")
                }
                _ => format!("{name} cannot be written: {}", in_words(&error)),
            }),
        }
    }
}

/// Says why something ticked by hand is not in a form; safe.
fn left_out(picked: &Picked<'_>, part: &Part, why: &str) -> String {
    let path = picked.model.path(part.node);
    format!("left out: {path} of layer {}: {why}", part.layer)
}

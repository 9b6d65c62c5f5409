//! A report beside the Dockerfile of its image: which lines made which layer, and the
//! advice as an edit of the file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FindingRow, Report};
use crate::advice::Edit;
use crate::dockerfile::{Outcome, Tied, ignore_lines};
use crate::rootfs::LayerNo;

/// A Dockerfile with advice put into it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DockerfileRow {
    /// What the diff calls it.
    pub name: String,
    /// The edit, for `git apply`; empty if there is none.
    pub diff: String,
    /// What became of each edit.
    pub edits: Vec<EditRow>,
    /// Lines that its `.dockerignore` should have.
    pub ignore: Vec<String>,
}

/// What became of a finding's edit.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct EditRow {
    /// The finding's rule.
    pub rule: String,
    /// The finding's title.
    pub title: String,
    /// `applied`, `already` if the file has it, `not-applied`, `dockerignore`.
    pub outcome: String,
    /// Why it was not applied; null if it was.
    pub why: Option<String>,
}

impl Report {
    /// Ties the layers to lines, and puts the findings that are `wanted` into the file.
    /// `ignored` is the text of its `.dockerignore`.
    pub fn tie(
        &mut self,
        tied: &Tied<'_>,
        name: &str,
        ignored: &str,
        wanted: impl Fn(&FindingRow) -> bool,
    ) {
        for row in &mut self.layers {
            match tied.lines(row.index as LayerNo) {
                Ok(lines) => row.lines = Some([lines.first, lines.last]),
                Err(untied) => row.untied = Some(untied.to_string()),
            }
        }
        for row in &mut self.findings {
            let layer = row.layer.and_then(|layer| self.layers.get(layer));
            row.lines = layer.and_then(|layer| layer.lines);
        }
        let rows: Vec<&FindingRow> = self.findings.iter().filter(|row| wanted(row)).collect();
        let edits: Vec<&[Edit]> = rows.iter().map(|row| row.edits.as_slice()).collect();
        let edited = tied.apply(&edits, name);
        let mut told = Vec::new();
        for (row, outcomes) in rows.iter().zip(&edited.outcomes) {
            let mut one = |outcome: &str, why: Option<&str>| {
                told.push(EditRow {
                    rule: row.rule.clone(),
                    title: row.title.clone(),
                    outcome: outcome.to_owned(),
                    why: why.map(str::to_owned),
                });
            };
            if outcomes.is_empty() {
                one("not-applied", Some("it takes a person: see `fix`"));
            }
            for outcome in outcomes {
                match outcome {
                    Outcome::Applied => one("applied", None),
                    Outcome::Already => one("already", None),
                    Outcome::Not(why) => one("not-applied", Some(why)),
                    Outcome::Ignore => one("dockerignore", None),
                }
            }
        }
        self.dockerfile = Some(DockerfileRow {
            name: name.to_owned(),
            diff: edited.diff,
            edits: told,
            ignore: ignore_lines(edits.iter().copied().flatten(), ignored),
        });
    }

    /// The lines of a `.dockerignore` that keep away what should not be in the image.
    pub fn ignore_lines(&self, ignored: &str) -> Vec<String> {
        ignore_lines(self.findings.iter().flat_map(|row| &row.edits), ignored)
    }
}

//! The Dockerfile. What comes in is what is ticked; what goes out is a diff of the file that
//! was given, or what to write instead in words, by instruction.

use std::collections::BTreeMap;

use imgsize::advice::{Edit, shell};
use imgsize::report::{DockerfileRow, FindingRow};
use imgsize::rootfs::LayerNo;

use super::Form;
use super::picked::{How, Picked};
use crate::tui::text::safe_text;

/// What ticks by hand are called among the edits.
const BY_HAND: &str = "ticked by hand";

pub(super) fn form(picked: &Picked<'_>) -> Form {
    let mut form = Form {
        title: "what to write in the Dockerfile instead",
        file: "imgsize-fixes.txt",
        text: String::new(),
        notes: Vec::new(),
    };
    match edited(picked) {
        None => form
            .notes
            .push("with --dockerfile FILE this is a diff of that file".to_owned()),
        Some(Err(why)) => form.notes.push(format!("no diff: {}", safe_text(&why))),
        Some(Ok(row)) => {
            form.notes.extend(not_applied(&row));
            if !row.diff.is_empty() {
                return Form {
                    title: "Dockerfile: a diff for `git apply`",
                    file: "imgsize.patch",
                    text: row.diff,
                    ..form
                };
            }
            form.notes
                .insert(0, "nothing of it could be put into the file".to_owned());
        }
    }
    form.text = fixes(picked);
    form
}

/// What becomes of the Dockerfile that was given; `None` if none was.
fn edited(picked: &Picked<'_>) -> Option<Result<DockerfileRow, String>> {
    let tie = picked.model.tie.as_ref()?;
    let mut report = picked.model.report.clone();
    report.findings = picked
        .findings
        .iter()
        .map(|(row, _)| (*row).clone())
        .collect();
    report.findings.extend(by_hand(picked));
    let tied = tie(&mut report, &picked.model.analysis.info);
    let missing = || "it could not be read again".to_owned();
    Some(tied.and_then(|()| report.dockerfile.ok_or_else(missing)))
}

/// What was ticked by hand, as a finding: so the Dockerfile is edited for it, too.
fn by_hand(picked: &Picked<'_>) -> Option<FindingRow> {
    let edits = picked.parts.iter().filter_map(|part| match &part.how {
        How::Remove(path) => Some(Edit::Append {
            layer: part.layer,
            command: format!("rm -rf -- {}", shell::path(path)),
        }),
        How::Ignore(_) | How::Not(_) => None,
    });
    let edits: Vec<Edit> = edits.collect();
    (!edits.is_empty()).then(|| FindingRow {
        rule: BY_HAND.to_owned(),
        edits,
        ..FindingRow::default()
    })
}

fn not_applied(row: &DockerfileRow) -> Vec<String> {
    let edits = row.edits.iter();
    edits
        .filter_map(|edit| {
            let why = match &*edit.outcome {
                "not-applied" => safe_text(edit.why.as_deref().unwrap_or_default()),
                "already" => "the file has it already".to_owned(),
                "dockerignore" => "it is a line of .dockerignore: see form 1".to_owned(),
                _ => return None,
            };
            Some(format!("left out: {}: {why}", edit.rule))
        })
        .collect()
}

/// The fixes in words, by the layer whose instruction is to change.
fn fixes(picked: &Picked<'_>) -> String {
    let mut by_layer: BTreeMap<Option<usize>, Vec<&FindingRow>> = BTreeMap::new();
    for (row, _) in &picked.findings {
        by_layer.entry(row.layer).or_default().push(row);
    }
    let mut text = String::new();
    for (layer, rows) in by_layer {
        let head = match layer {
            Some(layer) => {
                let instruction = picked.instruction(layer as LayerNo);
                format!("# Layer {layer}: {instruction}\n")
            }
            None => "# No single layer\n".to_owned(),
        };
        text += &head;
        for row in rows {
            text += &format!("#\n# {} ({}): {}\n", row.rule, row.risk, row.title);
            for note in &row.notes {
                text += &format!("# before: {note}\n");
            }
            text += row.fix.trim_end();
            text.push('\n');
        }
        text.push('\n');
    }
    text
}

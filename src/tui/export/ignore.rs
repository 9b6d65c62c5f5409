//! Lines of a `.dockerignore`. What comes in is what is ticked; what goes out is a line for
//! each thing that came with the build context.

use std::collections::BTreeSet;

use imgsize::advice::Edit;
use imgsize::dockerfile::ignore_lines;

use super::picked::{How, Picked};
use super::{Form, left_out};

pub(super) fn form(picked: &Picked<'_>) -> Form {
    let mut edits: Vec<Edit> = Vec::new();
    let mut others = 0;
    let mut notes = Vec::new();
    for (row, _) in &picked.findings {
        let ignored = row.edits.iter();
        let mut ignored = ignored.filter(|edit| matches!(edit, Edit::Ignore { .. }));
        match ignored.next() {
            Some(edit) => {
                edits.push(edit.clone());
                edits.extend(ignored.cloned());
            }
            None => others += 1,
        }
    }
    for part in &picked.parts {
        match &part.how {
            How::Ignore(line) => edits.push(Edit::Ignore {
                lines: vec![line.clone()],
            }),
            How::Remove(_) => notes.push(left_out(picked, part, "a RUN writes it: see form 2")),
            How::Not(why) => notes.push(left_out(picked, part, why)),
        }
    }
    if others > 0 {
        notes.push(format!(
            "left out: {others} of the ticked findings, as they are not about the build context"
        ));
    }
    let lines: BTreeSet<String> = ignore_lines(&edits, "").into_iter().collect();
    Form {
        title: ".dockerignore: do not send it to the build",
        file: "imgsize.dockerignore",
        text: lines.into_iter().map(|line| line + "\n").collect(),
        notes,
    }
}

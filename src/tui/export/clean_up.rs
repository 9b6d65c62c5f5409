//! Commands for a `RUN`. What comes in is what is ticked; what goes out is the commands that
//! remove it, under the layer whose instruction has to run them: in a later one they would
//! free nothing.

use std::collections::BTreeMap;

use imgsize::advice::{Edit, Step, Verb, shell};
use imgsize::path::acts_on_a_terminal;
use imgsize::rootfs::LayerNo;

use super::picked::{How, Picked};
use super::{Form, left_out};

pub(super) fn form(picked: &Picked<'_>) -> Form {
    let mut commands: BTreeMap<LayerNo, Vec<String>> = BTreeMap::new();
    let mut notes = Vec::new();
    for (row, _) in &picked.findings {
        let mut has_some = false;
        for edit in &row.edits {
            let Edit::Append { layer, command } = edit else {
                continue;
            };
            if command.chars().any(acts_on_a_terminal) {
                notes.push(format!(
                    "left out: a command of {}: a name in it cannot be written on a line",
                    row.rule
                ));
            } else {
                commands.entry(*layer).or_default().push(command.clone());
            }
            has_some = true;
        }
        if !has_some {
            notes.push(format!(
                "left out: {}: no command does it, see form 3",
                row.rule
            ));
        }
    }
    let mut paths: BTreeMap<LayerNo, Vec<String>> = BTreeMap::new();
    for part in &picked.parts {
        match &part.how {
            How::Remove(path) => paths.entry(part.layer).or_default().push(shell::path(path)),
            How::Ignore(_) => {
                let why = "a COPY brings it, and a later rm frees nothing: see form 1";
                notes.push(left_out(picked, part, why));
            }
            How::Not(why) => notes.push(left_out(picked, part, why)),
        }
    }
    for (layer, paths) in paths {
        // One path a line: what is long is read, too.
        let command = format!("rm -rf -- {}", paths.join(" \\\n    "));
        commands.entry(layer).or_default().push(command);
    }
    Form {
        title: "clean-up: commands for the RUN that writes it",
        file: "imgsize-clean-up.sh",
        text: text(picked, commands),
        notes,
    }
}

fn text(picked: &Picked<'_>, commands: BTreeMap<LayerNo, Vec<String>>) -> String {
    if commands.is_empty() {
        return String::new();
    }
    let mut text = "#!/bin/sh\n\
        # Not to be run as it is: write each part at the end of the instruction that it\n\
        # names. In a later RUN it would free nothing.\n"
        .to_owned();
    for (layer, mut commands) in commands {
        let instruction = picked.instruction(layer);
        let verb = Step::read(&instruction).verb;
        let place = match verb {
            Verb::Run => "at the end of this RUN",
            _ => "in the RUN of the stage that this is copied from",
        };
        text += &format!("\n# Layer {layer}, {place}: {instruction}\n");
        let mut seen = Vec::new();
        commands.retain(|command| {
            let is_new = !seen.contains(command);
            seen.push(command.clone());
            is_new
        });
        for command in commands {
            text += &command;
            text.push('\n');
        }
    }
    text
}

//! A command less in a `RUN`. What comes in is the instruction and what the command
//! begins with; what goes out is the instruction without it, or nothing if that was all.

use std::ops::Range;

use super::one::{One, not_the_same};
use super::read::Kind;
use super::shell::{self, Between, Command};

/// What is left of an instruction.
pub(super) enum Rest {
    Some(One),
    Nothing,
}

/// Takes a command out.
pub(super) fn cut(one: &One, command: &str) -> Result<Rest, String> {
    if command.trim().is_empty() {
        return Ok(Rest::Nothing);
    }
    let words = one.words();
    let docs = &one.inst().extent.docs;
    if words.kind != Kind::Run || words.is_list {
        return Err("the instruction is no RUN for a shell".to_owned());
    }
    let doc = docs
        .first()
        .filter(|_| !words.text.contains(char::is_whitespace));
    let (text, in_file): (&str, &dyn Fn(Range<usize>) -> Range<usize>) = match (docs.len(), doc) {
        (0, _) => (&words.text, &|range| {
            // From the end of what stays, or from the beginning of what goes.
            let start = match range.start {
                0 => one.place(0),
                start => one.place_behind(start),
            };
            start..one.place_behind(range.end)
        }),
        (1, Some(doc)) => {
            let body = one.text().get(doc.body.clone()).unwrap_or("");
            (body, &|range| {
                doc.body.start + range.start..doc.body.start + range.end
            })
        }
        _ => return Err("its here-documents are not understood".to_owned()),
    };
    let script = shell::script(text);
    if script.is_open || script.is_odd || doc.is_some() && text.contains("<<") {
        return Err("its quotes or brackets are not understood".to_owned());
    }
    let begins = |it: &&Command| {
        let found = shell::find(&text[it.range.clone()], command);
        found.first().is_some_and(|found| found.start == 0)
    };
    let gone: Vec<usize> = (0..script.commands.len())
        .filter(|&no| begins(&&script.commands[no]))
        .collect();
    if gone.is_empty() {
        return Err("the instruction has no such command in the Dockerfile".to_owned());
    }
    if gone.len() > 1 {
        return Err("the instruction has more than one such command".to_owned());
    }
    let Some(range) = stretch(&script.commands, gone[0])? else {
        return Ok(Rest::Nothing);
    };
    let range = in_file(range);
    let cut = one.splice(&[(range, String::new())]);
    cut.map(Rest::Some).ok_or_else(not_the_same)
}

/// What goes with a command: it, and what separates it from one neighbour; `None` if
/// there is no other command.
fn stretch(commands: &[Command], no: usize) -> Result<Option<Range<usize>>, String> {
    let Some(command) = commands.get(no) else {
        return Ok(None);
    };
    let before = no.checked_sub(1).and_then(|no| commands.get(no));
    let after = commands.get(no + 1);
    if [command.before, command.after].contains(&Between::Other) {
        return Err("the command is one side of `|`, `||` or `&`".to_owned());
    }
    Ok(match (before, after) {
        (None, None) => None,
        (None, Some(after)) => Some(command.range.start..after.range.start),
        // `a; b && c`: c is run whatever becomes of a.
        (Some(_), Some(after))
            if command.before != command.after && command.after == Between::And =>
        {
            Some(command.range.start..after.range.start)
        }
        (Some(before), _) => Some(before.range.end..command.range.end),
    })
}

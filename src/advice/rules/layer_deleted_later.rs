//! Files that a later layer deletes: they are shipped all the same.

use crate::advice::{Edit, Finding, Risk, Rule, Step, Verb, View};
use crate::path::brief;
use crate::rootfs::{BodyId, Cause, LayerNo};
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "layer-deleted-later",
    summary: "files that a later layer deletes, and that are shipped all the same",
    explain: "\
A layer holds what its instruction wrote; a deletion in a later one only hides it. Of a
20 MB file removed by `RUN rm` all 20 MB stay, and 130 bytes are added. Delete in the same
RUN that writes; where COPY writes, let the RUN that needs the file mount it
(`RUN --mount=type=bind`), or do the work in another stage and `COPY --from` its result.
The final filesystem stays the same. Take care that no instruction between the two reads
the files: the history tells the instructions, not what they read, so an edit is proposed
only where none stands between. What the base image wrote is not counted.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let losses = view.losses(Cause::Deleted);
    let moved = view.moved();
    let mut found = Vec::new();
    for (&(writer, deleter), bodies) in &losses {
        let mut bodies = bodies.clone();
        bodies.retain(|id| !moved.contains_key(id));
        if view.size_of(&bodies) > Bytes::ZERO {
            let others = losses.keys().filter(|(_, layer)| *layer == deleter);
            found.push(finding(view, (writer, deleter), bodies, others.count() > 1));
        }
    }
    found
}

fn finding(
    view: &View<'_>,
    (writer, deleter): (LayerNo, LayerNo),
    bodies: Vec<BodyId>,
    has_others: bool,
) -> Finding {
    let count = match bodies.len() {
        1 => "a file".to_owned(),
        count => format!("{count} files"),
    };
    let title = format!(
        "layer {deleter} deletes {count} that layer {writer} stores: {}",
        view.place_of(&bodies)
    );
    let mut finding = Finding::new(title).risk(Risk::Safe).at(writer);
    let (from, by) = (view.step(writer), view.step(deleter));
    if is_neighbour(view, writer, deleter)
        && let (Some(from), Some(by)) = (&from, &by)
        && from.verb == Verb::Run
        && let Some(commands) = removals(view, by, &bodies)
        && (!has_others || commands.iter().all(|command| is_forced(command)))
    {
        for command in commands {
            finding = finding.edit(Edit::Append {
                layer: writer,
                command: command.to_owned(),
            });
            // What it deletes of other layers it must go on deleting.
            if !has_others {
                finding = finding.edit(Edit::Drop {
                    layer: deleter,
                    command: command.to_owned(),
                });
            }
        }
    }
    let remedy = match from.as_ref().map(|step| step.verb) {
        Some(Verb::Copy | Verb::Add) => format!(
            "RUN --mount=type=bind,source=…,target=… …   # for the COPY of layer {writer} and the \
             deletion in layer {deleter}; or COPY and use it in a builder stage"
        ),
        Some(Verb::Run) => {
            let told = by.as_ref().map(|step| brief(first_words(&step.text)));
            format!(
                "RUN … && {}   # layer {writer} deletes what it wrote, not layer {deleter}",
                told.unwrap_or_else(|| "rm …".to_owned())
            )
        }
        _ => format!("delete in the instruction that makes layer {writer}, not in layer {deleter}"),
    };
    finding.bodies(bodies).fix(remedy)
}

/// Enough of a command to know it by.
fn first_words(text: &str) -> &str {
    let end = text.char_indices().nth(80).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// Does nothing run between two layers?
fn is_neighbour(view: &View<'_>, writer: LayerNo, deleter: LayerNo) -> bool {
    (writer + 1..deleter).all(|layer| {
        let step = view.step(layer);
        step.is_some_and(|step| matches!(step.verb, Verb::Copy | Verb::Add))
    })
}

/// The `rm` commands that an instruction begins with, if they delete all of this: by
/// absolute paths, and before anything could read it.
fn removals<'s>(view: &View<'_>, step: &'s Step, bodies: &[BodyId]) -> Option<Vec<&'s str>> {
    if step.verb != Verb::Run || step.text.contains("||") {
        return None;
    }
    let commands = step.text.split("&&").flat_map(|part| part.split(';'));
    let commands = commands.map(str::trim).filter(|part| !part.is_empty());
    let rms: Vec<&str> = commands
        .take_while(|part| part.starts_with("rm "))
        .collect();
    let is_safe =
        |text: &&str| !text.contains(['$', '`', '|', '>', '<', '\'', '"', '\\', '{', '&', '\n']);
    let words = || {
        let all = rms.iter().flat_map(|rm| rm.split_whitespace().skip(1));
        all.filter(|word| !word.starts_with('-'))
    };
    if !rms.iter().all(is_safe) || !words().all(|word| word.starts_with('/')) {
        return None;
    }
    let all_gone = bodies.iter().all(|&id| {
        let path = view.path(view.fs.body(id).node);
        words().any(|word| is_below(&path, word.trim_start_matches('/')))
    });
    (all_gone && !rms.is_empty()).then_some(rms)
}

/// Does `rm` of a word delete a path? Of a pattern only `*` at its end is known.
fn is_below(path: &str, word: &str) -> bool {
    let word = word.trim_end_matches('/');
    if let Some(start) = word.strip_suffix('*') {
        let is_hidden = path
            .strip_prefix(start)
            .is_some_and(|rest| rest.starts_with('.'));
        return !start.contains(['*', '?', '[']) && path.starts_with(start) && !is_hidden;
    }
    let rest = path.strip_prefix(word);
    !word.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Does an `rm` not mind if there is nothing to delete?
fn is_forced(command: &str) -> bool {
    let mut flags = command
        .split_whitespace()
        .filter(|word| word.starts_with('-'));
    flags.any(|flag| flag == "--force" || (!flag.starts_with("--") && flag.contains('f')))
}

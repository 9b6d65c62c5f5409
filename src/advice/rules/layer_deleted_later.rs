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
only where none stands between, or where the files are caches of tools. What the base image
wrote is not counted.",
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
    if is_unread(view, (writer, deleter), &bodies)
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

/// Where tools keep what they would fetch again, and the tools that read more than that:
/// an install needs the lists.
const CACHES: &[(&str, &[&str])] = &[
    ("var/cache/apt/", &[]),
    ("var/lib/apt/lists/", &["apt", "apt-get"]),
    ("var/cache/apk/", &["apk"]),
    ("var/cache/dnf/", &[]),
    ("var/cache/yum/", &[]),
    ("root/.cache/pip/", &[]),
    ("root/.cache/uv/", &[]),
    ("root/.npm/", &[]),
    ("usr/local/share/.cache/yarn/", &[]),
];

/// Does no instruction between two layers need these: as none runs, or as they are caches
/// of tools?
fn is_unread(view: &View<'_>, (writer, deleter): (LayerNo, LayerNo), bodies: &[BodyId]) -> bool {
    let between: Option<Vec<Step>> = (writer + 1..deleter)
        .map(|layer| view.step(layer))
        .collect();
    let Some(mut between) = between else {
        return false;
    };
    between.retain(|step| !matches!(step.verb, Verb::Copy | Verb::Add));
    let needs_none = |path: &str| {
        let mut known = CACHES.iter().filter(|(folder, _)| path.starts_with(folder));
        known.any(|(_, tools)| {
            !between
                .iter()
                .any(|step| tools.iter().any(|tool| step.calls(tool)))
        })
    };
    let mut paths = bodies.iter().map(|&id| view.path(view.fs.body(id).node));
    between.is_empty() || paths.all(|path| needs_none(&path))
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

/// Does `rm` of a word delete a path? Of patterns only one `*` in the last part is known.
fn is_below(path: &str, word: &str) -> bool {
    let word = word.trim_end_matches('/');
    let Some((start, end)) = word.split_once('*') else {
        let rest = path.strip_prefix(word);
        return !word.is_empty()
            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    };
    let is_plain = |text: &str| !text.contains(['*', '?', '[']);
    let rest = path.strip_prefix(start).filter(|rest| {
        // A pattern means no name that begins with a dot.
        !rest.starts_with('.') || !(start.is_empty() || start.ends_with('/'))
    });
    let name = rest.map(|rest| rest.split('/').next().unwrap_or_default());
    is_plain(start)
        && is_plain(end)
        && !end.contains('/')
        && name.is_some_and(|name| name.ends_with(end))
}

/// Does an `rm` not mind if there is nothing to delete?
fn is_forced(command: &str) -> bool {
    let mut flags = command
        .split_whitespace()
        .filter(|word| word.starts_with('-'));
    flags.any(|flag| flag == "--force" || (!flag.starts_with("--") && flag.contains('f')))
}

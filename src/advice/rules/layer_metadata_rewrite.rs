//! Files that a later layer writes again with the same content: chown, chmod, touch.

use std::collections::BTreeMap;

use crate::advice::{Edit, Finding, Risk, Rule, Step, Verb, View};
use crate::path::brief;
use crate::rootfs::{BodyId, Cause, LayerNo};
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "layer-metadata-rewrite",
    summary: "files that are stored twice, for a chown, a chmod or a touch",
    explain: "\
A layer holds whole files. Whoever changes the owner, the permissions or the time of a
file in a later instruction stores all of it again, and the first copy is lost weight.
Give COPY the owner and the permissions (`--chown`, `--chmod`), or change them in the RUN
that writes the files. Files that are only read need no chown at all. Copies are told by
a hash of their contents; where a layer was read by its table of contents and another one
was not, nothing can be told. Below 10 kB in one layer it says nothing.",
    check,
};

const SMALLEST: Bytes = Bytes(10_000);

fn check(view: &View<'_>) -> Vec<Finding> {
    // By the layer that wrote the first copy, and the one that wrote it again.
    let mut pairs: BTreeMap<(LayerNo, LayerNo), Vec<BodyId>> = BTreeMap::new();
    for (id, body) in view.fs.bodies() {
        if let Some(loss) = body.lost
            && loss.cause == Cause::MetadataOnly
            && loss.layer >= view.base
        {
            pairs.entry((body.layer, loss.layer)).or_default().push(id);
        }
    }
    let pairs = view.heaviest(pairs).into_iter();
    pairs
        .filter_map(|((first, again), bodies)| finding(view, first, again, bodies))
        .collect()
}

fn finding(
    view: &View<'_>,
    first: LayerNo,
    again: LayerNo,
    bodies: Vec<BodyId>,
) -> Option<Finding> {
    let size: Bytes = bodies.iter().map(|&id| view.fs.body(id).size).sum();
    if size < SMALLEST {
        return None;
    }
    let (writer, changer) = (view.step(first), view.step(again));
    let title = format!(
        "layer {again} writes {} files of layer {first} again: {} changed",
        bodies.len(),
        changed(view, &bodies)
    );
    let finding = Finding::new(title).at(again);
    if first < view.base {
        // The base's copy stays; the later one would, if nobody changed it.
        let copies = bodies
            .iter()
            .filter_map(|&id| view.fs.body(id).lost?.successor);
        let download = copies.map(|id| view.fs.body(id).transfer).sum();
        return Some(
            finding
                .risk(Risk::Behaviour)
                .estimate(size, download)
                .note("the files then keep what the base image gave them")
                .fix("leave these files of the base image as they are"),
        );
    }
    let finding = finding.bodies(bodies).risk(Risk::Safe);
    Some(mend(view, finding, (first, writer), (again, changer)))
}

/// The fix, as far as the instructions tell one.
fn mend(
    view: &View<'_>,
    finding: Finding,
    (first, writer): (LayerNo, Option<Step>),
    (again, changer): (LayerNo, Option<Step>),
) -> Finding {
    let copy = writer.filter(|step| matches!(step.verb, Verb::Copy | Verb::Add));
    let command = changer.as_ref().and_then(|step| chown(&step.text));
    let is_copy = |step: &Step| matches!(step.verb, Verb::Copy | Verb::Add);
    if copy.is_some() && changer.as_ref().is_some_and(is_copy) {
        return finding.fix(format!(
            "leave out the COPY of layer {first}: that of layer {again} brings the same files"
        ));
    }
    let (Some(copy), Some((command, who))) = (copy, command) else {
        return finding.fix(
            "change owner and permissions in the instruction that writes the files: \
             `COPY --chown=… --chmod=…`, or in the same RUN",
        );
    };
    let word = match copy.verb {
        Verb::Add => "ADD",
        _ => "COPY",
    };
    // The user must be there before files are given to it.
    let makes_user = |step: &Step| {
        let tools = ["useradd", "adduser", "groupadd", "addgroup"];
        tools.iter().any(|tool| step.text.contains(tool))
    };
    let between = view.steps().filter(|(no, _)| (first..=again).contains(no));
    let maker = between
        .filter(|(_, step)| makes_user(step))
        .map(|(no, _)| no)
        .last();
    let mut finding = finding
        .note("folders that stand there before, such as WORKDIR's, keep their owner")
        .fix(format!(
            "{word} --chown={} …   # and no `{}`",
            brief(who),
            brief(command)
        ))
        .edit(Edit::Insert {
            layer: first,
            after: word.to_owned(),
            words: format!("--chown={who}"),
        })
        .edit(Edit::Drop {
            layer: again,
            command: command.to_owned(),
        });
    if let Some(behind) = maker {
        finding = finding.edit(Edit::Move {
            layer: first,
            behind,
        });
    }
    finding
}

/// The `chown` of a command, and to whom.
fn chown(text: &str) -> Option<(&str, &str)> {
    let start = text.find("chown ")?;
    let end = text[start..].find("&&").or(text[start..].find(';'));
    let command = end
        .map_or(&text[start..], |end| &text[start..start + end])
        .trim();
    let mut words = command.split_whitespace().skip(1);
    let who = words.find(|word| !word.starts_with('-'))?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._:-".contains(c);
    who.chars().all(is_plain).then_some((command, who))
}

/// Which of owner, permissions and time changed, for most files.
fn changed(view: &View<'_>, bodies: &[BodyId]) -> &'static str {
    let mut counts = [0; 3];
    for &id in bodies {
        let body = view.fs.body(id);
        let Some(successor) = body.lost.and_then(|loss| loss.successor) else {
            continue;
        };
        let (old, new) = (view.fs.entry(body), view.fs.entry(view.fs.body(successor)));
        counts[0] += usize::from((old.uid, old.gid) != (new.uid, new.gid));
        counts[1] += usize::from(old.mode != new.mode);
        counts[2] += usize::from(old.mtime != new.mtime);
    }
    match counts.iter().position(|&count| count * 2 > bodies.len()) {
        Some(0) => "their owner",
        Some(1) => "their permissions",
        Some(2) => "their time",
        _ => "nothing but metadata",
    }
}

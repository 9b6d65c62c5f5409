//! Edits of a whole file. What comes in is a file, cut into instructions and what stands
//! between them, and edits; what goes out is the file put together again, the difference,
//! and what became of each edit.

use similar::TextDiff;

use super::copied::{at_source, stage_of};
use super::cut::{Rest, cut};
use super::one::One;
use super::read::{Kind, Words, read};
use super::{Link, Tied, append};
use crate::advice::Edit;
use crate::path::shown_text;
use crate::rootfs::LayerNo;

/// Of a command or of words that are written.
const LONGEST: usize = 60_000;

/// A Dockerfile with edits.
#[derive(Debug, PartialEq, Eq)]
pub struct Edited {
    /// All of it.
    pub text: String,
    /// What differs, for `git apply`; empty if nothing does.
    pub diff: String,
    /// What became of each edit, in the order in which they came.
    pub outcomes: Vec<Vec<Outcome>>,
}

/// What became of an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is made.
    Applied,
    /// It was made before: by the file's author, or by another edit.
    Already,
    /// It is not made; why, safe on a terminal.
    Not(String),
    /// It is for the `.dockerignore`: [`super::ignore_lines`].
    Ignore,
}

/// A file in parts.
#[derive(Clone)]
struct State {
    /// What stands between instructions, and the instructions by their number.
    parts: Vec<Part>,
    /// The lines of the instructions, with the comments right above them; empty if the
    /// instruction is gone.
    texts: Vec<String>,
}

#[derive(Clone, PartialEq, Eq)]
enum Part {
    Loose(String),
    Inst(usize),
}

impl State {
    fn of(tied: &Tied<'_>) -> State {
        let text = tied.dockerfile.text.as_str();
        let mut state = State {
            parts: Vec::new(),
            texts: Vec::new(),
        };
        let mut at = 0;
        for (no, inst) in tied.dockerfile.file.insts.iter().enumerate() {
            let bytes = &inst.extent.bytes;
            let between = text.get(at..bytes.start).unwrap_or("");
            let above = match no {
                // What stands at the top is about the file.
                0 => 0,
                _ => comments(between),
            };
            let (loose, above) = between.split_at(between.len() - above);
            state.parts.push(Part::Loose(loose.to_owned()));
            state.parts.push(Part::Inst(no));
            let lines = text.get(bytes.clone()).unwrap_or("");
            state.texts.push(format!("{above}{lines}"));
            at = bytes.end;
        }
        let rest = text.get(at..).unwrap_or("");
        state.parts.push(Part::Loose(rest.to_owned()));
        state
    }

    fn text(&self, newline: &str) -> String {
        let mut text = String::new();
        let mut was_empty = true;
        for part in &self.parts {
            let part = match part {
                Part::Loose(part) => part,
                Part::Inst(no) => &self.texts[*no],
            };
            let part = match self.is_blank_twice(part, &text, was_empty) {
                true => part.strip_prefix(newline).unwrap_or(part),
                false => part,
            };
            if part.is_empty() {
                was_empty = true;
                continue;
            }
            if !text.is_empty() && !text.ends_with('\n') {
                text += newline;
            }
            text += part;
            was_empty = false;
        }
        text
    }

    /// Where an instruction was, one empty line is enough.
    fn is_blank_twice(&self, part: &str, before: &str, gap: bool) -> bool {
        let has_blank = before.ends_with("\n\n") || before.ends_with("\n\r\n");
        gap && has_blank && part.starts_with(['\n', '\r'])
    }

    fn place(&self, inst: usize) -> usize {
        let found = self.parts.iter().position(|part| *part == Part::Inst(inst));
        found.unwrap_or_default()
    }
}

/// How long the comment lines at the end of a text are.
fn comments(text: &str) -> usize {
    let lines = text.split_inclusive('\n').rev();
    let lines = lines.take_while(|line| line.trim_start().starts_with('#'));
    lines.map(str::len).sum()
}

/// Makes the edits.
pub(super) fn apply(tied: &Tied<'_>, findings: &[&[Edit]], name: &str) -> Edited {
    let old = &tied.dockerfile.text;
    let newline = match old.contains("\r\n") {
        true => "\r\n",
        false => "\n",
    };
    let mut state = State::of(tied);
    let groups = findings.iter().map(|edits| group(tied, &mut state, edits));
    let mut outcomes: Vec<Vec<Outcome>> = groups.collect();
    let mut text = state.text(newline);
    let left = state.texts.iter().filter(|text| !text.is_empty()).count();
    if !read(&text).is_ok_and(|file| file.insts.len() == left) {
        text.clone_from(old);
        let all = outcomes.iter_mut().flatten();
        for outcome in all.filter(|outcome| **outcome == Outcome::Applied) {
            *outcome = Outcome::Not("the Dockerfile could not be read any more".to_owned());
        }
    }
    let mark = tied.dockerfile.mark;
    let (old, text) = (format!("{mark}{old}"), format!("{mark}{text}"));
    Edited {
        diff: diff(&old, &text, name),
        text,
        outcomes,
    }
}

/// What differs, as `git apply` and `patch` take it.
fn diff(old: &str, new: &str, name: &str) -> String {
    if old == new {
        return String::new();
    }
    let name = name.strip_prefix("./").unwrap_or(name);
    let name = shown_text(name.trim_start_matches('/'));
    let (a, b) = (format!("a/{name}"), format!("b/{name}"));
    let diff = TextDiff::from_lines(old, new);
    diff.unified_diff().header(&a, &b).to_string()
}

/// Makes the edits of one finding.
fn group(tied: &Tied<'_>, state: &mut State, edits: &[Edit]) -> Vec<Outcome> {
    let is_bound = |edit: &Edit| !matches!(edit, Edit::Append { .. } | Edit::Ignore { .. });
    let before = edits.iter().any(is_bound).then(|| state.clone());
    let mut run = |edit: &Edit| match one(tied, state, edit) {
        Ok(outcome) => outcome,
        Err(why) => Outcome::Not(why),
    };
    let outcomes: Vec<Outcome> = edits.iter().map(&mut run).collect();
    let pairs = edits.iter().zip(&outcomes);
    let mut failed = pairs.filter(|(edit, outcome)| is_bound(edit) && outcome.why().is_some());
    let (Some(_), Some(before)) = (failed.next(), before) else {
        return outcomes;
    };
    *state = before;
    let pairs = edits.iter().zip(outcomes);
    let again = pairs.map(|(edit, outcome)| match (is_bound(edit), outcome.why()) {
        (true, None) => Outcome::Not("another edit that it goes with is not made".to_owned()),
        (true, Some(_)) => outcome,
        (false, _) => one(tied, state, edit).unwrap_or_else(Outcome::Not),
    });
    again.collect()
}

impl Outcome {
    /// Why it is not made, if it is not.
    pub fn why(&self) -> Option<&str> {
        match self {
            Outcome::Not(why) => Some(why),
            _ => None,
        }
    }
}

fn one(tied: &Tied<'_>, state: &mut State, edit: &Edit) -> Result<Outcome, String> {
    match edit {
        Edit::Ignore { .. } => Ok(Outcome::Ignore),
        Edit::Append { layer, command } => append_to(tied, state, *layer, command),
        Edit::Insert {
            layer,
            after,
            words,
        } => {
            is_plain(tied, words)?;
            is_plain(tied, after)?;
            let link = link(tied, state, *layer)?;
            let done = alone(tied, state, link)?.insert(after, words)?;
            Ok(keep(state, link, done))
        }
        Edit::Drop { layer, command } => {
            if command.len() > LONGEST {
                return Err("it is too long".to_owned());
            }
            let link = link(tied, state, *layer)?;
            match cut(&alone(tied, state, link)?, command)? {
                Rest::Some(rest) => Ok(keep(state, link, Some(rest))),
                Rest::Nothing => {
                    state.texts[link.inst].clear();
                    Ok(Outcome::Applied)
                }
            }
        }
        Edit::Move { layer, behind } => {
            let (moved, behind) = (link(tied, state, *layer)?, tied.link(*behind));
            let behind = behind.map_err(|why| why.to_string())?;
            shift(tied, state, moved, behind)
        }
    }
}

/// One line that changes nothing about the lines around it, and looks like what it is:
/// names of files are a stranger's.
fn is_plain(tied: &Tied<'_>, text: &str) -> Result<(), String> {
    let escape = tied.dockerfile.file.escape;
    let is_bad = text.trim().is_empty()
        || text.len() > LONGEST
        || shown_text(text) != text
        || text.contains(char::REPLACEMENT_CHARACTER)
        || text.trim_end().ends_with(['\\', escape]);
    match is_bad {
        true => Err("it cannot be written in one line".to_owned()),
        false => Ok(()),
    }
}

fn link(tied: &Tied<'_>, state: &State, layer: LayerNo) -> Result<Link, String> {
    let link = tied.link(layer).map_err(|why| why.to_string())?;
    is_there(state, link)?;
    Ok(link)
}

fn is_there(state: &State, link: Link) -> Result<(), String> {
    match state.texts[link.inst].is_empty() {
        true => Err("another edit takes the instruction out".to_owned()),
        false => Ok(()),
    }
}

fn alone(tied: &Tied<'_>, state: &State, link: Link) -> Result<One, String> {
    let escape = tied.dockerfile.file.escape;
    let one = One::read(&state.texts[link.inst], escape, link.later);
    one.ok_or_else(|| "the instruction cannot be read by itself".to_owned())
}

fn keep(state: &mut State, link: Link, one: Option<One>) -> Outcome {
    let Some(one) = one else {
        return Outcome::Already;
    };
    one.lines().clone_into(&mut state.texts[link.inst]);
    Outcome::Applied
}

fn append_to(
    tied: &Tied<'_>,
    state: &mut State,
    layer: LayerNo,
    command: &str,
) -> Result<Outcome, String> {
    is_plain(tied, command)?;
    let mut link = link(tied, state, layer)?;
    let mut command = command.trim().to_owned();
    let words = &tied.dockerfile.file.insts[link.inst].words;
    if let (Kind::Copy, Some(from)) = (words.kind, words.flag("from")) {
        (link, command) = at_source(tied, link, from, &command)?;
        is_there(state, link)?;
    }
    has_posix_shell(tied, link)?;
    let done = append::append(&alone(tied, state, link)?, &command)?;
    Ok(keep(state, link, done))
}

/// `&&` means something else to other shells.
fn has_posix_shell(tied: &Tied<'_>, link: Link) -> Result<(), String> {
    let file = &tied.dockerfile.file;
    let stage = &file.stages[stage_of(tied, link.inst)];
    let before = file.insts[stage.from..link.inst].iter();
    let mut shells = before.filter(|inst| inst.words.kind == Kind::Shell).rev();
    let text = shells.next().map(|inst| inst.words.text.to_lowercase());
    let others = ["powershell", "pwsh", "cmd", "python"];
    match text.is_some_and(|text| others.iter().any(|other| text.contains(other))) {
        true => Err("the RUN has another shell".to_owned()),
        false => Ok(()),
    }
}

/// Moves an instruction behind another, if nothing between them could notice.
fn shift(tied: &Tied<'_>, state: &mut State, moved: Link, behind: Link) -> Result<Outcome, String> {
    if moved.later || behind.later || stage_of(tied, moved.inst) != stage_of(tied, behind.inst) {
        return Err("the two instructions are not of one stage".to_owned());
    }
    let (from, to) = (state.place(moved.inst), state.place(behind.inst));
    if from >= to {
        return Ok(Outcome::Already);
    }
    let insts = &tied.dockerfile.file.insts;
    for part in &state.parts[from + 1..to] {
        let Part::Inst(no) = part else { continue };
        if !state.texts[*no].is_empty() && minds(&insts[moved.inst].words, &insts[*no].words) {
            let it = &insts[*no];
            let (kind, line) = (it.words.kind.name(), it.extent.first);
            return Err(format!("the {kind} in line {line} stands between"));
        }
    }
    let part = state.parts.remove(from);
    state.parts.insert(from, Part::Loose(String::new()));
    state.parts.insert(to + 1, part);
    Ok(Outcome::Applied)
}

/// Could it matter whether an instruction is before or behind this one?
fn minds(moved: &Words, other: &Words) -> bool {
    let dest = |words: &Words| {
        let dest = words.paths.last().map(|dest| dest.trim_end_matches('/'));
        let dest = dest.filter(|dest| dest.starts_with('/') && !dest.contains('$'));
        dest.map(|dest| format!("{dest}/"))
    };
    match other.kind {
        Kind::Cmd
        | Kind::Entrypoint
        | Kind::Expose
        | Kind::Healthcheck
        | Kind::Label
        | Kind::Maintainer
        | Kind::Onbuild
        | Kind::Stopsignal => false,
        Kind::Copy | Kind::Add => match (dest(moved), dest(other)) {
            (Some(a), Some(b)) => a.starts_with(&b) || b.starts_with(&a),
            _ => true,
        },
        _ => true,
    }
}

//! Does a line of the history fit an instruction? What comes in is one of each; what
//! goes out is how well.
//!
//! BuildKit writes `RUN |1 A=b /bin/sh -c …`, and sources and destination of a `COPY`
//! without flags and with variables replaced; the classic builder writes a hash for the
//! sources. Environment, ports and commands are written as lists of Go, and fit by their
//! kind alone. Facts: moby/buildkit, frontend/dockerfile/dockerfile2llb/convert.go, its
//! `commitToHistory`; moby/moby, builder/dockerfile/internals.go.

use super::read::{Inst, Kind, Words};
use super::text::Joined;
use crate::advice::{Step, Verb};

/// How well a line fits.
pub(super) const EXACT: u32 = 8;
const LOOSE: u32 = 7;
const KIND: u32 = 1;

/// Of a line with paths or values that is searched.
const LONGEST: usize = 4096;

/// A line of the history.
#[derive(Debug)]
pub(super) struct Entry {
    kind: Option<Kind>,
    text: String,
}

/// What an instruction must look like there.
#[derive(Debug)]
pub(super) struct Wanted {
    kind: Kind,
    /// One of these.
    texts: Vec<String>,
    dest: String,
}

/// Blanks between words are one.
fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Entry {
    pub(super) fn read(created_by: &str) -> Entry {
        let step = Step::read(created_by);
        let text = squeeze(&step.text);
        let (kind, text) = match step.verb {
            Verb::Run => (Some(Kind::Run), text),
            Verb::Copy => (Some(Kind::Copy), without_flags(&text)),
            Verb::Add => (Some(Kind::Add), without_flags(&text)),
            Verb::Other => {
                let (word, rest) = text.split_once(' ').unwrap_or((&text, ""));
                match Kind::of(word) {
                    Some(kind) => (Some(kind), rest.to_owned()),
                    // The classic builder writes a command as it is.
                    None => (None, text),
                }
            }
        };
        Entry { kind, text }
    }
}

fn without_flags(text: &str) -> String {
    let words = text.split(' ').skip_while(|word| word.starts_with("--"));
    words.collect::<Vec<_>>().join(" ")
}

impl Wanted {
    pub(super) fn of(words: &Words, inst: &Inst, file: &str) -> Wanted {
        let plain = squeeze(&words.text);
        let texts = match words.kind {
            Kind::Run => commands(&plain, inst, file),
            _ => vec![plain],
        };
        Wanted {
            kind: words.kind,
            texts,
            dest: words.paths.last().cloned().unwrap_or_default(),
        }
    }

    /// How well a line fits; 0 if it does not.
    pub(super) fn weigh(&self, entry: &Entry) -> u32 {
        match (self.kind, entry.kind) {
            (Kind::Run, None | Some(Kind::Run)) => {
                let fits = self.texts.iter().any(|text| is_command(&entry.text, text));
                u32::from(fits) * EXACT
            }
            (kind, Some(other)) if kind == other => self.weigh_text(&entry.text),
            _ => 0,
        }
    }

    fn weigh_text(&self, text: &str) -> u32 {
        let Some(wanted) = self.texts.first() else {
            return 0;
        };
        match self.kind {
            _ if text == wanted => EXACT,
            _ if wanted.contains('$') && text.len() <= LONGEST && fits(wanted, text) => LOOSE,
            Kind::Copy | Kind::Add => match classic(text) {
                Some(dest) if same_dest(&self.dest, dest) => LOOSE,
                _ => 0,
            },
            Kind::Workdir => match same_dest(wanted, text) {
                true => LOOSE,
                false => 0,
            },
            _ => KIND,
        }
    }
}

/// What the history may say of a `RUN`. Facts: `dispatchRun` in BuildKit's convert.go.
fn commands(plain: &str, inst: &Inst, file: &str) -> Vec<String> {
    let docs = &inst.extent.docs;
    let Some(first) = docs.first() else {
        return vec![plain.to_owned()];
    };
    let body = |doc: &super::text::HereDoc| Joined::of(file, doc.body.clone()).text;
    let mut all = plain.to_owned();
    for doc in docs {
        all = format!("{all} {} {}", body(doc), doc.name);
    }
    let pipe = format!("/dev/pipes/{}", first.name);
    vec![squeeze(&all), squeeze(&body(first)), pipe]
}

/// Is a text this command, maybe with a shell and arguments of the build before it?
fn is_command(text: &str, command: &str) -> bool {
    let Some(before) = text.strip_suffix(command) else {
        return false;
    };
    if command.is_empty() || before.is_empty() {
        return !command.is_empty();
    }
    let Some(before) = before.strip_suffix(' ') else {
        return false;
    };
    const SHELLS: [&str; 10] = [
        "sh",
        "bash",
        "ash",
        "dash",
        "zsh",
        "ksh",
        "busybox",
        "cmd",
        "pwsh",
        "powershell",
    ];
    let is_shell = |word: &str| {
        let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
        SHELLS.contains(&name.trim_end_matches(".exe"))
    };
    let mut words = before.split(' ');
    let begins = words
        .next()
        .is_some_and(|word| word.starts_with('|') || is_shell(word));
    // A list has no shell, and nothing but arguments of the build before it.
    let is_bare = before.starts_with('|')
        && before
            .rsplit(' ')
            .next()
            .is_some_and(|word| word.contains('='));
    begins && (is_bare || before.split(' ').any(is_shell) && ends_in_flag(before))
}

fn ends_in_flag(text: &str) -> bool {
    let last = text.rsplit(' ').next().unwrap_or("");
    last.starts_with(['-', '/'])
}

/// The destination in a line of the classic builder: `file:<hash> in /app`.
fn classic(text: &str) -> Option<&str> {
    let (sources, dest) = text.rsplit_once(" in ")?;
    let kinds = ["file:", "dir:", "multi:"];
    kinds
        .iter()
        .any(|kind| sources.starts_with(kind))
        .then_some(dest)
}

/// Are these the same folder, if one may be told from the working folder?
fn same_dest(ours: &str, theirs: &str) -> bool {
    let clean = |path: &str| {
        let path = path.trim_end_matches('/').trim_end_matches("/.");
        let path = path.strip_prefix("./").unwrap_or(path).to_owned();
        match path.as_str() {
            "." => String::new(),
            _ => path,
        }
    };
    let (ours, theirs) = (clean(ours), clean(theirs));
    let is_below = || {
        theirs
            .strip_suffix(&ours)
            .is_some_and(|rest| rest.ends_with('/'))
    };
    match ours.contains('$') {
        true => theirs.len() <= LONGEST && fits(&ours, &theirs),
        false => ours == theirs || !ours.starts_with('/') && (ours.is_empty() || is_below()),
    }
}

/// Does a text come from this one by replacing variables?
fn fits(template: &str, text: &str) -> bool {
    let (mut parts, mut part, mut chars) = (Vec::new(), String::new(), template.chars().peekable());
    while let Some(c) = chars.next() {
        if c != '$' {
            part.push(c);
            continue;
        }
        parts.push(std::mem::take(&mut part));
        if chars.next_if_eq(&'{').is_some() {
            chars.by_ref().find(|&c| c == '}');
        } else {
            while chars
                .next_if(|c| c.is_alphanumeric() || *c == '_')
                .is_some()
            {}
        }
    }
    let Some((first, middle)) = parts.split_first() else {
        return part == text;
    };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else {
        return false;
    };
    for part in middle {
        match rest.find(part.as_str()) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(&part)
}

//! One instruction that is changed. What comes in is its lines; what goes out is its
//! lines again, if they still are one instruction of this kind.

use std::ops::Range;

use super::read::{File, Inst, Kind, Words, read};
use super::shell;

/// An instruction, read by itself.
pub(super) struct One {
    text: String,
    /// How much of the text stands before it.
    head: usize,
    file: File,
    later: bool,
}

impl One {
    /// Reads lines, or the instruction that these keep for later.
    pub(super) fn read(lines: &str, escape: char, later: bool) -> Option<One> {
        let head = match escape {
            '\\' => "FROM scratch\n".to_owned(),
            other => format!("# escape={other}\nFROM scratch\n"),
        };
        let text = format!("{head}{lines}");
        let file = read(&text).ok()?;
        let is_one = file.insts.len() == 2 && (!later || file.insts[1].later.is_some());
        is_one.then_some(One {
            head: head.len(),
            text,
            file,
            later,
        })
    }

    pub(super) fn inst(&self) -> &Inst {
        &self.file.insts[1]
    }

    pub(super) fn words(&self) -> &Words {
        let inst = self.inst();
        let later = inst.later.as_ref().filter(|_| self.later);
        later.unwrap_or(&inst.words)
    }

    pub(super) fn escape(&self) -> char {
        self.file.escape
    }

    /// All that is read: places are places in it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The lines themselves.
    pub(super) fn lines(&self) -> &str {
        self.text.get(self.head..).unwrap_or("")
    }

    pub(super) fn newline(&self) -> &'static str {
        match self.lines().contains("\r\n") {
            true => "\r\n",
            false => "\n",
        }
    }

    /// The place of a byte of the words' text.
    pub(super) fn place(&self, byte: usize) -> usize {
        let all = &self.inst().extent.words;
        all.place(all.find(self.words().start) + byte)
    }

    /// Behind the byte before this one.
    pub(super) fn place_behind(&self, end: usize) -> usize {
        let all = &self.inst().extent.words;
        all.place_behind(all.find(self.words().start) + end)
    }

    /// Writes something else at these places, each behind the one before it, and reads
    /// the lines again.
    pub(super) fn splice(&self, changes: &[(Range<usize>, String)]) -> Option<One> {
        let mut text = String::with_capacity(self.text.len());
        let mut at = 0;
        for (range, new) in changes {
            text += self.text.get(at..range.start)?;
            text += new;
            at = range.end;
        }
        text += self.text.get(at..)?;
        let changed = One::read(text.get(self.head..)?, self.escape(), self.later)?;
        let same = |one: &One| {
            let words = one.words();
            (words.kind, words.is_list, one.inst().extent.docs.len())
        };
        (same(&changed) == same(self)).then_some(changed)
    }

    /// Writes words behind others, every time that they stand there.
    pub(super) fn insert(&self, after: &str, words: &str) -> Result<Option<One>, String> {
        let kind = self.words().kind;
        let name = words.split('=').next().unwrap_or("");
        if kind.name().eq_ignore_ascii_case(after.trim()) {
            let flag = name.strip_prefix("--");
            let has = flag.and_then(|flag| self.words().flag(flag));
            match has {
                Some(value) if words == format!("{name}={value}") => return Ok(None),
                Some(_) => return Err(format!("the instruction has a `{name}` already")),
                None => {}
            }
        }
        let mut places = self.places(after, words);
        places.sort_unstable();
        if places.is_empty() {
            return match self.stands(after) {
                true => Ok(None),
                false => Err("the instruction has no such words in the Dockerfile".to_owned()),
            };
        }
        let changes: Vec<_> = places
            .into_iter()
            .map(|at| (at..at, format!(" {words}")))
            .collect();
        let changed = self.splice(&changes);
        changed.map(Some).ok_or_else(not_the_same)
    }

    /// Do the words stand there at all?
    fn stands(&self, after: &str) -> bool {
        !self.places(after, "\0").is_empty()
    }

    /// Where the words are to be written: not where they stand already.
    fn places(&self, after: &str, words: &str) -> Vec<usize> {
        let all = &self.inst().extent.words;
        let missing = |text: &str, end: usize| {
            // As far as this command goes.
            let rest = text.get(end..).unwrap_or("");
            let rest = rest.split(['&', ';', '|', '\n']).next().unwrap_or("");
            shell::find(rest, words).is_empty()
        };
        let kind = self.words().kind;
        if kind.name().eq_ignore_ascii_case(after.trim()) {
            let upper = all.text.to_ascii_uppercase();
            let found = shell::find(&upper, kind.name());
            let first = found.first().filter(|found| missing(&all.text, found.end));
            return first
                .map(|found| all.place_behind(found.end))
                .into_iter()
                .collect();
        }
        let found = shell::find(&all.text, after).into_iter();
        let found = found.filter(|found| missing(&all.text, found.end));
        let mut places: Vec<usize> = found.map(|found| all.place_behind(found.end)).collect();
        // A here-document is the command, or what a shell reads; else it is what other
        // programs read.
        let text = &self.words().text;
        let first = text.split_whitespace().next().unwrap_or("");
        let is_script = first == text.as_str() || first.ends_with("sh");
        let docs = self.inst().extent.docs.iter();
        let docs = docs.filter(|_| kind == Kind::Run && is_script);
        for doc in docs {
            let body = self.text.get(doc.body.clone()).unwrap_or("");
            let found = shell::find(body, after).into_iter();
            let found = found.filter(|found| missing(body, found.end));
            places.extend(found.map(|found| doc.body.start + found.end));
        }
        places
    }
}

pub(super) fn not_the_same() -> String {
    "the instruction would not be the same any more".to_owned()
}

//! What instructions mean. What comes in is the text of a Dockerfile; what goes out is
//! its instructions in order, and its stages.
//!
//! Facts: docs.docker.com/reference/dockerfile.

use parse_dockerfile::{Command, Flag, Instruction, Source};

use super::DockerfileError;
use super::text::{Cut, Extent, cut, masked};
use crate::path::brief;

/// What an instruction does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    Healthcheck,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
}

const NAMES: [(Kind, &str); 18] = [
    (Kind::Add, "ADD"),
    (Kind::Arg, "ARG"),
    (Kind::Cmd, "CMD"),
    (Kind::Copy, "COPY"),
    (Kind::Entrypoint, "ENTRYPOINT"),
    (Kind::Env, "ENV"),
    (Kind::Expose, "EXPOSE"),
    (Kind::From, "FROM"),
    (Kind::Healthcheck, "HEALTHCHECK"),
    (Kind::Label, "LABEL"),
    (Kind::Maintainer, "MAINTAINER"),
    (Kind::Onbuild, "ONBUILD"),
    (Kind::Run, "RUN"),
    (Kind::Shell, "SHELL"),
    (Kind::Stopsignal, "STOPSIGNAL"),
    (Kind::User, "USER"),
    (Kind::Volume, "VOLUME"),
    (Kind::Workdir, "WORKDIR"),
];

impl Kind {
    pub(super) fn name(self) -> &'static str {
        let found = NAMES.iter().find(|(kind, _)| *kind == self);
        found.map_or("", |(_, name)| name)
    }

    pub(super) fn of(name: &str) -> Option<Kind> {
        let found = NAMES.iter().find(|(_, other)| *other == name);
        found.map(|(kind, _)| *kind)
    }
}

/// What an instruction says.
#[derive(Debug, Clone)]
pub(super) struct Words {
    pub(super) kind: Kind,
    /// `--from=build`: name and value.
    pub(super) flags: Vec<(String, String)>,
    /// What stands behind the flags, continuations joined; words of a list with blanks
    /// between them.
    pub(super) text: String,
    /// Is it a list of JSON?
    pub(super) is_list: bool,
    /// Where its text begins in the file.
    pub(super) start: usize,
    /// Of `COPY` and `ADD`: from where to where, and what a `FROM` stands on.
    pub(super) paths: Vec<String>,
    /// Of `FROM`: the stage's name.
    pub(super) name: Option<String>,
}

impl Words {
    pub(super) fn flag(&self, name: &str) -> Option<&str> {
        let found = self.flags.iter().find(|(flag, _)| flag == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// One instruction.
#[derive(Debug)]
pub(super) struct Inst {
    pub(super) words: Words,
    /// What an `ONBUILD` keeps for later.
    pub(super) later: Option<Words>,
    pub(super) extent: Extent,
}

/// A stage.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) name: Option<String>,
    /// What it stands on, variables replaced by what the file gives them.
    pub(super) base: String,
    /// Its `FROM`, and the first instruction that is not its own any more.
    pub(super) from: usize,
    pub(super) end: usize,
}

/// A file that was read.
#[derive(Debug)]
pub(super) struct File {
    pub(super) insts: Vec<Inst>,
    pub(super) stages: Vec<Stage>,
    pub(super) escape: char,
}

/// Reads a file, without a mark of its encoding before it.
pub(super) fn read(text: &str) -> Result<File, DockerfileError> {
    if text.replace("\r\n", "\n").contains('\r') {
        return Err(DockerfileError::CarriageReturn);
    }
    let cut = cut(text).map_err(DockerfileError::Open)?;
    let masked = masked(text, &cut);
    let parsed = parse_dockerfile::parse(&masked);
    let parsed = parsed.map_err(|error| DockerfileError::Syntax(brief(error.to_string())))?;
    let Cut { extents, escape } = cut;
    if extents.len() != parsed.instructions.len() {
        return Err(DockerfileError::Unclear);
    }
    let mut insts = Vec::new();
    for (extent, instruction) in extents.into_iter().zip(&parsed.instructions) {
        let (words, later) = match instruction {
            Instruction::Onbuild(it) => (
                words(Kind::Onbuild, it.onbuild.span.end, &extent),
                Some(meaning(&it.instruction, &extent)),
            ),
            other => (meaning(other, &extent), None),
        };
        if keyword(instruction) != extent.words.place(0) {
            return Err(DockerfileError::Unclear);
        }
        insts.push(Inst {
            words,
            later,
            extent,
        });
    }
    Ok(File {
        stages: stages(&insts),
        insts,
        escape,
    })
}

/// Where the keyword of an instruction begins.
fn keyword(instruction: &Instruction<'_>) -> usize {
    match instruction {
        Instruction::Onbuild(it) => it.onbuild.span.start,
        other => kind(other).1.start,
    }
}

/// The kind, and where the keyword stands.
fn kind(instruction: &Instruction<'_>) -> (Kind, std::ops::Range<usize>) {
    let (kind, keyword) = match instruction {
        Instruction::Add(it) => (Kind::Add, &it.add),
        Instruction::Arg(it) => (Kind::Arg, &it.arg),
        Instruction::Cmd(it) => (Kind::Cmd, &it.cmd),
        Instruction::Copy(it) => (Kind::Copy, &it.copy),
        Instruction::Entrypoint(it) => (Kind::Entrypoint, &it.entrypoint),
        Instruction::Env(it) => (Kind::Env, &it.env),
        Instruction::Expose(it) => (Kind::Expose, &it.expose),
        Instruction::From(it) => (Kind::From, &it.from),
        Instruction::Healthcheck(it) => (Kind::Healthcheck, &it.healthcheck),
        Instruction::Label(it) => (Kind::Label, &it.label),
        Instruction::Maintainer(it) => (Kind::Maintainer, &it.maintainer),
        Instruction::Onbuild(it) => (Kind::Onbuild, &it.onbuild),
        Instruction::Run(it) => (Kind::Run, &it.run),
        Instruction::Shell(it) => (Kind::Shell, &it.shell),
        Instruction::Stopsignal(it) => (Kind::Stopsignal, &it.stopsignal),
        Instruction::User(it) => (Kind::User, &it.user),
        Instruction::Volume(it) => (Kind::Volume, &it.volume),
        Instruction::Workdir(it) => (Kind::Workdir, &it.workdir),
        // A later version of the parser may know more: they are of no kind that is changed.
        _ => return (Kind::Maintainer, usize::MAX..usize::MAX),
    };
    (kind, keyword.span.clone())
}

/// An instruction, all of whose text begins at a place of the file.
fn words(kind: Kind, place: usize, extent: &Extent) -> Words {
    let all = &extent.words;
    let at = all.find(place);
    let rest = all.text.get(at..).unwrap_or("");
    let text = rest.trim_start();
    Words {
        kind,
        flags: Vec::new(),
        start: all.place(at + rest.len() - text.len()),
        text: text.trim_end().to_owned(),
        is_list: false,
        paths: Vec::new(),
        name: None,
    }
}

fn meaning(instruction: &Instruction<'_>, extent: &Extent) -> Words {
    let (kind, keyword) = kind(instruction);
    let (flags, start): (&[Flag<'_>], _) = match instruction {
        Instruction::Add(it) => (&it.options, place(it.src.first())),
        Instruction::Copy(it) => (&it.options, place(it.src.first())),
        Instruction::Run(it) => (&it.options, Some(command(&it.arguments))),
        Instruction::From(it) => (&it.options, Some(it.image.span.start)),
        _ => (&[], None),
    };
    let mut words = words(kind, start.unwrap_or(keyword.end), extent);
    let text = |flag: &Flag<'_>| {
        let value = flag.value.as_ref().map_or("", |value| &value.value);
        (flag.name.value.clone().into_owned(), value.to_owned())
    };
    words.flags = flags.iter().map(text).collect();
    match instruction {
        Instruction::Run(it) => {
            if let Command::Exec(list) = &it.arguments {
                let list: Vec<&str> = list.value.iter().map(|word| &*word.value).collect();
                words.is_list = true;
                words.text = list.join(" ");
            }
        }
        Instruction::Add(it) => paths(&mut words, &it.src, &it.dest.value, extent),
        Instruction::Copy(it) => paths(&mut words, &it.src, &it.dest.value, extent),
        Instruction::From(it) => {
            words.paths = vec![it.image.value.clone().into_owned()];
            let name = it.as_.as_ref().map(|(_, name)| &name.value);
            words.name = name.map(|name| name.clone().into_owned());
        }
        _ => {}
    }
    words
}

fn command(command: &Command<'_>) -> usize {
    match command {
        Command::Exec(list) => list.span.start,
        Command::Shell(text) => text.span.start,
        _ => usize::MAX,
    }
}

/// Where a source begins.
fn place(source: Option<&Source<'_>>) -> Option<usize> {
    match source {
        Some(Source::Path(path)) => Some(path.span.start),
        _ => None,
    }
}

fn paths(words: &mut Words, sources: &[Source<'_>], dest: &str, extent: &Extent) {
    let mut docs = extent.docs.iter();
    let sources = sources.iter().map(|source| match source {
        Source::Path(path) if path.value.contains("__") && is_doc(path.span.start, extent) => {
            let name = docs.next().map_or("", |doc| &doc.name);
            format!("<<{name}")
        }
        Source::Path(path) => path.value.clone().into_owned(),
        _ => String::new(),
    });
    words.paths = sources.chain([dest.to_owned()]).collect();
    words.text = words.paths.join(" ");
}

/// Is what begins here a here-document in the file?
fn is_doc(place: usize, extent: &Extent) -> bool {
    let at = extent.words.find(place);
    let word = extent.words.text.get(at..).unwrap_or("");
    word.trim_start_matches(|c: char| c.is_ascii_digit())
        .starts_with("<<")
}

fn stages(insts: &[Inst]) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    let mut args: Vec<(String, String)> = Vec::new();
    for (no, inst) in insts.iter().enumerate() {
        let words = &inst.words;
        if words.kind == Kind::Arg && stages.is_empty() {
            let pairs = words.text.split_whitespace();
            let pairs = pairs.filter_map(|word| word.split_once('='));
            args.extend(pairs.map(|(name, value)| {
                let value = value.trim_matches(['"', '\'']);
                (name.to_owned(), value.to_owned())
            }));
        }
        if words.kind == Kind::From {
            if let Some(last) = stages.last_mut() {
                last.end = no;
            }
            stages.push(Stage {
                name: words.name.clone(),
                base: replaced(words.paths.first().map_or("", String::as_str), &args),
                from: no,
                end: insts.len(),
            });
        }
    }
    stages
}

/// A name that is one variable, replaced by its default; others as they are. Only
/// names of stages matter here, and hardly anybody builds one from parts.
fn replaced(name: &str, args: &[(String, String)]) -> String {
    let key = name.strip_prefix('$').map(|name| {
        let name = name.strip_prefix('{').unwrap_or(name);
        name.strip_suffix('}').unwrap_or(name)
    });
    let Some(key) = key else {
        return name.to_owned();
    };
    let (key, default) = key.split_once(":-").unwrap_or((key, name));
    let value = args.iter().rev().find(|(name, _)| name == key);
    value.map_or(default, |(_, value)| value).to_owned()
}

//! A command for files that came from another stage. What comes in is a `COPY --from`
//! and a command for what it brought; what goes out is the last `RUN` of that stage and
//! the command with the paths that the files have there.
//!
//! Facts: docs.docker.com/reference/dockerfile, its part on COPY: of a folder the content
//! is copied, and paths of another stage begin at its root.

use super::read::{Kind, Stage, Words};
use super::{Link, Tied};
use crate::path::brief;

/// Where the command is to run, and the command.
pub(super) fn at_source(
    tied: &Tied<'_>,
    link: Link,
    from: &str,
    command: &str,
) -> Result<(Link, String), String> {
    let here = stage_of(tied, link.inst);
    let file = &tied.dockerfile.file;
    let number = || from.parse().ok().filter(|no| *no < here);
    let stage = tied.dockerfile.named(from, here).or_else(number);
    let Some((no, stage)) = stage.and_then(|no| Some((no, file.stages.get(no)?))) else {
        return Err(format!("its files come from the image `{}`", brief(from)));
    };
    used_elsewhere(tied, (no, stage), link.inst)?;
    let own = (stage.from + 1..stage.end).rev();
    let mut own = own.map(|inst| (inst, &file.insts[inst]));
    for (inst, it) in own.by_ref() {
        match it.words.kind {
            Kind::Run => {
                let words = &file.insts[link.inst].words;
                let command = mapped(words, &dest(tied, link)?, command)?;
                return Ok((Link { inst, later: false }, command));
            }
            Kind::Copy | Kind::Add => break,
            _ => {}
        }
    }
    let from = brief(from);
    Err(format!(
        "its files come from the stage `{from}`, which does not end in a RUN"
    ))
}

pub(super) fn stage_of(tied: &Tied<'_>, inst: usize) -> usize {
    let stages = &tied.dockerfile.file.stages;
    let before = stages.partition_point(|stage| stage.from <= inst);
    before.saturating_sub(1)
}

/// What another stage takes from this one may need what the command would delete.
fn used_elsewhere(
    tied: &Tied<'_>,
    (no, stage): (usize, &Stage),
    here: usize,
) -> Result<(), String> {
    let name = stage.name.as_deref().unwrap_or("");
    let is_it =
        |text: &str| !name.is_empty() && text.eq_ignore_ascii_case(name) || text == no.to_string();
    let own_stage = stage_of(tied, here);
    let own = &tied.dockerfile.file.insts[here].words;
    for (at, inst) in tied.dockerfile.file.insts.iter().enumerate() {
        let words = inst.later.as_ref().unwrap_or(&inst.words);
        let stands_on = words.kind == Kind::From && words.paths.iter().any(|path| is_it(path));
        let takes = at != here
            && words.flag("from").is_some_and(is_it)
            && (stage_of(tied, at) != own_stage || overlap(words, own));
        let mounts = words.flags.iter().filter(|(flag, _)| flag == "mount");
        let mut parts = mounts.flat_map(|(_, value)| value.split(','));
        let mounts = parts.any(|part| part.strip_prefix("from=").is_some_and(is_it));
        if stands_on || takes || mounts {
            let line = inst.extent.first;
            return Err(format!(
                "its files come from the stage `{}`, and line {line} uses that too",
                brief(name)
            ));
        }
    }
    Ok(())
}

/// Could two instructions copy the same file? As far as variables and patterns tell.
fn overlap(one: &Words, other: &Words) -> bool {
    let sources = |words: &Words| -> Vec<String> {
        let sources = words.paths.iter().rev().skip(1);
        let plain = sources.map(|path| {
            let path = path.split(['$', '*', '?', '[', '\\']).next().unwrap_or("");
            let path = path.strip_prefix("./").unwrap_or(path);
            path.trim_matches('/').trim_end_matches("/.").to_owned()
        });
        plain.collect()
    };
    let others = sources(other);
    sources(one).iter().any(|a| {
        others
            .iter()
            .any(|b| a.starts_with(b.as_str()) || b.starts_with(a.as_str()))
    })
}

/// The folder that the `COPY` writes to, from the root.
fn dest(tied: &Tied<'_>, link: Link) -> Result<String, String> {
    let file = &tied.dockerfile.file;
    let words = &file.insts[link.inst].words;
    let mut folder: Option<String> = None;
    let before = tied.chain.iter().take_while(|other| **other != link);
    let steps = before.map(|link| &file.insts[link.inst].words);
    let steps = steps.filter(|words| words.kind == Kind::Workdir);
    let paths = steps.map(|words| words.text.trim_matches(['"', '\'']));
    let dest = words.paths.last().map_or("", String::as_str);
    for path in paths.chain([dest]) {
        folder = match (path.starts_with('/'), folder) {
            _ if path.contains('$') => None,
            (true, _) => Some(path.to_owned()),
            (false, Some(folder)) => {
                let path = path.strip_prefix("./").unwrap_or(path);
                let path = if path == "." { "" } else { path };
                Some(format!("{}/{path}", folder.trim_end_matches('/')))
            }
            (false, None) => None,
        };
    }
    folder.ok_or_else(|| "it is not clear where its files are written".to_owned())
}

/// The command with the paths that files have where the `COPY` takes them from.
fn mapped(copy: &Words, dest: &str, command: &str) -> Result<String, String> {
    let [source, _] = copy.paths.as_slice() else {
        return Err("it copies more than one thing".to_owned());
    };
    if source.contains(['$', '*', '?', '[', '\'', '"', ' ']) || copy.flag("parents").is_some() {
        return Err("it is not clear which files it copies".to_owned());
    }
    let clean = |path: &str| {
        let path = path.strip_prefix("./").unwrap_or(path);
        let path = path.trim_end_matches("/.").trim_matches('/');
        match path {
            "" | "." => String::new(),
            path => format!("/{path}"),
        }
    };
    let (from, to) = (clean(source), clean(dest));
    // Where `find` begins may be all that is copied: what it deletes is inside.
    let is_find = command.starts_with("find ") && !command.contains("&&");
    let words = command.split(' ').map(|word| match word {
        word if is_find && !from.is_empty() && word == to => Ok(from.clone()),
        // A pattern of names at whatever depth is none of the image's paths.
        word if is_find && word.starts_with("'*/") => Ok(word.to_owned()),
        word => one(word, &from, &to, dest.ends_with('/')),
    });
    Ok(words.collect::<Result<Vec<String>, String>>()?.join(" "))
}

fn one(word: &str, from: &str, to: &str, is_folder: bool) -> Result<String, String> {
    let not_its = || Err(format!("it does not bring `{}`", brief(word)));
    let bare = word.trim_start_matches(['\'', '"']);
    let quote = &word[..word.len() - bare.len()];
    if !bare.contains('/') || bare.trim_start_matches(['1', '2', '&', '>']) == "/dev/null" {
        return Ok(word.to_owned());
    }
    let Some(rest) = bare.strip_prefix(to).filter(|_| bare.starts_with('/')) else {
        return not_its();
    };
    let Some(inner) = rest.strip_prefix('/') else {
        return not_its();
    };
    let name = from.rsplit('/').next().unwrap_or("");
    let first = inner.split(['/', '\'', '"']).next().unwrap_or("");
    if first.is_empty() || first == ".." || inner.contains("/..") {
        return not_its();
    }
    // A file of this name in the folder, or a folder in the folder?
    if is_folder && first == name {
        return Err(format!("it is not clear what `{}` was", brief(word)));
    }
    Ok(format!("{quote}{from}/{inner}"))
}

//! Files that a later layer deletes: they are shipped all the same.

use std::collections::BTreeSet;

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
The final filesystem stays the same. Where an instruction between the two names the files
or their folder, or runs a tool that reads them, they must be there until it has run: join
all of these to one RUN. The history tells the instructions, not what they read, so an edit
is proposed only where none stands between, or where the files are caches of tools. What
the base image wrote is not counted.",
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
    let is_unread = is_unread(view, (writer, deleter), &bodies);
    let user = match is_unread {
        true => None,
        false => used_between(view, (writer, deleter), &bodies),
    };
    if is_unread
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
        Some(Verb::Run) if let Some(user) = user => {
            finding = finding.note(format!(
                "layer {user} uses them: they must be there until it has run"
            ));
            format!(
                "RUN … && … && rm …   # layers {writer} to {deleter} as one RUN, which deletes at its \
                 end; or in a builder stage, and COPY --from its result"
            )
        }
        Some(Verb::Run) => {
            if !is_unread && deleter - writer > 1 {
                finding = finding.note(
                    "that no instruction between the two reads them; else join all of these to one RUN",
                );
            }
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

/// What tools read without being told by path: how the path of a file begins, or a folder
/// that it is in, and the tools.
const INPUTS: &[(&str, &[&str])] = &[
    ("var/lib/apt/lists/", &["apt", "apt-get"]),
    (
        "node_modules/",
        &["npm", "npx", "yarn", "pnpm", "bun", "node"],
    ),
    (".m2/", &["mvn", "mvnw"]),
    (".gradle/", &["gradle", "gradlew"]),
    (".cargo/", &["cargo"]),
    ("cargo/registry/", &["cargo"]),
    ("go/pkg/", &["go"]),
    (".cache/go-build/", &["go"]),
    (".nuget/", &["dotnet"]),
    ("usr/local/go/", &["go"]),
    ("usr/", COMPILING),
    ("lib/", COMPILING),
    ("bin/", COMPILING),
];
/// What compiles, or may do so where it installs: by compilers and headers that lie in
/// `usr`.
const COMPILING: &[&str] = &[
    "make",
    "cmake",
    "ninja",
    "meson",
    "gcc",
    "g++",
    "cc",
    "clang",
    "configure",
    "pip",
    "pip3",
    "uv",
    "poetry",
    "pipenv",
    "npm",
    "yarn",
    "pnpm",
    "bun",
    "cargo",
    "go",
    "bundle",
    "gem",
    "docker-php-ext-install",
    "pecl",
    "composer",
    "mvn",
    "gradle",
    "python",
    "python3",
    "setup.py",
    "R",
    "cabal",
    "mix",
];
/// Words of one instruction, and files of one finding, that are compared.
const MOST_WORDS: usize = 500;
const MOST_FILES: usize = 2000;

/// The first layer between two whose instruction names these files or a folder that they
/// are in, or runs a tool that reads them. It goes by words: what scripts read it cannot
/// tell.
fn used_between(
    view: &View<'_>,
    (writer, deleter): (LayerNo, LayerNo),
    bodies: &[BodyId],
) -> Option<LayerNo> {
    let few = bodies.iter().take(MOST_FILES);
    let paths: Vec<String> = few.map(|&id| view.path(view.fs.body(id).node)).collect();
    let is_input = |place: &str, path: &str| path.starts_with(place) || is_hidden_in(path, place);
    // Asked of all files at once: which tools would read one of them, and which programs
    // are among them.
    let tools = INPUTS
        .iter()
        .filter(|(place, _)| paths.iter().any(|path| is_input(place, path)))
        .flat_map(|&(_, tools)| tools.iter().copied());
    let programs = paths.iter().filter_map(|path| {
        let (folder, name) = path.rsplit_once('/')?;
        (folder == "bin" || folder.ends_with("/bin")).then_some(name)
    });
    let tools: BTreeSet<&str> = tools.chain(programs).collect();
    (writer + 1..deleter).find(|&layer| {
        let step = view.step(layer).filter(|step| step.verb == Verb::Run);
        step.is_some_and(|step| {
            let is_tool = words(&step.text).any(|word| tools.contains(called(word)));
            is_tool || words(&step.text).any(|word| paths.iter().any(|path| means(word, path)))
        })
    })
}

/// Is a path below a folder of a place that lies in any other: `node_modules/`?
fn is_hidden_in(path: &str, place: &str) -> bool {
    // What begins at the root is only there.
    let is_anywhere = !["usr/", "lib/", "bin/", "var/"]
        .iter()
        .any(|root| place.starts_with(root));
    is_anywhere
        && path
            .match_indices(place)
            .any(|(at, _)| path[..at].ends_with('/'))
}

/// The program that a word calls, whatever folder it is in.
fn called(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or_default()
}

/// The words of a command that may be paths.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|c: char| c.is_whitespace() || "'\"=;&|()<>,:`".contains(c));
    parts.filter(|word| !word.is_empty()).take(MOST_WORDS)
}

/// Does a word name a file, a folder that it is in, or all of a pattern it fits?
fn means(word: &str, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let start = word
        .split(['*', '?', '[', '{', '$'])
        .next()
        .unwrap_or_default();
    let is_pattern = start.len() < word.len();
    let Some(folder) = start.strip_prefix('/') else {
        // Where it ran is not known: a name that tells a kind of file is enough.
        let last = word.rsplit('/').next().unwrap_or_default();
        return name == last && last.contains('.');
    };
    let folder = match is_pattern {
        true => folder,
        false => folder.trim_end_matches('/'),
    };
    let rest = path.strip_prefix(folder).filter(|_| !folder.is_empty());
    rest.is_some_and(|rest| is_pattern || rest.is_empty() || rest.starts_with('/'))
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

//! What an image runs, and what its scripts load: the part of a [`View`] that reads
//! words. What comes in is the config, the history and what was boiled down of scripts;
//! what goes out is answers about them.

use super::step::{Step, Verb};
use super::view::{Script, View};
use crate::essence::{Elf, Essence};
use crate::owner::{Category, Finds};
use crate::rootfs::{LayerNo, NodeId};

/// So many bytes are looked through for names of scripts.
const MOST_READ: usize = 1 << 30;

impl<'a> View<'a> {
    /// The instruction that made a layer; `None` if the history does not tell.
    pub fn step(&self, layer: LayerNo) -> Option<Step> {
        let info = self.image.info.layers.get(usize::from(layer))?;
        Some(Step::read(info.created_by.as_deref()?))
    }

    /// The instructions of the layers on top of the base.
    pub fn steps(&self) -> impl Iterator<Item = (LayerNo, Step)> {
        let layers = self.base..self.fs.layers().len() as LayerNo;
        layers.filter_map(|no| Some((no, self.step(no)?)))
    }

    /// May a command stand at the end of what a layer's instruction ran? That of a `RUN`;
    /// and of a `COPY`, as the files may come from a stage that ends in one: only the
    /// Dockerfile tells.
    pub fn takes_commands(&self, layer: LayerNo) -> bool {
        let verb = self.step(layer).map(|step| step.verb);
        matches!(verb, Some(Verb::Run | Verb::Copy))
    }

    /// The value of a variable of the image's environment.
    pub fn env(&self, name: &str) -> Option<&'a str> {
        let env = self.image.info.config.env.iter();
        let mut values = env.filter_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        values.next_back()
    }

    /// All that is run: entrypoint, command and health check, and the scripts of the
    /// app and of its `package.json` that they name, with those that these name; one text.
    pub fn command(&self) -> &str {
        self.command.get_or_init(|| {
            let config = &self.image.info.config;
            let words = [&config.entrypoint, &config.cmd, &config.healthcheck.test];
            let mut text: String = words
                .into_iter()
                .flatten()
                .cloned()
                .collect::<Vec<_>>()
                .join(" ");
            let mut open: Vec<&Script> = self.app_scripts().filter(|s| is_shell(s)).collect();
            let mut tasks = self.tasks();
            // Each script at most once; what names nobody stays out. Where it takes too
            // long to tell, all that may be run counts as run.
            let (mut asked, mut read) = (0, 0_usize);
            loop {
                let before = text.len();
                let new = text[asked..].to_owned();
                asked = before;
                let cost = new.len().saturating_mul(open.len());
                read = read.saturating_add(cost);
                tasks.retain(|task| {
                    let is_called = task.is_called(&new);
                    if is_called {
                        text.push('\n');
                        text.push_str(&task.line);
                    }
                    !is_called
                });
                let (named, rest): (Vec<_>, Vec<_>) = open.into_iter().partition(|script| {
                    let name = script.path.rsplit('/').next().unwrap_or_default();
                    read > MOST_READ || has_word(&new, name)
                });
                if named.is_empty() && text.len() == before {
                    return text;
                }
                for script in named {
                    text.push('\n');
                    text.push_str(&script.lines.join("\n"));
                }
                open = rest;
            }
        })
    }

    /// Is this run, as a word by itself: by entrypoint, command or health check, or by
    /// a script that they name?
    pub fn runs(&self, word: &str) -> bool {
        has_word(self.command(), word)
    }

    /// Does the image run one of these?
    pub fn runs_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.runs(word))
    }

    /// Does the image run what reads debug information of programs?
    pub fn is_debugged(&self) -> bool {
        self.runs_any(&["gdb", "lldb", "perf", "valgrind"])
    }

    /// All that scripts of the app and modules of packages tell.
    pub fn scripts(&self) -> &[Script] {
        self.scripts.get_or_init(|| {
            let files = self.fs.kept_files().into_iter();
            let mut scripts: Vec<Script> = files
                .filter_map(|node| {
                    let Some(Essence::Script(script)) = Essence::read(self.fs.read(node)?) else {
                        return None;
                    };
                    let path = self.path(node);
                    let in_packages = ["site-packages/", "dist-packages/", "node_modules/"];
                    // Programs of packages lie in `bin`: they are no app's either.
                    let (_, owner) = self.owner(node);
                    let is_packaged =
                        owner.finds == Finds::Packages && owner.category != Category::App;
                    Some(Script {
                        node,
                        is_app: !is_packaged
                            && !in_packages.iter().any(|folder| path.contains(folder)),
                        path,
                        lines: script.lines,
                    })
                })
                .collect();
            scripts.sort_by(|a, b| a.path.cmp(&b.path));
            scripts
        })
    }

    /// The scripts that are no package's.
    pub fn app_scripts(&self) -> impl Iterator<Item = &Script> {
        self.scripts().iter().filter(|script| script.is_app)
    }

    /// Does a script of the app, but no test of it, load this Python or Node module?
    pub fn imports(&self, module: &str) -> bool {
        let is_test = |path: &str| {
            path.contains("/tests/") || path.contains("/test/") || path.contains("conftest.py")
        };
        let mut scripts = self.app_scripts().filter(|script| !is_test(&script.path));
        scripts.any(|script| script.lines.iter().any(|line| loads(line, module)))
    }

    /// Was every layer on top of the base read so that scripts and programs were looked
    /// into? Not where a table of contents stands for a layer.
    pub fn looked_inside(&self) -> bool {
        let layers = self.fs.layers().iter().skip(usize::from(self.base));
        layers.into_iter().all(|layer| layer.toc().is_none())
    }

    /// What kind of program a file is; `None` if it is none, or was not looked into.
    pub fn elf(&self, node: NodeId) -> Option<Elf> {
        match Essence::read(self.fs.read(node)?)? {
            Essence::Elf(elf) => Some(elf),
            _ => None,
        }
    }

    /// Does the image run on musl, and not on glibc?
    pub fn is_musl(&self) -> bool {
        let mut names = self
            .fs
            .find("lib")
            .into_iter()
            .flat_map(|lib| self.fs.children(lib));
        names.any(|node| self.fs.name(node).starts_with(b"ld-musl-"))
    }

    /// `amd64`, `arm64`; empty if the image does not say.
    pub fn architecture(&self) -> &str {
        let platform = self.image.info.platform.as_ref();
        platform.map_or("", |platform| &*platform.architecture)
    }

    /// Is it an image to work in, by hand: does it start a shell and nothing else?
    pub fn is_for_shells(&self) -> bool {
        let config = &self.image.info.config;
        let all: Vec<&str> = config
            .entrypoint
            .iter()
            .chain(&config.cmd)
            .map(String::as_str)
            .collect();
        matches!(all[..], [one] if ["sh", "bash", "zsh", "/bin/sh", "/bin/bash", "/bin/zsh"].contains(&one))
    }
}

fn is_shell(script: &Script) -> bool {
    script
        .lines
        .first()
        .is_some_and(|line| line.starts_with("#!"))
}

/// Is a word in a text, and no part of a longer one?
pub fn has_word(text: &str, word: &str) -> bool {
    let is_inside =
        |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-');
    !word.is_empty()
        && text.match_indices(word).any(|(at, _)| {
            let (before, after) = (&text[..at], &text[at + word.len()..]);
            !is_inside(before.chars().next_back()) && !is_inside(after.chars().next())
        })
}

/// Does a line of Python, or a name that JavaScript loads, load a module or a part of it?
fn loads(line: &str, module: &str) -> bool {
    let is_it = |name: &str| {
        let rest = name.trim().strip_prefix(module);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ' ', '/', ',', ';']))
    };
    let python = line
        .strip_prefix("import ")
        .is_some_and(|names| names.split(',').any(is_it))
        || line.strip_prefix("from ").is_some_and(is_it);
    let quoted = || {
        let mut parts = line.split(['"', '\'']).skip(1).step_by(2);
        line.contains("import_module(") && parts.any(is_it)
    };
    python || is_it(line) || quoted()
}

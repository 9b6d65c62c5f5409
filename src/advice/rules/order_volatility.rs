//! The app's code below its dependencies: each change ships them again.

use crate::advice::{Confidence, Edit, Finding, Risk, Rule, Step, Verb, View, has_word};
use crate::layer::EntryKind;
use crate::path::brief;
use crate::rootfs::LayerNo;
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "order-volatility",
    summary: "dependencies are installed above the code of the app, and ship with each change",
    explain: "\
A build repeats each instruction behind the first one that changed, and who pulls the image
fetches their layers again. Where the code is copied before packages are installed, a change
of one line ships all packages. Copy the manifests (requirements.txt, package.json and the
lock file), install, and copy the code last. No stored byte goes: the figure is what each
deployment then need not push and pull, and stands in no sum. An install that runs code of
the app (a build of a native part, a postinstall script) may need more than the manifests.
It reads instructions by their words: what scripts install it cannot see, and a layer that
is the same byte by byte when it is built again would not be shipped.",
    check,
};

/// What installs packages of an operating system; needs no file of the app.
const SYSTEM: &[&str] = &["apt-get", "apt", "apk", "dnf", "microdnf", "yum", "zypper"];
/// What installs packages by the app's manifests, as words one behind the other, and these
/// manifests; none where the packages stand in the command.
const INSTALLS: &[(&str, &str)] = &[
    ("uv sync", "pyproject.toml uv.lock"),
    ("uv pip install", ""),
    ("pip install", ""),
    ("pip3 install", ""),
    ("poetry install", "pyproject.toml poetry.lock"),
    ("pipenv install", "Pipfile Pipfile.lock"),
    ("pdm install", "pyproject.toml pdm.lock"),
    ("npm ci", NPM),
    ("npm install", NPM),
    ("npm i", NPM),
    ("yarn install", "package.json yarn.lock"),
    ("pnpm install", "package.json pnpm-lock.yaml"),
    ("pnpm i", "package.json pnpm-lock.yaml"),
    ("bun install", "package.json bun.lock"),
    ("bundle install", "Gemfile Gemfile.lock"),
    ("composer install", "composer.json composer.lock"),
    ("go mod download", "go.mod go.sum"),
    ("cargo fetch", "Cargo.toml Cargo.lock"),
    ("dotnet restore", "*.csproj"),
    ("playwright install", ""),
];
const NPM: &str = "package.json package-lock.json";
/// Files that dependencies are read from.
const MANIFESTS: &[&str] = &[
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "bun.lock",
    "bun.lockb",
    ".npmrc",
    ".yarnrc.yml",
    ".yarnrc",
    "pyproject.toml",
    "poetry.lock",
    "uv.lock",
    "Pipfile",
    "Pipfile.lock",
    "pdm.lock",
    "setup.py",
    "setup.cfg",
    "README.md",
    "Gemfile",
    "Gemfile.lock",
    "composer.json",
    "composer.lock",
    "go.mod",
    "go.sum",
    "Cargo.toml",
    "Cargo.lock",
    "environment.yml",
    "schema.prisma",
    ".python-version",
    ".nvmrc",
    "pom.xml",
    "build.gradle",
    "settings.gradle",
];

/// A fix names no more files.
const MOST_FILES: usize = 8;

fn check(view: &View<'_>) -> Vec<Finding> {
    let steps: Vec<(LayerNo, Step)> = view.steps().collect();
    let Some(at) = steps
        .iter()
        .position(|(layer, step)| is_code(view, *layer, step))
    else {
        return Vec::new();
    };
    let (code, above) = (&steps[at], &steps[at + 1..]);
    let installs: Vec<usize> = (0..above.len())
        .filter(|&no| is_install(&above[no].1))
        .collect();
    let Some(&last) = installs.last() else {
        return Vec::new();
    };
    let blob = |layer: LayerNo| view.fs.layers()[usize::from(layer)].blob;
    let now: Bytes = above.iter().map(|(layer, _)| blob(*layer)).sum();
    let spared: Bytes = installs.iter().map(|&no| blob(above[no].0)).sum();
    let (now, spared) = (now + blob(code.0), spared);
    let title = format!(
        "a change of one line ships {now} again, of them {spared} packages: layer {} copies the \
         app before layer {} installs",
        code.0, above[installs[0]].0
    );
    let mut finding = Finding::new(title)
        .risk(Risk::Check)
        .confidence(Confidence::Medium)
        .at(code.0)
        .estimate(Bytes::ZERO, spared)
        .note("an install that runs code of the app needs that code before")
        .fix(fix(code.0, installs.iter().map(|&no| &above[no].1)));
    let has_manifests = steps[..at].iter().any(|(_, step)| step.verb == Verb::Copy);
    let between = &above[..=last];
    if between
        .iter()
        .all(|(_, step)| can_pass(step, has_manifests))
    {
        finding = finding.edit(Edit::Move {
            layer: code.0,
            behind: above[last].0,
        });
    }
    vec![finding]
}

/// What to write for these installs, each manifest once.
fn fix<'s>(code: LayerNo, installs: impl Iterator<Item = &'s Step>) -> String {
    let mut files: Vec<String> = Vec::new();
    for step in installs {
        let commands = step
            .text
            .split("&&")
            .flat_map(|part| part.split([';', '|', '\n']));
        for file in commands.flat_map(manifests) {
            if !files.contains(&file) && files.len() < MOST_FILES {
                files.push(file);
            }
        }
    }
    if files.is_empty() {
        return format!("RUN …   # the installs, above the COPY of layer {code}");
    }
    // A file in a folder is read there.
    let (here, there): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| !file.contains('/'));
    let mut lines = Vec::new();
    if !here.is_empty() {
        lines.push(format!("COPY {} ./", here.join(" ")));
    }
    lines.extend(there.iter().filter_map(|file| {
        let (folder, name) = file.rsplit_once('/')?;
        let source = if file.starts_with('/') { name } else { file };
        Some(format!("COPY {source} {folder}/"))
    }));
    lines.extend(["RUN …   # the installs", "COPY . ."].map(str::to_owned));
    lines.join("\n")
}

/// The files that one command reads what it installs from; safe on a terminal.
fn manifests(command: &str) -> Vec<String> {
    let text = command.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((start, files)) = INSTALLS.iter().find(|(start, _)| has_word(&text, start)) else {
        return Vec::new();
    };
    let rest = text.split_once(start).map_or("", |(_, rest)| rest);
    let words: Vec<&str> = rest.split_whitespace().collect();
    if start.contains("pip") && files.is_empty() {
        let is_own =
            |word: &&str| matches!(*word, "." | "-e" | "--editable") || word.starts_with(".[");
        if words.iter().any(is_own) {
            return vec!["pyproject.toml".to_owned()];
        }
        // pip is told which file.
        let told = words
            .windows(2)
            .filter(|pair| ["-r", "--requirement"].contains(&pair[0]));
        let joined = words.iter().filter_map(|word| {
            let short = word.strip_prefix("-r").filter(|file| !file.is_empty());
            short.or_else(|| word.strip_prefix("--requirement="))
        });
        let all = told.map(|pair| pair[1]).chain(joined);
        return all
            .filter(|file| !file.contains("://"))
            .map(brief)
            .collect();
    }
    // What names packages, or installs for all, reads no manifest.
    let is_global = text
        .split(' ')
        .any(|word| matches!(word, "-g" | "--global"));
    let is_value = |no: usize| no > 0 && WITH_VALUE.contains(&words[no - 1]);
    let mut named = (0..words.len()).filter(|&no| !words[no].starts_with('-') && !is_value(no));
    let names_some = ["npm install", "npm i"].contains(start) && named.next().is_some();
    match is_global || names_some {
        true => Vec::new(),
        false => files.split_whitespace().map(str::to_owned).collect(),
    }
}

/// Options of npm that a value follows.
const WITH_VALUE: [&str; 7] = [
    "--cache",
    "--include",
    "--loglevel",
    "--omit",
    "--only",
    "--prefix",
    "--registry",
];

/// Does a layer bring the code of the app, out of the build context?
fn is_code(view: &View<'_>, layer: LayerNo, step: &Step) -> bool {
    let is_context = matches!(step.verb, Verb::Copy | Verb::Add)
        && !step.text.contains("--from=")
        && !step.text.contains("://");
    if !is_context {
        return false;
    }
    let entries = &view.fs.layers()[usize::from(layer)];
    let is_source = |path: &[u8]| {
        let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        let name = String::from_utf8_lossy(name);
        let is_manifest = MANIFESTS.contains(&&*name) || name.starts_with("requirements");
        let endings = [
            "py", "js", "ts", "tsx", "jsx", "mjs", "rb", "php", "go", "rs", "java", "cs", "html",
            "vue", "svelte",
        ];
        !is_manifest
            && name
                .rsplit_once('.')
                .is_some_and(|(_, end)| endings.contains(&end))
    };
    let files = entries
        .entries
        .iter()
        .filter(|entry| entry.kind == EntryKind::File);
    // One file may be a start script, which seldom changes.
    files
        .filter(|entry| is_source(entries.path(entry)))
        .take(2)
        .count()
        == 2
}

fn is_install(step: &Step) -> bool {
    let installs_system = || {
        SYSTEM.iter().any(|tool| step.calls(tool))
            && [" install", " add", "groupinstall"]
                .iter()
                .any(|word| step.text.contains(word))
    };
    step.verb == Verb::Run
        && (INSTALLS.iter().any(|(words, _)| step.calls(words)) || installs_system())
}

/// Can the code be copied behind an instruction? Not if that may read the code.
fn can_pass(step: &Step, has_manifests: bool) -> bool {
    if step.verb != Verb::Run {
        // A COPY over the code's files would then be under them.
        return step.verb == Verb::Other;
    }
    let commands = step.text.split("&&").flat_map(|part| part.split(';'));
    let mut commands = commands.map(str::trim).filter(|part| !part.is_empty());
    commands.all(|command| {
        let first = command.split_whitespace().next().unwrap_or_default();
        let installs = || {
            let words: Vec<&str> = command.split_whitespace().collect();
            let text = words.join(" ");
            let reads_code = words.iter().any(|word| {
                matches!(*word, "." | "-e" | "--editable")
                    || word.starts_with("./")
                    || word.starts_with(".[")
            });
            !reads_code && INSTALLS.iter().any(|(start, _)| text.starts_with(start))
        };
        let is_system =
            || SYSTEM.contains(&first) && !command.contains("./") && !command.contains("/app");
        let is_clean = first == "rm" || first == "set";
        is_clean || is_system() || (has_manifests && installs())
    })
}

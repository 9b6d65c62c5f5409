//! The app's code below its dependencies: each change ships them again.

use crate::advice::{Confidence, Edit, Finding, Risk, Rule, Step, Verb, View};
use crate::layer::EntryKind;
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
/// What installs packages by the app's manifests, as words one behind the other.
const INSTALLS: &[&str] = &[
    "pip install",
    "pip3 install",
    "uv sync",
    "uv pip install",
    "poetry install",
    "pipenv install",
    "pdm install",
    "npm ci",
    "npm install",
    "npm i",
    "yarn install",
    "pnpm install",
    "pnpm i",
    "bun install",
    "bundle install",
    "composer install",
    "go mod download",
    "cargo fetch",
    "dotnet restore",
    "playwright install",
];
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
        .fix("COPY requirements.txt ./   # or package.json and the lock file\nRUN … install …\nCOPY . .");
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
    step.verb == Verb::Run && (INSTALLS.iter().any(|words| step.calls(words)) || installs_system())
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
            !reads_code && INSTALLS.iter().any(|start| text.starts_with(start))
        };
        let is_system =
            || SYSTEM.contains(&first) && !command.contains("./") && !command.contains("/app");
        let is_clean = first == "rm" || first == "set";
        is_clean || is_system() || (has_manifests && installs())
    })
}

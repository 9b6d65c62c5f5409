//! What scripts load and call. What comes in is the text of a script; what goes out
//! is the few lines of it that advice goes by: what it imports, and whether it needs
//! what nobody would think is needed.
//!
//! Facts: docs.python.org, "The import system"; Node.js, "Modules"; execve(2), `#!`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use aho_corasick::packed::Searcher;
use serde::{Deserialize, Serialize};

use super::{Essence, elf};
use crate::layer::{Distiller, Sample};

/// Larger scripts are built by programs.
const LARGEST: u64 = 2 << 20;
/// The most of one script that is kept.
const MOST_LINES: usize = 500;
const LONGEST_LINE: usize = 300;

/// The telling lines of a script, without spaces around them.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// Of Python those that import or name what may be needed at run time; of
    /// JavaScript the modules that it loads; of all others that begin with `#!` each.
    pub lines: Vec<String>,
}

/// A module of an installed Python package: only what it does that few do.
static MODULE: Distiller = Distiller {
    magic: &[b""],
    whole: LARGEST,
    boil: |sample| boil(sample, rare),
};

/// A Python script of an app.
static PYTHON: Distiller = Distiller {
    magic: &[b""],
    whole: LARGEST,
    boil: |sample| boil(sample, |text| telling(text, is_import_or_call)),
};

/// A JavaScript or TypeScript file of an app.
static JAVASCRIPT: Distiller = Distiller {
    magic: &[b""],
    whole: LARGEST,
    boil: |sample| boil(sample, modules),
};

/// What a shell, or whoever it names, runs.
static SHELL: Distiller = Distiller {
    magic: &[b"#!"],
    whole: 128 << 10,
    boil: |sample| boil(sample, |text| telling(text, |line| !line.is_empty())),
};

/// What has no ending may be a script or a program.
static EITHER: Distiller = Distiller {
    magic: &[b"#!", b"\x7fELF"],
    whole: elf::DISTILLER.whole,
    boil: |sample| match &sample.at(0, 2)?[..] {
        b"#!" => (SHELL.boil)(sample),
        _ => (elf::DISTILLER.boil)(sample),
    },
};

/// Which of these reads a file, by where it lies; `None` if none does.
pub(super) fn distiller(path: &[u8]) -> Option<&'static Distiller> {
    let name = path.rsplit(|&byte| byte == b'/').next()?;
    let dot = name.iter().rposition(|&byte| byte == b'.');
    let has = |part: &[u8]| memchr::memmem::find(path, part).is_some();
    let is_packaged = || has(b"/site-packages/") || has(b"/dist-packages/");
    let is_system = || {
        const SYSTEM: [&[u8]; 7] = [
            b"usr/lib",
            b"usr/share/",
            b"usr/bin/",
            b"usr/sbin/",
            b"lib/",
            b"bin/",
            b"sbin/",
        ];
        SYSTEM.iter().any(|folder| path.starts_with(folder)) || has(b"/lib/python3.")
    };
    match dot.map_or(&b""[..], |dot| &name[dot + 1..]) {
        b"py" if is_packaged() => (!has(b"/tests/")).then_some(&MODULE),
        b"py" => (!is_system()).then_some(&PYTHON),
        b"js" | b"mjs" | b"cjs" | b"ts" | b"mts" | b"tsx" | b"jsx" => {
            (!has(b"node_modules/") && !has(b".next/") && !is_system()).then_some(&JAVASCRIPT)
        }
        b"sh" | b"bash" => (!is_system() && !has(b"node_modules/")).then_some(&SHELL),
        b"" => (!is_system() && !has(b"node_modules/")).then_some(&EITHER),
        _ => None,
    }
}

fn boil(sample: &mut Sample<'_>, lines: impl Fn(&[u8]) -> Vec<String>) -> Option<Vec<u8>> {
    if sample.size() > LARGEST {
        return None;
    }
    let size = usize::try_from(sample.size()).ok()?;
    let lines = lines(&sample.at(0, size)?);
    match lines.is_empty() {
        true => None,
        false => Essence::Script(Script { lines }).write(),
    }
}

/// The lines that tell something, cut where they are long.
fn telling(text: &[u8], tells: impl Fn(&str) -> bool) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    let lines = text.lines().map(str::trim).filter(|line| tells(line));
    lines.take(MOST_LINES).map(cut).collect()
}

/// A line that [`is_rare`] holds one of these: an image has many thousand modules, and
/// most are passed over at the speed of memory.
const SIGNS: [&str; 6] = [
    "tests",
    "pkg_resources",
    "setuptools",
    "attach_stub",
    ".pyi",
    "build(",
];

/// The rare lines of a module.
fn rare(text: &[u8]) -> Vec<String> {
    static FINDER: LazyLock<Option<Searcher>> = LazyLock::new(|| Searcher::new(SIGNS));
    let Some(finder) = &*FINDER else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    let mut at = 0;
    while let Some(found) = finder.find_in(text, (at..text.len()).into()) {
        let hit = found.start();
        let start = memchr::memrchr(b'\n', &text[..hit]).map_or(0, |at| at + 1);
        let end = memchr::memchr(b'\n', &text[hit..]).map_or(text.len(), |at| hit + at);
        let line = String::from_utf8_lossy(&text[start..end]);
        let line = line.trim();
        if is_rare(line) && lines.len() < MOST_LINES {
            lines.push(cut(line));
        }
        at = end;
    }
    lines
}

fn cut(line: &str) -> String {
    line.chars().take(LONGEST_LINE).collect()
}

/// What a module of a package does that decides whether others can go: it loads tests,
/// it reads stubs, it needs what installs packages.
fn is_rare(line: &str) -> bool {
    let has = |word: &str| line.contains(word);
    let loads = || line.starts_with("from ") || line.starts_with("import ") || has("import_module");
    match line.starts_with('#') {
        true => false,
        false => {
            has("attach_stub")
                || has(".pyi\"")
                || has(".pyi'")
                || loads()
                || (has("build(") && has("'v"))
                || (has("tests") && mentions_tests(line))
        }
    }
}

/// Does a line name `tests` as a part of a path that it makes or reads, or alone among
/// names that are imported? Lines of examples in texts do not count.
pub fn mentions_tests(line: &str) -> bool {
    const PATHS: [&str; 8] = [
        "join(",
        "ath",
        "__file__",
        "open(",
        "resource",
        "files(",
        "import_module",
        "load",
    ];
    if line.trim_end_matches([',', ')', ' ']) == "tests" {
        return true;
    }
    let is_path = PATHS.iter().any(|word| line.contains(word))
        || ["/ '", "/ \""].iter().any(|join| line.contains(join));
    let is_example = line.starts_with(">>>") || line.starts_with("...");
    let is_quoted = is_path && !is_example && line.contains(['"', '\'']);
    is_quoted
        && line.match_indices("tests").any(|(at, word)| {
            let before = line[..at].chars().next_back();
            let after = line[at + word.len()..].chars().next();
            let joins = |c: Option<char>| c.is_some_and(|c| "'\"/.".contains(c));
            joins(before) && joins(after) && (before, after) != (Some('.'), Some('.'))
        })
}

/// What a script of an app imports, and which services and languages it names.
fn is_import_or_call(line: &str) -> bool {
    const CALLS: [&str; 7] = [
        "import_module(",
        "client(",
        "resource(",
        "build(",
        "Locale",
        "run(",
        "LANGUAGE",
    ];
    line.starts_with("import ")
        || line.starts_with("from ")
        || CALLS.iter().any(|call| line.contains(call))
        || names_data(line)
}

/// Does a line name a file of data?
fn names_data(line: &str) -> bool {
    const DATA: [&str; 14] = [
        ".json", ".csv", ".tsv", ".parquet", ".sqlite", ".db", ".npy", ".npz", ".pkl", ".zip",
        ".onnx", ".bin", ".txt", ".sql",
    ];
    line.contains(['"', '\'']) && DATA.iter().any(|ending| line.contains(ending))
}

/// The modules that JavaScript loads, and the lines that name data, each once, in order.
fn modules(text: &[u8]) -> Vec<String> {
    let text = &*String::from_utf8_lossy(text);
    const BEFORE: [&str; 4] = ["require(", "import(", "from", "import"];
    let mut found = BTreeSet::new();
    for before in BEFORE {
        for (at, _) in text.match_indices(before) {
            let rest = text[at + before.len()..].trim_start_matches([' ', '\t']);
            let Some(quote) = rest.chars().next().filter(|c| "'\"`".contains(*c)) else {
                continue;
            };
            let rest = &rest[1..];
            let end = rest
                .find(quote)
                .filter(|&end| 0 < end && end < LONGEST_LINE);
            if let Some(end) = end
                && found.len() < MOST_LINES
            {
                found.insert(rest[..end].to_owned());
            }
        }
    }
    let lines = text.lines().map(str::trim).filter(|line| names_data(line));
    let room = MOST_LINES.saturating_sub(found.len());
    found.extend(lines.take(room).map(cut));
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_that_are_loaded_are_found_however_that_is_written() {
        let text = "const a = require('a'); import b from \"@s/b\";\nimport 'c'\n\
                    export * from './d'; await import(`e`); require(x); // from nowhere";
        assert_eq!(modules(text.as_bytes()), ["./d", "@s/b", "a", "c", "e"]);
        assert_eq!(modules("from 'é".as_bytes()), Vec::<String>::new());
    }

    #[test]
    fn of_packages_only_what_few_do_is_kept() {
        let text = "import os\nfrom numpy._core.tests._natype import pd_NA\n\
                    # from x import tests\n    import pkg_resources\n\
                    lazy.attach_stub(__name__, __file__)\ntests = 1\nx.build('drive', 'v3')\n\
                    tests,\nopen(join(here, 'tests', 'a'))\n'''Runs the tests.'''\n'my_tests'";
        assert_eq!(
            rare(text.as_bytes()),
            [
                "from numpy._core.tests._natype import pd_NA",
                "import pkg_resources",
                "lazy.attach_stub(__name__, __file__)",
                "x.build('drive', 'v3')",
                "tests,",
                "open(join(here, 'tests', 'a'))",
            ]
        );
    }

    #[test]
    fn only_scripts_of_apps_and_modules_of_packages_are_read() {
        let reads = |path: &str| distiller(path.as_bytes()).is_some();
        for path in [
            "app/main.py",
            "usr/local/lib/python3.11/site-packages/a/b.py",
            "app/server.js",
            "docker-entrypoint.sh",
            "usr/local/bin/start",
        ] {
            assert!(reads(path), "{path}");
        }
        for path in [
            "usr/lib/python3.11/os.py",
            "usr/local/lib/python3.11/os.py",
            "app/node_modules/a/index.js",
            "app/.next/server/app.js",
            "usr/bin/perldoc",
            "app/data.csv",
            "usr/local/lib/python3.11/site-packages/a/tests/b.py",
        ] {
            assert!(!reads(path), "{path}");
        }
    }
}

//! A case in `testdata/dockerfile/<name>/` is a Dockerfile, a history, edits, and what
//! becomes of them. A line of the history begins with `- ` if it left no layer, and the
//! lines `base 2` and `target app` say where the base ends and which stage was built.
//! With `IMGSIZE_BLESS` set the expected files are written; then read them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;

use super::*;
use crate::testkit::{Case, plain};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/dockerfile");
    let folders = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let mut folders: Vec<PathBuf> = folders.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

#[derive(Default)]
struct Told {
    base: LayerNo,
    target: Option<String>,
    steps: Vec<crate::source::Step>,
}

fn history(text: &str) -> Told {
    let mut told = Told::default();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(base) = line.strip_prefix("base ") {
            told.base = base.parse().unwrap();
        } else if let Some(target) = line.strip_prefix("target ") {
            told.target = Some(target.to_owned());
        } else {
            let empty = line.strip_prefix("- ");
            told.steps.push(crate::source::Step {
                created_by: empty.unwrap_or(line).replace("\\n", "\n"),
                has_layer: empty.is_none(),
                created: None,
                comment: String::new(),
            });
        }
    }
    told
}

fn image(steps: Vec<crate::source::Step>) -> ImageInfo {
    let case = Case::parse("", Path::new("."));
    ImageInfo {
        steps,
        layers: Vec::new(),
        ..case.image(plain).info
    }
}

/// What a case comes to: what is told, and the edited file.
fn come(text: &str, history_text: &str, edits: &str) -> (String, Edited) {
    let told = history(history_text);
    let layers = told.steps.iter().filter(|step| step.has_layer).count();
    let dockerfile = Dockerfile::parse(text).unwrap();
    let image = image(told.steps);
    let tied = dockerfile
        .tie(&image, told.base, told.target.as_deref())
        .unwrap();
    let mut out = String::new();
    for layer in 0..u16::try_from(layers).unwrap() {
        out += &match tied.lines(layer) {
            Ok(lines) => format!("layer {layer}: {lines}\n"),
            Err(why) => format!("layer {layer}: {why}\n"),
        };
    }
    let findings: Vec<Vec<Edit>> = serde_json::from_str(edits).unwrap();
    let lists: Vec<&[Edit]> = findings.iter().map(Vec::as_slice).collect();
    let edited = tied.apply(&lists, "Dockerfile");
    for (edits, outcomes) in findings.iter().zip(&edited.outcomes) {
        for (edit, outcome) in edits.iter().zip(outcomes) {
            out += &format!("{outcome:?}: {}\n", serde_json::to_string(edit).unwrap());
        }
    }
    for line in ignore_lines(findings.iter().flatten(), "") {
        out += &format!("ignore {line}\n");
    }
    (out, edited)
}

fn applies(old: &str, edited: &Edited) {
    if edited.diff.is_empty() {
        assert_eq!(old, edited.text);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Dockerfile"), old).unwrap();
    fs::write(folder.path().join("p.diff"), &edited.diff).unwrap();
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        let git = git.args(arguments).current_dir(folder.path());
        git.env("GIT_CEILING_DIRECTORIES", folder.path().parent().unwrap());
        git.args(["p.diff"]).output()
    };
    // Where there is no git, nobody can ask it.
    let Ok(check) = git(&["apply", "--check"]) else {
        return;
    };
    let said = String::from_utf8_lossy(&check.stderr);
    assert!(check.status.success(), "{said}\n{}", edited.diff);
    git(&["apply", "--whitespace=nowarn"]).unwrap();
    let new = fs::read_to_string(folder.path().join("Dockerfile")).unwrap();
    assert_eq!(new, edited.text);
}

#[test]
fn every_case_comes_to_what_it_says() {
    let bless = std::env::var_os("IMGSIZE_BLESS").is_some();
    for folder in cases() {
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
        let text = read("Dockerfile");
        let (told, edited) = come(&text, &read("history.txt"), &read("edits.json"));
        applies(&text, &edited);
        let expected = [("expected.txt", &told), ("expected.diff", &edited.diff)];
        for (name, is) in expected {
            if bless {
                fs::write(folder.join(name), is).unwrap();
            }
            assert_eq!(&read(name), is, "{}", folder.join(name).display());
        }
    }
}

/// What becomes of one edit of a file whose history is the file, read line by line.
fn edited(text: &str, edit: &Edit) -> Result<String, String> {
    let dockerfile = Dockerfile::parse(text).unwrap();
    let told = history(
        &text
            .lines()
            .skip(1)
            .map(|it| it.to_owned() + "\n")
            .collect::<String>(),
    );
    let image = image(told.steps);
    let tied = dockerfile.tie(&image, 0, None).unwrap();
    let edits = [edit.clone()];
    let edited = tied.apply(&[&edits], "Dockerfile");
    applies(text, &edited);
    match &edited.outcomes[0][0] {
        Outcome::Not(why) => Err(why.clone()),
        _ => Ok(edited.text),
    }
}

fn append(command: &str) -> Edit {
    Edit::Append {
        layer: 0,
        command: command.to_owned(),
    }
}

#[test]
fn what_a_command_cannot_follow_is_told() {
    for run in ["a &", "a |", "a '", "a # b", "(a", "exec a", "exit 0"] {
        let text = format!("FROM x\nRUN {run}\n");
        assert!(edited(&text, &append("rm b")).is_err(), "{run}");
    }
    for (run, then) in [
        ("a;", "a; \\\n    rm b"),
        ("a || b", "a || b \\\n    && rm b"),
        ("a '#' b", "a '#' b \\\n    && rm b"),
        ("a && rm  b", "a && rm  b"),
        (
            "case a in b) c;; esac",
            "case a in b) c;; esac \\\n    && rm b",
        ),
    ] {
        let text = format!("FROM x\nRUN {run}");
        let wanted = format!("FROM x\nRUN {then}");
        assert_eq!(edited(&text, &append("rm b")), Ok(wanted));
    }
    for command in ["a\nb", "a \\", "", "cat <<EOF"] {
        assert!(
            edited("FROM x\nRUN a\n", &append(command)).is_err(),
            "{command}"
        );
    }
    assert!(edited("FROM x\nSHELL [\"cmd\"]\nRUN a\n", &append("rm b")).is_err());
}

#[test]
fn a_command_goes_with_what_separates_it() {
    let drop = Edit::Drop {
        layer: 0,
        command: "chown x".to_owned(),
    };
    for (run, then) in [
        ("chown x y && a", "a"),
        ("a && chown x y", "a"),
        ("a; chown x y && b", "a; b"),
        ("a && chown x y; b", "a; b"),
        ("a && chown  x y && b", "a && b"),
        ("a 'c && d' && chown x y;", "a 'c && d';"),
    ] {
        let wanted = format!("FROM x\nRUN {then}\n");
        assert_eq!(
            edited(&format!("FROM x\nRUN {run}\n"), &drop),
            Ok(wanted),
            "{run}"
        );
    }
    assert_eq!(
        edited("FROM x\nRUN chown x y;\nRUN a\n", &drop),
        Ok("FROM x\nRUN a\n".to_owned())
    );
    for run in [
        "chown x y || true",
        "a | chown x y",
        "(chown x y)",
        "a",
        "chown xy",
    ] {
        assert!(
            edited(&format!("FROM x\nRUN {run}\n"), &drop).is_err(),
            "{run}"
        );
    }
}

#[test]
fn files_that_cannot_be_read_are_told() {
    for (text, error) in [
        ("FROM x\rRUN a", DockerfileError::CarriageReturn),
        ("FROM x\nRUN cat <<EOF\na\n", DockerfileError::Open(2)),
    ] {
        assert_eq!(Dockerfile::parse(text).map(drop), Err(error));
    }
    for text in ["", "# nothing", "RUN a", "FROM x\nNONSENSE"] {
        let error = Dockerfile::parse(text).map(drop);
        assert!(matches!(error, Err(DockerfileError::Syntax(_))), "{text}");
    }
    let dockerfile = Dockerfile::parse("FROM x AS a\nFROM y").unwrap();
    let image = image(Vec::new());
    assert!(dockerfile.tie(&image, 0, Some("A")).is_ok());
    assert!(dockerfile.tie(&image, 0, Some("1")).is_ok());
    let error = dockerfile.tie(&image, 0, Some("b")).map(drop);
    assert_eq!(error, Err(DockerfileError::NoStage("b".to_owned())));
}

#[test]
fn what_a_dockerignore_has_is_not_asked_for_again() {
    let edits = [
        Edit::Ignore {
            lines: vec!["tests/".into(), ".git".into(), "a\nb".into(), "docs".into()],
        },
        append("x"),
        Edit::Ignore {
            lines: vec!["docs/".into(), "node_modules".into()],
        },
    ];
    let existing = "# .git\n/node_modules/\n!tests\n";
    assert_eq!(ignore_lines(&edits, existing), [".git", "docs"]);
}

/// Names of files are a stranger's: in a diff nothing looks like something else.
#[test]
fn what_would_look_like_something_else_is_not_written() {
    let names = [
        "a\u{202e}b",
        "a\nRUN b",
        "a\u{1b}[31m",
        "a\u{2028}b",
        "a\u{fffd}",
        "##[error]b",
    ];
    for name in names {
        let edit = append(&format!("rm -rf '/{name}'"));
        assert!(edited("FROM a\nRUN x\n", &edit).is_err(), "{name:?}");
        let lines = vec![name.to_owned(), "!keep".into(), "ok".into()];
        let lines = ignore_lines(&[Edit::Ignore { lines }], "");
        let is_replaced = name.contains('\u{fffd}');
        assert_eq!(lines.len(), 1 + usize::from(is_replaced), "{lines:?}");
    }
    let edit = append("rm -rf '/é $(x) b'");
    assert!(edited("FROM a\nRUN x\n", &edit).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever is in a file: it is read or not, and what is not edited stays.
    #[test]
    fn any_file_is_read_or_told(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "FROM a AS b", "FROM ", "b", "RUN", "COPY", "ADD", "ONBUILD ", "ENV", "SHELL", "ARG A=",
                " ", "  ", "\t", "\n", "\r\n", "\n\n", "\\\n", "\\", "`", "# escape=`\n", "# x", "#",
                "<<EOF", "<<-E", "EOF\n", "\nEOF", "'", "\"", "[", "]", "[\"a\", \"b\"]", ",", "&&",
                ";", "||", "|", "(", ")", "$A", "${A", "--from=b", "--chown", "a", "pip install", "é", "\u{feff}",
                "rm -rf /x", "/a /b", "/ /", "\0",
            ]),
            0..40,
        ),
    ) {
        let text: String = pieces.concat();
        for text in [text.clone(), format!("FROM a\nRUN {text}"), format!("FROM a AS b\nRUN x\nFROM c\nCOPY --from=b {text}")] {
            let Ok(dockerfile) = Dockerfile::parse(&text) else { continue };
            let steps = dockerfile.file.insts.iter().map(|inst| crate::source::Step {
                created_by: inst.extent.words.text.clone(),
                has_layer: true,
                created: None,
                comment: String::new(),
            });
            let image = image(steps.collect());
            let tied = dockerfile.tie(&image, 0, None).unwrap();
            prop_assert_eq!(&tied.apply(&[], "f").text, &text);
            let edits: Vec<Edit> = (0..6).flat_map(|layer| [
                append("rm -rf /b/x"),
                Edit::Append { layer, command: "rm /b/y".into() },
                Edit::Insert { layer, after: "pip install".into(), words: "--no-cache-dir".into() },
                Edit::Insert { layer, after: "COPY".into(), words: "--chown=a".into() },
                Edit::Drop { layer, command: "a".into() },
                Edit::Move { layer, behind: layer + 1 },
                Edit::Drop { layer, command: String::new() },
            ]).collect();
            let lists: Vec<&[Edit]> = edits.chunks(1).collect();
            let edited = tied.apply(&lists, "f");
            prop_assert!(edited.text == text || Dockerfile::parse(&edited.text).is_ok());
        }
    }
}

#[test]
fn a_command_for_another_stage_s_files_finds_them_there() {
    let edit = |command: &str| Edit::Append {
        layer: 2,
        command: command.to_owned(),
    };
    let file = |copy: &str, more: &str| format!("FROM a AS b\nRUN make\nFROM c\n{copy}\n{more}");
    for (copy, command, then) in [
        (
            "COPY --from=b /out /app",
            "rm -rf /app/x '/app/y z'",
            "rm -rf /out/x '/out/y z'",
        ),
        (
            "COPY --from=0 out/ /app/",
            "find /app/x -delete 2>/dev/null",
            "find /out/x -delete 2>/dev/null",
        ),
        ("COPY --from=B / /app", "rm -rf /app/x", "rm -rf /x"),
        ("COPY --from=b /out /", "rm -rf /usr/x", "rm -rf /out/usr/x"),
    ] {
        let text = file(copy, "");
        let wanted = text.replace("make\n", &format!("make \\\n    && {then}\n"));
        assert_eq!(edited(&text, &edit(command)), Ok(wanted), "{copy}");
    }
    for (copy, command) in [
        ("COPY --from=b /out /app", "rm -rf /app"),
        ("COPY --from=b /out /app", "rm -rf /application/x"),
        ("COPY --from=b /out /app", "rm -rf /app/../x"),
        ("COPY --from=b /out /app", "rm -rf x/y"),
        ("COPY --from=b /out /app/", "rm -rf /app/out"),
        ("COPY --from=b /out app", "rm -rf /app/x"),
        ("COPY --from=b /out/* /app/", "rm -rf /app/x"),
        ("COPY --from=b /out /lib /app/", "rm -rf /app/x"),
        ("COPY --from=nginx /out /app", "rm -rf /app/x"),
    ] {
        assert!(
            edited(&file(copy, ""), &edit(command)).is_err(),
            "{copy}: {command}"
        );
    }
    let copy = "COPY --from=b /out /app";
    for more in [
        "COPY --from=b /out/x /x",
        "RUN --mount=type=bind,from=b,target=/b ls",
        "FROM b AS d\nFROM c\nCOPY --from=b /out /app",
    ] {
        assert!(
            edited(&file(copy, more), &edit("rm -rf /app/x")).is_err(),
            "{more}"
        );
    }
    let late = "FROM a AS b\nCOPY x /out\nFROM c\nCOPY --from=b /out /app";
    assert!(edited(late, &edit("rm -rf /app/x")).is_err());
}

#[test]
fn edits_of_a_finding_go_together() {
    let text = "FROM x\nCOPY a /a\nRUN b\nRUN useradd c && chown c /a\n";
    let dockerfile = Dockerfile::parse(text).unwrap();
    let told = history("COPY a /a\nRUN b\nRUN useradd c && chown c /a\n");
    let image = image(told.steps);
    let tied = dockerfile.tie(&image, 0, None).unwrap();
    let edits = [
        Edit::Insert {
            layer: 0,
            after: "COPY".into(),
            words: "--chown=c".into(),
        },
        Edit::Drop {
            layer: 2,
            command: "chown c".into(),
        },
        Edit::Move {
            layer: 0,
            behind: 2,
        },
        Edit::Append {
            layer: 1,
            command: "rm d".into(),
        },
    ];
    let edited = tied.apply(&[&edits], "./sub/Dockerfile");
    assert_eq!(
        edited.text,
        text.replace("RUN b\n", "RUN b \\\n    && rm d\n")
    );
    assert!(
        edited
            .diff
            .starts_with("--- a/sub/Dockerfile\n+++ b/sub/Dockerfile\n")
    );
    let made = edited.outcomes[0].iter().map(|it| it.why().is_none());
    assert_eq!(made.collect::<Vec<_>>(), [false, false, false, true]);
}

#[test]
fn words_are_written_into_commands_and_not_into_files() {
    let edit = Edit::Insert {
        layer: 0,
        after: "pip install".to_owned(),
        words: "--no-cache-dir".to_owned(),
    };
    for (run, then) in [
        ("pip \\\n  install a", "pip \\\n  install --no-cache-dir a"),
        (
            "pip install a --no-cache-dir && pip install b",
            "pip install a --no-cache-dir && pip install --no-cache-dir b",
        ),
        (
            "bash <<EOF\npip install a\nEOF",
            "bash <<EOF\npip install --no-cache-dir a\nEOF",
        ),
        ("pip install", "pip install --no-cache-dir"),
    ] {
        let lines = run.replace("\\\n", "").replace('\n', "\\n");
        let told = history(&format!("RUN /bin/sh -c {lines}"));
        let text = format!("FROM x\nRUN {run}\n");
        let dockerfile = Dockerfile::parse(&text).unwrap();
        let image = image(told.steps);
        let tied = dockerfile.tie(&image, 0, None).unwrap();
        let edits = [edit.clone()];
        let edited = tied.apply(&[&edits, &edits], "Dockerfile");
        assert_eq!(
            edited.text,
            format!("FROM x\nRUN {then}\n"),
            "{:?}",
            edited.outcomes
        );
        assert_eq!(edited.outcomes, [[Outcome::Applied], [Outcome::Already]]);
    }
    for run in [
        "xpip install",
        "pip installer",
        "cat <<pip install\npip",
        "pip --x install a",
    ] {
        assert!(
            edited(&format!("FROM x\nRUN {run}\n"), &edit).is_err(),
            "{run}"
        );
    }
}

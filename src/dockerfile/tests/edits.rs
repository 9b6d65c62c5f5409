//! What becomes of each kind of edit: where it is made, and where it cannot be.

use super::*;

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
        (
            "COPY --from=0 /out /app",
            "find /app/x -name '*.ts' ! -path '*/typescript/*' -delete",
            "find /out/x -name '*.ts' ! -path '*/typescript/*' -delete",
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

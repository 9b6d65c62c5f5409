//! Files that cannot be read, names that look like something else, and any text at all.

use proptest::prelude::*;

use super::*;

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

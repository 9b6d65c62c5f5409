//! A case in `testdata/dockerfile/<name>/` is a Dockerfile, a history, edits, and what
//! becomes of them. A line of the history begins with `- ` if it left no layer, and the
//! lines `base 2` and `target app` say where the base ends and which stage was built.
//! With `IMGSIZE_BLESS` set the expected files are written; then read them.

use super::*;

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/dockerfile");
    let folders = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let mut folders: Vec<PathBuf> = folders.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
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

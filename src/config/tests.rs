use super::*;

fn parse(text: &str) -> Result<Settings, ConfigError> {
    Settings::parse("imgsize.toml", text)
}

/// The number of the entry that a path belongs to by these patterns, its folders too.
fn owner(patterns: &[&str], path: &str) -> Option<usize> {
    let text: String = patterns
        .iter()
        .enumerate()
        .map(|(no, pattern)| format!("[[owner]]\nname = \"{no}\"\npaths = ['{pattern}']\n"))
        .collect();
    let mapping = parse(&text).unwrap().mapping;
    let ends = path.match_indices('/').map(|(at, _)| (at, true));
    let folders = ends.chain([(path.len(), false)]);
    folders
        .filter_map(|(end, is_folder)| mapping.of(&path.as_bytes()[..end], is_folder))
        .min()
}

#[test]
fn patterns_mean_what_they_mean_in_a_gitignore() {
    for (pattern, path, fits) in [
        ("/app/search/**", "app/search/a/b.py", true),
        ("/app/search/**", "app/search", false),
        ("/app/search", "app/search/a/b.py", true),
        ("/app/search/", "app/search/a/b.py", true),
        ("/app/search/", "app/search", false),
        ("app/search", "app/search/x", true),
        ("app/search", "srv/app/search/x", false),
        ("search", "srv/search/x", true),
        ("search/", "srv/search/x", true),
        ("search/", "srv/search", false),
        ("*.idx", "a.idx", true),
        ("*.idx", "app/deep/a.idx", true),
        ("*.idx", "app/a.idx.bak", false),
        ("/*.idx", "app/a.idx", false),
        ("/app/*.idx", "app/a.idx", true),
        ("/app/*.idx", "app/x/a.idx", false),
        ("app/**/a.idx", "app/a.idx", true),
        ("app/**/a.idx", "app/x/y/a.idx", true),
        ("**/a.idx", "app/x/y/a.idx", true),
        ("/app/v?", "app/v1/x", true),
        ("/app/v[12]", "app/v3", false),
        ("/app/{a,b}", "app/b/c", true),
        ("/app/{a,b}/c", "app/b/c", true),
        (r"/app/\*", "app/x", false),
        (r"/app/\*", "app/*", true),
        ("/", "anything/at/all", true),
        ("/**", "anything/at/all", true),
        (".cache", "root/.cache/x", true),
    ] {
        assert_eq!(owner(&[pattern], path).is_some(), fits, "{pattern} {path}");
    }
}

#[test]
fn the_first_entry_wins_and_who_owns_a_folder_owns_what_is_below() {
    assert_eq!(owner(&["/app/a", "/app"], "app/a/x"), Some(0));
    assert_eq!(owner(&["/app/a", "/app"], "app/b/x"), Some(1));
    assert_eq!(owner(&["/app", "/app/a/x"], "app/a/x"), Some(0));
}

#[test]
fn names_that_are_no_text_are_names_too() {
    let text = "[[owner]]\nname = \"x\"\npaths = [\"*.idx\"]\n";
    let mapping = parse(text).unwrap().mapping;
    assert_eq!(mapping.of(b"app/\xff\xfe.idx", false), Some(0));
    assert_eq!(mapping.owners()[0].category, Category::App);
}

#[test]
fn the_key_is_the_meaning_and_not_the_writing() {
    let key = |text: &str| parse(text).unwrap().mapping.key().to_owned();
    let text = "[[owner]]\nname = \"x\"\npaths = [\"a\"]\n";
    assert_eq!(key(""), "");
    assert_eq!(
        key(text),
        key(&format!("# a comment\n{text}category = \"app\"\n"))
    );
    assert_ne!(key(text), key(&text.replace("\"a\"", "\"b\"")));
    assert_ne!(key(text), key(&format!("{text}category = \"leftovers\"\n")));
}

#[test]
fn what_means_nothing_is_told_with_its_line() {
    let entry = "[[owner]]\nname = \"x\"\n";
    for (text, line, words) in [
        ("[[owner]", 1, ""),
        ("\n[speed]\nlive = 1\n", 2, "unknown field `speed`"),
        (
            "\n\n[[owner]]\nname = \"x\"\npath = []\n",
            5,
            "unknown field `path`",
        ),
        ("[[owner]]\npaths = [\"a\"]\n", 1, "missing field `name`"),
        ("[[owner]]\nname = 7\npaths = [\"a\"]\n", 2, "invalid type"),
        (&format!("{entry}paths = []\n"), 3, "there is no path"),
        (&format!("{entry}paths = [\n\"a\",\n\"b[\"]\n"), 5, "`b[`"),
        (&format!("{entry}paths = [\"\"]\n"), 3, "names nothing"),
        (&format!("{entry}paths = [\"//\"]\n"), 3, "names nothing"),
        (&format!("{entry}paths = [\"!a\"]\n"), 3, "first entry wins"),
        (&format!("{entry}paths = [\"../a\"]\n"), 3, "`..`"),
        (
            &format!("{entry}paths = [\"a\"]\ncategory = \"apps\"\n"),
            4,
            "unknown variant `apps`",
        ),
        (
            &format!("{entry}paths = [\"a\"]\ncategory = \"unattributed\"\n"),
            4,
            "cannot be",
        ),
        ("[[owner]]\nname = \" \"\npaths = [\"a\"]\n", 2, "empty"),
        (
            "[[owner]]\nname = \"\\u001b[31m\"\npaths = [\"a\"]\n",
            2,
            "no terminal",
        ),
        ("a = 1\na = 2\n", 2, "duplicate key"),
    ] {
        let error = parse(text).unwrap_err();
        let told = error.to_string();
        assert!(
            told.starts_with(&format!("imgsize.toml, line {line}: ")),
            "{text}: {told}"
        );
        assert!(told.contains(words), "{text}: {told}");
        assert!(!told.contains('\n') && error.hint().is_some(), "{told}");
    }
}

#[test]
fn hostile_files_end_soon() {
    let path = "{a,b}".repeat(40);
    let many = "\"*a*\",".repeat(MANY);
    const MANY: usize = 20_000;
    for text in [
        "[".repeat(100_000),
        format!("a = {}", "[".repeat(100_000)),
        format!("[[owner]]\nname = \"x\"\npaths = [{many}]\n"),
        format!(
            "[[owner]]\nname = \"x\"\npaths = [\"{}\"]\n",
            "{".repeat(50_000)
        ),
    ] {
        assert!(parse(&text).is_err());
    }
    let _ = parse(&format!("[[owner]]\nname = \"x\"\npaths = [\"{path}\"]\n"));
}

proptest::proptest! {
    #[test]
    fn no_text_and_no_pattern_makes_it_stop(text in ".{0,200}", pattern in r"[a-c*?/\[\]{},!\\.-]{0,20}") {
        let _ = parse(&text);
        let entry = format!("[[owner]]\nname = \"x\"\npaths = ['{pattern}']\n");
        if let Ok(settings) = parse(&entry) {
            settings.mapping.of(b"a/b", true);
            settings.mapping.of(b"a/\xff", false);
        }
    }
}

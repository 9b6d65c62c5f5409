//! The files of docker and podman: where they are, what they say, what is wrong with them.

use super::*;

#[test]
fn a_file_is_read_as_docker_and_podman_write_it() {
    use Credential::{Anonymous, IdentityToken};
    // "bWU6cDp3" is me:p:w, "bWU6Pz8_" and "bWU6Pz8/" are me:???, "bWU6cA==" is me:p.
    for (text, registry, repository, expected) in [
        ("", "ghcr.io", "a/b", Anonymous),
        ("{}", "ghcr.io", "a/b", Anonymous),
        (
            r#"{"auths": null, "credHelpers": null, "credsStore": null}"#,
            "ghcr.io",
            "a/b",
            Anonymous,
        ),
        (r#"{"auths": {"ghcr.io": {}}}"#, "ghcr.io", "a/b", Anonymous),
        (
            r#"{"auths": {"ghcr.io": null}}"#,
            "ghcr.io",
            "a/b",
            Anonymous,
        ),
        (
            r#"{"auths": {"ghcr.io": {"auth": "bWU6cDp3"}}, "HttpHeaders": {"x": "y"}}"#,
            "ghcr.io",
            "a/b",
            login("me", "p:w"),
        ),
        (
            r#"{"auths": {"ghcr.io": {"auth": "bWU6cDp3"}}}"#,
            "other.io",
            "ghcr.io",
            Anonymous,
        ),
        (
            r#"{"auths": {"h": {"auth": "bWU6Pz8/"}}}"#,
            "h",
            "a",
            login("me", "???"),
        ),
        (
            r#"{"auths": {"h": {"auth": "bWU6Pz8_"}}}"#,
            "h",
            "a",
            login("me", "???"),
        ),
        (
            r#"{"auths": {"h": {"auth": "bWU6cA=="}}}"#,
            "h",
            "a",
            login("me", "p"),
        ),
        (
            r#"{"auths": {"h": {"auth": "bWU6cA"}}}"#,
            "h",
            "a",
            login("me", "p"),
        ),
        (
            r#"{"auths": {"h": {"username": "me", "password": "p"}}}"#,
            "h",
            "a",
            login("me", "p"),
        ),
        (
            r#"{"auths": {"h": {"auth": "bWU6", "identitytoken": "t"}}}"#,
            "h",
            "a",
            IdentityToken(Secret::new("t")),
        ),
        (
            r#"{"auths": {"https://h:5000/v2/": {"auth": "bWU6cA"}}}"#,
            "h:5000",
            "a",
            login("me", "p"),
        ),
        (
            r#"{"auths": {"http://h/v1/": {"auth": "bWU6cA"}}}"#,
            "h",
            "a",
            login("me", "p"),
        ),
        (
            r#"{"auths": {"h": {"auth": "bWU6cA"}}}"#,
            "h:5000",
            "a",
            Anonymous,
        ),
        (
            r#"{"auths": {"https://index.docker.io/v1/": {"auth": "bWU6cA"}}}"#,
            "docker.io",
            "library/alpine",
            login("me", "p"),
        ),
        (
            r#"{"auths": {"docker.io": {"auth": "bWU6cA"}}}"#,
            "registry-1.docker.io",
            "library/alpine",
            login("me", "p"),
        ),
        // What docker keeps beside it for its own use is for no repository.
        (
            r#"{"auths": {"https://index.docker.io/v1/refresh-token": {"auth": "bWU6cA"}}}"#,
            "index.docker.io",
            "library/alpine",
            Anonymous,
        ),
    ] {
        let found = find_in(&[text], registry, repository);
        assert_eq!(found.credential, expected, "{text}");
        assert_eq!(found.warnings, [], "{text}");
    }
}

#[test]
fn the_longest_key_wins_then_the_first_file() {
    let whole = r#"{"auths": {
        "h": {"username": "host", "password": "p"},
        "h/team": {"username": "team", "password": "p"},
        "h/team/app": {"username": "app", "password": "p"}}}"#;
    let other = r#"{"auths": {"h/team/app": {"username": "other", "password": "p"},
        "i": {"username": "other", "password": "p"}}}"#;
    for (registry, repository, user) in [
        ("h", "team/app", "app"),
        ("h", "team/tool", "team"),
        ("h", "team/app/part", "app"),
        ("h", "teams/app", "host"),
        ("h", "team", "team"),
        ("i", "team/app", "other"),
    ] {
        let found = find_in(&[whole, other], registry, repository);
        assert_eq!(
            found.credential,
            login(user, "p"),
            "{registry}/{repository}"
        );
    }
}

#[test]
fn what_is_broken_is_named_and_passed_over() {
    let good = r#"{"auths": {"h": {"auth": "bWU6cA"}}}"#;
    let long = " ".repeat(1 << 20) + good;
    for (text, warning) in [
        ("{\"auths\"\n", "it is damaged at line 2, column 0"),
        (
            r#"{"auths": {"h": "hunter2"}}"#,
            "it is damaged at line 1, column 25",
        ),
        (&long, "it is over the limit of 1048576 bytes"),
        (
            r#"{"auths": {"h": {"auth": "hunter2!"}}}"#,
            "`auth` is not the base64 of user:password",
        ),
        (
            r#"{"auths": {"https://h/": {"auth": "aHVudGVyMg=="}}}"#,
            "`auth` is not the base64 of user:password",
        ),
        (
            r#"{"credHelpers": {"h": "../../bin/sh"}}"#,
            "`../../bin/sh` is not used: its name may hold only",
        ),
        (
            r#"{"credHelpers": {"h": "x\u001b[2J"}}"#,
            r"`x\x1b[2J` is not used: its name may hold only",
        ),
        (
            r#"{"credHelpers": {"h": "gone"}, "credsStore": "gone"}"#,
            "`gone` is not used: there is no such program in PATH",
        ),
    ] {
        let found = find_in(&[text, good], "h", "a");
        assert_eq!(found.credential, login("me", "p"), "{warning}");
        let [told] = &found.warnings[..] else {
            panic!("{:?}", found.warnings);
        };
        assert!(told.to_string().contains(warning), "{told}");
        let all = format!("{told} {told:?}");
        assert!(
            !all.contains("hunter2") && !all.contains("aHVudGVyMg"),
            "{all}"
        );
    }
}

#[test]
fn a_folder_is_no_file_and_a_missing_file_is_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let gone = folder.path().join("gone");
    let files = vec![gone, folder.path().to_owned(), "/dev/null/x".into()];
    let found = Credentials::new(files, OsString::new(), HELPER_LIMIT).find("h", "a");
    let why = FileError::Read(io::ErrorKind::IsADirectory);
    let file = folder.path().to_owned();
    assert_eq!(found.warnings, [Warning::File { file, why }]);
}

#[test]
fn the_environment_says_where_to_look() {
    let places = |vars: &[(&str, &str)], home: Option<&str>| -> Vec<String> {
        let var = |name: &str| {
            let found = vars.iter().find(|(known, _)| *known == name)?;
            Some(OsString::from(found.1))
        };
        let files = super::places(var, home.map(PathBuf::from));
        files
            .iter()
            .map(|file| file.display().to_string())
            .collect()
    };
    assert_eq!(places(&[], None), [""; 0]);
    assert_eq!(
        places(&[("REGISTRY_AUTH_FILE", "")], Some("/home/me")),
        [
            "/home/me/.docker/config.json",
            "/home/me/.config/containers/auth.json"
        ]
    );
    let vars = [
        ("REGISTRY_AUTH_FILE", "auth.json"),
        ("DOCKER_CONFIG", "/docker"),
        ("XDG_RUNTIME_DIR", "/run/user/1"),
        ("XDG_CONFIG_HOME", "relative"),
    ];
    assert_eq!(
        places(&vars, Some("/home/me")),
        [
            "auth.json",
            "/docker/config.json",
            "/run/user/1/containers/auth.json",
            "/home/me/.config/containers/auth.json"
        ]
    );
}

//! What is found for a registry, in files and by helpers.

mod files;
mod helpers;

use std::fs;

use super::*;

fn login(username: &str, password: &str) -> Credential {
    Credential::Login {
        username: username.to_owned(),
        password: Secret::new(password),
    }
}

/// Looks in files with these texts, without helpers.
fn find_in(texts: &[&str], registry: &str, repository: &str) -> Found {
    let folder = tempfile::tempdir().unwrap();
    let file = |(no, text): (usize, &&str)| {
        let file = folder.path().join(no.to_string());
        fs::write(&file, text).unwrap();
        file
    };
    let files = texts.iter().enumerate().map(file).collect();
    Credentials::new(files, OsString::new(), HELPER_LIMIT).find(registry, repository)
}

#[test]
fn a_secret_is_never_printed() {
    let secret = Secret::new("hunter2");
    assert_eq!(format!("{secret} {secret:?}"), "hidden Secret(hidden)");
    assert_eq!(secret.expose(), "hunter2");
    let debug = format!("{:#?}", login("me", "hunter2"));
    assert!(!debug.contains("hunter2"), "{debug}");
}

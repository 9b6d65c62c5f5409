//! The programs that are asked for credentials.

use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

use super::*;

/// One test, so that no script is being written while another one is started:
/// a file that any process has open for writing cannot be run.
#[test]
fn helpers_are_asked_and_none_is_trusted() {
    const PATIENT: Duration = Duration::from_secs(60);
    let folder = tempfile::tempdir().unwrap();
    let helper = |name: &str, script: &str| {
        let file = folder.path().join(format!("docker-credential-{name}"));
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    };
    let answer = |user: &str, secret: &str| {
        format!(
            r#"[ "$1" = get ] && read -r server
cat <<END
{{"ServerURL": "$server", "Username": "{user}", "Secret": "{secret}"}}
END"#
        )
    };
    // Tells what server it was asked for.
    helper("good", &answer("$server", "hunter2"));
    helper("token.exe", &answer("<token>", "hunter2"));
    helper("empty", &answer("", ""));
    helper(
        "absent",
        "echo 'credentials not found in native keychain'; exit 1",
    );
    helper("failing", "echo hunter2; echo hunter2 >&2; exit 3");
    helper("noise", "echo hunter2");
    helper("flood", "exec yes hunter2");
    helper("hangs", "exec sleep 30");
    helper("hangs-below", "sleep 30; echo");
    helper("silent", "exec sleep 30 >&-");
    fs::write(folder.path().join("docker-credential-plain"), "").unwrap();

    let token = || Credential::IdentityToken(Secret::new("hunter2"));
    let file = folder.path().join("config.json");
    for (name, limit, registry, expected, warning) in [
        (
            "good",
            PATIENT,
            "h:5000",
            Some(login("h:5000", "hunter2")),
            "",
        ),
        (
            "good",
            PATIENT,
            "docker.io",
            Some(login("https://index.docker.io/v1/", "hunter2")),
            "",
        ),
        ("token.exe", PATIENT, "h", Some(token()), ""),
        ("empty", PATIENT, "h", None, ""),
        ("absent", PATIENT, "h", None, ""),
        ("failing", PATIENT, "h", None, "it failed (exit status: 3)"),
        (
            "noise",
            PATIENT,
            "h",
            None,
            "its answer cannot be understood",
        ),
        (
            "flood",
            PATIENT,
            "h",
            None,
            "its answer is over the limit of 1048576 bytes",
        ),
        (
            "plain",
            PATIENT,
            "h",
            None,
            "it cannot be run (permission denied)",
        ),
        (
            "hangs",
            Duration::from_millis(50),
            "h",
            None,
            "it took more than 50ms",
        ),
        (
            "hangs-below",
            Duration::from_millis(50),
            "h",
            None,
            "it took more than 50ms",
        ),
        (
            "silent",
            Duration::from_millis(50),
            "h",
            None,
            "it took more than 50ms",
        ),
    ] {
        // The helper of the registry comes before its entry, the entry before
        // the helper for all.
        let entry = r#""auths": {"h": {"auth": "bWU6cA"}}"#;
        let config = format!(r#"{{"credHelpers": {{"https://{registry}": "{name}"}}, {entry}}}"#);
        fs::write(&file, config).unwrap();
        let credentials = Credentials::new(vec![file.clone()], folder.path().into(), limit);
        let start = Instant::now();
        let found = credentials.find(registry, "a");
        assert!(start.elapsed() < Duration::from_secs(20), "{name}");
        assert_eq!(
            found.credential,
            expected.unwrap_or(login("me", "p")),
            "{name}"
        );
        let told: Vec<String> = found.warnings.iter().map(Warning::to_string).collect();
        match warning {
            "" => assert_eq!(told, [""; 0], "{name}"),
            why => assert_eq!(
                told,
                [format!("the credential helper `{name}` is not used: {why}")]
            ),
        }
        assert!(!format!("{found:?}").contains("hunter2"), "{found:?}");
    }

    let find = |config: &str, path: OsString, registry: &str| {
        fs::write(&file, config).unwrap();
        Credentials::new(vec![file.clone()], path, PATIENT).find(registry, "a")
    };
    let store = r#"{"auths": {"h": {"auth": "bWU6cA"}, "i": {}}, "credsStore": "good"}"#;
    let path = || folder.path().as_os_str().to_owned();
    assert_eq!(find(store, path(), "h").credential, login("me", "p"));
    assert_eq!(find(store, path(), "i").credential, login("i", "hunter2"));
    // Not from the working folder.
    let found = find(store, ".:src:".into(), "i");
    let why = HelperError::NotThere;
    let name = "good".to_owned();
    assert_eq!(found.warnings, [Warning::Helper { name, why }]);
}

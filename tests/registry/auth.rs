//! Logins: that they work, and that no secret goes where it is not for.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use base64::Engine as _;
use imgsize::source::Net;

use super::server::{Reply, Request, Server};
use super::{Stage, credentials, facts, login, net, read};

const PASSWORD: &str = "s3cret-of-jo";

fn basic() -> String {
    let coded = base64::engine::general_purpose::STANDARD.encode(format!("jo:{PASSWORD}"));
    format!("Basic {coded}")
}

fn entry() -> String {
    let coded = basic().split_once(' ').unwrap().1.to_owned();
    format!(r#"{{"auth":"{coded}"}}"#)
}

fn unauthorized(challenge: &str) -> Reply {
    Reply::new(
        401,
        r#"{"errors":[{"code":"UNAUTHORIZED","message":"who are you"}]}"#,
    )
    .with("WWW-Authenticate", challenge)
}

#[test]
fn without_a_login_everybody_may() {
    let stage = Stage::new();
    let shop = stage.shop.clone();
    let server = Server::start(move |request| shop.answer(request));
    let name = format!("registry:{}/x/y:1", server.host());
    let analysis = read(&name, &net(&[])).unwrap();
    assert_eq!(facts(&analysis), stage.facts());
    assert_eq!(analysis.info.source, name);
    // The manifest, the config, two layers: each once, and no other.
    let mut paths: Vec<String> = server
        .log()
        .into_iter()
        .map(|request| request.path)
        .collect();
    paths.sort();
    paths.dedup();
    assert_eq!((server.log().len(), paths.len()), (4, 4), "{paths:?}");
}

#[test]
fn a_password_is_told_to_whom_it_is_for_and_only_when_asked() {
    let stage = Stage::new();
    let shop = stage.shop.clone();
    let server = Server::start(move |request| match request.header("authorization") {
        right if right == basic() => shop.answer(request),
        _ => unauthorized(r#"Basic realm="all of it""#),
    });
    let name = format!("registry:{}/x/y:1", server.host());
    let file = login(stage.folder.path(), &server.host(), &entry());
    assert_eq!(facts(&read(&name, &net(&[&file])).unwrap()), stage.facts());
    assert_eq!(server.log()[0].header("authorization"), "");
    // One refusal; then it is known what is wanted.
    assert_eq!(server.log().len(), 5);

    let error = read(&name, &net(&[])).map(|_| ()).unwrap_err();
    assert!(
        error.contains("denies access to `x/y`: who are you"),
        "{error}"
    );
    assert!(error.contains("docker login"), "{error}");
    let wrong = login(
        stage.folder.path(),
        &server.host(),
        r#"{"auth":"am86d3Jvbmc="}"#,
    );
    let error = read(&name, &net(&[&wrong])).map(|_| ()).unwrap_err();
    assert!(error.contains("log in again"), "{error}");
    assert!(!error.contains("wrong"), "{error}");
}

/// A registry that takes a token of its own, and hands it out for a password.
fn token_server(
    stage: &Stage,
    grants: impl Fn(&Request) -> bool + Send + Sync + 'static,
) -> Server {
    let shop = stage.shop.clone();
    Server::start(move |request| {
        let host = request.header("host");
        if request.path.starts_with("/token") {
            return match grants(request) {
                true => Reply::new(
                    200,
                    format!(r#"{{"access_token":"token-{}"}}"#, request.before),
                ),
                false => Reply::new(401, r#"{"errors":[{"code":"DENIED","message":"not you"}]}"#),
            };
        }
        match request.header("authorization").starts_with("Bearer token-") {
            true => shop.answer(request),
            false => unauthorized(&format!(
                r#"Bearer realm="http://{host}/token",service="a registry",scope="repository:x/y:pull""#
            )),
        }
    })
}

#[test]
fn a_token_is_fetched_for_a_password_and_for_none() {
    let stage = Stage::new();
    let server = token_server(&stage, |_| true);
    let name = format!("registry:{}/x/y:1", server.host());
    assert_eq!(facts(&read(&name, &net(&[])).unwrap()), stage.facts());
    let asked = server.asked("/token");
    assert_eq!(asked.len(), 1);
    assert_eq!(
        asked[0].path,
        "/token?service=a+registry&scope=repository%3Ax%2Fy%3Apull"
    );
    assert_eq!(asked[0].header("authorization"), "");

    let server = token_server(&stage, |request| request.header("authorization") == basic());
    let name = format!("registry:{}/x/y:1", server.host());
    let file = login(stage.folder.path(), &server.host(), &entry());
    assert_eq!(facts(&read(&name, &net(&[&file])).unwrap()), stage.facts());
    let error = read(&name, &net(&[])).map(|_| ()).unwrap_err();
    assert!(error.contains("denies access to `x/y`: not you"), "{error}");
    // The password went to the token server, and the token to the registry.
    for request in server.log() {
        let is_password = request.header("authorization") == basic();
        assert!(
            !is_password || request.path.starts_with("/token?"),
            "{request:?}"
        );
    }
}

#[test]
fn an_identity_token_is_exchanged_and_never_part_of_an_address() {
    let stage = Stage::new();
    let server = token_server(&stage, |request| {
        request.method == "POST"
            && request.body.contains("grant_type=refresh_token")
            && request.body.contains("refresh_token=long-lived")
    });
    let name = format!("registry:{}/x/y:1", server.host());
    let file = login(
        stage.folder.path(),
        &server.host(),
        r#"{"identitytoken":"long-lived"}"#,
    );
    assert_eq!(facts(&read(&name, &net(&[&file])).unwrap()), stage.facts());
    assert!(
        server
            .log()
            .iter()
            .all(|request| !request.path.contains("long-lived"))
    );
}

#[test]
fn a_token_that_grows_old_on_the_way_is_renewed() {
    let stage = Stage::new();
    let shop = stage.shop.clone();
    let server = Server::start(move |request| {
        if request.path.starts_with("/token") {
            return Reply::new(200, format!(r#"{{"token":"token-{}"}}"#, request.before));
        }
        let is_layer = shop
            .layers
            .iter()
            .any(|layer| request.path.ends_with(layer));
        let right = if is_layer {
            "Bearer token-1"
        } else {
            "Bearer token-0"
        };
        match request.header("authorization") == right {
            true => shop.answer(request),
            false => {
                let host = request.header("host");
                unauthorized(&format!(
                    r#"Bearer realm="http://{host}/token",service="s""#
                ))
            }
        }
    });
    let name = format!("registry:{}/x/y:1", server.host());
    assert_eq!(facts(&read(&name, &net(&[])).unwrap()), stage.facts());
    // Both layers were refused at once, and one of them asked for a token.
    assert_eq!(server.asked("/token").len(), 2);
}

#[test]
fn a_helper_is_asked() {
    let stage = Stage::new();
    let shop = stage.shop.clone();
    let server = Server::start(move |request| match request.header("authorization") {
        right if right == basic() => shop.answer(request),
        _ => unauthorized(r#"Basic realm="x""#),
    });
    let host = server.host();
    let folder = stage.folder.path();
    let helper = folder.join("docker-credential-test");
    let script = format!(
        "#!/bin/sh\nread server\ntest \"$1 $server\" = \"get {host}\" || exit 1\n\
         echo '{{\"ServerURL\":\"{host}\",\"Username\":\"jo\",\"Secret\":\"{PASSWORD}\"}}'\n"
    );
    fs::write(&helper, script).unwrap();
    fs::set_permissions(&helper, fs::Permissions::from_mode(0o755)).unwrap();
    let file = folder.join("config.json");
    fs::write(&file, format!(r#"{{"credHelpers":{{"{host}":"test"}}}}"#)).unwrap();
    let path = format!("{}:/bin:/usr/bin", folder.display());
    let with_helper = Net {
        credentials: credentials(&[&file], Path::new(&path)),
        ..net(&[])
    };
    let name = format!("registry:{host}/x/y:1");
    assert_eq!(facts(&read(&name, &with_helper).unwrap()), stage.facts());

    // One that is not there: the error says so.
    let without = net(&[&file]);
    let error = read(&name, &without).map(|_| ()).unwrap_err();
    assert!(error.contains("denies access"), "{error}");
    assert!(error.contains("helper `test` is not used"), "{error}");
}

#[test]
fn a_redirect_to_another_port_gets_no_authorization() {
    let stage = Stage::new();
    let shop = stage.shop.clone();
    let store = Server::start(move |request| shop.answer(request));
    let shop = stage.shop.clone();
    let elsewhere = store.host();
    let server = Server::start(move |request| {
        if request.header("authorization") != basic() {
            return unauthorized(r#"Basic realm="x""#);
        }
        match request.path.contains("/blobs/") {
            true => Reply::new(307, "").with(
                "Location",
                format!("http://{elsewhere}{}?signature=x", request.path),
            ),
            false => shop.answer(request),
        }
    });
    let name = format!("registry:{}/x/y:1", server.host());
    let file = login(stage.folder.path(), &server.host(), &entry());
    assert_eq!(facts(&read(&name, &net(&[&file])).unwrap()), stage.facts());
    assert_eq!(store.log().len(), 3);
    assert!(
        store
            .log()
            .iter()
            .all(|request| request.header("authorization").is_empty())
    );
}

#[test]
fn a_password_is_not_sent_where_a_registry_says_it_should() {
    let stage = Stage::new();
    let thief = Server::start(|_| Reply::new(200, r#"{"token":"x"}"#));
    for realm in [
        format!("http://localhost:{}/token", thief.port),
        format!("http://thief.example:{}/token", thief.port),
        "file:///etc/passwd".to_owned(),
        "no address".to_owned(),
    ] {
        let server = Server::start({
            let realm = realm.clone();
            move |_| unauthorized(&format!(r#"Bearer realm="{realm}",service="x""#))
        });
        let file = login(stage.folder.path(), &server.host(), &entry());
        let name = format!("registry:{}/x/y:1", server.host());
        let error = read(&name, &net(&[&file])).map(|_| ()).unwrap_err();
        assert!(
            error.contains("cannot be logged in to: its token server"),
            "{error}"
        );
    }
    assert_eq!(thief.log().len(), 0);
}

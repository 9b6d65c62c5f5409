//! Registries that are at fault: mended, or refused with a reason; never a wrong
//! number.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::server::{End, Reply, Request, Server, Shop};
use super::{Stage, facts, net, read};

/// Reads from a registry that is sound but for what `fault` answers.
fn with_fault(
    stage: &Stage,
    fault: impl Fn(&Request, &Shop) -> Option<Reply> + Send + Sync + 'static,
) -> (Result<serde_json::Value, String>, Server) {
    let shop = stage.shop.clone();
    let server =
        Server::start(move |request| fault(request, &shop).unwrap_or_else(|| shop.answer(request)));
    let name = format!("registry:{}/x/y:1", server.host());
    (
        read(&name, &net(&[])).map(|analysis| facts(&analysis)),
        server,
    )
}

fn is_layer(request: &Request, shop: &Shop) -> bool {
    request.path.ends_with(&shop.layers[0])
}

fn fails(
    stage: &Stage,
    fault: impl Fn(&Request, &Shop) -> Option<Reply> + Send + Sync + 'static,
    words: &str,
) {
    let (result, _) = with_fault(stage, fault);
    let Err(error) = result else {
        panic!("{words}: no error")
    };
    assert!(error.contains(words), "{words}: {error}");
    assert!(!error.contains("(no hint)"), "{words}: {error}");
}

#[test]
fn what_may_pass_is_tried_again() {
    let stage = Stage::new();
    for status in [408, 429, 500, 502, 503, 504] {
        let (result, server) = with_fault(&stage, move |request, _| {
            (request.before < 2).then(|| Reply::new(status, "sorry"))
        });
        assert_eq!(result.unwrap(), stage.facts(), "{status}");
        assert_eq!(server.log().len(), 12);
    }
}

#[test]
fn a_server_is_left_alone_as_long_as_it_asks() {
    let stage = Stage::new();
    let begun = Instant::now();
    let (result, _) = with_fault(&stage, |request, shop| {
        let first = is_layer(request, shop) && request.before == 0;
        first.then(|| Reply::new(429, "slower").with("Retry-After", "1"))
    });
    assert_eq!(result.unwrap(), stage.facts());
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[test]
fn what_does_not_pass_is_told() {
    let stage = Stage::new();
    let sorry = r#"{"errors":[{"code":"TOOMANYREQUESTS","message":"pull rate \u001b[2J limit"}]}"#;
    let (result, server) = with_fault(&stage, move |_, _| Some(Reply::new(429, sorry)));
    let error = result.unwrap_err();
    assert!(
        error.contains("answers 429 Too Many Requests: pull rate"),
        "{error}"
    );
    assert!(error.contains("(tried 5 times)"), "{error}");
    assert!(!error.contains('\u{1b}'));
    assert_eq!(server.log().len(), 5);
    fails(&stage, |_, _| Some(Reply::new(500, "")), "answers 500");
    fails(&stage, |_, _| Some(Reply::new(410, "")), "answers 410 Gone");
    fails(&stage, |_, _| Some(Reply::new(403, "")), "denies access");
}

#[test]
fn a_connection_that_breaks_is_taken_up_where_it_broke() {
    let stage = Stage::new();
    let (result, server) = with_fault(&stage, |request, shop| {
        let first = is_layer(request, shop) && request.before < 3;
        first.then(|| shop.answer(request).ending(End::Cut(70_000)))
    });
    assert_eq!(result.unwrap(), stage.facts());
    let asked = server.asked(&stage.shop.layers[0]);
    let end = stage.shop.blob(&stage.shop.layers[0]).unwrap().len() - 1;
    let ranges: Vec<&str> = asked
        .iter()
        .map(|request| request.header("range"))
        .collect();
    let wanted = [70_000, 140_000, 210_000].map(|start| format!("bytes={start}-{end}"));
    assert_eq!(ranges[0], "");
    assert_eq!(ranges[1..], wanted);
}

#[test]
fn a_server_without_ranges_begins_anew() {
    let mut stage = Stage::new();
    stage.shop.ranges = false;
    let (result, server) = with_fault(&stage, |request, shop| {
        let first = is_layer(request, shop) && request.before < 2;
        let at = 70_000 * (request.before + 1);
        first.then(|| shop.answer(request).ending(End::Cut(at)))
    });
    assert_eq!(result.unwrap(), stage.facts());
    assert_eq!(server.asked(&stage.shop.layers[0]).len(), 3);
}

#[test]
fn a_manifest_that_breaks_off_is_asked_for_again() {
    let stage = Stage::new();
    let (result, _) = with_fault(&stage, |request, shop| {
        let first = request.path.contains("/manifests/") && request.before == 0;
        first.then(|| shop.answer(request).ending(End::Cut(50)))
    });
    assert_eq!(result.unwrap(), stage.facts());
}

#[test]
fn a_blob_that_always_breaks_off_is_an_error() {
    let stage = Stage::new();
    let cut = |request: &Request, shop: &Shop| {
        is_layer(request, shop).then(|| shop.answer(request).ending(End::Cut(0)))
    };
    fails(&stage, cut, "the connection to 127.0.0.1");
    // Well formed, and too short.
    let short = |request: &Request, shop: &Shop| {
        is_layer(request, shop).then(|| Reply::new(200, &shop.answer(request).body[..1000]))
    };
    fails(&stage, short, "ended after");
}

#[test]
fn a_resumed_blob_that_is_another_is_an_error() {
    let stage = Stage::new();
    fails(
        &stage,
        |request, shop| {
            is_layer(request, shop).then(|| match request.before {
                0 => shop.answer(request).ending(End::Cut(70_000)),
                // From the start, and called the rest.
                _ => Reply::new(206, shop.blob(&shop.layers[0]).unwrap())
                    .with("Content-Range", "bytes 0-899999/900000"),
            })
        },
        "another part",
    );
    fails(
        &stage,
        |request, shop| {
            is_layer(request, shop).then(|| match request.before {
                0 => shop.answer(request).ending(End::Cut(70_000)),
                _ => {
                    let mut reply = shop.answer(request);
                    reply.body[5000] ^= 1;
                    reply
                }
            })
        },
        "cannot read layer 0",
    );
}

#[test]
fn a_wrong_digest_is_an_error_whatever_the_headers_say() {
    let stage = Stage::new();
    fails(
        &stage,
        |request, shop| {
            is_layer(request, shop).then(|| {
                let other = shop.blob(&shop.layers[1]).unwrap();
                let mut body = shop.answer(request).body;
                let length = body.len();
                body[..other.len()].copy_from_slice(&other);
                body.truncate(length);
                Reply::new(200, body).with("Docker-Content-Digest", shop.layers[0].clone())
            })
        },
        "cannot read layer 0",
    );
    fails(
        &stage,
        |request, shop| {
            let is_config = request.path.contains("/blobs/")
                && !shop.layers.iter().any(|l| request.path.ends_with(l));
            is_config.then(|| {
                let mut reply = shop.answer(request);
                reply.body[3] ^= 1;
                reply
            })
        },
        "is not what its name promises",
    );
}

#[test]
fn what_is_too_long_is_not_read_to_its_end() {
    let stage = Stage::new();
    let is_manifest = |request: &Request| request.path.contains("/manifests/");
    fails(
        &stage,
        move |request, _| is_manifest(request).then(|| Reply::new(200, vec![b' '; 5 << 20])),
        "over the limit of 4194304 bytes",
    );
    fails(
        &stage,
        move |request, _| {
            is_manifest(request).then(|| Reply::new(200, vec![b' '; 65536]).ending(End::Never))
        },
        "over the limit of 4194304 bytes",
    );
    fails(
        &stage,
        |request, shop| is_layer(request, shop).then(|| shop.answer(request).ending(End::Never)),
        "more of sha256:",
    );
    fails(
        &stage,
        |request, shop| {
            is_layer(request, shop).then(|| {
                let mut reply = shop.answer(request);
                reply.body.extend([0; 10]);
                reply
            })
        },
        "more of sha256:",
    );
}

#[test]
fn who_says_nothing_or_next_to_nothing_is_left() {
    let stage = Stage::new();
    let begun = Instant::now();
    let drip = Duration::from_millis(50);
    fails(
        &stage,
        move |request, shop| {
            is_layer(request, shop).then(|| shop.answer(request).ending(End::Drips(drip)))
        },
        "next to nothing for 2 seconds",
    );
    fails(
        &stage,
        move |_, _| Some(Reply::new(200, vec![b' '; 1000]).ending(End::Drips(drip))),
        "next to nothing for 2 seconds",
    );
    assert!(begun.elapsed() < Duration::from_secs(20));
    // Never a byte, however often it is asked.
    fails(
        &stage,
        |request, shop| is_layer(request, shop).then(|| shop.answer(request).ending(End::Hangs(0))),
        "next to nothing for 2 seconds (tried 5 times)",
    );
    // A pause, and then all is well.
    let (result, _) = with_fault(&stage, |request, shop| {
        let first = is_layer(request, shop) && request.before == 0;
        first.then(|| shop.answer(request).ending(End::Hangs(70_000)))
    });
    assert_eq!(result.unwrap(), stage.facts());
}

#[test]
fn redirects_are_followed_to_an_end_and_only_on_the_web() {
    let stage = Stage::new();
    let to = |location: &'static str| {
        move |request: &Request, shop: &Shop| {
            is_layer(request, shop).then(|| Reply::new(302, "").with("Location", location))
        }
    };
    fails(
        &stage,
        to("file:///etc/passwd"),
        "redirects to what is no web address",
    );
    fails(&stage, to("http://["), "redirects to no address");
    fails(
        &stage,
        |request, shop| {
            is_layer(request, shop)
                .then(|| Reply::new(302, "").with("Location", request.path.clone()))
        },
        "redirects over 10 times",
    );
}

#[test]
fn what_is_no_registry_is_told() {
    let stage = Stage::new();
    fails(
        &stage,
        |_, _| {
            Some(
                Reply::new(200, "<html>log in</html>")
                    .with("Content-Type", "text/html; charset=utf-8"),
            )
        },
        "the registry sends text/html in place of a manifest",
    );
    fails(
        &stage,
        |_, _| Some(Reply::new(200, "{").with("Content-Type", "application/json")),
        "is damaged: EOF",
    );
    let schema_1 = r#"{"schemaVersion":1,"fsLayers":[{"blobSum":"sha256:a3ed"}],"history":[]}"#;
    fails(
        &stage,
        move |_, _| {
            let kind = "application/vnd.docker.distribution.manifest.v1+prettyjws";
            Some(Reply::new(200, schema_1).with("Content-Type", kind))
        },
        "schema version 1",
    );
    fails(
        &stage,
        |request, shop| is_layer(request, shop).then(|| Reply::new(404, "")),
        "has no `x/y@sha256:",
    );
}

#[test]
fn a_wrong_tag_is_told_with_those_that_are_there() {
    let stage = Stage::new();
    let shop = stage.shop.clone();
    let server = Server::start(move |request| shop.answer(request));
    let error = read(&format!("registry:{}/x/y:3", server.host()), &net(&[]))
        .map(|_| ())
        .unwrap_err();
    assert!(
        error.contains("has no `x/y:3`; there is:\n  1\n  2-slim"),
        "{error}"
    );
    let nobody = Server::start(|_| Reply::new(404, ""));
    let error = read(&format!("registry:{}/x/y", nobody.host()), &net(&[]))
        .map(|_| ())
        .unwrap_err();
    assert!(
        error.contains("has no `x/y:latest`\nare the name"),
        "{error}"
    );
}

#[test]
fn a_name_by_digest_is_held_to_it() {
    let stage = Stage::new();
    let shop = stage.shop.clone();
    let manifest = shop.manifest.clone();
    let (server, lies) = (
        Server::start(move |request| shop.answer(request)),
        AtomicUsize::new(0),
    );
    let name = format!("registry:{}/x/y@{manifest}", server.host());
    assert_eq!(facts(&read(&name, &net(&[])).unwrap()), stage.facts());
    let shop = stage.shop.clone();
    let liar = Server::start(move |request| {
        let mut reply = shop.answer(request);
        if request.path.contains("/manifests/") {
            lies.fetch_add(1, Ordering::Relaxed);
            reply.body.push(b' ');
        }
        reply
    });
    let error = read(
        &format!("registry:{}/x/y@{manifest}", liar.host()),
        &net(&[]),
    )
    .map(|_| ())
    .unwrap_err();
    assert!(error.contains("is not what its name promises"), "{error}");
}

#[test]
fn an_index_of_old_is_no_way_around_a_digest() {
    let stage = Stage::new();
    let manifest = stage.shop.manifest.clone();
    let size = stage.shop.blob(&manifest).unwrap().len();
    let shop = stage.shop.clone();
    let asked = format!("sha256:{}", "ab".repeat(32));
    let liar = Server::start({
        let asked = asked.clone();
        move |request| match request.path.ends_with(&asked) {
            true => Reply::new(
                200,
                format!(
                    r#"{{"schemaVersion":1,"manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{manifest}","size":{size}}}]}}"#
                ),
            ),
            false => shop.answer(request),
        }
    });
    let name = format!("registry:{}/x/y@{asked}", liar.host());
    let error = read(&name, &net(&[])).map(|_| ()).unwrap_err();
    assert!(error.contains("schema version 1"), "{error}");
}

#[test]
fn nobody_there_is_told() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let error = read(&format!("registry:127.0.0.1:{port}/x"), &net(&[]))
        .map(|_| ())
        .unwrap_err();
    assert!(
        error.contains("cannot be reached: Connection refused"),
        "{error}"
    );
    let error = read("registry:Upper/Case", &net(&[]))
        .map(|_| ())
        .unwrap_err();
    assert!(
        error.contains("`Upper/Case` is no name of an image"),
        "{error}"
    );
}

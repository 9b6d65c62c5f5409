use std::time::{Duration, Instant};

use super::*;

fn compose(text: &str, env_text: &str, env: &[(&str, &str)]) -> Result<Compose, ComposeError> {
    let env: HashMap<&str, &str> = env.iter().copied().collect();
    let look = |name: &str| env.get(name).map(|value| (*value).to_owned());
    Compose::read("compose.yml", text, env_text, &look)
}

/// `service=image`, and the remarks.
fn told(text: &str, env_text: &str, env: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let compose = compose(text, env_text, env).unwrap();
    let services = compose.services.iter();
    let platform = |service: &Service| match &service.platform {
        Some(platform) => format!(" ({platform})"),
        None => String::new(),
    };
    let services = services.map(|one| format!("{}={}{}", one.name, one.image, platform(one)));
    let remarks = compose.remarks.iter().map(ToString::to_string);
    (services.collect(), remarks.collect())
}

#[test]
fn the_images_of_the_services_are_read_in_the_order_of_the_file() {
    let text = "\
name: shop
x-app: &app
  image: shop:${TAG:-1}
  environment: {A: b}
services:
  web:
    <<: *app
    ports: !reset []
  db: {image: 'postgres:17', platform: linux/amd64}
  \"a queue\":
    image: rabbitmq
    profiles: [more]
    deploy: {replicas: 3}
  worker: *app
  docs:
    build: .
  base:
    extends: {file: other.yml, service: base}
  nothing:
include:
  - other.yml
volumes: {data: }
";
    let (services, remarks) = told(text, "", &[]);
    let images = [
        "web=shop:1",
        "db=postgres:17 (linux/amd64)",
        "a queue=rabbitmq",
        "worker=shop:1",
    ];
    assert_eq!(services, images);
    let left_out = [
        "`include` is not followed: its services are left out",
        "service `docs` is left out: it states no image, and what is only built here has no name to look for",
        "service `base` is left out: it states no image, and `extends` is not followed",
        "service `nothing` is left out: it states no image",
    ];
    assert_eq!(remarks, left_out);
    let all = compose(text, "", &[]).unwrap();
    let images = all.images(Path::new(""), None).unwrap();
    assert_eq!(images.len(), 3);
    assert_eq!(images[0].services, ["web", "worker"]);
    assert_eq!(images[1].platform.as_deref(), Some("linux/amd64"));
    let images = all.images(Path::new(""), Some("linux/arm64")).unwrap();
    let is_arm = |one: &Deployed| one.platform.as_deref() == Some("linux/arm64");
    assert!(images.iter().all(is_arm));
}

#[test]
fn one_image_for_two_platforms_is_two() {
    let text = "services: {a: {image: x, platform: linux/arm64}, b: {image: x}}";
    let images = compose(text, "", &[]).unwrap();
    assert_eq!(images.images(Path::new(""), None).unwrap().len(), 2);
}

#[test]
fn variables_are_replaced_as_compose_replaces_them() {
    let env = [("SET", "s"), ("EMPTY", ""), ("FOO", "f")];
    for (image, expected) in [
        ("a:$SET", Some("a:s")),
        ("a:${SET}", Some("a:s")),
        ("${SET}${FOO}-$SET.x", Some("sf-s.x")),
        ("a:${UNSET:-1}", Some("a:1")),
        ("a:${EMPTY:-1}", Some("a:1")),
        ("a:${EMPTY-1}", Some("a:")),
        ("a:${UNSET-1}", Some("a:1")),
        ("a:${UNSET:-${FOO}}", Some("a:f")),
        ("a:${UNSET:-${NONE:-d}}x", Some("a:dx")),
        ("a:${UNSET-${FOO}-${SET}}", Some("a:f-s")),
        ("a${SET:+:x}", Some("a:x")),
        ("a${EMPTY:+:x}", Some("a")),
        ("a${EMPTY+:x}", Some("a:x")),
        ("a:${UNSET}", Some("a:")),
        ("a:${SET:?no}", Some("a:s")),
        ("a:${EMPTY?no}", Some("a:")),
        ("a:$$SET", Some("a:$SET")),
        ("a:${UNSET:?say it}", None),
        ("a:${EMPTY:?say it}", None),
        ("a:${SET/x/y}", None),
        ("a:${SET", None),
        ("a:${}", None),
        ("a:${1}", None),
        ("a:$", None),
        ("a:$-", None),
        ("a:${UNSET:-${FOO}", None),
        ("a:${é}", None),
    ] {
        let text = format!("services: {{a: {{image: '{image}'}}}}");
        let found = compose(&text, "", &env);
        let found = found.as_ref().map(|all| all.services[0].image.as_str());
        assert_eq!(found.ok(), expected, "{image}");
    }
    let words = compose("services: {a: {image: '${X:?tag of $FOO}'}}", "", &env).unwrap_err();
    let expected = "service `a`: `X` has to be set: tag of f";
    assert_eq!(words.to_string(), expected);
    let (_, remarks) = told("services: {a: {image: 'a:$X$X'}, b: {image: $Y}}", "", &[]);
    let expected = [
        "service `b` is left out: it states no image",
        "`X` is not set, and counts as empty",
        "`Y` is not set, and counts as empty",
    ];
    assert_eq!(remarks, expected);
}

#[test]
fn the_environment_goes_before_the_file_beside() {
    let env_text = "\
# a comment
A=plain # one more
B=\"in # quotes\\tand $A\" # one more
C='$A' # one more
D=x#y
export E = spaced
SHELL_FIRST=no

KEY=\"-----BEGIN
more-----\"
NOT A VARIABLE
BARE
F=${A}-${NONE:-none}
G=${A/x}
H='it\\'s'
I=\"a\\\"b\\$A\"
A2=$A
EMPTY=
LAST=1
LAST=2
OPEN='never";
    let image = |image: &str| {
        let text = format!("services: {{a: {{image: 'x{image}'}}}}");
        let all = compose(&text, env_text, &[("SHELL_FIRST", "yes")]);
        all.map(|all| all.services[0].image[1..].to_owned())
    };
    for (variable, expected) in [
        ("$A", "plain"),
        ("$B", "in # quotes\tand plain"),
        ("$C", "$A"),
        ("$D", "x#y"),
        ("$E", "spaced"),
        ("$SHELL_FIRST", "yes"),
        ("$KEY", "-----BEGIN\nmore-----"),
        ("$F", "plain-none"),
        ("$H", "it's"),
        ("$I", "a\"b$A"),
        ("$A2", "plain"),
        ("${EMPTY:-1}", "1"),
        ("$LAST", "2"),
    ] {
        assert_eq!(image(variable).unwrap(), expected, "{variable}");
    }
    // What cannot be understood matters only where it is asked for.
    for bad in ["$G", "$OPEN"] {
        let words = image(bad).unwrap_err().to_string();
        assert!(words.contains("in the .env file: "), "{words}");
    }
}

#[test]
fn what_is_no_compose_file_is_told() {
    for text in [
        "",
        "a: b",
        "services:",
        "services: [a]",
        "services: x",
        "services: {a: {image: [x]}}",
        "services: {a: x}",
        "services: {a: {image: x}, a: {image: y}}",
        "services: {a: {image: *x}}",
        "services: {",
        "\u{0}",
        "- a",
    ] {
        let words = compose(text, "", &[]).unwrap_err().to_string();
        assert!(words.contains("is no Compose file: "), "{words}");
        assert!(!words.contains('\n'), "{words}");
    }
}

#[test]
fn bombs_do_not_go_off() {
    let mut laughs = String::from("x-0: &x0 [lol, lol]\n");
    for no in 1..60 {
        let below = format!("*x{}, ", no - 1).repeat(9);
        laughs.push_str(&format!("x-{no}: &x{no} [{below}]\n"));
    }
    laughs.push_str("services: {a: {image: x, environment: *x59}}\n");
    let mut merges = String::from("x-0: &x0 {image: x, a: b}\n");
    for no in 1..60 {
        let below = format!("*x{}, ", no - 1).repeat(9);
        merges.push_str(&format!("x-{no}: &x{no} {{<<: [{below}]}}\n"));
    }
    merges.push_str("services: {a: *x59}\n");
    let deep = format!("services: {}", "[".repeat(500_000));
    let block: String = (0..900)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    let wide = format!("services: {{{}}}", "a: ,".repeat(200_000));
    for text in [laughs, merges, deep, block, wide] {
        assert!(text.len() as u64 <= LARGEST);
        let begun = Instant::now();
        assert!(compose(&text, "", &[]).is_err());
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
    // Long is not deep.
    let many: String = (0..40_000)
        .map(|no| format!(" a{no}: {{image: x{no}}}\n"))
        .collect();
    let begun = Instant::now();
    let all = compose(&format!("services:\n{many}"), "", &[]).unwrap();
    assert_eq!(all.services.len(), 40_000);
    let images = all.images(Path::new(""), None);
    assert!(matches!(images, Err(ComposeError::TooMany(_))));
    assert!(begun.elapsed() < Duration::from_secs(20));
    // Each value twice the one before; and no value at all, as often.
    for first in ["A0=xxxxxxxxxxxxxxxx\n", "A0=\n"] {
        let mut env_text = first.to_owned();
        for no in 1..5000 {
            env_text.push_str(&format!("A{no}=$A{0}${{A{0}}}\n", no - 1));
        }
        let text = "services: {a: {image: 'x:${A4999}'}}";
        let begun = Instant::now();
        let found = compose(text, &env_text, &[]);
        assert_eq!(found.is_ok(), first == "A0=\n");
        if let Err(error) = found {
            let words = error.to_string();
            assert!(
                words.starts_with("service `a`: `A12` in the .env file: "),
                "{words}"
            );
        }
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
    let nested = "${A:-".repeat(100_000) + &"}".repeat(100_000);
    let text = format!("services: {{a: {{image: 'x{nested}'}}}}");
    assert!(compose(&text, "", &[]).is_err());
    let many = "$A".repeat(100_000);
    let text = format!("services: {{a: {{image: 'x{many}'}}}}");
    assert!(compose(&text, "A=0123456789012345678901234567890", &[]).is_err());
}

#[test]
fn files_are_bounded_and_the_one_beside_need_not_be() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("compose.yml");
    let load = || Compose::load(&path, &|_| None);
    assert!(matches!(load(), Err(ComposeError::Read(..))));
    std::fs::write(&path, "services: {a: {image: 'x:$TAG'}}").unwrap();
    assert_eq!(load().unwrap().services[0].image, "x:");
    std::fs::write(folder.path().join(".env"), "TAG=1").unwrap();
    assert_eq!(load().unwrap().services[0].image, "x:1");
    std::fs::write(&path, "services: {a: {build: .}}").unwrap();
    let images = load().unwrap().images(&path, None);
    assert!(matches!(images, Err(ComposeError::NoImages(_))));
    std::fs::write(&path, vec![b'#'; LARGEST as usize + 1]).unwrap();
    assert!(matches!(load(), Err(ComposeError::Read(..))));
    std::fs::write(&path, b"services: \xff").unwrap();
    assert!(matches!(load(), Err(ComposeError::Read(..))));
}

#[test]
fn no_cut_or_changed_file_panics() {
    let text = "x: &x {image: 'a:${T:-${U}}'}\nservices:\n  a: *x\n  b: {<<: *x, platform: $P}\n";
    let env_text = "T=\"a\\t$U\"\nU='x\\'' # y\nP=linux/amd64\n";
    for at in 0..text.len() {
        let _ = compose(&text[..at], env_text, &[]);
        for with in ["\"", "$", "{", "é", "\n"] {
            let _ = compose(
                &format!("{}{with}{}", &text[..at], &text[at + 1..]),
                "",
                &[],
            );
        }
    }
    let asks = "services: {a: {image: 'x:$T$U$P'}}";
    for at in 0..env_text.len() {
        let _ = compose(asks, &env_text[..at], &[]);
        for with in ["\"", "'", "\\", "é", "\n"] {
            let text = format!("{}{with}{}", &env_text[..at], &env_text[at + 1..]);
            let _ = compose(asks, &text, &[]);
        }
    }
}

//! What an image is called: `HOST/PATH:TAG@DIGEST`, most of which may be left out.

use std::fmt;
use std::str::FromStr;

use crate::digest::Digest;
use crate::path::brief;

/// The registry that is meant where none is named.
const HUB: &str = "docker.io";
/// Where it keeps what has a name of one part.
const LIBRARY: &str = "library";
/// By the distribution specification, of the registry and the repository together.
const LONGEST: usize = 255;
const UPPER: &str = "it has to be in lower case";
const NO_HOST: &str = "what stands before the first `/` is no host";
/// By the distribution specification.
const LONGEST_TAG: usize = 128;

/// A reference, read as every engine reads it: `alpine` is
/// `docker.io/library/alpine:latest`.
///
/// `oci-client` has a type for it, and a regular expression, which takes 40 ms to
/// compile: longer than a second look at an image may take. It is the oracle of the
/// tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The host, with its port where one is named.
    pub registry: String,
    /// The path there, without the host.
    pub repository: String,
    /// `None` only beside a digest.
    pub tag: Option<String>,
    /// What the image has to be.
    pub digest: Option<Digest>,
}

/// Why a text is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no name of an image: {}", brief(.text), .why)]
pub struct NoName {
    text: String,
    why: &'static str,
}

impl FromStr for Name {
    type Err = NoName;

    fn from_str(text: &str) -> Result<Name, NoName> {
        read(text).map_err(|why| NoName {
            text: text.to_owned(),
            why,
        })
    }
}

fn read(text: &str) -> Result<Name, &'static str> {
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => {
            let digest = digest.parse();
            (rest, Some(digest.map_err(|_| "behind the @ is no digest")?))
        }
        None => (text, None),
    };
    let (host, rest) = match rest.split_once('/') {
        Some((host, rest)) if is_meant(host) => match is_host(host) {
            true => (host, rest),
            false => return Err(NO_HOST),
        },
        _ => (HUB, rest),
    };
    let (path, tag) = match rest.split_once(':') {
        Some((path, tag)) => (path, Some(tag)),
        None => (rest, None),
    };
    if tag.is_some_and(|tag| !is_tag(tag)) {
        return Err("a tag is letters, digits, `_`, `.` and `-`");
    }
    if path.chars().any(|c| c.is_ascii_uppercase()) {
        return Err(UPPER);
    }
    if path.is_empty() || !path.split('/').all(is_part) {
        return Err("its parts are letters and digits, with `.`, `_`, `__` or `-` between them");
    }
    let registry = match host {
        "index.docker.io" => HUB,
        host => host,
    };
    let repository = match (registry, path.contains('/')) {
        (HUB, false) => format!("{LIBRARY}/{path}"),
        _ => path.to_owned(),
    };
    if registry.len() + 1 + repository.len() > LONGEST {
        return Err("it is too long");
    }
    Ok(Name {
        registry: registry.to_owned(),
        repository,
        tag: match (tag, digest) {
            (Some(tag), _) => Some(tag.to_owned()),
            (None, Some(_)) => None,
            (None, None) => Some("latest".to_owned()),
        },
        digest,
    })
}

/// Only what looks like a host is one: `library/alpine` names none.
fn is_meant(text: &str) -> bool {
    text == "localhost" || text.contains(['.', ':'])
}

fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let is_label = |label: &str| {
        !label.is_empty()
            && label.chars().all(is_word)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let in_brackets = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let is_sound = match in_brackets {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.split('.').all(is_label),
    };
    is_sound && port.is_none_or(is_port)
}

fn is_tag(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() <= LONGEST_TAG
        && text.starts_with(is_word)
        && text.chars().all(|c| is_word(c) || matches!(c, '.' | '-'))
}

/// Is this a part of a path: letters and digits, and single separators between them?
fn is_part(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let separators = text.split(is_word).filter(|between| !between.is_empty());
    text.starts_with(is_word)
        && text.ends_with(is_word)
        && separators.into_iter().all(|between| {
            matches!(between, "." | "_" | "__") || between.bytes().all(|byte| byte == b'-')
        })
}

/// The whole of it, with nothing left out.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use oci_distribution::Reference;
    use proptest::prelude::*;

    use super::*;

    fn whole(text: &str) -> Option<String> {
        text.parse::<Name>().ok().map(|name| name.to_string())
    }

    #[test]
    fn what_is_left_out_is_filled_in() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (text, wanted) in [
            ("alpine", "docker.io/library/alpine:latest"),
            ("alpine:3.20", "docker.io/library/alpine:3.20"),
            ("me/app", "docker.io/me/app:latest"),
            ("index.docker.io/me/app", "docker.io/me/app:latest"),
            ("localhost/app", "localhost/app:latest"),
            (
                "localhost:5000/a/b/c:x_Y.z-1",
                "localhost:5000/a/b/c:x_Y.z-1",
            ),
            ("registry:5000/app", "registry:5000/app:latest"),
            ("[::1]:5000/app", "[::1]:5000/app:latest"),
            ("ghcr.io/o/a__b.c---d", "ghcr.io/o/a__b.c---d:latest"),
        ] {
            assert_eq!(whole(text).as_deref(), Some(wanted), "{text}");
        }
        assert_eq!(
            whole(&format!("alpine@{digest}")),
            Some(format!("docker.io/library/alpine@{digest}"))
        );
        assert_eq!(
            whole(&format!("alpine:3@{digest}")),
            Some(format!("docker.io/library/alpine:3@{digest}"))
        );
    }

    #[test]
    fn what_is_no_name_is_told_why() {
        for (text, why) in [
            ("", "its parts"),
            ("Alpine", "lower case"),
            ("a:", "a tag"),
            ("a:-x", "a tag"),
            ("0.0_a/a", "no host"),
            ("a:x/b", "no host"),
            ("[::g]/b", "no host"),
            ("a/", "its parts"),
            ("a//b", "its parts"),
            ("a.-b", "its parts"),
            ("../x", "no host"),
            ("a b", "its parts"),
            ("a@sha256:12", "no digest"),
            ("a@md5:12", "no digest"),
            (&format!("a/{}", "b".repeat(300)), "too long"),
            (&format!("a:{}", "b".repeat(129)), "a tag"),
        ] {
            let error = text.parse::<Name>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn oci_client_reads_the_same(text in "[aB1._:/@-]{0,12}|[a-c0-9]{1,3}([./:_-][a-c0-9]{1,2}){0,5}") {
            let theirs = text.parse::<Reference>().ok();
            let ours = text.parse::<Name>();
            // It takes hosts that are none, and capitals where the specification
            // has none; nothing else is only theirs.
            match ours {
                Ok(ours) => prop_assert_eq!(theirs.map(|name| name.whole()), Some(ours.to_string())),
                Err(error) if [NO_HOST, UPPER].contains(&error.why) => {}
                Err(error) => prop_assert!(theirs.is_none(), "{} but theirs", error),
            }
        }
    }
}

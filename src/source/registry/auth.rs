//! Who the user is to a registry: challenges and tokens (distribution
//! specification; Docker's "Token Authentication" and "OAuth2" pages).

use http_auth::parser::ChallengeParser;
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use serde::Deserialize;

use super::error::RegistryError;
use super::http::{Ask, Fault, Http, host, is_loopback};
use super::session::{body, may_pass, retry_after, words};
use crate::source::credentials::{Credential, Secret};

/// A token is kilobytes.
const LARGEST_TOKEN: u64 = 1 << 20;

/// What a registry wants to see.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// A name and a password.
    Basic,
    /// A token of its own, to be had elsewhere.
    Bearer {
        realm: String,
        service: Option<String>,
        scope: Option<String>,
    },
}

impl Challenge {
    /// The best of what an answer offers; `None` if there is nothing to be done.
    pub(super) fn of(headers: &HeaderMap) -> Option<Challenge> {
        let mut basic = None;
        for header in headers.get_all(WWW_AUTHENTICATE) {
            let text = header.to_str().unwrap_or_default();
            for challenge in ChallengeParser::new(text).flatten() {
                if challenge.scheme.eq_ignore_ascii_case("basic") {
                    basic = Some(Challenge::Basic);
                }
                if !challenge.scheme.eq_ignore_ascii_case("bearer") {
                    continue;
                }
                let parameter = |name: &str| {
                    let found = challenge.params.iter();
                    let mut found = found.filter(|(key, _)| key.eq_ignore_ascii_case(name));
                    found.next().map(|(_, value)| value.to_unescaped())
                };
                if let Some(realm) = parameter("realm") {
                    return Some(Challenge::Bearer {
                        realm,
                        service: parameter("service"),
                        scope: parameter("scope"),
                    });
                }
            }
        }
        basic
    }
}

#[derive(Deserialize)]
struct Answer {
    token: Option<Secret>,
    access_token: Option<Secret>,
}

/// What to answer a challenge with. `None` if the user has nothing to say.
pub(super) fn answer(
    http: &Http,
    registry: &Url,
    repository: &str,
    challenge: &Challenge,
    credential: &Credential,
) -> Result<Option<HeaderValue>, Fault> {
    match (challenge, credential) {
        (Challenge::Basic, Credential::Login { username, password }) => {
            Ok(basic(username, password))
        }
        (Challenge::Basic, _) => Ok(None),
        (
            Challenge::Bearer {
                realm,
                service,
                scope,
            },
            _,
        ) => {
            let realm = checked(http, registry, realm)?;
            // Some registries leave the scope out where the login is what they miss.
            let scope = scope
                .clone()
                .unwrap_or_else(|| format!("repository:{repository}:pull"));
            let token = token(
                http,
                registry,
                &realm,
                service.as_deref(),
                &scope,
                credential,
            )?;
            Ok(header("Bearer", token.expose()))
        }
    }
}

/// A realm is what a registry says it is: a password must not follow it anywhere.
fn checked(http: &Http, registry: &Url, realm: &str) -> Result<Url, Fault> {
    let refuse = |why: &'static str| {
        Fault::Final(RegistryError::Realm {
            host: host(registry),
            why,
        })
    };
    let realm: Url = realm.parse().map_err(|_| refuse("has no address"))?;
    let own = realm.origin() == registry.origin();
    match realm.scheme() {
        "https" => Ok(realm),
        "http" if own || http.net().insecure => Ok(realm),
        // What is on this machine can be trusted as much as its registry is.
        "http" if is_loopback(&realm) && is_loopback(registry) && registry.scheme() == "http" => {
            let same_host = realm.host_str() == registry.host_str();
            match same_host {
                true => Ok(realm),
                false => Err(refuse("speaks plain HTTP on another host")),
            }
        }
        "http" => Err(refuse("speaks plain HTTP")),
        _ => Err(refuse("has no web address")),
    }
}

fn token(
    http: &Http,
    registry: &Url,
    realm: &Url,
    service: Option<&str>,
    scope: &str,
    credential: &Credential,
) -> Result<Secret, Fault> {
    let mut words: Vec<(&str, &str)> = Vec::new();
    if let Some(service) = service {
        words.push(("service", service));
    }
    words.push(("scope", scope));
    let answer = match credential {
        Credential::IdentityToken(refresh) => {
            words.push(("grant_type", "refresh_token"));
            words.push(("client_id", "imgsize"));
            words.push(("refresh_token", refresh.expose()));
            // The URL type is what writes forms here; this one goes nowhere.
            let mut form = realm.clone();
            form.query_pairs_mut().clear().extend_pairs(words);
            http.get(
                realm,
                Ask {
                    form: Some(form.query().unwrap_or_default()),
                    ..Ask::default()
                },
            )?
        }
        Credential::Anonymous | Credential::Login { .. } => {
            let mut url = realm.clone();
            url.query_pairs_mut().extend_pairs(words);
            let login = match credential {
                Credential::Login { username, password } => {
                    url.query_pairs_mut().append_pair("account", username);
                    basic(username, password)
                }
                _ => None,
            };
            http.get(
                &url,
                Ask {
                    authorization: login.as_ref(),
                    ..Ask::default()
                },
            )?
        }
    };
    let status = answer.status();
    let wait = retry_after(answer.headers());
    let refused = |why: String| RegistryError::Token {
        host: host(registry),
        why,
    };
    if !status.is_success() {
        let denied = matches!(status.as_u16(), 400 | 401 | 403);
        let said = self::words(http, answer);
        return Err(match denied {
            true => Fault::Final(RegistryError::Denied {
                host: host(realm),
                repository: scope.to_owned(),
                login: *credential != Credential::Anonymous,
                words: said,
                unused: Vec::new(),
            }),
            false => {
                let error = RegistryError::Status {
                    host: host(realm),
                    status: status.to_string(),
                    words: said,
                };
                match may_pass(status) {
                    true => Fault::Passing(error, wait),
                    false => Fault::Final(error),
                }
            }
        });
    }
    let json = body(http, answer, LARGEST_TOKEN)?
        .ok_or_else(|| Fault::Final(refused("the token is over 1 MiB".to_owned())))?;
    // What is wrong with it must not be quoted: it may be nearly right.
    let answer: Answer = serde_json::from_slice(&json)
        .map_err(|_| Fault::Final(refused("the token server's answer holds none".to_owned())))?;
    let token = [answer.token, answer.access_token].into_iter().flatten();
    let mut token = token.filter(|token| !token.expose().is_empty());
    token
        .next()
        .ok_or_else(|| Fault::Final(refused("the token server's answer holds none".to_owned())))
}

fn basic(username: &str, password: &Secret) -> Option<HeaderValue> {
    use base64::Engine as _;
    let plain = format!("{username}:{}", password.expose());
    let coded = base64::engine::general_purpose::STANDARD.encode(plain);
    header("Basic", &coded)
}

/// `None` for a token that no header can hold.
fn header(scheme: &str, secret: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("{scheme} {secret}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(headers: &[&'static str]) -> Option<Challenge> {
        let mut map = HeaderMap::new();
        for header in headers {
            map.append(WWW_AUTHENTICATE, HeaderValue::from_static(header));
        }
        Challenge::of(&map)
    }

    #[test]
    fn a_token_is_preferred_and_parameters_come_in_any_case_and_order() {
        let bearer = Challenge::Bearer {
            realm: "https://auth.example/token".to_owned(),
            service: Some("a, b".to_owned()),
            scope: Some("repository:x/y:pull".to_owned()),
        };
        let text = r#"bearer Service="a, b",REALM="https://auth.example/token",scope="repository:x/y:pull""#;
        assert_eq!(
            challenge(&[r#"Basic realm="x""#, text]).as_ref(),
            Some(&bearer)
        );
        assert_eq!(challenge(&[text]), Some(bearer));
        assert_eq!(challenge(&[r#"Basic realm="x""#]), Some(Challenge::Basic));
        for none in [
            "",
            "Negotiate",
            "Bearer",
            r#"Bearer service="x""#,
            "\"\"\",",
        ] {
            assert_eq!(challenge(&[none]), None, "{none}");
        }
    }
}
